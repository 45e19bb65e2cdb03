"""Tables in memory are read as files are: the same mesh, the same words for what is wrong."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import rttgeo
from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh, Provenance
from rttgeo.pairs import BadRowsWarning, pairs_frame, read_mesh


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    return rttgeo.open_dataset("azure-2026")


def same(one: Mesh, other: Mesh) -> bool:
    return (
        one.pairs.equals(other.pairs)
        and one.landmarks.geometry.equals(other.landmarks.geometry)
        and one.targets.geometry.equals(other.targets.geometry)
        and list(one.targets.index) == list(other.targets.index)
    )


class OnlyStream:
    """A table of a library that nobody has heard of: Arrow's interface, and nothing else."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


class OnlyInterchange:
    """A table that offers the data frame interchange protocol only."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True) -> object:
        return self.table.__dataframe__(nan_as_null, allow_copy)

    @property
    def columns(self) -> list[str]:
        return list(self.table.column_names)


def test_a_pandas_frame_is_read_as_its_file_is(mesh: Mesh) -> None:
    frame = pairs_frame(mesh)
    assert same(read_mesh(frame), mesh)
    text = frame.astype({"landmark": str, "target": str})
    shuffled = text.sample(frac=1, random_state=1)
    more = text.assign(remark="more columns", geometry=[object()] * len(text))
    for one in (text, text.set_index("landmark", drop=False), shuffled, more):
        assert same(read_mesh(one), mesh)
    assert read_mesh(frame).provenance == Provenance("table")
    assert read_mesh(frame, provenance=mesh.provenance).provenance == mesh.provenance


def test_other_libraries_tables(mesh: Mesh) -> None:
    polars = pytest.importorskip("polars")
    frame = pairs_frame(mesh)
    text = frame.astype({"landmark": str, "target": str})
    assert same(read_mesh(polars.from_pandas(frame)), mesh)
    assert same(read_mesh(polars.from_pandas(text)), mesh)
    table = pa.Table.from_pandas(text)
    for one in (table, OnlyStream(table), OnlyInterchange(table)):
        assert same(read_mesh(one), mesh)


def test_ids_may_be_numbers_and_places_missing() -> None:
    frame = pd.DataFrame(
        {
            "landmark": [6001, 6002],
            "landmark_lat": [1.0, 2.0],
            "landmark_lon": [3, 4],
            "target": ["t", "t"],
            "target_lat": [np.nan, None],
            "target_lon": [np.nan, np.nan],
            "rtt_ms": ["5.5", "7"],
            "hops": [3, None],
        }
    )
    mesh = read_mesh(frame)
    assert list(mesh.landmarks.index) == ["6001", "6002"] and not mesh.has_truth
    assert mesh.pairs["rtt_ms"].tolist() == [5.5, 7.0]
    assert mesh.pairs["hops"].to_numpy()[0] == 3


def test_what_is_wrong_is_said_with_its_row(mesh: Mesh) -> None:
    frame = pairs_frame(mesh).head(40).astype({"landmark": str, "target": str})
    bad = frame.copy()
    bad.loc[bad.index[16], "rtt_ms"] = -3.0
    with pytest.raises(rttgeo.BadInputError, match=r"^table, line 17, column rtt_ms: found '-3"):
        read_mesh(bad)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert len(read_mesh(bad, skip_bad=True)) == 39
    assert any("1 of 40 rows left out" in str(one.message) for one in seen)
    with pytest.raises(rttgeo.BadInputError, match="no column 'rtt_ms'"):
        read_mesh(frame.drop(columns="rtt_ms"))
    with pytest.raises(rttgeo.BadInputError, match="'rtt_ms' of the table appears twice"):
        read_mesh(pd.concat([frame, frame[["rtt_ms"]]], axis=1))
    with pytest.raises(rttgeo.BadInputError, match="table"):
        read_mesh(frame.assign(rtt_ms=[object()] * 40))
    with pytest.raises(rttgeo.BadInputError, match="table in memory, not a dict"):
        read_mesh({"rtt_ms": [1.0]})  # type: ignore[arg-type]
    with pytest.raises(rttgeo.BadInputError, match="no usable pair in 0 rows"):
        read_mesh(frame.head(0))


def test_a_mesh_is_made_from_any_frame_at_the_class_itself(mesh: Mesh) -> None:
    frame = pairs_frame(mesh)
    assert same(Mesh.from_frame(frame), read_mesh(frame))
    assert same(Mesh.from_frame(pa.Table.from_pandas(frame)), mesh)
    assert Mesh.from_frame(frame, provenance=mesh.provenance).provenance == mesh.provenance
    polars = pytest.importorskip("polars")
    assert same(Mesh.from_frame(polars.from_pandas(frame)), mesh)


def test_what_is_no_good_frame_is_refused_in_a_line(mesh: Mesh, tmp_path) -> None:
    bad = pairs_frame(mesh).head(5).astype({"landmark": str, "target": str})
    bad.loc[2, "rtt_ms"] = -1.0
    with pytest.raises(BadInputError, match="line 3, column rtt_ms"):
        Mesh.from_frame(bad)
    with pytest.warns(BadRowsWarning):
        assert len(Mesh.from_frame(bad, skip_bad=True)) == 4
    with pytest.raises(BadInputError, match="not a PosixPath"):
        Mesh.from_frame(tmp_path)
