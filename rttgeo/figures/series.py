"""Round-trip times over time: two address families, or vantage points under stepped load."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import matplotlib.dates as mdates
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator

from rttgeo.catalogue.samples import Samples
from rttgeo.errors import BadInputError
from rttgeo.figures import style
from rttgeo.figures.style import Drawn, Width
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Provenance

Times = npt.NDArray[Any]
RASTER_ABOVE = 3000
QUANTILE = 0.98


class Series(NamedTuple):
    """RTT samples in time: ``time`` (datetime64 in UTC, or seconds), ``rtt_ms`` (NaN if lost)."""

    time: npt.ArrayLike
    rtt_ms: npt.ArrayLike


class Period(NamedTuple):
    """A stretch of time with a name, in the same unit as the series' times."""

    start: Any
    stop: Any
    label: str = ""


def series_of(samples: Samples) -> dict[str, Series]:
    """Split the samples of one pair into a series for each address family present.

    Parameters
    ----------
    samples
        Of one landmark and target.

    Returns
    -------
    dict
        By ``IPv4`` and ``IPv6``.
    """
    return {
        f"IPv{family}": Series(samples.time_s[of].astype("datetime64[s]"), samples.rtt_ms[of])
        for family in (4, 6)
        if (of := samples.family == family).any()
    }


@style.styled
def rtt_series(
    series: Mapping[str, Series],
    *,
    provenance: Provenance | Iterable[Provenance] | None = None,
    about: str = "",
    width: Width = "column",
) -> Drawn:
    """RTT series over one another, such as IPv4 and IPv6 (white paper, figures 6, 8 and 9).

    Parameters
    ----------
    series
        By name; each a `Series` or a pair of arrays (time, rtt_ms).
    provenance
        The data set or sets.
    about
        Who measured whom, for the heading and the alternative text.
    width
        ``third``, ``column`` or ``full``.

    Returns
    -------
    Drawn
        The figure with its words and numbers.

    Raises
    ------
    BadInputError
        For no series, one without a sample, or arrays that do not align.
    """
    read = _read(series)
    figure = style.new_figure(width, height_mm=46 if width == "third" else 55)
    axes = figure.add_subplot()
    axes.margins(x=0.01)
    facts: dict[str, float] = {}
    for number, (name, (time, rtt)) in enumerate(read.items()):
        colour = style.CYCLE[number % len(style.CYCLE)]
        marker = "os^D"[number % 4]
        # Full and open shapes in turn: in print without colour they are what tells series apart.
        shape: dict[str, Any] = {"mfc": "none", "mew": 0.5, "ms": 2.0} if number % 2 else {}
        _dots(axes, time, rtt, colour, marker=marker, **shape)
        axes.plot([], [], marker, color=colour, label=name, **{**shape, "ms": 3})
        facts |= _facts(name, rtt)
    beyond = _limit(axes, read.values())
    _time_axis(axes, next(iter(read.values()))[0])
    axes.set_ylabel("RTT (ms)")
    if about:
        heading = about.replace(" from ", "\nfrom ") if width == "third" else about
        axes.set_title(heading, loc="left", fontsize=7.5)
    style.foot_legend(figure, axes)
    alt = f"Round-trip times over time{', ' + about if about else ''}: {_told(read)}{beyond}."
    return style.finish(figure, alt, facts, provenance)


@style.styled
def load_series(
    series: Mapping[str, Series],
    periods: Sequence[Period],
    *,
    detected: Mapping[str, Sequence[Period]] | None = None,
    provenance: Provenance | Iterable[Provenance] | None = None,
    width: Width = "full",
) -> Drawn:
    """RTT series under load, one panel per vantage point, the periods labelled (PAM 2018, figure 3).

    Parameters
    ----------
    series
        By vantage point; each a `Series` or a pair of arrays (time, rtt_ms).
    periods
        The load schedule: what was downloaded when. May be empty.
    detected
        Loaded stretches that were found in the series, by vantage point.
    provenance
        The data set or sets.
    width
        ``column`` or ``full``.

    Returns
    -------
    Drawn
        The figure with its words and numbers.

    Raises
    ------
    BadInputError
        For no series, one without a sample, or arrays that do not align.
    """
    read = _read(series)
    figure = style.new_figure(width, height_mm=24 + 30 * len(read))
    panels = figure.subplots(len(read), 1, sharex=True, squeeze=False)[:, 0]
    if periods:
        start, stop = min(one.start for one in periods), max(one.stop for one in periods)
        panels[0].set_xlim(start - (stop - start) / 50, stop + (stop - start) / 50)
    facts: dict[str, float] = {}
    said = ""
    for number, (axes, (name, (time, rtt))) in enumerate(zip(panels, read.items(), strict=True)):
        colour = style.CYCLE[number % len(style.CYCLE)]
        axes.set_yscale("log")
        _dots(axes, time, rtt, colour, alpha=0.35)
        _running_median(axes, time, rtt)
        said += _limit(axes, [(time, rtt)])
        _bands(axes, periods, labelled=number == 0)
        _found(axes, (detected or {}).get(name, ()))
        axes.set_ylabel(textwrap.fill(name, 18, max_lines=2) + "\nRTT (ms)")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        style.plain_log(axes.yaxis)
        facts |= _facts(name, rtt)
    _time_axis(panels[-1], next(iter(read.values()))[0])
    if detected:
        panels[0].plot([], [], color=style.VERMILLION, lw=3, label="detected as loaded")
        style.foot_legend(figure, panels[0])
    named = ", ".join(dict.fromkeys(period.label for period in periods if period.label))
    found = sum(len(one) for one in (detected or {}).values())
    alt = (
        f"Round-trip times over time, a panel for each vantage point: {_told(read)}{said}. "
        + (f"{number_of(len(periods), 'period', 'is')} marked: {named}. " if periods else "")
        + (f"Bars mark {number_of(found, 'stretch')} detected as loaded." if detected else "")
    ).rstrip()
    return style.finish(figure, alt, facts, provenance)


def _read(series: Mapping[str, Series]) -> dict[str, tuple[Times, Times]]:
    if not series:
        raise BadInputError("no RTT series to draw")
    read = {}
    for name, (time, rtt) in series.items():
        times, values = np.asarray(time), np.asarray(rtt, dtype=float)
        if times.shape != values.shape or times.ndim != 1:
            raise BadInputError(
                f"series {name!r} has {number_of(times.size, 'time')} but {number_of(values.size, 'RTT')}"
            )
        if not np.isfinite(values).any():
            raise BadInputError(f"series {name!r} has no sample to draw")
        read[name] = times, values
    kinds = {np.issubdtype(times.dtype, np.datetime64) for times, _ in read.values()}
    if len(kinds) > 1:
        raise BadInputError("some series have dates and others seconds: give all the same")
    return read


def _dots(axes: Axes, time: Times, rtt: Times, colour: str, **look: Any) -> None:
    # Thousands of samples as shapes make a slow page; as an image inside the SVG they do not.
    axes.plot(
        time,
        rtt,
        **{"marker": "o", "ms": 1.4, "mew": 0, "ls": "none", "color": colour, **look},
        rasterized=len(rtt) > RASTER_ABOVE,
    )


def _running_median(axes: Axes, time: Times, rtt: Times, samples: int = 31) -> None:
    good = np.isfinite(rtt)
    if np.count_nonzero(good) < 4 * samples:
        return
    windows = np.lib.stride_tricks.sliding_window_view(rtt[good], samples)
    middle = time[good][samples // 2 : samples // 2 + len(windows)]
    step = max(len(windows) // 1500, 1)
    axes.plot(middle[::step], np.median(windows, axis=1)[::step], color="black", lw=0.8)


def _limit(axes: Axes, read: Iterable[tuple[Times, Times]]) -> str:
    """Choose the height so that a few stragglers do not flatten the rest, and mark those."""
    low, high, every = np.inf, 0.0, []
    for time, rtt in read:
        good = np.isfinite(rtt)
        every.append((time[good], rtt[good]))
        low = min(low, float(rtt[good].min()))
        # "lower": with few samples an interpolated quantile would be the straggler's half.
        high = max(high, float(np.quantile(rtt[good], QUANTILE, method="lower")))
    top = high + max(0.5 * (high - low), 0.02 * high, 0.1)
    top = min(top, max(float(rtt.max()) for _, rtt in every) * 1.05)
    if axes.get_yscale() == "log":
        axes.set_ylim(low / 1.15, top * 1.1)
        top *= 1.1
    else:
        axes.set_ylim(max(low - 0.1 * (top - low), 0), top)
    out = np.concatenate([time[rtt > top] for time, rtt in every])
    if not len(out):
        return ""
    # In the legend of a single panel; several panels have too many of them to tell apart there.
    label = "above the top" if axes.get_yscale() == "linear" else None
    axes.plot(
        out, np.full(len(out), top), "^", color=style.GREY, ms=3, clip_on=False, zorder=6,
        label=label,
    )  # fmt: skip
    return f"; {len(out):,} of the samples above the top, marked there"


def _bands(axes: Axes, periods: Sequence[Period], labelled: bool) -> None:
    colours = ("#F3EFE6", "#FFFFFF")
    for number, period in enumerate(periods):
        axes.axvspan(period.start, period.stop, color=colours[number % 2], lw=0, zorder=0)
        axes.axvline(period.start, color=style.PALE, lw=0.5, zorder=1)
        if labelled and period.label:
            axes.annotate(
                period.label,
                (period.start, 1.02),
                xycoords=("data", "axes fraction"),
                rotation=60,
                ha="left",
                va="bottom",
                fontsize=6,
            )


def _found(axes: Axes, stretches: Sequence[Period]) -> None:
    for stretch in stretches:
        axes.axvspan(
            stretch.start, stretch.stop, ymin=0, ymax=0.035, color=style.VERMILLION, lw=0, zorder=5
        )


def _time_axis(axes: Axes, time: Times) -> None:
    if np.issubdtype(time.dtype, np.datetime64):
        figure = axes.get_figure(root=True)
        narrow = figure is not None and figure.get_figwidth() < style.SLENDER_INCHES
        locator = mdates.AutoDateLocator(minticks=3, maxticks=5 if narrow else 11)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator, show_offset=False))
        first, last = (np.datetime_as_string(t, unit="D") for t in (time.min(), time.max()))
        axes.set_xlabel(f"time (UTC), {first}" + (f" to {last}" if last != first else ""))
    else:
        axes.set_xlabel("time (s)")


def _facts(name: str, rtt: Times) -> dict[str, float]:
    return {
        f"{name} samples": float(np.count_nonzero(np.isfinite(rtt))),
        f"{name} lost": float(np.count_nonzero(~np.isfinite(rtt))),
        f"{name} minimum_ms": float(np.nanmin(rtt)),
        f"{name} median_ms": float(np.nanmedian(rtt)),
    }


def _told(read: dict[str, tuple[Times, Times]]) -> str:
    return "; ".join(
        f"{name}, {number_of(int(np.isfinite(rtt).sum()), 'sample')}, minimum {np.nanmin(rtt):.1f} ms, "
        f"median {np.nanmedian(rtt):.1f} ms"
        for name, (_, rtt) in read.items()
    )
