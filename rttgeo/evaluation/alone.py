"""Each target by itself: the situation of someone who pings one host and knows no other.

A method sees only the landmarks and their round-trip times to this one target; its place is hidden,
and all other targets are left out. So nothing can be learnt from the mesh, and the result does not
depend on which targets are scored together.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np
import pandas as pd

from rttgeo import mesh as meshes
from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.errors import BadInputError
from rttgeo.estimators.api import locate_many
from rttgeo.estimators.calibrated.known import rtt_words
from rttgeo.estimators.estimate import Estimate, Estimator
from rttgeo.estimators.training import keep_pairs, usable_pairs
from rttgeo.evaluation.protocol import Baseline
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.typing import IntArray


class Drawn(NamedTuple):
    """Which landmarks a target is located from.

    Attributes
    ----------
    landmarks
        How many to draw; all of them if there are fewer, or if None.
    exclude_km
        Landmarks within this distance of the true place are not drawn.
    seed
        Seed of the draws, which depend on the target's round-trip times and its landmarks,
        not on other targets or on names.
    """

    landmarks: int | None
    exclude_km: float
    seed: int


def drawn_pairs(mesh: Mesh, target: int, drawn: Drawn) -> TargetPairs:
    """Select the pairs of one target with landmarks drawn at random.

    Parameters
    ----------
    mesh, target
        The measurements, and the row number of the target.
    drawn
        Which landmarks.

    Returns
    -------
    TargetPairs
        Pairs of the target with the drawn landmarks, or all of its pairs if there are no more.

    Raises
    ------
    BadInputError
        When the number to draw is below 1.
    """
    landmarks, exclude_km, seed = drawn
    if landmarks is not None and landmarks < 1:
        raise BadInputError(f"cannot draw {number_of(landmarks, 'landmark')}, expected 1 or more")
    pairs = usable_pairs(mesh, target, exclude_km)
    if landmarks is None or len(pairs.rtt_ms) <= landmarks:
        return pairs
    (word,) = rtt_words(pairs.rtt_ms, np.array([0, len(pairs.rtt_ms)]), np.array([0])).tolist()
    rng = np.random.default_rng([seed, word])
    chosen = np.zeros(len(pairs.rtt_ms), dtype=bool)
    chosen[rng.permutation(len(chosen))[:landmarks]] = True
    return keep_pairs(pairs, chosen)


def alone(mesh: Mesh, target: int, pairs: TargetPairs) -> Mesh:
    """Make a mesh of one target, its place hidden, and the landmarks of these pairs.

    Parameters
    ----------
    mesh
        The measurements, with the places of landmarks and targets.
    target
        Row number of the target.
    pairs
        Round-trip times (ms) of the target, with the landmarks' numbers.

    Returns
    -------
    Mesh
        The mesh, with one target.
    """
    table = mesh.landmarks.iloc[pairs.landmark]
    nowhere = [np.nan]
    one = meshes.nodes([str(mesh.targets.index[target])], nowhere, nowhere)
    rows = pd.DataFrame({"landmark": np.arange(len(table)), "target": 0, "rtt_ms": pairs.rtt_ms})
    return Mesh.build(table, one, rows, mesh.provenance)


def locate_alone(
    mesh: Mesh, method: str | Estimator, grid: Grid, drawn: Drawn, targets: IntArray
) -> tuple[list[Estimate], float, float]:
    """Locate targets one by one, each alone.

    Parameters
    ----------
    mesh
        The measurements, with the places of landmarks and targets.
    method
        Name of a method, or an estimator.
    grid
        Grid of the regions.
    drawn
        Which landmarks are drawn at random.
    targets
        Row numbers of the targets, shape (n,).

    Returns
    -------
    tuple[list[Estimate], float, float]
        Estimates in the order of the targets, wall time (s), and processor time (s).
    """
    found: list[Estimate] = []
    began, used = time.perf_counter(), time.process_time()
    for target in map(int, targets):
        one = alone(mesh, target, drawn_pairs(mesh, target, drawn))
        found += locate_many(one, [0], method=method, grid=grid)
    return found, time.perf_counter() - began, time.process_time() - used


def shortest_ping_alone(mesh: Mesh, targets: IntArray, drawn: Drawn) -> Baseline:
    """Answer with the place of the quickest of the drawn landmarks (shortest ping).

    Parameters
    ----------
    mesh
        The measurements, with the places of landmarks and targets.
    targets
        Row numbers of the targets, shape (n,).
    drawn
        Which landmarks are drawn at random.

    Returns
    -------
    Baseline
        Error (km) and lowest RTT (ms) for each target, each of shape (n,).
    """
    lon, lat = mesh.target_lonlat
    errors, lowest = np.empty(len(targets)), np.empty(len(targets))
    for row, target in enumerate(map(int, targets)):
        pairs = drawn_pairs(mesh, target, drawn)
        first = int(np.argmin(pairs.rtt_ms))
        lowest[row] = pairs.rtt_ms[first]
        errors[row] = sphere.distance_km(
            pairs.lon[first], pairs.lat[first], lon[target], lat[target]
        )
    return Baseline(errors, lowest)
