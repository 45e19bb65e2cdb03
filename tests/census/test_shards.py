"""A folder of shards holds what one table would, whoever made it, however often it was stopped."""

from __future__ import annotations

import concurrent.futures
import functools
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rttgeo.census import shards, teaching
from rttgeo.census.columns import locate_columns
from rttgeo.errors import BadInputError
from rttgeo.estimators.registry import METHODS
from rttgeo.mesh import Mesh, nodes
from rttgeo.pairs.reading import read_mesh
from rttgeo.pairs.writing import write_mesh
from rttgeo.simulate import simulate_full_mesh


@functools.cache
def mesh() -> Mesh:
    """Thirty nodes, of which ten have a known place as targets."""
    full = simulate_full_mesh(30, seed=8).mesh
    lon, lat = (axis.copy() for axis in full.target_lonlat)
    lon[10:] = lat[10:] = np.nan
    ids = [*full.targets.index[:10], *(f"x{i}" for i in range(20))]
    return Mesh.build(full.landmarks, nodes(ids, lon, lat), full.pairs, full.provenance)


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "SHARD_PAIRS", 150)
    return write_mesh(mesh(), tmp_path / "pairs.parquet")


def rows(folder: Path) -> list[dict]:
    said = json.loads((folder / "manifest.json").read_text())
    tables = [pq.read_table(folder / one["file"]) for one in said["shards"]]
    assert [len(one) for one in tables] == [one["targets"] for one in said["shards"]]
    return sorted(pa.concat_tables(tables).to_pylist(), key=lambda row: row["target"])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def expected(table: Path, method: str) -> list[dict]:
    found = locate_columns(read_mesh(table), method=method).to_pylist()
    return sorted(found, key=lambda row: row["target"])


@pytest.mark.parametrize(
    "method", ["exclusion", "cbg++", pytest.param("calibrated", marks=pytest.mark.slow)]
)
def test_shards_hold_what_one_table_would(table, tmp_path, method):
    out = tmp_path / "out"
    shards.census(table, out, method=method)
    assert len(list(out.glob("shard-*"))) > 3
    assert rows(out) == expected(table, method)


def test_a_table_in_any_order_is_partitioned_once(table, tmp_path):
    held = pq.read_table(table)
    order = np.random.default_rng(1).permutation(len(held))
    mixed = tmp_path / "mixed.parquet"
    pq.write_table(held.take(pa.array(order)), mixed)
    out, told = tmp_path / "out", []
    shards.census(mixed, out, method="exclusion", told=told.append)
    assert (
        "does not keep each target's rows together" in told[0]
        and not (out / "partitioned").exists()
    )
    assert rows(out) == expected(table, "exclusion")


def test_parts_that_no_target_falls_into_are_empty_shards(table, tmp_path, monkeypatch):
    held = pq.read_table(table)
    mixed = tmp_path / "mixed.parquet"
    pq.write_table(held.take(pa.array(np.random.default_rng(1).permutation(len(held)))), mixed)
    monkeypatch.setattr(shards, "SHARD_PAIRS", 8)
    out = tmp_path / "out"
    shards.census(mixed, out, method="shortest-ping")
    said = json.loads((out / "manifest.json").read_text())
    assert min(one["targets"] for one in said["shards"]) == 0 and said["targets"] == 30
    assert rows(out) == expected(table, "shortest-ping")


def test_a_stopped_run_goes_on_with_the_same_bytes(table, tmp_path, monkeypatch):
    whole, part = tmp_path / "whole", tmp_path / "part"
    shards.census(table, whole, method="exclusion")
    made, left = shards.make_shard, 2

    def dies(job):
        nonlocal left
        if not left:
            raise KeyboardInterrupt
        left -= 1
        return made(job)

    monkeypatch.setattr(shards, "make_shard", dies)
    with pytest.raises(KeyboardInterrupt):
        shards.census(table, part, method="exclusion")
    assert not (part / "manifest.json").exists() and len(list(part.glob("shard-*"))) == 2
    first = (part / "shard-00000.parquet").stat().st_mtime_ns
    monkeypatch.setattr(shards, "make_shard", made)
    shards.census(table, part, method="exclusion")
    assert contents(part) == contents(whole)
    assert (part / "shard-00000.parquet").stat().st_mtime_ns == first


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_shards_made_side_by_side_have_the_same_bytes(table, tmp_path, monkeypatch, at_once):
    shards.census(table, tmp_path / "two", method="cbg", regions="runs")
    monkeypatch.setattr(shards, "AT_ONCE", at_once)
    shards.census(table, tmp_path / "some", method="cbg", regions="runs")
    assert contents(tmp_path / "some") == contents(tmp_path / "two")


def test_whether_a_table_is_plain_changes_no_byte(table, tmp_path, monkeypatch):
    asked = []

    def careful(found, *_, **__):
        asked.append(len(found))

    shards.census(table, tmp_path / "plain", method="cbg++", regions="runs")
    monkeypatch.setattr(teaching, "plain_mesh", careful)
    teaching._lesson.cache_clear()
    shards.census(table, tmp_path / "careful", method="cbg++", regions="runs")
    assert len(asked) > 3 and contents(tmp_path / "careful") == contents(tmp_path / "plain")


def test_of_two_bad_shards_the_first_is_named(table, tmp_path):
    held = pq.read_table(table)
    rtt = held["rtt_ms"].to_numpy().copy()
    rtt[[len(held) // 2, len(held) - 1]] = -1
    at = held.schema.get_field_index("rtt_ms")
    pq.write_table(held.set_column(at, "rtt_ms", pa.array(rtt)), tmp_path / "bad.parquet")
    with pytest.raises(BadInputError) as error:
        shards.census(tmp_path / "bad.parquet", tmp_path / "out", method="exclusion")
    first, last = map(
        int, str(error.value).replace(",", "").split("rows ")[1].split(":")[0].split(" to ")
    )
    assert first <= len(held) // 2 + 1 <= last


@pytest.mark.parametrize("futures", [False, True], ids=["results", "futures"])
def test_anything_with_a_map_makes_the_same_bytes(table, tmp_path, futures):
    here, there = tmp_path / "here", tmp_path / "there"
    shards.census(table, here, method="exclusion")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:

        class Client:
            def map(self, function, items):
                return [pool.submit(function, item) for item in items]

        shards.census(table, there, method="exclusion", client=Client() if futures else pool)
    assert contents(here) == contents(there)


def test_more_known_targets_than_are_held_are_drawn_by_lot(table, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "MOST_TAUGHT", 200)
    told = []
    shards.census(table, tmp_path / "out", method="cbg", told=told.append)
    said = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert said["learnt_from_share_of_known_targets"] < 1
    assert "by a hash" in told[0] and len(rows(tmp_path / "out")) == 30


@pytest.mark.parametrize("method", ["cbg", "cbg++"])
def test_another_census_is_not_mixed_in(table, tmp_path, method):
    shards.census(table, tmp_path / "out", method="exclusion")
    with pytest.raises(BadInputError, match="another table, or made with other options"):
        shards.census(table, tmp_path / "out", method=method)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("")
    with pytest.raises(BadInputError, match="something else"):
        shards.census(table, tmp_path / "mine", method=method)
    assert set(METHODS) >= {method}


def test_a_bad_row_is_named_with_its_table(tmp_path):
    held = pq.read_table(write_mesh(mesh(), tmp_path / "good.parquet"))
    rtt = held["rtt_ms"].to_numpy().copy()
    rtt[700] = -1
    bad = held.set_column(held.schema.get_field_index("rtt_ms"), "rtt_ms", pa.array(rtt))
    path = tmp_path / "bad.parquet"
    pq.write_table(bad, path)
    with pytest.raises(BadInputError, match=r"bad\.parquet.*rtt_ms.*-1"):
        shards.census(path, tmp_path / "out", method="exclusion")
    shards.census(path, tmp_path / "skipped", method="exclusion", skip_bad=True)
    assert len(rows(tmp_path / "skipped")) == 30
