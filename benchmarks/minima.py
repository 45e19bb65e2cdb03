"""Samples to minima: parsing and reducing packed RIPE Atlas results, against unpacking alone.

``python -m benchmarks.minima [FILE.bz2 ...] [--megabytes M]`` reduces the files by
`rttgeo.census.minima`, and only unpacks them with Python's ``bz2``, in one run, and writes
``benchmarks/build/minima.json``. Without files, results of 200 probes to 50 anchors are made up in
the Atlas format (simulated). Then 20 million samples of up to ten million pairs (10,000 probes,
1,000 anchors) go through the table of pairs by itself. Times are of processor, all threads
together; what a day of RIPE Atlas costs follows from them.
"""

from __future__ import annotations

import argparse
import bz2
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.parse import made_up
from rttgeo.census.minima import reduce_samples
from rttgeo.census.reduction import Reduction
from rttgeo.machine import files

BUILD = Path(__file__).parent / "build"
RESULTS_A_DAY = 1_300_000_000
"""Of all measurements of RIPE Atlas, as its operators count them."""
N_FILES = 2


def dumps(folder: Path, megabytes: int) -> list[Path]:
    """Packed files of made-up results, the digits of each differing."""
    lines, found = made_up(20_000), []
    rng = np.random.default_rng(4)
    for k in range(N_FILES):
        text, size = [], 0
        while size < megabytes << 20:
            line = lines[int(rng.integers(len(lines)))]
            target, probe = rng.integers(50), rng.integers(200)
            line = line.replace(b"192.0.2.7", b"192.0.2.%d" % target)
            head, _, tail = line.partition(b'"prb_id":')
            text.append(head + b'"prb_id":%d,' % (6000 + probe) + tail.partition(b",")[2])
            size += len(line) + 1
        path = folder / f"ping-{k}.bz2"
        files.write_atomically(path, bz2.compress(b"\n".join(text)))
        found.append(path)
    return found


def processor_s(work: Callable[[], object]) -> float:
    """Processor time of a call, all threads of this process."""
    before = time.process_time()
    work()
    return time.process_time() - before


def unpack(paths: list[Path]) -> int:
    """Unpack and forget; the size of it all."""
    size = 0
    for path in paths:
        with bz2.open(path) as file:
            while block := file.read(2 << 20):
                size += len(block)
    return size


def table_of_pairs(n_samples: int = 20_000_000) -> dict[str, float]:
    """The table of pairs by itself, in batches as a reader gives them."""
    rng, reduction, spent = np.random.default_rng(2), Reduction(), 0.0
    for _ in range(n_samples // 1_000_000):
        target, source = rng.integers(0, 1000, 1_000_000), rng.integers(0, 10_000, 1_000_000)
        rtt = np.round(rng.uniform(5, 300, 1_000_000), 3)
        spent += processor_s(lambda t=target, s=source, r=rtt: reduction.take(t, s, r))  # type: ignore[misc]
    return {
        "samples": n_samples,
        "pairs": reduction.pairs,
        "samples_per_processor_s": round(n_samples / spent),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--megabytes", type=int, default=100, help="of text, in each made-up file")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = asked.files or dumps(folder, asked.megabytes)
        places = {str(n): (n % 300 - 150.0, n % 100 - 50.0) for n in range(5900, 6300)}
        reduce_samples(paths[:1], folder / "warm", places)
        size = unpack(paths)
        only = min(processor_s(lambda: unpack(paths)) for _ in range(2))
        both = []
        for k in range(2):
            both.append(processor_s(lambda k=k: reduce_samples(paths, folder / f"out{k}", places)))  # type: ignore[misc]
        lines = sum(bz2.decompress(path.read_bytes()).count(b"\n") + 1 for path in paths)
        shutil.rmtree(folder / "warm")
    records_per_s = lines / min(both)
    found = {
        "files": "given" if asked.files else "made up",
        "records": lines,
        "megabytes": size >> 20,
        "bz2_alone_s": round(only, 2),
        "minima_s": round(min(both), 2),
        "ratio": round(min(both) / only, 2),
        "megabytes_per_processor_s": round(size / min(both) / 2**20, 1),
        "records_per_processor_s": round(records_per_s),
        "core_hours_of_a_day": round(RESULTS_A_DAY / records_per_s / 3600, 1),
        "core_hours_of_unpacking_a_day": round(RESULTS_A_DAY / (lines / only) / 3600, 1),
        "table": table_of_pairs(),
    }
    files.write_json(BUILD / "minima.json", found)
    print(found)


if __name__ == "__main__":
    main()
