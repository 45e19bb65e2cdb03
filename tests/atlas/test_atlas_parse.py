"""Results to columns: against sagan on real data, and the fast reader against the slow one."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from atlas_records import GENERATIONS, mutate, ping, trace

from rttgeo.atlas import parse
from rttgeo.atlas.sample_table import to_microseconds
from rttgeo.atlas.scanner import blocks, codes
from rttgeo.atlas.scanner.records import Record, read_record
from rttgeo.errors import BadInputError

MUTATIONS = 250_000
"""There were a million before, and those found nothing more."""


def lines_of(path: Path) -> list[bytes]:
    """Records of a fixture, one a line."""
    text = path.read_bytes()
    if text.lstrip()[:1] == b"[":
        return [json.dumps(record).encode() for record in json.loads(text)]
    return [line for line in text.splitlines() if line.strip()]


def real_lines(shared: Path) -> list[bytes]:
    data = shared / "data"
    files = [data / "atlas-api-2020/results.ndjson", *data.glob("atlas-builtin-2019/*/*.json")]
    files += data.glob("ping-logs-2017/RIPE-Atlas-*.txt")
    return [line for file in sorted(files) for line in lines_of(file)]


def parse_lines(lines: list[bytes]) -> tuple[list[tuple], parse.ParseReport]:
    """Samples as tuples, and the report."""
    rows, report, reader = [], parse.ParseReport(), parse.Reader()
    for block in parse.split_records([b"\n".join(lines) + b"\n"]):
        table, part, _ = reader.read(block)
        report = report + part
        rows += [tuple(row.values()) for row in table.to_pylist()]
    return rows, report


def slow_rows(record: Record) -> list[tuple]:
    """What the columns of one record should be."""
    hops = record.hops or None
    said = (record.family, codes.PROTOCOLS[record.protocol], hops)
    micro = [round(round(rtt, 3) * 1000) for rtt in record.rtt_ms]
    who = (record.probe, record.measurement, record.destination)
    return [(record.time, *who, *said, each, bool(record.summary)) for each in micro]


def sagan_samples(line: bytes) -> list[float] | None:
    """Samples of a record as sagan gives them; None where sagan refuses it."""
    from ripe.atlas.sagan import Result

    try:
        result = Result.get(
            line.decode(), on_error=Result.ACTION_IGNORE, on_malformation=Result.ACTION_IGNORE
        )
        who = (result.probe_id, result.measurement_id, result.raw_data["timestamp"])
        if any(n is None or not 0 <= n < 2**31 for n in who) or b"true" in line:
            return None  # sagan goes on where nobody knows whose samples they are; true is 1
        if not 0 <= result.firmware < 10**14:
            return None
        if result.type == "ping":
            if "result" not in result.raw_data:
                if result.rtt_average is None:
                    return None  # without a mean sagan gives no minimum either
                return [rtt for rtt in [result.rtt_min] if rtt and rtt > 0]
            packets = [p for p in result.packets if not p.dup]
        elif not result.destination_address:
            return None  # the target has another key in the oldest records
        else:
            last = result.hops[-1].packets if result.hops else []
            ours = result.destination_address
            packets = [p for p in last if not p.is_error and p.origin == ours]
        return [p.rtt for p in packets if p.rtt and 0 < p.rtt <= codes.MAX_RTT_MS]
    except Exception:
        return None


def assert_same_as_sagan(lines: list[bytes]) -> int:
    rows, report = parse_lines(lines)
    ours: dict[int, list[int]] = {}
    accepted = 0
    position = 0
    for i, line in enumerate(lines):
        record = read_record(line)
        ours[i] = [row[7] for row in rows[position : position + len(record.rtt_ms)]]
        position += len(record.rtt_ms)
        theirs = sagan_samples(line)
        if theirs is None:
            continue
        accepted += 1
        assert ours[i] == [round(rtt * 1000) for rtt in theirs], line[:2000]
    assert position == len(rows) == report.samples
    return accepted


def test_real_data_gives_the_samples_that_sagan_gives(shared: Path):
    lines = real_lines(shared)
    assert assert_same_as_sagan(lines) == len(lines) == 3944


def test_the_fast_reader_says_what_the_slow_one_says(shared: Path):
    lines = real_lines(shared) + [json.dumps(r).encode() for r in GENERATIONS]
    assert_same_readers(lines)


def assert_same_readers(lines: list[bytes]) -> parse.ParseReport:
    lines = [line for line in lines if line.strip() and b"\n" not in line]
    rows, report = parse_lines(lines)
    expected, packets, statuses = [], np.zeros(codes.N_PACKET_CODES, dtype=int), []
    for line in lines:
        record = read_record(line)
        expected += slow_rows(record)
        packets += record.packets
        statuses.append(record.status)
    seconds = [(int(row[0].timestamp()), *row[1:]) for row in rows]
    assert seconds == expected
    words = np.array(codes.RECORD_WORDS)[statuses]
    counted = {str(w): int((words == w).sum()) for w in set(words.tolist()) - {"used"}}
    assert dict(report.rejected) == counted
    assert report.records == len(lines) == report.used + sum(report.rejected.values())
    dropped = {w: int(n) for w, n in zip(codes.PACKET_WORDS, packets, strict=True) if n}
    dropped.pop("sample", None)
    assert dict(report.dropped) == dropped
    return report


@pytest.mark.parametrize("firmware", [1, 4400, 4460, 4540, 4570, 4610, 4750, 4790, 5020, 5080])
def test_every_firmware_generation_is_read(firmware: int):
    records = [r for r in GENERATIONS if r["fw"] == firmware]
    assert records
    rows, _ = parse_lines([json.dumps(r).encode() for r in records])
    assert {row[7] for row in rows} >= {2172}, "the sample that every example record holds"


def test_what_is_no_sample_is_counted_under_its_reason():
    timeouts = ping([{"x": "*"}, {"x": "*"}])
    broken = ping([{"error": "sendto failed: Network is unreachable"}])
    twice = ping([{"rtt": 5.0}, {"rtt": 7.5, "dup": 1}])
    late = trace([{"from": "192.0.2.1", "late": 2}, {"from": "192.0.2.1", "rtt": 2.5}])
    elsewhere = trace([{"from": "192.0.2.9", "rtt": 2.5}])
    refused = trace([{"from": "192.0.2.1", "rtt": 2.5, "err": "A"}])
    negative = ping([{"rtt": -1}])
    incomplete = ping([{"rtt": 1.5}])
    del incomplete["prb_id"]
    records = [timeouts, broken, twice, late, elsewhere, refused, negative, incomplete]
    lines = [json.dumps(r).encode() for r in records]
    lines += [b"{", b"[1]", b'"x"', b'{"type": "dns"}', b"<html>"]
    rows, report = parse_lines(lines)
    assert [row[7] for row in rows] == [5000, 2500]
    assert report.rejected == {
        "no reply (*)": 1,
        "error at the probe": 1,
        "last hop is not the target": 1,
        "error reply from the target": 1,
        "RTT not plausible": 1,
        "time, probe, measurement or firmware missing": 1,
        "not JSON": 2,
        "JSON, but not an object": 2,
        "neither ping nor traceroute": 1,
    }
    assert report.dropped == {
        "no reply (*)": 2,
        "error at the probe": 1,
        "duplicate": 1,
        "late": 1,
        "not from the target": 1,
        "error reply": 1,
        "RTT not plausible": 1,
    }
    assert "2 samples from 2 of 13 records" in str(report)


def test_halves_of_a_microsecond_round_as_python_rounds_the_decimal():
    values = np.array([1.0005, 2.0015, 0.0025, 183.2555, 1.0004999, 7.1115, 33.3335, 0.0005])
    expected = [round(round(v, 3) * 1000) for v in values.tolist()]
    assert to_microseconds(values).tolist() == expected


def test_a_window_keeps_its_ends_and_counts_the_rest():
    lines = [json.dumps(ping([{"rtt": 1.5}], timestamp=t)).encode() for t in (9, 10, 20, 21)]
    found = list(parse.split_records([b"\n".join(lines)]))
    tables, reports = zip(*(parse.Reader(window=(10, 20)).read(b)[:2] for b in found), strict=True)
    assert sum(t.num_rows for t in tables) == 2
    assert sum(r.rejected.get("outside the window", 0) for r in reports) == 2


@pytest.mark.parametrize("size", [7, 64, 1000, 10**6])
def test_the_size_of_the_blocks_does_not_matter(size: int):
    records = [ping([{"rtt": 1.5 + i}], timestamp=100 + i) for i in range(20)]
    records.append(trace([{"from": "192.0.2.1", "rtt": 2.5}]))
    ndjson = b"\n\n".join(json.dumps(r).encode() for r in records)
    array = json.dumps(records, indent=2).encode()
    for text in (ndjson, ndjson + b"\n", array, b" \n" + array + b"\n"):
        texts = [text[i : i + size] for i in range(0, len(text), size)]
        found = [parse.Reader().read(b)[:2] for b in parse.split_records(texts)]
        assert sum(table.num_rows for table, _ in found) == 21
        assert sum(report.records for _, report in found) == 21


def test_a_record_without_end_is_dropped_and_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(blocks, "MAX_RECORD_BYTES", 1000)
    good = json.dumps(ping([{"rtt": 1.5}])).encode()
    text = good + b"\n" + b'{"a":"' + b"x" * 5000 + b"\n" + good + b"\n"
    texts = [text[i : i + 512] for i in range(0, len(text), 512)]
    found = [parse.Reader().read(b)[:2] for b in parse.split_records(texts)]
    total = sum((report for _, report in found), parse.ParseReport())
    assert total.samples == 2
    assert total.rejected["record too long"] >= 1
    assert total.records == total.used + sum(total.rejected.values())


def test_files_come_out_the_same_packed_or_not(tmp_path: Path):
    text = b"\n".join(json.dumps(ping([{"rtt": 1.5 + i}])).encode() for i in range(50))
    (tmp_path / "a.ndjson").write_bytes(text)
    with gzip.open(tmp_path / "a.ndjson.gz", "wb") as file:
        file.write(text)
    anchors = {1001: "xx-yyy-as1"}
    plain = parse.write_samples(tmp_path / "a.ndjson", tmp_path / "a.parquet", anchors=anchors)
    packed = parse.write_samples(tmp_path / "a.ndjson.gz", tmp_path / "b.parquet", anchors=anchors)
    assert plain == packed
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.column("anchor").unique().to_pylist() == ["xx-yyy-as1"]
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "a.ndjson",
        "a.ndjson.gz",
        "a.parquet",
        "b.parquet",
    ]


def test_a_file_that_is_not_there_or_not_packed_is_said_in_one_line(tmp_path: Path):
    with pytest.raises(BadInputError, match="nowhere"):
        parse.read_samples(tmp_path / "nowhere.ndjson")
    good = gzip.compress(json.dumps(ping([{"rtt": 1.5}])).encode() * 50)
    broken = bytearray(good)
    broken[20:30] = bytes(10)
    for content in (good[:-20], bytes(broken)):
        (tmp_path / "bad.gz").write_bytes(content)
        with pytest.raises(BadInputError, match=r"bad\.gz"):
            parse.read_samples(tmp_path / "bad.gz")
    # What a file is, its content says: browsers unpack and keep the name.
    (tmp_path / "plain.gz").write_bytes(json.dumps(ping([{"rtt": 1.5}])).encode())
    assert parse.read_samples(tmp_path / "plain.gz")[1].samples == 1


def test_a_record_that_was_downloaded_twice_counts_once(tmp_path: Path):
    records = [ping([{"rtt": 2.0}, {"rtt": 30.0}]) | {"timestamp": t, "prb_id": p}
               for t in (1600000000, 1600000240) for p in (1, 2)]  # fmt: skip
    lines = [json.dumps(one) for one in records]
    (tmp_path / "a").write_text("\n".join(lines))
    (tmp_path / "b.gz").write_bytes(gzip.compress("\n".join([*lines[1:], lines[0]]).encode()))
    once, report, again, _ = parse.read_distinct([tmp_path / "a"])
    assert (once.num_rows, again) == (8, 0)
    twice, report, again, _ = parse.read_distinct([tmp_path / "a", tmp_path / "b.gz"])
    assert (again, report.records) == (4, 8)
    assert twice.sort_by("time").equals(once.sort_by("time"))
    # Another target, probe, measurement or second is another record.
    for change in ({"dst_addr": "192.0.2.77"}, {"prb_id": 9}, {"msm_id": 9}, {"timestamp": 9}):
        (tmp_path / "c").write_text(lines[0] + "\n" + json.dumps(records[0] | change))
        assert parse.read_distinct([tmp_path / "c"])[2] == 0


def test_without_an_address_the_name_is_what_was_measured():
    record = ping([{"rtt": 12.5}])
    del record["dst_addr"]
    named = read_record(json.dumps(record | {"dst_name": "server.example"}).encode())
    assert (named.destination, named.rtt_ms) == ("server.example", (12.5,))


def run_fuzz(n: int, seed: int) -> tuple[int, parse.ParseReport]:
    """Mutate records, read them both ways: same samples, nothing uncounted, no crash."""
    rng = random.Random(seed)
    seeds = [json.dumps(r).encode() for r in GENERATIONS]
    seeds += [json.dumps(r, separators=(",", ":")).encode() for r in GENERATIONS]
    total = parse.ParseReport()
    for start in range(0, n, 5000):
        lines = [mutate(rng.choice(seeds), rng) for _ in range(min(5000, n - start))]
        total = total + assert_same_readers(lines)
    return n, total


def test_mutated_records_never_crash_and_are_all_counted():
    _, total = run_fuzz(10_000, seed=1)
    assert total.used > 1000
    assert len(total.rejected) > 8


@pytest.mark.slow
def test_hundreds_of_thousands_of_mutations():
    n, total = run_fuzz(MUTATIONS, seed=2)
    assert n == MUTATIONS
    assert total.used > 0.1 * n


def test_mutated_records_that_sagan_accepts_give_its_samples(caplog: pytest.LogCaptureFixture):
    rng = random.Random(3)
    seeds = [json.dumps(r).encode() for r in GENERATIONS if r["fw"] >= 4460]
    lines = [mutate(rng.choice(seeds), rng, structure=False) for _ in range(4000)]
    lines = [line for line in lines if line.strip() and b"\n" not in line]
    assert assert_same_as_sagan(lines) > 500
