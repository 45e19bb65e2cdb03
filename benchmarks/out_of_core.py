"""A table larger than the memory that is allowed: located into shards, killed once, and gone on with.

``python -m benchmarks.out_of_core FOLDER [--targets N] [--landmarks N] [--memory-gb G] [--method M]``
makes a table of made-up pairs in FOLDER (sorted by target; kept, and taken again), runs `rttgeo locate`
on it under a limit of address space, kills that (SIGKILL) at a third of the shards, runs it again, and
holds some shards against ones that are made here. Rate, processor time and peak memory are printed and
written to ``benchmarks/build/out_of_core.json``. Simulated: delays are distances times 1.2 to 2.2, with
some milliseconds of a last mile; that says how fast it is, nothing about the Internet.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.timing import once
from rttgeo import sphere
from rttgeo.census.shards import Job, make_shard, read_plan, shard_path
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.data.cities import cities
from rttgeo.machine import files

BUILD = Path(__file__).parent / "build"
KNOWN = 50
"""Targets of known place, to learn from where a method learns."""
AT_ONCE = 5_000
"""Targets of a row group: a million pairs of 200 landmarks each."""
DETOUR, LAST_MILE_MS = (1.2, 2.2), 4.0
HELD = 3
"""Shards that are made a second time and compared."""


def pieces(n_targets: int, n_landmarks: int, seed: int = 5) -> Iterator[pa.Table]:
    """Pairs of targets near cities, some thousand targets at a time."""
    rng = np.random.default_rng(seed)
    towns = cities()
    weight = np.asarray(towns.population, float) ** 0.7
    weight /= weight.sum()
    some = rng.choice(len(weight), n_landmarks, replace=False, p=weight)
    lon, lat = np.asarray(towns.lon)[some], np.asarray(towns.lat)[some]
    ids = pa.array([f"lm-{i:04d}" for i in range(n_landmarks)])
    for start in range(0, n_targets, AT_ONCE):
        count = min(AT_ONCE, n_targets - start)
        near = rng.choice(len(weight), count, p=weight)
        to_lon = (np.asarray(towns.lon)[near] + rng.normal(0, 0.2, count) + 180) % 360 - 180
        to_lat = np.clip(np.asarray(towns.lat)[near] + rng.normal(0, 0.2, count), -89, 89)
        km = sphere.distance_km(lon, lat, to_lon[:, None], to_lat[:, None])
        rtt = km * rng.uniform(*DETOUR, km.shape) / KM_PER_MS_RTT["fibre"]
        rtt += rng.exponential(LAST_MILE_MS, km.shape) + 0.3
        unknown = np.arange(start, start + count) >= KNOWN
        mark = np.tile(np.arange(n_landmarks, dtype=np.int32), count)
        target = np.repeat(np.arange(count, dtype=np.int32), n_landmarks)
        names = pa.array([f"t{i:08d}" for i in range(start, start + count)])
        places = (pa.array(np.where(unknown, np.nan, axis)) for axis in (to_lat, to_lon))
        target_lat, target_lon = (one.take(pa.array(target)) for one in places)
        yield pa.table(
            {
                "landmark": pa.DictionaryArray.from_arrays(mark, ids),
                "landmark_lat": pa.array(lat[mark]),
                "landmark_lon": pa.array(lon[mark]),
                "target": pa.DictionaryArray.from_arrays(target, names),
                "target_lat": target_lat,
                "target_lon": target_lon,
                "rtt_ms": pa.array(np.round(rtt.ravel(), 3)),
            }
        )


def make_table(path: Path, n_targets: int, n_landmarks: int) -> None:
    """Write the table, row group by row group."""
    with files.writing(path) as file:
        writer = None
        for piece in pieces(n_targets, n_landmarks):
            plain = piece.cast(pa.schema([(f.name, _plain(f.type)) for f in piece.schema]))
            writer = writer or pq.ParquetWriter(file, plain.schema, compression="zstd")
            writer.write_table(plain, row_group_size=len(plain))
        assert writer is not None
        writer.close()


def _plain(kind: Any) -> Any:
    return pa.string() if pa.types.is_dictionary(kind) else kind


def run(table: Path, out: Path, method: str, memory_gb: float, kill_at: int = 0) -> dict[str, Any]:
    """`rttgeo locate` in a process of its own; killed once so many shards are there."""
    command = [sys.executable, "-m", "rttgeo", "locate", str(table), "-m", method, "-o", f"{out}/"]
    limit = int(memory_gb * 2**30)
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    child = subprocess.Popen(
        command, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    )
    while child.poll() is None:
        time.sleep(0.2)
        if kill_at and len(list(out.glob("shard-*.parquet"))) >= kill_at:
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "exit": child.returncode,
        "wall_s": round(time.monotonic() - started, 1),
        "processor_s": round(
            after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1
        ),
        "peak_mb_so_far": after.ru_maxrss // 1024,
    }


def compare(table: Path, out: Path) -> bool:
    """Whether some shards have the same bytes when they are made again, in a folder of their own."""
    plan, again = read_plan(out), out.parent / "again"
    again.mkdir(exist_ok=True)
    for name in ("plan.json", "taught.parquet"):
        files.write_atomically(again / name, (out / name).read_bytes())
    some = np.linspace(0, plan.n_shards - 1, HELD).astype(int).tolist()
    for k in some:
        make_shard(Job(str(again), str(table), k))
    return all(shard_path(again, k).read_bytes() == shard_path(out, k).read_bytes() for k in some)


def main() -> None:
    """Make the table, run, kill, run again, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--targets", type=int, default=1_000_000)
    parser.add_argument("--landmarks", type=int, default=200)
    parser.add_argument("--memory-gb", type=float, default=4.0)
    parser.add_argument("--method", default="exclusion")
    asked = parser.parse_args()
    rows = asked.targets * asked.landmarks
    table, out = asked.folder / f"pairs-{rows}.parquet", asked.folder / f"{asked.method}-{rows}"
    if not table.exists():
        took = once(lambda: make_table(table, asked.targets, asked.landmarks))
        print(f"{rows:,} rows made in {took / 1e3:,.0f} s", flush=True)
    shards = max(rows // 2_000_000 // 3, 1)
    runs = [
        run(table, out, asked.method, asked.memory_gb, kill_at)
        for kill_at in ([] if out.exists() else [shards]) + [0]
    ]
    processor_s = sum(one["processor_s"] for one in runs)
    found = {
        "rows": rows,
        "targets": asked.targets,
        "table_mb": table.stat().st_size >> 20,
        "memory_gb": asked.memory_gb,
        "method": asked.method,
        "runs": runs,
        "rows_per_processor_s": round(rows / processor_s),
        "targets_per_processor_s": round(asked.targets / processor_s),
        "same_bytes": compare(table, out),
    }
    files.write_json(BUILD / "out_of_core.json", found)
    print(found)


if __name__ == "__main__":
    main()
