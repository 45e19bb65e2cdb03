"""Bells over points and over a grid, and counts of drops, against plain numpy."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.kernels.bells import CUT, add_bells, bell_values, cells_about
from rttgeo.kernels.nearest import nearest_chord
from rttgeo.kernels.nested import nested_centres
from rttgeo.kernels.tempering import count_drops

places = st.tuples(st.floats(-180, 180), st.sampled_from([-90.0, -60.0, 0.0, 45.0, 89.9, 90.0]))
GRID = Grid(nside=16)


@given(st.lists(places, min_size=1, max_size=6), st.floats(300.0, 2500.0))
def test_bells_over_a_grid_are_the_sum_at_each_centre(there, sd_km):
    lon, lat = np.array(there).T
    weight, out = np.arange(1.0, len(there) + 1), np.zeros(GRID.n_cells, np.float32)
    np.add.at(out, *bell_values(GRID.rings, lon, lat, weight, sd_km, EARTH_RADIUS_KM))
    cell_lon, cell_lat = GRID.centres()
    arc = sphere.distance_km(cell_lon[:, None], cell_lat[:, None], lon, lat)
    chord = 2 * EARTH_RADIUS_KM * np.sin(arc / EARTH_RADIUS_KM / 2)
    bell = np.exp(-0.5 * (chord / sd_km) ** 2)
    sure = np.abs(arc - CUT * sd_km).min(axis=1) > 1e-6
    held = np.where(arc <= CUT * sd_km, bell, 0.0) @ weight
    np.testing.assert_allclose(out[sure], held[sure], rtol=1e-5, atol=1e-9)


@given(st.lists(places, min_size=1, max_size=6), st.floats(300.0, 2500.0))
def test_cells_about_places_are_those_within_reach(there, radius_km):
    lon, lat = np.array(there).T
    cells, discs = cells_about(GRID.rings, lon, lat, radius_km)
    arc = sphere.distance_km(*(axis[:, None] for axis in GRID.centres()), lon, lat)
    found = np.zeros_like(arc, dtype=bool)
    found[cells, discs] = True
    assert len(cells) == found.sum()
    sure = np.abs(arc - radius_km) > 1e-6
    np.testing.assert_array_equal(found[sure], (arc <= radius_km)[sure])


@given(st.lists(places, min_size=1, max_size=40), st.lists(places, min_size=1, max_size=40))
def test_the_nearest_place_is_that_of_all(here, there):
    points, others = (sphere.unit_vectors(*np.array(some).T) for some in (here, there))
    found = np.empty(len(points))
    nearest_chord(points, others[np.argsort(others[:, 2])], found)
    every = np.sqrt(((points[:, None] - others[None]) ** 2).sum(axis=2))
    np.testing.assert_allclose(found, every.min(axis=1), rtol=1e-12, atol=1e-15)


@given(st.lists(places, min_size=1, max_size=6), st.floats(30.0, 2500.0), st.booleans())
def test_bells_over_points_are_the_sum_at_each(there, sd_km, neighbours_together):
    lon, lat = np.array(there).T
    points, out = sphere.unit_vectors(*GRID.centres()), np.ones(GRID.n_cells)
    if neighbours_together:
        nested_centres(GRID.nside, np.arange(GRID.n_cells), points)
    places, sd = np.ascontiguousarray(sphere.unit_vectors(lon, lat)), sd_km / EARTH_RADIUS_KM
    add_bells(points, places, sd, out)
    chord = np.linalg.norm(points[:, None] - places[None], axis=2)
    sure = np.abs(chord - CUT * sd).min(axis=1) > 1e-9
    bell = np.where(chord < CUT * sd, np.exp(-0.5 * (chord / sd) ** 2), 0.0).sum(axis=1)
    np.testing.assert_allclose(out[sure], 1 + bell[sure], rtol=1e-9)


@given(
    st.lists(st.tuples(*[st.floats(-30, 0, width=32)] * 3), min_size=1, max_size=40),
    st.sampled_from([1.0, 10.0]),
)
def test_drops_are_counted_as_by_a_histogram(rows, per_nat):
    field, nearest, prior = np.array(rows, dtype=np.float32).T.copy()
    exponents = np.array([[0.0, 0.0], [0.25, 1.0], [1.0, 0.5]], dtype=np.float32)
    top, counts = np.empty(3, np.float32), np.full((3, 50), 7, np.int32)
    size = np.arange(1, len(rows) + 1, dtype=np.int32)
    count_drops(field, nearest, prior, size, exponents, per_nat, top, counts)
    log_p = exponents[:, :1] * field + exponents[:, 1:] * nearest + prior
    np.testing.assert_allclose(top, log_p.max(axis=1), rtol=1e-6, atol=1e-6)
    assert counts.sum(axis=1).tolist() == [size.sum()] * 3
    # A drop at the edge of a bin may fall either way by the last digit.
    drop = (log_p.max(axis=1)[:, None] - log_p) * per_nat
    for t in range(3):
        for edge in range(1, 50, 7):
            held = counts[t, :edge].sum()
            least, most = (size[drop[t] < edge + slack].sum() for slack in (-1e-3, 1e-3))
            assert least <= held <= most
