"""`Bayes`: a delay model's density of distance times a prior, over the cells that light allows.

The density of a distance is divided by the length of the circle of that distance before landmarks
are multiplied: a far landmark spreads its belief over more area (Laki et al., INFOCOM 2011).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from rttgeo.cells.grid import Grid
from rttgeo.cells.posterior import Posterior, area_log_density, knots_km
from rttgeo.delay.light import FIBRE
from rttgeo.delay.protocol import DensityModel, FittedDensity
from rttgeo.delay.statements import Bound, BoundKind, Note, NoteKind
from rttgeo.errors import BadInputError
from rttgeo.estimators.discs import Names, bounding_names, conflict_names, discs_of, quickest
from rttgeo.estimators.estimate import AREA_LEVEL, Estimate
from rttgeo.estimators.left_out import OnModel
from rttgeo.estimators.meeting import coarse_notes, common_region, grid_of, nearest_in
from rttgeo.estimators.multilateration import FittedMultilateration, instead_of
from rttgeo.estimators.own_answers import check_offers, checked_array, checked_notes
from rttgeo.estimators.own_code import running
from rttgeo.machine.counting import number_of
from rttgeo.mesh import TargetPairs
from rttgeo.typing import FloatArray

N_KNOTS = 1024
"""Number of knots, 12 km apart: half of the smallest standard deviation in Spotter's model."""

Prior = Callable[[FloatArray, FloatArray], FloatArray]
"""From longitudes and latitudes (degrees) to the log of a density on area, up to a constant."""


@dataclasses.dataclass(frozen=True)
class Bayes(OnModel[FittedDensity]):
    """Locate with the densities of a delay model, within what light in fibre allows.

    Parameters
    ----------
    model
        A delay model whose fit has a ``log_density``: Spotter's, or your own that follows
        `rttgeo.delay.protocol.DensityModel`.
    prior
        Where targets are likely to be before any delay is known: a function from longitudes and
        latitudes (degrees, arrays) to log densities on area, up to a constant; minus infinity rules
        a place out. None makes every square kilometre equally likely.
    name
        Name of the method in results; if empty, the model's.

    Notes
    -----
    The densities of all landmarks are multiplied as if their errors were independent. They are not,
    so the probabilities are overconfident; `rttgeo evaluate` measures by how much. The place is the
    mean of the posterior. Cells that the delays alone make less likely than the best by a factor of
    exp(30) are left out, whatever the prior says.
    """

    model: DensityModel
    prior: Prior | None = None
    name: str = ""

    def __post_init__(self) -> None:
        """Take the model's name when none is given."""
        if not self.name:
            object.__setattr__(self, "name", self.model.name)

    def with_model(self, fitted: FittedDensity, names: Names, grid: Grid) -> FittedBayes:
        """Locate with a fitted model; ``names`` are the landmarks' ids, in table order.

        Parameters
        ----------
        fitted
            The fitted delay model.
        names
            Ids of all landmarks of the mesh, in table order.
        grid
            The grid of the regions.

        Returns
        -------
        FittedBayes
            The fitted estimator.

        Raises
        ------
        BadInputError
            When the fitted model has no densities.
        """
        check_offers(fitted, "log_density", self.model.name)
        return FittedBayes(self, fitted, grid, names)

    def without_model(self, reason: str, names: Names, grid: Grid) -> FittedMultilateration:
        """Fall back to exclusion by light in fibre; every estimate states the reason.

        Parameters
        ----------
        reason
            Why, in words, for the note on every estimate.
        names
            Ids of all landmarks of the mesh, in table order.
        grid
            The grid of the regions.

        Returns
        -------
        FittedMultilateration
            The fitted estimator.
        """
        return instead_of(self.name, reason, names, grid)


@dataclasses.dataclass(frozen=True, eq=False)
class FittedBayes:
    """A fitted `Bayes`: the fitted delay model, the grid and the landmarks' ids."""

    settings: Bayes
    model: FittedDensity
    grid: Grid
    names: Names

    def locate(self, pairs: TargetPairs, target: str) -> Estimate:
        """Multiply the landmarks' densities over the cells that light in fibre allows.

        Parameters
        ----------
        pairs
            The target's round-trip times.
        target
            Id of the target.

        Returns
        -------
        Estimate
            With the posterior, and its mean (or the point of the 95 % region nearest to that).

        Raises
        ------
        BadInputError
            When there are no pairs, or a round-trip time is not positive and finite.
        """
        quickest(pairs)
        discs = discs_of(pairs, FIBRE.radius_km(pairs.rtt_ms), self.names)
        possible = common_region(self.grid, discs)
        empty = possible.n_cells == 0
        name = self.settings.model.name
        own = f"delay model {name!r}"
        with running(self.model, own, "notes", pairs.rtt_ms):
            said = self.model.notes(pairs.landmark)
        notes = checked_notes(said, name)
        notes += (_GLOBE,) if empty else ()
        knots = knots_km(N_KNOTS)
        with running(self.model, own, "log_density", pairs.rtt_ms):
            log_density = self.model.log_density(
                knots[None, :], pairs.rtt_ms[:, None], pairs.landmark[:, None]
            )
        log_density = checked_array(
            log_density,
            (len(pairs.rtt_ms), len(knots)),
            name,
            "log_density",
            "log densities per km,",
        )
        posterior = Posterior.from_tables(
            grid_of(possible),
            pairs.lon,
            pairs.lat,
            area_log_density(log_density, knots[None, :]),
            region=None if empty else possible,
        )
        posterior, prior_notes = self._times_prior(posterior)
        lon, lat = nearest_in(posterior.credible_region(AREA_LEVEL), *posterior.mean_place())
        return Estimate(
            method=self.settings.name,
            target=target,
            lon=lon,
            lat=lat,
            posterior=posterior,
            bounding=() if empty else bounding_names(discs),
            conflict=conflict_names(discs) if empty else (),
            notes=notes + prior_notes + coarse_notes(possible, discs),
            bound=Bound(BoundKind.FITTED, f"{self.model.bound}, within {FIBRE.bound}"),
            n_landmarks=len(pairs.rtt_ms),
        )

    def _times_prior(self, posterior: Posterior) -> tuple[Posterior, tuple[Note, ...]]:
        """The posterior with the prior, unless that rules out everything the delays allow."""
        if self.settings.prior is None:
            return posterior, ()
        lon, lat = posterior.grid.lonlat(posterior.cells)
        name, given = f"prior of {self.settings.name!r}", number_of(len(lon), "place")
        with running(self.settings.prior, name, "function", given):
            log_prior = np.asarray(self.settings.prior(lon, lat), dtype=float)
        if log_prior.shape != lon.shape or np.isnan(log_prior).any():
            raise BadInputError(
                f"the prior of {self.settings.name!r} gave shape {log_prior.shape} for "
                f"{given}, or NaN; expected a log density for each"
            )
        if not np.isfinite(log_prior).any():
            return posterior, (_NO_PRIOR,)
        log_p = np.log(posterior.probability) + log_prior
        return Posterior.from_log_density(posterior.grid, posterior.cells, log_p), ()


_GLOBE = Note(
    NoteKind.CONFLICT,
    "the discs of light in fibre have no point in common: the posterior covers the globe",
)
_NO_PRIOR = Note(
    NoteKind.CONFLICT, "the prior rules out every place that the delays allow: it is not applied"
)
