"""The white paper's question: what more circles add to the closest probe's circle alone.

Of its 39 anchors, 35 had all other circles around that of the closest probe: multilateration
then is the closest probe's circle. Here it is asked of every target of a mesh.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.constants import HALF_CIRCUMFERENCE_KM
from rttgeo.delay.light import FIBRE, SpeedBound
from rttgeo.estimators.arcs import bounding_discs, conflicting_discs
from rttgeo.estimators.discs import quickest
from rttgeo.estimators.training import usable_pairs
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.typing import FloatArray

CELLS_ACROSS = 200
"""Cells over the closest probe's circle: areas to about a percent."""

FINEST_KM = 1.0
COARSEST_KM = 26.0


@dataclasses.dataclass(frozen=True, eq=False)
class CircleGain:
    """What intersecting all circles gained, target by target.

    Attributes
    ----------
    table
        One row per target, by its id: ``landmark`` (the closest probe: lowest RTT), ``rtt_ms``,
        ``radius_km`` of its circle, ``alone_km2`` its area, ``together_km2`` the area of the
        intersection of all circles, ``area_factor`` (alone / together; NaN when the circles
        conflict), ``improved`` (whether any other circle cuts into the closest probe's),
        ``bounding`` (how many circles bound the intersection), ``feasible``.
    bound
        The speed that the radii rest on.
    """

    table: pd.DataFrame
    bound: str

    def summary(self) -> dict[str, float | int | str]:
        """Sum up counts and factors over all targets; the factors are of those that improved.

        A target whose circles conflict is counted apart: it has no intersection to compare.

        Returns
        -------
        dict
            NaN for a factor that no target has.
        """
        table = self.table
        better = table[table["improved"] & table["feasible"]]
        factor = better["area_factor"]
        n, conflicts = len(table), int((~table["feasible"]).sum())
        return {
            "bound": self.bound,
            "targets": n,
            "improved": len(better),
            "not_improved": n - len(better) - conflicts,
            "conflicting": conflicts,
            "share_not_improved": (n - len(better) - conflicts) / n if n else math.nan,
            "median_area_factor_of_improved": float(factor.median()) if len(better) else math.nan,
            "largest_area_factor": float(factor.max()) if len(better) else math.nan,
        }


def circle_gain(
    mesh: Mesh, speed: SpeedBound = FIBRE, exclude_km: float | None = None
) -> CircleGain:
    """For each target, whether all circles together improve on the closest probe's alone.

    Parameters
    ----------
    mesh
        The measurements; no place of a target is needed.
    speed
        Which speed of light turns an RTT into a radius.
    exclude_km
        Leave out landmarks within this distance of the target's true place.

    Returns
    -------
    CircleGain
        A table with one row per target that was measured.

    Raises
    ------
    BadInputError
        When ``exclude_km`` is given and a target's place is unknown.

    Notes
    -----
    Whether another circle cuts into the closest probe's is decided exactly: it does not, if and
    only if the distance of the centres plus the closest probe's radius is at most the other's
    radius. Areas are counted on a grid as fine as the circle needs.
    """
    rows = {}
    for number, name in enumerate(mesh.targets.index):
        pairs = usable_pairs(mesh, number, exclude_km)
        if len(pairs.rtt_ms):
            rows[name] = _gain_of(mesh, pairs, speed)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=_COLUMNS)
    table.index.name = "target"
    return CircleGain(table.astype({"improved": bool, "feasible": bool}), str(speed.bound))


_COLUMNS = [
    "landmark",
    "rtt_ms",
    "radius_km",
    "alone_km2",
    "together_km2",
    "area_factor",
    "improved",
    "bounding",
    "feasible",
]


def _gain_of(mesh: Mesh, pairs: TargetPairs, speed: SpeedBound) -> tuple[object, ...]:
    """One row of the table, in the order of its columns."""
    closest = quickest(pairs)
    radius = speed.radius_km(pairs.rtt_ms)
    alone = sphere.cap_area_km2(float(radius[closest]))
    improved = bool(cuts_into(pairs, radius, closest).any())
    feasible = not improved or not len(conflicting_discs(pairs.lon, pairs.lat, radius))
    together, bounding = alone, 1
    if improved:
        bounding = int(bounding_discs(pairs.lon, pairs.lat, radius).sum())
        together = _counted_area_km2(pairs, radius, closest, alone) if feasible else 0.0
    factor = alone / together if together > 0 else math.nan
    landmark = mesh.landmarks.index[pairs.landmark[closest]]
    rtt, reach = float(pairs.rtt_ms[closest]), float(radius[closest])
    return landmark, rtt, reach, alone, together, factor, improved, bounding, feasible


def cuts_into(
    pairs: TargetPairs, radius_km: FloatArray, closest: int
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which circles do not hold the whole of the closest probe's.

    Parameters
    ----------
    pairs
        One target's measurements.
    radius_km
        Radius of each circle, km, shape (n,).
    closest
        Row of the closest probe.

    Returns
    -------
    numpy.ndarray
        Shape (n,).
    """
    apart = sphere.distance_km(pairs.lon[closest], pairs.lat[closest], pairs.lon, pairs.lat)
    # Nothing on the globe is beyond half its circumference from a centre.
    farthest = np.minimum(apart + radius_km[closest], HALF_CIRCUMFERENCE_KM)
    return np.asarray(farthest > radius_km)


def confined_area_km2(pairs: TargetPairs, radius_km: FloatArray) -> float:
    """Measure the area of what circles have in common; 0 when they conflict.

    Exact when the smallest circle lies in all others, else counted on a grid.

    Parameters
    ----------
    pairs
        One target's measurements.
    radius_km
        Radius of each circle, km, shape (n,).

    Returns
    -------
    float
        Square kilometres.
    """
    closest = int(np.argmin(radius_km))
    alone = sphere.cap_area_km2(float(radius_km[closest]))
    if not cuts_into(pairs, radius_km, closest).any():
        return alone
    if len(conflicting_discs(pairs.lon, pairs.lat, radius_km)):
        return 0.0
    return _counted_area_km2(pairs, radius_km, closest, alone)


def _counted_area_km2(
    pairs: TargetPairs, radius_km: FloatArray, closest: int, alone_km2: float
) -> float:
    """Area of the intersection: its share of the cells of the closest probe's circle.

    At least a cell: circles that do have a common place may miss every cell's centre.
    """
    size = 2 * float(radius_km[closest]) / CELLS_ACROSS
    grid = Grid(resolution_km=min(max(size, FINEST_KM), COARSEST_KM))
    own = grid.cap(pairs.lon[closest], pairs.lat[closest], float(radius_km[closest])).n_cells
    common = grid.intersection(pairs.lon, pairs.lat, radius_km).n_cells
    return alone_km2 * max(common, 1) / max(own, 1)
