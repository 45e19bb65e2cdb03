"""Kernels over scattered points against plain numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.kernels import points as kernels
from rttgeo.kernels.posterior import unit_vectors_of

places = st.tuples(st.floats(-180, 180), st.sampled_from([-90.0, -60.0, 0.0, 45.0, 89.9, 90.0]))


def vectors(places) -> np.ndarray:
    lon, lat = np.array(places).T
    return np.ascontiguousarray(sphere.unit_vectors(lon, lat))


@given(
    st.lists(places, min_size=1, max_size=20),
    st.lists(st.tuples(places, st.floats(-1, 1)), max_size=6),
)
def test_caps_holding_counts_as_dot_products_do(points, caps):
    at, cosine = vectors(points), np.array([c for _, c in caps])
    centres = vectors([p for p, _ in caps]) if caps else np.empty((0, 3))
    held = np.empty(len(points), dtype=np.int32)
    kernels.caps_holding(at, centres, cosine, held)
    # A tie may fall either way by the last digit: none of the random cosines is one.
    assert held.tolist() == (at @ centres.T - cosine >= 0).sum(axis=1).tolist()


@pytest.mark.parametrize("nside", [1, 4, 64])
def test_unit_vectors_of_cells_are_those_of_their_centres(nside):
    grid = Grid(nside=nside)
    rng = np.random.default_rng(nside)
    for cells in (np.arange(grid.n_cells), np.flatnonzero(rng.random(grid.n_cells) < 0.4)):
        expected = sphere.unit_vectors(*grid.lonlat(cells))
        found = np.empty((len(cells), 3))
        unit_vectors_of(grid.rings, cells, *found.T)
        np.testing.assert_allclose(found, expected, atol=1e-13)
