"""What is called the size of a city, a region, a country and a continent."""

from __future__ import annotations

SIZES_KM = {"city": 25.0, "region": 250.0, "country": 500.0, "continent": 2500.0}
"""Radius of a circle that is called the size of a city, a region, a country, a continent."""
