"""Measurements of speed: never asserted, only reported."""
