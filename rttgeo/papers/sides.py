"""Who measured the impossible pairs: a mesh of several operators, one of which may be at fault.

An audit that finds no node to blame leaves impossible pairs. Where the names of the nodes begin
with their operator (``aws:eu-west-1``), these pairs can be counted by who measured them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rttgeo.mesh import Mesh
from rttgeo.typing import BoolArray

SEPARATOR = ":"
"""Between operator and region in the name of a node."""
LONGEST_ABBREVIATION = 3
"""Letters of an operator's name that is read letter by letter, as in AWS."""


def operators(nodes: pd.Index) -> tuple[str, ...] | None:
    """Read the operators of nodes from their names, as a reader knows them.

    Parameters
    ----------
    nodes
        Names such as ``azure:westeurope``, shape (n,).

    Returns
    -------
    tuple of str or None
        Of each node, shape (n,); None when the nodes are not all named that way, or all by the
        same operator.
    """
    heads = [str(name).partition(SEPARATOR) for name in nodes]
    if not all(head and rest for head, _, rest in heads):
        return None
    named = tuple(
        head.upper() if len(head) <= LONGEST_ABBREVIATION else head.capitalize()
        for head, _, _ in heads
    )
    return named if len(set(named)) > 1 else None


def sides_table(mesh: Mesh, impossible: BoolArray) -> pd.DataFrame:
    """Count the impossible pairs of a mesh by who measured and who answered.

    Parameters
    ----------
    mesh
        The measurements; the names of its nodes begin with their operators.
    impossible
        Mask of the impossible pairs, shape (pairs,).

    Returns
    -------
    pandas.DataFrame
        One row for each two operators: ``measured_by``, ``answered_by``, ``pairs``, ``impossible``,
        and ``sound_back``: how many of these were also measured in the other direction, and are
        not impossible there.
    """
    landmark, target = _names(mesh)
    known = dict(zip(zip(landmark, target, strict=True), impossible, strict=True))
    back = [known.get((to, of)) for of, to in zip(landmark, target, strict=True)]
    frame = pd.DataFrame(
        {
            "measured_by": np.array(operators(mesh.landmarks.index))[mesh.pairs["landmark"]],
            "answered_by": np.array(operators(mesh.targets.index))[mesh.pairs["target"]],
            "pairs": 1,
            "impossible": impossible,
            "sound_back": impossible & np.array([one is not None and not one for one in back]),
        }
    )
    return frame.groupby(["measured_by", "answered_by"], as_index=False).sum()


def faulty_sides(mesh: Mesh, impossible: BoolArray) -> tuple[str, ...]:
    """Name the operators that measured all impossible pairs, if others measured none.

    Parameters
    ----------
    mesh
        The measurements.
    impossible
        Mask of the impossible pairs, shape (pairs,).

    Returns
    -------
    tuple of str
        In alphabetical order; none when there is no impossible pair, when each operator measured
        one, or when the nodes are not named by operator.
    """
    named = operators(mesh.landmarks.index)
    if named is None or operators(mesh.targets.index) is None:
        return ()
    of_pair = np.array(named)[mesh.pairs["landmark"]]
    found = set(of_pair[impossible])
    return tuple(sorted(found)) if found < set(of_pair) else ()


def without_sides(mesh: Mesh, sides: tuple[str, ...]) -> Mesh:
    """Leave out what some operators measured; their nodes remain as targets.

    Parameters
    ----------
    mesh
        The measurements.
    sides
        Operators, as `faulty_sides` names them.

    Returns
    -------
    Mesh
        The same nodes with fewer pairs.
    """
    named = np.array(operators(mesh.landmarks.index) or [""] * len(mesh.landmarks))
    return mesh.where(~np.isin(named, sides)[mesh.pairs["landmark"]])


def _names(mesh: Mesh) -> tuple[list[str], list[str]]:
    """Names of both ends of each pair."""
    ends = ((mesh.landmarks, "landmark"), (mesh.targets, "target"))
    landmark, target = (table.index[mesh.pairs[end]].astype(str).tolist() for table, end in ends)
    return landmark, target
