"""A time of twenty seconds is asked about once, in whatever form it comes."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pyarrow as pa
import pytest

from rttgeo.cli.main import main
from rttgeo.pairs import read_mesh, write_mesh
from rttgeo.pairs.hints import LATE_MS
from rttgeo.sources.gather import FORMS

LATE = 20_000
TIMES = {
    "vienna": (48.21, 16.37, 8.2),
    "berlin": (52.52, 13.41, 12.5),
    "paris": (48.86, 2.35, LATE),
}
NUMBERS = {"vienna": 1, "berlin": 2, "paris": 3}
METHOD = ("-m", "exclusion", "--resolution-km", "500")
PLACES = "name,lat,lon\n" + "".join(
    f"{name},{lat},{lon}\n{NUMBERS[name]},{lat},{lon}\n198.51.100.{NUMBERS[name]},{lat},{lon}\n"
    for name, (lat, lon, _) in TIMES.items()
)


def lines(*parts: str) -> str:
    return "\n".join(parts) + "\n"


def each(text: str) -> list[str]:
    """A line for each of `TIMES`."""
    return [
        text.format(name=name, n=NUMBERS[name], lat=lat, lon=lon, ms=ms)
        for name, (lat, lon, ms) in TIMES.items()
    ]


def atlas() -> str:
    return json.dumps([
        {"fw": 5020, "type": "ping", "prb_id": NUMBERS[name], "msm_id": 7, "timestamp": 1600000000,
         "af": 4, "dst_addr": "192.0.2.5", "result": [{"rtt": ms}]}
        for name, (_, _, ms) in TIMES.items()
    ])  # fmt: skip


def globalping() -> str:
    return json.dumps({"id": "a", "type": "ping", "status": "finished", "target": "x", "probesCount": 3,
        "results": [
            {"probe": {"city": name, "country": "X", "asn": 1, "longitude": lon, "latitude": lat},
             "result": {"status": "finished", "resolvedAddress": "192.0.2.5",
                        "timings": [{"rtt": ms, "ttl": 50}], "stats": {"drop": 0}}}
            for name, (lat, lon, ms) in TIMES.items()]})  # fmt: skip


def scamper(n: int, ms: float) -> str:
    reply = {"from": "192.0.2.5", "seq": 0, "rtt": ms, "icmp_type": 0, "icmp_code": 0,
             "reply_size": 84, "reply_ttl": 54, "reply_proto": "icmp"}  # fmt: skip
    return json.dumps({"type": "ping", "version": "0.4", "method": "icmp-echo",
        "src": f"198.51.100.{n}", "dst": "192.0.2.5", "start": {"sec": 1, "usec": 0}, "ping_sent": 1,
        "probe_size": 84, "responses": [reply]})  # fmt: skip


def hops(ms: float) -> str:
    return json.dumps({"report": {"mtr": {"src": "", "dst": "192.0.2.5", "tests": 1}, "hubs": [
        {"count": 1, "host": "192.0.2.5", "Loss%": 0.0, "Snt": 1, "Last": ms, "Avg": ms, "Best": ms,
         "Wrst": ms, "StDev": 0.0}]}})  # fmt: skip


PING = (
    "PING x (192.0.2.5) 56(84) bytes of data.\n"
    "64 bytes from 192.0.2.5: icmp_seq=1 ttl=54 time={ms} ms\n"
)
FPING = "192.0.2.5 : [0], 64 bytes, {ms} ms ({ms} avg, 0% loss)\n"
OWN_PLACES = {
    "pairs": lines(
        "landmark,landmark_lat,landmark_lon,target,rtt_ms", *each("{name},{lat},{lon},x,{ms}")
    ),
    "table": lines("city,ms", *each("{name},{ms}")),
    "lat,lon": lines("lat,lon,ms", *each("{lat},{lon},{ms}")),
    "census": lines("target,hostname,lat,lon,rtt", *each("192.0.2.5,{name},{lat},{lon},{ms}")),
    "globalping": globalping(),
}
NAMED_ONLY = {
    "atlas": atlas(),
    "export": lines("prb_id,dst_addr,rtt", *each("{n},192.0.2.5,{ms}")),
    "scamper": lines(*(scamper(NUMBERS[name], ms) for name, (*_, ms) in TIMES.items())),
}
A_FILE_EACH = {"ping": PING, "fping": FPING, "mtr": None}
MONROE = {
    "pings.csv": lines("nodeid,timestamp,rtt", *each("{n},1700000100,{ms}")),
    "gps.csv": lines("nodeid,timestamp,latitude,longitude", *each("{n},1700000105,{lat},{lon}")),
}


def test_all_forms_are_tried():
    assert set(FORMS) <= {*OWN_PLACES, *NAMED_ONLY, *A_FILE_EACH, "monroe"}


def said_once(capsys: pytest.CaptureFixture[str], of: str = "1 of 3 round-trip times is") -> None:
    said = capsys.readouterr().err
    assert said.count(f"{of} over {LATE_MS / 1000:g} s (the longest is 20,000 ms)") == 1, said


def test_typed(capsys):
    pings = [f"--ping={name}={ms}" for name, (_, _, ms) in TIMES.items()]
    assert main(["locate", *pings, *METHOD]) == 0
    said_once(capsys)
    assert main(["locate", *pings[:2], *METHOD]) == 0
    assert "round-trip times" not in capsys.readouterr().err


@pytest.mark.parametrize("form", [*OWN_PLACES, *NAMED_ONLY])
def test_a_file(form, tmp_path, capsys):
    (tmp_path / "places.csv").write_text(PLACES)
    (tmp_path / "x").write_text({**OWN_PLACES, **NAMED_ONLY}[form])
    places = ["--places", str(tmp_path / "places.csv")] if form in NAMED_ONLY else []
    assert main(["locate", str(tmp_path / "x"), *places, *METHOD]) == 0
    said_once(capsys)


@pytest.mark.parametrize("form", [*A_FILE_EACH, "monroe"])
def test_converted(form, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("places.csv").write_text(PLACES + "server,40,5\n")
    files, more = [f"{name}.txt" for name in TIMES], []
    if form == "monroe":
        files, more = list(MONROE), ["--target", "server"]
        for name, text in MONROE.items():
            Path(name).write_text(text)
    else:
        for name, (_, _, ms) in TIMES.items():
            text = hops(ms) if form == "mtr" else A_FILE_EACH[form].format(ms=ms)
            Path(f"{name}.txt").write_text(text)
    words = ["convert", form, *files, "--places", "places.csv", *more, "-o", "pairs.csv"]
    assert main(words) == 0
    said_once(capsys)
    with pytest.warns(UserWarning, match="over 3 s"):
        mesh = read_mesh("pairs.csv")
    assert mesh.pairs["rtt_ms"].max() >= LATE, "nothing is changed or left out"


def test_tables_that_are_read_piece_by_piece(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("pairs.csv").write_text(OWN_PLACES["pairs"])
    write_mesh(read_mesh("pairs.csv"), Path("pairs.parquet"))
    some = "some round-trip times are"
    assert main(["locate", "pairs.parquet", *METHOD, "-o", "results/"]) == 0
    said_once(capsys, some)
    Path("places.csv").write_text(PLACES)
    Path("pings.json").write_text(atlas())
    assert main(["minima", "pings.json", "--places", "places.csv", "-o", "day/"]) == 0
    said_once(capsys, some)


def test_a_table_in_memory():
    frame = pa.table({
        "landmark": list(TIMES), "landmark_lat": [lat for lat, _, _ in TIMES.values()],
        "landmark_lon": [lon for _, lon, _ in TIMES.values()], "target": ["x"] * 3,
        "rtt_ms": [float(ms) for _, _, ms in TIMES.values()],
    })  # fmt: skip
    with pytest.warns(UserWarning, match="1 of 3 round-trip times is over 3 s"):
        read_mesh(frame)


@pytest.mark.parametrize(("ms", "asked"), [("0.0082", 1), ("0.2", 0), ("8.2", 0)])
def test_a_time_that_no_network_takes_is_asked_about_once(ms: str, asked: int, capsys):
    assert main(["locate", "--ping", f"vienna={ms}", *METHOD]) == 0
    assert capsys.readouterr().err.count("If they are seconds, multiply") == asked


def in_order(*words: str) -> str:
    """What a command says on both streams, as a terminal shows it."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        assert main([*words]) == 0
    return said.getvalue()


@pytest.mark.parametrize("to_file", [False, True])
@pytest.mark.parametrize("form", [*OWN_PLACES, *NAMED_ONLY, "typed"])
def test_a_doubt_about_the_unit_is_read_before_the_answer(form, to_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("places.csv").write_text(PLACES)
    given = [f"--ping={name}={ms}" for name, (_, _, ms) in TIMES.items()]
    if form != "typed":
        Path("x").write_text({**OWN_PLACES, **NAMED_ONLY}[form])
        given = ["x", *(["--places", "places.csv"] if form in NAMED_ONLY else [])]
    said = in_order("locate", *given, *METHOD, *(["-o", "out.txt"] if to_file else []))
    asked, _, behind = said.partition(f"over {LATE_MS / 1000:g} s (the longest")
    answer = "Written: out.txt" if to_file else " can be anywhere in a region of "
    assert behind and answer not in asked and answer in behind


def test_a_doubt_about_the_unit_is_read_before_the_results_of_a_census(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("pairs.csv").write_text(OWN_PLACES["pairs"])
    write_mesh(read_mesh("pairs.csv"), Path("pairs.parquet"))
    said = in_order("locate", "pairs.parquet", *METHOD, "-o", "results/")
    assert said.index("round-trip times are over") < said.index("Results: ")
