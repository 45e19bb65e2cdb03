"""Round-trip times that look as if they were in another unit."""

from __future__ import annotations

import numpy as np

from rttgeo import sphere
from rttgeo.constants import HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.machine.counting import agreeing, number_of
from rttgeo.mesh import Mesh

ROUND_THE_EARTH_MS = HALF_CIRCUMFERENCE_KM / KM_PER_MS_RTT["fibre"]
"""Light in fibre is back from the other end of the Earth in 196 ms: above, a bound is none."""
LATE_MS = 3000.0
"""What is above is asked about. Physics allows any delay, so it is taken as it is; but a path over two
geostationary satellites takes 1.1 s, a mobile radio that has to wake up 2 s, and what takes longer is
another unit, a timeout or a queue. It bounds no place, as nothing above `ROUND_THE_EARTH_MS` does."""
WITHIN_A_ROOM_MS = 0.02
"""In this time light in vacuum is back from 3 km; a single switch and two hosts take as long."""
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
    rtt_ms = mesh.pairs["rtt_ms"]
    lowest, highest = float(rtt_ms.min()), float(rtt_ms.max())
    if hint := range_hint(lowest, highest, (int((rtt_ms > LATE_MS).sum()), len(mesh))):
        return hint
    # Two landmarks of one target are no further apart than both of their bounds together.
    together_km = 2 * highest * KM_PER_MS_RTT["vacuum"]
    if together_km < ANYWHERE_KM and _apart_km(mesh) > together_km:
        return (
            f"all RTTs are at most {highest:.3g} ms, though landmarks of one target are further "
            "apart than light comes in that time. If they are seconds, multiply them by 1,000"
        )
    if highest < WITHIN_A_ROOM_MS:
        return (
            f"all RTTs are below {WITHIN_A_ROOM_MS:g} ms (the longest is {highest:.3g}), less than two "
            "hosts and a switch between them take. If they are seconds, multiply them by 1,000"
        )
    return ""


def range_hint(lowest_ms: float, highest_ms: float, late: tuple[int, int] | None = None) -> str:
    """Say so when a table's round-trip times are too long for milliseconds.

    Parameters
    ----------
    lowest_ms, highest_ms
        The shortest and the longest RTT of the table.
    late
        Of how many RTTs it is known that they are above `LATE_MS`, and of how many in all; None
        where they have not been counted.

    Returns
    -------
    str
        A sentence that says what to do, or "" when nothing is wrong.
    """
    if lowest_ms > ROUND_THE_EARTH_MS:
        return (
            f"no RTT is below {ROUND_THE_EARTH_MS:.0f} ms, in which light in fibre reaches any "
            f"place: nothing is bounded (the lowest is {lowest_ms:,.0f}). If they are microseconds, "
            "divide them by 1,000"
        )
    if not highest_ms > LATE_MS:
        return ""
    some = "some round-trip times are"
    if late is not None:
        some = f"{late[0]:,} of {number_of(late[1], 'round-trip time')} {agreeing(late[0], 'is')}"
    return (
        f"{some} over {LATE_MS / 1000:g} s (the longest is {highest_ms:,.0f} ms), which says nothing of "
        "a place: microseconds taken for milliseconds, or a timeout?"
    )


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
