"""Situations that went wrong in other people's hands, each with an input of our own making."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from rttgeo import sources
from rttgeo.cli.main import main
from rttgeo.errors import BadInputError

HEAD = "PING srv.example (192.0.2.5) 56(84) bytes of data.\n"
REPLY = "64 bytes from {}: icmp_seq={} ttl=60 time={} ms{}\n"
WINDOWS = "\nPinging 192.0.2.5 with 32 bytes of data:\n"


def log(folder: Path, text: str | bytes):
    data = text.encode() if isinstance(text, str) else text
    (folder / "log").write_bytes(data)
    return sources.read_ping_log(folder / "log")


def test_a_stray_reply_is_counted_and_decides_nothing(tmp_path: Path):
    stray = REPLY.format("198.51.100.9", 2, 0.4, " (DIFFERENT ADDRESS!)")
    found = log(tmp_path, HEAD + REPLY.format("192.0.2.5", 1, 9.5, "") + stray)
    assert (found.minimum_rtt_ms, found.dropped) == (9.5, {"not from the target": 1})
    assert "198.51.100.9" in found.dropped.first["not from the target"]


def test_the_summary_tells_of_packets_that_have_no_line(tmp_path: Path):
    ended = "4 packets transmitted, 1 received, 75% packet loss, time 3000ms\n"
    found = log(tmp_path, HEAD + REPLY.format("192.0.2.5", 1, 9.5, "") + ended)
    assert (len(found), found.sent, found.dropped) == (1, 4, {"no answer": 3})
    quiet = HEAD + "6 packets transmitted, 5 received, 16% packet loss\n"
    quiet += "rtt min/avg/max/mdev = 8.125/9.0/10.0/0.1 ms\n"
    found = log(tmp_path, quiet * 2)
    assert found.samples["rtt_ms"].tolist() == [8.125, 8.125]
    assert found.dropped == {"no answer": 2, "only in the summary": 8}
    assert "who answered" in found.notes[0]


def test_an_answer_that_came_late_was_not_lost(tmp_path: Path):
    late = "no answer yet for icmp_seq=1\n" + REPLY.format("192.0.2.5", 1, 150, "")
    found = log(tmp_path, HEAD + late + "no answer yet for icmp_seq=2\n")
    assert (len(found), found.dropped) == (1, {"no answer": 1})
    assert found.samples["resolution_ms"].tolist() == [0.5]


@pytest.mark.parametrize(
    "line",
    [
        "64 Bytes von 192.0.2.5: icmp_seq=1 ttl=60 Zeit=17.0 ms",
        "64 octets de 192.0.2.5 : icmp_seq=1 ttl=60 temps=17,0 ms",
        "64 bytes desde 192.0.2.5: icmp_seq=1 ttl=60 tiempo=17.0 ms",
        "192.0.2.5 から 64 バイト: icmp_seq=1 ttl=60 時間=17.0ミリ秒",
        "64 字节，来自 192.0.2.5: icmp_seq=1 ttl=60 时间=17.0 毫秒",
        "64 bytes from 192.0.2.5: icmp_seq=1 ident=4711 ttl=60 time=17.0 ms",
    ],
)
def test_ping_in_other_languages(line: str, tmp_path: Path):
    found = log(tmp_path, HEAD + line + "\n")
    assert (found.minimum_rtt_ms, found.target, found.dropped) == (17.0, "192.0.2.5", {})


@pytest.mark.parametrize(
    ("header", "reply", "coding"),
    [
        ("Ping wird ausgeführt für 192.0.2.5 mit 32 Bytes Daten:",
         "Antwort von 192.0.2.5: Bytes=32 Zeit=17ms TTL=60", "cp1252"),
        ("Envoi d'une requête 'Ping'  192.0.2.5 avec 32 octets de données :",
         "Réponse de 192.0.2.5 : octets=32 temps=17 ms TTL=60", "cp850"),
        ("Haciendo ping a 192.0.2.5 con 32 bytes de datos:",
         "Respuesta desde 192.0.2.5: bytes=32 tiempo=17ms TTL=60", "utf-8"),
        ("192.0.2.5 に ping を送信しています 32 バイトのデータ:",
         "192.0.2.5 からの応答: バイト数 =32 時間 =17ms TTL=60", "utf-8"),
        ("正在 Ping 192.0.2.5 具有 32 字节的数据:",
         "来自 192.0.2.5 的回复: 字节=32 时间=17ms TTL=60", "utf-8"),
        ("Pinging 192.0.2.5 with 32 bytes of data:",
         "Reply from 192.0.2.5: bytes=32 time=17ms TTL=60", "utf-16"),
    ],
)  # fmt: skip
def test_windows_in_any_language_cuts_milliseconds(header, reply, coding, tmp_path: Path):
    text = f"\r\n{header}\r\n{reply}\r\n".replace("\n", "\n")
    found = log(tmp_path, text.encode(coding))
    assert (found.target, found.minimum_rtt_ms, found.dropped) == ("192.0.2.5", 17.0, {})
    assert found.samples["resolution_ms"].tolist() == [1.0], "17 ms is anything below 18"


def test_errors_and_silence_of_windows(tmp_path: Path):
    text = WINDOWS + "Reply from 198.51.100.9: Destination host unreachable.\nRequest timed out.\n"
    text += "Reply from 192.0.2.5: bytes=32 time<1ms TTL=60\n"
    found = log(tmp_path, text)
    assert found.dropped == {"error reply": 1, "no answer": 1}
    assert (found.minimum_rtt_ms, found.samples["resolution_ms"].tolist()) == (1.0, [0.0])


def test_several_runs_and_targets_in_one_log(tmp_path: Path):
    other = HEAD.replace("192.0.2.5", "192.0.2.6") + REPLY.format("192.0.2.6", 1, 3.5, "")
    (tmp_path / "log").write_text(HEAD + REPLY.format("192.0.2.5", 1, 9.5, "") + other)
    found = sources.read_ping_logs(tmp_path / "log")
    assert [(one.target, one.minimum_rtt_ms) for one in found] == [
        ("192.0.2.5", 9.5), ("192.0.2.6", 3.5),
    ]  # fmt: skip
    with pytest.raises(BadInputError, match="expected one target"):
        sources.read_ping_log(tmp_path / "log")


def fping(folder: Path, text: str):
    (folder / "log").write_text(text)
    return {one.target: one for one in sources.read_fping(folder / "log")}


def test_fping_counts_once_what_it_prints_twice(tmp_path: Path):
    text = "192.0.2.5 : [0], 64 bytes, 5.12 ms (5.12 avg, 0% loss)\n"
    text += "192.0.2.5 : [1], timed out (5.12 avg, 50% loss)\n\n192.0.2.5 : 5.123 -\n"
    one = fping(tmp_path, text)["192.0.2.5"]
    assert (one.samples["rtt_ms"].tolist(), one.sent) == ([5.123], 2)
    assert one.dropped == {"no answer": 1}


def test_every_interval_of_fping_counts(tmp_path: Path):
    line = "192.0.2.5 : xmt/rcv/%loss = 5/4/20%, min/avg/max = {}/9/9\n"
    one = fping(tmp_path, "[10:00:00]\n" + line.format(7.5) + line.format(6.5))["192.0.2.5"]
    assert (one.samples["rtt_ms"].tolist(), one.sent) == ([7.5, 6.5], 10)
    assert one.dropped == {"no answer": 2, "only in the summary": 6}


def test_other_lines_of_fping(tmp_path: Path):
    found = fping(
        tmp_path,
        "192.0.2.5 : xmt/rcv/%return = 3/4/133%, min/avg/max = 6.5/7/9\n"
        "[2024-05-01T10:00:00+0200] 192.0.2.6 : [0], 64 bytes, 4.25 ms (4.25 avg, 0% loss)\n"
        "192.0.2.7 is alive (3.5 ms)\n192.0.2.8 is unreachable\n"
        "192.0.2.9 : [0], 64 bytes, 1.5 ms (1.5 avg, 0% loss) [<- 198.51.100.9]\n"
        "something else\n",
    )
    lowest = {name: one.samples["rtt_ms"].tolist() for name, one in found.items()}
    assert lowest == {"192.0.2.5": [6.5], "192.0.2.6": [4.25], "192.0.2.7": [3.5],
                      "192.0.2.8": [], "192.0.2.9": []}  # fmt: skip
    assert found["192.0.2.9"].dropped == {"not from the target": 1}
    assert found["192.0.2.5"].dropped["line not understood"] == 1


def report(host: str, target: str = "192.0.2.5", **more: object) -> dict:
    hub = {"count": 1, "host": host, "Loss%": 0.0, "Snt": 10, "Best": 7.5} | more
    return {"report": {"mtr": {"src": "here", "dst": target}, "hubs": [hub]}}


@pytest.mark.parametrize(
    ("host", "target", "kept", "noted"),
    [
        ("192.0.2.5", "192.0.2.5", 1, 0),
        ("198.51.100.9", "192.0.2.5", 0, 0),
        ("_gateway", "srv.example", 0, 0),
        ("2001:0db8:0::5", "2001:db8::5", 1, 0),
        ("srv.example (192.0.2.5)", "srv.example", 1, 0),
        ("edge7.example", "srv.example", 1, 1),
        ("???", "192.0.2.5", 0, 0),
    ],
)
def test_the_last_hop_of_mtr_counts_if_it_is_the_target(host, target, kept, noted, tmp_path: Path):
    (tmp_path / "mtr").write_text(json.dumps(report(host, target)) * 2)
    for one in sources.read_mtr_reports(tmp_path / "mtr"):
        series = one.series()
        assert (len(series), len(series.notes)) == (kept, noted)
        assert len(series) + sum(series.dropped.values()) == 10


SCAMPER = {
    "type": "ping", "src": "198.51.100.7", "dst": "2001:db8::5", "start": {"sec": 5, "usec": 0},
    "responses": [{"from": "2001:0db8::5", "seq": 0, "rtt": 8.5, "icmp_type": 1, "icmp_code": 4},
                  {"from": "2001:db8::5", "seq": 0, "rtt": 9.5, "icmp_type": 1, "icmp_code": 4},
                  {"from": "2001:db8::5", "seq": 1, "rtt": 2.5, "icmp_type": 1, "icmp_code": 0}],
}  # fmt: skip


def test_scamper_by_udp_packed_and_written_twice(tmp_path: Path):
    line = json.dumps(SCAMPER) + "\n"
    (tmp_path / "s").write_bytes(gzip.compress((line * 2).encode()))
    table = sources.read_scamper(tmp_path / "s")
    assert table.samples["rtt_ms"].tolist() == [8.5]
    assert table.dropped == {"duplicate": 1, "error reply": 1, "the same measurement again": 1}


def run(folder: Path, capsys, *args: str) -> tuple[int, str, str]:
    code = main([arg.replace("@", str(folder) + "/") for arg in args])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_nothing_vanishes_on_the_command_line(tmp_path: Path, capsys):
    (tmp_path / "a").write_text(HEAD + REPLY.format("192.0.2.5", 1, 9.5, "") + "gibberish\n")
    (tmp_path / "b").write_text(HEAD + "From 198.51.100.9 icmp_seq=1 Destination unreachable\n")
    (tmp_path / "p.csv").write_text("name,lat,lon\na,50,8\nb,51,9\nc,52,7\nnull,0,0\n")
    code, out, err = run(tmp_path, capsys, "convert", "ping", "a=@a", "b=@b", "--places", "@p.csv")
    assert code == 0 and len(out.splitlines()) == 2
    for said in ("line not understood (the first:", "'gibberish'", "1 error reply",
                 "no sample from b", "nothing was measured from or to c", "0°, 0°"):  # fmt: skip
        assert said in err
    code, _, err = run(tmp_path, capsys, "convert", "ping", "b=@b", "--places", "@p.csv")
    assert code == 2 and "has a sample; left out: 1 error reply" in err


def test_three_true_delays_in_whole_milliseconds_never_accuse(tmp_path: Path, capsys):
    # 1.12 times light in fibre from three cities to 50.85° N, 4.35° E, cut by Windows.
    (tmp_path / "p.csv").write_text(
        "name,lat,lon\nams,52.37,4.9\nlon,51.51,-0.13\npar,48.86,2.35\n"
    )
    for name, ms in (("ams", 1), ("lon", 3), ("par", 2)):
        (tmp_path / name).write_text(
            WINDOWS + f"Reply from 192.0.2.5: bytes=32 time={ms}ms TTL=9\n"
        )
    given = [f"{name}=@{name}" for name in ("ams", "lon", "par")]
    code, *_ = run(
        tmp_path, capsys, "convert", "ping", *given, "--places", "@p.csv", "-o", "@o.csv"
    )
    assert code == 0
    text = (tmp_path / "o.csv").read_text()
    assert '"resolution_ms"' in text and ",1," in text
    from rttgeo import read_mesh

    mesh = read_mesh(tmp_path / "o.csv")
    assert sorted(mesh.pairs["rtt_ms"]) == [2.0, 3.0, 4.0]
    assert mesh.pairs["resolution_ms"].tolist() == [1.0] * 3


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("name;lat;long.\na;50;8\n", "separated by semicolons"),
        ("name,lat,lon\na,50,3,8,2\n", "decimal commas"),
        ('name,lat,lon\na,"50,3",8\n', "a decimal point, not a comma"),
    ],
)
def test_what_a_spreadsheet_does_to_places_is_named(table: str, says: str, tmp_path: Path):
    (tmp_path / "p").write_text(table)
    with pytest.raises(BadInputError, match=says):
        sources.read_places(tmp_path / "p")


def test_one_node_with_two_roundings_is_one_node(tmp_path: Path):
    (tmp_path / "p").write_text("name,lat,lon\na,50.12,8.68\na,50.1211,8.6812\n")
    places = sources.read_places(tmp_path / "p")
    assert places["a"] == (8.68, 50.12) and "treated as one node" in places.notes[0]


def test_monroe_by_a_receiver_without_a_fix_and_in_milliseconds(tmp_path: Path):
    (tmp_path / "ping").write_text("nodeid,timestamp,rtt\n7,1700000010,30\n")
    (tmp_path / "gps").write_text(
        "nodeid,timestamp,latitude,longitude\n7,1700000010,0,0\n7,1700000020,60,10\n"
    )
    found = sources.read_monroe(tmp_path / "ping", tmp_path / "gps")
    assert (found.bins["lat"].item(), found.bins["lon"].item()) == pytest.approx((60, 10))
    assert found.dropped == {"places at 0°, 0°, which is nowhere": 1}
    (tmp_path / "gps").write_text("nodeid;timestamp;latitude;longitude\n7;1;2;3\n")
    with pytest.raises(BadInputError, match="separated by semicolons"):
        sources.read_monroe(tmp_path / "ping", tmp_path / "gps")
