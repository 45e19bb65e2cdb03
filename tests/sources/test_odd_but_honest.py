"""Tables as people save them: read as what they say, or one line that says what to do."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from rttgeo.cli.main import main
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.pairs import read_mesh_report
from rttgeo.sources.recognise import form_of
from rttgeo.sources.typed import mesh_of_table

SAME = {"København": 20.0, "München": 8.2, "Zürich": 12.5}
ROWS = [(name, str(ms)) for name, ms in SAME.items()]


def table(separator: str, comma: bool, end: str) -> str:
    rows = [("City", "ms"), *((n, ms.replace(".", ",") if comma else ms) for n, ms in ROWS)]
    lines = [separator.join(row) for row in rows]
    return end.join(["", lines[0], "", *lines[1:3], separator, lines[3], "", ""])


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(("separator", "comma"), [(",", False), (";", True), ("\t", True)])
def test_every_way_of_saving_a_table(separator, comma, end, coding, tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_bytes(table(separator, comma, end).encode(coding))
    assert form_of(path) == "table"
    mesh, _ = mesh_of_table(path)
    found = zip(mesh.landmarks.index[mesh.pairs["landmark"]], mesh.pairs["rtt_ms"], strict=True)
    assert dict(found) == SAME


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("city,ms,ms\nvienna,8.2,9.9\n", "column 'ms' appears twice"),
        ("city,ms\nvienna,8,2\n", "line 2: 3 cells under 2 columns"),
        ("city,ms\nvienna,8.2\n#berlin,12.5\n", "line 3: no city '#berlin'"),
        ("city,ms\nvienna,8.2 # evening\n", "line 2: found '8.2 # evening'"),
        ("lat,lon,ms\n48°12′N,16.37,8.2\n", r"come with rttgeo\. Latitude"),
        ("city;ms\nvienna;1 250,5\n", "line 2: found '1 250,5'"),
        ("city,ms\nvienna\n", "line 2: found ''"),
    ],
)
def test_what_cannot_be_meant_is_refused(text, says, tmp_path: Path):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises((BadInputError, NotThereError), match=says) as caught:
        mesh_of_table(tmp_path / "t.csv")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("city;ms\nvienna;8,2\n", "a table of places and round-trip times, but only pairs tables"),
        ('[{"prb_id": 1}]', "RIPE Atlas results, but only pairs tables"),
        ("x,y\n1,2\n", "no column 'city', 'ms' among x, y; rename"),
    ],
)
def test_what_standard_input_cannot_take_is_said(text, says, monkeypatch, capsys):
    buffer = io.BufferedReader(io.BytesIO(text.encode()))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(buffer))
    assert main(["locate", "-", "-m", "exclusion"]) == 2
    assert says in capsys.readouterr().err


def test_degrees_have_their_long_names(tmp_path: Path):
    (tmp_path / "t.csv").write_text("Latitude;Longitude;rtt_ms\n48,2;16,4;8\n")
    assert form_of(tmp_path / "t.csv") == "table"
    mesh, _ = mesh_of_table(tmp_path / "t.csv")
    assert [axis.tolist() for axis in mesh.landmark_lonlat] == [[16.4], [48.2]]


def test_a_row_that_was_left_out_elsewhere_is_told_of():
    head = "landmark,landmark_lat,landmark_lon,target,rtt_ms\n"
    rows = ["a,48.2,16.4,x,8\n", "#b,52.5,13.4,x,1\n"]
    mesh, report = read_mesh_report(io.BytesIO((head + "".join(rows)).encode()))
    assert len(mesh) == 2 and "1 landmark has a name that begins with # (such as #b)" in str(
        report.notes()
    )
    _, report = read_mesh_report(io.BytesIO((head + rows[1]).encode()))
    assert not report.notes(), "names such as #1 are names"
    with pytest.raises(BadInputError, match="line 1: begins with #, but tables have no comments"):
        read_mesh_report(io.BytesIO(f"# mine\n{head}{rows[0]}".encode()))
    with pytest.raises(BadInputError, match="save it as UTF-8"):
        read_mesh_report(io.BytesIO((head + rows[0].replace("a", "ä")).encode("cp1252")))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "traceroute to 192.0.2.1 (192.0.2.1), 30 hops max\n 1  192.0.2.1  4 ms\n",
            "of traceroute",
        ),
        (
            "\r\nTracing route to web1 [192.0.2.1]\r\nover a maximum of 30 hops:\r\n",
            "of traceroute",
        ),
        ("Routenverfolgung zu web1 [192.0.2.1] über maximal 30 Hops\n", "of traceroute"),
        ("192.0.2.1 : 12.1 - 12.3\n192.0.2.2 : - - -\n", "convert fping"),
        ('{"city": "Vienna", "rtt_ms": 8.2}\n', "write its rows as CSV"),
        ("Ville;Hôte;Délai (ms)\nParis;web1;8,2\n", "no column 'city', 'ms' among Ville, Hôte"),
    ],
)
def test_what_people_paste_is_named_or_told_what_it_lacks(text, said, tmp_path, capsys):
    path = tmp_path / "t"
    (tmp_path / "places.csv").write_text("name,city\nt,Vienna\n")
    for encoding in ("utf-8", "cp1252"):
        path.write_bytes(text.encode(encoding))
        assert main(["locate", str(path), "--places", str(tmp_path / "places.csv")]) == 2
        told = capsys.readouterr().err
        assert said in told and told.count("\n") == 1


def test_empty_columns_that_a_spreadsheet_leaves_are_none(tmp_path):
    (tmp_path / "t.csv").write_text("city;ms;;\nvienna;8,5;;\ngraz;9;;\n")
    mesh, notes = mesh_of_table(tmp_path / "t.csv")
    assert len(mesh) == 2 and not any("not used" in note for note in notes)


def test_addresses_of_a_typed_table_are_one_target_in_any_spelling(tmp_path):
    (tmp_path / "t.csv").write_text("city,to,ms\nvienna,2001:db8::1,4\ngraz,[2001:DB8:0::0:1],5\n")
    mesh, _ = mesh_of_table(tmp_path / "t.csv")
    assert mesh.targets.index.tolist() == ["2001:db8::1"]
