"""Where in its disc a service stands: in a city of many people, not far from the landmark."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from rttgeo.data.cities import Cities, cities
from rttgeo.sphere import distance_km
from rttgeo.typing import FloatArray, IntArray

DISTANCE_SHARE = 0.2
"""Expected distance from landmark to service, in radii of its disc. Between the quickest landmark and
sites of root servers in 2015 the mean was 0.16. At root servers in 2023 as many claims are true with 0.05
to 0.2, one fewer with 0.4 (`python -m benchmarks.constants anycast`)."""
LEAST_KM = 5.0
"""No distance is expected to be less: landmarks and cities are points that stand for an area. The
claims about root servers are the same with half and twice as much (`benchmarks.constants`)."""
POPULATION_POWER = 0.7
"""Servers gather in large cities, though less than people do (as the calibrated method has it). The
claims about root servers are as often true with 0.35 and with 1 (`benchmarks.constants`)."""
NEAR_CITY_KM = 50.0
"""A landmark in no city's disc is named after a city so near, or after none."""


@dataclasses.dataclass(frozen=True, eq=False)
class Placed:
    """A probability over the cities of a disc.

    Attributes
    ----------
    lon, lat
        Of the likeliest city; of the landmark where no city is in the disc. Degrees.
    city, country
        Its name and its country's ISO code; None where there is no city near.
    probability
        Of that city among those in the disc; 1 where there is none.
    cities_lon, cities_lat, weight
        All cities in the disc, and the probability of each: shape (n,).
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
        """Work out the probability that the service stands within another disc.

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
            Sum of the weights of the cities in that disc, 0 to 1.
        """
        far = distance_km(lon, lat, self.cities_lon, self.cities_lat)
        return float(self.weight[far <= radius_km].sum())


def place(lon: float, lat: float, radius_km: float) -> Placed:
    """Find where in the disc of a landmark the service that answered it stands.

    The weight of a city is population^`POPULATION_POWER` · exp(−d / (`DISTANCE_SHARE` · radius)),
    d kilometres from the landmark: published tools take the largest city in the disc, or the
    landmark's own place, and this lies between.

    Parameters
    ----------
    lon, lat
        Landmark, degrees.
    radius_km
        Of its disc.

    Returns
    -------
    Placed
        Likeliest city and its weight, and all cities weighed; the landmark's place if there is
        none.
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
