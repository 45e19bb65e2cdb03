"""The role of luck: what an attacker learns, by the number, choice and distance of vantage points.

Vantage points are drawn repeatedly from those of a mesh; every draw is attacked with the same law
of delays.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, Literal

import numpy as np
import pandas as pd

from rttgeo import sphere
from rttgeo.errors import BadInputError
from rttgeo.load.rates import rate
from rttgeo.machine.side_by_side import side_by_side
from rttgeo.mesh import Mesh
from rttgeo.privacy.attack import attack
from rttgeo.privacy.clues import Observed, observed_of, sampled_targets
from rttgeo.privacy.databases import fixed_law
from rttgeo.privacy.law import DelayLaw
from rttgeo.privacy.laws import Laws
from rttgeo.privacy.mechanism import Mechanism
from rttgeo.privacy.metrics import exposure
from rttgeo.privacy.priors import PRIORS
from rttgeo.privacy.protocol import PlacePrior
from rttgeo.typing import FloatArray, IntArray

COUNTS: Final = (1, 3, 10)
"""Numbers of vantage points in a draw; those larger than the mesh has are left out."""
DRAWS: Final = 40
"""Number of targets drawn for each count and choice."""
BAND: Final = (0.25, 0.75)
"""Percentiles between which half of the resamples lie."""
BINS_MS: Final = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 1000.0)
"""Limits of the classes of lowest round-trip time, ms."""


@dataclasses.dataclass(frozen=True)
class Draw:
    """One attack with some of the vantage points.

    Attributes
    ----------
    choice
        How the vantage points were chosen.
    count
        Number of vantage points.
    lowest_ms
        The lowest of their round-trip times, ms.
    expected_error_km, p_city
        The error that the attacker expects, km, and the expected probability of the right city.
    error_km
        Error of the best guess, km; NaN if the place is not known.
    size_km
        Radius of a circle as large as the attacker's 95 % region, km.
    """

    choice: str
    count: int
    lowest_ms: float
    expected_error_km: float
    p_city: float
    error_km: float
    size_km: float


Choice = Callable[[Observed, int, tuple[float, float], np.random.Generator], IntArray]
"""Function of observation, count, the target's stated place and generator: rows of the vantage
points."""


def at_random(
    seen: Observed, count: int, place: tuple[float, float], lots: np.random.Generator
) -> IntArray:
    """Draw vantage points at random.

    Parameters
    ----------
    seen
        Everything that the mesh has about the target.
    count
        How many to draw.
    place
        Not used.
    lots
        Random number generator.

    Returns
    -------
    numpy.ndarray
        Rows.
    """
    return lots.choice(len(seen.lon), count, replace=False)


def near_hint(
    seen: Observed, count: int, place: tuple[float, float], lots: np.random.Generator
) -> IntArray:
    """Take those nearest to the place given by IP geolocation, with its measured errors.

    Parameters
    ----------
    seen
        Everything that the mesh has about the target.
    count
        How many.
    place
        The target's place, degrees; a database entry is drawn around it.
    lots
        Random number generator.

    Returns
    -------
    numpy.ndarray
        Rows.
    """
    lon, lat = fixed_law().drawn(np.array([place[0]]), np.array([place[1]]), lots)
    away = sphere.distance_km(seen.lon, seen.lat, lon[0], lat[0])
    return np.argsort(away, kind="stable")[:count]


def greedy(
    seen: Observed, count: int, place: tuple[float, float], lots: np.random.Generator
) -> IntArray:
    """Start anywhere, and keep adding the one nearest to the quickest so far: a greedy search.

    Parameters
    ----------
    seen
        Everything that the mesh has about the target.
    count
        How many.
    place
        Not used.
    lots
        Random number generator.

    Returns
    -------
    numpy.ndarray
        Rows.
    """
    taken = [int(lots.integers(len(seen.lon)))]
    while len(taken) < count:
        best = min(taken, key=lambda row: float(seen.published_ms[row]))
        away = sphere.distance_km(seen.lon, seen.lat, seen.lon[best], seen.lat[best])
        away[taken] = np.inf
        taken.append(int(np.argmin(away)))
    return np.array(taken)


def adversarial(
    seen: Observed, count: int, place: tuple[float, float], lots: np.random.Generator
) -> IntArray:
    """Take the worst for the attacker, as if an opponent withheld all near vantage points.

    Parameters
    ----------
    seen
        Everything that the mesh has about the target.
    count
        How many.
    place, lots
        Not used.

    Returns
    -------
    numpy.ndarray
        Rows of the highest round-trip times.
    """
    return np.argsort(-seen.published_ms, kind="stable")[:count]


def lucky(
    seen: Observed, count: int, place: tuple[float, float], lots: np.random.Generator
) -> IntArray:
    """Take the quickest vantage points: the best possible luck.

    Parameters
    ----------
    seen
        Everything that the mesh has about the target.
    count
        How many.
    place, lots
        Not used.

    Returns
    -------
    numpy.ndarray
        Rows of the lowest round-trip times.
    """
    return np.argsort(seen.published_ms, kind="stable")[:count]


CHOICES: Final[dict[str, Choice]] = {
    "random": at_random,
    "near an IP hint": near_hint,
    "greedy": greedy,
    "lucky": lucky,
    "adversarial": adversarial,
}
"""The choices, by the names used in figures."""


def draw_vantage_points(
    mesh: Mesh,
    laws: Laws | DelayLaw,
    *,
    prior: PlacePrior = PRIORS["cities"],
    choices: Sequence[str] = tuple(CHOICES),
    counts: Sequence[int] = COUNTS,
    draws: int = DRAWS,
    seed: int = 2017,
) -> list[Draw]:
    """Attack targets repeatedly, each time with some of the vantage points.

    Parameters
    ----------
    mesh
        The measurements, with known places of some targets.
    laws, prior
        What the attacker assumes: one law of delays for all targets, or laws learnt without the
        target.
    choices
        Names of `CHOICES`.
    counts
        Numbers of vantage points in a draw.
    draws
        Number of draws for each choice and count; each takes a target at random.
    seed
        Seed of the draws.

    Returns
    -------
    list of Draw
        One per draw.

    Raises
    ------
    BadInputError
        When no target's place is known.
    """
    targets = sampled_targets(mesh, len(mesh.targets), known=True)
    if not len(targets):
        raise BadInputError(f"{mesh.provenance.name} states no place of a target")
    lots = np.random.default_rng(seed)
    law_of = Laws.same(laws, mesh).of if isinstance(laws, DelayLaw) else laws.of
    jobs = []
    for choice in choices:
        for count in counts:
            for target in lots.choice(targets, draws).tolist():
                seen = observed_of(mesh, target)
                if len(seen.lon) < count:
                    continue
                place = tuple(float(values[target]) for values in mesh.target_lonlat)
                rows = CHOICES[choice](seen, count, (place[0], place[1]), lots)
                few = Observed(*(one[rows] for one in seen))
                jobs.append((choice, count, place, law_of(target), few))

    def attacked(job: tuple[str, int, tuple[float, ...], DelayLaw, Observed]) -> Draw:
        choice, count, place, law, seen = job
        found = exposure(attack(seen, Mechanism(), law, prior))
        error = float(sphere.distance_km(found.lon, found.lat, *place))
        lowest = float(seen.published_ms.min())
        promised = found.expected_error_km
        size = sphere.radius_of_area_km(found.area_km2)
        return Draw(choice, count, lowest, promised, found.p_size["city"], error, size)

    return side_by_side(attacked, jobs)


def by_count(
    draws: Sequence[Draw], of: Literal["error_km", "size_km"] = "error_km"
) -> dict[str, pd.DataFrame]:
    """Summarise the error of the best guess, or the size of the region, by vantage points.

    Parameters
    ----------
    draws
        Result of `draw_vantage_points`.
    of
        What to summarise: the true error, or the radius of a circle as large as the 95 % region.

    Returns
    -------
    dict of pandas.DataFrame
        A table for each choice, with ``count``, ``median``, ``low`` and ``high`` (which enclose
        half of the draws), km.
    """
    tables = {}
    for choice in dict.fromkeys(one.choice for one in draws):
        rows = []
        for count in sorted({one.count for one in draws if one.choice == choice}):
            own = [getattr(o, of) for o in draws if o.choice == choice and o.count == count]
            low, high = np.quantile(own, BAND)
            rows.append((count, float(np.median(own)), float(low), float(high)))
        tables[choice] = pd.DataFrame(rows, columns=["count", "median", "low", "high"])
    return tables


def by_lowest(draws: Sequence[Draw], within_km: float = 25.0) -> pd.DataFrame:
    """Count how often the best guess names the right city, by lowest round-trip time.

    Parameters
    ----------
    draws
        Result of `draw_vantage_points`.
    within_km
        Largest error that counts as right, km.

    Returns
    -------
    pandas.DataFrame
        ``rtt_ms`` (geometric mean of the limits of the class), ``n``, ``p``, and ``low`` and
        ``high`` (95 %, Wilson); classes without draws are left out.
    """
    lowest: FloatArray = np.array([one.lowest_ms for one in draws])
    right = np.array([one.error_km <= within_km for one in draws])
    rows = []
    for low_ms, high_ms in pairwise(BINS_MS):
        own = (lowest > low_ms) & (lowest <= high_ms)
        if own.any():
            found = rate(int(right[own].sum()), int(own.sum()))
            middle = float(np.exp(np.log(lowest[own]).mean()))
            rows.append((middle, int(own.sum()), found.value, found.low, found.high))
    return pd.DataFrame(rows, columns=["rtt_ms", "n", "p", "low", "high"])


def one_vantage_point(
    law: DelayLaw, rtt_ms: FloatArray, places: Sequence[tuple[float, float]],
    prior: PlacePrior = PRIORS["cities"],
) -> pd.DataFrame:  # fmt: skip
    """Compute what a single vantage point in a city reveals, by its round-trip time.

    Parameters
    ----------
    law
        Law of delays.
    rtt_ms
        Round-trip times, ms, shape (n,).
    places
        Places of vantage points, degrees.
    prior
        Prior over the places of targets.

    Returns
    -------
    pandas.DataFrame
        ``rtt_ms``, ``p`` (mean probability of the right city), and ``low`` and ``high`` (lowest and
        highest over the places).
    """
    jobs = [(time, place) for time in rtt_ms.tolist() for place in places]

    def told(job: tuple[float, tuple[float, float]]) -> float:
        time, (lon, lat) = job
        found = exposure(attack(Observed.of(lon, lat, time), Mechanism(), law, prior))
        return found.p_size["city"]

    p = np.reshape(side_by_side(told, jobs), (len(rtt_ms), len(places)))
    columns = {"rtt_ms": rtt_ms, "p": p.mean(axis=1), "low": p.min(axis=1), "high": p.max(axis=1)}
    return pd.DataFrame(columns)
