"""Locate a target from what some of many possible landmarks have measured so far."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd

from rttgeo import sphere
from rttgeo.data.cities import cities
from rttgeo.errors import BadInputError
from rttgeo.estimators.estimate import Estimate, Estimator
from rttgeo.estimators.model import MOVED_KM, Model, fit
from rttgeo.estimators.registry import DEFAULT_METHOD
from rttgeo.explanation.following import MAX_CELLS, ROUNDS_NEAR_KM, Outlook
from rttgeo.mesh import Mesh, Provenance, nodes
from rttgeo.sources.atlas_probes import Probe

PEOPLE_POWER = 0.7
"""Before any answer, a target is in a city with a probability proportional to its population to
this power, as the default method assumes without data
(`rttgeo.estimators.calibrated.settings.CityLaw`)."""
PEOPLE_SHARE = 0.5
"""The other share is where landmarks are, since they are where networks are. Of 0, 0.25, 0.5, 0.75
and 1, none was best on all of three meshes; 0 and 1 were clearly worse on one measured mesh
(`python -m benchmarks.constants rounds`)."""


@dataclasses.dataclass(frozen=True, eq=False)
class Locator:
    """A fitted method that knows all landmarks that may be asked.

    Attributes
    ----------
    model
        The fitted method.
    place
        ``(lon, lat)`` of every landmark by its name, degrees.
    """

    model: Model
    place: Mapping[str, tuple[float, float]]

    @classmethod
    def of(
        cls,
        landmarks: Sequence[Probe],
        learn: Mesh | None = None,
        *,
        method: str | Estimator = DEFAULT_METHOD,
    ) -> Locator:
        """Fit a method, with places for all landmarks.

        Parameters
        ----------
        landmarks
            The landmarks that may be asked.
        learn
            Measurements to learn delays from, by these landmarks or others; None to assume generic
            delays.
        method
            Name in `rttgeo.estimators.METHODS`, or an estimator with your own settings.

        Returns
        -------
        Locator
            The fitted estimator.

        Raises
        ------
        BadInputError
            When a landmark is at another place in ``learn``.
        """
        place = {one.name: (one.lon, one.lat) for one in landmarks}
        return cls(fit(_mesh_with(place, learn), method=method), place)

    def locate(self, rtt_ms: Mapping[str, float], target: str) -> Estimate:
        """Locate a target from what was measured so far.

        Parameters
        ----------
        rtt_ms
            Lowest round-trip time by name of the landmark, ms.
        target
            Id to give the target.

        Returns
        -------
        Estimate
            As returned by `rttgeo.estimators.model.Model.locate`.

        Raises
        ------
        BadInputError
            When no landmark measured it.
        """
        return self.model.locate(dict(rtt_ms), target)

    def outlook(self, estimate: Estimate | None, names: Sequence[str]) -> Outlook:
        """Summarise where the target can be, and where landmarks have been asked.

        Parameters
        ----------
        estimate
            An estimate with a posterior; None before any answer.
        names
            Names of the landmarks asked so far, whether they answered or not.

        Returns
        -------
        Outlook
            The outlook over the posterior, or over cities and landmarks worldwide.
        """
        asked = np.array([self.place[name] for name in names], dtype=float).reshape(-1, 2)
        outlook = self.prior if estimate is None else Outlook.of(estimate, [], [])
        outlook = dataclasses.replace(outlook, near_enough_km=ROUNDS_NEAR_KM)
        return outlook.after(asked[:, 0], asked[:, 1])

    @cached_property
    def prior(self) -> Outlook:
        """The prior over places, before any answer."""
        # The most populous come first.
        known = cities()
        weight = known.population[:MAX_CELLS] ** PEOPLE_POWER
        own = np.array(list(self.place.values()), dtype=float)
        # A sample if there are many: evenly spaced in the list.
        own = own[:: max(1, len(own) // MAX_CELLS)]
        points = np.concatenate(
            [known.points[:MAX_CELLS], sphere.unit_vectors(own[:, 0], own[:, 1])]
        )
        shares = PEOPLE_SHARE * weight / weight.sum(), np.full(len(own), 1 / len(own))
        return Outlook.over(points, np.concatenate([shares[0], (1 - PEOPLE_SHARE) * shares[1]]))


def _mesh_with(place: Mapping[str, tuple[float, float]], learn: Mesh | None) -> Mesh:
    """The mesh to learn from, with further landmarks that have no measurements in it."""
    known = set() if learn is None else set(map(str, learn.landmarks.index))
    _check_places(place, learn)
    new = {name: where for name, where in place.items() if name not in known}
    lon, lat = np.array(list(new.values()), dtype=float).reshape(-1, 2).T
    further = nodes(list(new), lon, lat)
    if learn is None:
        none = pd.DataFrame({"target": [], "landmark": [], "rtt_ms": []})
        return Mesh.build(further, nodes([], [], []), none, Provenance("nothing learnt"))
    both = pd.concat([learn.landmarks[["geometry"]], further[["geometry"]]])
    landmarks = gpd.GeoDataFrame(both, crs="EPSG:4326")
    return Mesh.build(landmarks, learn.targets, learn.pairs, learn.provenance)


def _check_places(place: Mapping[str, tuple[float, float]], learn: Mesh | None) -> None:
    if learn is None:
        return
    lon, lat = learn.landmark_lonlat
    for row, name in enumerate(learn.landmarks.index):
        if name in place and sphere.distance_km(*place[name], lon[row], lat[row]) > MOVED_KM:
            raise BadInputError(
                f"landmark {name!r} has another place in {learn.provenance.name} than in the list"
            )
