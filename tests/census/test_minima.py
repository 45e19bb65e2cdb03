"""Samples reduced file by file, against all of them sorted at once."""

from __future__ import annotations

import bz2
import json
import math
import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rttgeo.census.minima as module
from rttgeo.census import reduction as reducing
from rttgeo.census.minima import reduce_samples
from rttgeo.census.reduction import Reduction
from rttgeo.errors import BadInputError
from rttgeo.minima import pair_minima
from rttgeo.pairs.reading import read_mesh

PLACES = {"101": (4.9, 52.4), "102": (16.4, 48.2), "103": (2.3, 48.9), "192.0.2.1": (8.5, 47.4)}


def record(probe: int, target: str, rtts: list[float], second: int) -> str:
    return json.dumps(
        {
            "fw": 5020, "af": 4, "dst_name": target, "dst_addr": target, "src_addr": "198.51.100.1",
            "proto": "ICMP", "ttl": 55, "size": 64, "result": [{"rtt": one} for one in rtts],
            "sent": 3, "rcvd": 3, "min": min(rtts), "max": max(rtts), "avg": rtts[0], "msm_id": 1001,
            "prb_id": probe, "timestamp": 1_600_000_000 + second, "msm_name": "Ping",
            "from": "198.51.100.1", "type": "ping",
        }
    )  # fmt: skip


def hours(folder: Path, n_hours: int = 4, seed: int = 1) -> tuple[list[Path], pd.DataFrame]:
    """Packed dumps, and all of their samples of probes whose place is known."""
    rng, rows, files = np.random.default_rng(seed), [], []
    for hour in range(n_hours):
        lines = []
        for second in range(120):
            probe = int(rng.choice([101, 102, 103, 999]))
            target = str(rng.choice(["192.0.2.1", "192.0.2.2", "2001:db8::1"]))
            rtts = np.round(10 + rng.exponential(20, 3), 3).tolist()
            lines.append(record(probe, target, rtts, 3600 * hour + second))
            rows += [(str(probe), target, one) for one in rtts if probe != 999]
        path = folder / f"ping-{hour:02d}.bz2"
        path.write_bytes(bz2.compress("\n".join(lines).encode()))
        files.append(path)
    return files, pd.DataFrame(rows, columns=["source", "target", "rtt_ms"])


def oracle(samples: pd.DataFrame) -> dict[tuple[str, str], tuple[float, int, float]]:
    """Minimum, count and robust minimum, by going through sorted lists."""
    found = {}
    for key, some in samples.groupby(["source", "target"])["rtt_ms"]:
        rtts = sorted(some)
        close = [a for a, c in zip(rtts, rtts[2:], strict=False) if c <= a * 1.05 + 0.5]
        found[key] = rtts[0], len(rtts), close[0] if close else np.nan
    return found


def pairs_of(folder: Path) -> dict[tuple[str, str], tuple[float, int, float]]:
    table = pq.read_table(folder / "pairs.parquet").to_pandas()
    columns = table["minimum_ms"], table["samples"], table["robust_ms"]
    keys = zip(table["landmark"], table["target"], strict=True)
    return dict(zip(keys, zip(*columns, strict=True), strict=True))


def test_a_folder_of_dumps_is_what_all_samples_at_once_are(tmp_path):
    files, samples = hours(tmp_path)
    reduce_samples(files, tmp_path / "out", PLACES)
    found, expected = pairs_of(tmp_path / "out"), oracle(samples)
    assert found.keys() == expected.keys() and len(found) == 9
    for key in expected:
        np.testing.assert_array_equal(found[key], expected[key])
    said = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert said["samples"] == len(samples) == said["counted"]["samples taken"]
    assert said["counted"]["samples from sources without a place"] == 4 * 120 * 3 - len(samples)
    mesh = read_mesh(tmp_path / "out" / "pairs.parquet")
    assert len(mesh) == 9 and np.isfinite(mesh.target_lonlat[0]).sum() == 1


def test_samples_as_parquet_give_the_same(tmp_path):
    files, samples = hours(tmp_path)
    reduce_samples(files, tmp_path / "dumps", PLACES, robust=True)
    named = samples.rename(columns={"source": "landmark"})
    parts = [tmp_path / f"{k}.parquet" for k in range(3)]
    for k, path in enumerate(parts):
        pq.write_table(pa.Table.from_pandas(named[k::3]), path)
    reduce_samples(parts, tmp_path / "tables", PLACES, robust=True)
    one, other = (pq.read_table(tmp_path / a / "pairs.parquet") for a in ("dumps", "tables"))
    assert one.equals(other) and one["rtt_ms"].equals(one["robust_ms"])


lists = st.lists(st.floats(0.5, 60).map(lambda one: round(one, 1)), min_size=1, max_size=40)


@given(st.lists(lists, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_any_samples_in_any_order_in_any_pieces(some, lots):
    rows = [(k, rtt) for k, rtts in enumerate(some) for rtt in rtts]
    lots.shuffle(rows)
    pair, rtt = np.array([k for k, _ in rows]), np.array([rtt for _, rtt in rows])
    reduction = Reduction()
    reduction._most_more = 5
    cut = lots.randrange(len(rows) + 1)
    for part in (slice(0, cut), slice(cut, None)):
        reduction.take(pair[part] // 2, pair[part] % 2, rtt[part])
    found = reduction.result()
    plain, robust = (pair_minima(pair // 2, pair % 2, rtt, robust=one) for one in (False, True))
    assert found.target.tolist() == plain["target"].tolist()
    assert found.minimum_ms.tolist() == plain["rtt_ms"].tolist()
    assert found.samples.tolist() == plain["samples"].tolist()
    assert found.robust_ms[np.isfinite(found.robust_ms)].tolist() == robust["rtt_ms"].tolist()


ends = st.sampled_from([0, 1, 7, 2**31 - 1])
sample = st.tuples(
    ends,
    ends,
    st.sampled_from([1.0, 1.5, 2.0, 40.5]),
    st.sampled_from([math.nan, 0.0, 0.5, 1.0]),
    st.sampled_from([math.nan, 3.0, 12.0]),
)


@given(st.lists(sample, min_size=1, max_size=30), st.booleans())
def test_pairs_in_memory_are_those_counted_by_hand(some, coarse):
    target, landmark, rtt, resolution, hops = map(np.array, zip(*some, strict=True))
    found = pair_minima(target, landmark, rtt, hops, resolution_ms=resolution if coarse else None)
    by_pair: dict[tuple, list] = {}
    for a, b, ms, open_ms, n in some:
        more = 0.0 if not coarse or math.isnan(open_ms) else open_ms
        by_pair.setdefault((a, b), []).append((ms + more, more, n))
    assert list(zip(found["target"], found["landmark"], strict=True)) == sorted(by_pair)
    for row, key in zip(found.itertuples(), sorted(by_pair), strict=True):
        values = by_pair[key]
        assert (row.rtt_ms, row.samples) == (min(values)[0], len(values))
        if any(more for _, more, _ in values):
            assert row.resolution_ms == min(values)[1]
        told = [n for *_, n in values if not math.isnan(n)]
        assert row.hops == min(told) if told else row.hops is pd.NA
        if len(values) > 1:
            assert row.deviation_ms == pytest.approx(statistics.stdev(v for v, *_ in values))
        else:
            assert math.isnan(row.deviation_ms)


def test_the_table_grows(monkeypatch):
    monkeypatch.setattr(reducing, "FIRST_SIZE", 2)
    rng = np.random.default_rng(3)
    target, source = rng.integers(0, 300, 50_000), rng.integers(0, 40, 50_000)
    rtt = rng.uniform(1, 100, 50_000)
    reduction = Reduction()
    reduction.take(target, source, rtt)
    found, plain = reduction.result(), pair_minima(target, source, rtt)
    np.testing.assert_array_equal(found.minimum_ms, plain["rtt_ms"])
    np.testing.assert_array_equal(found.samples, plain["samples"])


def test_a_stopped_run_goes_on_with_the_same_bytes(tmp_path, monkeypatch):
    files, _ = hours(tmp_path)
    reduce_samples(files, tmp_path / "whole", PLACES)
    made = module.reduce_file

    def dies(job, places):
        if job.file.endswith("-02.bz2"):
            raise KeyboardInterrupt
        return made(job, places)

    monkeypatch.setattr(module, "reduce_file", dies)
    with pytest.raises(KeyboardInterrupt):
        reduce_samples(files, tmp_path / "part", PLACES)
    assert not (tmp_path / "part" / "manifest.json").exists()
    left = {path.name for path in (tmp_path / "part").glob("reduced-*")}
    assert left and "reduced-00002.parquet" not in left
    told = []
    monkeypatch.setattr(module, "reduce_file", made)
    reduce_samples(files, tmp_path / "part", PLACES, progress=lambda *some: told.append(some))
    assert told[0] == (len(left), 4) and told[-1] == (4, 4)
    names = sorted(path.name for path in (tmp_path / "part").iterdir())
    assert names == ["manifest.json", "pairs.parquet", "plan.json"]
    for name in names:
        assert (tmp_path / "part" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.slow
def test_a_killed_process_goes_on_with_the_same_bytes(tmp_path):
    files, _ = hours(tmp_path, 12)
    places = tmp_path / "places.csv"
    rows = [f"{name},{lat},{lon}" for name, (lon, lat) in PLACES.items()]
    places.write_text("\n".join(["name,lat,lon", *rows]))

    def started(out: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "rttgeo", "minima", *map(str, files)]
        return subprocess.Popen([*command, "--places", str(places), "-o", str(tmp_path / out)])

    assert started("whole").wait() == 0
    child = started("part")
    while child.poll() is None and len(list((tmp_path / "part").glob("reduced-*"))) < 3:
        time.sleep(0.001)
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    assert started("part").wait() == 0
    for path in (tmp_path / "whole").iterdir():
        assert (tmp_path / "part" / path.name).read_bytes() == path.read_bytes()


def test_what_cannot_be_used_is_one_line(tmp_path):
    files, _ = hours(tmp_path, 1)
    with pytest.raises(BadInputError, match="no such file"):
        reduce_samples([tmp_path / "none.bz2"], tmp_path / "a", PLACES)
    with pytest.raises(BadInputError, match="no pair is left"):
        reduce_samples(files, tmp_path / "b", {"7": (0.1, 0.1)})
    reduce_samples(files, tmp_path / "c", PLACES)
    with pytest.raises(BadInputError, match="other files, or made with other options"):
        reduce_samples(files, tmp_path / "c", PLACES, robust=True)
    with pytest.raises(BadInputError, match="other files, or made with other options"):
        reduce_samples(files, tmp_path / "c", PLACES | {"104": (0.0, 1.0)})
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("")
    with pytest.raises(BadInputError, match="something else"):
        reduce_samples(files, tmp_path / "mine", PLACES)
    odd = tmp_path / "odd.parquet"
    pq.write_table(pa.table({"a": [1]}), odd)
    with pytest.raises(BadInputError, match="no columns landmark, target, rtt_ms"):
        reduce_samples([odd], tmp_path / "d", PLACES)
    pq.write_table(pa.table({"landmark": ["101"], "target": ["x"], "rtt_ms": [-1.0]}), odd)
    with pytest.raises(BadInputError, match=r"odd\.parquet, column rtt_ms: -1\.0 ms"):
        reduce_samples([odd], tmp_path / "e", PLACES)
