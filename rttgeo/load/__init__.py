"""Load telemetry: when, and how much, a link is used, told from round-trip times alone.

Measured on a testbed of our own (`open_runs`, ``tools/measure_load.py``), not on the Internet.
"""

from __future__ import annotations

from rttgeo.load.detect import Detection, Settings, Stretch, baseline_ms, detect, level_of
from rttgeo.load.diurnal import DiurnalProfile, diurnal_profile
from rttgeo.load.rates import Rate, Roc, period_table, rate, roc, smallest_found, truth_of
from rttgeo.load.runs import Download, Run, open_runs, published_downloads
from rttgeo.load.schedule import PUBLISHED, STARTS_AT_UTC, Step

__all__ = [
    "PUBLISHED",
    "STARTS_AT_UTC",
    "Detection",
    "DiurnalProfile",
    "Download",
    "Rate",
    "Roc",
    "Run",
    "Settings",
    "Step",
    "Stretch",
    "baseline_ms",
    "detect",
    "diurnal_profile",
    "level_of",
    "open_runs",
    "period_table",
    "published_downloads",
    "rate",
    "roc",
    "smallest_found",
    "truth_of",
]
