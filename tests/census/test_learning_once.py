"""A census learns once, for all of its shards: answers do not depend on how the table is divided."""

from __future__ import annotations

import concurrent.futures
import functools
import multiprocessing
import os
import signal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import rttgeo
from rttgeo.cells.grid import Grid
from rttgeo.census import shards, teaching
from rttgeo.census.columns import locate_columns
from rttgeo.census.landmarks import WITNESS
from rttgeo.estimators import model as models
from rttgeo.estimators.registry import METHODS
from rttgeo.mesh import Mesh, nodes
from rttgeo.pairs.reading import read_mesh
from rttgeo.pairs.writing import write_mesh
from rttgeo.simulate import simulate_full_mesh

SIZES = (60, 110, 10_000)
RESOLUTION_KM = 440.0
"""Coarse cells where the method takes them, to save time."""


@functools.cache
def mesh() -> Mesh:
    """Known and unknown targets, a misplaced landmark, one impossible pair, one odd target.

    One target was measured only by the misplaced landmark.
    """
    full = simulate_full_mesh(18, seed=8).mesh
    lon, lat = (axis.copy() for axis in full.target_lonlat)
    lon[10:] = lat[10:] = np.nan
    ids = [*full.targets.index[:10], *(f"x{i}" for i in range(8))]
    land_lon, land_lat = (axis.copy() for axis in full.landmark_lonlat)
    land_lon[14], land_lat[14] = -land_lon[14], -land_lat[14]
    pairs = full.pairs[(full.pairs["target"] != 17) | (full.pairs["landmark"] == 14)].copy()
    at = (pairs["target"] == 3) & (pairs["landmark"] == 9)
    pairs.loc[at, "rtt_ms"] = 0.5
    landmarks = nodes(full.landmarks.index, land_lon, land_lat)
    return Mesh.build(
        landmarks, nodes(ids, lon, lat), pairs.reset_index(drop=True), full.provenance
    )


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_mesh(mesh(), tmp_path / "pairs.parquet")


def rows(folder: Path) -> list[dict]:
    tables = [pq.read_table(path) for path in sorted(folder.glob("shard-*"))]
    return sorted(pa.concat_tables(tables).to_pylist(), key=lambda row: row["target"])


def made(table: Path, out: Path, method: str, client=None) -> list[dict]:
    shards.census(table, out, method=method, resolution_km=RESOLUTION_KM, client=client)
    return rows(out)


def expected(table: Path, method: str) -> list[dict]:
    found = locate_columns(read_mesh(table), method=method, grid=Grid(resolution_km=RESOLUTION_KM))
    return sorted(found.to_pylist(), key=lambda row: row["target"])


@pytest.mark.parametrize("method", METHODS)
def test_answers_depend_neither_on_the_shards_nor_on_who_makes_them(
    table, tmp_path, monkeypatch, method
):
    wanted = expected(table, method)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for size, client in zip(SIZES, (None, pool, None), strict=True):
            monkeypatch.setattr(shards, "SHARD_PAIRS", size)
            out = tmp_path / f"of-{size}"
            assert repr(made(table, out, method, client)) == repr(wanted)
    counts = [len(list((tmp_path / f"of-{size}").glob("shard-*"))) for size in SIZES]
    assert counts[0] > counts[1] > counts[2] == 1
    kept = {(tmp_path / f"of-{size}" / teaching.MODEL).read_bytes() for size in SIZES}
    assert len(kept) == 1


@pytest.mark.parametrize("method", ["cbg", "cbg++", "octant"])
def test_a_client_makes_the_same_bytes(table, tmp_path, monkeypatch, method):
    monkeypatch.setattr(shards, "SHARD_PAIRS", SIZES[1])
    here, there = tmp_path / "here", tmp_path / "there"
    made(table, here, method)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        made(table, there, method, pool)
    assert {p.name: p.read_bytes() for p in here.iterdir()} == {
        p.name: p.read_bytes() for p in there.iterdir()
    }


@pytest.mark.parametrize("method", METHODS)
def test_a_model_answers_as_the_mesh_it_learnt_from(table, method):
    """Targets of unknown place, and landmarks or pairs that the audit sets aside."""
    whole, grid = read_mesh(table), Grid(resolution_km=RESOLUTION_KM)
    unknown = [name for name in whole.targets.index if name.startswith("x")]
    model = rttgeo.fit(whole, method=method, grid=grid)
    one, other = (
        found.to_geodataframe()
        for found in (
            model.locate_many(whole, unknown),
            rttgeo.locate_many(whole, unknown, method=method, grid=grid),
        )
    )
    assert repr(one.to_dict()) == repr(other.to_dict()) and len(one) == 8


def test_a_method_is_fitted_once_by_whoever_starts_the_census(table, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "SHARD_PAIRS", 40)
    fitted, before = [], teaching.fit
    monkeypatch.setattr(teaching, "fit", lambda *a, **k: fitted.append(a) or before(*a, **k))
    made(table, tmp_path / "out", "cbg")
    assert len(fitted) == 1 and len(list((tmp_path / "out").glob("shard-*"))) > 5
    # Another process finds it in the folder.
    teaching._lesson.cache_clear()
    (tmp_path / "out" / "shard-00002.parquet").unlink()
    made(table, tmp_path / "out", "cbg")
    assert len(fitted) == 1
    kept = rttgeo.load_model(tmp_path / "out" / teaching.MODEL)
    assert kept.method == "cbg" and kept.learnt_from.when == ""
    assert kept.names == tuple(read_mesh(table).landmarks.index)


def test_what_is_learnt_for_a_client_is_sent_with_the_mesh(table, monkeypatch):
    whole, grid = read_mesh(table), Grid(resolution_km=RESOLUTION_KM)
    monkeypatch.setattr("rttgeo.census.columns.AT_ONCE", 5)
    wanted = locate_columns(whole, method="cbg", grid=grid)
    fitted, before = [], models.fit
    monkeypatch.setattr(
        "rttgeo.census.columns.fit", lambda *a, **k: fitted.append(a) or before(*a, **k)
    )
    with concurrent.futures.ProcessPoolExecutor(
        2, mp_context=multiprocessing.get_context("spawn")
    ) as pool:
        assert locate_columns(whole, method="cbg", grid=grid, client=pool).equals(wanted)
    assert len(fitted) == 1


def without_places(table: Path, out: Path, names: list[str]) -> Path:
    """The same rows, those of some targets without place."""
    held = pq.read_table(table)
    hidden = pc.is_in(held["target"].cast(pa.string()), pa.array(names))
    for name in ("target_lat", "target_lon"):
        column = pc.if_else(hidden, pa.scalar(None, pa.float64()), held[name])
        held = held.set_column(held.schema.get_field_index(name), name, column)
    pq.write_table(held, out)
    return out


def test_a_target_named_as_a_landmark_is_at_its_place_in_every_shard(table, tmp_path, monkeypatch):
    names = [str(name) for name in mesh().targets.index[:10]]
    fewer = without_places(table, tmp_path / "fewer.parquet", names[::2])
    wanted = expected(table, "cbg")
    assert repr(expected(fewer, "cbg")) == repr(wanted)
    monkeypatch.setattr(shards, "SHARD_PAIRS", 40)
    found = made(fewer, tmp_path / "out", "cbg")
    assert repr(found) == repr(wanted)


def test_a_landmark_with_two_places_is_two_in_every_shard(table, tmp_path, monkeypatch):
    held = pq.read_table(table)
    name = held["landmark"].cast(pa.string()).to_pylist()[4]
    odd = pc.and_(
        pc.equal(held["landmark"].cast(pa.string()), name),
        pc.is_in(held["target"].cast(pa.string()), pa.array(["x3", "x4"])),
    )
    at = held.schema.get_field_index("landmark_lat")
    lat = pc.if_else(odd, pc.subtract(held["landmark_lat"], 2.0), held["landmark_lat"])
    moved = tmp_path / "moved.parquet"
    pq.write_table(held.set_column(at, "landmark_lat", lat), moved)
    wanted = expected(moved, "cbg++")
    assert any(
        "@" in row["bounding"] + (row["notes"] or "") for row in wanted if row["target"] == "x3"
    )
    monkeypatch.setattr(shards, "SHARD_PAIRS", 40)
    assert repr(made(moved, tmp_path / "out", "cbg++")) == repr(wanted)


def test_a_table_of_text_columns_and_a_target_called_like_ours(table, tmp_path, monkeypatch):
    held = pq.read_table(table).to_pandas()
    held["target"] = held["target"].astype(str).replace("x3", WITNESS)
    texts = held.astype(str).replace("nan", "")
    pq.write_table(pa.Table.from_pandas(texts, preserve_index=False), tmp_path / "texts.parquet")
    monkeypatch.setattr(shards, "SHARD_PAIRS", 40)
    found = made(tmp_path / "texts.parquet", tmp_path / "out", "cbg")
    assert repr(found) == repr(expected(tmp_path / "texts.parquet", "cbg"))
    assert WITNESS in {row["target"] for row in found}


def test_a_method_of_ones_own_is_fitted_by_each_process(table, tmp_path, monkeypatch):
    (tmp_path / "mine_once.py").write_text(
        "import numpy as np\n"
        "class Fit:\n"
        "    def __init__(self, n): self.n = n\n"
        "    from rttgeo.delay.light import FIBRE\n"
        "    bound = FIBRE.bound\n"
        "    def notes(self, landmark): return ()\n"
        "    def bounds_km(self, rtt_ms, landmark):\n"
        "        far = np.asarray(rtt_ms) * 100.0 + self.n\n"
        "        return np.zeros_like(far), far\n"
        "class Mine:\n"
        "    name = 'mine'\n"
        "    def fit(self, mesh): return Fit(float(np.isfinite(mesh.distance_km).sum()))\n"
    )
    monkeypatch.chdir(tmp_path)
    wanted = expected(table, "mine_once:Mine")
    for size in (40, 110):
        monkeypatch.setattr(shards, "SHARD_PAIRS", size)
        found = made(table, tmp_path / f"of-{size}", "mine_once:Mine")
        assert repr(found) == repr(wanted)
    assert not (tmp_path / "of-40" / teaching.MODEL).exists()


@pytest.mark.slow
@pytest.mark.parametrize("method", ["cbg++", "calibrated"])
def test_a_cluster_that_loses_a_worker_learns_the_same(table, tmp_path, monkeypatch, method):
    distributed = pytest.importorskip("distributed", reason="dask is an extra: distributed")
    monkeypatch.setattr(shards, "SHARD_PAIRS", 40)
    here, there, killed = tmp_path / "here", tmp_path / "there", []
    made(table, here, method)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        worker = min(client.run(os.getpid).values())

        def progress(done: int, total: int) -> None:
            if done >= total // 2 and not killed:
                killed.append(worker)
                os.kill(worker, signal.SIGKILL)

        shards.census(
            table,
            there,
            method=method,
            resolution_km=RESOLUTION_KM,
            client=client,
            progress=progress,
        )
    assert killed
    assert {p.name: p.read_bytes() for p in here.iterdir()} == {
        p.name: p.read_bytes() for p in there.iterdir()
    }
