"""How long a packet takes between two nodes when nothing queues: the floor of a pair.

Everything is the round trip: forward over the source's carrier, back over the target's.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.simulate.backbone import Backbone
from rttgeo.simulate.parameters import Parameters
from rttgeo.simulate.placement import Nodes

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

# Share of routes that lead past a distant exchange both ways once they do so one way.
_SAME_WAY_BACK = 0.6

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


def detours(
    source: Nodes, target: Nodes, family: int, parameters: Parameters, rng: np.random.Generator
) -> tuple[BoolArray, BoolArray]:
    """Whether the way there (and back) leads past the large exchange of its sender."""
    peering = np.array([parameters.peering_1, parameters.peering_2, parameters.peering_3])
    ways = []
    for sender in (source, target):
        chance = peering[sender.grade - 1]
        chance = np.where(sender.is_anchor, 1 - 0.5 * (1 - chance), chance)
        off = rng.random(len(sender)) > chance
        ways.append(off | (sender.tunnel & (family == 6)))
    # Networks that meet nowhere near on the way there seldom do on the way back.
    back = np.where(rng.random(len(source)) < _SAME_WAY_BACK, ways[0], ways[1])
    return ways[0], back


def one_way_km(
    sender: Nodes, receiver: Nodes, detour: BoolArray, family: int, backbone: Backbone
) -> tuple[FloatArray, IntArray]:
    """Fibre from senders to receivers in km, and the hubs passed."""
    carrier = sender.carrier6 if family == 6 else sender.carrier
    direct = (carrier, sender.hub, receiver.hub)
    first, second = (carrier, sender.hub, sender.transit), (carrier, sender.transit, receiver.hub)
    km = np.where(detour, backbone.km[first] + backbone.km[second], backbone.km[direct])
    hops = np.where(detour, backbone.hops[first] + backbone.hops[second], backbone.hops[direct])
    return km.astype(float) + sender.tail_km + receiver.tail_km, hops.astype(np.int64)


def router_hops(
    source: Nodes, hubs: IntArray, family: int, parameters: Parameters, rng: np.random.Generator
) -> IntArray:
    """Hops that a traceroute counts: access, backbone as far as it can be seen, and the target.

    Carriers that switch by labels hide some or most of their routers.
    """
    carrier = source.carrier6 if family == 6 else source.carrier
    visible = np.linspace(parameters.visible_low, 1.0, parameters.carriers)[carrier]
    near = np.where(source.technology == "datacentre", 1, 3) + rng.binomial(2, 0.4, len(source))
    backbone = rng.binomial(hubs + 1, visible)
    return near + backbone + 1 + rng.binomial(1, 0.4, len(source))


def floors(
    source: Nodes,
    target: Nodes,
    family: int,
    backbone: Backbone,
    parameters: Parameters,
    rng: np.random.Generator,
) -> Floors:
    """Floors of pairs: row i of `source` measures row i of `target`.

    The round trip is fibre there and back at the speed of light in fibre, plus the time in
    routers, both last miles, and on some pairs a standing excess.
    """
    there, back = detours(source, target, family, parameters, rng)
    km_there, hubs_there = one_way_km(source, target, there, family, backbone)
    km_back, hubs_back = one_way_km(target, source, back, family, backbone)
    path_km = (km_there + km_back) / 2
    routers = router_hops(source, hubs_there, family, parameters, rng.spawn(1)[0])
    worse = np.maximum(source.grade, target.grade) - 1
    slow = rng.random(len(source)) < parameters.slow_share * parameters.slow_growth**worse
    excess = np.where(slow, rng.exponential(parameters.slow_ms, len(source)), 0.0)
    work = parameters.hop_ms * (routers + hubs_back) * rng.gamma(4.0, 0.25, len(source))
    rtt_ms = path_km / KM_PER_MS_RTT["fibre"] + source.access_ms + target.access_ms + excess + work
    # Upwards, so that rounding to whole microseconds never beats light.
    return Floors(np.ceil(rtt_ms * 1000).astype(np.int64), path_km, routers)
