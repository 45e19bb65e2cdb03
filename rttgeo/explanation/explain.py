"""Why a target is put where it is: what each landmark says, which bound it, where to ask next."""

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
"""Peaks of a map that are listed: a choice for the eye, a thumb's breadth apart on a map of the world."""


def contributions(
    mesh: Mesh,
    target: str | int,
    *,
    bound: str = "fibre",
    exclude_km: float | None = None,
) -> pd.DataFrame:
    """What each landmark's disc does to the region in which one target can be.

    Parameters
    ----------
    mesh, target
        The measurements, and the id or row number of the target.
    bound
        A name in `rttgeo.constants.KM_PER_MS_RTT`: a landmark says that the target is within
        this × RTT.
    exclude_km
        Leave out landmarks this close to the target's true place.

    Returns
    -------
    pandas.DataFrame
        One row per landmark, quickest first: ``landmark`` (id), ``lon``, ``lat``, ``rtt_ms``,
        ``radius_km``, ``area_without_km2`` (of the region if this landmark had not measured),
        ``factor`` (by which it shrinks the region, at least 1; NaN where the discs contradict each
        other and there is no region), ``bounding`` (whether the region would be larger).

    Raises
    ------
    NotThereError
        For an unknown target or bound.
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
    """Area of the intersection with one disc left out in turn, km², and where that is larger.

    Only discs whose circle bounds the region (`rttgeo.estimators.arcs.bounding_discs`, exact) are
    left out one by one: without any other the region is the same. Of an empty region each disc of
    the smallest group in conflict may be the one at fault.
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
        # Two measurements of nearly one area, each right to a per cent.
        without[row] = max(found, area_km2)
        bounding[row] = without[row] > area_km2
    return without, bounding


def contradictions(
    mesh: Mesh, target: str | int, *, bound: str = "fibre", tolerance_km: float = 0.0
) -> pd.DataFrame:
    """Every two landmarks whose discs around themselves have no point in common.

    Parameters
    ----------
    mesh, target
        The measurements, and the id or row number of the target.
    bound
        A name in `rttgeo.constants.KM_PER_MS_RTT`.
    tolerance_km
        How far each landmark may be from where it is declared.

    Returns
    -------
    pandas.DataFrame
        One row a pair of landmarks, the widest gap first: ``landmark``, ``other`` (ids), ``apart_km``
        (between them), ``reach_km`` (sum of their radii), ``gap_km`` (the difference). The target
        is in two places, or one of the two is not where it says, or something else answered it.

    Raises
    ------
    NotThereError
        For an unknown target or bound.
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
    """How much a further landmark is expected to help, place by place.

    Attributes
    ----------
    lon, lat
        Candidate places, degrees, shape (n,).
    gain_nats
        What one RTT from there is expected to tell of the target's place, shape (n,).
    shrinkage
        Factor on the area of the region that this is worth.
    """

    lon: FloatArray
    lat: FloatArray
    gain_nats: FloatArray

    @property
    def shrinkage(self) -> FloatArray:
        """Expected factor on the region's area, between 0 and 1."""
        return area_left(self.gain_nats)

    def best(self) -> tuple[float, float]:
        """Find the place of the largest gain.

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
            Least distance between two places, km.

        Returns
        -------
        pandas.DataFrame
            At most ``most`` rows, the best first: ``lon``, ``lat`` (degrees), ``area_left`` (the
            expected share of the region's area, between 0 and 1).
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
    """Where a further landmark would narrow an estimate most.

    Parameters
    ----------
    estimate
        With a posterior.
    landmarks
        Those that measured the target, such as ``mesh.of_target("x")``.
    lon, lat
        Places where a landmark could be, shape (n,); by default the cells of a grid whose middle
        is on land (the sea has no machines to ping from).
    resolution_km
        Of that grid.

    Returns
    -------
    NextLandmark
        The places and the expected gain at each, in nats; 0 where a landmark stands already.

    Raises
    ------
    NotThereError
        When the estimate has no posterior.
    BadInputError
        When only one of ``lon`` and ``lat`` is given, or a place is none.

    Notes
    -----
    `rttgeo.explanation.following` says what the gain is, what is proved of it and what measured:
    an expectation, no promise.
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
    """Those places that are on land."""
    shapes = shapely.STRtree(maps.land("50m").geometry.to_numpy())
    held = np.unique(shapes.query(shapely.points(lon, lat), predicate="intersects")[0])
    return lon[held], lat[held]
