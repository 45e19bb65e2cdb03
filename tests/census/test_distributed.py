"""Workers of somebody else's: same bytes as here, and one that is killed loses nothing."""

from __future__ import annotations

import concurrent.futures
import json
import os
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rttgeo.census import shards
from rttgeo.census.columns import locate_columns
from rttgeo.census.spread import spread
from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh, nodes
from rttgeo.pairs.writing import write_mesh
from rttgeo.simulate import simulate_full_mesh


def mesh() -> Mesh:
    """Fifty nodes; as targets, a hundred and fifty of unknown place beside ten of a known one."""
    full = simulate_full_mesh(50, seed=4).mesh
    lon, lat = full.target_lonlat
    pairs, n = full.pairs, len(full.targets)
    copies = [pairs.assign(target=pairs["target"] + n * k) for k in range(3)]
    unknown = np.full(3 * n, np.nan)
    unknown_lon, unknown_lat = unknown, unknown.copy()
    unknown_lon[:10], unknown_lat[:10] = lon[:10], lat[:10]
    ids = [*full.targets.index[:10], *(f"x{i}" for i in range(3 * n - 10))]
    targets = nodes(ids, unknown_lon, unknown_lat)
    return Mesh.build(full.landmarks, targets, pd.concat(copies), full.provenance)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.slow
def test_a_killed_worker_of_a_cluster_loses_nothing(tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="dask is an extra: distributed")
    monkeypatch.setattr(shards, "SHARD_PAIRS", 400)
    table = write_mesh(mesh(), tmp_path / "pairs.parquet")
    here, there = tmp_path / "here", tmp_path / "there"
    shards.census(table, here, method="exclusion")
    told, killed = [], []
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        before = set(client.run(os.getpid).values())

        def progress(done: int, total: int) -> None:
            told.append((done, total))
            if done >= total // 2 and not killed:
                killed.append(min(before))
                os.kill(killed[0], signal.SIGKILL)

        shards.census(table, there, method="exclusion", client=client, progress=progress)
        # Its nanny starts another in its place.
        client.wait_for_workers(2, timeout=20)
        assert killed[0] not in set(client.run(os.getpid).values())
        columns = locate_columns(mesh(), method="cbg", client=client)
    assert len(before) == 2 and killed and told[0][0] < told[-1][0] == told[-1][1] > 8
    assert contents(there) == contents(here)
    assert columns.equals(locate_columns(mesh(), method="cbg"))


def _dies(_item: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def test_a_pool_that_lost_a_process_says_so():
    said = pytest.raises(BadInputError, match=r"a worker process died.*resumes from there")
    with concurrent.futures.ProcessPoolExecutor(1) as pool, said:
        spread(pool, _dies, [1, 2])


def _scaled(item: int, shared: int) -> int:
    return item * shared


@pytest.mark.parametrize("kind", ["here", "executor", "map"])
def test_results_keep_the_order_of_the_items(kind):
    done: list[int] = []
    with concurrent.futures.ThreadPoolExecutor(3) as pool:

        class OnlyMap:
            map = staticmethod(map)

        client = {"here": None, "executor": pool, "map": OnlyMap()}[kind]
        found = spread(client, _scaled, range(20), shared=3, progress=done.append)
    assert found == [3 * k for k in range(20)] and done == list(range(1, 21))


def test_columns_by_an_executor_are_those_made_here(monkeypatch):
    monkeypatch.setattr("rttgeo.census.columns.AT_ONCE", 40)
    told: list[tuple[int, int]] = []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = locate_columns(
            mesh(), method="exclusion", client=pool, progress=lambda *some: told.append(some)
        )
    assert told[-1] == (4, 4)
    assert found.equals(locate_columns(mesh(), method="exclusion"))


def test_a_manifest_names_the_table_as_it_was_given(tmp_path, monkeypatch):
    write_mesh(mesh(), tmp_path / "pairs.parquet")
    monkeypatch.chdir(tmp_path)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        shards.census("pairs.parquet", "out", method="shortest-ping", client=pool)
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["table"] == "pairs.parquet"


def _double(item: int) -> int:
    return 2 * item


@pytest.mark.slow
def test_what_is_here_is_held_by_no_worker():
    """Else the death of a worker has it made again, while the census ends."""
    distributed = pytest.importorskip("distributed", reason="dask is an extra: distributed")
    left = []
    with (
        distributed.LocalCluster(n_workers=1, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        found = spread(
            client, _double, range(40), progress=lambda _: left.append(len(client.futures))
        )
    assert found == [2 * item for item in range(40)]
    # Letting go is not waited for; without it there would be 40.
    assert left[-1] < 20
