"""Samples to minimum RTTs, against a slow reckoning pair by pair."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rttgeo import atlas
from rttgeo.atlas.sample_table import SAMPLE_SCHEMA
from rttgeo.errors import BadInputError
from rttgeo.minima import SUPPORT, SUPPORT_MS, SUPPORT_SHARE

ROW = st.tuples(
    st.integers(1, 3),
    st.sampled_from(["zz-b", "aa-c"]),
    st.sampled_from([4, 6]),
    st.one_of(st.none(), st.integers(1, 30)),
    st.integers(500, 3000) | st.integers(1, 10**6),
)


def table_of(rows: list[tuple]) -> pa.Table:
    probe, anchor, family, hops, rtt = zip(*rows, strict=True) if rows else ((),) * 5
    n = len(rows)
    columns = {
        "time": pa.array([0] * n, type=pa.timestamp("ms", tz="UTC")),
        "probe": pa.array(probe, type=pa.int32()),
        "measurement": pa.array([1] * n, type=pa.int32()),
        "anchor": pa.array(anchor, type=pa.string()).dictionary_encode(),
        "family": pa.array(family, type=pa.uint8()),
        "protocol": pa.array(["ICMP"] * n, type=pa.string()).dictionary_encode(),
        "hops": pa.array(hops, type=pa.uint8()),
        "rtt_us": pa.array(rtt, type=pa.int32()),
        "summary": pa.array([False] * n),
    }
    return pa.table(columns).cast(SAMPLE_SCHEMA)


def slow(rows: list[tuple], family: str, least: int, robust: bool) -> dict[tuple, tuple]:
    """Minimum, count, deviation and hops of every pair, one pair after the other."""
    found = {}
    kept = [row for row in rows if family == "both" or row[2] == int(family)]
    for key in {(row[1], row[0]) for row in kept}:
        mine = [row for row in kept if (row[1], row[0]) == key]
        rtts = sorted(row[4] / 1000 for row in mine)
        lowest = rtts[0] if not robust else None
        for rtt in rtts if robust else ():
            near = [r for r in rtts if rtt <= r <= rtt * (1 + SUPPORT_SHARE) + SUPPORT_MS]
            if len(near) >= SUPPORT:
                lowest = rtt
                break
        hops = [row[3] for row in mine if row[3] is not None]
        if lowest is not None and len(rtts) >= least:
            deviation = np.std(rtts, ddof=1) if len(rtts) > 1 else np.nan
            found[key] = (lowest, len(rtts), deviation, min(hops, default=None))
    return found


@settings(max_examples=150, deadline=None)
@given(
    st.lists(ROW, max_size=60),
    st.sampled_from(["both", "4", "6"]),
    st.integers(1, 4),
    st.booleans(),
)
def test_pairs_are_those_of_the_slow_reckoning(rows, family, least, robust):
    pairs = atlas.minimum_rtts(table_of(rows), family=family, min_samples=least, robust=robust)
    expected = slow(rows, family, least, robust)
    assert list(zip(pairs["anchor"], pairs["probe"], strict=True)) == sorted(expected)
    for row in pairs.itertuples():
        rtt, count, deviation, hops = expected[row.anchor, row.probe]
        assert row.rtt_ms == rtt and row.samples == count
        assert row.deviation_ms == pytest.approx(deviation, abs=1e-9, nan_ok=True)
        assert (row.hops == hops) if hops is not None else str(row.hops) == "<NA>"


def test_one_impossible_reading_does_not_decide_the_robust_minimum():
    rows = [(7, "a", 4, None, rtt) for rtt in (257_300, 1_000, 257_250, 257_410, 258_000)]
    assert atlas.minimum_rtts(table_of(rows))["rtt_ms"].tolist() == [1.0]
    assert atlas.minimum_rtts(table_of(rows), robust=True)["rtt_ms"].tolist() == [257.25]


def test_what_is_asked_must_make_sense():
    with pytest.raises(BadInputError, match="family"):
        atlas.minimum_rtts(table_of([]), family="5")  # type: ignore[arg-type]
    with pytest.raises(BadInputError, match="min_samples"):
        atlas.minimum_rtts(table_of([]), min_samples=0)
