"""Tables with semicolons, tabs and decimal commas: read as what they say, by every reader, or refused."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rttgeo.cli.main import main
from rttgeo.errors import BadInputError
from rttgeo.estimators.candidate_files import read_candidates
from rttgeo.machine.separators import cells_of, with_commas, with_point
from rttgeo.pairs import read_mesh_report
from rttgeo.privacy.databases import LAWS, read_entries
from rttgeo.sources import mesh_from_files, read_places
from rttgeo.sources.atlas_probes import read_probes
from rttgeo.sources.recognise import form_of
from rttgeo.sources.typed import mesh_of_table
from rttgeo.verification import read_claims

PAIRS = """landmark,landmark_lat,landmark_lon,target,rtt_ms
vienna,48.21,16.37,x,8.215
"a, b",52.52,13.41,x,12.5
paris,48.86,2.35,x,20
"""
TABLE = "city,target,ms\nvienna,x,8.215\nberlin,x,12.5\nparis,y,20\n"
LONLAT = "lat,lon,rtt_ms\n48.21,16.37,8.215\n-33.87,151.21,12.5\n48.86,2.35,20\n"
CENSUS = "target,hostname,lat,lon,rtt\n192.0.2.5,ams,52.37,4.9,8.215\n192.0.2.5,par,48.86,2.35,20\n"
EXPORT = "prb_id,dst_addr,rtt\n1,192.0.2.5,8.215\n2,192.0.2.5,20.5\n"
PLACES = "name,lat,lon\n1,48.21,16.37\n2,48.86,2.35\n10.5,-33.87,151.21\n"
CLAIMS = "target,lat,lon,radius_km\nx,48.21,16.37,12.5\nx,48.86,2.35,\n"
ENTRIES = "target,db_lat,db_lon\nx,48.21,16.37\ny,48.86,2.35\n"


def of_mesh(mesh):
    lon, lat = mesh.landmark_lonlat
    return repr(
        (mesh.landmarks.index.tolist(), lon.tolist(), lat.tolist(), mesh.pairs.to_dict("list"))
    )


def mesh():
    return read_mesh_report(io.BytesIO(PAIRS.encode()))[0]


def pairs(path):
    found, report = read_mesh_report(path)
    return of_mesh(found), report.notes()


def typed(path):
    assert form_of(path) == "table"
    found, notes = mesh_of_table(path)
    return of_mesh(found), notes


def converted(form):
    def read(path):
        assert form_of(path) == form
        places = {"1": (16.37, 48.21), "2": (2.35, 48.86)} if form == "export" else {}
        found = mesh_from_files(form, [path], places)
        return of_mesh(found.mesh), found.notes

    return read


def claims(path):
    notes = []
    read = read_claims(path, mesh(), None, notes)
    return repr([(one.target, one.text, vars(one.area)) for one in read]), notes


def entries(path):
    notes = []
    return repr(read_entries(path, LAWS["fixed"](), notes)), notes


def candidates(path):
    found = read_candidates(path)
    return repr((found.name, found.lon.tolist(), found.lat.tolist())), found.notes


def probes(path):
    found = read_probes(path)
    return found.probes, found.notes


READERS = {
    "pairs": (PAIRS, pairs),
    "table": (TABLE, typed),
    "lat,lon": (LONLAT, typed),
    "census": (CENSUS, converted("census")),
    "census without its header": (CENSUS.partition("\n")[2], converted("census")),
    "export": (EXPORT, converted("export")),
    "places": (PLACES, lambda path: (dict(read_places(path)), read_places(path).notes)),
    "candidates": (PLACES, candidates),
    "probes": (PLACES, probes),
    "claims": (CLAIMS, claims),
    "entries": (ENTRIES, entries),
}
"""A text, and what is read of it, with the notes."""


def written(text: str, separator: str, comma: bool) -> str:
    lines = []
    for line in text.splitlines():
        cells = cells_of(line)
        if comma:
            is_name = text == PLACES
            cells = [cell if is_name and not n else _comma(cell) for n, cell in enumerate(cells)]
        lines.append(separator.join(cells))
    return "\n".join(lines) + "\n"


def _comma(cell: str) -> str:
    try:
        float(cell)
    except ValueError:
        return cell
    return cell.replace(".", ",")


@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize("comma", [True, False])
@pytest.mark.parametrize("name", READERS)
def test_every_reader_reads_the_same_numbers(name, comma, separator, tmp_path):
    text, read = READERS[name]
    path = tmp_path / "t.csv"
    path.write_text(text)
    expected, no_notes = read(path)
    path.write_bytes(written(text, separator, comma).replace("\n", "\r\n").encode("utf-8-sig"))
    found, notes = read(path)
    assert found == expected
    said = [note for note in notes if "decimal commas" in note]
    assert len(said) == comma and not any("decimal commas" in note for note in no_notes)
    if comma:
        shown = r"by (?:semicolons|tabs), .*: ([\d-]+),(\d+) is read as \1\.\2$"
        assert re.search(shown, said[0])


@pytest.mark.parametrize("name", READERS)
def test_a_table_with_commas_and_points_in_its_numbers_is_refused(name, tmp_path):
    text, read = READERS[name]
    lines = written(text, ";", comma=True).splitlines()
    cells = lines[1].split(";")
    at = max(n for n, cell in enumerate(cells) if "," in cell)
    cells[at] = "1.234"
    path = tmp_path / "t.csv"
    path.write_text("\n".join([lines[0], ";".join(cells), *lines[2:]]) + "\n")
    with pytest.raises(BadInputError, match=r"line \d.*with a comma.*line \d.*with a point"):
        read(path)


@pytest.mark.parametrize("name", READERS)
def test_an_unquoted_decimal_comma_between_commas_is_refused(name, tmp_path):
    text, read = READERS[name]
    path = tmp_path / "t.csv"
    path.write_text(written(text, ",", comma=True))
    if name == "census without its header":
        assert form_of(path) == "", "without a header only the number of cells tells what it is"
        return
    with pytest.raises(BadInputError) as caught:
        read(path)
    assert "line 2" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "cell", ["1.234,5", "1 234,5", "8,2,1", "8;2", ",", "1e3,2", "0x1,2", "8,2 s", "−8,2"]
)
def test_what_is_no_number_in_either_spelling_is_none(cell):
    assert with_point(cell) == cell


def test_the_rows_keep_their_lines(tmp_path):
    text = 'city;ms\n"vien\nna";8,2\n\nberlin;x\n'
    plain = with_commas(text, "t.csv", lambda names: names == ["city", "ms"])
    assert plain.text.splitlines()[4] == "berlin,x"
    (tmp_path / "t.csv").write_text("\n\ncity;ms\nvienna;8,2\nberlin;x\n")
    with pytest.raises(BadInputError, match="line 5: found 'x'"):
        mesh_of_table(tmp_path / "t.csv")
    for top, line in (("", 3), ("\n\n", 5)):
        odd = (top + written(PAIRS, ";", comma=True)).replace("12,5", "zwölf")
        with pytest.raises(BadInputError, match=f"line {line}, column rtt_ms: found 'zwölf'"):
            read_mesh_report(io.BytesIO(odd.encode()))
        short = (top + written(PAIRS, ";", comma=True)).replace("x;12,5", "x")
        with pytest.raises(BadInputError, match=f"line {line}: found '4 columns'"):
            read_mesh_report(io.BytesIO(short.encode()))


@given(st.floats(0.001, 900_000, allow_nan=False), st.integers(0, 6), st.sampled_from(";\t"))
def test_a_number_comes_through_or_is_refused(value, digits, separator):
    shown = f"{value:.{digits}f}"
    text = f"city{separator}ms\nvienna{separator}{shown.replace('.', ',')}\n"
    plain = with_commas(text, "t.csv", lambda names: names == ["city", "ms"])
    assert plain.text.splitlines()[1] == f"vienna,{shown}"
    assert bool(plain.note) == ("." in shown)


@pytest.mark.parametrize("name", READERS)
def test_the_line_that_excel_writes_for_itself_is_passed_over(name, tmp_path):
    text, read = READERS[name]
    path = tmp_path / "t.csv"
    path.write_text(text)
    expected = read(path)[0]
    path.write_text("sep=;\n" + written(text, ";", comma=True))
    assert read(path)[0] == expected
    path.write_text('"sep=,"\r\n' + text)
    assert read(path)[0] == expected


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("City;RTT (ms)", "Vienna;8,2"),
        ("city;latency_ms", "Vienna;8,2 ms"),
        ("CITY\tLatency [ms]", "Vienna\t8,2"),
        ("City,rtt ms", "Vienna,8.2"),
        ("City,Ping (ms)", "Vienna,8.2"),
    ],
)
def test_a_time_in_milliseconds_is_known_by_its_unit(header, row, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(f"{header}\n{row}\n")
    assert form_of(path) == "table"
    assert mesh_of_table(path)[0].pairs["rtt_ms"].tolist() == [8.2]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (
            "Stadt;ms",
            "no column 'city' among Stadt, ms (separated by semicolons); rename the column",
        ),
        (
            "city,latency",
            "no column 'ms' among city, latency; rename the column of round-trip times",
        ),
        ("city,RTT (s)", "no column 'ms' among city, RTT (s); rename"),
        ("city,RTT (ms),latency (ms)", "no column 'ms' among city, RTT (ms), latency (ms); rename"),
        ("Ville;Latence (ms)", "no column 'city', 'ms' among Ville, Latence (ms) (separated by"),
        ("Vienna,8.2", "among Vienna, 8.2; the first line has to name the columns"),
        (
            "landmark,target,rtt_ms",
            "no column 'landmark_lat', 'landmark_lon' among landmark, target",
        ),
    ],
)
def test_a_header_is_told_what_it_has_and_what_it_lacks(header, says, tmp_path, capsys):
    path = tmp_path / "t.csv"
    path.write_text(f"{header}\n")
    assert main(["locate", str(path)]) == 2
    told = capsys.readouterr().err
    assert says in told and "city,ms" in told and told.count("\n") == 1


@pytest.mark.parametrize(
    "command", ["locate", "circles", "audit", "evaluate", "privacy", "explain"]
)
def test_commands(command, tmp_path, capsys):
    path = tmp_path / "t.csv"
    path.write_text("city|ms\nvienna|8.2\n")
    assert main([command, str(path)]) == 2
    assert "separated by bars" in capsys.readouterr().err
    path.write_text("")
    assert main([command, str(path)]) == 2
    assert "empty, expected a header line city,ms" in capsys.readouterr().err


SECOND = {
    "verify": ("--claims", CLAIMS, ["--pairs"]),
    "privacy": ("--database", ENTRIES, ["--no-mitigations"]),
    "locate": ("--candidates", PLACES, []),
    "evaluate": ("--candidates", PLACES, ["-m", "shortest-ping"]),
    "explain": ("--probes", PLACES, []),
    "next": ("--probes", PLACES, []),
}
"""An option by which a command reads a second table, that table, and what else it needs."""


@pytest.mark.parametrize("command", SECOND)
def test_commands_say_how_numbers_of_their_second_table_were_read(command, tmp_path, capsys):
    option, text, more = SECOND[command]
    pairs_table, second = tmp_path / "pairs.csv", tmp_path / "second.csv"
    known = PAIRS.replace(",x,12.5", ",y,12.5") if command in ("privacy", "evaluate") else PAIRS
    pairs_table.write_text(known)
    second.write_text(written(text, ";", comma=True))
    if command == "verify":
        words = [command, str(second), "--pairs", str(pairs_table)]
    else:
        words = [command, str(pairs_table), option, str(second), *more]
    main(words)
    said = capsys.readouterr().err
    assert said.count(f"{second}: columns separated by semicolons, numbers with decimal") == 1, said
