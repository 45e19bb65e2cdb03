"""The papers' own analyses."""
