"""Octant: weighted rings. Not all constraints must hold; the best supported places count.

Wong et al. (NSDI 2007).
"""

from __future__ import annotations

import dataclasses

import numpy as np

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.delay.heights import target_height
from rttgeo.delay.light import FIBRE
from rttgeo.delay.octant import FittedOctant
from rttgeo.delay.octant import Octant as OctantModel
from rttgeo.delay.statements import Note, NoteKind
from rttgeo.estimators.discs import (
    Discs,
    bounding_names,
    common_region,
    conflict_names,
    discs_of,
    quickest,
    region_estimate,
)
from rttgeo.estimators.estimate import Estimate
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.typing import BoolArray, FloatArray


@dataclasses.dataclass(frozen=True)
class Octant:
    """Octant's estimator.

    Attributes
    ----------
    model
        Settings of the hulls and heights.
    decay_ms
        A ring weighs exp(-RTT / decay), the RTT taken without heights: slow says little.
    tolerance
        Cells belong to the region when their support is at least (1 - tolerance) of the best.
    """

    model: OctantModel = dataclasses.field(default_factory=OctantModel)
    decay_ms: float = 30.0
    tolerance: float = 0.2
    name: str = "octant"

    def fit(self, mesh: Mesh, grid: Grid) -> FittedOctantEstimator:
        """Solve for heights and make the hulls."""
        return FittedOctantEstimator(self, self.model.fit(mesh), grid)


@dataclasses.dataclass(frozen=True, eq=False)
class FittedOctantEstimator:
    """`Octant` with its hulls."""

    settings: Octant
    model: FittedOctant
    grid: Grid

    def locate(self, pairs: TargetPairs, target: str) -> Estimate:
        """Add up the weights of the rings over the grid and keep the best supported cells."""
        quickest(pairs)
        height = 0.0
        left = pairs.rtt_ms - self.model.heights.landmark_ms[pairs.landmark]
        if self.settings.model.heights:
            height = target_height(pairs.lon, pairs.lat, left)
        inner, outer = self.model.bounds_km(pairs.rtt_ms, pairs.landmark, height)
        weight = np.exp(-np.maximum(left - height, 0.0) / self.settings.decay_ms)
        physical = discs_of(pairs, FIBRE.radius_km(pairs.rtt_ms), self.model.landmark_names)
        possible = common_region(self.grid, physical)
        empty = possible.n_cells == 0
        notes = self.model.notes(pairs.landmark)
        if empty:
            text = "fibre's discs have no common place: rings weighed over the globe"
            notes += (Note(NoteKind.CONFLICT, text),)
        rings = physical._replace(radius_km=outer)
        region = self._supported(rings, inner, weight, self.grid.whole() if empty else possible)
        return region_estimate(
            self.settings.name,
            target,
            region,
            pairs,
            bounding=() if empty else bounding_names(physical),
            conflict=conflict_names(physical) if empty else (),
            bound=self.model.bound,
            notes=notes,
        )

    def _supported(
        self, rings: Discs, inner_km: FloatArray, weight: FloatArray, within: Region
    ) -> Region:
        """Cells whose rings weigh nearly as much as those of any cell."""
        # Widened by a cell's radius to both sides: no ring slips between the centres.
        pad = self.grid.cell_radius_km
        outer, inner = rings.radius_km + pad, np.maximum(inner_km - pad, 0.0)
        everywhere, somewhere = _ring_reach(rings, inner, outer, within)
        support = float(weight[everywhere].sum()) + self.grid.votes(
            rings.lon[somewhere],
            rings.lat[somewhere],
            outer[somewhere],
            inner_km=inner[somewhere],
            weights=weight[somewhere],
        )
        cells = within.cells()
        enough = support[cells] >= (1 - self.settings.tolerance) * support[cells].max()
        return Region.from_cells(self.grid, cells[enough])


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
