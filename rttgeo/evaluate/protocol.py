"""Run one method over the targets of a mesh, each left out of its own calibration."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo import sphere
from rttgeo.errors import BadInputError
from rttgeo.grid import Grid
from rttgeo.locate.api import locate_many
from rttgeo.locate.estimate import Estimate, Estimator
from rttgeo.locate.training import usable_pairs
from rttgeo.mesh import Mesh

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
"""Levels whose regions are asked for: three for the tables, all for the calibration plot."""

TARGETS_AT_ONCE = 1000
"""Estimates hold posteriors over cells: more of them at once would fill the memory."""


@dataclasses.dataclass(frozen=True, eq=False)
class MethodResult:
    """What one method did on one mesh.

    Attributes
    ----------
    method, default
        Name, and whether it is the method that `rttgeo.locate` takes when none is named.
    targets
        One row a target: ``target``, ``lon``, ``lat`` (of the estimate, NaN without one),
        ``true_lon``, ``true_lat``, ``error_km``, ``baseline_km`` (error of shortest ping),
        ``lowest_rtt_ms``, ``n_landmarks``, ``empty``, ``fallback`` (a note was made), and for
        each of `LEVELS` ``covered_95`` (0 or 1) and ``area_95`` (km²), NaN without a region.
    seconds_per_target
        Wall time of fitting and locating, divided by the number of targets.
    """

    method: str
    default: bool
    targets: pd.DataFrame
    seconds_per_target: float


@dataclasses.dataclass(frozen=True, eq=False)
class MeshResult:
    """Every method on one mesh; ``name``, ``kind`` and counts say which mesh it was."""

    name: str
    kind: str
    n_landmarks: int
    n_targets: int
    n_pairs: int
    methods: tuple[MethodResult, ...]


def eligible_targets(mesh: Mesh, exclude_km: float) -> npt.NDArray[np.int64]:
    """Row numbers of the targets that can be evaluated.

    Those whose place is known and that a landmark further than ``exclude_km`` away measured.

    Raises
    ------
    BadInputError
        When there is none.
    """
    known = np.flatnonzero(np.isfinite(mesh.target_lonlat[0]))
    usable = [n for n in known if len(usable_pairs(mesh, int(n), exclude_km).rtt_ms)]
    if not usable:
        raise BadInputError(
            f"nothing to evaluate in {mesh.provenance.name}: no target with a known place was "
            f"measured from further than {exclude_km:g} km"
        )
    return np.asarray(usable, dtype=np.int64)


def shortest_ping_km(
    mesh: Mesh, targets: npt.NDArray[np.int64], exclude_km: float
) -> tuple[sphere.FloatArray, sphere.FloatArray]:
    """Error of shortest ping, km, and the lowest RTT itself, ms, for each of the targets."""
    lon, lat = mesh.target_lonlat
    errors, lowest = np.empty(len(targets)), np.empty(len(targets))
    for row, number in enumerate(targets):
        pairs = usable_pairs(mesh, int(number), exclude_km)
        first = int(np.argmin(pairs.rtt_ms))
        lowest[row] = pairs.rtt_ms[first]
        errors[row] = sphere.distance_km(
            pairs.lon[first], pairs.lat[first], lon[number], lat[number]
        )
    return errors, lowest


def run_method(
    mesh: Mesh,
    method: str | Estimator,
    targets: npt.NDArray[np.int64],
    grid: Grid,
    *,
    exclude_km: float,
    default: bool = False,
) -> MethodResult:
    """Locate the targets with these row numbers by one method, and compare with the truth.

    Calibration leaves out each target and all nodes within ``exclude_km`` of it; so do the
    landmarks that locate it.
    """
    baseline, lowest = shortest_ping_km(mesh, targets, exclude_km)
    rows: list[dict[str, object]] = []
    seconds = 0.0
    for start in range(0, len(targets), TARGETS_AT_ONCE):
        some = targets[start : start + TARGETS_AT_ONCE]
        began = time.perf_counter()
        estimates = locate_many(
            mesh,
            some.tolist(),
            method=method,
            grid=grid,
            colocated_km=exclude_km,
            exclude_km=exclude_km,
        )
        seconds += time.perf_counter() - began
        rows += _rows(mesh, some, estimates)
    table = pd.DataFrame(rows)
    table["baseline_km"], table["lowest_rtt_ms"] = baseline, lowest
    name = method if isinstance(method, str) else method.name
    return MethodResult(name, default, table, seconds / len(targets))


def _rows(
    mesh: Mesh, targets: npt.NDArray[np.int64], estimates: Sequence[Estimate]
) -> list[dict[str, object]]:
    lon, lat = mesh.target_lonlat
    return [
        _row(estimate, float(lon[number]), float(lat[number]))
        for number, estimate in zip(targets, estimates, strict=True)
    ]


def _row(estimate: Estimate, lon: float, lat: float) -> dict[str, object]:
    row: dict[str, object] = {
        "target": estimate.target,
        "lon": estimate.lon,
        "lat": estimate.lat,
        "true_lon": lon,
        "true_lat": lat,
        "error_km": estimate.error_km(lon, lat),
        "n_landmarks": estimate.n_landmarks,
        "empty": estimate.empty,
        "fallback": bool(estimate.notes),
    }
    for level in LEVELS:
        covered, area = np.nan, np.nan
        if estimate.has_region:
            region = estimate.credible_region(level)
            covered = float(np.all(region.contains(lon, lat)))
            area = region.area_km2 if region.n_cells else np.nan
        row[f"covered_{100 * level:g}"], row[f"area_{100 * level:g}"] = covered, area
    return row
