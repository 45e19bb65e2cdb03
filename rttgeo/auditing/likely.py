"""Where a node that is not where it says can be: what all its other pairs leave."""

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
    """Bounding cap of what fibre leaves, else of what light leaves; NaN when it is nothing.

    Parameters
    ----------
    nodes, partners, node
        Of the mesh, and which node.
    unheard
        Mask over the nodes: those that do not bound anything, being misplaced themselves.
    bad_partners
        Nodes whose RTT with this one is blamed by itself.
    tolerance_km
        Left to the declared places.

    Returns
    -------
    tuple of float
        Longitude, latitude (degrees) and radius (km).
    """
    other, rtt = partners.of_node(node)
    heard = ~unheard[other] & ~np.isin(other, bad_partners)
    other, rtt = other[heard], rtt[heard]
    grid = Grid(resolution_km=RESOLUTION_KM)
    for bound in BOUNDS:
        # Half a cell more, so that a small disc is not lost between centres.
        radius = KM_PER_MS_RTT[bound] * rtt + tolerance_km + grid.cell_radius_km
        region = grid.intersection(nodes.lon[other], nodes.lat[other], radius)
        if region.n_cells:
            return region.bounding_cap()
    return float("nan"), float("nan"), float("nan")
