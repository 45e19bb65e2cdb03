"""The audit's result for every estimator: the mesh without the nodes it finds misplaced.

For each target, the audit is run without that target and everything at its place: a target must not
have an effect through the landmarks that contradict it. Targets for which the same nodes are blamed
share one mesh.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from rttgeo.auditing.violations import Contradictions
from rttgeo.estimators.training import nodes_at, usable_counts, within_km, without_nodes
from rttgeo.mesh import Mesh
from rttgeo.typing import BoolArray, IntArray


class Trusted(NamedTuple):
    """Positions in a list of targets, and the mesh to locate those targets with."""

    position: IntArray
    mesh: Mesh


def trusted(
    mesh: Mesh, targets: IntArray, *, colocated_km: float, exclude_km: float | None
) -> Iterator[Trusted]:
    """Group targets, each with the mesh without pairs of misplaced nodes and impossible pairs.

    Parameters
    ----------
    mesh
        The measurements; node numbers keep their meaning in what is returned.
    targets
        Row numbers of the targets to be located.
    colocated_km, exclude_km
        As for `rttgeo.locate_many`: nodes within these distances of the target are ignored by the
        audit.

    Yields
    ------
    Trusted
        A group of targets, by their positions in ``targets``, and the mesh to locate them with.

    Notes
    -----
    A target that only misplaced landmarks measured is located with all of them.
    """
    contradictions = Contradictions.of(mesh)
    if not len(contradictions.rows):
        yield Trusted(np.arange(len(targets)), mesh)
        return
    reach = colocated_km if exclude_km is None else max(colocated_km, exclude_km)
    near = _near_contradictions(contradictions, mesh, targets, reach)
    groups: dict[bytes, list[int]] = {}
    masks: dict[bytes, tuple[BoolArray, BoolArray, IntArray]] = {}
    nobody = np.zeros(len(mesh.landmarks), bool), np.zeros(len(mesh.targets), bool)
    # Nearly all targets hide no node that matters, and share the result for hiding none.
    far = np.flatnonzero(~near).tolist()
    for position in (*far[:1], *np.flatnonzero(near).tolist()):
        hidden = nodes_at(mesh, int(targets[position]), reach) if near[position] else nobody
        blamed = (*contradictions.misplaced(*hidden), contradictions.impossible(*hidden))
        key = b"".join(one.tobytes() for one in blamed)
        groups.setdefault(key, []).extend([position] if near[position] else far)
        masks[key] = blamed
    for key, positions in groups.items():
        some = np.array(sorted(positions), dtype=np.int64)
        landmark, node, pairs = masks[key]
        if not (landmark.any() or node.any() or len(pairs)):
            yield Trusted(some, mesh)
            continue
        keep = np.ones(len(mesh), dtype=bool)
        keep[pairs] = False
        left = without_nodes(mesh.where(keep), landmark, node)
        alone = usable_counts(left, exclude_km)[targets[some]] == 0
        for part, one in ((some[~alone], left), (some[alone], mesh)):
            if len(part):
                yield Trusted(part, one)


def _near_contradictions(
    contradictions: Contradictions, mesh: Mesh, targets: IntArray, reach_km: float
) -> BoolArray:
    """Which targets have a node at their place that is part of a contradiction."""
    nodes, part = contradictions.edges.nodes, contradictions.taking_part
    near = part[nodes.target[targets]]
    lon, lat = (axis[targets] for axis in mesh.target_lonlat)
    for node, table in (
        (nodes.landmark, mesh.landmark_lonlat),
        (nodes.target, mesh.target_lonlat),
    ):
        some = part[node]
        for place in zip(table[0][some], table[1][some], strict=True):
            near |= within_km(*place, lon, lat, reach_km)
    return near
