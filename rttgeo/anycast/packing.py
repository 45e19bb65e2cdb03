"""The largest set of pairwise disjoint discs: at least that many places answer.

This is a maximum independent set of the graph that joins overlapping discs, as in iGreedy (Cicalese
et al., JSAC 2016), which finds it greedily; here it is found exactly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.errors import BadInputError
from rttgeo.kernels.disjoint import TOUCHING_RAD, holding_none
from rttgeo.machine.counting import number_of
from rttgeo.sphere import check_lonlat, distance_km, unit_vectors
from rttgeo.typing import BoolArray, FloatArray, IntArray

MOST_STEPS = 1000
"""Steps of branch and bound for each group of joined discs, after which the best result so far is
given with its bound. Steps and not seconds, so that a busy machine says the same."""
TIE_BREAK = 0.5
"""All preferences for small discs together count less than one disc."""
BLOCK = 512
"""Rows of the distance matrix computed at a time, so that memory stays in the tens of megabytes."""


class Packing(NamedTuple):
    """A set of pairwise disjoint discs.

    Attributes
    ----------
    discs
        Numbers of the discs, in order of radius.
    exact
        Whether it is proven that there is no larger set.
    at_most
        Upper bound on the size of such a set; the number of ``discs`` if that is exact.
    """

    discs: IntArray
    exact: bool
    at_most: int


def largest_disjoint(lon: npt.ArrayLike, lat: npt.ArrayLike, radius_km: npt.ArrayLike) -> Packing:
    """Find the largest set of pairwise disjoint discs; among equals, the one with smaller radii.

    Parameters
    ----------
    lon, lat
        Centres, degrees, shape (n,).
    radius_km
        Radii, km, 0 or more, shape (n,); infinite ones overlap everything.

    Returns
    -------
    Packing
        The set; empty if there are no discs.

    Raises
    ------
    BadInputError
        When a coordinate is out of range, a radius is negative or NaN, or the lengths differ.

    Notes
    -----
    Discs that contain another one are dropped first, since the smaller one can replace them in any
    set. The remaining discs fall into groups that do not overlap; each is an integer programme
    (maximise Σ x over discs, with Σ x ≤ 1 over discs that all overlap), solved by branch and bound
    (HiGHS). Of 2,400 landmarks of a root server, a few dozen discs in groups of six or fewer
    remain; 800 discs of 1,500 km scattered over the globe take half a second.
    """
    centre, radius = _checked(lon, lat, radius_km)
    kept = np.asarray(holding_none(centre, radius))
    meet = _meeting(centre[kept], radius[kept])
    _, group = connected_components(csr_array(meet), directed=False)
    chosen, exact, at_most = [], True, 0
    for number in np.unique(group):
        members = np.flatnonzero(group == number)
        within = _largest(meet[np.ix_(members, members)], radius[kept][members])
        chosen.append(members[within.discs])
        exact &= within.exact
        at_most += within.at_most
    rows = np.sort(np.concatenate(chosen)) if chosen else np.zeros(0, dtype=np.int64)
    return Packing(kept[rows], exact, at_most)


def quorum_radii(
    lon: npt.ArrayLike, lat: npt.ArrayLike, radius_km: npt.ArrayLike, quorum: int
) -> FloatArray:
    """Compute the radius around each landmark that holds the whole discs of several landmarks.

    Two such discs that are disjoint prove two places even if all but one of the landmarks in each
    are wrong. With a quorum of one, the radii do not change.

    Parameters
    ----------
    lon, lat, radius_km
        As for `largest_disjoint`.
    quorum
        Number of landmarks, 1 or more.

    Returns
    -------
    numpy.ndarray
        Radii, km, shape (n,); infinite if there are fewer landmarks.
    """
    x, y = check_lonlat(lon, lat)
    radius = np.asarray(radius_km, dtype=float)
    if quorum < 1:
        raise BadInputError(f"quorum is {quorum}, expected 1 or more")
    if quorum == 1:
        return radius
    if len(radius) < quorum:
        return np.full(len(radius), np.inf)
    reach = np.empty(len(radius))
    for start in range(0, len(radius), BLOCK):
        rows = slice(start, start + BLOCK)
        far = distance_km(x[rows, None], y[rows, None], x[None], y[None]) + radius[None]
        reach[rows] = np.partition(far, quorum - 1, axis=1)[:, quorum - 1]
    return reach


def _checked(
    lon: npt.ArrayLike, lat: npt.ArrayLike, radius_km: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Unit vectors and radii in radians; raises an error of one line if an input is invalid."""
    x, y = check_lonlat(lon, lat)
    radius = np.asarray(radius_km, dtype=float)
    if radius.shape != x.shape:
        raise BadInputError(f"{number_of(x.size, 'centre')} but {radius.size} radii")
    bad = np.flatnonzero(~(radius >= 0))
    if bad.size:
        raise BadInputError(f"radius_km number {bad[0]} is {radius[bad[0]]}, expected 0 or more")
    return unit_vectors(x, y), np.minimum(radius / EARTH_RADIUS_KM, 2 * np.pi)


def _meeting(centre: FloatArray, radius: FloatArray) -> BoolArray:
    """Whether discs overlap pairwise, to within the slack of `rttgeo.kernels.disjoint`."""
    both = radius[:, None] + radius[None] + TOUCHING_RAD
    meet: BoolArray = (both >= np.pi) | (centre @ centre.T >= np.cos(np.minimum(both, np.pi)))
    return meet


def _largest(meet: BoolArray, radius: FloatArray) -> Packing:
    """The largest pairwise disjoint set among connected discs."""
    n = len(radius)
    if n <= 2:
        # Two connected discs overlap; radii ascend.
        return Packing(np.zeros(1, dtype=np.int64), True, 1)
    weight = 1 - TIE_BREAK * radius / radius.sum() if radius.sum() > 0 else np.ones(n)
    solved = milp(
        -weight,
        integrality=np.ones(n),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(_cliques(meet), ub=1),
        options={"node_limit": MOST_STEPS},
    )
    if solved.status == 0:
        found = np.flatnonzero(solved.x > 0.5)
        return Packing(found, True, len(found))
    found = greedy_disjoint(meet) if solved.x is None else np.flatnonzero(solved.x > 0.5)
    # Each disc is in some clique, since all are connected, and each clique has at most one of the
    # set.
    at_most = _cliques(meet).shape[0]
    if solved.mip_dual_bound is not None and np.isfinite(solved.mip_dual_bound):
        # The preferences reduce the true number by less than `TIE_BREAK`.
        at_most = min(at_most, int(np.floor(-solved.mip_dual_bound + TIE_BREAK + 1e-6)))
    return Packing(found, at_most <= len(found), max(at_most, len(found)))


def greedy_disjoint(meet: BoolArray) -> IntArray:
    """Take discs in order, skipping those that overlap one already taken (iGreedy's rule).

    Parameters
    ----------
    meet
        Which discs overlap, shape (n, n), with discs in order of radius.

    Returns
    -------
    IntArray
        Numbers of the discs taken, ascending.
    """
    free = np.ones(len(meet), dtype=bool)
    taken: list[int] = []
    for number in range(len(meet)):
        if free[number]:
            taken.append(number)
            free &= ~meet[number]
    return np.array(taken, dtype=np.int64)


def _cliques(meet: BoolArray) -> csr_array:
    """Groups of mutually overlapping discs, enough that every overlapping pair shares one."""
    left = np.triu(meet, 1)
    rows: list[IntArray] = []
    for a in range(len(meet)):
        while left[a].any():
            members = [a, int(np.argmax(left[a]))]
            common = meet[members[0]] & meet[members[1]]
            common[members] = False
            while common.any():
                members.append(int(np.argmax(common)))
                common = common & meet[members[-1]]
                common[members] = False
            left[np.ix_(members, members)] = False
            rows.append(np.array(members))
    start = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    columns = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
    return csr_array((np.ones(len(columns)), columns, start), shape=(len(rows), len(meet)))
