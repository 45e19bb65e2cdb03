"""How near passive times are to the truth, and how many are too short: by method, on `data/captures`.

    python -m benchmarks.passive_accuracy [another folder of such captures]

The captures are of real stacks (aioquic, Linux) over paths whose least delays are known
(`tools/make_captures.py`). A sample is too short when it is below the least round trip of its side, less
0.1 %, the resolution of times; near when it is at most 5 % above that; too long otherwise.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from rttgeo.data.shipped import data_path
from rttgeo.passive import read_passive

NEAR, RESOLUTION = 1.05, 0.999
SIDES = ("full", "client", "server")


def least(truth: dict[str, float]) -> tuple[float, float, float]:
    """Least round trip of the whole way, the client's side, the server's; in ms."""
    return truth["client_ms"] + truth["server_ms"], truth["client_ms"], truth["server_ms"]


def ratios(path: Path) -> tuple[dict[str, list[np.ndarray]], dict[str, float]]:
    """Each sample by what is least, of each method; and the minimum of each method's whole way."""
    truth = least(
        json.loads(path.with_name(path.name.removesuffix(".pcap.gz") + ".json").read_text())
    )
    found: dict[str, list[np.ndarray]] = defaultdict(list)

    def sink(series, judged):
        for side, true_ms in enumerate(truth):
            found[series.method].append(judged.rtt_ms[judged.side == side] / true_ms)

    read = read_passive([path], sink=sink)
    whole = {one.method: one.minimum_ms() for one in read.series if one.side == "full"}
    return found, {method: value for method, value in whole.items() if value is not None}


def rows(paths: list[Path]) -> list[list[str]]:
    """A row each path and method, then one each method over all."""
    made, over_all = [], defaultdict(list)
    for path in paths:
        found, minima = ratios(path)
        about = json.loads(path.with_name(path.name.removesuffix(".pcap.gz") + ".json").read_text())
        for method, parts in found.items():
            own = f"{about['stack_min_rtt_ms']:.2f}"
            minimum = f"{minima[method]:.2f}" if method in minima else "–"
            name = path.name.removesuffix(".pcap.gz")
            made.append([name, method, *shares(np.concatenate(parts)), minimum, own])
            over_all[method] += parts
    for method, parts in over_all.items():
        made.append(["all", method, *shares(np.concatenate(parts)), "", ""])
    return made


def shares(ratio: np.ndarray) -> list[str]:
    """How many, and the shares that are near, too long, too short."""
    short, near = ratio < RESOLUTION, ratio <= NEAR
    parts = (near & ~short).mean(), (~near).mean()
    return [f"{len(ratio):,}", *(f"{part:.1%}" for part in parts), f"{int(short.sum())}"]


def main() -> int:
    """Print the table as Markdown."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else data_path("captures")
    paths = sorted(folder.glob("*.pcap.gz"))
    head = [
        "capture",
        "method",
        "samples",
        "within 5 %",
        "too long",
        "too short",
        "minimum ms",
        "stack's own ms",
    ]
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * 2 + "--:|" * 6)
    for row in rows(paths):
        print("| " + " | ".join(row) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
