"""Places and notes for the regions of many targets."""

from __future__ import annotations

import numpy as np

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.cells.tiling import Tiling, ring_tables
from rttgeo.delay.statements import Note, NoteKind
from rttgeo.estimators.blocks import Found, Regions, Solved, discs_of_target
from rttgeo.estimators.joined import owner_of, taken
from rttgeo.estimators.largest_group import LargestGroup, dropped_note
from rttgeo.estimators.meeting import coarse_notes, nearest_in
from rttgeo.estimators.rules import WITHIN_A_CELL, AllHold, QuickestHolds
from rttgeo.kernels.growing import Joined, Pieces
from rttgeo.kernels.narrowing import runs_of_pieces
from rttgeo.typing import BoolArray, FloatArray, IntArray

INSTEAD = tuple(
    Note(NoteKind.PLACE, text)
    for text in (
        "no place satisfies all discs; an evaluation counts the quickest landmark's place",
        "nothing is excluded: the quickest landmark's place instead",
        "the region is spread evenly around the globe: the quickest landmark's place instead",
    )
)
"""Reasons why a place does not follow from the region."""


def contained(
    nside: IntArray,
    ring: Joined,
    start: Joined,
    stop: Joined,
    where: IntArray,
    lon: FloatArray,
    lat: FloatArray,
) -> BoolArray:
    """Check whether places lie in a cell of their regions.

    Parameters
    ----------
    nside, ring, start, stop
        Of all regions, as in `Solved`.
    where
        Numbers of the regions to check, shape (m,).
    lon, lat
        A place for each of them, degrees, shape (m,).

    Returns
    -------
    numpy.ndarray
        Mask, shape (m,).
    """
    found = np.zeros(len(where), dtype=bool)
    for one in np.unique(nside[where]):
        rows = np.flatnonzero(nside[where] == one)
        rings = ring_tables(int(one), False)
        cell = Tiling(nside=int(one)).cell_of(lon[rows], lat[rows])
        on = np.searchsorted(rings.first, cell, side="right") - 1
        pieces = [taken(joined, where[rows]) for joined in (ring, start, stop)]
        owner = owner_of(pieces[0].offsets)
        index = (cell - rings.first[on])[owner]
        there = (pieces[0].values == on[owner]) & (pieces[1].values <= index)
        there &= index < pieces[2].values
        found[rows] = np.bincount(owner[there], minlength=len(rows)) > 0
    return found


def tell(found: Found) -> Solved:
    """Give each region of a block its place and its notes.

    Parameters
    ----------
    found
        Result of `rttgeo.estimators.many.solve`.

    Returns
    -------
    Solved
        The results, in the order of the targets.
    """
    regions = found.regions
    lon, lat, place_notes = _places(found)
    return Solved(
        found.asked,
        found.landmarks,
        found.grid,
        *regions[:4],
        regions.n_cells(),
        lon,
        lat,
        found.bounding,
        found.conflict,
        _notes(found, place_notes),
    )


def _places(found: Found) -> tuple[FloatArray, FloatArray, dict[int, Note]]:
    """Places and the notes on them; see `rttgeo.estimators.multilateration`."""
    asked, landmarks, regions = found.asked, found.landmarks, found.regions
    quickest = asked.landmark[found.quickest]
    lon, lat = landmarks.lon[quickest].copy(), landmarks.lat[quickest].copy()
    if isinstance(asked.rule, QuickestHolds):
        return lon, lat, {}
    cells = regions.n_cells()
    length = np.sqrt((regions.total**2).sum(axis=1))
    why = np.full(len(cells), -1)
    why[~(length > 1e-9 * cells)] = 2
    why[cells == 12 * regions.nside**2] = 1
    why[cells == 0] = 0
    own = np.flatnonzero(why < 0)
    lon[own], lat[own] = sphere.directions(regions.total[own])
    inside = contained(*regions[:4], own, lon[own], lat[own])
    for i in own[~inside].tolist():
        lon[i], lat[i] = nearest_in(_region(found.grid, regions, i), lon[i], lat[i])
    return lon, lat, {int(i): INSTEAD[why[i]] for i in np.flatnonzero(why >= 0)}


def _notes(found: Found, place_notes: dict[int, Note]) -> dict[int, tuple[Note, ...]]:
    """Notes of the targets that have any, in the same order as for a single target."""
    asked, notes = found.asked, dict(found.asked.notes)
    cells = found.regions.n_cells()
    if isinstance(asked.rule, AllHold):
        for i in np.flatnonzero((np.diff(found.conflict.offsets) > 0) & (cells > 0)).tolist():
            _add(notes, i, (WITHIN_A_CELL,))
    elif isinstance(asked.rule, LargestGroup):
        for i in found.empty.tolist():
            own = slice(asked.offsets[i], asked.offsets[i + 1])
            discs = discs_of_target(asked, found.landmarks, i)
            what = f"discs of {asked.rule.physical.name}"
            _add(notes, i, dropped_note(what, discs, found.loose[own]))
            _add(notes, i, dropped_note("discs of the delay model", discs, found.used[own]))
    for i, note in place_notes.items():
        _add(notes, i, (note,))
    smallest = np.minimum.reduceat(asked.radius_km, asked.offsets[:-1])
    distinct, which = np.unique(found.regions.nside, return_inverse=True)
    size = np.array([Tiling(nside=int(one)).cell_size_km for one in distinct])
    coarse = size[which] > smallest
    for i in np.flatnonzero(coarse & (cells > 0)).tolist():
        region = _region(found.grid, found.regions, i)
        _add(notes, i, coarse_notes(region, discs_of_target(asked, found.landmarks, i)))
    return {i: some for i, some in notes.items() if some}


def _add(notes: dict[int, tuple[Note, ...]], i: int, more: tuple[Note, ...]) -> None:
    notes[i] = (*notes.get(i, ()), *more)


def _region(grid: Grid, regions: Regions, i: int) -> Region:
    nside = int(regions.nside[i])
    on = grid if nside == grid.nside else Grid(nside=nside)
    own = slice(regions.ring.offsets[i], regions.ring.offsets[i + 1])
    pieces = Pieces(regions.ring.values[own], regions.start.values[own], regions.stop.values[own])
    return Region(on, *runs_of_pieces(on.rings, pieces))
