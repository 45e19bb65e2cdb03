"""The figures of the explanation, drawn by the library itself when the site is built.

Run by Sphinx (see conf.py); alone: ``python docs/figures.py``. Drawn again only when the library
or this file is newer than what stands in ``docs/generated``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

import rttgeo
from rttgeo import figures
from rttgeo.cells.grid import Grid
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.delay.bestline import Bestline
from rttgeo.estimators.calibrated.estimator import Calibrated
from rttgeo.estimators.training import training_mesh
from rttgeo.explanation.explain import where_next
from rttgeo.figures import Drawn, style
from rttgeo.figures.claims import power_curve
from rttgeo.paper import interactive
from rttgeo.verification.rates import claim_rates

HERE = Path(__file__).resolve().parent
GENERATED = HERE / "generated"
TARGET = "Switzerland North"
LANDMARK = "West Europe"
NEAR = ((22.0, 48.5, 900.0), (34.0, 45.0, 700.0))


def circles() -> Drawn:
    """Circles of light in fibre around the landmarks of one target."""
    return figures.exclusion_map(_mesh(), TARGET)


@style.styled
def runs() -> Drawn:
    """Two circles and their intersection as runs of cells on rings of equal latitude."""
    grid = Grid(resolution_km=205.0)
    figure = style.new_figure("column", 80)
    axes = figure.add_subplot(xlim=(6, 47), ylim=(36.5, 58.5))
    lon, lat = grid.lonlat(grid.cap(28.0, 47.5, 1800.0).cells())
    axes.scatter(lon, lat, s=5, color=style.PALE, label="middle of a cell")
    colours = (style.BLUE, style.VERMILLION)
    for (x, y, radius_km), colour, shift in zip(NEAR, colours, (0.17, -0.17), strict=True):
        cap = grid.cap(x, y, radius_km)
        _segments(axes, grid, cap, colour, shift, f"runs within {radius_km:,.0f} km")
        bearing = np.linspace(0, 360, 200)
        axes.plot(*rttgeo.sphere.destination(x, y, bearing, radius_km), color=colour, lw=0.7)
    x, y, radius = np.array(NEAR).T
    both = grid.intersection(x, y, radius)
    _segments(axes, grid, both, style.BLACK, 0.0, "what they share", lw=3.0)
    axes.set_xlabel("longitude")
    axes.set_ylabel("latitude")
    style.foot_legend(figure, axes, columns=2)
    n_runs, n_cells = len(both.runs[0]), both.n_cells
    alt = (
        f"Cells of a grid on rings of equal latitude, and two circles as one run of cells on each "
        f"ring they cross; what they share is {n_runs} runs with {n_cells} cells."
    )
    return style.finish(figure, alt, {"runs": float(n_runs), "cells": float(n_cells)}, _made_up())


@style.styled
def bestline() -> Drawn:
    """One landmark's measurements, the bestline under them, and the physical limit."""
    mesh = training_mesh(_mesh(), _mesh().target_number(TARGET))
    number = mesh.landmarks.index.get_loc(LANDMARK)
    fitted = Bestline().fit(mesh)
    slope, intercept = fitted.slope_ms_per_km[number], fitted.intercept_ms[number]
    mine = mesh.pairs["landmark"].to_numpy() == number
    distance, rtt = mesh.distance_km[mine], mesh.pairs["rtt_ms"].to_numpy()[mine]
    figure = style.new_figure("column", 70)
    axes = figure.add_subplot(xlim=(0, distance.max() * 1.03), ylim=(0, rtt.max() * 1.05))
    axes.scatter(distance, rtt, s=8, color=style.BLACK, label="pair of known distance")
    far = np.array([0.0, distance.max() * 1.03])
    lines = {
        "bestline": (slope * far + intercept, style.VERMILLION, "-"),
        "light in fibre": (far / KM_PER_MS_RTT["fibre"], style.BLUE, style.DASHES[1]),
        "light in vacuum": (far / KM_PER_MS_RTT["vacuum"], style.GREY, style.DASHES[2]),
    }
    for name, (values, colour, dashes) in lines.items():
        axes.plot(far, values, color=colour, ls=dashes, label=name)
    axes.set_xlabel(f"distance from {LANDMARK}, km")
    axes.set_ylabel("RTT, ms")
    style.foot_legend(figure, axes, columns=2)
    alt = (
        f"Round-trip time over distance of the pairs of {LANDMARK}, with its bestline of "
        f"{1 / slope:.0f} km per ms and {intercept:.1f} ms under all of them, above light in fibre."
    )
    facts = {"km_per_ms": float(1 / slope), "intercept_ms": float(intercept)}
    return style.finish(figure, alt, facts, mesh.provenance)


@style.styled
def residuals() -> Drawn:
    """The curve that the default method takes delays to follow, and what is left over it."""
    mesh = _mesh()
    statistics = Calibrated().fit(mesh, Grid(resolution_km=205.0)).model.field.statistics
    distance, rtt = mesh.distance_km, mesh.pairs["rtt_ms"].to_numpy()
    far = np.linspace(30, np.nanmax(distance), 300)
    figure = style.new_figure("column", 70)
    axes = figure.add_subplot(xlim=(0, far[-1]), ylim=(0, rtt.max() * 1.05))
    axes.scatter(distance, rtt, s=2, color=style.GREY, lw=0, label="pair")
    for sds, look in ((0, "-"), (1, style.DASHES[1]), (-1, style.DASHES[1])):
        axes.plot(
            far,
            np.exp(statistics.curve(far) + sds * statistics.sd) - statistics.settings.offset_ms,
            color=style.VERMILLION,
            ls=look,
            label={0: "expected", 1: f"± {statistics.sd:.2f} in the logarithm"}.get(sds),
        )
    axes.set_xlabel("distance, km")
    axes.set_ylabel("RTT, ms")
    style.foot_legend(figure, axes, columns=2)
    alt = (
        "Round-trip time over distance of all pairs, with the curve fitted to them and a band of "
        f"one standard deviation of the residuals, {statistics.sd:.2f} in the natural logarithm."
    )
    return style.finish(figure, alt, {"sd": statistics.sd}, mesh.provenance)


def posterior() -> Drawn:
    """The default method's regions of one target, with the truth."""
    return _regions(TARGET)


def first_estimate() -> Drawn:
    """The same for the target of the tutorial."""
    return _regions("Japan East")


def _regions(target: str) -> Drawn:
    mesh = _mesh()
    estimate = rttgeo.locate(mesh, target)
    number = mesh.target_number(target)
    lon, lat = mesh.target_lonlat
    return figures.region_map(
        {f"{100 * level:.0f} % region": estimate.credible_region(level) for level in (0.95, 0.5)},
        truth=(float(lon[number]), float(lat[number])),
        estimate=(estimate.lon, estimate.lat),
        landmarks=mesh.landmarks,
        provenance=mesh.provenance,
    )


@style.styled
def levels() -> Drawn:
    """At which raw level the left-out truths were found, and what is asked for instead."""
    mesh = _mesh()
    found = Calibrated().fit(mesh, Grid(resolution_km=205.0)).calibration
    raw = np.sort(-np.expm1(-np.array(found.levels.depth)))
    share = np.arange(1, len(raw) + 1) / len(raw)
    nominal = np.linspace(0.01, 0.99, 99)
    asked = [found.levels.raw(float(level)) for level in nominal]
    figure = style.new_figure("column", 76)
    axes = figure.add_subplot(xlim=(0, 1), ylim=(0, 1))
    axes.plot([0, 1], [0, 1], color=style.GREY, lw=0.7, label="a posterior that is right as it is")
    axes.step(raw, share, where="post", color=style.BLACK, lw=1, label="left-out truths inside")
    axes.plot(
        asked, nominal, color=style.VERMILLION, label="level promised, at the level asked for"
    )
    axes.set_xlabel("level of the posterior")
    axes.set_ylabel("share of left-out targets; level promised")
    style.foot_legend(figure, axes, columns=1)
    at = found.levels.raw(0.95)
    alt = (
        f"Share of {len(raw)} left-out targets inside the posterior's region over its level, and "
        f"the promise made of it: for 95 % the posterior is asked for {100 * at:.1f} %."
    )
    return style.finish(figure, alt, {"raw_95": at, "targets": float(len(raw))}, mesh.provenance)


@style.styled
def clock() -> Drawn:
    """How a region grows as the clock of those who measure gets coarser."""
    mesh = _mesh()
    pairs = mesh.of_target(TARGET)
    grid, ticks = Grid(resolution_km=52.0), np.array([0, 1, 2, 5, 10, 20, 50, 100, 200])
    area = [
        grid.intersection(
            pairs.lon,
            pairs.lat,
            KM_PER_MS_RTT["fibre"] * (np.floor(pairs.rtt_ms / tick) + 1) * tick
            if tick
            else KM_PER_MS_RTT["fibre"] * pairs.rtt_ms,
        ).area_km2
        / 1e6
        for tick in ticks
    ]
    figure = style.new_figure("column", 60)
    axes = figure.add_subplot(yscale="log", ylim=(1, 1000))
    style.plain_log(axes.yaxis)
    axes.plot(np.arange(len(ticks)), area, marker="o", ms=3, color=style.BLUE)
    axes.set_xticks(np.arange(len(ticks)), [str(tick) if tick else "exact" for tick in ticks])
    axes.set_xlabel("tick of the clock, ms")
    axes.set_ylabel("region, million km²")
    alt = (
        f"Area of the region in which {TARGET} can be over the tick of the clock: "
        f"{area[0]:.1f} million km² with an exact one, {area[-1]:.0f} with ticks of {ticks[-1]} ms."
    )
    facts = {"exact_Mkm2": area[0], "coarsest_Mkm2": area[-1]}
    return style.finish(figure, alt, facts, mesh.provenance)


def following() -> Drawn:
    """Where one more landmark would help most."""
    mesh = _mesh()
    estimate = rttgeo.locate(mesh, TARGET)
    return figures.next_landmark_map(
        where_next(estimate, mesh.of_target(TARGET)),
        estimate=estimate,
        landmarks=mesh.landmarks,
        provenance=mesh.provenance,
    )


def power() -> Drawn:
    """How many false claims about the regions of a cloud are seen, over how false they are."""
    return power_curve(claim_rates(_mesh()), _mesh().provenance)


FIGURES: dict[str, Callable[[], Drawn]] = {
    "circles": circles,
    "runs": runs,
    "bestline": bestline,
    "residuals": residuals,
    "posterior": posterior,
    "estimate": first_estimate,
    "levels": levels,
    "clock": clock,
    "next": following,
    "power": power,
}


def try_page() -> str:
    """The figure of the paper to play with, where cities can be typed by name."""
    told = {**interactive.figure_data([_mesh()]), "cities": interactive.city_list()}
    return interactive.play_html(HERE.parent / "paper", told)


def draw_all() -> list[str]:
    """Draw what is missing or older than the library; the names of what was drawn."""
    GENERATED.mkdir(exist_ok=True)
    (GENERATED / "try.html").write_text(try_page(), encoding="utf-8")
    library = Path(rttgeo.__file__).parent
    newest = max(path.stat().st_mtime for path in [*library.rglob("*.py"), Path(__file__)])
    drawn = []
    for name, draw in FIGURES.items():
        path = GENERATED / f"{name}.svg"
        if not path.exists() or path.stat().st_mtime < newest:
            made = draw()
            figures.save(made, GENERATED / name, ("svg",))
            (GENERATED / f"{name}.alt.txt").write_text(made.alt + "\n", encoding="utf-8")
            drawn.append(name)
    return drawn


def _mesh() -> rttgeo.Mesh:
    return rttgeo.open_dataset("azure-2026")


def _made_up() -> rttgeo.Provenance:
    return rttgeo.Provenance(name="two made-up circles", kind="simulated")


def _segments(axes, grid, region, colour, shift, label, lw=1.6):  # type: ignore[no-untyped-def]
    """Draw each run as a line from its first cell to its last."""
    for number, (start, stop) in enumerate(zip(*region.runs, strict=True)):
        lon, lat = grid.lonlat(np.arange(start, stop))
        axes.plot(
            lon,
            lat + shift,
            color=colour,
            lw=lw,
            marker="o",
            ms=lw,
            label=None if number else label,
        )


if __name__ == "__main__":
    print("\n".join(draw_all()))
