"""Every form that mtr and fping write: the same answer from each, and whose answer it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rttgeo import sources
from rttgeo.cli.main import main
from rttgeo.errors import BadInputError
from rttgeo.sources.recognise import form_of

PLACES = {"ams": (4.9, 52.4)}
HEADER = "HOST: probe.example               Loss%   Snt   Last   Avg  Best  Wrst StDev\n"
TEXT = (
    "Start: 2026-11-28T12:00:00+0000\n" + HEADER
    + "  1.|-- 198.51.100.1               0.0%    10    0.4   0.5   0.4   0.7   0.1\n"
    + "        [MPLS: Lbl 24012 Exp 0 S 1 TTL 1]\n"
    + "  2.|-- ???                       100.0    10    0.0   0.0   0.0   0.0   0.0\n"
    + "  3.|-- 192.0.2.39                20.0%    10   20.9  20.4  20.1  21.3   0.4\n"
)  # fmt: skip
CSV = (
    "Mtr_Version,Start_Time,Status,Host,Hop,Ip,Asn,Loss%,Snt, ,Last,Avg,Best,Wrst,StDev,\n"
    "MTR.0.95,1700000000,OK,192.0.2.39,1,198.51.100.1,AS64500,0.00,10,0,0.40,0.50,0.40,0.70,0.10\n"
    "MTR.0.95,1700000000,OK,192.0.2.39,2,192.0.2.39,AS64501,20.00,10,2,20.90,20.40,20.10,21.30,0.40\n"
)
XML = (
    '<?xml version="1.0"?>\n<MTR SRC="probe.example" DST="192.0.2.39" TOS="0x0" TESTS="10">\n'
    '    <HUB COUNT="1" HOST="198.51.100.1">\n        <Loss>  0.0%</Loss>\n        <Snt>    10</Snt>\n'
    "        <Last>   0.4</Last>\n        <Best>   0.4</Best>\n    </HUB>\n"
    '    <HUB COUNT="2" HOST="192.0.2.39">\n        <Loss> 20.0%</Loss>\n        <Snt>    10</Snt>\n'
    "        <Last>  20.9</Last>\n        <Best>  20.1</Best>\n    </HUB>\n</MTR>\n"
)
RAW = "".join(
    f"x 0 {n}\nh 0 198.51.100.1\np 0 {400 + n} {n}\nx 1 {100 + n}\n" for n in range(10)
) + "h 1 192.0.2.39\nd 1 server.example\n" + "".join(
    f"p 1 {20100 + 100 * n} {100 + n}\n" for n in range(8)
)  # fmt: skip


def converted(tmp_path: Path, text: str, form: str = "mtr", target: str = "192.0.2.39"):
    (tmp_path / "log").write_text(text)
    return sources.mesh_from_files(form, [f"ams={tmp_path / 'log'}"], PLACES, target=target)


@pytest.mark.parametrize(
    "text", [TEXT, CSV, XML, TEXT.replace("HOST:", "Host"), XML.replace("Loss>", "Loss%>")]
)
def test_every_report_of_mtr_gives_its_best_time(text: str, tmp_path: Path):
    found = converted(tmp_path, text)
    assert found.mesh.pairs["rtt_ms"].tolist() == [20.1]
    assert found.mesh.targets.index.tolist() == ["192.0.2.39"]
    assert found.dropped == {"no answer": 2, "only in the summary": 7}
    assert form_of(tmp_path / "log") == "mtr"


def test_raw_lines_of_mtr_are_samples_in_microseconds(tmp_path: Path):
    found = converted(tmp_path, RAW)
    assert found.mesh.pairs["rtt_ms"].tolist() == [20.1] and found.dropped == {"no answer": 2}
    assert found.mesh.pairs["samples"].tolist() == [8]
    by_name = converted(tmp_path, RAW, target="server.example")
    assert by_name.mesh.pairs["rtt_ms"].tolist() == [20.1]
    again = converted(tmp_path, RAW + "p 1 5000 107\nnonsense\n")
    assert again.mesh.pairs["rtt_ms"].tolist() == [20.1], "one packet is answered once"
    assert again.dropped == {"no answer": 2, "duplicate": 1, "line not understood": 1}
    assert form_of(tmp_path / "log") == "mtr"


@pytest.mark.parametrize("text", [TEXT, RAW])
def test_a_form_that_does_not_name_its_target_says_what_would(text: str, tmp_path: Path):
    with pytest.raises(BadInputError, match="give --target NAME, or use mtr --json"):
        converted(tmp_path, text, target="")


@pytest.mark.parametrize("text", [TEXT, CSV, XML, RAW])
def test_the_last_hop_must_be_the_target(text: str, tmp_path: Path):
    other = text.replace("3.|-- 192.0.2.39", "3.|-- 192.0.2.40").replace(
        ",2,192.0.2.39", ",2,192.0.2.40"
    )
    other = other.replace('HOST="192.0.2.39"', 'HOST="192.0.2.40"').replace(
        "h 1 192.0.2.39", "h 1 192.0.2.40"
    )
    with pytest.raises(BadInputError, match="last hop is not the target"):
        converted(tmp_path, other)


def test_a_last_hop_that_two_machines_share_is_nobodys(tmp_path: Path):
    for more in ("    |  `|-- 192.0.2.77\n", "     192.0.2.77\n"):
        with pytest.raises(BadInputError, match="last hop is not the target"):
            converted(tmp_path, TEXT + more)
    with pytest.raises(BadInputError, match="last hop is not the target"):
        converted(tmp_path, RAW + "h 1 192.0.2.77\n")
    assert len(converted(tmp_path, TEXT + "    |  `|-- 192.0.2.39\n").mesh) == 1


def test_several_reports_of_mtr_in_a_file(tmp_path: Path):
    later = TEXT.replace("20.1", "19.5")
    for one, two in (
        (TEXT, later),
        (CSV, CSV.replace("20.10", "19.50")),
        (XML, XML.replace("20.1", "19.5")),
    ):
        mesh = converted(tmp_path, one + two).mesh
        assert mesh.pairs["rtt_ms"].tolist() == [19.5] and mesh.pairs["samples"].tolist() == [2]


def test_columns_that_mtr_was_not_asked_for_are_named(tmp_path: Path):
    bare = TEXT.replace("  Best", "").replace("  20.1", "").replace("   0.4   0.7", "   0.7")
    bare = bare.replace("   0.0   0.0   0.0   0.0", "   0.0   0.0   0.0")
    with pytest.raises(BadInputError, match="mtr -o must name L, S and B"):
        converted(tmp_path, bare)
    with pytest.raises(BadInputError, match="names no columns; mtr --json does"):
        converted(tmp_path, "MTR.0.85;1392026513;OK;www.example;1;192.0.2.1;304\n")
    with pytest.raises(BadInputError, match="line 4: 3 numbers, expected 7"):
        converted(tmp_path, TEXT.replace("Start: 2026-11-28T12:00:00+0000\n", "").replace(
            "10    0.0   0.0   0.0   0.0   0.0", "0.0 0.0"))  # fmt: skip


def test_fping_may_print_more_behind_its_times(tmp_path: Path):
    text = "192.0.2.39 is alive (22.7 ms) (TTL 54)\nb is alive (TOS 0) (TTL 54)\n"
    found = converted(tmp_path, text, "fping")
    assert found.mesh.pairs["rtt_ms"].tolist() == [22.7]
    assert found.dropped == {"no time in the reply": 1}


def resp(host: str, seq: int, rtt: float) -> str:
    return json.dumps({"resp": {"host": host, "seq": seq, "size": 64, "rtt": rtt}}) + "\n"


def lost(host: str, seq: int) -> str:
    return json.dumps({"timeout": {"host": host, "seq": seq}}) + "\n"


def summary(kind: str, host: str, least: float, sent: int = 3, got: int = 3) -> str:
    numbers = {"xmt": sent, "rcv": got, "loss": 0, "rttMin": least, "rttAvg": 99, "rttMax": 99}
    return json.dumps({kind: {"host": host} | numbers}) + "\n"


def test_packets_of_fping_in_json_count_once(tmp_path: Path):
    text = resp("192.0.2.39", 0, 22.7) + lost("192.0.2.39", 1) + resp("192.0.2.39", 2, 131)
    text += summary("summary", "192.0.2.39", 22.7) + json.dumps({"stats": {"targets": 1}}) + "\n"
    found = converted(tmp_path, text, "fping")
    assert found.mesh.pairs["rtt_ms"].tolist() == [22.7] and found.mesh.pairs[
        "samples"
    ].tolist() == [2]
    assert found.dropped == {"no answer": 1} and "does not say who answered" in found.notes[0]
    assert form_of(tmp_path / "log") == "fping"
    (series,) = sources.read_fping(tmp_path / "log")
    assert series.sent == 3 and series.samples["resolution_ms"].tolist() == [0.0, 0.5]
    listed = text + json.dumps({"vSum": {"host": "192.0.2.39", "values": [22.65, None, 131]}})
    found = converted(tmp_path, listed, "fping")
    assert found.mesh.pairs["rtt_ms"].tolist() == [22.65] and found.dropped == {"no answer": 1}


def test_summaries_of_fping_in_json(tmp_path: Path):
    text = summary("intSum", "192.0.2.39", 31.0, 10, 9) + summary(
        "intSum", "192.0.2.39", 29.5, 10, 10
    )
    found = converted(tmp_path, text + summary("summary", "192.0.2.39", 29.5, 20, 19), "fping")
    assert found.mesh.pairs["rtt_ms"].tolist() == [29.5] and found.mesh.pairs[
        "samples"
    ].tolist() == [2]
    assert found.dropped == {"no answer": 1, "only in the summary": 17}


def test_what_fping_may_add_to_its_json_is_counted(tmp_path: Path):
    text = (
        resp("192.0.2.39", 0, 22.7) + '{"alarm": {"host": "192.0.2.39"}}\n' + resp("a", 0, 1)[:-9]
    )
    found = converted(tmp_path, text, "fping")
    assert found.dropped == {"line not understood": 2} and len(found.mesh) == 1
    with pytest.raises(BadInputError, match="no line of it is a result of fping -J"):
        converted(tmp_path, '{"resp": {"host": 5}}\n', "fping")


def test_on_the_command_line(tmp_path: Path, capsys):
    (tmp_path / "places.csv").write_text("name,lat,lon\nams,52.4,4.9\n")
    (tmp_path / "t").write_text(TEXT)
    given = ["convert", "mtr", f"ams={tmp_path / 't'}", "--places", str(tmp_path / "places.csv")]
    assert main(given) == 2 and "--target" in capsys.readouterr().err
    assert main([*given, "--target", "192.0.2.39"]) == 0
    said = capsys.readouterr()
    assert "ams,52.4,4.9,192.0.2.39,,,20.1,1" in said.out and "2 no answer" in said.err
    assert main(["locate", str(tmp_path / "t")]) == 2
    assert "a report of mtr, not a pairs table" in capsys.readouterr().err


HALF = "\\ud800x"
JSON_OF_ALL = {
    "fping": '{"resp": {"host": "%s", "seq": 0, "rtt": 5.5}}',
    "mtr": '{"report": {"mtr": {"src": "%s", "dst": "%s"}, "hubs": [{"count": 1, "host": "%s", '
    '"Loss%%": 0, "Snt": 3, "Best": 5.5}]}}',
    "globalping": '{"type": "ping", "target": "%s", "results": [{"probe": {"city": "%s", '
    '"longitude": 1, "latitude": 2}, "result": {"timings": [{"rtt": 5.5}]}}]}',
    "scamper": '{"type": "ping", "src": "%s", "dst": "192.0.2.1", "responses": '
    '[{"from": "192.0.2.1", "rtt": 5.5, "icmp_type": 0}]}',
    "atlas": '{"fw": 5000, "type": "ping", "prb_id": 7, "msm_id": 9, "timestamp": 1600000000, "af": 4, '
    '"dst_addr": "%s", "result": [{"rtt": 5.5}]}',
}  # fmt: skip


@pytest.mark.parametrize("form", JSON_OF_ALL)
def test_half_of_a_surrogate_pair_is_no_character(form: str, tmp_path: Path, capsys):
    text = JSON_OF_ALL[form]
    (tmp_path / "log").write_text(text % ((HALF,) * text.count("%s")))
    (tmp_path / "places.csv").write_text(
        "name,lat,lon\nams,52.4,4.9\n7,1,2\n�x,1,2\n", encoding="utf-8"
    )
    given = f"ams={tmp_path / 'log'}" if form in ("fping", "mtr") else str(tmp_path / "log")
    out = tmp_path / "out.csv"
    code = main(["convert", form, given, "--places", str(tmp_path / "places.csv"), "-o", str(out)])
    said = capsys.readouterr().err
    assert code in (0, 2) and "Traceback" not in said
    if form == "scamper":
        assert code == 2 and "JSON" in said
    else:
        assert code == 0 and "5.5" in out.read_text(encoding="utf-8")
