"""The parameters of the simulated Internet: one table, fitted by ``tools/fit_simulator.py``."""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from typing import NamedTuple

from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError

PARAMETER_FILE = "simulate/parameters.json"


class Reach(NamedTuple):
    """Which anchors the probes of a data set were told to measure (not published).

    Anchoring measurements are made by all anchors and by as many probes as made 400 together
    when the anchor was new, a set of its own for each (RIPE Labs, "Anchoring Measurements:
    Bringing Back the Balance"); how near these were is not stated.

    Attributes
    ----------
    km
        How far a home probe is from its targets: length of the decay of their weight.
    far
        Weight of targets however far.
    mesh_share
        Anchors that measure all targets, over the number in the data set's table.
    excess_ms
        Mean of a standing excess of home probes (mostly small, the same to all targets):
        traceroute, which their small processors time less well than ping.
    loss
        Mean share of packets without an answer.
    """

    km: float
    far: float
    mesh_share: float
    excess_ms: float
    loss: float


@dataclasses.dataclass(frozen=True)
class Parameters:
    """The parameters that the fit may change; all else in the simulated Internet is tables of facts.

    Attributes
    ----------
    carriers
        Backbone operators, each with its own choice of links.
    route_noise
        Spread (of the logarithm) of the cost of a link to a carrier: routing by policy.
    missing_share, missing_cost
        Share of links that a carrier does not own, and how much more they cost it.
    cable_slack, land_slack
        Fibre for each kilometre of a link's charted length, at sea and on land, at least 1.
    tail_stretch, tail_spread
        Median length of the way from a node to its hub over the great circle, and the spread
        of its logarithm.
    central_share
        Share of nodes that reach the backbone at their country's largest hub, not the nearest.
    peering_1, peering_2, peering_3
        Probability that a route stays on the direct way rather than passing a distant large
        exchange, by the grade of the country's interconnection (1 is best).
    peering_spread
        Spread (of the logarithm of the odds) of that probability between networks.
    transit_km, transit_growth
        How far the exchanges are that serve a node which is not served nearby (length of an
        exponential decay), and the factor on it for each grade of worse interconnection.
    long_way
        Probability that the longest routes make a detour via a large exchange somewhere in the
        world; proportionally less for shorter ones.
    hop_ms
        Time that a router on the path adds to the round trip, ms.
    handover_ms, handover_spread
        Median of what it takes to leave one network for another (rings of a city, exchanges,
        border routers), and the spread of its logarithm between pairs; nothing within one
        network.
    access_scale
        Lowest last-mile delay over that of the table of access technologies, whose delays are
        medians over time.
    hosted_share
        Share of probes that are on a network's own premises, beyond those of that table.
    anchor_ms, anchor_spread
        Median delay at the anchor's side, and the spread of its logarithm.
    anchor_office_share, anchor_office_ms
        Share of anchors behind an access line, and its mean delay.
    visible_low
        Share of a carrier's routers that a traceroute sees, for the carrier that hides most.
    slow_share, slow_ms
        Share of pairs with a standing excess (congestion, tunnels) and its mean.
    slow_growth
        Factor on that share for each grade of worse interconnection at either end.
    home_spread_km
        Mean distance of a home probe from the centre of a city of a million.
    town_share, town_km
        Share of home probes in smaller towns around a city, and their mean distance from it.
    trace_excess_shape, trace_excess_hosted
        How alike probes are in the excess of traceroute (shape of a gamma distribution), and the
        mean of those on a network's own premises divided by that of the others.
    ping_km, ping_far, ping_mesh; trace_km, trace_far, trace_mesh, trace_excess_ms
        Which probes measure which targets in the ping and in the traceroute data set; see `Reach`.
    assign_power
        How sharply the choice of targets falls off with distance (1 exponential, 2 Gaussian).
    jitter_us, jitter_spread
        Median queueing per packet of a series, and the spread of its logarithm between series.
    jitter_per_ms
        Queueing that comes with each millisecond of the path, as a fraction.
    diurnal
        How much heavier queueing is at the busiest local hour than at the quietest.
    spike_share, spike_ms
        Share of packets that meet a burst, and its mean.
    ping_loss, trace_loss
        Mean share of packets without an answer, in either data set (routers and anchors answer
        traceroute less willingly).
    route_changes_per_day, route_change_ms
        Level shifts of a series, and the mean step.
    tunnel_share
        Share of IPv6 nodes reached through a tunnel broker at a large exchange.
    dual_stack_share
        Share of home probes with IPv6.
    """

    carriers: int = 12
    route_noise: float = 0.2845
    missing_share: float = 0.3
    missing_cost: float = 2.0
    cable_slack: float = 1.094
    land_slack: float = 1.205
    tail_stretch: float = 1.61
    tail_spread: float = 0.25
    central_share: float = 0.01937
    peering_1: float = 0.998
    peering_2: float = 0.9866
    peering_3: float = 0.3526
    peering_spread: float = 0.8798
    transit_km: float = 431.2
    transit_growth: float = 1.63
    slow_growth: float = 1.3
    long_way: float = 0.07697
    hop_ms: float = 0.09861
    handover_ms: float = 0.8159
    handover_spread: float = 0.8156
    access_scale: float = 0.1943
    hosted_share: float = 0.01358
    anchor_ms: float = 0.9408
    anchor_spread: float = 1.036
    anchor_office_share: float = 0.0103
    anchor_office_ms: float = 15.0
    visible_low: float = 0.7539
    slow_share: float = 0.0537
    slow_ms: float = 275.8
    home_spread_km: float = 23.88
    town_share: float = 0.6326
    town_km: float = 79.78
    ping_km: float = 1334.0
    ping_far: float = 0.003835
    ping_mesh: float = 0.5628
    trace_km: float = 372.5
    trace_far: float = 0.09994
    trace_mesh: float = 0.5718
    trace_excess_ms: float = 12.6
    trace_excess_shape: float = 1.621
    trace_excess_hosted: float = 0.5885
    assign_power: float = 2.762
    jitter_us: float = 238.8
    jitter_spread: float = 1.0
    jitter_per_ms: float = 0.0001773
    diurnal: float = 1.0
    spike_share: float = 0.01
    spike_ms: float = 12.0
    ping_loss: float = 0.012
    trace_loss: float = 0.09667
    route_changes_per_day: float = 0.25
    route_change_ms: float = 9.0
    tunnel_share: float = 0.05
    dual_stack_share: float = 0.5755

    def reach(self, kind: str) -> Reach:
        """Return which probes measure which targets in a data set of pings or traceroutes.

        Parameters
        ----------
        kind
            ``ping``; anything else means ``traceroute``.

        Returns
        -------
        Reach
            Distances, shares, excess and loss of that kind.
        """
        if kind == "ping":
            return Reach(self.ping_km, self.ping_far, self.ping_mesh, 0.0, self.ping_loss)
        return Reach(
            self.trace_km, self.trace_far, self.trace_mesh, self.trace_excess_ms, self.trace_loss
        )

    def to_dict(self) -> dict[str, float]:
        """Return name and value of every parameter.

        Returns
        -------
        dict
            By name.
        """
        return dataclasses.asdict(self)


@cache
def fitted() -> Parameters:
    """Read the parameters as the last fit left them in ``data/simulate/parameters.json``.

    Returns
    -------
    rttgeo.simulate.parameters.Parameters
        All of them.

    Raises
    ------
    BadInputError
        When the file names a parameter that does not exist, or lacks one.
    """
    path = data_path(PARAMETER_FILE)
    values = json.loads(path.read_text(encoding="utf-8"))["parameters"]
    known = {field.name for field in dataclasses.fields(Parameters)}
    if set(values) != known:
        odd = sorted(set(values) ^ known)[0]
        raise BadInputError(f"{path}: parameter {odd!r} is unknown or missing")
    return Parameters(**values)
