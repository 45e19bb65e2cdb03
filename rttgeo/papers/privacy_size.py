"""How low the lowest round-trip time must be for a region of some size, and how far luck goes.

One vantage point needs no experiment: its circle is as wide as physics says. With several, the
others' circles cut into that of the closest one, so that a longer delay does for the same region.
How much longer is found by drawing vantage points from a mesh.
"""

from __future__ import annotations

import dataclasses
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import optimize

from rttgeo import sphere
from rttgeo.auditing.in_order import in_full_order
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.delay.light import FIBRE, SpeedBound
from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.papers.gain import confined_area_km2
from rttgeo.papers.privacy import Confinement, confinement
from rttgeo.papers.sizes import SIZES_KM
from rttgeo.typing import FloatArray

COUNTS: Final = (3, 10, 30, 100)
"""Vantage points of a draw; those that fewer than half of a mesh's targets have are left out."""

DRAWS: Final = 1500
BINS: Final = 12
BOOTSTRAPS: Final = 200
INTERVAL: Final = (0.025, 0.975)

Rows = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True)
class RegionSizes:
    """Regions of draws of vantage points: what all circles of a draw have in common.

    Attributes
    ----------
    lowest_ms, radius_km, target
        By the number of vantage points: lowest RTT of each draw, radius of a circle with the
        region's area, number of the target in the order of
        `rttgeo.auditing.in_order.in_full_order`; each of shape (draws,), sorted by lowest RTT.
    conflicting
        Draws without anything in common, which are left out: some place in them is wrong.
    """

    lowest_ms: dict[int, FloatArray]
    radius_km: dict[int, FloatArray]
    target: dict[int, Rows]
    conflicting: int


class Needed(NamedTuple):
    """Lowest RTT from which half of the regions exceed a size, with a 95 % interval, in ms.

    ``value_ms`` is NaN where no draw of the mesh had an RTT low enough.
    """

    value_ms: float
    low_ms: float
    high_ms: float


def region_sizes(
    mesh: Mesh,
    *,
    counts: tuple[int, ...] = COUNTS,
    draws: int = DRAWS,
    seed: int = 2017,
    speed: SpeedBound = FIBRE,
) -> RegionSizes:
    """Draw vantage points, and measure the region that their circles leave of the globe.

    A draw takes a pair as that with the lowest RTT, evenly over the logarithm of the RTT, and the
    other vantage points at random from those that are no quicker to the same target. Given its
    lowest RTT, it thus is a random choice of vantage points.

    Parameters
    ----------
    mesh
        Any mesh; no truth is needed.
    counts
        Vantage points of a draw.
    draws, seed
        Draws for each of them.
    speed
        Which speed of light turns an RTT into a radius.

    Returns
    -------
    RegionSizes
        By number of vantage points: lowest RTT, ms, target, and radius, km, of each draw.

    Raises
    ------
    BadInputError
        When half of the targets have fewer landmarks than the smallest of the counts.
    """
    size = np.diff(mesh.offsets)
    wanted = [k for k in counts if 2 * np.count_nonzero(size >= k) >= len(size) > 0]
    if not wanted:
        raise BadInputError(
            f"{mesh.provenance.name}: half of the targets have fewer than "
            f"{number_of(min(counts), 'landmark')}"
        )
    random = np.random.default_rng(seed)
    placed = in_full_order(mesh).mesh
    targets = [placed.of_target(number) for number in range(len(size))]
    order = [np.argsort(pairs.rtt_ms, kind="stable") for pairs in targets]
    found = {k: _draws(targets, order, k, draws, random, speed) for k in wanted}
    conflicting = sum(int(np.isnan(one[1]).sum()) for one in found.values())
    kept = {k: _sorted(*one) for k, one in found.items()}
    return RegionSizes(
        {k: one[0] for k, one in kept.items()},
        {k: one[1] for k, one in kept.items()},
        {k: one[2] for k, one in kept.items()},
        conflicting,
    )


def needed_rtt(sizes: RegionSizes, count: int, size_km: float, *, seed: int = 2017) -> Needed:
    """How low the lowest RTT must be for at least half of the regions to be no larger than a size.

    The share of the regions that are, over the lowest RTT, is fitted as a curve that never rises
    (isotonic regression). The interval is a bootstrap over targets.

    Parameters
    ----------
    sizes
        From `region_sizes`.
    count
        Vantage points of a draw.
    size_km
        Radius of a circle of the region's area.
    seed
        Of the bootstrap.

    Returns
    -------
    Needed
        Milliseconds, with the ends of the interval; NaN when no RTT is low enough.
    """
    rtt, small = sizes.lowest_ms[count], sizes.radius_km[count] <= size_km
    target = sizes.target[count]
    value = _crossing(rtt, small)
    if np.isnan(value):
        return Needed(np.nan, np.nan, np.nan)
    members = [np.flatnonzero(target == one) for one in np.unique(target)]
    random = np.random.default_rng(seed)
    again = np.empty(BOOTSTRAPS)
    for number in range(BOOTSTRAPS):
        chosen = random.integers(len(members), size=len(members))
        rows = np.sort(np.concatenate([members[one] for one in chosen]))
        again[number] = _crossing(rtt[rows], small[rows])
    # A resample without a region that small says no more than: below every RTT there is.
    low, high = np.quantile(np.nan_to_num(again, nan=rtt[0]), INTERVAL)
    return Needed(value, float(low), float(high))


class Luck(NamedTuple):
    """How many vantage points it takes to confine half of the targets that all of them confine.

    Attributes
    ----------
    confined
        Targets that all vantage points together confine.
    typical, sure
        Vantage points drawn at random that confine half of these on average, and in 95 % of the
        draws.
    chosen, chosen_all
        Vantage points that confine half of them, and all, when each is chosen that confines most.
    """

    confined: int
    typical: int
    sure: int
    chosen: int
    chosen_all: int


def luck(
    mesh: Mesh, size: str, found: Confinement | None = None, *, medium: str = "fibre"
) -> Luck | None:
    """Compare vantage points that happen to be there with chosen ones.

    Parameters
    ----------
    mesh
        Any mesh.
    size
        A name of `rttgeo.papers.sizes.SIZES_KM`.
    found
        From `rttgeo.papers.privacy.confinement`, when it is there already.
    medium
        A bound of `rttgeo.constants.KM_PER_MS_RTT`.

    Returns
    -------
    Luck or None
        None when no target is confined.

    Raises
    ------
    BadInputError
        For an unknown medium, or a mesh without pairs.
    """
    found = found or confinement(mesh, medium=medium)
    mesh = in_full_order(mesh).mesh
    radius = KM_PER_MS_RTT[medium] * mesh.pairs["rtt_ms"].to_numpy()
    rows = mesh.pairs[radius <= SIZES_KM[size]]
    confined = int(rows["target"].nunique())
    if not confined:
        return None
    half = confined / len(mesh.targets) / 2
    typical, sure = (
        int(found.vantage_points[np.argmax(curve >= half)])
        for curve in (found.share[size], found.low[size])
    )
    gains = _greedy(rows["landmark"].to_numpy(), rows["target"].to_numpy())
    chosen = int(np.argmax(gains >= confined / 2)) + 1
    return Luck(confined, typical, sure, chosen, len(gains))


def _greedy(landmark: Rows, target: Rows) -> Rows:
    """Targets confined by the first, the first two, … landmarks, each chosen to add most."""
    left = np.ones(len(landmark), dtype=bool)
    covered = []
    while left.any():
        best = np.bincount(landmark[left]).argmax()
        left &= ~np.isin(target, target[landmark == best])
        covered.append(len(np.unique(target)) - len(np.unique(target[left])))
    return np.array(covered)


def _draws(
    targets: list[TargetPairs],
    order: list[Rows],
    count: int,
    draws: int,
    random: np.random.Generator,
    speed: SpeedBound,
) -> tuple[FloatArray, FloatArray, Rows]:
    """Lowest RTTs, radii (NaN for conflicting circles) and targets of so many draws."""
    # The quickest of a draw leaves at least count - 1 that are no quicker.
    first = [
        (number, place)
        for number, ranks in enumerate(order)
        for place in range(len(ranks) - count + 1)
    ]
    rtt = np.array([targets[number].rtt_ms[order[number][place]] for number, place in first])
    chosen = random.choice(len(first), draws, p=_even(rtt))
    radius = np.empty(draws)
    for draw, row in enumerate(chosen):
        number, place = first[row]
        slower = random.choice(order[number][place + 1 :], count - 1, replace=False)
        rows = np.concatenate([[order[number][place]], slower]).astype(np.int64)
        pairs = TargetPairs(*(column[rows] for column in targets[number]))
        radius[draw] = sphere.radius_of_area_km(
            confined_area_km2(pairs, speed.radius_km(pairs.rtt_ms))
        )
    return rtt[chosen], radius, np.array([first[row][0] for row in chosen])


def _even(rtt: FloatArray) -> FloatArray:
    """Weights that make RTTs evenly frequent over their logarithm; they sum to 1."""
    edges = np.geomspace(rtt.min(), rtt.max(), BINS + 1)
    place = np.clip(np.searchsorted(edges, rtt, side="right") - 1, 0, BINS - 1)
    weight = 1 / np.bincount(place, minlength=BINS)[place]
    return np.asarray(weight / weight.sum())


def _sorted(
    rtt: FloatArray, radius: FloatArray, target: Rows
) -> tuple[FloatArray, FloatArray, Rows]:
    good = np.flatnonzero(np.isfinite(radius))
    rows = good[np.argsort(rtt[good], kind="stable")]
    return rtt[rows], radius[rows], target[rows]


def _crossing(rtt: FloatArray, small: npt.NDArray[np.bool_]) -> float:
    """Highest RTT up to which at least half are small; NaN when not even the lowest are."""
    if not len(rtt):
        return np.nan
    share = optimize.isotonic_regression(small.astype(float), increasing=False).x
    enough = np.flatnonzero(share >= 0.5)
    return float(rtt[enough[-1]]) if len(enough) else np.nan
