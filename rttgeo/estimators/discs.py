"""From discs around landmarks to an estimate: what every method of hard constraints ends with."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.delay.protocol import check_rtt
from rttgeo.delay.statements import Bound, Note, NoteKind
from rttgeo.errors import BadInputError
from rttgeo.estimators.arcs import bounding_discs, conflicting_discs
from rttgeo.estimators.estimate import Estimate
from rttgeo.mesh import TargetPairs
from rttgeo.typing import FloatArray

Names = npt.NDArray[np.object_]


class Discs(NamedTuple):
    """Discs that a target lies in, one a landmark; aligned arrays."""

    name: Names
    lon: FloatArray
    lat: FloatArray
    radius_km: FloatArray

    def only(self, keep: npt.NDArray[np.bool_]) -> Discs:
        """Keep some of them."""
        return Discs(self.name[keep], self.lon[keep], self.lat[keep], self.radius_km[keep])


def discs_of(pairs: TargetPairs, radius_km: FloatArray, names: Names) -> Discs:
    """Discs of one target; ``names`` are of all landmarks, in table order."""
    return Discs(names[pairs.landmark], pairs.lon, pairs.lat, radius_km)


def common_region(grid: Grid, discs: Discs) -> Region:
    """Cells that every disc touches: a place in all discs is in it, whatever the cell size."""
    return grid.intersection(discs.lon, discs.lat, discs.radius_km, conservative=True)


def bounding_names(discs: Discs) -> tuple[str, ...]:
    """Ids of the landmarks whose discs bound the intersection, in order."""
    return tuple(map(str, discs.name[bounding_discs(discs.lon, discs.lat, discs.radius_km)]))


def conflict_names(discs: Discs) -> tuple[str, ...]:
    """Ids of the smallest group of landmarks whose discs conflict, in order."""
    group = conflicting_discs(discs.lon, discs.lat, discs.radius_km)
    return tuple(map(str, discs.name[group]))


def quickest(pairs: TargetPairs) -> int:
    """Which of a target's pairs has the lowest RTT; the first of several.

    Raises
    ------
    BadInputError
        When there are none, or one of them is not positive and finite.
    """
    check_rtt(pairs.rtt_ms)
    if not len(pairs.rtt_ms):
        raise BadInputError("a target without round-trip times cannot be located")
    return int(np.argmin(pairs.rtt_ms))


def place_in(region: Region, pairs: TargetPairs) -> tuple[float, float, tuple[Note, ...]]:
    """Centroid of a region, or the quickest landmark where there is none; with a note on it."""
    number = quickest(pairs)
    fall_back = float(pairs.lon[number]), float(pairs.lat[number])
    if not region.n_cells:
        return *fall_back, _quickest_instead("no place satisfies all discs")
    if region.n_cells == region.grid.n_cells:
        return *fall_back, _quickest_instead("nothing is excluded")
    try:
        lon, lat = region.centroid()
    except BadInputError:
        return *fall_back, _quickest_instead("the region balances out around the globe")
    return float(lon), float(lat), ()


def _quickest_instead(why: str) -> tuple[Note, ...]:
    return (Note(NoteKind.PLACE, f"{why}: the quickest landmark's place instead"),)


def disc_estimate(
    method: str,
    target: str,
    grid: Grid,
    discs: Discs,
    pairs: TargetPairs,
    *,
    bound: Bound,
    notes: tuple[Note, ...] = (),
) -> Estimate:
    """Intersect all discs, place the target at the centroid, and name who bounds or conflicts."""
    region = common_region(grid, discs)
    bounding = bounding_names(discs) if region.n_cells else ()
    conflict = () if bounding else conflict_names(discs)
    found = region_estimate(
        method,
        target,
        region,
        pairs,
        bounding=bounding,
        conflict=conflict,
        bound=bound,
        notes=notes,
    )
    if conflict and region.n_cells:
        note = Note(NoteKind.CELLS, "the discs meet only to within the size of a cell")
        found = dataclasses.replace(found, notes=(*found.notes, note))
    return found


def region_estimate(
    method: str,
    target: str,
    region: Region,
    pairs: TargetPairs,
    *,
    bounding: tuple[str, ...],
    conflict: tuple[str, ...],
    bound: Bound,
    notes: tuple[Note, ...],
) -> Estimate:
    """Place the target at the centroid of a region, whichever way that was found."""
    lon, lat, place_notes = place_in(region, pairs)
    return Estimate(
        method=method,
        target=target,
        lon=lon,
        lat=lat,
        feasible=region,
        bounding=bounding,
        conflict=conflict,
        notes=notes + place_notes,
        bound=bound,
        n_landmarks=len(pairs.rtt_ms),
    )
