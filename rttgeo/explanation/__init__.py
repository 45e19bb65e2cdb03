"""Explain why a region has its size, and what would make it smaller."""
