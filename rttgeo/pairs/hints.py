"""Round-trip times that look as if they were in another unit."""

from __future__ import annotations

import numpy as np

from rttgeo import sphere
from rttgeo.constants import HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.mesh import Mesh

ROUND_THE_EARTH_MS = HALF_CIRCUMFERENCE_KM / KM_PER_MS_RTT["fibre"]
"""Light in fibre is back from the other end of the Earth in 196 ms: above, a bound is none."""
ANYWHERE_KM = HALF_CIRCUMFERENCE_KM + 1.0
"""No two places are this far apart, however their distance is rounded."""


def unit_hint(mesh: Mesh) -> str:
    """Say so when the round-trip times of a table do not look like milliseconds.

    Parameters
    ----------
    mesh
        Minimum RTTs in ms; it may have no pair.

    Returns
    -------
    str
        A sentence that says what to do, or "" when nothing is wrong.
    """
    if not len(mesh):
        return ""
    lowest, highest = mesh.pairs["rtt_ms"].min(), mesh.pairs["rtt_ms"].max()
    if lowest > ROUND_THE_EARTH_MS:
        return (
            f"no RTT is below {ROUND_THE_EARTH_MS:.0f} ms, in which light in fibre reaches any "
            f"place: nothing is bounded (the lowest is {lowest:,.0f}). If they are microseconds, "
            "divide them by 1,000"
        )
    # Two landmarks of one target are no further apart than both of their bounds together.
    together_km = 2 * highest * KM_PER_MS_RTT["vacuum"]
    if together_km < ANYWHERE_KM and _apart_km(mesh) > together_km:
        return (
            f"all RTTs are at most {highest:.3g} ms, though landmarks of one target are further "
            "apart than light comes in that time. If they are seconds, multiply them by 1,000"
        )
    return ""


def _apart_km(mesh: Mesh) -> float:
    """How far apart landmarks of one target are, of half of the targets that have several."""
    target, landmark = mesh.pairs["target"].to_numpy(), mesh.pairs["landmark"].to_numpy()
    first = landmark[mesh.offsets[target]]
    lon, lat = mesh.landmark_lonlat
    away = sphere.distance_km(lon[first], lat[first], lon[landmark], lat[landmark])
    starts = np.unique(mesh.offsets[target])
    widest = np.maximum.reduceat(away, starts)
    several = widest[widest > 0]
    return float(np.median(several)) if several.size else 0.0
