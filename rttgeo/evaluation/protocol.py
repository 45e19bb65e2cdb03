"""Run one method over the targets of a mesh, each left out of its own calibration."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo import sphere
from rttgeo.auditing.report import audit
from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.errors import BadInputError
from rttgeo.estimators.api import locate_many
from rttgeo.estimators.candidates import Candidates
from rttgeo.estimators.estimate import Estimate, Estimator
from rttgeo.estimators.training import usable_pairs
from rttgeo.estimators.trust import trusted
from rttgeo.evaluation.choosing import choice
from rttgeo.evaluation.equal import EQUAL_LEVEL, equalised
from rttgeo.evaluation.results import LEVELS, MethodResult
from rttgeo.evaluation.strata import with_kinds
from rttgeo.mesh import Mesh, check_mesh
from rttgeo.typing import FloatArray, IntArray

WARM_NODES = 40
TARGETS_AT_ONCE = 1000
"""Targets located at a time: estimates hold posteriors over cells, and more would fill the
memory."""


def eligible_targets(mesh: Mesh, exclude_km: float) -> IntArray:
    """List the targets that can be evaluated.

    These are the targets of known place that some landmark farther than ``exclude_km`` away
    measured.

    Parameters
    ----------
    mesh
        The measurements, with the places of landmarks and targets.
    exclude_km
        Landmarks within this distance of a target are left out, km.

    Returns
    -------
    IntArray
        Row numbers, ascending.

    Raises
    ------
    BadInputError
        When there are none.
    """
    check_mesh(mesh)
    known = np.flatnonzero(np.isfinite(mesh.target_lonlat[0]))
    usable = [n for n in known if len(usable_pairs(mesh, int(n), exclude_km).rtt_ms)]
    if not usable:
        raise BadInputError(
            f"nothing to evaluate in {mesh.provenance.name}: no target with a known place was "
            f"measured from further than {exclude_km:g} km"
        )
    return np.asarray(usable, dtype=np.int64)


def contradicted(mesh: Mesh) -> npt.NDArray[np.bool_]:
    """Find the targets whose declared place `rttgeo.audit` proves wrong.

    The proof is by the speed of light in vacuum and uses the mesh alone, not the result of any
    method. Targets with merely some impossible round-trip times are not included.

    Parameters
    ----------
    mesh
        The measurements, with the places of landmarks and targets.

    Returns
    -------
    npt.NDArray[np.bool_]
        Mask of the targets, shape (n_targets,).
    """
    names = [finding.node for finding in audit(mesh).misplaced]
    return np.asarray(mesh.targets.index.isin(names), dtype=bool)


class Baseline(NamedTuple):
    """Error of shortest ping (km) and the lowest RTT (ms) of each target, arrays of shape (n,)."""

    error_km: FloatArray
    lowest_rtt_ms: FloatArray


def shortest_ping(mesh: Mesh, targets: IntArray, exclude_km: float) -> Baseline:
    """Answer with the quickest landmark's place (shortest ping), after the audit.

    Parameters
    ----------
    mesh
        The measurements, with the places of landmarks and targets.
    targets
        Row numbers of the targets, shape (n,).
    exclude_km
        Landmarks within this distance of a target are left out, km.

    Returns
    -------
    Baseline
        Error (km) and lowest RTT (ms) for each target, each of shape (n,).
    """
    lon, lat = mesh.target_lonlat
    errors, lowest = np.empty(len(targets)), np.empty(len(targets))
    groups = trusted(mesh, targets, colocated_km=exclude_km, exclude_km=exclude_km)
    for rows, clean in groups:
        for row in rows:
            number = int(targets[row])
            pairs = usable_pairs(clean, number, exclude_km)
            first = int(np.argmin(pairs.rtt_ms))
            lowest[row] = pairs.rtt_ms[first]
            errors[row] = sphere.distance_km(
                pairs.lon[first], pairs.lat[first], lon[number], lat[number]
            )
    return Baseline(errors, lowest)


def warm_up(mesh: Mesh, method: str | Estimator, grid: Grid) -> None:
    """Locate one target of a small part of a mesh, so that code and tables are loaded beforehand.

    Parameters
    ----------
    mesh
        The measurements, with the places of landmarks and targets.
    method
        Name of a method, or an estimator.
    grid
        Grid of the regions.
    """
    few = (mesh.pairs["landmark"] < WARM_NODES) & (mesh.pairs["target"] < WARM_NODES)
    part = mesh.where(few.to_numpy())
    try:
        locate_many(part, eligible_targets(part, 0.0)[:1].tolist(), method=method, grid=grid)
    except BadInputError:
        # Nothing to warm up on: the first target then bears the cost, as it would for any user.
        return


class Located(NamedTuple):
    """Estimates of some targets, in their order, and the wall and processor time they took (s)."""

    rows: list[dict[str, object]]
    regions: list[Region]
    wall_s: float
    cpu_s: float


Locate = Callable[[IntArray], tuple[Sequence[Estimate], float, float]]
"""Estimates of the targets with these row numbers, wall time (s), processor time (s)."""


def run_method(
    mesh: Mesh,
    method: str | Estimator,
    targets: IntArray,
    grid: Grid,
    *,
    exclude_km: float,
    default: bool = False,
    baseline: Baseline | None = None,
    aside: npt.NDArray[np.bool_] | None = None,
    locate: Locate | None = None,
    candidates: Candidates | None = None,
) -> MethodResult:
    """Locate targets by one method and compare the estimates with the true places.

    Each target, and all nodes within ``exclude_km`` of it, are left out of its calibration and of
    the landmarks that locate it.

    Parameters
    ----------
    mesh, method, targets, grid
        The measurements, the method, the row numbers of the targets, and the grid.
    exclude_km
        Nodes within this distance of a target are hidden while it is located, km.
    default
        Whether this is the default method, for the record.
    baseline
        Result of shortest ping on these targets; computed if not given.
    aside
        Mask over the targets: those to set aside in the result.
    locate
        Function to locate them with, instead of `rttgeo.locate_many` on the whole mesh.
    candidates
        Candidate places to choose from; see `rttgeo.evaluation.choosing`.

    Returns
    -------
    MethodResult
        One row per target, with errors and areas, and the time per target (s).
    """
    check_mesh(mesh)
    warm_up(mesh, method, grid)
    how = locate or _together(mesh, method, grid, exclude_km)
    found = _located(mesh, targets, how, candidates)
    baseline = baseline or shortest_ping(mesh, targets, exclude_km)
    table = with_kinds(pd.DataFrame(found.rows), mesh, targets)
    table["baseline_km"], table["lowest_rtt_ms"] = baseline
    apart = np.zeros(len(targets), dtype=bool) if aside is None else aside
    kept, left = (table[mask].reset_index(drop=True) for mask in (~apart, apart))
    regions = [found.regions[row] for row in np.flatnonzero(~apart)] if found.regions else []
    widened = _widen(kept, regions)
    name = method if isinstance(method, str) else method.name
    each_s, cpu_s = found.wall_s / len(targets), found.cpu_s / len(targets)
    return MethodResult(name, default, kept, each_s, cpu_s, widened, left)


def _together(mesh: Mesh, method: str | Estimator, grid: Grid, exclude_km: float) -> Locate:
    """Locate by `rttgeo.locate_many`, with the whole mesh known."""

    def located(targets: IntArray) -> tuple[Sequence[Estimate], float, float]:
        began, used = time.perf_counter(), time.process_time()
        estimates = locate_many(
            mesh,
            targets.tolist(),
            method=method,
            grid=grid,
            colocated_km=exclude_km,
            exclude_km=exclude_km,
        )
        return estimates, time.perf_counter() - began, time.process_time() - used

    return located


def _located(
    mesh: Mesh, targets: IntArray, locate: Locate, candidates: Candidates | None
) -> Located:
    """Locate targets, some at a time; keep the regions if every target has one."""
    rows: list[dict[str, object]] = []
    regions: list[Region] = []
    wall = cpu = 0.0
    for start in range(0, len(targets), TARGETS_AT_ONCE):
        some = targets[start : start + TARGETS_AT_ONCE]
        estimates, wall_s, cpu_s = locate(some)
        wall, cpu = wall + wall_s, cpu + cpu_s
        rows += _rows(mesh, some, estimates, candidates)
        regions += [one.credible_region(EQUAL_LEVEL) for one in estimates if one.has_region]
    return Located(rows, regions if len(regions) == len(rows) else [], wall, cpu)


def _widen(table: pd.DataFrame, regions: list[Region]) -> float:
    """Add the areas at equal coverage to the table, and return the distance of the widening."""
    table["equal_area_95"] = np.nan
    if len(regions) < len(table):
        return float("nan")
    same = equalised(regions, table["true_lon"].to_numpy(), table["true_lat"].to_numpy())
    table["equal_area_95"] = same.area_km2
    return same.widened_km


def _rows(
    mesh: Mesh, targets: IntArray, estimates: Sequence[Estimate], candidates: Candidates | None
) -> list[dict[str, object]]:
    rows = []
    for number, estimate in zip(targets, estimates, strict=True):
        place = tuple(float(values[number]) for values in mesh.target_lonlat)
        row = _row(estimate, *place)
        rows.append(row if candidates is None else row | choice(estimate, candidates, *place))
    return rows


def _row(estimate: Estimate, lon: float, lat: float) -> dict[str, object]:
    guess = estimate.guess
    row: dict[str, object] = {
        "target": estimate.target,
        "lon": guess[0],
        "lat": guess[1],
        "true_lon": lon,
        "true_lat": lat,
        "error_km": float(sphere.distance_km(*guess, lon, lat)),
        "n_landmarks": estimate.n_landmarks,
        "empty": estimate.empty,
        "fallback": estimate.fell_back,
    }
    for level in LEVELS:
        covered, area = np.nan, np.nan
        if estimate.has_region:
            region = estimate.credible_region(level)
            covered = float(np.all(region.contains(lon, lat)))
            area = region.area_km2 if region.n_cells else np.nan
        row[f"covered_{100 * level:g}"], row[f"area_{100 * level:g}"] = covered, area
    return row
