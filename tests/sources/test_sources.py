"""Readers of other forms: the examples that come along, real logs, and what may go wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from mmdb_file import write_mmdb

from rttgeo import sources
from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError, NotThereError


def example(name: str) -> Path:
    return data_path(f"examples/{name}")


def test_ping_with_times():
    log = sources.read_ping_log(example("ping-D.txt"), source="ams")
    assert (log.source, log.target, log.sent, len(log)) == ("ams", "192.0.2.39", 5, 3)
    assert log.samples["rtt_ms"].tolist() == [22.7, 22.8, 0.987]
    assert log.samples["seq"].tolist() == [1, 2, 5]
    assert log.samples["time_s"].tolist() == [
        1700000000.361087,
        1700000000.461286,
        1700000001.162268,
    ]
    assert log.dropped == {"duplicate": 1, "no answer": 1, "error reply": 1}
    assert log.minimum_rtt_ms == 0.987


def test_ping_without_times():
    log = sources.read_ping_log(example("ping.txt"))
    assert log.samples["rtt_ms"].tolist() == [100.0, 99.6]
    assert np.isnan(log.samples["time_s"]).all()
    assert log.target == "192.0.2.39" and not log.dropped


@pytest.mark.parametrize(
    ("text", "rtts", "dropped"),
    [
        ("64 bytes from 192.0.2.1: seq=0 ttl=64 time=0.123 ms", [0.123], {}),
        ("64 bytes from 192.0.2.1: icmp_seq=0 ttl=56 time=14.156 ms", [14.156], {}),
        ("16 bytes from 2001:db8::1, icmp_seq=0 hlim=57 time=14.1 ms", [14.1], {}),
        ("64 bytes from 2001:db8::1: icmp_seq=1 ttl=57 time=14.1 ms", [14.1], {}),
        ("64 bytes from host (2001:db8::1): icmp_seq=1 ttl=57 time=14.1 ms", [14.1], {}),
        ("Reply from 192.0.2.1: bytes=32 time=14ms TTL=56", [14.0], {}),
        ("64 bytes from 192.0.2.1: icmp_req=1 ttl=64 time=5 ms", [5.0], {}),
        ("64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=500 us", [0.5], {}),
        ("64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=-3.2 ms", [], {"time not plausible": 1}),
        ("64 bytes from 192.0.2.1: icmp_seq=1 ttl=64", [], {"no time in the reply": 1}),
        ("Request timeout for icmp_seq 3", [], {"no answer": 1}),
        ("From 198.51.100.1 icmp_seq=4 Time to live exceeded", [], {"error reply": 1}),
        ("64 bytes fr", [], {"line not understood": 1}),
    ],
)
def test_ping_dialects(tmp_path: Path, text: str, rtts: list[float], dropped: dict):
    (tmp_path / "log").write_text(f"PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.\n{text}\n")
    log = sources.read_ping_log(tmp_path / "log")
    assert log.samples["rtt_ms"].tolist() == rtts
    assert log.dropped == dropped


def test_what_is_no_ping_log_is_refused(tmp_path: Path):
    (tmp_path / "a").write_text("hello\n")
    with pytest.raises(BadInputError, match="reply to ping"):
        sources.read_ping_log(tmp_path / "a")
    two = "64 bytes from {}: icmp_seq=1 ttl=64 time=5 ms\n"
    (tmp_path / "b").write_text(two.format("192.0.2.1") + two.format("192.0.2.2"))
    with pytest.raises(BadInputError, match="one target"):
        sources.read_ping_log(tmp_path / "b")
    with pytest.raises(BadInputError, match="c: there is no such file"):
        sources.read_ping_log(tmp_path / "c")


def test_real_ping_logs_hold_as_many_replies_as_they_say(shared: Path):
    logs = sorted((shared / "data/ping-logs-2017").glob("ping*_100ms_*.txt"))
    assert len(logs) == 6
    for path in logs:
        text = path.read_text()
        log = sources.read_ping_log(path)
        assert len(log) == text.count(" time=")
        assert set(log.dropped) <= {"no answer"}, path.name
        assert log.sent is None or log.sent == len(log) + log.dropped.get("no answer", 0)
        if "packets transmitted" in text:
            assert len(log) == int(re.search(r"(\d+) received", text)[1])
            lowest = float(re.search(r"min/avg/max/mdev = ([\d.]+)/", text)[1])
            assert log.minimum_rtt_ms == pytest.approx(lowest, abs=1 if lowest > 100 else 0.1)
        assert np.isfinite(log.samples["time_s"]).all() == path.name.endswith("20171017.txt")


def test_fping_in_its_three_ways():
    first, second = sources.read_fping(example("fping.txt"), source="x")
    assert (first.target, first.sent) == ("192.0.2.1", 2)
    assert first.samples["rtt_ms"].tolist() == [1.23, 1.11]
    assert first.samples["time_s"].tolist() == [1700000000.12345, 1700000001.12345]
    assert (len(second), second.dropped) == (1, {"no answer": 1})
    first, second = sources.read_fping(example("fping-C.txt"))
    assert first.samples["seq"].tolist() == [0, 1, 3]
    assert (second.target, second.sent, len(second)) == ("2001:db8::2", 4, 0)
    assert np.isnan(second.minimum_rtt_ms)
    first, second = sources.read_fping(example("fping-c.txt"))
    assert first.samples["rtt_ms"].tolist() == [1.11]
    assert first.dropped == {"no answer": 1, "only in the summary": 2}
    assert second.dropped == {"no answer": 4}
    with pytest.raises(BadInputError, match="fping"):
        sources.read_fping(example("ping.txt"))


def test_mtr(tmp_path: Path):
    report = sources.read_mtr(example("mtr.json"))
    assert (report.source, report.target, report.reached) == ("here", "192.0.2.39", True)
    assert report.hops["hop"].tolist() == [1, 2, 3]
    series = report.series()
    assert series.samples["rtt_ms"].tolist() == [12.1]
    assert (series.sent, series.dropped) == (10, {"no answer": 1, "only in the summary": 8})
    data = json.loads(example("mtr.json").read_text())
    data["report"]["hubs"].pop()
    (tmp_path / "lost.json").write_text(json.dumps(data))
    lost = sources.read_mtr(tmp_path / "lost.json")
    assert not lost.reached and len(lost.series()) == 0
    assert lost.series().dropped == {"no answer": 10}
    (tmp_path / "no.json").write_text("[]")
    with pytest.raises(BadInputError, match="mtr --json"):
        sources.read_mtr(tmp_path / "no.json")


def test_scamper(tmp_path: Path):
    table = sources.read_scamper(example("scamper.json"))
    assert table.samples["rtt_ms"].tolist() == [22.741, 21.902, 12.125]
    assert table.samples["time_s"].tolist() == [1700000000.25, 1700000000.25, 1700000001.0]
    assert table.samples["hops"].isna().tolist() == [True, True, False]
    assert table.dropped == {
        "neither ping nor trace": 1,
        "not from the target": 1,
        "no answer": 1,
    }
    lowest = table.minimum_rtts()
    assert lowest["rtt_ms"].tolist() == [21.902, 12.125]
    assert lowest["samples"].tolist() == [2, 1]
    (tmp_path / "x").write_bytes(b"WARTS\x12\x05")
    with pytest.raises(BadInputError, match="scamper"):
        sources.read_scamper(tmp_path / "x")


def test_monroe_bins_and_mesh():
    monroe = sources.read_monroe(example("monroe-ping.csv"), example("monroe-gps.csv"))
    bins = monroe.bins
    assert bins["node"].tolist() == ["17", "17", "18"]
    assert bins["time_s"].tolist() == [1700000100, 1700000400, 1700000100]
    assert bins["rtt_ms"].tolist() == [47.25, 52.0, 31.75]
    assert bins["samples"].tolist() == [2, 1, 1]
    assert bins["operator"].tolist() == ["Alpha", "Alpha", "Beta"]
    assert bins["lon"].iloc[0] == pytest.approx(10.625)
    assert abs(bins["lon"].iloc[2]) == pytest.approx(180), "the mean across the date line"
    assert bins["lat"].iloc[2] == pytest.approx(0)
    assert monroe.dropped == {
        "pings without a time, node or RTT": 1,
        "places without a time, node or coordinates": 1,
        "bins without a place": 1,
    }
    mesh = sources.monroe_mesh(bins, "server", 13.5, 59.4)
    assert (len(mesh.landmarks), len(mesh.targets), len(mesh)) == (3, 1, 3)


def test_monroe_in_small_chunks_is_the_same(monkeypatch: pytest.MonkeyPatch):
    whole = sources.read_monroe(example("monroe-ping.csv"), example("monroe-gps.csv"))
    monkeypatch.setattr("rttgeo.sources.monroe.ROWS_AT_ONCE", 2)
    parts = sources.read_monroe(example("monroe-ping.csv"), example("monroe-gps.csv"))
    np.testing.assert_allclose(parts.bins["lon"], whole.bins["lon"])
    assert parts.bins.drop(columns=["lon", "lat"]).equals(whole.bins.drop(columns=["lon", "lat"]))
    assert parts.dropped == whole.dropped


def test_monroe_without_a_column_is_refused(tmp_path: Path):
    (tmp_path / "a.csv").write_text("nodeid,timestamp\n1,2\n")
    with pytest.raises(BadInputError, match="'rtt'"):
        sources.read_monroe(tmp_path / "a.csv", example("monroe-gps.csv"))
    with pytest.raises(BadInputError, match="bin_s"):
        sources.read_monroe(tmp_path / "a.csv", tmp_path / "a.csv", bin_s=0)


def test_a_mesh_of_ones_own_pings():
    one = sources.read_ping_log(example("ping-D.txt"), source="ams")
    two = sources.read_ping_log(example("ping.txt"), source="zrh")
    mesh = sources.mesh_of_series([one, two, two], {"ams": (4.9, 52.37), "zrh": (8.54, 47.38)})
    assert mesh.targets.index.tolist() == ["192.0.2.39"] and not mesh.has_truth
    assert mesh.pairs["rtt_ms"].tolist() == [0.987, 99.6]
    assert mesh.pairs["samples"].tolist() == [3, 4]
    with pytest.raises(NotThereError, match="'zrh'"):
        sources.mesh_of_series([two], {"ams": (4.9, 52.37)})
    with pytest.raises(BadInputError, match="no series"):
        sources.mesh_of_series([], {})


ADDRESSES = ["192.0.2.1", "192.0.2.200", "2001:db8::5", "198.51.100.1"]


def test_a_table_of_networks_and_its_longest_prefix():
    found = sources.locate_by_table(example("locations.csv"), ADDRESSES)
    assert found.index.tolist() == ADDRESSES
    assert found["country"].tolist()[:3] == ["NL", "FR", "CH"]
    assert found["city"].isna().tolist() == [False, True, False, True]
    np.testing.assert_allclose(found["lat"], [52.37, 48.85, 47.38, np.nan])
    with pytest.raises(BadInputError, match="not-an-address"):
        sources.locate_by_table(example("locations.csv"), ["not-an-address"])
    with pytest.raises(BadInputError, match="'network'"):
        sources.locate_by_table(example("monroe-gps.csv"), ADDRESSES)


@pytest.mark.parametrize("nested", [False, True])
def test_a_local_mmdb(tmp_path: Path, nested: bool):
    flat = {"latitude": 52.37, "longitude": 4.9, "country_code": "NL", "city": "Amsterdam"}
    deep = {
        "location": {"latitude": 52.37, "longitude": 4.9},
        "country": {"iso_code": "NL"},
        "city": {"names": {"en": "Amsterdam"}},
    }
    write_mmdb(tmp_path / "x.mmdb", {"192.0.2.0/24": deep if nested else flat})
    found = sources.locate_by_mmdb(tmp_path / "x.mmdb", ["192.0.2.77", "198.51.100.1"])
    assert found.iloc[0].tolist() == [4.9, 52.37, "NL", "Amsterdam"]
    assert np.isnan(found["lon"].iloc[1]) and found["country"].isna().iloc[1]
    (tmp_path / "bad.mmdb").write_bytes(b"nothing")
    with pytest.raises(BadInputError, match=r"bad\.mmdb"):
        sources.locate_by_mmdb(tmp_path / "bad.mmdb", ["192.0.2.1"])


def test_ripestat_picks_the_place_that_covers_most(monkeypatch: pytest.MonkeyPatch):
    from rttgeo.atlas import client

    def answer(self: client.AtlasClient, path: str) -> object:
        assert self.host == "localhost:1"
        if path.endswith("192.0.2.1"):
            places = [
                {"country": "SE", "city": "", "latitude": 59.3, "longitude": 18.0},
                {
                    "country": "NL",
                    "city": "Amsterdam",
                    "latitude": 52.37,
                    "longitude": 4.9,
                    "covered_percentage": 60.0,
                },
            ]
            return {"data": {"located_resources": [{"resource": "x", "locations": places}]}}
        return {"data": {"located_resources": []}}

    monkeypatch.setattr(client.AtlasClient, "json", answer)
    found = sources.locate_by_ripestat(["192.0.2.1", "2001:db8::1"], host="localhost:1")
    assert found.iloc[0].tolist() == [4.9, 52.37, "NL", "Amsterdam"]
    assert np.isnan(found["lat"].iloc[1])


def test_no_reader_falls_over_noise(tmp_path: Path):
    rng = np.random.default_rng(1)
    names = ["ping-D.txt", "fping.txt", "mtr.json", "scamper.json", "locations.csv"]
    readers = [
        sources.read_ping_log,
        sources.read_fping,
        sources.read_mtr,
        sources.read_scamper,
        lambda path: sources.locate_by_table(path, ADDRESSES),
        lambda path: sources.read_monroe(path, path),
    ]
    refused = 0
    for _ in range(400):
        content = bytearray(example(names[rng.integers(len(names))]).read_bytes())
        for _ in range(rng.integers(1, 6)):
            content[rng.integers(len(content))] = rng.integers(256)
        (tmp_path / "x").write_bytes(bytes(content[: rng.integers(len(content))]))
        for reader in readers:
            try:
                reader(tmp_path / "x")
            except BadInputError as error:
                refused += 1
                assert "\n" not in str(error)
    assert refused > 400
