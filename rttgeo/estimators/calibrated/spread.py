"""How wrong the residual field is, by distance from the landmark.

Nodes near each other share most of the path to a far landmark, and little of the path to a near
one. So the farther the landmark is, the better a target's residual is predicted from its
neighbours: in a mesh of world cities to 12 % beyond 10,000 km and to 29 % within 500 km, although
the residuals themselves are equally large everywhere. This is learnt from nodes left out of the
field.
"""

from __future__ import annotations

import numpy as np

from rttgeo.delay.calibrated import COLOCATED_KM, KNOTS
from rttgeo.estimators.calibrated.kriging import ResidualField
from rttgeo.sphere import between, km_of_chord
from rttgeo.typing import FloatArray, IntArray


def learn_spread(
    field: ResidualField, rtt_ms: FloatArray, reach_km: float, left_out: IntArray
) -> FloatArray:
    """Learn the log of the factor on the field's standard deviation, tabulated by chord.

    Parameters
    ----------
    field
        The field over the nodes.
    rtt_ms
        Round-trip times of the landmarks to its nodes, ms, shape (n_nodes, n_landmarks); NaN where
        not measured.
    reach_km
        A node is predicted only from nodes farther away than this, as a target will be, km.
    left_out
        Row numbers of the nodes to leave out in turn.

    Returns
    -------
    FloatArray
        Natural log of the factor at equal steps of the chord, shape (`KNOTS`,).

    Notes
    -----
    In each band of distance, this is the robust standard deviation (1.4826 times the median) of the
    errors of left-out nodes, shrunk toward that of all errors; it is linear between the centres of
    the bands.
    """
    settings = field.settings
    error, distance = _left_out_errors(field, rtt_ms, reach_km, left_out)
    if not len(error):
        return np.zeros(KNOTS)
    overall = _log_deviation(error, settings.spread_floor)
    edges = np.asarray(settings.spread_edges_km)
    # The last band is open: few pairs are farther apart than 18,000 km.
    band = np.digitize(distance, edges[1:-1])
    level = np.full(len(edges) - 1, overall)
    for number in range(len(level)):
        here = error[band == number]
        if len(here) >= settings.spread_least:
            own = len(here) * _log_deviation(here, settings.spread_floor)
            prior = settings.spread_prior
            level[number] = (own + prior * overall) / (len(here) + prior)
    knots_km = km_of_chord(np.linspace(0, 2, KNOTS))
    return np.asarray(np.interp(knots_km, (edges[:-1] + edges[1:]) / 2, level))


def _log_deviation(error: FloatArray, least: float) -> float:
    return float(np.log(max(1.4826 * np.median(error), least)))


def _left_out_errors(
    field: ResidualField, rtt_ms: FloatArray, reach_km: float, left_out: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Errors of pairs of some nodes, in deviations of the field, and their distances in km."""
    errors, distances = [np.empty(0)], [np.empty(0)]
    for row in left_out:
        here = field.nodes[row]
        hidden = np.flatnonzero(between(field.nodes, here) <= reach_km)
        landmark = np.flatnonzero(np.isfinite(rtt_ms[row]))
        distance = between(field.landmarks[landmark], here)
        landmark, distance = landmark[distance > COLOCATED_KM], distance[distance > COLOCATED_KM]
        if not len(landmark):
            continue
        mean, variance = field.expected(here[None, :], landmark, hidden)
        off = field.statistics.log_rtt(rtt_ms[row, landmark]) - mean[0]
        errors.append(np.abs(off) / np.sqrt(variance[0]))
        distances.append(distance)
    return np.concatenate(errors), np.concatenate(distances)
