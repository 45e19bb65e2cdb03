"""How much a posterior reveals, in the metrics used in privacy research.

=========================  ===========================================================================
`expected_error_km`        mean distance of the truth from the best single guess: the expected error of
                           the optimal Bayes attacker (Shokri et al., IEEE S&P 2011; CCS 2012)
`p_city` … `p_country`     probability that the best guess of a place of that size is right
`entropy_bits`             Shannon entropy over cells of 25 km: as many yes-or-no questions are left
`min_entropy_bits`         minus the binary logarithm of the most likely cell: what one guess is worth
                           (Smith, FoSSaCS 2009)
`people`                   inhabitants of the cities within the 95 % region: anonymity in numbers
=========================  ===========================================================================

Entropy depends on the size of the cells; these are the size of a city. People are those of the
34,000 shipped places with at least 15,000 inhabitants, half of the world's population; a region
without such a place counts none.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cache
from typing import Final

import healpix
import numpy as np

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.cells.mixed import MixedPosterior
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.data.countries import all_countries, country_rows
from rttgeo.estimators.calibrated.towns import towns
from rttgeo.kernels.attack import ball_masses
from rttgeo.papers.sizes import SIZES_KM
from rttgeo.privacy.intervals import drawn_rows
from rttgeo.typing import FloatArray, IntArray

CELL_NSIDE: Final = 256
"""Entropy is computed over cells 25 km wide: the size of a city."""
LEVEL: Final = 0.95
"""Level of the region in which people are counted."""
GUESSES: Final = 160
"""Number of places tried as the best guess: the densest cells, and others spread over the
probability."""
FEW: Final = 500
"""With at most this many cells, all are tried."""
DESCENTS: Final = 12
"""Steps of Weiszfeld's algorithm toward the geometric median."""
LIKELY: Final = 0.5
"""A target is exposed at a size when the best guess of that size is more likely right than
wrong."""
SIZES: Final = ("city", "region", "country", "continent")


@dataclasses.dataclass(frozen=True)
class Exposure:
    """What one posterior reveals.

    Attributes
    ----------
    expected_error_km
        Expected error of the best guess, km.
    p_size
        Probability that the target is within 25, 250, 500 or 2,500 km of the best guess for that
        size, with the names of `rttgeo.papers.sizes.SIZES_KM`.
    p_country
        Probability of the most likely country.
    country
        ISO code of that country; empty if none.
    entropy_bits
        Shannon entropy over cells of 25 km, bits.
    largest
        Probability of the most likely cell of 25 km.
    people
        Inhabitants of the cities within the 95 % region.
    area_km2
        Area of the 95 % region, km².
    lon, lat
        The best guess, degrees.
    """

    expected_error_km: float
    p_size: dict[str, float]
    p_country: float
    country: str
    entropy_bits: float
    largest: float
    people: float
    area_km2: float
    lon: float
    lat: float

    @property
    def min_entropy_bits(self) -> float:
        """Minus the binary logarithm of the most likely cell's probability, bits."""
        return float(-np.log2(self.largest))


def exposure(posterior: MixedPosterior) -> Exposure:
    """Compute what a posterior reveals.

    Parameters
    ----------
    posterior
        The posterior.

    Returns
    -------
    Exposure
        The values of all metrics.
    """
    points = posterior.centres(np.arange(len(posterior.start)))
    mass = posterior.held
    held, error_km, guess = best_guesses(points, mass)
    (lon,), (lat,) = sphere.directions(guess[None])
    p_country, country = likeliest_country(points, mass)
    coarse = reference_masses(posterior)
    inside = _credible(posterior)
    area = float(posterior.size[inside].sum() * posterior.grid.cell_area_km2)
    return Exposure(
        expected_error_km=error_km,
        p_size=dict(zip(SIZES, np.minimum(held, 1.0).tolist(), strict=True)),
        p_country=p_country,
        country=country,
        entropy_bits=entropy_bits(*coarse),
        largest=float((coarse[0] / coarse[1]).max()),
        people=people_in(posterior, inside),
        area_km2=area,
        lon=float(lon),
        lat=float(lat),
    )


def best_guesses(points: FloatArray, mass: FloatArray) -> tuple[FloatArray, float, FloatArray]:
    """Find the attacker's best guesses.

    Parameters
    ----------
    points
        Unit vectors of cells, shape (n, 3).
    mass
        Probabilities of the cells, shape (n,).

    Returns
    -------
    held
        Largest probability within each of `SIZES`, shape (4,).
    error_km
        Smallest expected distance, km.
    guess
        The place with that distance, a unit vector.
    """
    chords = np.array([sphere.chord_of_km(SIZES_KM[s]) for s in SIZES])
    tried = _guesses(points, mass)
    held, error_km = np.empty((len(tried), len(chords))), np.empty(len(tried))
    ball_masses(points, mass, tried, chords, EARTH_RADIUS_KM, held, error_km)
    guess = _descended(points, mass, tried[np.argmin(error_km)])
    more, off = np.empty((1, len(chords))), np.empty(1)
    ball_masses(points, mass, guess[None], chords, EARTH_RADIUS_KM, more, off)
    best = int(np.argmin(error_km))
    if off[0] > error_km[best]:
        guess, off[0] = tried[best], error_km[best]
    return np.maximum(held.max(axis=0), more[0]), float(off[0]), guess


def _guesses(points: FloatArray, mass: FloatArray) -> FloatArray:
    """Densest cells, cells spread evenly over the probability, and the mean place."""
    if len(mass) <= FEW:
        return np.ascontiguousarray(points)
    dense = np.argsort(-mass, kind="stable")[: GUESSES // 2]
    level = np.cumsum(mass)
    spread = np.searchsorted(level, (np.arange(GUESSES // 2) + 0.5) / (GUESSES // 2) * level[-1])
    rows = np.unique(np.concatenate([dense, np.minimum(spread, len(mass) - 1)]))
    mean = mass @ points
    length = float(np.linalg.norm(mean))
    if length < 1e-9:
        return np.ascontiguousarray(points[rows])
    return np.concatenate([points[rows], mean[None] / length])


def _descended(points: FloatArray, mass: FloatArray, start: FloatArray) -> FloatArray:
    """Weiszfeld's algorithm (Tohoku Math. J. 43, 1937), on chords, kept on the sphere."""
    guess = start
    for _ in range(DESCENTS):
        away = np.maximum(np.linalg.norm(points - guess, axis=1), 1e-6)
        # The distance along the sphere divided by the chord: 1 at small distances.
        arc = sphere.arc_of_chord(away)
        slope = 1 / np.maximum(np.cos(arc / 2), 0.05)
        new = (mass * slope / away) @ points
        length = float(np.linalg.norm(new))
        if length < 1e-12:
            break
        guess = new / length
    return guess


def likeliest_country(points: FloatArray, mass: FloatArray) -> tuple[float, str]:
    """Find the most likely country.

    Parameters
    ----------
    points
        Unit vectors of cells, shape (n, 3).
    mass
        Probabilities of the cells, shape (n,).

    Returns
    -------
    tuple of (float, str)
        Its probability and its ISO code; 0 and an empty text if there is only sea.
    """
    row = country_rows(*sphere.directions(points))
    known = row >= 0
    if not known.any():
        return 0.0, ""
    total = np.bincount(row[known], weights=mass[known])
    best = int(np.argmax(total))
    return float(min(total[best], 1.0)), all_countries()[best].code


def reference_masses(posterior: MixedPosterior) -> tuple[FloatArray, FloatArray]:
    """Convert to cells of 25 km, merging finer cells and spreading coarser ones evenly.

    Parameters
    ----------
    posterior
        The posterior.

    Returns
    -------
    tuple of ndarray
        Probability of groups of cells, and the number of cells in each group.
    """
    parts = (posterior.grid.nside // CELL_NSIDE) ** 2
    coarse = posterior.size >= parts
    cell, where = np.unique(posterior.start[~coarse] // parts, return_inverse=True)
    fine = np.bincount(where, weights=posterior.held[~coarse], minlength=len(cell))
    count = np.concatenate([np.ones(len(cell)), posterior.size[coarse] / parts])
    return np.concatenate([fine, posterior.held[coarse]]), count


def entropy_bits(mass: FloatArray, count: FloatArray) -> float:
    """Compute the Shannon entropy of probabilities that are each spread evenly over several cells.

    Parameters
    ----------
    mass
        Probabilities, shape (n,).
    count
        Number of cells for each, shape (n,).

    Returns
    -------
    float
        The entropy, bits.
    """
    some = mass > 0
    return float(max(-(mass[some] * np.log2(mass[some] / count[some])).sum(), 0.0))


def _credible(posterior: MixedPosterior) -> IntArray:
    """Rows of the smallest set of pieces that holds 95 % of the probability."""
    order = posterior.by_density
    count = int(np.searchsorted(np.cumsum(posterior.held[order]), LEVEL)) + 1
    return order[:count]


def people_in(posterior: MixedPosterior, rows: IntArray) -> float:
    """Count the inhabitants of cities whose centres are in some pieces.

    Parameters
    ----------
    posterior
        The posterior.
    rows
        Rows of the pieces.

    Returns
    -------
    float
        Inhabitants.
    """
    row = _city_rows(posterior)
    inside = np.zeros(len(posterior.start) + 1, dtype=bool)
    inside[rows] = True
    return float(towns().population[inside[row]].sum())


def _city_rows(posterior: MixedPosterior) -> IntArray:
    """The piece that holds each city; -1, which indexes the last, if none does."""
    nested = _nested_cities(posterior.grid.nside)
    row = np.searchsorted(posterior.start, nested, side="right") - 1
    held = (row >= 0) & (nested < (posterior.start + posterior.size)[np.maximum(row, 0)])
    return np.where(held, row, -1)


@cache
def _nested_cities(nside: int) -> IntArray:
    cell = Grid(nside=nside).cell_of(towns().lon, towns().lat)
    return np.asarray(healpix.ring2nest(nside, cell), dtype=np.int64)


@dataclasses.dataclass(frozen=True)
class Truth:
    """How well the attack did, for a target of known place.

    Attributes
    ----------
    error_km
        Error of the best guess, km.
    in_city, in_region
        Whether the best guess is within 25 and 250 km.
    in_country
        Whether the most likely country is right.
    level
        Smallest level whose credible region holds the true place; infinite if none does.
    """

    error_km: float
    in_city: bool
    in_region: bool
    in_country: bool
    level: float


def against_truth(posterior: MixedPosterior, found: Exposure, lon: float, lat: float) -> Truth:
    """Compare an attack with the target's true place.

    Parameters
    ----------
    posterior
        Posterior of the target.
    found
        What that posterior reveals.
    lon, lat
        The target's place, degrees.

    Returns
    -------
    Truth
        The attack's errors.
    """
    error = float(sphere.distance_km(found.lon, found.lat, lon, lat))
    row = int(country_rows(lon, lat))
    code = all_countries()[row].code if row >= 0 else ""
    level = float(posterior.level_of(lon, lat))
    return Truth(
        error,
        error <= SIZES_KM["city"],
        error <= SIZES_KM["region"],
        bool(code) and code == found.country,
        level,
    )


def mean_metrics(found: Sequence[Exposure]) -> dict[str, float]:
    """Average the metrics over targets.

    Parameters
    ----------
    found
        The metrics of each target, at least one.

    Returns
    -------
    dict
        ``expected_error_km``, ``p_city``, ``p_region``, ``p_country``, ``p_continent``,
        ``entropy_bits``: means over the targets; ``min_entropy_bits``: from the mean probability of
        the most likely cell (Smith's conditional min-entropy); ``people_median``.
    """
    every_one = np.arange(len(found))[None]
    return {name: float(values[0]) for name, values in _averaged(found, every_one).items()}


def resampled(found: Sequence[Exposure]) -> dict[str, FloatArray]:
    """Compute every metric on resamples of the targets.

    Parameters
    ----------
    found
        The metrics of each target, at least one.

    Returns
    -------
    dict
        Values by the names of `mean_metrics`, each of shape (n_resamples,).

    Notes
    -----
    Efron, Annals of Statistics 7 (1979): targets are drawn with replacement, as many as there are.
    """
    return _averaged(found, drawn_rows(len(found)))


def _averaged(found: Sequence[Exposure], drawn: IntArray) -> dict[str, FloatArray]:
    """Compute every metric on draws of the targets, given as numbers of shape (n_draws, k)."""
    columns = {
        "expected_error_km": [one.expected_error_km for one in found],
        "p_city": [one.p_size["city"] for one in found],
        "p_region": [one.p_size["region"] for one in found],
        "p_country": [one.p_country for one in found],
        "p_continent": [one.p_size["continent"] for one in found],
        "entropy_bits": [one.entropy_bits for one in found],
    }
    means = {name: np.asarray(values)[drawn].mean(axis=1) for name, values in columns.items()}
    largest = np.array([one.largest for one in found])
    people = np.array([one.people for one in found])
    return {
        **means,
        "min_entropy_bits": -np.log2(largest[drawn].mean(axis=1)),
        "people_median": np.median(people[drawn], axis=1),
    }


def exposed_counts(found: Sequence[Exposure]) -> dict[str, int]:
    """Count the targets whose place is more likely guessed right than wrong, for each size.

    Parameters
    ----------
    found
        The metrics of each target.

    Returns
    -------
    dict
        Numbers by the names of `SIZES`; a target exposed at the size of a city is also exposed at
        that of a region.
    """
    return {s: sum(one.p_size[s] >= LIKELY for one in found) for s in SIZES}
