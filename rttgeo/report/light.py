"""What light says about a target's place, in one sentence: what is proven, and what is usual.

Light in vacuum is the proof, since nothing is faster. Light in fibre is the usual bound: nearly all
traffic uses fibre, but a radio or laser link may be faster. Each sentence names the one that it
refers to.
"""

from __future__ import annotations

from typing import Any, Final

from rttgeo import sphere
from rttgeo.constants import HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.delay.statements import Bound

LIGHT: Final = {
    "vacuum": "light in vacuum, which is proof",
    "fibre": "light in fibre, the usual bound",
}
"""Names of media in sentences; any other bound is called by its own name."""


def light_record(
    quickest: dict[str, Any], bound: Bound, place: tuple[float, float]
) -> dict[str, Any]:
    """Compute what light says about the landmark that answered first.

    Parameters
    ----------
    quickest
        ``lowest_rtt_ms``, ``quickest_lon`` and ``quickest_lat`` of that landmark, or None for none.
    bound
        Bound of the estimate, which includes the method's tolerance for declared places.
    place
        The estimated place, longitude and latitude in degrees, NaN for none.

    Returns
    -------
    dict[str, Any]
        ``vacuum_km`` and ``fibre_km``, how far light travels in that time; ``vacuum_left_km``, the
        region's tolerance for declared places beyond light in vacuum, 0 if light in fibre keeps it
        within; ``beyond_vacuum``, whether the estimated place is nevertheless farther away. None
        without a landmark.
    """
    if quickest["lowest_rtt_ms"] is None:
        return dict.fromkeys(("vacuum_km", "fibre_km", "vacuum_left_km", "beyond_vacuum"))
    vacuum_km, fibre_km = (
        quickest["lowest_rtt_ms"] * KM_PER_MS_RTT[medium] for medium in ("vacuum", "fibre")
    )
    left_km = 0.0
    if bound.tolerance_km is not None and bound.vacuum_tolerance_km is not None:
        beyond_km = fibre_km + bound.tolerance_km - vacuum_km
        left_km = max(0.0, min(bound.vacuum_tolerance_km, beyond_km))
    landmark = quickest["quickest_lon"], quickest["quickest_lat"]
    # An unknown place is not beyond anything.
    beyond = bool(sphere.distance_km(*place, *landmark) > vacuum_km + left_km)
    return {
        "vacuum_km": vacuum_km,
        "fibre_km": fibre_km,
        "vacuum_left_km": left_km,
        "beyond_vacuum": beyond,
    }


def limit_km(record: dict[str, Any]) -> float:
    """Compute how far from the quickest landmark the sentence about light allows a place to be.

    Parameters
    ----------
    record
        A record with the fields of `light_record`.

    Returns
    -------
    float
        Distance, km.
    """
    return float(record["vacuum_km"] + record["vacuum_left_km"])


def light_sentence(record: dict[str, Any]) -> str:
    """Say what light in vacuum proves about a target, and what light in fibre would.

    Parameters
    ----------
    record
        A record with the fields of `light_record`, and ``quickest_landmark``.

    Returns
    -------
    str
        A sentence; empty if no landmark has measured.
    """
    name = record["quickest_landmark"]
    if name is None:
        return ""
    vacuum_km, left_km = record["vacuum_km"], record["vacuum_left_km"]
    if vacuum_km >= HALF_CIRCUMFERENCE_KM:
        return "Light in vacuum excludes no place on Earth."
    if record["beyond_vacuum"]:
        return (
            f"Even light in vacuum reaches only {vacuum_km:,.0f} km from {name} in that time: either "
            "this landmark or its round-trip time is wrong (`rttgeo audit`), or this answer is."
        )
    said = f"Light in vacuum proves only that it is within {limit_km(record):,.0f} km of {name}"
    # If a method's tolerance for declared places exceeds that, the usual bound excludes nothing.
    if left_km > 0:
        return (
            f"{said}: {vacuum_km:,.0f} km for light and {left_km:,.0f} km for how exactly places "
            "are declared."
        )
    return f"{said}; light in fibre, the usual bound, reaches {record['fibre_km']:,.0f} km."
