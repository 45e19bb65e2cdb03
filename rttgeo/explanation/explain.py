"""Explain an estimate: what each landmark says, which ones bound it, where to measure next."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.constants import (
    EARTH_AREA_KM2,
    HALF_CIRCUMFERENCE_KM,
    KM_PER_MS_RTT,
)
from rttgeo.data import coasts as maps
from rttgeo.errors import BadInputError, unknown_name
from rttgeo.estimators.arcs import bounding_discs, conflicting_discs
from rttgeo.estimators.estimate import Estimate
from rttgeo.estimators.training import usable_pairs
from rttgeo.explanation.following import Outlook, area_left
from rttgeo.explanation.overlap import common_area_km2
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.typing import BoolArray, FloatArray

PLACES = 5
APART_KM = 1000.0
"""Smallest distance between listed peaks of a map: chosen by eye, a thumb's breadth on a map of the
world."""


def contributions(
    mesh: Mesh,
    target: str | int,
    *,
    bound: str = "fibre",
    exclude_km: float | None = None,
) -> pd.DataFrame:
    """Compute how each landmark's disc affects the region in which a target can be.

    Parameters
    ----------
    mesh, target
        The measurements, and the id or row number of the target.
    bound
        A name in `rttgeo.constants.KM_PER_MS_RTT`: each landmark says that the target is within
        this value × RTT.
    exclude_km
        Leave out landmarks within this distance of the target's true place, km.

    Returns
    -------
    pandas.DataFrame
        One row per landmark, quickest first: ``landmark`` (id), ``lon``, ``lat``, ``rtt_ms``,
        ``radius_km``, ``area_without_km2`` (area of the region without this landmark), ``factor``
        (by which the landmark shrinks the region, at least 1; NaN if the discs contradict each
        other and there is no region), ``bounding`` (whether the region would be larger without it).

    Raises
    ------
    NotThereError
        When there is no such target or bound.
    BadInputError
        When no landmark measured the target.
    """
    if bound not in KM_PER_MS_RTT:
        raise unknown_name("bound", bound, KM_PER_MS_RTT)
    pairs = usable_pairs(mesh, target, exclude_km)
    if not len(pairs.rtt_ms):
        raise BadInputError(f"target {target!r} has no round-trip time from any usable landmark")
    order = np.argsort(pairs.rtt_ms, kind="stable")
    radius = (KM_PER_MS_RTT[bound] * pairs.rtt_ms)[order]
    lon, lat = pairs.lon[order], pairs.lat[order]
    area = common_area_km2(lon, lat, radius)
    without, bounding = _areas_without(lon, lat, radius, area)
    factor = np.divide(without, area, out=np.full(len(without), np.nan), where=area > 0)
    return pd.DataFrame(
        {
            "landmark": mesh.landmarks.index.to_numpy()[pairs.landmark[order]],
            "lon": lon,
            "lat": lat,
            "rtt_ms": pairs.rtt_ms[order],
            "radius_km": radius,
            "area_without_km2": without,
            "factor": factor,
            "bounding": bounding,
        }
    )


def _areas_without(
    lon: FloatArray, lat: FloatArray, radius: FloatArray, area_km2: float
) -> tuple[FloatArray, BoolArray]:
    """Area of the intersection without each disc in turn, km², and which of these are larger.

    Only discs whose circle bounds the region (`rttgeo.estimators.arcs.bounding_discs`, exact) are
    left out one by one: without any other, the region is the same. If the region is empty, each
    disc in the smallest conflicting group may be at fault.
    """
    if area_km2 > 0:
        which = np.flatnonzero(bounding_discs(lon, lat, radius))
    else:
        which = conflicting_discs(lon, lat, radius)
    without, bounding = np.full(len(lon), area_km2), np.zeros(len(lon), dtype=bool)
    every = np.arange(len(lon))
    for row in which:
        rest = every != row
        if not rest.any():
            without[row], bounding[row] = EARTH_AREA_KM2, radius[row] < HALF_CIRCUMFERENCE_KM
            continue
        found = common_area_km2(lon[rest], lat[rest], radius[rest])
        # Two measurements of nearly the same area, each right to one per cent.
        without[row] = max(found, area_km2)
        bounding[row] = without[row] > area_km2
    return without, bounding


def contradictions(
    mesh: Mesh, target: str | int, *, bound: str = "fibre", tolerance_km: float = 0.0
) -> pd.DataFrame:
    """Find all pairs of landmarks whose discs are disjoint.

    Parameters
    ----------
    mesh, target
        The measurements, and the id or row number of the target.
    bound
        A name in `rttgeo.constants.KM_PER_MS_RTT`.
    tolerance_km
        How far each landmark may be from where it is declared, km.

    Returns
    -------
    pandas.DataFrame
        One row per pair of landmarks, widest gap first: ``landmark``, ``other`` (ids), ``apart_km``
        (distance between them), ``reach_km`` (sum of their radii), ``gap_km`` (the difference).
        Either the target is in two places, one of the two landmarks is misplaced, or something else
        answered it.

    Raises
    ------
    NotThereError
        When there is no such target or bound.
    """
    if bound not in KM_PER_MS_RTT:
        raise unknown_name("bound", bound, KM_PER_MS_RTT)
    pairs = usable_pairs(mesh, target, None)
    reach = KM_PER_MS_RTT[bound] * pairs.rtt_ms + tolerance_km
    apart = sphere.distance_km(pairs.lon[:, None], pairs.lat[:, None], pairs.lon, pairs.lat)
    both = reach[:, None] + reach
    one, two = np.nonzero(np.triu(apart > both, 1))
    gap = (apart - both)[one, two]
    order = np.argsort(-gap, kind="stable")
    one, two = one[order], two[order]
    name = mesh.landmarks.index.to_numpy()[pairs.landmark]
    columns = (name[one], name[two], apart[one, two], both[one, two], gap[order])
    names = ("landmark", "other", "apart_km", "reach_km", "gap_km")
    return pd.DataFrame(dict(zip(names, columns, strict=True)))


@dataclasses.dataclass(frozen=True, eq=False)
class NextLandmark:
    """How much a further landmark is expected to help at each of many places.

    Attributes
    ----------
    lon, lat
        Candidate places, degrees, shape (n,).
    gain_nats
        What one RTT from there is expected to reveal about the target's place, nats, shape (n,).
    shrinkage
        Expected factor on the area of the region, between 0 and 1, shape (n,).
    """

    lon: FloatArray
    lat: FloatArray
    gain_nats: FloatArray

    @property
    def shrinkage(self) -> FloatArray:
        """Expected factor on the region's area, between 0 and 1."""
        return area_left(self.gain_nats)

    def best(self) -> tuple[float, float]:
        """Find the place with the largest gain.

        Returns
        -------
        tuple[float, float]
            Longitude and latitude, degrees.
        """
        at = int(np.argmax(self.gain_nats))
        return float(self.lon[at]), float(self.lat[at])

    def places(self, most: int = PLACES, *, apart_km: float = APART_KM) -> pd.DataFrame:
        """List the best places, none within ``apart_km`` of a better one.

        Parameters
        ----------
        most
            List at most this many.
        apart_km
            Smallest distance between two listed places, km.

        Returns
        -------
        pandas.DataFrame
            At most ``most`` rows, best first: ``lon``, ``lat`` (degrees), ``area_left`` (the
            expected share of the region's area that remains, between 0 and 1).
        """
        found: list[int] = []
        for at in np.argsort(-self.gain_nats, kind="stable"):
            away = sphere.distance_km(self.lon[at], self.lat[at], self.lon[found], self.lat[found])
            if (away > apart_km).all():
                found.append(int(at))
            if len(found) >= most:
                break
        columns = {"lon": self.lon, "lat": self.lat, "area_left": self.shrinkage}
        return pd.DataFrame({name: values[found] for name, values in columns.items()})


def where_next(
    estimate: Estimate,
    landmarks: TargetPairs,
    lon: npt.ArrayLike | None = None,
    lat: npt.ArrayLike | None = None,
    *,
    resolution_km: float = 200.0,
) -> NextLandmark:
    """Compute where a further landmark would narrow an estimate most.

    Parameters
    ----------
    estimate
        An estimate with a posterior.
    landmarks
        The landmarks that measured the target, such as ``mesh.of_target("x")``.
    lon, lat
        Candidate places for a landmark, degrees, shape (n,); by default the cells of a grid whose
        centre is on land, where there are machines to ping from.
    resolution_km
        Cell size of that grid, km.

    Returns
    -------
    NextLandmark
        The places and the expected gain at each, in nats; 0 where there is already a landmark.

    Raises
    ------
    NotThereError
        When the estimate has no posterior.
    BadInputError
        When only one of ``lon`` and ``lat`` is given, or a place is out of range.

    Notes
    -----
    `rttgeo.explanation.following` defines the gain, and says what is proved about it and what is
    only measured: it is an expectation, not a promise.
    """
    outlook = Outlook.of(estimate, landmarks.lon, landmarks.lat)
    if lon is None and lat is None:
        lon, lat = _on_land(*Grid(resolution_km=resolution_km).centres())
    elif lon is None or lat is None:
        raise BadInputError("where_next takes both lon and lat, or neither")
    lon, lat = (np.ravel(axis) for axis in sphere.check_lonlat(lon, lat))
    gain = np.where(outlook.free(lon, lat), outlook.gains(lon, lat), 0.0)
    return NextLandmark(lon, lat, gain)


def _on_land(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The places that are on land."""
    # The tree is one of points: so the coasts, which are long, are prepared once and not for each.
    places = shapely.STRtree(shapely.points(lon, lat))
    held = np.unique(places.query(maps.land("50m").geometry.to_numpy(), predicate="intersects")[1])
    return lon[held], lat[held]
