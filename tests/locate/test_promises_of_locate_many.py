"""What `rttgeo.locate_many` and the page on clusters promise beside equal bits."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import rttgeo
from rttgeo.mesh import Mesh

ROOT = Path(__file__).resolve().parents[2]
METHODS = ("exclusion", "shortest-ping", "geoping", "cbg++")


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    """Measured; its third target has lost all of its pairs."""
    whole = rttgeo.open_dataset("azure-2026")
    return whole.where(whole.pairs["target"].to_numpy() != 2)


def test_by_default_every_target_that_was_measured_in_the_order_of_the_table(mesh):
    names = [one.target for one in rttgeo.locate_many(mesh, method="exclusion")]
    assert names == [name for row, name in enumerate(mesh.targets.index) if row != 2]


def test_the_order_is_that_asked_for_by_name_or_number(mesh):
    asked = [7, str(mesh.targets.index[4]), 0]
    found = rttgeo.locate_many(mesh, asked, method="exclusion")
    assert [one.target for one in found] == [str(mesh.targets.index[row]) for row in (7, 4, 0)]


@pytest.mark.parametrize("method", METHODS)
def test_a_target_without_measurements_is_refused_in_a_batch_too(mesh, method):
    with pytest.raises(rttgeo.BadInputError):
        rttgeo.locate_many(mesh, [0, 2], method=method)


def test_what_contradicts_itself_or_is_not_there_is_refused(mesh):
    with pytest.raises(rttgeo.BadInputError, match="not both"):
        rttgeo.locate_many(mesh, [0], grid=rttgeo.Grid(nside=16), resolution_km=100)
    with pytest.raises(rttgeo.NotThereError, match="no-such"):
        rttgeo.locate_many(mesh, ["no-such"], method="exclusion")
    with pytest.raises(rttgeo.NotThereError, match="no-such"):
        rttgeo.locate_many(mesh, [0], method="no-such")


def test_a_batch_becomes_one_table(mesh):
    found = rttgeo.locate_many(mesh, [0, 1, 3], method="exclusion")
    table = found.to_geodataframe()
    assert len(table) == 3
    assert table.crs == "EPSG:4326"
    np.testing.assert_allclose(table["area_km2"], [one.area_km2 for one in found])


def test_shards_of_the_page_on_clusters_give_the_bits_of_one_call():
    page = (ROOT / "docs" / "howto" / "cluster.md").read_text(encoding="utf-8")
    (method,) = re.findall(r'locate_many\(mesh, .*method="([^"]+)"', page)
    mesh = rttgeo.open_dataset("azure-2026")
    names = list(mesh.targets.index[:6])
    whole = rttgeo.locate_many(mesh, names, method=method)
    shards = [*rttgeo.locate_many(mesh, names[3:], method=method)]
    shards = [*rttgeo.locate_many(mesh, names[:3], method=method), *shards]
    assert [one.region for one in whole] == [one.region for one in shards]
    assert [(one.lon, one.lat) for one in whole] == [(one.lon, one.lat) for one in shards]
