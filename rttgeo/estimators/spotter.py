"""Spotter: a posterior over the grid, from one pooled Gaussian of distance given RTT.

Laki et al. (INFOCOM 2011). The density of a distance is divided by the length of the circle of
that distance before landmarks are multiplied: a far landmark spreads its belief over more area.
"""

from __future__ import annotations

import dataclasses

from rttgeo.cells.grid import Grid
from rttgeo.cells.posterior import Posterior, area_log_density, knots_km
from rttgeo.delay.light import FIBRE
from rttgeo.delay.spotter import FittedSpotter
from rttgeo.delay.spotter import Spotter as SpotterModel
from rttgeo.delay.statements import Bound, BoundKind, Note, NoteKind
from rttgeo.errors import BadInputError
from rttgeo.estimators.discs import (
    Names,
    bounding_names,
    common_region,
    conflict_names,
    discs_of,
    quickest,
)
from rttgeo.estimators.estimate import Estimate, Fitted
from rttgeo.estimators.exclusion import instead_of
from rttgeo.mesh import Mesh, TargetPairs

N_KNOTS = 1024
"""Knots 12 km apart: half of the least deviation of the model."""


@dataclasses.dataclass(frozen=True)
class Spotter:
    """Spotter, within what fibre leaves possible; the place is the mean of the posterior."""

    name: str = "spotter"

    def fit(self, mesh: Mesh, grid: Grid) -> Fitted:
        """Fit the pooled curves; exclusion by fibre stands in when there are too few pairs."""
        try:
            model = SpotterModel().fit(mesh)
        except BadInputError as error:
            return instead_of(self.name, mesh, grid, str(error))
        return FittedSpotterEstimator(self, model, grid, mesh.landmarks.index.to_numpy(object))


@dataclasses.dataclass(frozen=True, eq=False)
class FittedSpotterEstimator:
    """`Spotter` with its curves."""

    settings: Spotter
    model: FittedSpotter
    grid: Grid
    names: Names

    def locate(self, pairs: TargetPairs, target: str) -> Estimate:
        """Multiply the landmarks' densities over the cells that fibre leaves."""
        quickest(pairs)
        discs = discs_of(pairs, FIBRE.radius_km(pairs.rtt_ms), self.names)
        possible = common_region(self.grid, discs)
        empty = possible.n_cells == 0
        knots = knots_km(N_KNOTS)
        log_density = self.model.log_density(
            knots[None, :], pairs.rtt_ms[:, None], pairs.landmark[:, None]
        )
        posterior = Posterior.from_tables(
            self.grid,
            pairs.lon,
            pairs.lat,
            area_log_density(log_density, knots[None, :]),
            region=None if empty else possible,
        )
        lon, lat = posterior.mean_place()
        note = Note(
            NoteKind.CONFLICT, "fibre's discs have no common place: the posterior covers the globe"
        )
        return Estimate(
            method=self.settings.name,
            target=target,
            lon=lon,
            lat=lat,
            posterior=posterior,
            bounding=() if empty else bounding_names(discs),
            conflict=conflict_names(discs) if empty else (),
            notes=(note,) if empty else (),
            bound=Bound(BoundKind.FITTED, f"{self.model.bound}, within {FIBRE.bound}"),
            n_landmarks=len(pairs.rtt_ms),
        )
