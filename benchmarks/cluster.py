"""A census on a Dask cluster of which one worker is killed half-way: the bytes of an undisturbed run.

    python -m benchmarks.cluster [--targets 1000000] [--method exclusion] [--scratch FOLDER]

Makes a table (`benchmarks.made_up`, simulated: 200 landmarks), locates it here, then by two worker
processes of a ``LocalCluster``, one of which is killed once half of the shards are there, and compares
every file of the two folders of results.
"""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.census import METHODS
from benchmarks.made_up import write_pairs
from rttgeo.census.shards import census

LANDMARKS = 200


def on_cluster(table: Path, folder: Path, method: str) -> tuple[float, int]:
    """Locate a table by two workers, one of which is killed half-way.

    Parameters
    ----------
    table
        As Parquet.
    folder
        For the results.
    method
        By its name.

    Returns
    -------
    tuple
        Seconds by the clock, the start of the workers left out, and after how many shards one was
        killed.
    """
    import distributed  # an extra of its own, without types

    dask: Any = distributed

    killed = list[int]()
    with (
        dask.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        dask.Client(cluster) as client,
    ):
        process = min(client.run(os.getpid).values())

        def progress(done: int, total: int) -> None:
            if done >= total / 2 and not killed:
                os.kill(process, signal.SIGKILL)
                killed.append(done)

        begun = time.perf_counter()
        census(table, folder, method=method, client=client, progress=progress)
        return time.perf_counter() - begun, killed[0]


def main() -> None:
    """Print what both took, and whether they are the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", type=int, default=1_000_000)
    parser.add_argument("--method", choices=METHODS, default="exclusion")
    parser.add_argument("--scratch", type=Path, help="a folder with room; default: temporary")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.scratch) as scratch:
        table, here, there = (Path(scratch) / name for name in ("pairs.parquet", "here", "there"))
        write_pairs(table, given.targets, LANDMARKS)
        begun = time.perf_counter()
        census(table, here, method=given.method)
        alone = time.perf_counter() - begun
        spread, killed = on_cluster(table, there, given.method)
        files = sorted(one.name for one in here.iterdir())
        if files != sorted(one.name for one in there.iterdir()):
            raise SystemExit("other files than those of the undisturbed run")
        other = [one for one in files if (here / one).read_bytes() != (there / one).read_bytes()]
        if other:
            raise SystemExit(f"other bytes than those of the undisturbed run: {', '.join(other)}")
    shards = sum(one.startswith("shard-") for one in files)
    print(
        f"{given.targets:,} targets by {LANDMARKS} landmarks (simulated), {given.method}: {alone:.0f} s "
        f"here, {spread:.0f} s by two workers, one killed after {killed} of {shards} shards; "
        f"all {len(files)} files are the same"
    )


if __name__ == "__main__":
    main()
