"""A real process that is killed at any moment, and started again, leaves what an undisturbed one does."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rttgeo.pairs.writing import write_mesh
from rttgeo.simulate import simulate_full_mesh

SMALL_SHARDS = """
import sys
from rttgeo.census import shards
shards.SHARD_PAIRS, shards.PART_ROWS = 150, 20
from rttgeo.cli.main import main
main()
"""


def started(table: Path, out: Path) -> subprocess.Popen:
    command = [sys.executable, "-c", SMALL_SHARDS, "locate", str(table), "-m", "exclusion"]
    return subprocess.Popen([*command, "-o", f"{out}/"], stderr=subprocess.PIPE)


def entries(folder: Path) -> int:
    return sum(1 for _ in folder.rglob("*"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.slow
@pytest.mark.parametrize("order", ["sorted", "mixed"])
def test_killed_at_random_moments_and_resumed_the_bytes_are_the_same(tmp_path, order):
    table = write_mesh(simulate_full_mesh(40, seed=6).mesh, tmp_path / "pairs.parquet")
    if order == "mixed":
        held = pq.read_table(table)
        mix = np.random.default_rng(2).permutation(len(held))
        pq.write_table(held.take(pa.array(mix)), table)
    whole, part = tmp_path / "whole", tmp_path / "part"
    assert started(table, whole).wait() == 0
    lots, killed = random.Random(order), 0
    # Early, in the middle, late: each time one that still runs, somewhere within a step.
    for share in (0.05, 0.4, 0.8):
        child = started(table, part)
        while child.poll() is None and (
            not part.exists() or entries(part) < share * entries(whole)
        ):
            time.sleep(0.002)
        time.sleep(lots.uniform(0, 0.02))
        if child.poll() is None:
            os.kill(child.pid, signal.SIGKILL)
            killed += child.wait() == -signal.SIGKILL
        assert not (part / "manifest.json").exists() or share > 0.7
    last = started(table, part)
    assert last.wait() == 0, last.stderr.read()
    assert killed >= 2
    assert contents(part) == contents(whole)
