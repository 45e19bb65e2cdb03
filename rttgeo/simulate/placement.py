"""Where anchors and probes are, and how each reaches the Internet."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo.errors import BadInputError
from rttgeo.simulate import tables
from rttgeo.simulate.backbone import Backbone
from rttgeo.simulate.hosts import Hosts
from rttgeo.simulate.lastmile import KNOWN_MS, STEPS, even_normal, last_mile, openness
from rttgeo.simulate.parameters import Parameters
from rttgeo.sphere import destination, distance_km
from rttgeo.typing import FloatArray, IntArray

_CITY_SIZE = (0.4, 3.0)
"""A city's spread grows with the root of its people (as its area does), from that of a small town
to that of a metropolis of nine million, in sizes of a city of one million."""
_ANCHORS_CENTRAL = 0.3
"""Anchors are drawn to a country's main exchange less than access providers are: their hosts are
often networks of a region."""
_CITY_OF_CODE = {
    "nz-wlg": "Wellington", "qa-doh": "Doha", "ru-mow": "Moscow", "se-sto": "Stockholm",
    "uk-lon": "London", "us-dal": "Dallas", "us-den": "Denver", "us-mia": "Miami",
    "us-sjc": "San Jose", "nl-haa": "Haarlem",
}  # fmt: skip
"""Cities named by the airport code in an anchor's name, for anchors that are in no table."""
FIRST_HOME_PROBE, _FIRST_ANCHOR_PROBE = 10_001, 6_001


def anchor_places(names: tuple[str, ...]) -> pd.DataFrame:
    """Place of named anchors: that of the table of real anchors, else the city of its name.

    Parameters
    ----------
    names
        Short names of anchors, such as ``nl-ams-as3333``.

    Returns
    -------
    pandas.DataFrame
        ``id, probe, lon, lat, country``, one row per anchor.

    Raises
    ------
    BadInputError
        For an anchor in no table whose name does not contain a known city.
    """
    known, cities = tables.anchors(), tables.cities().set_index("city")
    rows = []
    for name in names:
        if name in known.index:
            row = known.loc[name]
            rows.append((name, row["probe"], row["lon"], row["lat"], row["country"]))
        elif name[:6] in _CITY_OF_CODE:
            city = cities.loc[_CITY_OF_CODE[name[:6]]]
            rows.append((name, 0, city["lon"], city["lat"], city["country"]))
        else:
            raise BadInputError(f"anchor {name!r} is in no table: its place is not known")
    return pd.DataFrame(rows, columns=["id", "probe", "lon", "lat", "country"])


def mesh_anchors(spec: tables.DatasetSpec, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Places of the data set's targets and of the other anchors that measured them.

    The table of real anchors ends in the middle of the alphabet (of country codes); the rest
    are made up at cities of the countries it lacks, in Atlas's proportions.

    Parameters
    ----------
    spec
        The data set.
    count
        How many anchors in all; at least the targets are there.
    rng
        Source of the random numbers.

    Returns
    -------
    pandas.DataFrame
        ``id, probe, lon, lat, country``, the targets first.

    Raises
    ------
    BadInputError
        When a target is in no table and its name does not contain a known city.
    """
    targets = anchor_places(spec.anchors)
    real = tables.anchors().reset_index(names="id")
    live = (real["date_live"] != "") & (real["date_live"] < spec.live_before)
    others = real[live & ~real["id"].isin(targets["id"])][list(targets.columns)]
    table = pd.concat([targets, others], ignore_index=True)
    missing = max(0, max(count, spec.mesh_sources) - len(table))
    last = str(real["country"].max())
    cities = tables.cities()
    absent = cities[(cities["country"] > last) | (cities["country"] == "GB")]
    made = scatter(absent, missing, rng, spread_km=8.0, people_power=0.7)
    made["id"] = [
        f"{c.lower()}-{i:03d}-as{65000 + i}" for i, c in enumerate(made["country"], start=1)
    ]
    table = pd.concat([table, made.assign(probe=0)[list(targets.columns)]], ignore_index=True)
    # Not the first in alphabetical order: those would be of few countries.
    more = np.sort(rng.permutation(len(table) - len(targets))[: max(0, count - len(targets))])
    kept = np.concatenate([np.arange(len(targets)), len(targets) + more])
    table = table.iloc[kept].reset_index(drop=True)
    taken = table["probe"].to_numpy(dtype=np.int64)
    free = np.setdiff1d(np.arange(_FIRST_ANCHOR_PROBE, 7000 + len(table)), taken)
    free = np.setdiff1d(free, [6230, 6072])  # kept for the pairs that the papers show
    blank = np.flatnonzero(table["probe"].to_numpy() == 0)
    table.loc[blank, "probe"] = free[: len(blank)]
    return table


def scatter(
    cities: pd.DataFrame,
    count: int,
    rng: np.random.Generator,
    *,
    spread_km: float,
    people_power: float,
    town_share: float = 0.0,
    town_km: float = 0.0,
) -> pd.DataFrame:
    """Places around cities: countries in Atlas's proportions, cities by population.

    Parameters
    ----------
    cities
        Rows of `rttgeo.simulate.tables.cities` to choose from.
    count
        How many places.
    rng
        Source of the random numbers.
    spread_km
        Mean distance from the city of a million people; it grows with the square root of population
        up to three times that.
    people_power
        Cities are chosen in proportion to population to this power.
    town_share, town_km
        Share of places that are in a smaller town around the city, and their mean distance.

    Returns
    -------
    pandas.DataFrame
        ``lon, lat, country``, one row per place.
    """
    probes = tables.countries()["probes_2017"].reindex(cities["country"]).to_numpy(dtype=float)
    people = cities["people_k"].to_numpy(dtype=float) ** people_power
    weight = probes * people / _total_by(cities["country"], people)
    row = rng.choice(len(cities), size=count, p=weight / weight.sum())
    size = np.clip(np.sqrt(cities["people_k"].to_numpy(dtype=float)[row] / 1000), *_CITY_SIZE)
    away = rng.exponential(np.where(rng.random(count) < town_share, town_km, spread_km * size))
    city_lon, city_lat = cities["lon"].to_numpy()[row], cities["lat"].to_numpy()[row]
    lon, lat = destination(city_lon, city_lat, rng.uniform(0, 360, count), away)
    return pd.DataFrame({"lon": lon, "lat": lat, "country": cities["country"].to_numpy()[row]})


def _total_by(group: pd.Series, values: FloatArray) -> FloatArray:
    found: FloatArray = pd.Series(values).groupby(group.to_numpy()).transform("sum").to_numpy()
    return found


def connect(
    places: pd.DataFrame,
    is_anchor: npt.NDArray[np.bool_],
    backbone: Backbone,
    parameters: Parameters,
    rng: np.random.Generator,
    targets: int = 0,
) -> Hosts:
    """Give every place its hub, carriers and last mile.

    The first `targets` places are the targets: they get values at even steps of the
    distributions, in random order, so that even few show the whole of it, whatever the seed. All
    have IPv6, since the measurements of the papers are in pairs, one per family.

    Parameters
    ----------
    places
        One row per node: ``id, probe, lon, lat, country``, the targets first.
    is_anchor
        Which nodes are anchors, shape (n,).
    backbone
        Routes of the carriers.
    parameters
        What the simulated Internet is like.
    rng
        Source of the random numbers.
    targets
        How many nodes, the first ones, are targets.

    Returns
    -------
    Hosts
        All that is simulated of each node.
    """
    n = len(places)
    lon, lat = places["lon"].to_numpy(dtype=float), places["lat"].to_numpy(dtype=float)
    country = places["country"].to_numpy(dtype=str)
    grade = tables.countries()["grade"].reindex(country).fillna(2).to_numpy(dtype=np.int64)
    hub, straight, transit = _hubs_of(
        lon, lat, country, grade, is_anchor, backbone, parameters, rng
    )
    stretch = np.exp(parameters.tail_spread * rng.standard_normal(n)) * parameters.tail_stretch
    quality = even_normal(lon, targets, STEPS[0], rng)
    carrier = rng.integers(parameters.carriers, size=n)
    other = rng.integers(parameters.carriers, size=n)
    known_ms = places["id"].map(KNOWN_MS).to_numpy(dtype=float)
    technology, access_ms, jitter = last_mile(
        lon, grade, is_anchor, known_ms, targets, parameters, rng
    )
    ipv6 = rng.random(n) < np.where(is_anchor, 0.93, parameters.dual_stack_share)
    ipv6[:targets] = True
    return Hosts(
        id=places["id"].to_numpy(dtype=str), probe=places["probe"].to_numpy(dtype=np.int64),
        lon=lon, lat=lat, country=country, grade=grade, is_anchor=is_anchor, hub=hub,
        transit=transit, tail_km=straight * np.maximum(stretch, 1.05) + 0.2, carrier=carrier,
        carrier6=np.where(rng.random(n) < 0.6, carrier, other), access_ms=access_ms,
        jitter=jitter, technology=technology, ipv6=ipv6,
        tunnel=rng.random(n) < parameters.tunnel_share,
        openness=openness(grade, is_anchor, quality, parameters),
    )  # fmt: skip


def _hubs_of(
    lon: FloatArray,
    lat: FloatArray,
    country: npt.NDArray[np.str_],
    grade: IntArray,
    is_anchor: npt.NDArray[np.bool_],
    backbone: Backbone,
    parameters: Parameters,
    rng: np.random.Generator,
) -> tuple[IntArray, FloatArray, IntArray]:
    """Home hub, great-circle km to it, and the large exchange of each place."""
    hubs = backbone.hubs
    away = distance_km(lon[:, None], lat[:, None], hubs["lon"].to_numpy(), hubs["lat"].to_numpy())
    own = country[:, None] == hubs["country"].to_numpy(dtype=str)
    near = np.where(own, away, away + 400.0)  # a hub abroad must be much nearer to be preferred
    nearest = near.argmin(axis=1)
    rank = hubs["hub"].to_numpy() * 1e6 + hubs["people_k"].to_numpy()
    # The country's main hub, if it is no further than a day's cable: not Honolulu for New York.
    main = np.where(own & (away < 1500), rank, -np.inf)
    largest = np.where(np.isfinite(main.max(axis=1)), main.argmax(axis=1), nearest)
    central = (
        rng.random(len(lon)) < np.where(is_anchor, _ANCHORS_CENTRAL, 1.0) * parameters.central_share
    )
    hub = np.where(central, largest, nearest)
    large = np.flatnonzero(hubs["hub"].to_numpy() == tables.LARGE_EXCHANGE)
    taste = rng.gumbel(size=(len(lon), len(large)))
    reach = parameters.transit_km * parameters.transit_growth ** (grade - 1)
    transit = large[np.argmax(taste - away[:, large] / reach[:, None], axis=1)]
    return hub, away[np.arange(len(lon)), hub], transit
