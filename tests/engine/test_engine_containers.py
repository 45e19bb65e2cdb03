"""Posteriors in other fields' containers, read back by the programs of those fields."""

from __future__ import annotations

import sys

import healpix
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rttgeo.cells.containers import uniq_numbers, zuniq_numbers
from rttgeo.cells.grid import Grid
from rttgeo.cells.mixed import MixedPosterior
from rttgeo.cells.posterior import Posterior
from rttgeo.errors import NotThereError

GRID = Grid(nside=32)


def plain() -> Posterior:
    cells = np.array([0, 7, 3000, GRID.n_cells - 1])
    return Posterior.from_log_density(GRID, cells, [0.0, -1.0, -0.5, -2.0])


def mixed() -> MixedPosterior:
    """Pieces of four sizes, among them a whole base cell."""
    start = np.array([0, 16, 64, 1024 * 3])
    size = np.array([1, 16, 64, 1024])
    return MixedPosterior(GRID, start, size, np.array([0.1, 0.2, 0.3, 0.4]))


def test_a_posterior_is_what_xdggs_reads() -> None:
    xdggs = pytest.importorskip("xdggs")
    posterior = plain()
    made = posterior.to_xarray()
    decoded = xdggs.decode(made)
    grid = decoded.dggs.grid_info
    assert (grid.level, grid.indexing_scheme, grid.nside) == (5, "nested", GRID.nside)
    places = decoded.dggs.cell_centers()
    lon = (places["longitude"].to_numpy() + 180) % 360 - 180
    lat = places["latitude"].to_numpy()
    assert sorted(GRID.cell_of(lon, lat)) == posterior.cells.tolist()
    by_cell = dict(
        zip(GRID.cell_of(lon, lat).tolist(), made["probability"].to_numpy(), strict=True)
    )
    assert [by_cell[cell] for cell in posterior.cells.tolist()] == posterior.probability.tolist()
    ids = made["cell_ids"].to_numpy()
    assert (np.diff(ids) > 0).all() and made["probability"].attrs["units"] == "1"
    share = made["probability_density"].to_numpy() * 4 * np.pi / GRID.n_cells
    np.testing.assert_allclose(share, made["probability"].to_numpy())


def test_a_dataset_goes_through_a_file(tmp_path) -> None:
    xr = pytest.importorskip("xarray")
    pytest.importorskip("scipy")
    made = plain().to_xarray()
    made.to_netcdf(tmp_path / "a.nc", engine="scipy")
    with xr.open_dataset(tmp_path / "a.nc", engine="scipy") as back:
        assert back["cell_ids"].attrs["grid_name"] == "healpix"
        np.testing.assert_array_equal(back["cell_ids"], made["cell_ids"])


def test_cells_of_several_levels_are_what_xdggs_reads() -> None:
    xdggs = pytest.importorskip("xdggs")
    posterior = mixed()
    made = posterior.to_xarray()
    decoded = xdggs.decode(made)
    assert decoded.dggs.grid_info.indexing_scheme == "zuniq"
    places = decoded.dggs.cell_centers()
    lon, lat, held = posterior.pieces()
    np.testing.assert_allclose(places["longitude"] % 360, lon % 360, atol=1e-9)
    np.testing.assert_allclose(places["latitude"], lat, atol=1e-9)
    assert made["probability"].to_numpy().tolist() == held.tolist()
    assert made["level"].to_numpy().tolist() == [5, 3, 2, 0]
    assert (np.diff(made["cell_ids"].to_numpy().astype(object)) > 0).all()
    area = 4 * np.pi * posterior.size / GRID.n_cells
    np.testing.assert_allclose(made["probability_density"] * area, held)


def test_uniq_numbers_are_those_of_the_standard() -> None:
    """The inverse as the standard has it: level and cell from the number alone."""
    posterior = mixed()
    found = []
    for number in posterior.uniq.tolist():
        level = (number.bit_length() - 3) // 2
        found.append((level, number - 4 * 4**level))
    level, cell = posterior.levels_and_cells()
    assert found == list(zip(level.tolist(), cell.tolist(), strict=True))
    # A known value: the twelve base cells are 4 to 15.
    base = np.arange(12)
    assert uniq_numbers(np.zeros(12, dtype=np.int64), base).tolist() == list(range(4, 16))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 29), st.integers(0, 2**62)), min_size=1))
def test_numbers_of_cells_at_all_levels(drawn: list[tuple[int, int]]) -> None:
    """Against whole numbers of Python, to the deepest level."""
    cells = [(level, number % (12 * 4**level)) for level, number in drawn]
    level, cell = (np.array(column, dtype=np.int64) for column in zip(*cells, strict=True))
    assert uniq_numbers(level, cell).tolist() == [4 * 4**n + c for n, c in cells]
    assert zuniq_numbers(level, cell).tolist() == [(2 * c + 1) * 4 ** (29 - n) for n, c in cells]


def test_pieces_and_cells_of_one_size_agree() -> None:
    posterior = plain()
    start = np.sort(healpix.ring2nest(GRID.nside, posterior.cells))
    order = np.argsort(healpix.ring2nest(GRID.nside, posterior.cells))
    same = MixedPosterior(
        GRID, start, np.ones(len(start), dtype=np.int64), posterior.probability[order]
    )
    pytest.importorskip("xarray")
    one, other = posterior.to_xarray(), same.to_xarray()
    np.testing.assert_array_equal(other["nested"], one["cell_ids"])
    for name in ("probability", "probability_density"):
        np.testing.assert_allclose(other[name], one[name], rtol=1e-15)


def test_without_xarray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xarray", None)
    for posterior in (plain(), mixed()):
        with pytest.raises(NotThereError, match=r"rttgeo\[xarray\]"):
            posterior.to_xarray()
