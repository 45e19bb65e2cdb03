"""What a further landmark is expected to bring, against really adding one. Simulated."""

from __future__ import annotations

import numpy as np
import pytest

from rttgeo.cells.grid import Grid
from rttgeo.estimators.calibrated.estimator import Calibrated
from rttgeo.estimators.estimate import Estimate
from rttgeo.estimators.training import keep_pairs
from rttgeo.explanation.explain import where_next
from rttgeo.simulate import simulate_full_mesh

N, TARGETS, FURTHER = 130, 8, 24


def entropy(estimate: Estimate) -> float:
    """Of the posterior over km², nats: the logarithm of an area."""
    posterior = estimate.posterior
    assert posterior is not None
    p = posterior.probability[posterior.probability > 0]
    return float(-(p * np.log(p)).sum() + np.log(posterior.grid.cell_area_km2))


@pytest.fixture(scope="module")
def gains():
    """Expected and realised nats of each further landmark for each target, two rows."""
    mesh = simulate_full_mesh(N, seed=8).mesh
    order = np.random.default_rng(0).permutation(N)
    targets, further, kept = np.split(order, [TARGETS, TARGETS + FURTHER])
    pairs = mesh.pairs
    seen = ~np.isin(pairs["landmark"], targets) & ~np.isin(pairs["target"], targets)
    fitted = Calibrated().fit(mesh.where(seen), Grid(resolution_km=26.0))
    lon, lat = (axis[further] for axis in mesh.landmark_lonlat)
    told = []
    for target in targets:
        mine = mesh.of_target(int(target))
        before = fitted.locate(keep_pairs(mine, np.isin(mine.landmark, kept)), "x")
        measured = keep_pairs(mine, np.isin(mine.landmark, kept))
        expected = -np.log(where_next(before, measured, lon, lat).shrinkage)
        for gain, one in zip(expected, further, strict=True):
            if one in mine.landmark:
                with_it = keep_pairs(mine, np.isin(mine.landmark, np.append(kept, one)))
                told.append((gain, entropy(before) - entropy(fitted.locate(with_it, "x"))))
    return np.array(told).T


@pytest.mark.slow
def test_the_expected_gain_is_of_the_size_of_the_realised(gains):
    expected, realised = gains
    assert 0.3 < realised.mean() / expected.mean() < 3


@pytest.mark.slow
def test_places_of_large_expected_gain_gain_more(gains):
    expected, realised = gains
    order = np.argsort(expected)
    tenth = len(order) // 10
    assert realised[order[-tenth:]].mean() > 4 * realised[order[: -3 * tenth]].mean()
    assert np.corrcoef(expected, realised)[0, 1] > 0.2
