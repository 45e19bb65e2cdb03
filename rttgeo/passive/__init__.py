"""Passive."""
