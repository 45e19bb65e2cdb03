"""A plain table is the mesh that the careful reader makes of it; any other is left to that reader."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh
from rttgeo.pairs.plain import plain_mesh
from rttgeo.pairs.reading import read_mesh_report
from rttgeo.provenance import Provenance

ABOUT = Provenance(name="made up")
PLACES = [(0.0, 0.0), (-0.0, 0.0), (180.0, -90.0), (16.25, 48.5), (None, None)]
CODED = pa.dictionary(pa.int32(), pa.string())


def same(one: Mesh, other: Mesh) -> None:
    pd.testing.assert_frame_equal(one.pairs, other.pairs, check_exact=True)
    for a, b in ((one.landmarks, other.landmarks), (one.targets, other.targets)):
        pd.testing.assert_index_equal(a.index, b.index, exact=True)
        assert a.geometry.to_wkb().tolist() == b.geometry.to_wkb().tolist()
    assert one.digest == other.digest and one.provenance == other.provenance
    assert (one.offsets == other.offsets).all()


def table_of(rows: list[tuple], kind=None) -> pa.Table:
    """Rows of landmark, its longitude and latitude, target, its place, RTT."""
    names = ["landmark", "landmark_lon", "landmark_lat", "target", "target_lon", "target_lat"]
    columns = dict(zip([*names, "rtt_ms"], zip(*rows, strict=True), strict=True))
    kinds = {
        n: (kind or pa.string()) if n in ("landmark", "target") else pa.float64() for n in columns
    }
    return pa.table({n: pa.array(v, kinds[n]) for n, v in columns.items()})


def good(n_landmarks: int = 3, n_targets: int = 4) -> list[tuple]:
    return [
        (f"l{i}", 10.0 * i, 5.0, f"t{j}", *((1.5, 2.5) if j % 2 else (None, None)), 1.0 + i + j)
        for j in range(n_targets)
        for i in range(n_landmarks)
    ]


def changed(row: int, column: int, value) -> list[tuple]:
    rows = good()
    rows[row] = (*rows[row][:column], value, *rows[row][column + 1 :])
    return rows


name = st.sampled_from(["a", "b", "Ž", "zürich", "b b", "é"])
row = st.tuples(
    name,
    st.sampled_from(PLACES[:4]),
    name,
    st.sampled_from(PLACES),
    st.sampled_from([0.5, 7.0, 800.0]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(row, min_size=1, max_size=12), st.booleans(), st.integers(1, 5), st.booleans())
def test_what_is_made_is_what_the_reader_makes(drawn, coded, at_once, grouped):
    if grouped:
        drawn = sorted(drawn, key=lambda one: one[2])
    rows = [(a, *p, b, *q, ms) for a, p, b, q, ms in drawn]
    whole = table_of(rows, CODED if coded else None)
    # Batches have dictionaries of their own, as row groups of a file have.
    table = pa.concat_tables(
        table_of(rows[k : k + at_once], CODED if coded else None)
        for k in range(0, len(rows), at_once)
    )
    assert table.num_rows == whole.num_rows
    found = plain_mesh(table, ABOUT)
    if found is not None:
        same(found, read_mesh_report(table, provenance=ABOUT)[0])


@pytest.mark.parametrize("kind", [None, CODED], ids=["texts", "codes"])
@pytest.mark.parametrize("order", ["as it is", "landmarks mixed", "targets mixed", "backwards"])
def test_plain_tables_are_made_here(kind, order):
    rows = good()
    if order == "landmarks mixed":
        rows = sorted(rows, key=lambda one: (one[3], one[6] % 2))
    elif order == "targets mixed":
        rows = sorted(rows, key=lambda one: "t2 t0 t3 t1".index(one[3]))
    elif order == "backwards":
        rows = rows[::-1]
    found = plain_mesh(table_of(rows, kind), ABOUT)
    assert found is not None and len(found) == 12
    same(found, read_mesh_report(table_of(rows, kind), provenance=ABOUT)[0])


def test_a_full_mesh_whose_nodes_are_both_is_plain():
    places = {"a": (0.0, 0.0), "b": (10.0, 0.0), "c": (0.0, 10.0)}
    for stated in (True, False):
        rows = [
            (a, *places[a], b, *(places[b] if stated else (None, None)), 30.0)
            for b in places
            for a in places
            if a != b
        ]
        found = plain_mesh(table_of(rows), ABOUT)
        assert found is not None and found.has_truth
        same(found, read_mesh_report(table_of(rows), provenance=ABOUT)[0])


def test_optional_columns_are_kept():
    table = table_of(good()).append_column("samples", pa.array([3] * 11 + [None], pa.int64()))
    table = table.append_column("deviation_ms", pa.array(np.arange(12) / 8))
    found = plain_mesh(table, ABOUT)
    assert found is not None and found.pairs["samples"].isna().sum() == 1
    same(found, read_mesh_report(table, provenance=ABOUT)[0])
    wrong = table.set_column(7, "samples", pa.array([1.5] * 12))
    assert plain_mesh(wrong, ABOUT) is None
    with pytest.raises(BadInputError, match="samples"):
        read_mesh_report(wrong, provenance=ABOUT)


ODD = {
    "space around a name": changed(4, 3, " t1"),
    "name that is empty": changed(4, 0, ""),
    "name that shows nothing": changed(4, 0, "\u200b"),
    "no name": changed(4, 3, None),
    "landmark without a place": changed(4, 1, None),
    "half a place": changed(4, 4, None),
    "latitude out of range": changed(4, 2, 91.0),
    "longitude out of range": changed(4, 4, 180.5),
    "landmark at a second place": changed(4, 1, 50.0),
    "target at a second place": changed(4, 5, 50.0),
    "RTT of nothing": changed(4, 6, 0.0),
    "RTT below nothing": changed(4, 6, -1.0),
    "RTT without end": changed(4, 6, float("inf")),
    "no RTT": changed(4, 6, None),
    "target with itself": changed(4, 3, "l1"),
    "pair that appears twice": changed(4, 0, "l0"),
    "rows of a target apart": [*good()[1:], good()[0]],
    "node at two places": [*good(), ("l0", 0.0, 5.0, "l1", 99.0, 5.0, 3.0)],
    "zero of another sign": [*good(), ("l1", 10.0, 5.0, "l0", -0.0, 5.0, 3.0)],
    "nothing": [],
}


@pytest.mark.parametrize("what", ODD)
def test_whatever_is_odd_is_left_to_the_reader(what):
    rows = ODD[what] or good()
    table = table_of(rows)
    assert plain_mesh(table if ODD[what] else table.slice(0, 0), ABOUT) is None


def test_other_kinds_of_columns_are_left_to_the_reader():
    table = table_of(good())
    for name, kind in (("rtt_ms", pa.string()), ("target_lat", CODED)):
        at = table.schema.get_field_index(name)
        texts = table[name].cast(pa.string())
        other = table.set_column(
            at, name, texts.cast(kind) if kind != CODED else texts.dictionary_encode()
        )
        assert plain_mesh(other, ABOUT) is None
    assert plain_mesh(table.append_column("resolution_ms", pa.array([1.0] * 12)), ABOUT) is None
    assert plain_mesh(table.append_column("rtt_ms", table["rtt_ms"]), ABOUT) is None
    assert plain_mesh(table.drop_columns(["rtt_ms"]), ABOUT) is None


def test_bytes_that_are_no_text_are_left_to_the_reader():
    table = table_of(good())
    names = pa.array([b"l\xff" if i == 4 else b"l0" for i in range(12)], pa.binary())
    wrong = names.view(pa.string())
    assert plain_mesh(table.set_column(0, "landmark", wrong), ABOUT) is None
