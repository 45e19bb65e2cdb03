"""From other tools' files to a pairs table: `rttgeo convert`, and readers that are handed junk."""

from __future__ import annotations

import gzip
import json
import random
import re
from pathlib import Path

import pytest

from rttgeo import read_mesh, sources
from rttgeo.cli.convert import FORM_NAMES
from rttgeo.cli.main import main
from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError, NotThereError, RttgeoError
from rttgeo.sources import series

PLACES = """name,lat,lon,remark
ams,52.37,4.90,"near, or so"
zrh,47.38,8.54,
here,50,8,
198.51.100.7,48.2,16.4,
server,59.4,13.5,
6798,-27.5,153,
"""


@pytest.fixture
def places(tmp_path: Path) -> str:
    (tmp_path / "places.csv").write_text(PLACES)
    return str(tmp_path / "places.csv")


def example(name: str) -> str:
    return str(data_path(f"examples/{name}"))


RESULT = {
    "fw": 5020, "type": "ping", "prb_id": 6798, "msm_id": 1001, "timestamp": 1600000000, "af": 4,
    "dst_addr": "192.0.2.1", "result": [{"rtt": 8.25}, {"rtt": 8.5}, {"x": "*"}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("form", "files", "rows", "left_out"),
    [
        ("ping", ["ams=ping-D.txt", "zrh=ping.txt"], [("ams", 0.987, 3), ("zrh", 99.6, 2)], "1 dup"),
        ("fping", ["ams=fping.txt"], [("ams", 1.11, 2), ("ams", 45.6, 1)], "1 no answer"),
        ("mtr", ["mtr.json"], [("here", 12.1, 1)], "8 only in the summary"),
        ("scamper", ["scamper.json"], [("198.51.100.7", 21.902, 2), ("198.51.100.7", 12.125, 1)],
         "1 not from the target"),
        ("atlas", ["atlas.ndjson"], [("6798", 8.25, 2)], "1 packet: no reply (*)"),
        ("monroe", ["monroe-ping.csv", "monroe-gps.csv"],
         [("17@1700000100", 47.25, 2), ("17@1700000400", 52.0, 1), ("18@1700000100", 31.75, 1)],
         "1 bin without a place"),
    ],
)  # fmt: skip
def test_each_form_becomes_a_pairs_table(
    form: str, files: list[str], rows: list[tuple], left_out: str, places: str, tmp_path, capsys
):
    (tmp_path / "atlas.ndjson").write_text(json.dumps(RESULT))
    given = []
    for one in files:
        place, sign, name = one.rpartition("=")
        path = str(tmp_path / name) if form == "atlas" else example(name)
        given.append(place + sign + path)
    table = tmp_path / "pairs.csv"
    options = ["--places", places, "--target", "server", "-o", str(table), "--name", "mine"]
    assert main(["convert", form, *given, *options]) == 0
    mesh = read_mesh(table)
    names = mesh.landmarks.index[mesh.pairs["landmark"]]
    found = zip(names, mesh.pairs["rtt_ms"], mesh.pairs["samples"], strict=True)
    assert sorted(found) == sorted(rows)
    assert mesh.provenance.name == "mine" and mesh.provenance.statistic == "minimum"
    assert f"left out: {left_out}" in capsys.readouterr().err


def test_the_forms_of_the_command_line_are_those_of_the_library():
    assert set(FORM_NAMES) == set(sources.FORMS)
    with pytest.raises(NotThereError, match="no form"):
        sources.mesh_from_files("dns", [], {})


def test_a_table_goes_through_a_pipe(places: str, capsys):
    assert main(["convert", "ping", "ams=" + example("ping.txt"), "--places", places]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("landmark,landmark_lat") and len(said.out.splitlines()) == 2
    assert "1 pair of 1 landmark and" in said.err


def test_a_robust_minimum_needs_company(places: str, tmp_path: Path):
    line = "64 bytes from 192.0.2.1: icmp_seq={} ttl=64 time={} ms\n"
    log = "".join(line.format(i, t) for i, t in enumerate((1, 257.1, 257.2, 257.3, 300)))
    (tmp_path / "log.txt").write_text(log)
    given = [f"ams={tmp_path / 'log.txt'}"]
    known = sources.read_places(places)
    lowest, robust = (
        sources.mesh_from_files("ping", given, known, robust=robust).mesh.pairs["rtt_ms"].tolist()
        for robust in (False, True)
    )
    assert (lowest, robust) == ([1.0], [257.1])
    with pytest.raises(BadInputError, match="no pair has enough"):
        sources.mesh_from_files("ping", given, known, min_samples=6)


@pytest.mark.parametrize(
    ("form", "files", "says"),
    [
        ("ping", ["ping.txt"], "the place of 'ping'"),
        ("ping", ["ams=nowhere.txt"], "nowhere.txt: there is no such file"),
        ("ping", ["ams=mtr.json"], "mtr.json: no line"),
        ("mtr", ["ping.txt"], "mtr --json"),
        ("scamper", ["ping.txt"], "ping or trace of scamper"),
        ("fping", ["ams=ping.txt"], "no line of it is a result of fping"),
        ("monroe", ["monroe-ping.csv"], "1 file given"),
        ("monroe", ["ping.txt", "ping.txt"], "column 'nodeid' is missing"),
        ("atlas", ["ping.txt"], "no file of form atlas has a sample"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_code_2(
    form: str, files: list[str], says: str, places: str, capsys
):
    folder = data_path("examples")
    given = [re.sub(r"[\w.-]+$", lambda m: str(folder / m[0]), one) for one in files]
    code = main(["convert", form, *given, "--places", places, "--target", "server"])
    said = capsys.readouterr()
    assert code == 2 and says in said.err and len(said.err.splitlines()) == 1 and not said.out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name,lat\nams,1\n", "column 'lon' is missing"),
        ("name,lat,lon\nams,1,east\n", r"line 2, column lon: found 'east'"),
        ("name,lat,lon\nams,91,1\n", r"line 2, column lat: found '91'"),
        ("name,lat,lon\nams,1,nan\n", r"line 2, column lon"),
        ("name,lat,lon\nams,1\n", r"line 2, column lon: found ''"),
        ("name,lat,lon\nams,1,1\nams,2,2\n", r"line 3, column name: 'ams' appears twice"),
        ("name,lat,lon\n,1,1\n", "name is empty"),
        ("name,city\nams,Amsterdm\n", r"line 2, column city: no city 'Amsterdm'.*amsterdam"),
        (
            "name,city,country\nams,Amsterdam,XX\n",
            r"line 2, column city: .*'Amsterdam,XX'.*Amsterdam,nl",
        ),
        ("name,city\nams,\n", r"line 2, column city: .* empty"),
        ("name,city,lat,lon\nams,Amsterdam,52.4,\n", r"line 2, column lon"),
        ("", "column 'name' is missing"),
    ],
)
def test_a_bad_table_of_places_is_said_with_line_and_column(text: str, says: str, tmp_path: Path):
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(BadInputError, match=says):
        sources.read_places(tmp_path / "p.csv")


@pytest.mark.parametrize(
    "text",
    [
        "name,city,country\nams,Amsterdam,NL\npar,paris,\n",
        "Probe;City;Country\nams;amsterdam;The Netherlands\npar;Paris;France\n",
        "host,city\nams,Amsterdam\npar,Paris\n",
        "name,lat,lon,city\nams,,,Amsterdam\npar,48.85341,2.3488,Paris\n",
    ],
)
def test_places_may_be_cities(text, tmp_path):
    (tmp_path / "p.csv").write_text(text)
    places = sources.read_places(tmp_path / "p.csv")
    assert list(places) == ["ams", "par"] and not places.notes
    assert places["ams"] == pytest.approx((4.9, 52.37), abs=0.05)
    assert places["par"] == pytest.approx((2.35, 48.85), abs=0.05)


def test_a_city_without_a_name_is_its_own_and_a_doubtful_one_is_said(tmp_path):
    (tmp_path / "p.csv").write_text("city\nVienna\nSpringfield\n")
    places = sources.read_places(tmp_path / "p.csv")
    assert list(places) == ["Vienna", "Springfield"]
    assert [note.partition(":")[0] for note in places.notes] == ["Springfield"]


def test_lines_of_fping_that_are_no_replies_are_counted(tmp_path: Path):
    (tmp_path / "log").write_text(
        "192.0.2.1 : [0], 64 bytes, 1.23 ms (1.23 avg, 0% loss)\n"
        "192.0.2.1 : duplicate for [0], 64 bytes, 2.00 ms\n"
        "ICMP Host Unreachable from 198.51.100.1 for ICMP Echo sent to 192.0.2.2\n"
        "192.0.2.1 : [1], 64 bytes, 1.2.3 ms (1.23 avg, 0% loss)\n"
    )
    first, second = sources.read_fping(tmp_path / "log")
    assert first.dropped == {"duplicate": 1, "time not plausible": 1} and len(first) == 1
    assert second.dropped == {"error reply": 1} and len(second) == 0


def test_a_second_target_in_a_log_is_said_with_its_line(tmp_path: Path):
    line = "64 bytes from 192.0.2.{}: icmp_seq=1 ttl=64 time=5 ms\n"
    (tmp_path / "log").write_text(line.format(1) + line.format(2))
    with pytest.raises(BadInputError, match=r"log, line 2: a reply from 192\.0\.2\.2"):
        sources.read_ping_log(tmp_path / "log")


def test_rows_of_monroe_with_too_many_fields_are_counted(tmp_path: Path):
    text = Path(example("monroe-ping.csv")).read_text()
    (tmp_path / "ping.csv").write_text(text + "17,1700000100.1,Alpha,1.5,84,more,and,more\n" * 2)
    whole = sources.read_monroe(example("monroe-ping.csv"), example("monroe-gps.csv"))
    found = sources.read_monroe(tmp_path / "ping.csv", example("monroe-gps.csv"))
    assert found.bins.equals(whole.bins)
    assert found.dropped == {**whole.dropped, "lines with too many fields": 2}


def test_a_table_of_networks_says_which_coordinate_is_none(tmp_path: Path):
    (tmp_path / "t.csv").write_text("network,latitude,longitude\n192.0.2.0/24,,\n10.0.0.0/8,1,E5\n")
    with pytest.raises(BadInputError, match=r"line 3, column longitude: found 'E5'"):
        sources.locate_by_table(tmp_path / "t.csv", ["192.0.2.1"])


def test_a_log_that_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(series, "MAX_TEXT_BYTES", 1000)
    (tmp_path / "log.gz").write_bytes(gzip.compress(b" " * 1001))
    with pytest.raises(BadInputError, match="cut it up"):
        sources.read_ping_log(tmp_path / "log.gz")


TOKENS = (
    "",
    ".",
    "1.2.3",
    "9" * 30,
    "-1",
    "nan",
    "inf",
    "1e999",
    "٣",
    "\x1b[2J",
    "[]",
    "{}",
    "null",
    "=",
)


def test_no_reader_falls_over_values_of_any_kind(tmp_path: Path):
    """Numbers and words of the examples replaced, so that what is left still looks like the form."""
    rng = random.Random(6)
    readers = {
        "ping-D.txt": sources.read_ping_log,
        "ping.txt": sources.read_ping_log,
        "fping.txt": sources.read_fping,
        "fping-C.txt": sources.read_fping,
        "fping-c.txt": sources.read_fping,
        "mtr.json": lambda path: sources.read_mtr(path).series().minimum_rtt_ms,
        "scamper.json": lambda path: sources.read_scamper(path).minimum_rtts(),
        "monroe-ping.csv": lambda path: sources.read_monroe(path, example("monroe-gps.csv")),
        "monroe-gps.csv": lambda path: sources.read_monroe(example("monroe-ping.csv"), path),
        "locations.csv": lambda path: sources.locate_by_table(path, ["192.0.2.1"]),
    }
    read = refused = 0
    for _ in range(600):
        name = rng.choice(list(readers))
        text = Path(example(name)).read_text()
        for _ in range(rng.randrange(1, 4)):
            words = list(re.finditer(r"-?[\d.]+|\w+", text))
            word = rng.choice(words)
            text = text[: word.start()] + rng.choice(TOKENS) + text[word.end() :]
        (tmp_path / "x").write_text(text)
        try:
            readers[name](tmp_path / "x")
            read += 1
        except RttgeoError as error:
            refused += 1
            assert "\n" not in str(error)
    assert read > 120 and refused > 12
