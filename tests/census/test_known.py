"""What commands that ask about known targets read of a table too large to be read whole."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from typed import rttgeo

from rttgeo.auditing import audit
from rttgeo.census.known import read_known
from rttgeo.cli import reading, size
from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh, nodes
from rttgeo.pairs.writing import write_mesh
from rttgeo.simulate import simulate_full_mesh


@pytest.fixture
def table(tmp_path):
    """Forty nodes; thirty of them are of known place as targets."""
    full = simulate_full_mesh(40, seed=3).mesh
    lon, lat = (axis.copy() for axis in full.target_lonlat)
    lon[30:] = lat[30:] = np.nan
    ids = [*full.targets.index[:30], *(f"x{i}" for i in range(10))]
    mesh = Mesh.build(full.landmarks, nodes(ids, lon, lat), full.pairs, full.provenance)
    return write_mesh(mesh, tmp_path / "pairs.parquet")


def test_a_share_is_by_names_and_says_how_large_it_is(table):
    held = pq.read_table(table).to_pandas()
    known = held[held["target_lat"].notna()]
    found = read_known(table, 400)
    some = found.table().to_pandas()
    assert found.share < 1 and len(some) <= 400 and found.seen == len(known)
    # All pairs of a target or none.
    assert (
        some.groupby("target").size() == known.groupby("target").size()[some.target.unique()]
    ).all()
    assert read_known(table, 10**6).table().num_rows == len(known)


def test_audit_of_a_large_table_reads_known_targets_and_finds_the_same(
    table, monkeypatch, tmp_path
):
    whole = rttgeo("audit", str(table), "--json", str(tmp_path / "whole.json"))
    monkeypatch.setattr(reading, "MOST_ROWS", 1_200)
    done = rttgeo("audit", str(table), "--json", str(tmp_path / "large.json"))
    assert whole.returncode == done.returncode == 0
    assert "read are those of targets of known place" in done.stderr and "lot" not in done.stderr
    assert json.loads((tmp_path / "large.json").read_text()) == json.loads(
        (tmp_path / "whole.json").read_text()
    )


def test_evaluation_of_a_larger_one_takes_a_share_and_says_so(table, monkeypatch):
    monkeypatch.setattr(reading, "MOST_ROWS", 500)
    done = rttgeo("evaluate", str(table), "--method", "shortest-ping")
    assert done.returncode == 0 and "%, chosen by a hash of their names" in done.stderr


def test_what_memory_cannot_hold_is_refused_in_one_line(table, monkeypatch):
    monkeypatch.setattr(size, "BYTES_A_ROW", 1 << 40)
    done = rttgeo("locate", str(table), "--format", "csv")
    assert done.returncode == 2 and "-o FOLDER/ works shard by shard" in done.stderr


def test_a_table_without_known_targets_is_refused(tmp_path):
    full = simulate_full_mesh(5, seed=3).mesh
    nowhere = np.full(len(full.targets), np.nan)
    ids = [f"x{i}" for i in range(len(full.targets))]
    mesh = Mesh.build(full.landmarks, nodes(ids, nowhere, nowhere), full.pairs, full.provenance)
    path = write_mesh(mesh, tmp_path / "pairs.parquet")
    with pytest.raises(BadInputError, match="no target has a known place"):
        read_known(path, 100)
    assert audit(mesh).n_violations == 0
