"""Where in its disc a service is: most likely in a large city, not far from the landmark."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from rttgeo.data.cities import Cities, cities
from rttgeo.sphere import distance_km
from rttgeo.typing import FloatArray, IntArray

DISTANCE_SHARE = 0.2
"""Expected distance from landmark to service, as a share of the radius of its disc. Between the
quickest landmarks and sites of root servers in 2015, the mean was 0.16. For root servers in 2023,
values from 0.05 to 0.2 make as many true claims, and 0.4 makes one fewer (`python -m
benchmarks.constants anycast`)."""
LEAST_KM = 5.0
"""The expected distance is at least this, since landmarks and cities are points that stand for an
area. The claims about root servers are the same with half and twice as much
(`benchmarks.constants`)."""
POPULATION_POWER = 0.7
"""Servers concentrate in large cities, though less than people do (as in the calibrated method).
With 0.35 and with 1, as many claims about root servers are true (`benchmarks.constants`)."""
NEAR_CITY_KM = 50.0
"""A landmark with no city in its disc is named after a city within this distance, or after none."""


@dataclasses.dataclass(frozen=True, eq=False)
class Placed:
    """A probability distribution over the cities in a disc.

    Attributes
    ----------
    lon, lat
        Where the most likely city is, degrees, or the landmark if there is no city in the disc.
    city, country
        Name of that city and the ISO code of its country; None if there is no city nearby.
    probability
        Probability of that city among those in the disc; 1 if there is none.
    cities_lon, cities_lat, weight
        All cities in the disc (degrees), and the probability of each, shape (n,).
    """

    lon: float
    lat: float
    city: str | None
    country: str | None
    probability: float
    cities_lon: FloatArray
    cities_lat: FloatArray
    weight: FloatArray

    def share_within(self, lon: float, lat: float, radius_km: float) -> float:
        """Compute the probability that the service is within another disc.

        Parameters
        ----------
        lon
            Longitude of the disc's centre, degrees.
        lat
            Latitude of the disc's centre, degrees.
        radius_km
            Radius of the disc, km.

        Returns
        -------
        float
            Sum of the weights of the cities in that disc, from 0 to 1.
        """
        far = distance_km(lon, lat, self.cities_lon, self.cities_lat)
        return float(self.weight[far <= radius_km].sum())


def place(lon: float, lat: float, radius_km: float) -> Placed:
    """Find the most likely place, in a landmark's disc, of the service that answered it.

    The weight of a city is population^`POPULATION_POWER` · exp(−d / (`DISTANCE_SHARE` · radius)),
    where d is its distance from the landmark. This lies between the rules of published tools, which
    take the largest city in the disc or the landmark's own place.

    Parameters
    ----------
    lon, lat
        Where the landmark is, degrees.
    radius_km
        Radius of its disc, km.

    Returns
    -------
    Placed
        The most likely city and its weight, and the weights of all cities; the landmark's place if
        there is no city.
    """
    known = cities()
    inside = known.within(lon, lat, radius_km)
    if not len(inside):
        near = known.within(lon, lat, NEAR_CITY_KM)
        far = distance_km(lon, lat, known.lon[near], known.lat[near])
        name, country = _named(known, near[np.argmin(far)]) if len(near) else (None, None)
        here = np.array([lon]), np.array([lat]), np.ones(1)
        return Placed(lon, lat, name, country, 1.0, *here)
    weight = _weights(known, inside, lon, lat, radius_km)
    best = inside[np.argmax(weight)]
    return Placed(
        float(known.lon[best]), float(known.lat[best]), *_named(known, best),
        float(weight.max()), known.lon[inside], known.lat[inside], weight,
    )  # fmt: skip


def _weights(
    known: Cities, inside: IntArray, lon: float, lat: float, radius_km: float
) -> FloatArray:
    far = distance_km(lon, lat, known.lon[inside], known.lat[inside])
    expected = max(DISTANCE_SHARE * radius_km, LEAST_KM)
    log = POPULATION_POWER * np.log(np.maximum(known.population[inside], 1.0)) - far / expected
    weight = np.exp(log - log.max())
    found: FloatArray = weight / weight.sum()
    return found


def _named(known: Cities, number: np.integer[npt.NBitBase] | int) -> tuple[str, str]:
    return str(known.name[number]), str(known.country[number])
