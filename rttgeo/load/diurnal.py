"""Daily rhythm of a long series of round-trip times."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from rttgeo.errors import BadInputError


class DiurnalProfile(NamedTuple):
    """RTT by hour of the day.

    Attributes
    ----------
    table
        24 rows: ``hour``, ``samples``, ``lower_ms``, ``median_ms``, ``upper_ms`` (quartiles).
    amplitude_ms
        Highest less lowest hourly median.
    peak_hour
        Hour of the highest median.
    p_value
        Of the Kruskal-Wallis test that the hour makes no difference.
    """

    table: pd.DataFrame
    amplitude_ms: float
    peak_hour: int
    p_value: float


def diurnal_profile(
    time_s: npt.ArrayLike, rtt_ms: npt.ArrayLike, *, utc_offset_hours: float = 0.0
) -> DiurnalProfile:
    """Profile a series by hour of the day.

    Parameters
    ----------
    time_s, rtt_ms
        Seconds since 1970 and RTTs; NaN RTTs (lost) are left out.
    utc_offset_hours
        Local time less UTC.

    Raises
    ------
    BadInputError
        For arrays that do not align, or an hour of the day without three samples.
    """
    times, rtts = np.asarray(time_s, dtype=float), np.asarray(rtt_ms, dtype=float)
    if times.shape != rtts.shape or times.ndim != 1:
        raise BadInputError(f"daily rhythm: {times.size} times but {rtts.size} RTTs")
    good = np.isfinite(times) & np.isfinite(rtts)
    hours = ((times[good] / 3600 + utc_offset_hours) % 24).astype(int) % 24
    counts = np.bincount(hours, minlength=24)
    if counts.min() < 3:
        raise BadInputError(
            f"daily rhythm: {counts.min()} samples at {counts.argmin()} h, expected at least 3"
        )
    groups = [rtts[good][hours == hour] for hour in range(24)]
    quartiles = np.array([np.quantile(group, [0.25, 0.5, 0.75]) for group in groups])
    table = pd.DataFrame(
        {
            "hour": range(24), "samples": counts, "lower_ms": quartiles[:, 0],
            "median_ms": quartiles[:, 1], "upper_ms": quartiles[:, 2],
        }
    )  # fmt: skip
    median = quartiles[:, 1]
    # All values alike: no rhythm, and a test that has nothing to rank.
    varied = np.ptp(rtts[good]) > 0
    p_value = float(stats.kruskal(*groups).pvalue) if varied else 1.0
    return DiurnalProfile(table, float(np.ptp(median)), int(median.argmax()), p_value)
