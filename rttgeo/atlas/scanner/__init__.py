"""The byte reader of RIPE Atlas results."""
