"""Landmarks that a file names and that gave nothing are counted, whatever reads it, and said first."""

from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path

import pytest

from rttgeo.cli.main import main
from rttgeo.pairs.reading import read_mesh_report
from rttgeo.sources.convert import mesh_from_files
from rttgeo.sources.places import Places
from rttgeo.sources.typed import mesh_of_table

HOST = "192.0.2.1"
PLACES = {"1": (16.37, 48.21), "2": (14.42, 50.09), "3": (11.58, 48.14), "4": (15.44, 47.07)}
"""Probes 1 to 4; a fifth is nowhere."""
TIMES = {"1": 4.2, "2": None, "3": -1.0, "4": None, "5": 9.0}
"""Of five landmarks one has both a place and a time."""


def typed() -> str:
    cities = {"1": "vienna", "2": "prague", "3": "munich", "4": "graz", "5": "nowheresville"}
    rows = [f"{cities[name]},{HOST},{'*' if ms is None else ms}" for name, ms in TIMES.items()]
    return "\n".join(["city,target,ms", *rows])


def pairs() -> str:
    rows = [
        f"{name},{','.join(str(d) for d in reversed(PLACES.get(name, (500, 500))))},{HOST},"
        f"{'' if ms is None else ms}"
        for name, ms in TIMES.items()
    ]
    return "\n".join(["landmark,landmark_lat,landmark_lon,target,rtt_ms", *rows])


def atlas() -> str:
    def record(name: str, ms: float | None) -> dict:
        packet = {"x": "*"} if ms is None else {"rtt": ms} if ms > 0 else {"error": "no"}
        return {
            "fw": 5020, "type": "ping", "af": 4, "dst_addr": HOST, "dst_name": HOST, "proto": "ICMP",
            "src_addr": "10.0.0.1", "prb_id": int(name), "msm_id": 1, "timestamp": 1594000000,
            "result": [packet, packet],
        }  # fmt: skip

    return "\n".join(json.dumps(record(*one)) for one in TIMES.items())


def globalping() -> str:
    def result(name: str, ms: float | None) -> dict:
        lon, lat = PLACES.get(name, (None, None))
        probe = {"city": name, "country": "XX", "asn": 1, "longitude": lon, "latitude": lat}
        timings = [] if ms is None else [{"rtt": ms}]
        return {"probe": probe, "result": {"resolvedAddress": HOST, "timings": timings}}

    results = [result(*one) for one in TIMES.items()]
    return json.dumps({"id": "a", "type": "ping", "target": HOST, "results": results})


def scamper() -> str:
    def ping(name: str, ms: float | None) -> dict:
        answers = [] if ms is None else [{"from": HOST, "seq": 0, "rtt": ms, "icmp_type": 0}]
        return {
            "type": "ping", "src": f"10.0.0.{name}", "dst": HOST, "ping_sent": 1,
            "start": {"sec": 1594000000, "usec": 0}, "responses": answers,
        }  # fmt: skip

    return "\n".join(json.dumps(ping(*one)) for one in TIMES.items())


def census() -> str:
    rows = [
        f"{HOST},{name},{','.join(str(d) for d in reversed(PLACES.get(name, (0, 0))))},"
        f"{-1 if ms is None else ms}"
        for name, ms in TIMES.items()
    ]
    return "\n".join(["target,hostname,lat,lon,rtt", *rows])


def export() -> str:
    rows = [f"{name},{HOST},{'' if ms is None else ms}" for name, ms in TIMES.items()]
    return "\n".join(["prb_id,dst_addr,rtt", *rows])


FORMS = {
    "typed": typed, "pairs": pairs, "atlas": atlas, "globalping": globalping, "scamper": scamper,
    "census": census, "export": export,
}  # fmt: skip


def read(form: str, path: Path):
    if form == "typed":
        return mesh_of_table(path, skip_bad=True)[0]
    if form == "pairs":
        return read_mesh_report(path, skip_bad=True)[0]
    known = Places(PLACES | {f"10.0.0.{name}": place for name, place in PLACES.items()})
    return mesh_from_files(form, [path], known).mesh


@pytest.mark.parametrize("form", FORMS)
def test_what_is_named_and_gave_nothing_is_counted(form, tmp_path):
    path = tmp_path / "f"
    path.write_text(FORMS[form](), encoding="utf-8")
    mesh = read(form, path)
    assert (len(mesh), mesh.unused) == (1, {HOST: 4})
    assert mesh.where([True]).renamed("other").unused == mesh.unused


@pytest.mark.parametrize("method", ["calibrated", "exclusion", "shortest-ping"])
@pytest.mark.parametrize("form", ["typed", "pairs", "globalping"])
def test_the_first_sentence_says_of_how_many_landmarks(form, method, tmp_path, capsys):
    path, out = tmp_path / "f.csv", tmp_path / "out.json"
    path.write_text(FORMS[form](), encoding="utf-8")
    skip = ["--skip-bad"] if form != "globalping" else []
    assert main(["locate", str(path), "-m", method, *skip]) == 0
    said = capsys.readouterr().out
    assert re.match(r"[^ ].*?, judging by 1 of 5 landmarks\b", said), said[:200]
    assert main(["locate", str(path), "-m", method, *skip, "--json", "-o", str(out)]) == 0
    (record,) = json.loads(out.read_text())["estimates"]
    assert (record["n_landmarks"], record["n_landmarks_unused"]) == (1, 4)


def test_of_several_targets_it_is_said_of_how_many(tmp_path, capsys):
    path = tmp_path / "f.csv"
    path.write_text("city,target,ms\nvienna,a,4\nprague,a,-\nvienna,b,4\nprague,b,6\n")
    assert main(["locate", str(path), "--skip-bad"]) == 0
    said = capsys.readouterr().out.partition("\n")[0]
    assert said.endswith("For a, 1 of 2 landmarks gave nothing that could be used.")
    path.write_text("city,target,ms\nvienna,a,4\nprague,a,6\nvienna,b,4\nprague,b,6\n")
    assert main(["locate", str(path)]) == 0
    assert "gave nothing" not in capsys.readouterr().out


def test_a_lost_packet_is_counted_once(tmp_path):
    (tmp_path / "f").write_text(atlas())
    dropped = mesh_from_files("atlas", [tmp_path / "f"], Places(PLACES)).dropped
    assert dropped == {
        "packets: no reply (*)": 4, "packets: error at the probe": 2,
        "samples from sources without a place": 2,
    }  # fmt: skip


@pytest.mark.parametrize("command", ["locate", "verify", "explain", "circles", "anycast", "next"])
@pytest.mark.parametrize("form", ["typed", "pairs"])
def test_rows_left_out_are_read_before_the_answer(form, command, tmp_path):
    path, claims, said = tmp_path / "f.csv", tmp_path / "claims.csv", io.StringIO()
    path.write_text(FORMS[form](), encoding="utf-8")
    claims.write_text(f"target,country\n{HOST},AT\n")
    words = [str(claims), "--pairs", str(path)] if command == "verify" else [str(path)]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        main([command, *words, "--skip-bad"])
    assert " left out" in said.getvalue().partition("\n")[0], said.getvalue()
