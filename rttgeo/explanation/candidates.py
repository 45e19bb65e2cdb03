"""Places to measure from: cities by name, or a given list of places."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from rttgeo.data import cities as shipped_cities
from rttgeo.errors import BadInputError
from rttgeo.explanation.following import Outlook, area_left
from rttgeo.machine.counting import number_of
from rttgeo.sources.atlas_probes import Probe
from rttgeo.typing import FloatArray

CITY_PEOPLE = 100_000
"""Smallest city to consider: in these 6,000 cities, a machine to ping from can be found."""
COUNT = 5
"""Number of places listed by default, chosen to equal the number of cities listed elsewhere."""


@dataclasses.dataclass(frozen=True, eq=False)
class NextCandidates:
    """Candidate places for a landmark.

    Attributes
    ----------
    names
        Their names, shape (n,).
    countries
        Two-letter country codes (ISO 3166-1), or "", shape (n,).
    lon, lat
        Degrees, shape (n,).
    """

    names: Sequence[str]
    countries: Sequence[str]
    lon: FloatArray
    lat: FloatArray

    def __len__(self) -> int:
        """Count the places."""
        return len(self.names)

    @classmethod
    def of_probes(cls, probes: Sequence[Probe]) -> NextCandidates:
        """Make candidates from a list of probes.

        Parameters
        ----------
        probes
            As returned by `rttgeo.sources.atlas_probes.read_probes`.

        Returns
        -------
        NextCandidates
            The candidates, in the order of the probes.
        """
        lon, lat = np.array([(one.lon, one.lat) for one in probes], dtype=float).reshape(-1, 2).T
        return cls([one.name for one in probes], [one.country for one in probes], lon, lat)


@lru_cache(maxsize=1)
def cities(least_people: int = CITY_PEOPLE) -> NextCandidates:
    """List the cities of the world.

    Parameters
    ----------
    least_people
        Smallest population; smaller cities are left out.

    Returns
    -------
    NextCandidates
        The cities, largest first.
    """
    known = shipped_cities.cities()
    rows = known.population >= least_people
    names = tuple(known.name[rows]), tuple(known.country[rows])
    return NextCandidates(*names, known.lon[rows], known.lat[rows])


@dataclasses.dataclass(frozen=True)
class NextPlace:
    """A place to measure from, given that those before it in the list also measure.

    Attributes
    ----------
    name, country
        Name and country code of the candidate.
    lon, lat
        Degrees.
    gain_nats
        The gain that it adds (`rttgeo.explanation.following`), nats.
    area_left
        Expected share of the region's area that remains after it and all before it have measured.
    area_km2
        The same as an area, km².
    """

    name: str
    country: str
    lon: float
    lat: float
    gain_nats: float
    area_left: float
    area_km2: float

    def to_dict(self) -> dict[str, Any]:
        """Convert to plain values, ready for JSON.

        Returns
        -------
        dict
            The attributes by name.
        """
        return dataclasses.asdict(self)


def next_places(
    outlook: Outlook,
    area_km2: float,
    candidates: NextCandidates | None = None,
    count: int = COUNT,
) -> list[NextPlace]:
    """Choose several places to measure from next, in order.

    Parameters
    ----------
    outlook
        Where the target can be, and which landmarks have measured.
    area_km2
        Current area of the region, km².
    candidates
        Places to choose from; None for the cities of the world.
    count
        How many to choose, 1 or more.

    Returns
    -------
    list of NextPlace
        At most ``count`` places, none of them near a landmark or a place already chosen.

    Raises
    ------
    BadInputError
        When ``count`` is below 1.
    """
    if count < 1:
        raise BadInputError(f"cannot choose {number_of(count, 'place')}, expected 1 or more")
    some = cities() if candidates is None else candidates
    rows, total = outlook.choose(some.lon, some.lat, count)
    left = area_left(total)
    gain = np.diff(total, prepend=0.0)
    return [
        NextPlace(
            some.names[row], some.countries[row], float(some.lon[row]), float(some.lat[row]),
            float(gain[at]), float(left[at]), float(left[at] * area_km2),
        )
        for at, row in enumerate(rows.tolist())
    ]  # fmt: skip
