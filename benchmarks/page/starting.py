"""Start-up: what a person waits for before anything is computed, and for five rows."""

from __future__ import annotations

import functools
import sys

from benchmarks.page.measuring import Took, command, process
from benchmarks.page.protocol import LIMIT, OURS, Found, Section, Size, Table, Way
from rttgeo.machine.files import write_atomically

TIMES = 2
FIVE = """landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms
nl-ams,52.37,4.90,server,,,11.4
fr-par,48.86,2.35,server,,,14.1
gb-lon,51.51,-0.13,server,,,18.2
at-vie,48.21,16.37,server,,,9.6
it-mil,45.46,9.19,server,,,7.9
"""


def run(size: Size) -> Found:
    """Measure."""
    five = str(write_atomically(size.scratch / "five.csv", FIVE))
    once = functools.partial(_way, 1 if size.quick else TIMES)
    ways = [
        once("import rttgeo", [sys.executable, "-c", "import rttgeo"], OURS),
        once("rttgeo --help", command("--help"), OURS),
        once("five rows by exclusion", command("locate", five, "--method", "exclusion"), OURS),
        once("five rows by the default method", command("locate", five), OURS),
        once("import numpy", [sys.executable, "-c", "import numpy"]),
        once("import pandas", [sys.executable, "-c", "import pandas"]),
        once("import geopandas", [sys.executable, "-c", "import geopandas"]),
        once("import numba", [sys.executable, "-c", "import numba"]),
        once("python, nothing", [sys.executable, "-c", "pass"], LIMIT),
    ]
    sentence = (
        f"`import rttgeo` takes {1e3 * ways[0].seconds:.0f} ms, {1e3 * ways[-1].seconds:.0f} of "
        f"them Python's own; `rttgeo --help` {1e3 * ways[1].seconds:.0f} ms; five rows "
        f"{ways[2].seconds:.1f} s by exclusion and {ways[3].seconds:.1f} s by the default method, "
        "kernels compiled before."
    )
    return Found(sentence, [Table("Whole processes", "starts", ways)], [])


def _way(times: int, name: str, arguments: list[str], role: str = "peer") -> Way:
    if times > 1:
        process(arguments)
    took: Took = min(process(arguments) for _ in range(times))
    return Way(name, took.seconds, took.cpu_seconds, 1, role, took.peak_mb)


SECTION = Section(
    "start",
    "Start-up",
    "Whole processes from start to end, the best of two after one that does not count.",
    "imports of numpy, pandas, geopandas, numba",
    "Python that does nothing",
    run,
)
