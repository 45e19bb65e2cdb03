"""Measurements of speed: never asserted, only reported."""

import os

# What is measured is learning too: nothing may come from an earlier run.
os.environ.setdefault("RTTGEO_CACHE", "off")
