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
from rttgeo.simulate.draws import stream_of_its_own
from rttgeo.simulate.hosts import Hosts
from rttgeo.simulate.parameters import Parameters, Reach, fitted
from rttgeo.simulate.placement import FIRST_HOME_PROBE, connect, mesh_anchors, scatter
from rttgeo.sphere import distance_km
from rttgeo.typing import IntArray

PACKETS = 3
"""Packets of one result."""

_PROBES_BY_PEOPLE = 0.75
"""Probes grow slower than cities: hosts of RIPE Atlas are volunteers, and small towns have some."""
_LOSS_SHAPE = 0.3
"""Shape of the gamma of loss shares: most pairs lose nothing, a few lose much. An assumption."""
_MOST_LOSS = 0.9
"""A pair that loses more would have been left out of the published data sets."""
_MESHED_SHARE = 0.96
_CONNECTED = 2.4  # probes of RIPE Atlas in 2017 over those that a data set has


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
        One row per pair and address family: ``pair, family, floor_us, path_km, hops, sent,
        lost``, and what its packets meet: ``jitter_us, shift_us, shift_at`` (a share of the
        period).
    """

    spec: tables.DatasetSpec
    seed: int
    scale: float
    parameters: Parameters
    nodes: Hosts
    source: IntArray
    target: IntArray
    series: pd.DataFrame


@lru_cache(maxsize=4)
def build_world(
    dataset: str, seed: int, scale: float, parameters: Parameters | None = None
) -> World:
    """Lay out a data set from a seed.

    Parameters
    ----------
    dataset
        Name of a data set of the papers, such as ``atlas-2017-07-11``.
    seed
        Of all random choices.
    scale
        Number of pairs over that of the published data set.
    parameters
        What the simulated Internet is like; those of the last fit by default.

    Returns
    -------
    World
        Hosts, pairs and the floor of every series.

    Raises
    ------
    NotThereError
        When there is no such data set.
    BadInputError
        When the scale is not a positive number, or the seed is negative.
    """
    parameters = parameters or fitted()
    spec = tables.dataset(dataset)
    if not 0 < scale < np.inf:
        raise BadInputError(f"scale is {scale}, expected a positive number")
    if seed < 0:
        raise BadInputError(f"seed is {seed}, expected a whole number from 0")
    rng = np.random.default_rng([seed, len(spec.name), spec.start_s])
    backbone = build_backbone(seed, parameters)
    everyone, n_mesh = _places(spec, scale, parameters, rng)
    forced = specials.settle(everyone, spec, n_mesh)
    is_anchor, targets = np.arange(len(everyone)) < n_mesh, len(spec.anchors)
    nodes = connect(everyone, is_anchor, backbone, parameters, rng, targets)
    specials.equip(nodes, forced)
    pairs = max(1, round(spec.pairs * scale))
    source, target = assign(nodes, spec, pairs, parameters, forced, rng)
    excess_ms = standing_excess(nodes, parameters, parameters.reach(spec.kind).excess_ms, rng)
    series = _series(nodes, source, target, excess_ms, spec, backbone, parameters, rng)
    return World(spec, seed, scale, parameters, nodes, source, target, series)


def _places(
    spec: tables.DatasetSpec, scale: float, parameters: Parameters, rng: np.random.Generator
) -> tuple[pd.DataFrame, int]:
    """Anchors, targets first, then home probes; and how many anchors there are."""
    targets = len(spec.anchors)
    share = parameters.reach(spec.kind).mesh_share * min(scale, 1.0)
    n_mesh = max(targets, round(spec.mesh_sources * share))
    n_probes = max(n_mesh, round(spec.probes * scale))
    places = mesh_anchors(spec, n_mesh, rng)
    homes = _homes(places[:targets], n_probes - n_mesh, n_probes, spec, parameters, rng)
    return pd.concat([places, homes], ignore_index=True), n_mesh


def _homes(
    targets: pd.DataFrame,
    count: int,
    n_probes: int,
    spec: tables.DatasetSpec,
    parameters: Parameters,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Home probes, in order of their numbers: of all that there are, those asked to measure."""
    homes = scatter(
        tables.cities(), round(_CONNECTED * count), rng, spread_km=parameters.home_spread_km,
        people_power=_PROBES_BY_PEOPLE, town_share=parameters.town_share, town_km=parameters.town_km,
    )  # fmt: skip
    liking = nearness(homes, targets, parameters.reach(spec.kind), parameters).sum(axis=1)
    asked = np.argsort(-np.log(liking) - rng.gumbel(size=len(homes)), kind="stable")[:count]
    homes = homes.iloc[np.sort(asked)].reset_index(drop=True)
    number = np.sort(rng.choice(np.arange(0, 5 * n_probes), count, replace=False))
    homes["probe"] = number + FIRST_HOME_PROBE
    homes["id"] = homes["probe"].astype(str)
    return homes


def nearness(
    homes: pd.DataFrame, targets: pd.DataFrame, reach: Reach, parameters: Parameters
) -> npt.NDArray[np.float64]:
    """How readily each home probe is asked to measure each target, shape (homes, targets).

    Parameters
    ----------
    homes
        Home probes, with ``lon`` and ``lat`` in degrees.
    targets
        Targets, likewise.
    reach
        How far probes reach.
    parameters
        What the simulated Internet is like.

    Returns
    -------
    numpy.ndarray
        Weights from 0 to 1 plus that of targets however far, shape (homes, targets).
    """
    away = distance_km(
        homes["lon"].to_numpy()[:, None], homes["lat"].to_numpy()[:, None],
        targets["lon"].to_numpy(), targets["lat"].to_numpy(),
    )  # fmt: skip
    weight: npt.NDArray[np.float64] = np.exp(-((away / reach.km) ** parameters.assign_power))
    return weight + reach.far


def assign(
    nodes: Hosts,
    spec: tables.DatasetSpec,
    pairs: int,
    parameters: Parameters,
    forced: dict[int, int],
    rng: np.random.Generator,
) -> tuple[IntArray, IntArray]:
    """Choose who measures whom: every anchor all targets, every home probe some that are near.

    Each home probe measures one target at least, if the number of pairs allows.

    Parameters
    ----------
    nodes
        Targets first, then other anchors, then home probes.
    spec
        The data set.
    pairs
        How many pairs in all.
    parameters
        What the simulated Internet is like.
    forced
        Pairs that must be there: row of the source, number of the target.
    rng
        Source of the random numbers.

    Returns
    -------
    tuple
        Source and target of each pair, sorted by target, then source; shape (pairs,) each.
    """
    home = np.flatnonzero(~nodes.is_anchor)
    by_mesh = _mesh_pairs(nodes, len(spec.anchors), max(1, pairs - len(home)), forced, rng)
    reach = parameters.reach(spec.kind)
    places = pd.DataFrame({"lon": nodes.lon, "lat": nodes.lat})
    weight = nearness(places.iloc[home], places[: len(spec.anchors)], reach, parameters)
    by_home = _home_pairs(weight, home, pairs - len(by_mesh[0]), forced, rng)
    source = np.concatenate([by_mesh[0], by_home[0]])[:pairs]
    target = np.concatenate([by_mesh[1], by_home[1]])[:pairs]
    order = np.lexsort((source, target))
    return source[order], target[order]


def _mesh_pairs(
    nodes: Hosts, targets: int, most: int, forced: dict[int, int], rng: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Pairs of anchors; a few in a hundred are missing."""
    mesh = np.flatnonzero(nodes.is_anchor)
    source, target = (g.ravel() for g in np.meshgrid(mesh, np.arange(targets), indexing="ij"))
    source, target = source[source != target], target[source != target]
    keep = min(round(_MESHED_SHARE * len(source)), most)
    must = np.array([forced.get(int(a)) == b for a, b in zip(source, target, strict=True)])
    key = rng.random(len(source)) - must
    chosen = np.sort(np.argsort(key, kind="stable")[:keep])
    return source[chosen], target[chosen]


def _home_pairs(
    weight: npt.NDArray[np.float64],
    home: IntArray,
    pairs: int,
    forced: dict[int, int],
    rng: np.random.Generator,
) -> tuple[IntArray, IntArray]:
    """Targets of each home probe: one at least, drawn without replacement by weight."""
    targets = weight.shape[1]
    keys = np.log(weight) + rng.gumbel(size=weight.shape)
    for row, target in forced.items():
        keys[home == row, target] = np.inf
    order = np.argsort(-keys, axis=1, kind="stable")
    more = rng.permutation(len(home) * (targets - 1))[: max(0, pairs - len(home))]
    count = 1 + np.bincount(more // max(targets - 1, 1), minlength=len(home))
    rows, ranks = np.nonzero(np.arange(targets)[None, :] < count[:, None])
    return home[rows], order[rows, ranks]


def standing_excess(
    nodes: Hosts, parameters: Parameters, mean_ms: float, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Draw what each probe adds to all its round trips: gamma distributed, nothing for anchors.

    A generator of its own draws it, so that a mean of zero leaves every other draw alone.

    Parameters
    ----------
    nodes
        Who gets one, shape (n,).
    parameters
        What the simulated Internet is like.
    mean_ms
        Mean over home probes, ms.
    rng
        Source of the random numbers.

    Returns
    -------
    numpy.ndarray
        Milliseconds, shape (n,).
    """
    hosted = nodes.technology == "datacentre"
    mean = mean_ms * np.where(hosted, parameters.trace_excess_hosted, 1.0)
    mean = np.where(nodes.is_anchor, 0.0, mean)
    shape = parameters.trace_excess_shape
    found: npt.NDArray[np.float64] = (
        stream_of_its_own(rng).gamma(shape, 1 / shape, len(nodes)) * mean
    )
    return found


def _series(
    nodes: Hosts,
    source: IntArray,
    target: IntArray,
    excess_ms: npt.NDArray[np.float64],
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
        own = excess_ms[source[pair]]
        floor = paths.floors(src, dst, family, backbone, parameters, rng, own)
        part = pd.DataFrame({"pair": pair, "family": family, **floor._asdict()})
        parts.append(_add_behaviour(part, src, spec, parameters, rng))
    series = pd.concat(parts, ignore_index=True).rename(columns={"rtt_us": "floor_us"})
    series = series.sort_values(["pair", "family"], ignore_index=True)
    pair = series["pair"].to_numpy()
    return specials.shape(series, nodes.probe[source[pair]], target[pair], spec)


def _add_behaviour(
    part: pd.DataFrame,
    source: Hosts,
    spec: tables.DatasetSpec,
    parameters: Parameters,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """What the packets of each series will meet: queueing, a change of route, loss."""
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
    share = np.minimum(rng.gamma(_LOSS_SHAPE, loss / _LOSS_SHAPE, n), _MOST_LOSS)
    part["sent"] = sent
    part["lost"] = np.minimum(stream_of_its_own(rng).binomial(sent, share), sent - 1)
    return part
