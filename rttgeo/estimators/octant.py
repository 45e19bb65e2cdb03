"""Octant: weighted rings. Not all constraints must hold; the best supported places count.

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
from rttgeo.estimators.discs import Discs, bounding_names, common_region, conflict_names
from rttgeo.estimators.multilateration import Constraints, Multilateration, Outcome
from rttgeo.typing import BoolArray, FloatArray


@dataclasses.dataclass(frozen=True)
class BestSupported:
    """Octant's rule: the places that weigh most, within what light in fibre leaves.

    Attributes
    ----------
    decay_ms
        A ring weighs exp(-RTT / decay), the RTT taken without last miles: slow says little.
    tolerance
        Cells belong to the region when their support is at least (1 - tolerance) of the best.
    """

    decay_ms: float = 30.0
    tolerance: float = 0.2

    def apply(self, constraints: Constraints, grid: Grid) -> Outcome:
        """Add up the weights of the rings over the grid and keep the best supported cells."""
        weight = np.exp(-constraints.transit_ms / self.decay_ms)
        physical = constraints.at_speed(FIBRE)
        possible = common_region(grid, physical)
        if possible.n_cells:
            region = self._supported(constraints, weight, possible)
            return Outcome(region, bounding_names(physical))
        text = "fibre's discs have no common place: rings weighed over the globe"
        return Outcome(
            self._supported(constraints, weight, grid.whole()),
            conflict=conflict_names(physical),
            notes=(Note(NoteKind.CONFLICT, text),),
        )

    def _supported(self, constraints: Constraints, weight: FloatArray, within: Region) -> Region:
        """Cells whose rings weigh nearly as much as those of any cell."""
        rings, grid = constraints.discs, Grid(nside=within.grid.nside)
        # Widened by a cell's radius to both sides: no ring slips between the centres.
        pad = grid.cell_radius_km
        outer, inner = rings.radius_km + pad, np.maximum(constraints.inner_km - pad, 0.0)
        everywhere, somewhere = _ring_reach(rings, inner, outer, within)
        support = float(weight[everywhere].sum()) + grid.votes(
            rings.lon[somewhere],
            rings.lat[somewhere],
            outer[somewhere],
            inner_km=inner[somewhere],
            weights=weight[somewhere],
        )
        cells = within.cells()
        enough = support[cells] >= (1 - self.tolerance) * support[cells].max()
        return Region.from_cells(grid, cells[enough])


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
