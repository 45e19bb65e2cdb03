"""One simulated Internet: nodes, who measures whom, and the floor of every series."""

from __future__ import annotations

import dataclasses
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo.errors import BadInputError
from rttgeo.simulate import paths, specials, tables
from rttgeo.simulate.backbone import Backbone, build_backbone
from rttgeo.simulate.parameters import Parameters, Reach, fitted
from rttgeo.simulate.placement import _FIRST_HOME_PROBE, Nodes, connect, mesh_anchors, scatter
from rttgeo.sphere import distance_km

IntArray = npt.NDArray[np.int64]
PACKETS = 3
"""Packets of one result."""


@dataclasses.dataclass
class World:
    """A simulated data set before any packet is sent.

    Attributes
    ----------
    spec, seed, scale, parameters
        What it was made from.
    nodes
        Anchors first (the targets before the others), then home probes.
    source, target
        Node numbers of each pair; sorted by target, then source.
    series
        One row a pair and address family: ``pair, family, floor_us, path_km, hops, sent,
        lost``, and what its packets meet: ``jitter_us, shift_us, shift_at`` (a share of the
        period).
    """

    spec: tables.DatasetSpec
    seed: int
    scale: float
    parameters: Parameters
    nodes: Nodes
    source: IntArray
    target: IntArray
    series: pd.DataFrame


@lru_cache(maxsize=4)
def build_world(
    dataset: str, seed: int, scale: float, parameters: Parameters | None = None
) -> World:
    """Lay out a data set from a seed.

    Raises
    ------
    BadInputError
        When the scale is not positive, or so small that no pairs are left.
    """
    parameters = parameters or fitted()
    spec = tables.dataset(dataset)
    if not scale > 0:
        raise BadInputError(f"scale is {scale}, expected a positive number")
    targets = len(spec.anchors)
    reach = parameters.reach(spec.kind)
    n_mesh = max(targets, round(spec.mesh_sources * reach.mesh_share * min(scale, 1.0)))
    n_probes = max(n_mesh, round(spec.probes * scale))
    rng = np.random.default_rng([seed, len(spec.name), spec.start_s])
    backbone = build_backbone(seed, parameters)
    places = mesh_anchors(spec, n_mesh, rng)
    homes = scatter(
        tables.cities(),
        n_probes - n_mesh,
        rng,
        spread_km=parameters.home_spread_km,
        people_power=0.75,
    )
    number = np.sort(rng.choice(np.arange(0, 5 * n_probes), len(homes), replace=False))
    homes["probe"] = number + _FIRST_HOME_PROBE
    homes["id"] = homes["probe"].astype(str)
    everyone = pd.concat([places, homes], ignore_index=True)
    forced = specials.settle(everyone, spec, n_mesh)
    is_anchor = np.arange(len(everyone)) < n_mesh
    nodes = connect(everyone, is_anchor, backbone, parameters, rng)
    specials.equip(nodes, forced)
    source, target = assign(
        nodes, targets, max(1, round(spec.pairs * scale)), reach, parameters, forced, rng
    )
    series = _series(nodes, source, target, spec, backbone, parameters, rng)
    return World(spec, seed, scale, parameters, nodes, source, target, series)


def assign(
    nodes: Nodes,
    targets: int,
    pairs: int,
    reach: Reach,
    parameters: Parameters,
    forced: dict[int, int],
    rng: np.random.Generator,
) -> tuple[IntArray, IntArray]:
    """Who measures whom: every anchor all targets, every home probe some that are near.

    Each home probe measures one target at least, if the number of pairs allows.
    """
    mesh = np.flatnonzero(nodes.is_anchor)
    home = np.flatnonzero(~nodes.is_anchor)
    s, t = (grid.ravel() for grid in np.meshgrid(mesh, np.arange(targets), indexing="ij"))
    s, t = s[s != t], t[s != t]
    # At any scale the meshed anchors make about as large a part of the pairs as at scale 1.
    keep = min(len(s), round(0.96 * len(s)), max(1, pairs - len(home)))
    must = np.array([forced.get(int(a)) == b for a, b in zip(s, t, strict=True)])
    chosen = np.sort(np.argsort(rng.random(len(s)) - must, kind="stable")[:keep])
    s, t = s[chosen], t[chosen]
    wanted = pairs - len(s)
    lon, lat = nodes.lon, nodes.lat
    away = distance_km(lon[home, None], lat[home, None], lon[:targets], lat[:targets])
    weight = np.exp(-((away / reach.km) ** parameters.assign_power)) + reach.far
    keys = np.log(weight) + rng.gumbel(size=weight.shape)
    for row, to in forced.items():
        if row >= len(mesh):
            keys[row - len(mesh), to] = np.inf
    order = np.argsort(-keys, axis=1, kind="stable")
    extra = rng.permutation(len(home) * (targets - 1))[: max(0, wanted - len(home))]
    count = 1 + np.bincount(extra // max(targets - 1, 1), minlength=len(home))
    rank = np.arange(targets)[None, :] < count[:, None]
    rows, cols = np.nonzero(rank)
    source = np.concatenate([s, home[rows]])[:pairs]
    target = np.concatenate([t, order[rows, cols]])[:pairs]
    by_target = np.lexsort((source, target))
    return source[by_target], target[by_target]


def _series(
    nodes: Nodes,
    source: IntArray,
    target: IntArray,
    spec: tables.DatasetSpec,
    backbone: Backbone,
    parameters: Parameters,
    rng: np.random.Generator,
) -> pd.DataFrame:
    parts = []
    for family in (4, 6):
        pair = np.arange(len(source))
        if family == 6:
            pair = pair[nodes.ipv6[source] & nodes.ipv6[target]]
        src, dst = nodes.take(source[pair]), nodes.take(target[pair])
        excess = parameters.reach(spec.kind).excess_ms
        floor = paths.floors(src, dst, family, backbone, parameters, rng, excess)
        part = pd.DataFrame({"pair": pair, "family": family, **floor._asdict()})
        parts.append(_add_behaviour(part, src, spec, parameters, rng))
    series = pd.concat(parts, ignore_index=True).rename(columns={"rtt_us": "floor_us"})
    series = series.sort_values(["pair", "family"], ignore_index=True)
    pair = series["pair"].to_numpy()
    return specials.shape(series, nodes.probe[source[pair]], target[pair], spec)


def _add_behaviour(
    part: pd.DataFrame,
    source: Nodes,
    spec: tables.DatasetSpec,
    parameters: Parameters,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """What the packets of each series will meet: queueing, a change of route, loss."""
    # Binomial draws take from a generator of their own, here and in the paths: how many numbers
    # they take depends on the parameters, and all later draws would change with these.
    n = len(part)
    sent = spec.rounds * PACKETS
    level = parameters.jitter_us * np.exp(parameters.jitter_spread * rng.standard_normal(n))
    part["jitter_us"] = level * source.jitter + parameters.jitter_per_ms * part["rtt_us"]
    days = spec.rounds * spec.interval_s / 86_400
    changes = rng.random(n) < 1 - np.exp(-parameters.route_changes_per_day * days)
    step = np.ceil(rng.exponential(parameters.route_change_ms * 1000, n)).astype(np.int64)
    part["shift_us"] = np.where(changes, step, 0)
    part["shift_at"] = rng.uniform(-0.8, 0.8, n)  # before (negative) or after that share is worse
    loss = parameters.reach(spec.kind).loss
    share = np.minimum(rng.gamma(0.3, loss / 0.3, n), 0.9)
    part["sent"] = sent
    part["lost"] = np.minimum(rng.spawn(1)[0].binomial(sent, share), sent - 1)
    return part
