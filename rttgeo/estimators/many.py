"""Many targets by hard constraints at once: the same results as one by one, without objects.

A block of targets is prepared (`Asked`), solved by compiled code that releases the interpreter
lock, and returned as arrays (`Found`), from which results are made (`Solved`); each thread takes a
block.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rttgeo.cells.following import COARSE, FollowingGrid
from rttgeo.cells.grid import Grid
from rttgeo.cells.tiling import ring_tables
from rttgeo.estimators.arcs_many import bounding_all, conflict_all
from rttgeo.estimators.blocks import Asked, Found, Landmarks, Regions, discs_of_target, quickest_of
from rttgeo.estimators.joined import merged, owner_of, pairs_of, taken
from rttgeo.estimators.largest_group import LargestGroup
from rttgeo.estimators.rules import AllHold, QuickestHolds, ring_conflict
from rttgeo.kernels.front import meeting_all, most_touched_all
from rttgeo.kernels.growing import Joined
from rttgeo.kernels.narrowing import Marks
from rttgeo.typing import BoolArray, FloatArray, IntArray


def solve(asked: Asked, landmarks: Landmarks, grid: Grid) -> Found:
    """Find what the discs of each target in a block allow, and which bound or contradict it.

    Parameters
    ----------
    asked
        The targets.
    landmarks
        All landmarks of the mesh.
    grid
        The grid of the regions.

    Returns
    -------
    Found
        The findings, in their order; `rttgeo.estimators.telling.tell` makes results from them.
    """
    rule, marks = asked.rule, landmarks.marks
    n, first = len(asked.number), quickest_of(asked)
    discs = (asked.landmark, asked.radius_km, asked.offsets)
    if isinstance(rule, QuickestHolds):
        discs = (asked.landmark[first], asked.radius_km[first], np.arange(n + 1))
    regions = _common(marks, grid, *discs)
    empty = np.flatnonzero(regions.n_cells() == 0)
    used, loose = np.ones(len(asked.landmark), bool), np.ones(len(asked.landmark), bool)
    if isinstance(rule, LargestGroup) and len(empty):
        regions = _largest(asked, rule, marks, grid, empty, regions, used, loose)
    elif len(empty):
        used &= ~np.isin(owner_of(asked.offsets), empty)
    if isinstance(rule, QuickestHolds):
        bounding = Joined(np.arange(n + 1), first)
        asked_conflict = np.zeros(n, dtype=bool)
    else:
        bounding = _bounding(asked, marks, regions, used, empty)
        asked_conflict = np.isin(np.arange(n), empty)
    if isinstance(rule, AllHold):
        asked_conflict |= np.diff(bounding.offsets) == 0
    conflict = conflict_all(marks, asked.landmark, asked.radius_km, asked.offsets, asked_conflict)
    number = asked.landmark
    found = Found(
        asked,
        landmarks,
        grid,
        regions,
        Joined(bounding.offsets, number[bounding.values]),
        Joined(conflict.offsets, number[conflict.values]),
        first,
        empty,
        used,
        loose,
    )
    return _with_slack_conflicts(found) if isinstance(rule, AllHold) else found


def _with_slack_conflicts(found: Found) -> Found:
    """Discs that leave no cell although they touch to within the slack: the indispensable ones."""
    lost = (found.regions.n_cells() == 0) & (np.diff(found.conflict.offsets) == 0)
    if not lost.any():
        return found
    parts = []
    row = {name: number for number, name in enumerate(found.landmarks.name)}
    for i in range(len(lost)):
        values = found.conflict.values[found.conflict.offsets[i] : found.conflict.offsets[i + 1]]
        if lost[i]:
            discs = discs_of_target(found.asked, found.landmarks, i)
            names = ring_conflict(found.grid, discs, np.zeros(len(discs.name)))
            values = np.array([row[name] for name in names], dtype=np.int64)
        parts.append(values)
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
    return found._replace(conflict=Joined(offsets, np.concatenate(parts)))


def _common(
    marks: Marks, grid: Grid, landmark: IntArray, radius_km: FloatArray, offsets: IntArray
) -> Regions:
    """The intersection of the discs of each target, on cells fine enough for the smallest."""
    n = len(offsets) - 1
    smallest = np.minimum.reduceat(radius_km, offsets[:-1])
    nside = np.full(n, grid.nside, dtype=np.int64)
    fine = np.arange(n) if type(grid) is not Grid else np.zeros(0, np.int64)
    if isinstance(grid, FollowingGrid):
        fine = np.flatnonzero(~(grid.cell_size_km <= COARSE * smallest))
    nside[fine] = [grid.for_radius(float(radius)).nside for radius in smallest[fine]]
    parts = []
    for one in np.unique(nside):
        where = np.flatnonzero(nside == one)
        parts.append((where, *_on_grid(int(one), marks, landmark, radius_km, offsets, where)))
    regions = _gathered(parts, nside)
    missed = np.flatnonzero((regions.n_cells() == 0) & (nside != grid.nside))
    if not len(missed):
        return regions
    again = _on_grid(grid.nside, marks, landmark, radius_km, offsets, missed)
    return regions.replaced(missed, Regions(np.full(len(missed), grid.nside), *again))


def _on_grid(
    nside: int,
    marks: Marks,
    landmark: IntArray,
    radius_km: FloatArray,
    offsets: IntArray,
    where: IntArray,
) -> tuple[Joined, Joined, Joined, FloatArray]:
    pairs, own = pairs_of(offsets, where)
    found: tuple[Joined, Joined, Joined, FloatArray] = meeting_all(
        ring_tables(nside, True), marks, landmark[pairs], radius_km[pairs], own
    )
    return found


def _gathered(parts: list[Any], nside: IntArray) -> Regions:
    total = np.empty((len(nside), 3))
    for part in parts:
        total[part[0]] = part[4]
    ring, start, stop = (
        merged([(part[0], part[k]) for part in parts], len(nside)) for k in (1, 2, 3)
    )
    return Regions(nside, ring, start, stop, total)


def _largest(
    asked: Asked,
    rule: LargestGroup,
    marks: Marks,
    grid: Grid,
    empty: IntArray,
    regions: Regions,
    used: BoolArray,
    loose: BoolArray,
) -> Regions:
    """Largest consistent groups for targets whose discs leave nothing; sets masks over discs."""
    pairs, own = pairs_of(asked.offsets, empty)
    found: tuple[Any, ...] = most_touched_all(
        ring_tables(grid.nside, True),
        grid.rings,
        marks,
        asked.landmark[pairs],
        asked.radius_km[pairs],
        rule.physical.radius_km(asked.rtt_ms[pairs]),
        own,
        grid.cell_radius_km,
    )
    used[pairs], loose[pairs] = found[4:]
    return regions.replaced(empty, Regions(np.full(len(empty), grid.nside), *found[:4]))


def _bounding(
    asked: Asked, marks: Marks, regions: Regions, used: BoolArray, empty: IntArray
) -> Joined:
    """Which discs bound each region, as numbers among all pairs."""
    parts, total = [], regions.total.copy()
    # What a group of discs meets in to within a cell is not where its circles need to be looked for.
    total[empty] = 0.0
    for one in np.unique(regions.nside):
        where = np.flatnonzero(regions.nside == one)
        pairs, own = pairs_of(asked.offsets, where)
        ring, start, stop = (taken(joined, where) for joined in regions[1:4])
        found = bounding_all(
            ring_tables(int(one), True), marks, asked.landmark[pairs], asked.radius_km[pairs],
            used[pairs], own, ring, start, stop, total[where],
        )  # fmt: skip
        parts.append((where, Joined(found.offsets, pairs[found.values])))
    return merged(parts, len(regions.nside))
