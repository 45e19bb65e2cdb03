"""Detect activity in a series of round-trip times: baseline, score, change points, timeline.

A busy link has a queue, and a ping that shares the queue waits in it. So the RTT above its baseline
shows when the link is used, and the share of pings that wait shows how much: there is a queue only
while the link sends at its full rate.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of
from rttgeo.sources.series import RttSeries

Floats = npt.NDArray[np.float64]
LEVELS: Final = ((0.85, "saturated"), (0.45, "high"), (0.15, "medium"), (0.0, "low"))
# For a normal variable: the median of |x[i+1] - x[i]| divided by the standard deviation.
_MEDIAN_DIFFERENCE: Final = 0.6745 * np.sqrt(2.0)


class Settings(NamedTuple):
    """Settings of `detect`.

    Attributes
    ----------
    window_s
        Length of the windows that get a score, s.
    baseline_window_s, baseline_quantile
        The baseline is this quantile in a window of this length (s) around each sample. Load that
        lasts for nearly all of the window or longer becomes the baseline, and a change of route
        looks like load for up to half of it.
    threshold
        Score from which a window counts as loaded, in standard deviations of the idle RTT.
    switch_cost
        Cost of a change of state, in units of the capped distance from the threshold.
    """

    window_s: float = 3.0
    baseline_window_s: float = 600.0
    baseline_quantile: float = 0.05
    threshold: float = 5.5
    switch_cost: float = 0.75


class Stretch(NamedTuple):
    """A stretch of one state: its start and end, level, and share of pings that waited.

    Attributes
    ----------
    start_s, stop_s
        Seconds since 1970.
    level
        A name in `LEVELS`, or ``idle``.
    busy
        Share of pings that waited, 0 to 1.
    """

    start_s: float
    stop_s: float
    level: str
    busy: float


class Detection(NamedTuple):
    """The result of `detect`.

    Attributes
    ----------
    time_s, excess_ms
        Each sample's time (s since 1970) and its RTT above the baseline (ms), shape (n_samples,).
    baseline_ms
        Median of the baseline, ms.
    noise_ms
        Standard deviation of the RTT from one sample to the next, ms.
    window_s, score, loaded
        Each window's start (s since 1970), score (NaN without enough samples) and state, shape
        (n_windows,).
    timeline
        Idle and loaded stretches, one after another.
    """

    time_s: Floats
    excess_ms: Floats
    baseline_ms: float
    noise_ms: float
    window_s: Floats
    score: Floats
    loaded: npt.NDArray[np.bool_]
    timeline: tuple[Stretch, ...]

    @property
    def found(self) -> tuple[Stretch, ...]:
        """The loaded stretches."""
        return tuple(stretch for stretch in self.timeline if stretch.level != "idle")


def detect(series: RttSeries, settings: Settings | None = None) -> Detection:
    """Find when the link behind a series of RTTs was in use.

    Parameters
    ----------
    series
        Samples with times, several in each window, for example from `read_ping_log`.
    settings
        The settings; see `Settings`.

    Returns
    -------
    Detection
        Score and state of each window, and the stretches of idle and loaded time.

    Raises
    ------
    BadInputError
        When samples have no times, there are fewer than 100 of them, or the settings are
        inconsistent.
    """
    given = settings or Settings()
    _check(given)
    time_s, rtt_ms = _samples(series)
    low_ms = baseline_ms(time_s, rtt_ms, given)
    noise_ms = _noise_ms(rtt_ms)
    excess = rtt_ms - low_ms
    starts, score, number = _scores(time_s, excess / noise_ms, given.window_s)
    loaded = _states(score, given.threshold, given.switch_cost)
    waited = excess / noise_ms >= given.threshold
    timeline = _timeline(time_s, waited, number, loaded)
    return Detection(
        time_s, excess, float(np.median(low_ms)), noise_ms, starts, score, loaded, timeline
    )


def baseline_ms(time_s: Floats, rtt_ms: Floats, settings: Settings) -> Floats:
    """Compute the baseline RTT around each sample: a low quantile in a long window.

    Parameters
    ----------
    time_s
        Seconds since 1970, ascending, shape (n_samples,).
    rtt_ms
        Round-trip times, ms, shape (n_samples,).
    settings
        Length of the window, and the quantile.

    Returns
    -------
    numpy.ndarray
        Baseline, ms, shape (n_samples,).
    """
    table = pd.Series(rtt_ms, index=pd.to_datetime(time_s, unit="s"))
    rolling = table.rolling(f"{settings.baseline_window_s:.3f}s", center=True)
    found: Floats = rolling.quantile(settings.baseline_quantile).to_numpy(dtype=float)
    return found


def level_of(busy: float) -> str:
    """Name a load level.

    Parameters
    ----------
    busy
        Share of pings that waited in the queue, 0 to 1.

    Returns
    -------
    str
        A name in `LEVELS`.
    """
    return next(name for least, name in LEVELS if busy >= least)


def _check(settings: Settings) -> None:
    good = (
        0 < settings.window_s <= settings.baseline_window_s
        and 0 < settings.baseline_quantile < 0.5
        and settings.threshold > 0
        and settings.switch_cost >= 0
    )
    if not good:
        raise BadInputError(
            f"load detection: {settings}: expected 0 < window_s <= baseline_window_s, "
            "0 < baseline_quantile < 0.5, threshold > 0 and switch_cost >= 0"
        )


def _samples(series: RttSeries) -> tuple[Floats, Floats]:
    time_s = series.samples["time_s"].to_numpy(dtype=float)
    rtt_ms = series.samples["rtt_ms"].to_numpy(dtype=float)
    if np.isnan(time_s).any():
        raise BadInputError(f"series to {series.target}: samples without times (use `ping -D`)")
    if len(time_s) < 100:
        raise BadInputError(
            f"series to {series.target}: {number_of(len(time_s), 'sample')}, expected 100"
        )
    # A late reply is printed late: its packet left earlier, but lines are in order of arrival.
    order = np.argsort(time_s, kind="stable")
    return time_s[order], rtt_ms[order]


def _noise_ms(rtt_ms: Floats) -> float:
    """Standard deviation between neighbours, to which a constant queue or none adds nothing.

    The median of absolute differences (after Rice, Annals of Statistics 1984, made robust).
    """
    noise = float(np.median(np.abs(np.diff(rtt_ms)))) / _MEDIAN_DIFFERENCE
    # ping prints three digits: a smaller deviation cannot be distinguished from rounding.
    found: float = max(noise, 0.05, float(np.min(rtt_ms)) * 0.5e-3)
    return found


def _scores(
    time_s: Floats, excess: Floats, window_s: float
) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Score each window by its second largest excess: a single straggler is not load."""
    number = ((time_s - time_s[0]) // window_s).astype(np.int64)
    count = int(number[-1]) + 1
    order = np.lexsort((excess, number))
    last = np.searchsorted(number, np.arange(count), side="right")
    size = np.bincount(number, minlength=count)
    score = np.where(size >= 3, excess[order][np.maximum(last - 2, 0)], np.nan)
    return time_s[0] + window_s * np.arange(count), score, number


def _states(score: Floats, threshold: float, switch_cost: float) -> npt.NDArray[np.bool_]:
    """Find the best sequence of states when each change has a cost (Viterbi, two states)."""
    evidence = np.clip(np.nan_to_num(score / threshold - 1.0, nan=0.0), -1.0, 1.0)
    cost = np.zeros(2)
    came = np.zeros((len(evidence), 2), dtype=np.int64)
    for at, value in enumerate(evidence):
        # came[at, state]: the state before, if staying there or changing was cheaper.
        changed = cost[::-1] + switch_cost
        came[at] = np.where(changed < cost, [1, 0], [0, 1])
        cost = np.minimum(cost, changed) + np.array([value, -value])
    states = np.empty(len(evidence), dtype=np.int64)
    state = int(np.argmin(cost))
    for at in range(len(evidence) - 1, -1, -1):
        states[at] = state
        state = int(came[at, state])
    return states.astype(bool)


def _timeline(
    time_s: Floats,
    waited: npt.NDArray[np.bool_],
    number: npt.NDArray[np.int64],
    loaded: npt.NDArray[np.bool_],
) -> tuple[Stretch, ...]:
    """Stretches of one state; a loaded one runs from the first ping that waited to the last."""
    ends: list[tuple[float, float, float]] = []
    edges = np.flatnonzero(np.diff(loaded.astype(np.int8), prepend=0, append=0))
    for first, after in zip(edges[::2], edges[1::2], strict=True):
        inside = np.flatnonzero((number >= first) & (number < after) & waited)
        if len(inside) > 1:
            start, stop = inside[0], inside[-1]
            busy = float(waited[start : stop + 1].mean())
            ends.append((float(time_s[start]), float(time_s[stop]), busy))
    stretches: list[Stretch] = []
    now = float(time_s[0])
    for start_s, stop_s, busy in ends:
        if start_s > now:
            stretches.append(Stretch(now, start_s, "idle", 0.0))
        stretches.append(Stretch(start_s, stop_s, level_of(busy), busy))
        now = stop_s
    if now < time_s[-1]:
        stretches.append(Stretch(now, float(time_s[-1]), "idle", 0.0))
    return tuple(stretches)
