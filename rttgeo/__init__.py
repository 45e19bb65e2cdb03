"""What round-trip times tell about where you are."""

__version__ = "0.1.0"
