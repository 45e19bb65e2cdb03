"""Load telemetry: when, and how much, a link is used, told from round-trip times alone."""
