"""Many targets by hard constraints at once: the answers of one by one, without an object each.

A block of targets is laid out (`Asked`), solved by compiled code that lets go of the interpreter,
and comes back as arrays (`Solved`); threads take a block each.
"""

from __future__ import annotations

import dataclasses
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

import numpy as np

from rttgeo import sphere
from rttgeo.cells.following import COARSE, FollowingGrid
from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.cells.tiling import ring_tables
from rttgeo.delay.statements import Bound, Note, NoteKind
from rttgeo.estimators.arcs_many import bounding_all, conflict_all
from rttgeo.estimators.discs import Discs, Names, coarse_notes, nearest_in
from rttgeo.estimators.estimate import Estimate
from rttgeo.estimators.largest_group import LargestGroup, dropped_note
from rttgeo.estimators.rules import WITHIN_A_CELL, AllHold, QuickestHolds, Rule, ring_conflict
from rttgeo.kernels.front import meeting_all, most_touched_all
from rttgeo.kernels.growing import Joined, Pieces
from rttgeo.kernels.narrowing import Marks, runs_of_pieces
from rttgeo.kernels.rings import make_caps
from rttgeo.typing import BoolArray, FloatArray, IntArray

T = TypeVar("T")
R = TypeVar("R")

BLOCK = 1000
"""Targets that a thread takes at once: a fifth of a second of work, and some megabytes."""


class Asked(NamedTuple):
    """Targets, and what a fitted delay model says of their pairs.

    Attributes
    ----------
    number, name
        Row numbers and ids of the targets, shape (n,).
    landmark, rtt_ms, radius_km
        Of each usable pair of all targets, one after the other.
    offsets
        Target i's pairs are ``offsets[i]:offsets[i + 1]``, at least one.
    notes
        What the model says of some targets, by their places among these.
    method, bound, rule
        The same for all of them.
    """

    number: IntArray
    name: Names
    landmark: IntArray
    rtt_ms: FloatArray
    radius_km: FloatArray
    offsets: IntArray
    notes: dict[int, tuple[Note, ...]]
    method: str
    bound: Bound
    rule: Rule


@dataclasses.dataclass(frozen=True, eq=False)
class Landmarks:
    """Landmarks as everything here takes them.

    Attributes
    ----------
    name
        Their ids, shape (n,).
    lon, lat
        Degrees, shape (n,).
    marks
        The same for the kernels.
    """

    name: Names
    lon: FloatArray
    lat: FloatArray
    marks: Marks

    @classmethod
    def of(cls, name: Names, lon: FloatArray, lat: FloatArray) -> Landmarks:
        """Lay out landmarks.

        Parameters
        ----------
        name
            Their ids, shape (n,).
        lon, lat
            Degrees, shape (n,).

        Returns
        -------
        Landmarks
            The same, with what the kernels need.
        """
        caps = make_caps(lon, lat, np.zeros(len(lon)))
        known = (caps.lon, caps.lat, caps.cos_lat, caps.sin_half_lat, caps.cos_half_lat)
        return cls(name, lon, lat, Marks(*known, sphere.unit_vectors(lon, lat)))


@dataclasses.dataclass(frozen=True, eq=False)
class Solved:
    """Answers to a block of targets, as arrays.

    Attributes
    ----------
    asked
        The targets.
    landmarks, grid
        What the numbers below mean.
    nside
        Of the grid of each region, shape (n,).
    ring, start, stop
        Pieces of each region (`rttgeo.kernels.narrowing.Pieces`).
    n_cells
        Shape (n,).
    lon, lat
        The places, degrees, shape (n,).
    bounding, conflict
        Numbers of landmarks.
    notes
        Of each target that has some.
    """

    asked: Asked
    landmarks: Landmarks
    grid: Grid
    nside: IntArray
    ring: Joined
    start: Joined
    stop: Joined
    n_cells: IntArray
    lon: FloatArray
    lat: FloatArray
    bounding: Joined
    conflict: Joined
    notes: dict[int, tuple[Note, ...]]

    def __len__(self) -> int:
        """Count the targets."""
        return len(self.nside)

    def pieces(self, i: int) -> Pieces:
        """The region of one target as pieces.

        Parameters
        ----------
        i
            Its place among these.

        Returns
        -------
        Pieces
            None for an empty region.
        """
        own = slice(self.ring.offsets[i], self.ring.offsets[i + 1])
        return Pieces(self.ring.values[own], self.start.values[own], self.stop.values[own])

    def region(self, i: int) -> Region:
        """The region of one target.

        Parameters
        ----------
        i
            Its place among these.

        Returns
        -------
        Region
            As `rttgeo.locate` gives it.
        """
        nside = int(self.nside[i])
        grid = self.grid if nside == self.grid.nside else Grid(nside=nside)
        return Region(grid, *runs_of_pieces(grid.rings, self.pieces(i)))

    def estimate(self, i: int) -> Estimate:
        """The estimate of one target.

        Parameters
        ----------
        i
            Its place among these.

        Returns
        -------
        Estimate
            As `rttgeo.locate` gives it.
        """
        asked = self.asked
        return Estimate(
            method=asked.method,
            target=str(asked.name[i]),
            lon=float(self.lon[i]),
            lat=float(self.lat[i]),
            feasible=self.region(i),
            bounding=self._names(self.bounding, i),
            conflict=self._names(self.conflict, i),
            notes=self.notes.get(i, ()),
            bound=asked.bound,
            n_landmarks=int(asked.offsets[i + 1] - asked.offsets[i]),
        )

    def _names(self, joined: Joined, i: int) -> tuple[str, ...]:
        numbers = joined.values[joined.offsets[i] : joined.offsets[i + 1]]
        return tuple(map(str, self.landmarks.name[numbers]))


class _Regions(NamedTuple):
    """Regions of targets, whatever the grid of each."""

    nside: IntArray
    ring: Joined
    start: Joined
    stop: Joined
    total: FloatArray

    def n_cells(self) -> IntArray:
        return _sums(self.ring.offsets, self.stop.values - self.start.values)

    def replaced(self, where: IntArray, other: _Regions) -> _Regions:
        """Put other regions in the place of some."""
        keep = np.setdiff1d(np.arange(len(self.nside)), where)
        nside, total = self.nside.copy(), self.total.copy()
        nside[where], total[where] = other.nside, other.total
        ring, start, stop = (
            merged([(keep, taken(one, keep)), (where, two)], len(self.nside))
            for one, two in zip(self[1:4], other[1:4], strict=True)
        )
        return _Regions(nside, ring, start, stop, total)


def side_by_side(solve: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Call a function on each item in threads, a few items ahead; results in order.

    Parameters
    ----------
    solve
        Lets go of the interpreter for most of its time.
    items
        What to work on; taken as there is room, so that memory stays flat.

    Yields
    ------
    object
        The results.
    """
    threads = os.cpu_count() or 1
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[R]] = deque()
        for item in items:
            waiting.append(pool.submit(solve, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def solve(asked: Asked, landmarks: Landmarks, grid: Grid) -> Solved:
    """Answer a block of targets.

    Parameters
    ----------
    asked
        The targets.
    landmarks
        All landmarks of the mesh.
    grid
        What regions are made of.

    Returns
    -------
    Solved
        In their order.
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
        used &= ~np.isin(_owner(asked.offsets), empty)
    if isinstance(rule, QuickestHolds):
        bounding = Joined(np.arange(n + 1), first)
        asked_conflict = np.zeros(n, dtype=bool)
    else:
        bounding = _bounding(asked, marks, regions, used, empty)
        asked_conflict = np.isin(np.arange(n), empty)
    if isinstance(rule, AllHold):
        asked_conflict |= np.diff(bounding.offsets) == 0
    conflict = conflict_all(marks, asked.landmark, asked.radius_km, asked.offsets, asked_conflict)
    told = _Told(asked, landmarks, grid, regions, first)
    lon, lat, place_notes = told.places()
    notes = told.notes(empty, conflict, used, loose, place_notes)
    number = asked.landmark
    found = Solved(
        asked,
        landmarks,
        grid,
        *regions[:4],
        regions.n_cells(),
        lon,
        lat,
        Joined(bounding.offsets, number[bounding.values]),
        Joined(conflict.offsets, number[conflict.values]),
        notes,
    )
    return _with_slack_conflicts(found) if isinstance(rule, AllHold) else found


def _with_slack_conflicts(found: Solved) -> Solved:
    """Discs that leave no cell, though they touch to within the slack: which cannot be spared."""
    lost = (found.n_cells == 0) & (np.diff(found.conflict.offsets) == 0)
    if not lost.any():
        return found
    parts = []
    row = {name: number for number, name in enumerate(found.landmarks.name)}
    for i in range(len(found)):
        values = found.conflict.values[found.conflict.offsets[i] : found.conflict.offsets[i + 1]]
        if lost[i]:
            discs = discs_of_target(found.asked, found.landmarks, i)
            names = ring_conflict(found.grid, discs, np.zeros(len(discs.name)))
            values = np.array([row[name] for name in names], dtype=np.int64)
        parts.append(values)
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
    return dataclasses.replace(found, conflict=Joined(offsets, np.concatenate(parts)))


def discs_of_target(asked: Asked, landmarks: Landmarks, i: int) -> Discs:
    """The discs of one target of a block.

    Parameters
    ----------
    asked
        The block.
    landmarks
        All landmarks of the mesh.
    i
        The target's place in it.

    Returns
    -------
    Discs
        One a pair.
    """
    own = slice(asked.offsets[i], asked.offsets[i + 1])
    at = asked.landmark[own]
    return Discs(landmarks.name[at], landmarks.lon[at], landmarks.lat[at], asked.radius_km[own])


def _common(
    marks: Marks, grid: Grid, landmark: IntArray, radius_km: FloatArray, offsets: IntArray
) -> _Regions:
    """What the discs of each target have in common, on cells fine enough for the smallest."""
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
    return regions.replaced(missed, _Regions(np.full(len(missed), grid.nside), *again))


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


def _gathered(parts: list[Any], nside: IntArray) -> _Regions:
    total = np.empty((len(nside), 3))
    for part in parts:
        total[part[0]] = part[4]
    ring, start, stop = (
        merged([(part[0], part[k]) for part in parts], len(nside)) for k in (1, 2, 3)
    )
    return _Regions(nside, ring, start, stop, total)


def _largest(
    asked: Asked,
    rule: LargestGroup,
    marks: Marks,
    grid: Grid,
    empty: IntArray,
    regions: _Regions,
    used: BoolArray,
    loose: BoolArray,
) -> _Regions:
    """The largest groups of the targets whose discs leave nothing; masks over the discs are set."""
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
    return regions.replaced(empty, _Regions(np.full(len(empty), grid.nside), *found[:4]))


def _bounding(
    asked: Asked, marks: Marks, regions: _Regions, used: BoolArray, empty: IntArray
) -> Joined:
    """Which discs bound each region, by their numbers among all pairs."""
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


def contained(
    nside: IntArray,
    ring: Joined,
    start: Joined,
    stop: Joined,
    where: IntArray,
    lon: FloatArray,
    lat: FloatArray,
) -> BoolArray:
    """Whether places lie in a cell of their regions.

    Parameters
    ----------
    nside, ring, start, stop
        Of all regions, as in `Solved`.
    where
        Numbers of the regions that are asked, shape (m,).
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
        cell = Grid(nside=int(one)).cell_of(lon[rows], lat[rows])
        on = np.searchsorted(rings.first, cell, side="right") - 1
        pieces = [taken(joined, where[rows]) for joined in (ring, start, stop)]
        owner = _owner(pieces[0].offsets)
        index = (cell - rings.first[on])[owner]
        there = (pieces[0].values == on[owner]) & (pieces[1].values <= index)
        there &= index < pieces[2].values
        found[rows] = np.bincount(owner[there], minlength=len(rows)) > 0
    return found


class _Told(NamedTuple):
    """What is said of regions: where in them the place is, and what to know."""

    asked: Asked
    landmarks: Landmarks
    grid: Grid
    regions: _Regions
    first: IntArray

    def places(self) -> tuple[FloatArray, FloatArray, dict[int, Note]]:
        """Places and the notes on them; see `rttgeo.estimators.multilateration`."""
        quickest = self.asked.landmark[self.first]
        lon, lat = self.landmarks.lon[quickest].copy(), self.landmarks.lat[quickest].copy()
        if isinstance(self.asked.rule, QuickestHolds):
            return lon, lat, {}
        regions, cells = self.regions, self.regions.n_cells()
        length = np.sqrt((regions.total**2).sum(axis=1))
        why = np.full(len(cells), -1)
        why[~(length > 1e-9 * cells)] = 2
        why[cells == 12 * regions.nside**2] = 1
        why[cells == 0] = 0
        own = np.flatnonzero(why < 0)
        lon[own], lat[own] = sphere.directions(regions.total[own])
        inside = contained(*regions[:4], own, lon[own], lat[own])
        for i in own[~inside].tolist():
            lon[i], lat[i] = nearest_in(_region(self.grid, regions, i), lon[i], lat[i])
        return lon, lat, {int(i): INSTEAD[why[i]] for i in np.flatnonzero(why >= 0)}

    def notes(
        self,
        empty: IntArray,
        conflict: Joined,
        used: BoolArray,
        loose: BoolArray,
        place_notes: dict[int, Note],
    ) -> dict[int, tuple[Note, ...]]:
        """Notes of the targets that have some, in the order in which one target's are made."""
        asked, found = self.asked, dict(self.asked.notes)
        cells = self.regions.n_cells()
        if isinstance(asked.rule, AllHold):
            for i in np.flatnonzero((np.diff(conflict.offsets) > 0) & (cells > 0)).tolist():
                _add(found, i, (WITHIN_A_CELL,))
        elif isinstance(asked.rule, LargestGroup):
            for i in empty.tolist():
                own = slice(asked.offsets[i], asked.offsets[i + 1])
                discs = discs_of_target(asked, self.landmarks, i)
                what = f"discs of {asked.rule.physical.name}"
                _add(found, i, dropped_note(what, discs, loose[own]))
                _add(found, i, dropped_note("discs of the delay model", discs, used[own]))
        for i, note in place_notes.items():
            _add(found, i, (note,))
        smallest = np.minimum.reduceat(asked.radius_km, asked.offsets[:-1])
        distinct, which = np.unique(self.regions.nside, return_inverse=True)
        size = np.array([Grid(nside=int(one)).cell_size_km for one in distinct])
        coarse = size[which] > smallest
        for i in np.flatnonzero(coarse & (cells > 0)).tolist():
            region = _region(self.grid, self.regions, i)
            _add(found, i, coarse_notes(region, discs_of_target(asked, self.landmarks, i)))
        return {i: some for i, some in found.items() if some}


INSTEAD = tuple(
    Note(NoteKind.PLACE, f"{why}: the quickest landmark's place instead")
    for why in (
        "no place satisfies all discs",
        "nothing is excluded",
        "the region balances out around the globe",
    )
)
"""Why a place is not the region's own."""


def _add(found: dict[int, tuple[Note, ...]], i: int, more: tuple[Note, ...]) -> None:
    found[i] = (*found.get(i, ()), *more)


def _region(grid: Grid, regions: _Regions, i: int) -> Region:
    nside = int(regions.nside[i])
    on = grid if nside == grid.nside else Grid(nside=nside)
    own = slice(regions.ring.offsets[i], regions.ring.offsets[i + 1])
    pieces = Pieces(regions.ring.values[own], regions.start.values[own], regions.stop.values[own])
    return Region(on, *runs_of_pieces(on.rings, pieces))


def quickest_of(asked: Asked) -> IntArray:
    """Number of the pair with the lowest RTT of each target; the first of several.

    Parameters
    ----------
    asked
        The block.

    Returns
    -------
    numpy.ndarray
        Among all pairs of the block, shape (n,).
    """
    lowest = np.minimum.reduceat(asked.rtt_ms, asked.offsets[:-1])
    owner = _owner(asked.offsets)
    hits = np.flatnonzero(asked.rtt_ms == lowest[owner])
    _, first = np.unique(owner[hits], return_index=True)
    return np.asarray(hits[first], dtype=np.int64)


def _owner(offsets: IntArray) -> IntArray:
    """Of each entry of joined lists, whose list it is in."""
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def _sums(offsets: IntArray, values: IntArray) -> IntArray:
    running = np.concatenate([[0], np.cumsum(values)])
    return np.asarray(running[offsets[1:]] - running[offsets[:-1]], dtype=np.int64)


def pairs_of(offsets: IntArray, where: IntArray) -> tuple[IntArray, IntArray]:
    """Entries of some of many joined lists, and where each of those lists begins among them.

    Parameters
    ----------
    offsets
        List i is ``offsets[i]:offsets[i + 1]``.
    where
        Numbers of the lists, shape (m,).

    Returns
    -------
    tuple
        Numbers of the entries, and offsets, shape (m + 1,).
    """
    count = offsets[where + 1] - offsets[where]
    own = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    return np.repeat(offsets[where] - own[:-1], count) + np.arange(own[-1]), own


def taken(joined: Joined, where: IntArray) -> Joined:
    """Some of many lists.

    Parameters
    ----------
    joined
        The lists.
    where
        Numbers of those wanted.

    Returns
    -------
    Joined
        In that order.
    """
    entries, own = pairs_of(joined.offsets, where)
    return Joined(own, joined.values[entries])


def merged(parts: list[tuple[IntArray, Joined]], n: int) -> Joined:
    """Bring lists together that were made in groups.

    Parameters
    ----------
    parts
        Of each group, the numbers of its lists among all, and the lists.
    n
        How many there are in all; each is in one group.

    Returns
    -------
    Joined
        All lists, by their numbers.
    """
    if len(parts) == 1 and len(parts[0][0]) == n:
        return parts[0][1]
    count = np.zeros(n, np.int64)
    for where, joined in parts:
        count[where] = np.diff(joined.offsets)
    offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    values = np.empty(offsets[-1], np.int64)
    for where, joined in parts:
        entries, _ = pairs_of(offsets, where)
        values[entries] = joined.values
    return Joined(offsets, values)
