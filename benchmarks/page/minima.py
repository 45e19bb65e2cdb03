"""Minima: samples to the lowest round-trip time of each pair."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from benchmarks.page.measuring import Work, copying, growing, way
from benchmarks.page.protocol import LIMIT, OURS, Curve, Found, Section, Size, Table, number

PAIRS_A_SAMPLE = 0.02
"""Fifty samples a pair: a mesh measured for some hours."""


def samples(rows: int) -> tuple[Any, Any, Any]:
    """Target, landmark and RTT of samples in no order."""
    rng = np.random.default_rng(8)
    pairs = max(1, int(rows * PAIRS_A_SAMPLE))
    pair = rng.integers(0, pairs, rows)
    return pair // 100, pair % 100, np.round(5 + pair % 97 + rng.exponential(20, rows), 3)


def ours(rows: int, robust: bool) -> Work:
    """Count, deviation, hops and minimum of each pair."""
    from rttgeo.minima import pair_minima

    given = samples(rows)
    return lambda: pair_minima(*given, robust=robust)


def by_pandas(rows: int) -> Work:
    """Group, minimum and count."""
    import pandas as pd

    target, landmark, rtt = samples(rows)
    frame = pd.DataFrame({"target": target, "landmark": landmark, "rtt": rtt})
    return lambda: frame.groupby(["target", "landmark"])["rtt"].agg(["min", "count"])


def by_polars(rows: int) -> Work:
    """The same, all threads."""
    import polars as pl

    target, landmark, rtt = samples(rows)
    frame = pl.DataFrame({"target": target, "landmark": landmark, "rtt": rtt})
    grouped = frame.lazy().group_by("target", "landmark")
    return lambda: grouped.agg(pl.col("rtt").min().alias("low"), pl.len()).collect()


def by_arrow(rows: int) -> Work:
    """The same by Arrow, all threads."""
    import pyarrow as pa

    target, landmark, rtt = samples(rows)
    table = pa.table({"target": target, "landmark": landmark, "rtt": rtt})
    asked = [("rtt", "min"), ("rtt", "count")]
    return lambda: table.group_by(["target", "landmark"]).aggregate(asked)


def by_numpy(rows: int) -> Work:
    """Into a dense array, minimum and count."""
    target, landmark, rtt = samples(rows)
    shape = (int(target.max()) + 1, int(landmark.max()) + 1)

    def work() -> None:
        low = np.full(shape, np.inf)
        np.minimum.at(low, (target, landmark), rtt)
        np.bincount(target * shape[1] + landmark, minlength=low.size)

    return work


def run(size: Size) -> Found:
    """Measure."""
    rows = size.of(5_000_000, 50_000)
    measure = functools.partial(way, size, amount=rows)
    ways = [
        measure("minimum, count, deviation", ours, rows, False, role=OURS),
        measure("robust minimum, count, deviation", ours, rows, True, role=OURS),
        measure("pandas groupby", by_pandas, rows, says="minimum and count"),
        measure("Polars group_by, all threads", by_polars, rows, says="minimum and count"),
        measure("Arrow group_by, all threads", by_arrow, rows, says="minimum and count"),
        measure("numpy, dense array", by_numpy, rows, says="minimum and count"),
        measure("copying the samples", copying, rows * 24 / 1e6, role=LIMIT),
    ]
    table = Table(
        f"{rows:,} samples in memory, {int(rows * PAIRS_A_SAMPLE):,} pairs", "samples", ways
    )
    at = [rows // 10, rows // 3, rows]
    curve = [one.seconds for one in growing(lambda n: ours(n, False), at)]
    fastest = max(ways[2:6], key=lambda one: one.rate)
    sentence = (
        f"{number(ways[0].rate / 1e6)} million samples a second to minimum, count and deviation; the "
        f"quickest other way ({fastest.name}, minimum and count only) takes "
        f"{number(table.times_ours(fastest))} times as long, a copy of the samples "
        f"{number(table.times_ours(ways[6]))} times."
    )
    curves = [Curve("minima", "rows", [float(n) for n in at], curve)]
    return Found(sentence, [table], curves)


SECTION = Section(
    "minima",
    "Minima",
    "Samples in memory, in no order, to one row per pair.",
    "pandas, Polars, Arrow, numpy",
    "a copy of the samples",
    run,
)
