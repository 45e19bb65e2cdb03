"""`rttgeo passive`, and what its tables give to other commands."""

from __future__ import annotations

import csv
import json

import numpy as np
import pandas as pd
import pytest
from frames import CLIENT, SERVER, T0, echo, tcp_talk, write
from quic_talk import talk

from rttgeo import read_mesh
from rttgeo.cli.main import main
from rttgeo.errors import BadInputError
from rttgeo.load import detect
from rttgeo.passive import Names, passive_mesh, read_captures, sample_series
from rttgeo.passive.minimum import FALSE_MINIMUM, TOO_SHORT, needed_support, sound_minimum
from rttgeo.passive.samples import LOWEST_KEPT, Tally


@pytest.fixture
def capture(tmp_path):
    return str(write(tmp_path / "a.pcap", tcp_talk() + talk(start=T0 + 9)))


def test_json(capture, capsys):
    assert main(["passive", capture, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    flows = {one["method"]: one for one in told["flows"]}
    assert set(flows) == {"handshake", "ack", "timestamps", "spin"}
    assert {one["kind"] for one in told["flows"]} == {"tcp", "quic"}
    spin = flows["spin"]
    assert spin["client"], spin["server"] == (CLIENT, SERVER)
    assert spin["side"] == "full" and 41 <= spin["min_rtt_ms"] <= spin["median_rtt_ms"] <= 50
    assert told["packets"] == told["used"] + sum(told["left_out"].values())


def test_text_and_what_was_left_out(capture, tmp_path, capsys):
    assert main(["passive", capture]) == 0
    shown = capsys.readouterr()
    assert "round-trip times of 2 connections" in shown.out and SERVER in shown.out
    write(tmp_path / "b.pcap", [(T0, bytes(12) + b"\x08\x06" + bytes(28))])
    assert main(["passive", str(tmp_path / "b.pcap")]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("No round-trip time in 1 packet.") and "1 ARP" in shown.err


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_samples(capture, tmp_path, capsys, ending):
    out = tmp_path / f"samples.{ending}"
    assert main(["passive", capture, "--json", "--samples", str(out)]) == 0
    table = pd.read_csv(out) if ending == "csv" else pd.read_parquet(out)
    assert list(table.columns) == ["flow", "time", "rtt_ms", "method", "side"]
    told = json.loads(capsys.readouterr().out)
    assert len(table) == sum(one["samples"] for one in told["flows"])
    for one in told["flows"]:
        for side, numbers in one["sides"].items():
            mine = table[
                (table.flow == one["flow"]) & (table.method == one["method"]) & (table.side == side)
            ]
            assert len(mine) == numbers["samples"]
            assert mine.rtt_ms.min() == pytest.approx(numbers["lowest_rtt_ms"], abs=1e-5)
            assert mine.rtt_ms.median() == pytest.approx(numbers["median_rtt_ms"], abs=1e-5)
    assert table.time.between(T0, T0 + 60).all()


def test_pairs_are_read_by_locate(capture, tmp_path, capsys):
    pairs = str(tmp_path / "pairs.csv")
    assert main(["passive", capture, "--observer", "52.37,4.90", "--pairs", pairs]) == 0
    mesh = read_mesh(pairs)
    assert list(mesh.landmarks.index) == ["observer"]
    found = dict(zip(mesh.targets.index[mesh.pairs.target], mesh.pairs.rtt_ms, strict=True))
    # The lower of both connections' halves.
    assert found == {CLIENT: pytest.approx(5, abs=2e-3), SERVER: pytest.approx(36, abs=2e-3)}
    capsys.readouterr()
    assert main(["locate", pairs, "--target", CLIENT, "--method", "exclusion", "--json"]) == 0
    assert CLIENT in capsys.readouterr().out


def test_an_observer_is_a_city_too(capture, tmp_path, capsys):
    pairs = str(tmp_path / "pairs.csv")
    assert main(["passive", capture, "--observer", "Zürich", "--pairs", pairs]) == 0
    mesh = read_mesh(pairs)
    lon, lat = mesh.landmark_lonlat
    assert (lon[0], lat[0]) == pytest.approx((8.55, 47.37), abs=0.1)
    assert main(["passive", capture, "--observer", "zurihc", "--pairs", pairs]) == 2
    assert "did you mean zurich" in capsys.readouterr().err


def test_a_host_with_a_place_is_a_landmark_for_the_whole_way(capture, tmp_path):
    (tmp_path / "places.csv").write_text(f"name,lat,lon\n{SERVER},47.4,8.5\n")
    pairs = str(tmp_path / "pairs.csv")
    command = ["passive", capture, "--places", str(tmp_path / "places.csv"), "--pairs", pairs]
    assert main(command) == 0
    mesh = read_mesh(pairs)
    assert list(mesh.landmarks.index) == [SERVER] and list(mesh.targets.index) == [CLIENT]
    assert mesh.pairs.rtt_ms.tolist() == pytest.approx([41.0], abs=2e-3)


def test_no_address_in_any_output(capture, tmp_path, capsys):
    pairs, samples = tmp_path / "pairs.csv", tmp_path / "samples.csv"
    (tmp_path / "places.csv").write_text(f"name,lat,lon\n{SERVER},47.4,8.5\n")
    command = [
        "passive",
        capture,
        "--anonymise",
        "--observer",
        "1,2",
        "--places",
        str(tmp_path / "places.csv"),
    ]
    assert main([*command, "--pairs", str(pairs), "--samples", str(samples), "--json"]) == 0
    assert main([*command]) == 0
    shown = capsys.readouterr()
    written = [path.read_text() for path in tmp_path.iterdir() if path.suffix in (".csv", ".json")
               and path.name != "places.csv"]  # fmt: skip
    for text in (shown.out, shown.err, *written):
        assert CLIENT not in text and SERVER not in text and "50000" not in text
    assert "host-1" in shown.out and "host-2" in pairs.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.pcap"], "no such file"),
        (["{capture}", "--pairs", "x.csv"], "needs a landmark"),
        (["{capture}", "--pairs", "x.txt", "--observer", "1,2"], "expected an ending"),
        (["{capture}", "--samples", "x.txt"], "ends in .csv or .parquet"),
        (["{capture}", "--observer", "91,0"], "expected latitude,longitude"),
        (["{capture}", "--observer", "north"], "expected latitude,longitude"),
        (["{capture}", "--observer", "1,2", "--observer", "3,4"], "expected one, or one for each"),
        (["{capture}", "--places", "none.csv"], "none.csv"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_line(capture, arguments, said, capsys):
    assert main(["passive", *(text.format(capture=capture) for text in arguments)]) == 2
    shown = capsys.readouterr()
    assert said in shown.err and not shown.out and "Traceback" not in shown.err


def test_a_reading_that_fails_leaves_no_file(tmp_path):
    bad = tmp_path / "bad.pcap"
    bad.write_bytes(b"no capture")
    assert main(["passive", str(bad), "--samples", str(tmp_path / "s.csv")]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["bad.pcap"]


def test_two_observers_of_two_captures(tmp_path):
    paths = [write(tmp_path / f"{n}.pcap", tcp_talk(5 + n, 40)) for n in range(2)]
    mesh = passive_mesh(read_captures(paths), {}, [(4.9, 52.4), (8.5, 47.4)])
    assert list(mesh.landmarks.index) == ["observer-1", "observer-2"] and len(mesh) == 4


def test_a_mesh_without_a_landmark(tmp_path):
    found = read_captures([write(tmp_path / "a.pcap", tcp_talk())])
    with pytest.raises(BadInputError, match="no pair has a landmark"):
        passive_mesh(found, {"192.0.2.200": (1.0, 2.0)})


def test_names_stay_the_same():
    names = Names(anonymise=True)
    assert [names.of(host) for host in ("b", "a", "b")] == ["host-1", "host-2", "host-1"]


def test_the_support_of_a_minimum_is_what_the_stated_rate_asks_for():
    """Against the plain sum of binomial terms."""
    from math import comb

    for method, share in TOO_SHORT.items():
        for samples in (1, 2, 10, 1000, 50_000):
            support = needed_support(samples, method)
            for k, met in ((support, True), (support - 1, False)):
                if k < 1 or (met and support == samples):
                    continue
                below = sum(
                    comb(samples, i) * share**i * (1 - share) ** (samples - i) for i in range(k)
                )
                assert (1 - below <= FALSE_MINIMUM + 1e-12) == met, (method, samples)
    assert needed_support(10**9, "spin") > LOWEST_KEPT


def test_how_often_a_minimum_is_too_short():
    """Samples of which the stated share is too short: of 2,000 flows 1 % may have a false minimum."""
    rng = np.random.default_rng(1)
    false = 0
    for _ in range(2000):
        rtt = 41 + rng.exponential(2, 200)
        short = rng.random(200) < TOO_SHORT["spin"]
        rtt[short] = rng.uniform(0.1, 40, short.sum())
        lowest = sound_minimum(np.sort(rtt)[:LOWEST_KEPT], 200, "spin")
        false += lowest is not None and lowest < 41
    assert false <= 2000 * FALSE_MINIMUM


def test_lone_short_samples_are_no_minimum():
    rtt = np.array([0.1, *(41 + 0.01 * np.arange(63))])
    assert sound_minimum(rtt, 2000, "vec") == 41.0
    assert sound_minimum(np.array([0.1, 7.0, 41.0]), 2000, "vec") is None


def test_a_tally_of_many_samples_stays_small_and_near():
    tally, rng = Tally(), np.random.default_rng(2)
    everything = rng.exponential(10, 100_000)
    for part in np.split(everything, 100):
        tally.add(part)
    assert tally.count == 100_000 and len(tally._some) <= 2048
    assert tally.lowest_ms.tolist() == np.sort(everything)[:LOWEST_KEPT].tolist()
    assert abs((everything < tally.median_ms).mean() - 0.5) < 0.04


def test_a_table_is_csv_that_any_reader_takes(capture, tmp_path):
    out = tmp_path / "samples.csv"
    assert main(["passive", capture, "--samples", str(out)]) == 0
    with out.open() as file:
        assert next(csv.reader(file)) == ["flow", "time", "rtt_ms", "method", "side"]


def test_samples_go_to_the_detector_of_load(tmp_path):
    """Idle for a minute, half a minute with a queue of 30 to 80 ms, idle again."""
    rng = np.random.default_rng(3)
    frames = []
    for step in range(1500):
        time, waits = T0 + step * 0.1, 600 <= step < 900
        rtt = 30 + rng.exponential(0.3) + (rng.uniform(30, 80) if waits else 0)
        frames.append((time, echo(CLIENT, SERVER, 8, 5, step)))
        frames.append((time + rtt / 1e3, echo(SERVER, CLIENT, 0, 5, step)))
    out = tmp_path / "samples.csv"
    path = str(write(tmp_path / "a.pcap", frames))
    assert main(["passive", path, "--samples", str(out)]) == 0
    series = sample_series(out, flow=1, method="icmp", side="server")
    assert len(series) == 1500 and series.minimum_rtt_ms == pytest.approx(30, abs=0.01)
    found = detect(series)
    busy = found.found
    assert len(busy) == 1
    assert busy[0].start_s - T0 == pytest.approx(60, abs=6)
    assert busy[0].stop_s - T0 == pytest.approx(90, abs=6)
    with pytest.raises(BadInputError, match="no sample of flow 9"):
        sample_series(out, flow=9, method="icmp")
    with pytest.raises(BadInputError, match="expected a table"):
        sample_series(path, flow=1, method="icmp")
