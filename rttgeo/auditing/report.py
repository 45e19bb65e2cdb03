"""`audit`: which declared places and which round-trip times cannot be right."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo.auditing.cover import Cover, greedy_cover, smallest_cover
from rttgeo.auditing.findings import Audit, Finding
from rttgeo.auditing.impossible import impossible_rows
from rttgeo.auditing.misfit import Misfit, Partners, misfits
from rttgeo.auditing.violations import TOLERANCE_KM, Nodes, violations
from rttgeo.cells.grid import Grid
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.mesh import Mesh
from rttgeo.typing import IntArray

ISOLATED_MS = 40.0
"""A node whose every RTT is this much above fibre, though it measured another one declared near
by, is not where it says, or behind a satellite or a tunnel."""
NEIGHBOUR_KM = 500.0
RESOLUTION_KM = 50.0
MIN_PAIRS = 3
MAX_PROOFS = 40
"""Nodes for which it is asked whether they are in every smallest explanation."""


def audit(mesh: Mesh, *, tolerance_km: float = TOLERANCE_KM) -> Audit:
    """Find nodes whose declared place contradicts physics, and RTTs that cannot be.

    Pairs that beat light in vacuum are edges of a graph; the fewest nodes that touch all edges
    are blamed, of equally few those whose delays fit better elsewhere. A blamed node for which
    its RTTs leave no place at all is not misplaced: then its RTTs are impossible. Then the same
    by fibre, nodes far from everything in delay, and nodes whose delays fit elsewhere, for the
    suspicious.

    Parameters
    ----------
    mesh
        With declared places; pairs of targets without one are not looked at.
    tolerance_km
        Left to the declared places, in km.

    Returns
    -------
    Audit
        What was found; ``clean`` is the mesh without it.
    """
    nodes = Nodes.of(mesh)
    partners = Partners.of(mesh, nodes)
    misfit = misfits(nodes, partners)
    every = violations(mesh, "vacuum", tolerance_km)
    no_place = _impossible(nodes, partners, every, tolerance_km)
    table = every[~no_place].reset_index(drop=True)
    cover, certain = _blamed(nodes, table, misfit)
    found, bad_pairs = [], [every[no_place]]
    for node in cover.nodes:
        finding, bad = _judge(mesh, nodes, int(node), cover.nodes, table, tolerance_km)
        if finding is None:
            bad_pairs.append(bad)
        else:
            found.append(dataclasses.replace(finding, certain=int(node) in certain))
    impossible = pd.concat(bad_pairs, ignore_index=True)
    misplaced = tuple(sorted(found, key=lambda f: (-f.violations, -f.excess_km, f.node)))
    known_bad = {finding.node for finding in misplaced}
    suspicious = _suspicious(mesh, nodes, known_bad, impossible, tolerance_km, misfit)
    named = impossible.assign(
        landmark=mesh.landmarks.index.to_numpy()[impossible["landmark"].to_numpy(dtype=int)],
        target=mesh.targets.index.to_numpy()[impossible["target"].to_numpy(dtype=int)],
    )
    strength = dict(zip(map(str, nodes.names), misfit.times_better.tolist(), strict=True))
    misplaced, suspicious = (
        tuple(dataclasses.replace(f, times_better=strength[f.node]) for f in findings)
        for findings in (misplaced, suspicious)
    )
    return Audit(
        mesh.provenance.name, misplaced, suspicious, named, len(every), cover.exact, cover.at_least
    )


def _impossible(
    nodes: Nodes, partners: Partners, table: pd.DataFrame, tolerance_km: float
) -> npt.NDArray[np.bool_]:
    """Violations that no other place of either end explains.

    Between two misplaced nodes everything looks so: what touches a node that is blamed for
    other violations is explained by that.
    """
    first, second = _ends(nodes, table)
    bad = impossible_rows(nodes, partners, table, greedy_cover(first, second), tolerance_km)
    blamed = greedy_cover(first[~bad], second[~bad])
    return bad & ~(np.isin(first, blamed) | np.isin(second, blamed))


def _blamed(nodes: Nodes, table: pd.DataFrame, misfit: Misfit) -> tuple[Cover, set[int]]:
    """Smallest cover of the violations, and those of it in every smallest cover."""
    first, second = _ends(nodes, table)
    wish = np.log(misfit.times_better)
    cover = smallest_cover(first, second, preference=wish)
    if not cover.exact:
        return cover, set()
    edges = np.unique(np.sort(np.stack([first, second]), axis=0), axis=1)
    degree = np.bincount(edges.ravel(), minlength=len(nodes.names))
    # Without a node, all it is in contradiction with would be blamed: more than all are now.
    certain = {int(node) for node in cover.nodes if degree[node] > len(cover.nodes)}
    for node in [int(one) for one in cover.nodes if int(one) not in certain][:MAX_PROOFS]:
        other = smallest_cover(first, second, preference=wish, forbidden=node)
        if other.at_least > len(cover.nodes):
            certain.add(node)
    return cover, certain


def _ends(nodes: Nodes, table: pd.DataFrame) -> tuple[IntArray, IntArray]:
    """Nodes at both ends of the pairs of a table."""
    first = nodes.landmark[table["landmark"].to_numpy(dtype=int)]
    return first, nodes.target[table["target"].to_numpy(dtype=int)]


def _judge(
    mesh: Mesh,
    nodes: Nodes,
    node: int,
    blamed: IntArray,
    table: pd.DataFrame,
    tolerance_km: float,
) -> tuple[Finding | None, pd.DataFrame]:
    """Misplaced, with the place that is left; or the violations as impossible RTTs."""
    landmark, target = _ends(nodes, table)
    mine = table[(landmark == node) | (target == node)]
    others = np.setdiff1d(blamed, [node])
    lon, lat, radius = _likely_place(mesh, nodes, node, others, tolerance_km)
    if not np.isfinite(radius):
        clean = ~(np.isin(landmark, others) | np.isin(target, others))
        return None, mine[clean[mine.index.to_numpy()]]
    return _finding(nodes, node, "misplaced", mine, likely=(lon, lat, radius)), mine


def _finding(
    nodes: Nodes,
    node: int,
    reason: str,
    against: pd.DataFrame | None = None,
    *,
    certain: bool = False,
    likely: tuple[float, ...] = (),
) -> Finding:
    """Name a node where it is declared, with the pairs that contradict the bound, if any do."""
    count = 0 if against is None else len(against)
    excess_km = 0.0 if against is None else float(against["excess_km"].max())
    name = str(nodes.names[node])
    return Finding(name, reason, count, excess_km, certain, *nodes.place(node), *likely)


def _partners(
    mesh: Mesh, nodes: Nodes, node: int, without: IntArray
) -> tuple[IntArray, npt.NDArray[np.float64]]:
    """Nodes of known place that a node shares a pair with, either way, and the RTTs."""
    landmark, target = _ends(nodes, mesh.pairs)
    other = np.where(landmark == node, target, np.where(target == node, landmark, -1))
    usable = (other >= 0) & (other != node) & ~np.isin(other, without)
    usable &= np.isfinite(nodes.lon[other])
    return other[usable], mesh.pairs["rtt_ms"].to_numpy()[usable]


def _likely_place(
    mesh: Mesh, nodes: Nodes, node: int, without: IntArray, tolerance_km: float
) -> tuple[float, float, float]:
    """Bounding cap of what fibre leaves, else of what light leaves; NaN when it is nothing."""
    other, rtt = _partners(mesh, nodes, node, without)
    grid = Grid(resolution_km=RESOLUTION_KM)
    for bound in ("fibre", "vacuum"):
        # Half a cell more, so that a small disc is not lost between centres.
        radius = KM_PER_MS_RTT[bound] * rtt + tolerance_km + grid.cell_radius_km
        region = grid.intersection(nodes.lon[other], nodes.lat[other], radius)
        if region.n_cells:
            return region.bounding_cap()
    return float("nan"), float("nan"), float("nan")


def _suspicious(
    mesh: Mesh,
    nodes: Nodes,
    known_bad: set[str],
    impossible: pd.DataFrame,
    tolerance_km: float,
    misfit: Misfit,
) -> tuple[Finding, ...]:
    bad = np.isin(nodes.names.astype(str), list(known_bad))
    table = violations(mesh, "fibre", tolerance_km)
    landmark, target = _ends(nodes, table)
    left = ~(bad[landmark] | bad[target] | table["pair"].isin(impossible["pair"]).to_numpy())
    table = table[left].reset_index(drop=True)
    cover, certain = _blamed(nodes, table, misfit)
    landmark, target = landmark[left], target[left]
    found = []
    for node in cover.nodes:
        mine = table[(landmark == node) | (target == node)]
        certainly = int(node) in certain
        found.append(_finding(nodes, node, "faster than fibre", mine, certain=certainly))
    found += _isolated(mesh, nodes, bad)
    bad |= np.isin(nodes.names.astype(str), [finding.node for finding in found])
    return (*found, *_elsewhere(nodes, misfit, bad))


def _elsewhere(nodes: Nodes, misfit: Misfit, bad: npt.NDArray[np.bool_]) -> list[Finding]:
    """Nodes that no bound betrays, but whose delays fit far better at another node's place."""
    odd = np.flatnonzero(misfit.odd & ~bad)
    return [
        _finding(nodes, node, "fits elsewhere", likely=nodes.place(misfit.other[node]))
        for node in odd[np.argsort(-misfit.times_better[odd], kind="stable")]
    ]


def _isolated(mesh: Mesh, nodes: Nodes, bad: npt.NDArray[np.bool_]) -> list[Finding]:
    """Nodes whose least excess over fibre, of three pairs or more, is large."""
    over = mesh.pairs["rtt_ms"].to_numpy() - mesh.distance_km / KM_PER_MS_RTT["fibre"]
    least, nearest = np.full((2, len(nodes.names)), np.inf)
    count = np.zeros(len(nodes.names), dtype=int)
    known = np.isfinite(over)
    for ends in _ends(nodes, mesh.pairs):
        np.minimum.at(least, ends[known], over[known])
        np.minimum.at(nearest, ends[known], mesh.distance_km[known])
        np.add.at(count, ends[known], 1)
    lone = np.isfinite(least) & (least > ISOLATED_MS) & (nearest < NEIGHBOUR_KM)
    alone = np.flatnonzero(lone & (count >= MIN_PAIRS) & ~bad)
    return [
        _finding(nodes, node, "isolated")
        for node in alone[np.argsort(-least[alone], kind="stable")]
    ]
