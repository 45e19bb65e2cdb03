"""How nodes reach their network: last miles, anchors' rooms, and how openly a network peers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, ndtri

from rttgeo.simulate import tables
from rttgeo.simulate.parameters import Parameters
from rttgeo.typing import FloatArray, IntArray

_ANCHOR_JITTER = 0.4
"""Jitter of an anchor over that of a usual probe: wired, in a rack, with nothing else to do."""
_LINE_SHAPE = 4.0
"""Shape of the gamma of office lines: their delays vary by half of the mean. An assumption."""
STEPS = (5**0.5 % 1, 2**0.5 % 1, 3**0.5 % 1)
"""Shares of a distribution that no sum of few of them makes whole; see `even_normal`."""

KNOWN_MS = {"nl-ams-as3333": 2.5, "it-trn-as12779": 3.5, "ch-zrh-as559": 18.0}
"""Delays at the side of three anchors, planted: the white paper counts many probes below 10 ms
around the first and few around the second; and one anchor, it does not say which, is so far off
that its median relative error is 100 %."""


def even_normal(lon: FloatArray, targets: int, step: float, rng: np.random.Generator) -> FloatArray:
    """Normal draws; those of the first `targets` are spread evenly over the distribution.

    From one target to the next in order of longitude, the draws go on by a share `step`
    (irrational) of the distribution: so few show all of it, and neighbours differ.

    Parameters
    ----------
    lon
        Longitudes of the nodes, degrees, shape (n,).
    targets
        How many nodes, the first ones, are targets.
    step
        Share of the distribution from one target to the next, irrational.
    rng
        Source of the random numbers.

    Returns
    -------
    numpy.ndarray
        Shape (n,).
    """
    draws = rng.standard_normal(len(lon))
    order = lon[:targets].argsort(kind="stable").argsort(kind="stable")
    share = (rng.random() + step * order) % 1
    draws[:targets] = ndtri(np.clip(share, 0.5 / max(targets, 1), 1 - 0.5 / max(targets, 1)))
    return draws


def openness(
    grade: IntArray,
    is_anchor: npt.NDArray[np.bool_],
    quality: FloatArray,
    parameters: Parameters,
) -> FloatArray:
    """Share of direct ways of each node's network: some peer everywhere, some hardly at all.

    Parameters
    ----------
    grade
        How well a node's country is connected, 1 (best) to 3, shape (n,).
    is_anchor
        Which nodes are anchors, shape (n,).
    quality
        Standard normal draws, by which networks of one grade differ, shape (n,).
    parameters
        What the simulated Internet is like.

    Returns
    -------
    numpy.ndarray
        From 0 to 1, shape (n,).
    """
    peering = np.array([parameters.peering_1, parameters.peering_2, parameters.peering_3])
    usual = peering[grade - 1]
    usual = np.where(is_anchor, 1 - 0.5 * (1 - usual), usual)
    return np.asarray(expit(logit(usual) + parameters.peering_spread * quality))


def last_mile(
    lon: FloatArray,
    grade: IntArray,
    is_anchor: npt.NDArray[np.bool_],
    known_ms: FloatArray,
    targets: int,
    parameters: Parameters,
    rng: np.random.Generator,
) -> tuple[npt.NDArray[np.str_], FloatArray, FloatArray]:
    """Access technology, its round trip in ms, and its factor on queueing, of each node.

    Parameters
    ----------
    lon
        Longitudes of the nodes, degrees, shape (n,).
    grade
        How well a node's country is connected, 1 (best) to 3, shape (n,).
    is_anchor
        Which nodes are anchors, shape (n,).
    known_ms
        Published last mile of a node, ms, NaN where there is none, shape (n,).
    targets
        How many nodes, the first ones, are targets.
    parameters
        What the simulated Internet is like.
    rng
        Source of the random numbers.

    Returns
    -------
    tuple
        Name of the technology, round trip over the last mile, ms, and factor on queueing; shape
        (n,) each.
    """
    table = tables.access()
    shares = table[["share_1", "share_2", "share_3"]].to_numpy(dtype=float).cumsum(axis=0)
    draw = rng.random(len(grade))[:, None]
    kind = (draw > shares.T[grade - 1]).sum(axis=1).clip(0, len(table) - 1)
    # Atlas is hosted by networks more than people are: offices, universities, data centres.
    kind[rng.random(len(grade)) < parameters.hosted_share] = 0
    spread = table["log_spread"].to_numpy(dtype=float)[kind] * rng.standard_normal(len(grade))
    median = table["median_ms"].to_numpy(dtype=float)[kind] * parameters.access_scale
    anchor_ms = _anchor_ms(lon, known_ms, targets, parameters, rng)
    names = np.where(is_anchor, "datacentre", table["technology"].to_numpy(dtype=str)[kind])
    jitter = np.where(is_anchor, _ANCHOR_JITTER, table["jitter"].to_numpy(dtype=float)[kind])
    return names, np.where(is_anchor, anchor_ms, median * np.exp(spread)), jitter


def _anchor_ms(
    lon: FloatArray,
    known_ms: FloatArray,
    targets: int,
    parameters: Parameters,
    rng: np.random.Generator,
) -> FloatArray:
    """Round trip between each place and its network if it is an anchor's, in ms."""
    slower = even_normal(lon, targets, STEPS[1], rng)
    usual = parameters.anchor_ms * np.exp(parameters.anchor_spread * slower)
    # A few anchors stand in offices behind access lines, not in data centres.
    office = even_normal(lon, targets, STEPS[2], rng) < ndtri(parameters.anchor_office_share)
    line = parameters.anchor_office_ms * rng.gamma(_LINE_SHAPE, 1 / _LINE_SHAPE, len(lon))
    return np.where(np.isnan(known_ms), usual + np.where(office, line, 0.0), known_ms)
