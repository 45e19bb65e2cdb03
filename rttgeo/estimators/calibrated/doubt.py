"""Whether one landmark is wrong although its disc overlaps those of all others.

A misplaced landmark within reach of the target contradicts no other by light: its disc only makes
the region small and confident. What reveals it is that its round-trip time is unexpected, given the
others. So each of the quickest landmarks is tested in turn: how probable is its measurement given
all the others, compared with that of a landmark that could be anywhere (Bayes factors of one
outlier: Box and Tiao, Biometrika 55, 1968)?
"""

from __future__ import annotations

import numpy as np

from rttgeo.delay.calibrated import vectors
from rttgeo.estimators.calibrated.cells import Cells, LimitCircles, reached_by_all_but_one
from rttgeo.estimators.calibrated.likelihood import Errors, Model, delay_errors, quickest
from rttgeo.estimators.calibrated.mixture import NOBODY, Doubts, Mixture, log_sum
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.estimators.training import keep_pairs
from rttgeo.mesh import TargetPairs
from rttgeo.typing import BoolArray, FloatArray, IntArray


def doubts(model: Model, pairs: TargetPairs, hidden: IntArray) -> Doubts:
    """Compute the probability that one of a target's quickest landmarks is wrong.

    Parameters
    ----------
    model
        What was learnt from the mesh.
    pairs
        The target's RTTs (ms) to landmarks whose discs all overlap.
    hidden
        Row numbers of the nodes of the field that must not be learnt from.

    Returns
    -------
    Doubts
        Landmarks that are wrong with a probability of `Settings.least_doubt` or more; at most
        `Settings.max_doubts`.

    Notes
    -----
    The posterior given the others is tempered by `Settings.generic_tempering`, so that it is as
    confident as such posteriors should be. The error of a single landmark, given those of the
    others, has the heavy tails of a Student t. A wrong landmark is assumed to measure anything from
    zero to `Settings.slowest_ms`, uniformly in the logarithm. Only landmarks that answer sooner
    than the others suggest are doubted: a detour excludes nothing.
    """
    settings = model.settings
    order = quickest(pairs.rtt_ms, settings)
    if len(order) < settings.least_witnesses:
        return NOBODY
    points, rtt = vectors(pairs.lon, pairs.lat), pairs.rtt_ms
    circles = LimitCircles(points[order], rtt[order], settings.tolerance_km)
    cells = reached_by_all_but_one(circles, settings.doubt_cells)
    places = np.concatenate([np.delete(model.field.nodes, hidden, axis=0), points])
    prior = model.prior.log_density(cells, places)
    landmark = pairs.landmark[order].astype(np.int64)
    errors = delay_errors(model.field, cells.centres, landmark, circles.rtt_ms, hidden)
    factor = _bayes_factors(model, circles, cells, prior, errors)
    odds = settings.wrong_landmark / (1 - settings.wrong_landmark) * np.exp(factor)
    probability = odds / (1 + odds.sum())
    most = np.argsort(-probability, kind="stable")[: settings.max_doubts]
    most = most[probability[most] >= settings.least_doubt]
    return Doubts(order[most], probability[most])


def weighed(model: Model, pairs: TargetPairs, hidden: IntArray) -> Mixture:
    """Weigh the possible cells of one target, with all landmarks and without each doubtful one.

    Parameters
    ----------
    model
        What was learnt from the mesh.
    pairs
        The target's RTTs to usable landmarks, at least one.
    hidden
        Nodes of the field that must not be learnt from.

    Returns
    -------
    Mixture
        The hypotheses: all landmarks are right, or one of the doubtful ones is wrong. With generic
        delays, only the first.
    """
    # If delays are merely assumed to be typical, there is no basis for calling a landmark wrong.
    learnt = not model.field.statistics.generic
    found = doubts(model, pairs, hidden) if learnt and model.settings.wrong_landmark else NOBODY
    right = 1 - float(found.probability.sum())
    parts, weight = [], []
    if right >= model.settings.least_doubt:
        parts, weight = [model.gather(pairs, hidden)], [right]
    for row, probability in zip(found.row.tolist(), found.probability.tolist(), strict=True):
        others = np.ones(len(pairs.rtt_ms), dtype=bool)
        others[row] = False
        parts.append(model.gather(keep_pairs(pairs, others), hidden))
        weight.append(probability)
    return Mixture(parts, np.array(weight), found)


def _bayes_factors(
    model: Model, circles: LimitCircles, cells: Cells, prior: FloatArray, errors: Errors
) -> FloatArray:
    """Log Bayes factor of each of the quickest landmarks being wrong, given its RTT."""
    settings, rtt = model.settings, circles.rtt_ms
    n = min(settings.doubted, len(rtt))
    inside = circles.reach(cells)
    missed = (~inside).sum(axis=1)
    inside = inside[:, :n]
    without, expected, sooner = _one_by_one(errors, n, settings)
    law = [model.law.log_density(float(rtt[k]), cells.centres, circles.points[k]) for k in (0, 1)]
    tempering = settings.generic_tempering
    quick = np.stack([law[1], *(law[0],) * (n - 1)])
    # A row for each landmark: sums over the cells are then of consecutive numbers.
    log_p = tempering.delays * without.T + tempering.nearest * quick + prior
    log_p[(missed[:, None] > ~inside).T] = -np.inf
    some = np.flatnonzero(np.isfinite(log_p).any(axis=1))
    weight = np.exp(log_p[some] - log_sum(log_p[some])[:, None])
    offset = settings.offset_ms
    anything = -np.log(np.log((settings.slowest_ms + offset) / offset))
    early, likely = inside & sooner, np.where(inside, expected, 0.0)
    found = np.full(n, -np.inf)
    for k, own in zip(some.tolist(), weight, strict=True):
        if own @ early[:, k] < 0.5 * (own @ inside[:, k]):
            continue
        with np.errstate(divide="ignore"):
            found[k] = anything - np.log(own @ likely[:, k])
    return np.asarray(np.minimum(found, settings.surest_nats))


def _one_by_one(
    errors: Errors, n: int, settings: Settings
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Log likelihood without each landmark, density of its own error, and whether it is negative.

    With precision P of the errors e, that of landmark k given the others has mean
    e_k − (P e)_k / P_kk and variance v / P_kk (Rasmussen and Williams, Gaussian Processes, 2006,
    section 5.4.2), and their squared length falls by (P e)_k² / P_kk.
    """
    from scipy.special import gammaln  # slow to load, not needed if nothing is known

    solved = errors.scaled @ errors.precision
    own, away = np.diag(errors.precision)[:n], solved[:, :n]
    length = np.einsum("ij,ij->i", solved, errors.scaled)
    rest, m = length[:, None] - away**2 / own, errors.scaled.shape[1] - 1
    variance, spread = errors.variance[:, None], errors.log_spread
    freedom, tail = settings.freedom, settings.landmark_freedom
    without = (
        -0.5 * (freedom + m) * np.log1p(rest / (variance * freedom))
        - 0.5 * m * np.log(variance)
        - (spread.sum(axis=1)[:, None] - spread[:, :n])
    )
    sd = np.sqrt(variance / own)
    shape = gammaln((tail + 1) / 2) - gammaln(tail / 2) - 0.5 * np.log(tail * np.pi)
    log_density = shape - 0.5 * (tail + 1) * np.log1p((away / own / sd) ** 2 / tail)
    return without, np.exp(log_density - np.log(sd) - spread[:, :n]), away < 0
