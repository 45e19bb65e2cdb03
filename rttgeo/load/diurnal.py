"""Daily rhythm of a long series of round-trip times."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd

from rttgeo.errors import BadInputError
from rttgeo.load.detect import Floats
from rttgeo.machine.counting import number_of

LEVEL: Final = 0.05
POWER: Final = 0.9
HOUR_S: Final = 3600
FEWEST_HOURS: Final = 24


class DiurnalProfile(NamedTuple):
    """RTT by hour of the day.

    Attributes
    ----------
    table
        24 rows: ``hour``, ``samples``, ``lower_ms``, ``median_ms``, ``upper_ms`` (quartiles).
    amplitude_ms
        Highest minus lowest hourly median, ms.
    peak_hour
        Hour of the highest median.
    p_value
        p-value of the Kruskal-Wallis test that the hour makes no difference.
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
    time_s
        Seconds since 1970, shape (n,).
    rtt_ms
        Round-trip times, ms, shape (n,); NaN ones (lost) are left out.
    utc_offset_hours
        Local time minus UTC, h.

    Returns
    -------
    DiurnalProfile
        Quartiles of each hour, and a test of whether hours differ.

    Raises
    ------
    BadInputError
        When the lengths differ, or an hour of the day has fewer than three samples.
    """
    from scipy import stats  # slow to load

    times, rtts = _answered(time_s, rtt_ms)
    hours = ((times / 3600 + utc_offset_hours) % 24).astype(int) % 24
    counts = np.bincount(hours, minlength=24)
    if counts.min() < 3:
        raise BadInputError(
            f"daily rhythm: {number_of(counts.min(), 'sample')} at {counts.argmin()} h, expected at least 3"
        )
    groups = [rtts[hours == hour] for hour in range(24)]
    quartiles = np.array([np.quantile(group, [0.25, 0.5, 0.75]) for group in groups])
    table = pd.DataFrame(
        {
            "hour": range(24), "samples": counts, "lower_ms": quartiles[:, 0],
            "median_ms": quartiles[:, 1], "upper_ms": quartiles[:, 2],
        }
    )  # fmt: skip
    median = quartiles[:, 1]
    # All values equal: no rhythm, and the test has nothing to rank.
    varied = np.ptp(rtts) > 0
    p_value = float(stats.kruskal(*groups).pvalue) if varied else 1.0
    return DiurnalProfile(table, float(np.ptp(median)), int(median.argmax()), p_value)


class DailyRhythm(NamedTuple):
    """One daily wave fitted to a series.

    Attributes
    ----------
    peak_to_trough_ms
        Height of the wave, ms.
    peak_hour
        Hour of the day of its crest, in the time of the series.
    p_value
        p-value of the F test that there is no wave.
    detectable_ms
        Height from which a wave would be found (at level 5 %) with a probability of 90 %, ms: the
        series cannot rule out smaller waves.
    hours
        Hours with samples.
    """

    peak_to_trough_ms: float
    peak_hour: float
    p_value: float
    detectable_ms: float
    hours: int


def daily_rhythm(time_s: npt.ArrayLike, rtt_ms: npt.ArrayLike) -> DailyRhythm:
    """Fit a wave of 24 hours beside a straight trend to the median RTT of each hour.

    This is harmonic regression (cosinor; Halberg et al. 1967). A test of the hours of the day
    against each other would spend 23 degrees of freedom on a shape that a wave describes with two.
    Medians exclude stragglers, and hours are far less correlated with their neighbours than
    minutes.

    Parameters
    ----------
    time_s
        Seconds since 1970, shape (n,).
    rtt_ms
        Round-trip times, ms, shape (n,); NaN ones (lost) are left out.

    Returns
    -------
    DailyRhythm
        Height and hour of the wave, and its significance.

    Raises
    ------
    BadInputError
        When the lengths differ, or there are fewer than 24 hours with samples.
    """
    from scipy import stats  # slow to load

    times, rtts = _answered(time_s, rtt_ms)
    hourly = pd.Series(rtts).groupby(times // HOUR_S).median()
    if len(hourly) < FEWEST_HOURS:
        raise BadInputError(
            f"daily rhythm: {number_of(len(hourly), 'hour')} with samples, expected 24"
        )
    hour, level = hourly.index.to_numpy() + 0.5, hourly.to_numpy()
    turn = 2 * np.pi * hour / 24
    trend = np.column_stack([np.ones(len(hour)), hour - hour.mean()])
    wave = np.column_stack([trend, np.cos(turn), np.sin(turn)])
    without, _ = _rest(trend, level)
    rest, weights = _rest(wave, level)
    free = len(hour) - wave.shape[1]
    if without <= 1e-12 * max(float(level @ level), 1e-300):
        return DailyRhythm(0.0, 0.0, 1.0, 0.0, len(hour))
    statistic = (without - rest) / 2 / max(rest / free, 1e-300)
    least = np.sqrt(2 * rest / free * _noncentrality(free) / len(hour))
    crest = float(np.degrees(np.arctan2(weights[3], weights[2])) / 15 % 24)
    return DailyRhythm(
        float(2 * np.hypot(weights[2], weights[3])),
        crest,
        float(stats.f.sf(statistic, 2, free)),
        float(2 * least),
        len(hour),
    )


def _answered(time_s: npt.ArrayLike, rtt_ms: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Times and RTTs of the packets that were not lost."""
    times, rtts = np.asarray(time_s, dtype=float), np.asarray(rtt_ms, dtype=float)
    if times.shape != rtts.shape or times.ndim != 1:
        raise BadInputError(
            f"daily rhythm: {number_of(times.size, 'time')} but {number_of(rtts.size, 'RTT')}"
        )
    good = np.isfinite(times) & np.isfinite(rtts)
    return times[good], rtts[good]


def _rest(columns: Floats, level: Floats) -> tuple[float, Floats]:
    """Sum of squares that least squares leave, and the weights of the columns."""
    weights = np.asarray(np.linalg.lstsq(columns, level, rcond=None)[0], dtype=float)
    left = level - columns @ weights
    return float(left @ left), weights


def _noncentrality(free: int) -> float:
    """Of the F distribution of a wave that is found with the power wanted."""
    from scipy import optimize, stats  # slow to load

    limit = stats.f.isf(LEVEL, 2, free)
    return float(optimize.brentq(lambda x: stats.ncf.sf(limit, 2, free, x) - POWER, 0.1, 200))


def read_ping_results(path: str | Path) -> pd.DataFrame:
    """Read results of a RIPE Atlas ping with only minimum and mean, one per line.

    Parameters
    ----------
    path
        The file, with one JSON object per line.

    Returns
    -------
    pandas.DataFrame
        ``time_s``, ``lowest_ms``, ``mean_ms`` (NaN where all packets were lost).

    Raises
    ------
    BadInputError
        With file and line, when a line is not such a result.
    """
    rows = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        try:
            result = orjson.loads(line)
            rows.append((float(result["timestamp"]), float(result["min"]), float(result["avg"])))
        except (ValueError, KeyError, TypeError):
            raise BadInputError(
                f"{path}, line {number}: expected a ping result with timestamp, min and avg"
            ) from None
    table = pd.DataFrame(rows, columns=["time_s", "lowest_ms", "mean_ms"])
    return table.where(table > 0)
