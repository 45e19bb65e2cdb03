"""Load telemetry: when and how heavily a link is used, judging by round-trip times alone.

Measured on our own testbed (`open_runs`, ``tools/measure_load.py``), not on the Internet. The
same function opens a folder with the logs of the original experiment.
"""

from __future__ import annotations

from rttgeo.load.detect import Detection, Settings, Stretch, baseline_ms, detect, level_of
from rttgeo.load.diurnal import (
    DailyRhythm,
    DiurnalProfile,
    daily_rhythm,
    diurnal_profile,
    read_ping_results,
)
from rttgeo.load.rates import Rate, Roc, period_table, rate, roc, smallest_found, truth_of
from rttgeo.load.runs import Download, Run, open_runs, published_downloads
from rttgeo.load.schedule import PUBLISHED, STARTS_AT_UTC, Step

__all__ = [
    "PUBLISHED",
    "STARTS_AT_UTC",
    "DailyRhythm",
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
    "daily_rhythm",
    "detect",
    "diurnal_profile",
    "level_of",
    "open_runs",
    "period_table",
    "published_downloads",
    "rate",
    "read_ping_results",
    "roc",
    "smallest_found",
    "truth_of",
]
