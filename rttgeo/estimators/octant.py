"""Octant: weighted rings. Not all constraints must hold; the best supported places are kept.

Wong et al. (NSDI 2007).
"""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.delay.light import FIBRE
from rttgeo.delay.octant import Octant
from rttgeo.delay.statements import Note, NoteKind
from rttgeo.estimators.constraints import Constraints, Outcome
from rttgeo.estimators.discs import Discs, bounding_names, conflict_names
from rttgeo.estimators.meeting import common_region, grid_of
from rttgeo.estimators.multilateration import Multilateration
from rttgeo.typing import BoolArray, FloatArray, IntArray


@dataclasses.dataclass(frozen=True)
class BestSupported:
    """Octant's rule: the places with the largest weight, within what light in fibre allows.

    Attributes
    ----------
    decay_ms
        A ring has the weight exp(-RTT / decay), with the RTT without last miles: slow ones say
        little.
    tolerance
        Cells belong to the region when their support is at least (1 - tolerance) of the best.
    """

    decay_ms: float = 30.0
    tolerance: float = 0.2

    def apply(self, constraints: Constraints, grid: Grid) -> Outcome:
        """Add up the weights of the rings over the grid and keep the best supported cells.

        Parameters
        ----------
        constraints
            What the delay model says about one target.
        grid
            The grid of the regions.

        Returns
        -------
        Outcome
            The region, and the landmarks that bound it or are in conflict.
        """
        weight = np.exp(-constraints.transit_ms / self.decay_ms)
        physical = constraints.at_speed(FIBRE)
        possible = common_region(grid, physical)
        if possible.n_cells:
            region = self._supported(constraints, weight, grid, possible)
            return Outcome(region, bounding_names(physical))
        text = "the discs of light in fibre have no point in common: rings weighed over the globe"
        return Outcome(
            self._supported(constraints, weight, grid, grid.whole()),
            conflict=conflict_names(physical),
            notes=(Note(NoteKind.CONFLICT, text),),
        )

    def _supported(
        self, constraints: Constraints, weight: FloatArray, grid: Grid, within: Region
    ) -> Region:
        """Cells whose rings weigh nearly as much as those of any cell."""
        rings, finer = constraints.discs, within.grid != grid
        grid = grid_of(within)
        # Widened by a cell's radius to both sides: no ring slips between the centres.
        pad = grid.cell_radius_km
        outer, inner = rings.radius_km + pad, np.maximum(constraints.inner_km - pad, 0.0)
        everywhere, somewhere = _ring_reach(rings, inner, outer, within)
        some = rings.only(somewhere)._replace(radius_km=outer[somewhere])
        count = _weights_at if finer else _weights_over_globe
        cells = within.cells()
        held = count(grid, cells, some, inner[somewhere], weight[somewhere])
        support = float(weight[everywhere].sum()) + held
        enough = support >= (1 - self.tolerance) * support.max()
        return Region.from_cells(grid, cells[enough])


def _weights_over_globe(
    grid: Grid, cells: IntArray, rings: Discs, inner_km: FloatArray, weight: FloatArray
) -> FloatArray:
    """Weight of the rings at some cells, by way of all cells of the globe."""
    votes = grid.votes(rings.lon, rings.lat, rings.radius_km, inner_km=inner_km, weights=weight)
    return np.asarray(votes[cells], dtype=np.float64)


def _weights_at(
    grid: Grid, cells: IntArray, rings: Discs, inner_km: FloatArray, weight: FloatArray
) -> FloatArray:
    """The same cell by cell: a globe of fine cells would not fit in memory."""
    lon, lat = grid.lonlat(cells)
    held = np.zeros(len(cells))
    for number, inner in enumerate(inner_km):
        apart = sphere.distance_km(rings.lon[number], rings.lat[number], lon, lat)
        held += weight[number] * ((apart >= inner) & (apart <= rings.radius_km[number]))
    return held


def _ring_reach(
    rings: Discs, inner_km: FloatArray, outer_km: FloatArray, within: Region
) -> tuple[BoolArray, BoolArray]:
    """Which rings hold all of a region's bounding cap, and which only some of it."""
    if within.n_cells == within.grid.n_cells:
        none = np.zeros(len(outer_km), dtype=np.bool_)
        return none, ~none
    lon, lat, reach = within.bounding_cap()
    apart = sphere.distance_km(rings.lon, rings.lat, lon, lat)
    # A hole narrower than a cell is no hole: cells at the landmark itself count as inside.
    everywhere = (apart + reach <= outer_km) & ((inner_km <= 0) | (apart - reach >= inner_km))
    nowhere = (apart - reach > outer_km) | (apart + reach < inner_km)
    return everywhere, ~everywhere & ~nowhere


OCTANT: Final = Multilateration(Octant(), BestSupported())
"""Convex hulls and heights, and the best supported places."""
