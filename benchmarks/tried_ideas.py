"""Ideas for a better place or a smaller region: each changes what is known of a target left out.

An idea has options, in its own unit; `benchmarks.tried` takes for each mesh the one that did best
on the other measured meshes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.left_out import LeftOut, Place, likely
from rttgeo import sphere
from rttgeo.constants import EARTH_RADIUS_KM, KM_PER_MS_RTT
from rttgeo.delay.calibrated import COLOCATED_KM as PAIRS_APART_KM
from rttgeo.delay.spotter import MIN_POINTS, FittedSpotter, fit_spotter
from rttgeo.estimators.calibrated.cells import possible_cells
from rttgeo.estimators.calibrated.conformal import Levels
from rttgeo.estimators.calibrated.kriging import ResidualField
from rttgeo.estimators.calibrated.likelihood import Evidence, delay_errors, delay_log_likelihood
from rttgeo.estimators.calibrated.mixture import Mixture
from rttgeo.estimators.calibrated.parts import on_parts
from rttgeo.sphere import between
from rttgeo.typing import FloatArray

Change = Callable[[LeftOut, Evidence, Any], Evidence]
PLACES = 500
"""Pieces that hold the most, among which a place is looked for."""


class Idea(NamedTuple):
    """Something that might do better than the default method.

    Attributes
    ----------
    about
        What it does, in words, for the table.
    options
        Values to choose from.
    change
        Makes the evidence of a target under an option.
    place
        Says where a target is put under an option; None for the way of the default method.
    """

    about: str
    options: tuple[Any, ...]
    change: Change
    place: Callable[[Any], Place] = lambda _: likely


def as_it_is(left: LeftOut, evidence: Evidence, option: object) -> Evidence:
    """Leave the evidence alone."""
    return evidence


def place_by(loss: str) -> Place:
    """Put a target where the expected loss is least: "distance", or "square", for the mean."""

    def place(left: LeftOut, mixture: Mixture) -> tuple[float, float]:
        posterior = mixture.posterior(mixture.main.settings.place_tempering, Levels())
        row = np.argsort(-posterior.held, kind="stable")[:PLACES]
        points, held = posterior.centres(row), posterior.held[row]
        every = posterior.centres(np.arange(len(posterior.held)))
        middle = posterior.held @ every
        apart = (
            -points @ middle
            if loss == "square"
            else np.arccos(np.clip(points @ points.T, -1, 1)) @ held
        )
        (lon,), (lat,) = sphere.directions(points[[np.argmin(apart)]])
        return float(lon), float(lat)

    return place


def _over(evidence: Evidence, values: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """A smooth function of places, worked out at the coarse cells and carried over to the others."""
    coarse = possible_cells(evidence.circles, evidence.settings)
    return on_parts(values(coarse.centres), coarse, evidence.cells)


def _added(evidence: Evidence, weight: float, values: FloatArray) -> Evidence:
    """Give a log density this weight beside that of the delays as the place is worked out."""
    scale = weight / evidence.settings.place_tempering.delays
    return evidence._replace(delays=evidence.delays + scale * values)


def _distances_km(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(EARTH_RADIUS_KM * np.arccos(np.clip(a @ b.T, -1, 1)))


def last_mile(left: LeftOut, evidence: Evidence, mean_ms: float) -> Evidence:
    """Let the target have a last mile of its own, exponential of this mean; all are summed over."""
    rtt, field = evidence.circles.rtt_ms, left.model.field
    edges = np.array([0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0])
    height = (edges[1:] + edges[:-1]) / 2 - 0.5
    prior = np.exp(-edges[:-1] / mean_ms) - np.exp(-edges[1:] / mean_ms)
    some = height < 0.95 * rtt[0]
    some[0] = True
    height, prior = height[some], prior[some] / prior[some].sum()
    tempering = evidence.settings.generic_tempering.delays

    def one(centres: FloatArray, ms: float) -> FloatArray:
        less = np.maximum(rtt - ms, 0.0)
        found = delay_log_likelihood(field, centres, evidence.landmark, less, left.hidden)
        # The density is of the RTT, not of its logarithm without the last mile.
        return found - np.log(less + field.settings.offset_ms).sum()

    def values(centres: FloatArray) -> FloatArray:
        logs = np.stack([tempering * one(centres, ms) for ms in height]) + np.log(prior)[:, None]
        return np.asarray(np.logaddexp.reduce(logs) / tempering)

    return evidence._replace(delays=_over(evidence, values))


class _Pooled:
    """Spotter's curves, fitted once for each fold of a mesh to what it may learn from."""

    def __init__(self) -> None:
        self.known: dict[int, tuple[object, FittedSpotter | None]] = {}

    def of(self, left: LeftOut) -> FittedSpotter | None:
        """Fit, or look up what was fitted for the same field statistics."""
        statistics = left.model.field.statistics
        if self.known.get(left.fold, (None, None))[0] is not statistics:
            self.known[left.fold] = (statistics, _fit_spotter(left))
        return self.known[left.fold][1]


def _fit_spotter(left: LeftOut) -> FittedSpotter | None:
    rtt, field = left.known.rtt_ms[left.shown], left.model.field
    distance = np.stack(
        [between(field.landmarks, point) for point in left.known.points[left.shown]]
    )
    good = np.isfinite(rtt) & (distance > PAIRS_APART_KM)
    return fit_spotter(distance[good], rtt[good]) if good.sum() >= MIN_POINTS else None


POOLED = _Pooled()


def with_spotter(left: LeftOut, evidence: Evidence, option: tuple[int, float]) -> Evidence:
    """Pool with Spotter's density, distance given RTT, over the quickest landmarks."""
    count, weight = option
    fitted, circles = POOLED.of(left), evidence.circles
    if fitted is None:
        return evidence
    points, rtt = circles.points[:count], circles.rtt_ms[:count]

    def values(centres: FloatArray) -> FloatArray:
        distance = _distances_km(centres, points)
        # Of the place, not of the distance: a ring next door or at the antipode is small.
        arc = np.clip(distance, 3.0, np.pi * EARTH_RADIUS_KM - 3.0) / EARTH_RADIUS_KM
        density = fitted.log_density(distance, rtt, np.arange(len(rtt)))
        return np.asarray((density - np.log(np.sin(arc))).sum(axis=1))

    return _added(evidence, weight, _over(evidence, values))


def by_rank(left: LeftOut, evidence: Evidence, power: float) -> Evidence:
    """Let the k-th quickest landmark weigh (k / 5)^-power from the fifth on."""
    field, rtt = left.model.field, evidence.circles.rtt_ms
    weight = (np.maximum(np.arange(len(rtt)) - 5, 0) / 5 + 1.0) ** -power

    def values(centres: FloatArray) -> FloatArray:
        errors = delay_errors(field, centres, evidence.landmark, rtt, left.hidden)
        whiten = np.linalg.cholesky(errors.precision)
        q = ((errors.scaled * np.sqrt(weight) @ whiten) ** 2).sum(axis=1)
        n, freedom, variance = weight.sum(), field.settings.freedom, errors.variance
        shape = -0.5 * (freedom + n) * np.log1p(q / (variance * freedom))
        return np.asarray(shape - 0.5 * n * np.log(variance) - errors.log_spread @ weight)

    return evidence._replace(delays=_over(evidence, values))


DETOUR, DIRECT_DETOUR, ACCESS_MS = 1.6, 2.1, 3.0
"""Of the way from a known node to a place; of the way straight from the landmark, which costs its
last mile too. Usual values of cables, not fitted."""
HUB_SD = 0.15
"""Deviation of the logarithm of an RTT from that of the shortest way."""


def by_hubs(left: LeftOut, evidence: Evidence, weight: float) -> Evidence:
    """Pool with the shortest way: from a landmark to a known node as measured, and on from there."""
    field, rtt = left.model.field, evidence.circles.rtt_ms
    to_node = np.delete(left.known.rtt_ms, left.hidden, axis=0)[:, evidence.landmark]
    to_node = np.where(np.isfinite(to_node), to_node, np.inf)
    nodes, offset = np.delete(field.nodes, left.hidden, axis=0), field.settings.offset_ms

    def values(centres: FloatArray) -> FloatArray:
        fibre = KM_PER_MS_RTT["fibre"]
        best = ACCESS_MS + DIRECT_DETOUR / fibre * _distances_km(centres, evidence.circles.points)
        on_from = DETOUR / fibre * _distances_km(centres, nodes)
        for row in range(len(nodes)):
            np.minimum(best, to_node[row] + on_from[:, row : row + 1], out=best)
        off = np.log((rtt + offset) / (best + offset)) / HUB_SD
        return np.asarray(-2.5 * np.log1p(off**2 / 4).sum(axis=1))

    return _added(evidence, weight, _over(evidence, values))


def like_neighbours(left: LeftOut, evidence: Evidence, option: tuple[int, float]) -> Evidence:
    """Pool with kernels about the known nodes whose RTT vectors are most like the target's.

    How far such nodes are by how unlike they are is a line through logarithms, learnt on the
    nodes that may be learnt from.
    """
    count, weight = option
    own = np.full(left.known.rtt_ms.shape[1], np.nan)
    own[left.pairs.landmark] = left.pairs.rtt_ms
    shown = left.known.rtt_ms[left.shown]
    law = _likeness_law(shown, left.known.points[left.shown], count)
    if law is None:
        return evidence
    there = np.delete(left.known.rtt_ms, left.hidden, axis=0)
    points = np.delete(left.known.points, left.hidden, axis=0)
    unlike = _unlike(own, there)
    best = np.argsort(unlike, kind="stable")[:count]
    best = best[np.isfinite(unlike[best])]
    slope, level, sd = law

    def values(centres: FloatArray) -> FloatArray:
        distance = _distances_km(centres, points[best])
        where = np.log(distance + 10.0)
        arc = np.clip(distance, 3.0, np.pi * EARTH_RADIUS_KM - 3.0) / EARTH_RADIUS_KM
        off = (where - level - slope * np.log(unlike[best])) / sd
        return np.asarray((-0.5 * off**2 - where - np.log(np.sin(arc))).sum(axis=1))

    return _added(evidence, weight, _over(evidence, values)) if len(best) else evidence


LEAST_COMMON = 5
"""Landmarks that two nodes must have in common to be compared."""


def _unlike(own: FloatArray, others: FloatArray) -> FloatArray:
    """Mean size of the difference of log RTTs over common landmarks; infinite with too few."""
    apart = np.abs(np.log(others + 10.0) - np.log(own + 10.0))
    common = np.isfinite(apart)
    size = np.where(common, apart, 0.0).sum(axis=1) / np.maximum(common.sum(axis=1), 1)
    return np.where(common.sum(axis=1) >= LEAST_COMMON, size + 0.01, np.inf)


def _likeness_law(
    rtt: FloatArray, points: FloatArray, count: int
) -> tuple[float, float, float] | None:
    x, y = [], []
    for row in range(len(rtt)):
        distance = between(points, points[row])
        unlike = np.where(distance > PAIRS_APART_KM, _unlike(rtt[row], rtt), np.inf)
        best = np.argsort(unlike, kind="stable")[:count]
        best = best[np.isfinite(unlike[best])]
        x += np.log(unlike[best]).tolist()
        y += np.log(distance[best] + 10.0).tolist()
    if len(x) < 10 * count:
        return None
    slope, level = np.polyfit(x, y, 1)
    rest = np.array(y) - level - slope * np.array(x)
    return float(slope), float(level), float(max(rest.std(), 0.1))


def full_covariance(left: LeftOut, evidence: Evidence, noise: float) -> Evidence:
    """Carry residuals over along nodes and landmarks at once, each pair with noise of its own.

    Without noise the covariance is a product, and other landmarks say nothing more; with it they
    do. Solved by the eigenvectors of both factors (Saatçi, Scalable inference for structured
    Gaussian process models, 2011, chapter 5); RTTs that are missing are filled in twice.
    """
    field, rtt, landmark = left.model.field, evidence.circles.rtt_ms, evidence.landmark
    smooth = _smoothed(left, field, landmark, noise)
    if smooth is None:
        return evidence
    changed = left.model.field.__class__(
        field.settings, field.statistics, field.nodes, field.landmarks, smooth
    )

    def values(centres: FloatArray) -> FloatArray:
        return delay_log_likelihood(changed, centres, landmark, rtt, left.hidden)

    return evidence._replace(delays=_over(evidence, values))


def _smoothed(
    left: LeftOut, field: ResidualField, landmark: Any, noise: float
) -> FloatArray | None:
    shown = np.delete(np.arange(len(field.nodes)), left.hidden)
    residual = field.residual[np.ix_(shown, landmark)]
    known = np.isfinite(residual)
    if known.mean() < field.settings.kriged_share:
        return None
    statistics = field.statistics
    by_node = statistics.covariance(field.nodes[shown], statistics.target_shares)
    by_landmark = statistics.covariance(field.landmarks[landmark], statistics.landmark_shares)
    (a, u), (b, v) = np.linalg.eigh(by_node), np.linalg.eigh(by_landmark)
    power = np.maximum(np.outer(a, b), 0.0)
    filled = _filled(residual, np.linalg.inv(by_node))
    smooth = u @ (power / (power + noise) * (u.T @ filled @ v)) @ v.T
    out = field.residual.copy()
    out[np.ix_(shown, landmark)] = smooth
    return out


def _filled(residual: FloatArray, precision: FloatArray) -> FloatArray:
    """Fill in what is missing by what the other nodes say of the same landmark."""
    known = np.isfinite(residual)
    filled = np.where(known, residual, 0.0)
    for column in np.flatnonzero(~known.all(axis=0)):
        gone = np.flatnonzero(~known[:, column])
        pull = precision[gone] @ filled[:, column]
        filled[gone, column] -= np.linalg.solve(precision[np.ix_(gone, gone)], pull)
    return filled


def prior_power(left: LeftOut, evidence: Evidence, power: float) -> Evidence:
    """Trust the cities more or less: the prior density to this power."""
    return evidence._replace(prior=power * evidence.prior)


def hosts_anywhere(left: LeftOut, evidence: Evidence, share: float) -> Evidence:
    """Take this share of hosts to stand in the country, anywhere that light leaves possible."""
    size = evidence.cells.size
    even = -np.log(size.sum())
    prior = evidence.prior - np.log((np.exp(evidence.prior) * size).sum())
    return evidence._replace(prior=np.logaddexp(np.log1p(-share) + prior, np.log(share) + even))


IDEAS: dict[str, Idea] = {
    "another place": Idea(
        "the place of least expected distance, or of least expected square of it (the mean)",
        ("distance", "square"), as_it_is, place_by),
    "last mile": Idea(
        "a last mile of the target's own, exponential with a mean of 3 ms, summed over",
        (3.0,), last_mile),
    "pooled Gaussians": Idea(
        "Spotter's density of distance given RTT beside that of RTT given distance, over the 8 "
        "quickest landmarks with a weight of 0.3, or over all with 0.1 or 0.3",
        ((8, 0.3), (10**6, 0.1), (10**6, 0.3)), with_spotter),
    "quick landmarks": Idea(
        "slower landmarks count less: the k-th quickest by the power -0.6 of k/5, beyond the fifth",
        (0.6,), by_rank),
    "shortest way": Idea(
        "the quickest way through a known node as the expected delay, with a weight of 0.1",
        (0.1,), by_hubs),
    "similar vectors": Idea(
        "kernels about the three known nodes whose RTT vectors are most alike, with a weight of 0.3",
        ((3, 0.3),), like_neighbours),
    "noise of pairs": Idea(
        "residuals carried over along nodes and landmarks at once, each pair with noise of its own, "
        "0.3 of the variance", (0.3,), full_covariance),
    "prior's power": Idea("the prior density to the power 0.85", (0.85,), prior_power),
    "hosts in the country": Idea(
        "one host in thirty stands anywhere that light leaves possible", (0.03,), hosts_anywhere),
}  # fmt: skip
"""Ideas by name."""
