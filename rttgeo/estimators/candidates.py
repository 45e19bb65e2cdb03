"""A finite list of places that a target may be at: data centres, points of presence.

The probability of each candidate is that of the posterior around it, relative to the other
candidates. A method without probabilities ranks those inside its region first, in order of distance
from its point.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any, NamedTuple

import numpy as np

from rttgeo import sphere
from rttgeo.cells.any_posterior import AnyPosterior
from rttgeo.cells.grid import Grid
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.estimators.estimate import AREA_LEVEL, Estimate
from rttgeo.typing import BoolArray, FloatArray

AROUND_KM = 50.0
"""Width of the bell around a candidate that weights the posterior there: candidates are declared by
their city, and so are the places that methods learn from. Of 12.5, 25, 50, 100 and 200 km (`python
-m benchmarks.constants candidates`, five meshes), each of the first four has the best log score on
some mesh; this one is never more than 0.08 nats behind the best, 25 and 100 km up to 0.19 and
0.07."""
REACH = 4.0
"""Widths beyond which a bell is negligible: exp(-8)."""
ELSEWHERE = 1 - AREA_LEVEL
"""Probability spread evenly over the candidates, for what the region leaves out. With 0.01, the
score is 0.01 to 0.04 nats better on five meshes in which every target is at a candidate
(`benchmarks.constants`)."""
SAME_KM = 1.0
"""Delays cannot distinguish candidates closer together than this."""
LATER = 1e7
"""Added to the distance of a candidate outside a hard region, so that it comes last, km."""


@dataclasses.dataclass(frozen=True, eq=False)
class Candidates:
    """Places that a target may be at.

    Attributes
    ----------
    name
        Names, all different, shape (n,).
    lon, lat
        Degrees, shape (n,).
    notes
        What a reader should know about the list, one sentence each.
    """

    name: tuple[str, ...]
    lon: FloatArray
    lat: FloatArray
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.name)

    def distance_km(self, lon: float, lat: float) -> FloatArray:
        """Compute the great-circle distance from a place to each candidate.

        Parameters
        ----------
        lon, lat
            The place, degrees.

        Returns
        -------
        ndarray
            Distances, km, shape (n,); NaN if the place is NaN.
        """
        return np.asarray(sphere.distance_km(lon, lat, self.lon, self.lat))


class LikelyCandidate(NamedTuple):
    """A candidate, and the probability that the target is there if it is at any of them.

    Attributes
    ----------
    name, lon, lat
        The candidate; degrees.
    p
        Its probability among the candidates; None for a method without probabilities, or if
        landmarks contradict each other.
    inside
        Whether it is within `AROUND_KM` of the region; None without a region.
    distance_km
        Distance from the estimated place, km; None without one.
    """

    name: str
    lon: float
    lat: float
    p: float | None
    inside: bool | None
    distance_km: float | None


@dataclasses.dataclass(frozen=True)
class Chosen:
    """The candidates for one target, most likely first.

    Attributes
    ----------
    ranked
        All of them.
    margin
        Probability of the first minus that of the second; None without probabilities.
    note
        A warning for the reader, or empty.
    """

    ranked: tuple[LikelyCandidate, ...]
    margin: float | None
    note: str

    def to_dict(self, most: int) -> dict[str, Any]:
        """Convert to plain values, ready for JSON.

        Parameters
        ----------
        most
            Number of candidates to list.

        Returns
        -------
        dict[str, Any]
            ``candidates`` (a list), ``candidate_margin`` and ``candidate_note``.
        """
        return {
            "candidates": [one._asdict() for one in self.ranked[:most]],
            "candidate_margin": self.margin,
            "candidate_note": self.note,
        }

    def sentence(self, most: int = 3) -> str:
        """Name the most likely candidates for people.

        Parameters
        ----------
        most
            Number of candidates to name.

        Returns
        -------
        str
            One or two sentences.
        """
        named = ", ".join(map(_named, self.ranked[:most]))
        said = f"Of the candidates: {named}"
        if self.margin is not None:
            said += f"; the first is {self.margin:.2f} ahead of the second"
        return f"{said}. {self.note}".rstrip()


def choose(estimate: Estimate, candidates: Candidates) -> Chosen:
    """Rank candidates by how likely an estimate makes them.

    Parameters
    ----------
    estimate
        Of any method.
    candidates
        Places that the target may be at.

    Returns
    -------
    Chosen
        The ranking, with probabilities if the method has a posterior and its landmarks do not
        contradict each other.
    """
    far = candidates.distance_km(*estimate.guess)
    inside = _inside(estimate, candidates)
    if estimate.posterior is not None:
        p = probabilities(estimate.posterior, candidates)
        order = np.lexsort((far, -p))
    else:
        p = None
        later = 0.0 if inside is None else np.where(inside, 0.0, LATER)
        order = np.argsort(np.nan_to_num(far, nan=0.0) + later, kind="stable")
    stated = p if p is not None and not estimate.conflict else None
    ranked = tuple(
        LikelyCandidate(
            candidates.name[row],
            float(candidates.lon[row]),
            float(candidates.lat[row]),
            None if stated is None else round(float(stated[row]), 4),
            None if inside is None else bool(inside[row]),
            round(float(far[row]), 3) if math.isfinite(far[row]) else None,
        )
        for row in order
    )
    margin = None if stated is None else round(float(stated[order[0]] - stated[order[1]]), 4)
    return Chosen(ranked, margin, _note(estimate, candidates, inside))


def probabilities(posterior: AnyPosterior, candidates: Candidates) -> FloatArray:
    """Compute the probability of each candidate, if the target is at one of them.

    Parameters
    ----------
    posterior
        Of any method.
    candidates
        The places.

    Returns
    -------
    ndarray
        Probabilities, shape (n,), summing to 1: the posterior under a bell around each candidate,
        with `ELSEWHERE` spread evenly.
    """
    spread = AROUND_KM / EARTH_RADIUS_KM
    share = posterior.promised
    centres = posterior.centres(np.arange(len(share)))
    places = sphere.unit_vectors(candidates.lon, candidates.lat)
    held = np.empty(len(candidates))
    for row, place in enumerate(places):
        # For unit vectors, 2 - 2 cos is the square of the chord, which here equals that of the arc.
        squared = 2 - 2 * (centres @ place)
        near = squared < (REACH * spread) ** 2
        held[row] = np.exp(-squared[near] / (2 * spread**2)) @ share[near]
    even = np.full(len(candidates), 1 / len(candidates))
    if held.sum() <= 0:
        return even
    found: FloatArray = (1 - ELSEWHERE) * held / held.sum() + ELSEWHERE * even
    return found


def _inside(estimate: Estimate, candidates: Candidates) -> BoolArray | None:
    """Which candidates are within `AROUND_KM` of the region."""
    if not estimate.has_region or estimate.empty:
        return None
    region = estimate.region
    grid = Grid(nside=region.grid.nside)
    found: BoolArray = np.array(
        [
            bool(region & grid.cap(lon, lat, AROUND_KM, conservative=True))
            for lon, lat in zip(candidates.lon, candidates.lat, strict=True)
        ]
    )
    return found


def _note(estimate: Estimate, candidates: Candidates, inside: BoolArray | None) -> str:
    if estimate.conflict:
        return "Its landmarks contradict each other: no probability is claimed for any candidate."
    if inside is None or inside.any():
        return ""
    far = candidates.distance_km(*estimate.guess)
    nearest = int(np.nanargmin(far)) if np.isfinite(far).any() else 0
    away = f", {far[nearest]:,.0f} km from the point" if math.isfinite(far[nearest]) else ""
    which = f"{100 * AREA_LEVEL:g} % region" if estimate.posterior is not None else "region"
    return (
        f"None of the candidates is in the {which}: it may be at none of them. "
        f"The nearest is {candidates.name[nearest]}{away}."
    )


def _named(one: LikelyCandidate) -> str:
    if one.p is not None:
        return f"{one.name} {one.p:.2f}"
    return one.name if one.distance_km is None else f"{one.name} ({one.distance_km:,.0f} km off)"
