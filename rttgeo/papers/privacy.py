"""What exposed round-trip times give away: the white paper's question, past the originals.

How many targets does a circle confine to something the size of a city, with how many vantage
points? And for how many does it say more than IP geolocation already does? How low the delay must
be, and what luck has to do with it, is in `rttgeo.papers.privacy_size`.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo import sphere
from rttgeo.auditing.in_order import in_full_order
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.data import coasts as maps
from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.load.rates import rate
from rttgeo.mesh import Mesh, Provenance
from rttgeo.papers.sizes import SIZES_KM
from rttgeo.typing import FloatArray

DRAWS = 200
BAND = (0.05, 0.95)

IP_GEOLOCATION = Provenance(
    name="ip-geolocation-2026",
    kind="measured",
    source="DB-IP City Lite of June 2026 (IP Geolocation by DB-IP, db-ip.com), asked for the "
    "IPv4 addresses that 500 RIPE Atlas anchors had in September 2020",
    date="2026-06",
    licence="CC BY 4.0",
    statistic="place given by the database",
)


@dataclasses.dataclass(frozen=True)
class Confinement:
    """Share of targets confined, by how many vantage points there are.

    Attributes
    ----------
    vantage_points
        Shape (counts,).
    share, low, high
        By the name of the size: mean share of the targets confined to it and the band that
        holds 90 % of the draws, each of shape (counts,).
    """

    vantage_points: npt.NDArray[np.int64]
    share: dict[str, FloatArray]
    low: dict[str, FloatArray]
    high: dict[str, FloatArray]


def confinement(
    mesh: Mesh,
    *,
    medium: str = "fibre",
    sizes_km: dict[str, float] | None = None,
    draws: int = DRAWS,
    seed: int = 2017,
) -> Confinement:
    """Draw vantage points at random, and see which targets their smallest circle confines.

    A draw takes so many of the mesh's landmarks; a target that none of them measured is not
    confined. The smallest circle bounds the region from above: further circles can only cut it.

    Parameters
    ----------
    mesh
        Any mesh; no truth is needed.
    medium
        A bound of `rttgeo.constants.KM_PER_MS_RTT`.
    sizes_km
        Radii by name; `SIZES_KM` by default.
    draws, seed
        Draws for each number of vantage points.

    Returns
    -------
    Confinement
        Shares of targets by number of vantage points and size, with bands over the draws.

    Raises
    ------
    BadInputError
        For an unknown medium, or a mesh without pairs.
    """
    if medium not in KM_PER_MS_RTT:
        raise BadInputError(f"medium {medium!r}, expected one of {', '.join(KM_PER_MS_RTT)}")
    if not len(mesh):
        raise BadInputError(f"{mesh.provenance.name} has no pairs")
    sizes = SIZES_KM if sizes_km is None else sizes_km
    mesh = in_full_order(mesh).mesh
    radius = np.full((len(mesh.landmarks), len(mesh.targets)), np.inf)
    rows = mesh.pairs["landmark"].to_numpy(), mesh.pairs["target"].to_numpy()
    radius[rows] = KM_PER_MS_RTT[medium] * mesh.pairs["rtt_ms"].to_numpy()
    counts = vantage_counts(len(radius))
    random = np.random.default_rng(seed)
    found = {name: np.empty((len(counts), draws)) for name in sizes}
    for draw in range(draws):
        # One order per draw: more vantage points are the same ones and further ones.
        order = random.permutation(len(radius))
        smallest = np.minimum.accumulate(radius[order], axis=0)[counts - 1]
        for name, size in sizes.items():
            found[name][:, draw] = (smallest <= size).mean(axis=1)
    return Confinement(
        counts,
        {name: values.mean(axis=1) for name, values in found.items()},
        {name: np.quantile(values, BAND[0], axis=1) for name, values in found.items()},
        {name: np.quantile(values, BAND[1], axis=1) for name, values in found.items()},
    )


def vantage_counts(most: int) -> npt.NDArray[np.int64]:
    """Choose numbers of vantage points from 1 to all, evenly spaced on a logarithmic axis.

    Parameters
    ----------
    most
        How many there are.

    Returns
    -------
    numpy.ndarray
        Rising, without repeats.
    """
    return np.unique(np.geomspace(1, most, 40).round().astype(np.int64))


def confining_landmarks(
    mesh: Mesh,
    target: str | int,
    country: str,
    *,
    max_rtt_ms: float = np.inf,
    medium: str = "fibre",
) -> list[str]:
    """Landmarks whose circle around a target holds land of one country and of no other.

    Parameters
    ----------
    mesh
        The measurements.
    target
        Its id or row number.
    country
        Name in the table of `rttgeo.data.coasts.countries`.
    max_rtt_ms
        Only pairs with a smaller RTT, ms.
    medium
        A bound of `rttgeo.constants.KM_PER_MS_RTT`.

    Returns
    -------
    list of str
        Ids, by landmark number.

    Raises
    ------
    NotThereError
        For an unknown target or country.
    """
    countries = maps.countries("50m")
    if country not in set(countries["name"]):
        raise NotThereError(f"no country {country!r} in the table of countries")
    abroad = countries[countries["name"] != country].geometry.union_all()
    pairs = mesh.of_target(target)
    found = []
    for row in np.flatnonzero(pairs.rtt_ms < max_rtt_ms):
        radius_km = KM_PER_MS_RTT[medium] * pairs.rtt_ms[row]
        if not maps.circle(pairs.lon[row], pairs.lat[row], radius_km).intersects(abroad):
            found.append(str(mesh.landmarks.index[pairs.landmark[row]]))
    return found


def excluded_countries(
    lon: float, lat: float, radius_km: float, *, least: float = 0.0
) -> pd.Series:
    """Countries that have land outside a circle, and which share of it: what the circle excludes.

    Parameters
    ----------
    lon, lat, radius_km
        The circle.
    least
        Only countries with a larger share of their land outside than this.

    Returns
    -------
    pandas.Series
        Share of the country's land (0 to 1, by area on the sphere) outside, by its name in the
        table of `rttgeo.data.coasts.countries` at 1:50 million; the largest first.
    """
    table = maps.countries("50m")
    inside = maps.circle(lon, lat, radius_km)
    # Most countries lie wholly inside a large circle: no areas are needed to say so.
    some = table[~table.geometry.within(inside)]
    shares = {
        str(name): maps.spherical_area_km2(shape.difference(inside))
        / maps.spherical_area_km2(shape)
        for name, shape in zip(some["name"], some.geometry, strict=True)
    }
    found = pd.Series(shares, dtype=float, name="share_outside").rename_axis("country")
    return found[found > least].sort_values(ascending=False, kind="stable")


def ip_geolocation_errors() -> pd.DataFrame:
    """How far a database puts real anchors from where they are, measured.

    Returns
    -------
    pandas.DataFrame
        One row per anchor: ``anchor``, ``lon``, ``lat`` (its declared place), ``db_lon``,
        ``db_lat``, ``error_km``.
    """
    table = pd.read_csv(data_path("ipgeolocation/anchors.csv"))
    table = table.rename(columns={"anchor_lon": "lon", "anchor_lat": "lat"})
    table["error_km"] = sphere.distance_km(
        table["lon"], table["lat"], table["db_lon"], table["db_lat"]
    )
    # An anchor that was replaced appears twice under one name: the later one is kept.
    return table.drop_duplicates("anchor", keep="last")[
        ["anchor", "lon", "lat", "db_lon", "db_lat", "error_km"]
    ].reset_index(drop=True)


@dataclasses.dataclass(frozen=True)
class BeyondIpGeolocation:
    """For how many pairs and targets a circle is tighter than IP geolocation is wrong.

    Attributes
    ----------
    pairs, pairs_tighter
        Pairs of targets whose error is known, and those whose exclusion radius is below it.
    targets, targets_tighter
        Such targets, and those with at least one such pair.
    """

    pairs: int
    pairs_tighter: int
    targets: int
    targets_tighter: int


def beyond_ip_geolocation(
    mesh: Mesh, error_km: pd.Series, medium: str = "fibre"
) -> BeyondIpGeolocation:
    """Compare exclusion radii with the errors of IP geolocation, as PAM 2018 did.

    Parameters
    ----------
    mesh
        Its targets are looked up in ``error_km``.
    error_km
        Error of IP geolocation in km, indexed by the target's id.
    medium
        A bound of `rttgeo.constants.KM_PER_MS_RTT`.

    Returns
    -------
    BeyondIpGeolocation
        Numbers of pairs and targets: known ones, and those with a tighter circle.

    Raises
    ------
    BadInputError
        When no target of the mesh has a known error.
    """
    by_target = error_km.reindex(mesh.targets.index).to_numpy(dtype=float)
    target = mesh.pairs["target"].to_numpy()
    known = np.isfinite(by_target[target])
    if not known.any():
        raise BadInputError(f"IP geolocation of no target of {mesh.provenance.name} is known")
    tighter = KM_PER_MS_RTT[medium] * mesh.pairs["rtt_ms"].to_numpy() < by_target[target]
    return BeyondIpGeolocation(
        int(known.sum()),
        int(tighter.sum()),
        len(np.unique(target[known])),
        len(np.unique(target[tighter])),
    )


def database_worse_than(error_km: npt.ArrayLike, rtt_ms: npt.ArrayLike) -> pd.DataFrame:
    """Share of nodes that a database puts further from their place than a delay would allow.

    A vantage point at the distance that its delay allows errs by as much; one that is nearer errs
    by less. So this is for how many a delay would have said more than the database, for certain.

    Parameters
    ----------
    error_km
        Errors of the database, km.
    rtt_ms
        Delays to ask about, in ms; light in fibre.

    Returns
    -------
    pandas.DataFrame
        ``rtt_ms``, ``share``, ``low``, ``high`` (95 %, Wilson), one row per delay.
    """
    errors, delays = np.asarray(error_km, dtype=float), np.asarray(rtt_ms, dtype=float)
    reach_km = KM_PER_MS_RTT["fibre"] * delays
    found = [rate(int(np.count_nonzero(errors > reach)), len(errors)) for reach in reach_km]
    columns = ["share", "low", "high"]
    table = pd.DataFrame([(one.value, one.low, one.high) for one in found], columns=columns)
    table.insert(0, "rtt_ms", delays)
    return table


def database_against_circles(mesh: Mesh, database: pd.DataFrame) -> pd.DataFrame:
    """Check a database's places against circles: those outside are wrong, if the path is fibre.

    A delay bounds the distance both ways: each end is checked by the circle around the other, for
    each pair of which that end is in the database.

    Parameters
    ----------
    mesh
        With the places of its targets.
    database
        Indexed by the nodes' ids, with ``db_lon``, ``db_lat`` and ``error_km``.

    Returns
    -------
    pandas.DataFrame
        One row per node: its id, ``radius_km`` of its smallest circle, ``error_km`` of the
        database, ``contradicted`` (whether any circle leaves the database's answer out).
    """
    radius = KM_PER_MS_RTT["fibre"] * mesh.pairs["rtt_ms"].to_numpy()
    rows = []
    for end, other, where in (
        ("landmark", "target", mesh.target_lonlat),
        ("target", "landmark", mesh.landmark_lonlat),
    ):
        names = (mesh.landmarks if end == "landmark" else mesh.targets).index
        known = database.reindex(names[mesh.pairs[end]])
        at = mesh.pairs[other].to_numpy()
        apart = sphere.distance_km(
            known["db_lon"].to_numpy(), known["db_lat"].to_numpy(), where[0][at], where[1][at]
        )
        table = pd.DataFrame({"node": known.index, "radius_km": radius})
        table["error_km"] = known["error_km"].to_numpy()
        table["contradicted"] = apart > radius
        rows.append(table[np.isfinite(apart)])
    every = pd.concat(rows).groupby("node")
    return every.agg({"radius_km": "min", "error_km": "first", "contradicted": "any"})
