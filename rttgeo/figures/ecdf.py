"""Cumulative distributions: a grey line for each target, all pairs in red; or models compared."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from rttgeo.constants import COLOCATED_KM, HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.delay.linear import LinearFit
from rttgeo.errors import BadInputError
from rttgeo.figures import style
from rttgeo.figures.style import Drawn, Width
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Mesh, Provenance, check_mesh
from rttgeo.typing import FloatArray

MAX_STEPS = 400
MAX_STEPS_OF_TARGET = 120
MAX_LINES = 150
MIN_PAIRS_OF_LINE = 2


def ecdf(values: npt.ArrayLike, max_steps: int = MAX_STEPS) -> tuple[FloatArray, FloatArray]:
    """Sorted values and the share of all at or below each.

    Parameters
    ----------
    values
        NaN is left out, infinity counts.
    max_steps
        With more values than that, the curve is given at so many evenly spaced ranks.

    Returns
    -------
    tuple of numpy.ndarray
        Values, ascending, and shares in (0, 1]; both empty for no values.
    """
    ordered = np.sort(np.asarray(values, dtype=float).ravel())
    ordered = ordered[: np.count_nonzero(~np.isnan(ordered))]
    ranks = np.arange(1, len(ordered) + 1)
    if len(ordered) > max_steps:
        ranks = np.unique(np.linspace(1, len(ordered), max_steps).round().astype(np.int64))
    return ordered[ranks - 1], ranks / max(len(ordered), 1)


@style.styled
def relative_error_ecdf(mesh: Mesh, fit: LinearFit, *, width: Width = "column") -> Drawn:
    """ECDF of the linear model's relative distance error (white paper, figure 4).

    Parameters
    ----------
    mesh
        With the place of at least one target.
    fit
        The linear model.
    width
        ``column`` or ``full``.

    Returns
    -------
    Drawn
        The figure with its words and numbers.

    Raises
    ------
    BadInputError
        When no pair has a known distance above 0.5 km, or the fit predicts no distance.
    """
    check_mesh(mesh)
    distance = mesh.distance_km
    keep = distance >= COLOCATED_KM
    if not keep.any():
        raise BadInputError(
            f"{mesh.provenance.name}: the relative error does not apply, because no pair has a "
            f"known distance above {COLOCATED_KM} km"
        )
    error = fit.relative_error(distance[keep], mesh.pairs["rtt_ms"].to_numpy()[keep])
    figure = style.new_figure(width)
    axes = figure.add_subplot(xscale="log", xlim=(0.01, 10))
    medians = _lines_by_target(axes, error, mesh.pairs["target"].to_numpy()[keep])
    axes.set_xlabel("relative distance error of the linear model")
    style.plain_log(axes.xaxis)
    median = float(np.median(error))
    at_landmark = float(np.mean(error == 1))
    facts = {
        "pairs": float(len(error)),
        "median_relative_error": median,
        "share_predicted_at_the_landmark": at_landmark,
        **_spread("median_relative_error", medians),
    }
    alt = (
        f"Cumulative distribution of the relative distance error of the linear model over "
        f"{number_of(len(error), 'pair')}, median {median:.2f}; {_spread_text(medians, '{:.2f}', '')}. "
        f"The step at 1 is the {100 * at_landmark:.0f} % of pairs with an RTT below the intercept, "
        "for which the model predicts no distance at all."
    )
    return style.finish(figure, alt, facts, mesh.provenance)


@style.styled
def exclusion_radius_ecdf(mesh: Mesh, medium: str = "fibre", *, width: Width = "column") -> Drawn:
    """ECDF of the radius of the exclusion circle of each pair (white paper, figure 5).

    Needs no truth: the radius is the round-trip time times the speed bound.

    Parameters
    ----------
    mesh
        Any mesh with at least one pair.
    medium
        A bound of `rttgeo.constants.KM_PER_MS_RTT`, such as ``fibre`` or ``vacuum``.
    width
        ``column`` or ``full``.

    Returns
    -------
    Drawn
        The figure with its words and numbers.

    Raises
    ------
    BadInputError
        For a mesh without pairs, or an unknown bound.
    """
    check_mesh(mesh)
    radius = exclusion_radii_km(mesh, medium)
    figure = style.new_figure(width)
    axes = figure.add_subplot(xscale="log", xlim=(max(10.0, min(100.0, radius.min())), 60_000))
    axes.axvspan(HALF_CIRCUMFERENCE_KM, 60_000, color="#F1EFEA", zorder=0, lw=0)
    axes.text(
        34_700, 0.03, "excludes nothing", rotation=90, ha="center", va="bottom", color="#555555"
    )
    medians = _lines_by_target(axes, radius, mesh.pairs["target"].to_numpy())
    axes.set_xlabel(f"exclusion radius, {medium} bound (km)")
    style.plain_log(axes.xaxis)
    useless = int(np.count_nonzero(medians >= HALF_CIRCUMFERENCE_KM))
    median = float(np.median(radius))
    facts = {
        "pairs": float(len(radius)),
        "median_radius_km": median,
        "share_excluding_nothing": float(np.mean(radius >= HALF_CIRCUMFERENCE_KM)),
        "targets_whose_median_pair_excludes_nothing": float(useless),
        **_spread("median_radius_km", medians),
    }
    alt = (
        f"Cumulative distribution of the exclusion radius ({medium} bound, "
        f"{KM_PER_MS_RTT[medium]:.1f} km per ms) of {number_of(len(radius), 'pair')}, "
        f"median {median:,.0f} km; "
        f"{_spread_text(medians, '{:,.0f}', ' km')}; the median pair of {number_of(useless, 'target')} "
        f"excludes nothing."
    )
    return style.finish(figure, alt, facts, mesh.provenance)


@style.styled
def error_ecdf(
    errors: Mapping[str, npt.ArrayLike],
    *,
    unit: Literal["km", "relative"] = "km",
    of: str = "pairs",
    provenance: Provenance | Iterable[Provenance] | None = None,
    width: Width = "column",
) -> Drawn:
    """ECDFs of distance errors of several models, one line each (PAM 2018, figures 2a and 2b).

    Parameters
    ----------
    errors
        Absolute errors by the model's name, in km or as a share of the distance.
    unit
        ``km`` or ``relative``.
    of
        What has the errors: ``pairs``, ``targets``, ``anchors``.
    provenance
        The data set or sets that the errors come from.
    width
        ``column`` or ``full``.

    Returns
    -------
    Drawn
        The figure with its words and numbers.

    Raises
    ------
    BadInputError
        For no models, a model without errors, or another unit.
    """
    if unit not in ("km", "relative"):
        raise BadInputError(f"error unit {unit!r}, expected km or relative")
    values = {name: np.asarray(one, dtype=float).ravel() for name, one in errors.items()}
    for name, one in values.items() or {"(none given)": np.array([])}.items():
        if not np.any(~np.isnan(one)):
            raise BadInputError(f"no errors to draw for the model {name!r}")
    # A name and its median need a line of a column, and half a line of the page.
    columns = 2 if width == "full" else 1
    figure = style.new_figure(width, 58 + style.KEY_LINE_MM * math.ceil(len(values) / columns))
    axes = figure.add_subplot(xscale="log", xlim=(1, 20_000) if unit == "km" else (0.01, 10))
    medians = {name: float(np.nanmedian(one)) for name, one in values.items()}
    show = "{:,.0f} km" if unit == "km" else "{:.2f}"
    for number, (name, one) in enumerate(values.items()):
        _draw(
            axes,
            one,
            **style.curve_look(number),
            label=f"{name} (median {show.format(medians[name])})",
        )
    said = "distance error (km)" if unit == "km" else "relative distance error"
    axes.set_xlabel(said)
    style.plain_log(axes.xaxis)
    _share_axis(axes, of)
    style.foot_legend(figure, axes, columns=columns)
    listed = "; ".join(f"{name}: median {show.format(m)}" for name, m in medians.items())
    alt = f"Cumulative distributions of the {said.removesuffix(' (km)')} of {listed}."
    return style.finish(figure, alt, {f"median {k}": v for k, v in medians.items()}, provenance)


def exclusion_radii_km(mesh: Mesh, medium: str) -> FloatArray:
    """Compute the exclusion radius of every pair of a mesh, not cut at half the circumference.

    Parameters
    ----------
    mesh
        The measurements.
    medium
        A bound of `rttgeo.constants.KM_PER_MS_RTT`.

    Returns
    -------
    numpy.ndarray
        Kilometres, shape (pairs,).

    Raises
    ------
    BadInputError
        For an unknown bound, or a mesh without pairs.
    """
    if medium not in KM_PER_MS_RTT:
        raise BadInputError(f"bound {medium!r}, expected one of {', '.join(KM_PER_MS_RTT)}")
    if not len(mesh):
        raise BadInputError(f"{mesh.provenance.name} has no pairs: there is no radius to draw")
    found: FloatArray = KM_PER_MS_RTT[medium] * mesh.pairs["rtt_ms"].to_numpy()
    return found


def _lines_by_target(axes: Axes, values: FloatArray, target: npt.NDArray[np.int32]) -> FloatArray:
    """Draw the grey lines and the red one; return the median of each target with a line."""
    order = np.argsort(target, kind="stable")
    starts = np.flatnonzero(np.diff(target[order], prepend=-1))
    groups = [one for one in np.split(values[order], starts[1:]) if len(one) >= MIN_PAIRS_OF_LINE]
    groups.sort(key=np.median)
    # With thousands of targets every n-th by median says the same and stays a small file.
    drawn = groups
    if len(groups) > MAX_LINES:
        drawn = [groups[i] for i in np.linspace(0, len(groups) - 1, MAX_LINES).round().astype(int)]
    for number, one in enumerate(drawn):
        said = f"a target ({len(drawn)} of {len(groups)} shown)" if len(drawn) < len(groups) else ""
        label = (said or f"a target (of {len(groups)})") if number == 0 else None
        _draw(
            axes,
            one,
            MAX_STEPS_OF_TARGET,
            color=style.PALE,
            lw=0.5,
            alpha=0.9,
            label=label,
            zorder=2,
        )
    _draw(axes, values, color=style.VERMILLION, lw=1.8, label="all pairs", zorder=4)
    axes.axhline(0.5, color=style.GREY, lw=0.6, ls=(0, (2, 2)), zorder=1)
    _share_axis(axes)
    style.legend(axes, loc="upper left")
    return np.array([np.median(one) for one in groups])


def _draw(axes: Axes, values: FloatArray, steps: int = MAX_STEPS, **line: object) -> None:
    x, share = ecdf(values, steps)
    low = axes.get_xlim()[0]
    # A log axis has no zero: what is below the left edge, zero included, is drawn at the edge.
    x = np.maximum(np.concatenate([x[:1], x]), low / 2)
    axes.plot(x, np.concatenate([[0.0], share]), drawstyle="steps-post", **line)  # type: ignore[arg-type]


def _share_axis(axes: Axes, of: str = "pairs") -> None:
    axes.set_ylim(0, 1)
    style.percent(axes.yaxis)
    axes.set_ylabel(f"share of {of}")


def _spread(name: str, medians: FloatArray) -> dict[str, float]:
    if not len(medians):
        return {}
    return {f"{name}_best_target": float(medians[0]), f"{name}_worst_target": float(medians[-1])}


def _spread_text(medians: FloatArray, number: str, unit: str) -> str:
    if not len(medians):
        return "no target has two pairs, so none has its own line"
    low, high = (number.format(value) + unit for value in (medians[0], medians[-1]))
    return f"medians of the {number_of(len(medians), 'target')} lie between {low} and {high}"
