"""Where a misplaced node can be: the area that all its other pairs allow."""

from __future__ import annotations

import numpy as np

from rttgeo.auditing.nodes import Nodes, Partners
from rttgeo.cells.grid import Grid
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.typing import BoolArray, IntArray

RESOLUTION_KM = 50.0
BOUNDS = ("fibre", "vacuum")


def likely_place(
    nodes: Nodes,
    partners: Partners,
    node: int,
    *,
    unheard: BoolArray,
    bad_partners: IntArray,
    tolerance_km: float,
) -> tuple[float, float, float]:
    """Find a cap around the area allowed by fibre, or by vacuum if that is empty; NaN if both are.

    Parameters
    ----------
    nodes, partners, node
        The nodes of the mesh, the partners of each, and the number of the node.
    unheard
        Mask of the nodes whose pairs are ignored, because they are misplaced themselves.
    bad_partners
        Nodes whose RTT with this one is itself blamed.
    tolerance_km
        How far off declared places may be, km.

    Returns
    -------
    tuple of float
        Longitude and latitude (degrees) of its centre, and its radius (km).
    """
    other, rtt = partners.of_node(node)
    heard = ~unheard[other] & ~np.isin(other, bad_partners)
    other, rtt = other[heard], rtt[heard]
    grid = Grid(resolution_km=RESOLUTION_KM)
    for bound in BOUNDS:
        # Half a cell more, so that a small disc does not fall between centres.
        radius = KM_PER_MS_RTT[bound] * rtt + tolerance_km + grid.cell_radius_km
        region = grid.intersection(nodes.lon[other], nodes.lat[other], radius)
        if region.n_cells:
            return region.bounding_cap()
    return float("nan"), float("nan"), float("nan")
