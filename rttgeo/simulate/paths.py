"""How long a packet takes between two nodes when nothing queues: the floor of a pair.

Everything is the round trip: forward over the source's carrier, back over the target's.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.simulate.backbone import Backbone
from rttgeo.simulate.draws import stream_of_its_own
from rttgeo.simulate.hosts import Hosts
from rttgeo.simulate.parameters import Parameters
from rttgeo.simulate.tables import LARGE_EXCHANGE
from rttgeo.typing import FloatArray, IntArray

# Share of routes that lead past a distant exchange both ways once they do so one way.
_SAME_WAY_BACK = 0.6
_LONG_KM = 15_000.0
_CONGESTED_KM = 8_000.0
_HOP_MORE = 0.4
"""Chance of each further hop in a provider or a data centre: traceroutes to one end differ by one
or two hops from network to network. An assumption; hops decide only which pairs count as short."""
_WORK_SHAPE = 4.0
"""Shape of the gamma by which time in routers varies from pair to pair, about half of its mean: an
assumption, between a constant and an exponential wait."""
_HOME_HOPS = 6  # home router, aggregation, the core and border of a provider

SATELLITE_MS = (480.0, 600.0)
"""What a geostationary hop adds to a round trip: 2 x 2 x 35,786 km of vacuum and more."""


class Floors(NamedTuple):
    """Floor of each pair in one address family, as aligned arrays.

    Attributes
    ----------
    rtt_us
        Lowest round-trip time possible on this pair's route, whole microseconds.
    path_km
        Mean of the fibre length there and back.
    hops
        Routers on the forward way.
    """

    rtt_us: IntArray
    path_km: FloatArray
    hops: IntArray


def passed_hubs(
    source: Hosts,
    target: Hosts,
    family: int,
    backbone: Backbone,
    parameters: Parameters,
    rng: np.random.Generator,
) -> tuple[IntArray, IntArray]:
    """Hub that the way there, and the way back, is led past (the sender's own: none is).

    Two reasons to go out of one's way: networks that meet only at a large exchange, and long
    ways on which some carrier goes round the other side of the world.

    Parameters
    ----------
    source
        Who measures, row by row of the pairs.
    target
        Who is measured, row by row of the pairs.
    family
        4 or 6.
    backbone
        Routes of the carriers.
    parameters
        What the simulated Internet is like.
    rng
        Source of the random numbers.

    Returns
    -------
    tuple
        Hub number on the way there, and on the way back; shape (pairs,) each.
    """
    n = len(source)
    apart = ~same_network(source, target, family)
    away = backbone.km[source.carrier, source.hub, target.hub]
    long_way = rng.random(n) < parameters.long_way * np.minimum(away / _LONG_KM, 1.0)
    large = np.flatnonzero(backbone.hubs["hub"].to_numpy() == LARGE_EXCHANGE)
    anywhere = large[rng.integers(len(large), size=n)]
    ways = []
    for sender in (source, target):
        detour = (rng.random(n) > sender.openness) & apart | (sender.tunnel & (family == 6))
        ways.append(np.where(detour, sender.transit, np.where(long_way, anywhere, sender.hub)))
    # Networks that meet nowhere near on the way there seldom do on the way back.
    same = rng.random(n) < _SAME_WAY_BACK
    led_off = ways[0] != source.hub
    return ways[0], np.where(same, np.where(led_off, ways[0], target.hub), ways[1])


def same_network(source: Hosts, target: Hosts, family: int) -> npt.NDArray[np.bool_]:
    """Which pairs have both ends in one network: they meet wherever it has a router.

    Parameters
    ----------
    source
        Who measures, row by row of the pairs.
    target
        Who is measured, row by row of the pairs.
    family
        4 or 6.

    Returns
    -------
    numpy.ndarray
        Shape (pairs,).
    """
    if family == 6:
        return np.asarray(source.carrier6 == target.carrier6)
    return np.asarray(source.carrier == target.carrier)


def one_way_km(
    sender: Hosts, receiver: Hosts, past: IntArray, family: int, backbone: Backbone
) -> tuple[FloatArray, IntArray]:
    """Fibre from senders to receivers past a hub, in km, and the hubs passed.

    Parameters
    ----------
    sender, receiver
        Ends, row by row of the pairs.
    past
        Hub that each way is led past, shape (pairs,).
    family
        4 or 6.
    backbone
        Routes of the carriers.

    Returns
    -------
    tuple
        Length of fibre, km, and number of hubs passed; shape (pairs,) each.
    """
    carrier = sender.carrier6 if family == 6 else sender.carrier
    first, second = (carrier, sender.hub, past), (carrier, past, receiver.hub)
    km = backbone.km[first].astype(float) + backbone.km[second]
    hops = backbone.hops[first].astype(np.int64) + backbone.hops[second]
    return km + sender.tail_km + receiver.tail_km, hops


def router_hops(
    source: Hosts, hubs: IntArray, family: int, parameters: Parameters, rng: np.random.Generator
) -> IntArray:
    """Hops that a traceroute counts: access, backbone as far as it can be seen, and the target.

    Carriers that switch by labels hide some or most of their routers.

    Parameters
    ----------
    source
        Who measures, row by row of the pairs.
    hubs
        Number of hubs passed, shape (pairs,).
    family
        4 or 6.
    parameters
        What the simulated Internet is like.
    rng
        Source of the random numbers.

    Returns
    -------
    numpy.ndarray
        Shape (pairs,).
    """
    carrier = source.carrier6 if family == 6 else source.carrier
    visible = np.linspace(parameters.visible_low, 1.0, parameters.carriers)[carrier]
    near = np.where(source.technology == "datacentre", 1, _HOME_HOPS) + rng.binomial(
        2, _HOP_MORE, len(source)
    )
    backbone = rng.binomial(hubs + 1, visible)
    return near + backbone + 1 + rng.binomial(1, _HOP_MORE, len(source))


def floors(
    source: Hosts,
    target: Hosts,
    family: int,
    backbone: Backbone,
    parameters: Parameters,
    rng: np.random.Generator,
    excess_ms: FloatArray | float = 0.0,
) -> Floors:
    """Floors of pairs: row i of `source` measures row i of `target`.

    The round trip is fibre there and back at the speed of light in fibre, plus the time in routers,
    both last miles, and on some pairs a standing excess.

    Parameters
    ----------
    source
        Who measures, row by row of the pairs.
    target
        Who is measured, row by row of the pairs.
    family
        4 or 6.
    backbone
        Routes of the carriers.
    parameters
        What the simulated Internet is like.
    rng
        Source of the random numbers.
    excess_ms
        What the source adds to every round trip of its own, ms.

    Returns
    -------
    Floors
        RTT when nothing queues, path length and hops of each pair.
    """
    there, back = passed_hubs(source, target, family, backbone, parameters, rng)
    km_there, hubs_there = one_way_km(source, target, there, family, backbone)
    km_back, hubs_back = one_way_km(target, source, back, family, backbone)
    path_km = (km_there + km_back) / 2
    routers = router_hops(source, hubs_there, family, parameters, stream_of_its_own(rng))
    worse = np.maximum(source.grade, target.grade) - 1
    share = parameters.slow_share * parameters.slow_growth**worse
    # Standing congestion is met on long-haul links: short ways cross few of them.
    slow = rng.random(len(source)) < share * np.minimum(path_km / _CONGESTED_KM, 1.0)
    excess = np.where(slow, rng.exponential(parameters.slow_ms, len(source)), 0.0)
    work = (
        parameters.hop_ms
        * (routers + hubs_back)
        * rng.gamma(_WORK_SHAPE, 1 / _WORK_SHAPE, len(source))
    )
    handover = parameters.handover_ms * np.exp(
        parameters.handover_spread * rng.standard_normal(len(source))
    )
    handover[same_network(source, target, family)] = 0.0
    rtt_ms = (
        path_km / KM_PER_MS_RTT["fibre"]
        + source.access_ms
        + target.access_ms
        + excess
        + work
        + handover
        + excess_ms
    )
    # Upwards, so that rounding to whole microseconds never beats light.
    return Floors(np.ceil(rtt_ms * 1000).astype(np.int64), path_km, routers)
