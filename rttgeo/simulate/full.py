"""A full mesh of servers in cities all over the world: every node measures every other."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh, Provenance, nodes
from rttgeo.simulate import paths, tables
from rttgeo.simulate.backbone import build_backbone
from rttgeo.simulate.hosts import Hosts
from rttgeo.simulate.parameters import Parameters, fitted
from rttgeo.simulate.placement import connect
from rttgeo.simulate.plants import PlantedMesh, plant
from rttgeo.sphere import destination

SERVERS_BY_PEOPLE = 0.4
"""Server cities are chosen by population to this power: more evenly than by population itself,
since a list of server places is meant to cover the world."""
_REMEASURED_US = 250.0


def simulate_full_mesh(
    n_nodes: int = 246,
    *,
    seed: int = 2017,
    answered: float = 0.98,
    spread_km: float = 4.0,
    misplaced: int = 0,
    anycast: int = 0,
    instances: int = 4,
    satellite: int = 0,
    parameters: Parameters | None = None,
) -> PlantedMesh:
    """Simulate a mesh in which landmarks and targets are the same nodes, both directions measured.

    Parameters
    ----------
    n_nodes
        Number of servers; cities are drawn by population, and none twice before all are used.
    seed
        Seed from which everything follows.
    answered
        Share of directed pairs that are measured.
    spread_km
        Mean distance of a server from its city's centre.
    misplaced, anycast, instances, satellite
        What to plant, as in `rttgeo.simulate.plant`.
    parameters
        Parameters of the simulator; the fitted ones by default.

    Returns
    -------
    PlantedMesh
        The mesh and the record of what was planted (empty if nothing was).

    Raises
    ------
    BadInputError
        When there are fewer than two nodes, the share is outside (0, 1], or there are more plants
        than nodes.

    Notes
    -----
    Memory grows with the square of `n_nodes`: 2,000 nodes (4 million pairs) take about 1.5 GB.
    """
    if n_nodes < 2:
        raise BadInputError(f"a mesh needs two nodes at least, not {n_nodes}")
    if not 0 < answered <= 1:
        raise BadInputError(f"share of answered pairs is {answered}, expected more than 0, up to 1")
    if seed < 0:
        raise BadInputError(f"seed is {seed}, expected a whole number from 0")
    parameters = parameters or fitted()
    rng = np.random.default_rng([seed, 0xF011, n_nodes])
    backbone = build_backbone(seed, parameters)
    places = _servers(n_nodes, spread_km, rng)
    some = connect(places, np.ones(n_nodes, dtype=bool), backbone, parameters, rng)
    i, j = np.triu_indices(n_nodes, k=1)
    floor = paths.floors(some.take(i), some.take(j), 4, backbone, parameters, rng)
    pairs = _both_ways(i, j, floor, rng)
    pairs = pairs[rng.random(len(pairs)) < answered]
    table = node_table(some)
    mesh = Mesh.build(table, table.copy(), pairs, _provenance(n_nodes, seed))
    return plant(
        mesh, misplaced=misplaced, anycast=anycast, instances=instances, satellite=satellite,
        seed=seed,
    )  # fmt: skip


def _servers(count: int, spread_km: float, rng: np.random.Generator) -> pd.DataFrame:
    """Cities by population to the power `SERVERS_BY_PEOPLE`, every city once before any twice."""
    cities = tables.cities()
    weight = cities["people_k"].to_numpy(dtype=float) ** SERVERS_BY_PEOPLE
    rounds = -(-count // len(cities))
    keys = np.log(weight) + rng.gumbel(size=(rounds, len(cities)))
    row = np.argsort(-keys, axis=1, kind="stable").ravel()[:count]
    chosen = cities.iloc[row]
    lon, lat = destination(
        chosen["lon"], chosen["lat"], rng.uniform(0, 360, count), rng.exponential(spread_km, count)
    )
    again = pd.Series(row).groupby(row).cumcount().to_numpy()
    names = [
        f"{city}-{n + 1}" if n else city for city, n in zip(chosen["city"], again, strict=True)
    ]
    return pd.DataFrame(
        {"id": names, "probe": 0, "lon": lon, "lat": lat, "country": chosen["country"].to_numpy()}
    )


def _both_ways(
    i: npt.NDArray[np.int64],
    j: npt.NDArray[np.int64],
    floor: paths.Floors,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Two measurements of each path: the same way round, seen at different moments."""
    later = np.rint(rng.exponential(_REMEASURED_US, size=(2, len(i)))).astype(np.int64)
    rtt = np.concatenate([floor.rtt_us + later[0], floor.rtt_us + later[1]]) / 1000
    return pd.DataFrame(
        {
            "target": np.concatenate([i, j]),
            "landmark": np.concatenate([j, i]),
            "rtt_ms": rtt,
            "hops": np.tile(floor.hops, 2),
        }
    )


def node_table(some: Hosts) -> gpd.GeoDataFrame:
    """Make the table of a mesh from servers, by city name.

    Parameters
    ----------
    some
        The servers.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per server, with its country.
    """
    return nodes(some.id, some.lon, some.lat, country=some.country)


def _provenance(n_nodes: int, seed: int) -> Provenance:
    return Provenance(
        name=f"world-{n_nodes}", kind="simulated", source=f"rttgeo.simulate, seed {seed}"
    )
