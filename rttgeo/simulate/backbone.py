"""The backbone: hubs (exchange cities) joined by land routes and submarine cables."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse.csgraph import dijkstra

from rttgeo.simulate import tables
from rttgeo.simulate.parameters import Parameters
from rttgeo.sphere import distance_km
from rttgeo.typing import FloatArray, IntArray


class Backbone(NamedTuple):
    """Hubs and, for each carrier, how its routes run between them.

    Attributes
    ----------
    hubs
        Table of the hub cities, in hub number order.
    km
        Fibre between two hubs on a carrier's route, shape (carriers, hubs, hubs).
    hops
        Hubs passed on that route, same shape.
    """

    hubs: pd.DataFrame
    km: npt.NDArray[np.float32]
    hops: npt.NDArray[np.int16]


def link_lengths(
    hubs: pd.DataFrame, parameters: Parameters
) -> tuple[IntArray, IntArray, FloatArray]:
    """Ends (hub numbers) and fibre length in km of every link.

    Parameters
    ----------
    hubs
        Exchange cities, with ``city, lon, lat``.
    parameters
        What the simulated Internet is like.

    Returns
    -------
    tuple
        Hub number at the one end, at the other end, and length of fibre, km; shape (links,) each.
    """
    number = pd.Series(np.arange(len(hubs)), index=hubs["city"])
    table = tables.links()
    a, b = number[table["a"]].to_numpy(), number[table["b"]].to_numpy()
    lon, lat = hubs["lon"].to_numpy(), hubs["lat"].to_numpy()
    straight = distance_km(lon[a], lat[a], lon[b], lat[b])
    land = table["medium"].to_numpy() == "land"
    slack = np.where(land, parameters.land_slack, parameters.cable_slack)
    return a, b, straight * table["factor"].to_numpy(dtype=float) * slack


@lru_cache(maxsize=4)
def build_backbone(seed: int, parameters: Parameters) -> Backbone:
    """Lay out every carrier's routes.

    A carrier weighs each link by its length times its own liking for it, so that carriers
    route differently and not all by the shortest way; it pays dearly for links that it lacks.

    Parameters
    ----------
    seed
        Of the random choices.
    parameters
        What the simulated Internet is like.

    Returns
    -------
    Backbone
        Hubs, and for each carrier the length of its way and the hubs passed between each two.
    """
    cities = tables.cities()
    hubs = cities[cities["hub"] > 0].reset_index(drop=True)
    a, b, length = link_lengths(hubs, parameters)
    known = tables.links()["dear"].to_numpy(dtype=float)
    rng = np.random.default_rng([seed, 0xBAC])
    n, carriers = len(hubs), parameters.carriers
    km = np.zeros((carriers, n, n), dtype=np.float32)
    hops = np.zeros((carriers, n, n), dtype=np.int16)
    for carrier in range(carriers):
        dear = np.exp(parameters.route_noise * rng.standard_normal(len(length)))
        lacks = rng.random(len(length)) < parameters.missing_share
        cost = length * known * dear * np.where(lacks, parameters.missing_cost, 1.0)
        km[carrier], hops[carrier] = _routes(n, a, b, length, cost)
    return Backbone(hubs, km, hops)


def _routes(
    n: int, a: IntArray, b: IntArray, length: FloatArray, cost: FloatArray
) -> tuple[FloatArray, IntArray]:
    """Length and hop count of the cheapest route between all hubs, both of shape (n, n)."""
    weight, real = np.zeros((n, n)), np.zeros((n, n))
    weight[a, b] = weight[b, a] = cost
    real[a, b] = real[b, a] = length
    far, before = dijkstra(weight, return_predecessors=True)
    km, hops = np.zeros((n, n)), np.zeros((n, n), dtype=np.int64)
    source = np.arange(n)
    # From near to far, so that a hub's predecessor is always done before the hub itself.
    for hub in np.argsort(far, axis=1, kind="stable").T[1:]:
        last = before[source, hub]
        km[source, hub] = km[source, last] + real[last, hub]
        hops[source, hub] = hops[source, last] + 1
    return km, hops
