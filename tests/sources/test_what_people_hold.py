"""Files that people of the field hold, read in one step; by files of our own making."""

from __future__ import annotations

import bz2
import json
import re
import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from rttgeo import read_mesh, sources
from rttgeo.cli.main import main
from rttgeo.data.spots import spot_of
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.sources.leftout import LeftOut
from rttgeo.sources.pinged import MAYBE
from rttgeo.sources.recognise import form_of
from rttgeo.sources.rows import census_of_mesh, census_text, pairs_sql, read_census, read_export
from rttgeo.sources.typed import mesh_of_table, mesh_of_typed


def ping(probe: int, rtt: float, address: str = "192.0.2.5", time: int = 1600000000) -> str:
    return json.dumps({
        "fw": 5020, "type": "ping", "prb_id": probe, "msm_id": 7, "timestamp": time, "af": 4,
        "dst_addr": address, "result": [{"rtt": rtt}],
    })  # fmt: skip


def anchor(name: str, probe: int, address: str, lon: float, lat: float) -> dict:
    return {"id": probe + 1000, "fqdn": f"{name}.anchors.atlas.ripe.net", "probe": probe,
            "ip_v4": address, "ip_v6": None, "is_disabled": False,
            "geometry": {"type": "Point", "coordinates": [lon, lat]}}  # fmt: skip


ANCHORS = [
    anchor("de-abc-as1", 1, "192.0.2.1", 8.7, 50.1),
    anchor("fr-abc-as2", 2, "192.0.2.2", 2.3, 48.9),
]
PROBES = [{"id": 3, "is_anchor": False, "address_v4": None, "geometry": {"coordinates": [4.9, 52.4]}},
          {"id": 4, "is_anchor": False, "address_v4": None, "geometry": None}]  # fmt: skip


@pytest.mark.parametrize("wrap", ["array", "page", "pages", "lines", "dump"])
def test_anchors_and_probes_are_the_table_of_places(wrap: str, tmp_path: Path):
    items = ANCHORS + PROBES
    text = {
        "array": json.dumps(items),
        "page": json.dumps({"count": 4, "next": None, "results": items}),
        "pages": "\n".join(json.dumps({"results": [one]}, indent=1) for one in items),
        "lines": "\n".join(map(json.dumps, items)),
        "dump": json.dumps({"meta": {}, "objects": items}),
    }[wrap]
    (tmp_path / "p").write_text(text)
    places = sources.read_places(tmp_path / "p")
    assert dict(places) == {"de-abc-as1": (8.7, 50.1), "fr-abc-as2": (2.3, 48.9), "3": (4.9, 52.4)}
    assert places.name_of("2") == places.name_of("192.0.2.2") == "fr-abc-as2"
    assert places.find("fr-abc-as2.anchors.atlas.ripe.net") == (2.3, 48.9)
    assert places.find("4") is None and "1 anchor or probe without" in places.notes[0]


def test_a_folder_of_hourly_dumps_and_anchors_as_targets(tmp_path: Path):
    folder = tmp_path / "dumps"
    folder.mkdir()
    lines = [
        ping(2, 12.0, "192.0.2.1"),
        ping(3, 9.0, "192.0.2.1"),
        ping(4, 1.0),
        ping(1, 0.1, "192.0.2.1"),
    ]
    (folder / "ping-00.bz2").write_bytes(bz2.compress("\n".join(lines[:2]).encode()))
    (folder / "ping-01.bz2").write_bytes(bz2.compress("\n".join(lines).encode()))
    (tmp_path / "p").write_text(json.dumps(ANCHORS + PROBES))
    found = sources.mesh_from_files("atlas", [folder], sources.read_places(tmp_path / "p"))
    mesh = found.mesh
    assert mesh.targets.index.tolist() == ["de-abc-as1"] and mesh.has_truth
    assert mesh.landmarks.index.tolist() == ["3", "fr-abc-as2"]
    assert mesh.pairs["samples"].tolist() == [1, 1]
    assert found.dropped == {"records: the same record again": 2, "samples of a node to itself": 1,
                             "samples from sources without a place": 1}  # fmt: skip
    (note,) = [note for note in found.notes if "no known place for 4" in note]
    assert re.search(r": 1 of \d sources that had answers, and not used; .*id__in=4$", note)


GLOBALPING = {
    "id": "a", "type": "ping", "status": "finished", "target": "srv.example", "probesCount": 2,
    "results": [
        {"probe": {"city": "Paris", "country": "FR", "asn": 1, "longitude": 2.3, "latitude": 48.9},
         "result": {"status": "finished", "resolvedAddress": "192.0.2.5",
                    "timings": [{"rtt": 12.5, "ttl": 50}, {"rtt": 130, "ttl": 50}],
                    "stats": {"drop": 1}}},
        {"probe": {"city": "X", "country": "FR", "asn": 1, "longitude": 0, "latitude": 0},
         "result": {"status": "finished", "timings": [{"rtt": 1.0}]}},
    ],
}  # fmt: skip


def test_globalping(tmp_path: Path):
    trace = {**GLOBALPING, "id": "b", "type": "traceroute", "results": [
        {"probe": GLOBALPING["results"][0]["probe"] | {"city": city, "latitude": 45},
         "result": {"status": "finished", "resolvedAddress": "192.0.2.5",
                    "hops": [{"resolvedAddress": "192.0.2.9", "timings": [{"rtt": 1.0}]},
                             {"resolvedAddress": last, "timings": [{"rtt": 9.5}]}]}}
        for city, last in (("Lyon", "192.0.2.5"), ("Nice", "192.0.2.8"))]}  # fmt: skip
    (tmp_path / "g").write_text(json.dumps(GLOBALPING) + json.dumps(trace))
    assert form_of(tmp_path / "g") == "globalping"
    found = sources.mesh_from_files("globalping", [tmp_path / "g"], {})
    names = found.mesh.landmarks.index[found.mesh.pairs["landmark"]]
    assert dict(zip(names, found.mesh.pairs["rtt_ms"], strict=True)) == {
        "Lyon FR AS1": 9.5, "Paris FR AS1": 12.5,
    }  # fmt: skip
    assert found.dropped == {"no answer": 2, "results of probes without a place": 1,
                             "last hop is not the target": 1}  # fmt: skip
    again = sources.mesh_from_files("globalping", [tmp_path / "g", tmp_path / "g"], {})
    assert again.mesh.pairs["samples"].tolist() == found.mesh.pairs["samples"].tolist()
    assert again.dropped["results of the same measurement again"] == 4


def test_a_census_with_and_without_its_header_and_written_again(tmp_path: Path):
    rows = [("192.0.2.5", "ams", 52.4, 4.9, 3.25), ("192.0.2.5", "par", 48.9, 2.3, 7.5)]
    text = census_text(rows)
    for given in (text, text.partition("\n")[2]):
        (tmp_path / "c.csv").write_text(given)
        assert form_of(tmp_path / "c.csv") == "census"
        table = read_census(tmp_path / "c.csv", LeftOut())
        back = table[["target", "source", "lat", "lon", "rtt_ms"]].itertuples(
            index=False, name=None
        )
        assert list(back) == rows
    (tmp_path / "c.csv").write_text("192.0.2.5,ams,52.4,4.9\n")
    with pytest.raises(BadInputError, match="line 1: 4 columns"):
        read_census(tmp_path / "c.csv", LeftOut())


def test_a_census_from_the_command_line_and_back(tmp_path: Path, capsys):
    (tmp_path / "g").write_text(json.dumps(GLOBALPING))
    out = tmp_path / "c.csv"
    assert (
        main(["convert", "globalping", str(tmp_path / "g"), "--to", "census", "-o", str(out)]) == 0
    )
    assert out.read_text() == (
        "target,hostname,lat,lon,rtt\n192.0.2.5,Paris FR AS1,48.9,2.3,12.5\n"
    )
    capsys.readouterr()
    assert main(["convert", "census", str(out)]) == 0
    pairs = capsys.readouterr().out
    assert "Paris FR AS1,48.9,2.3,192.0.2.5,,,12.5,1" in pairs
    (tmp_path / "p.csv").write_text(pairs)
    assert main(["convert", "pairs", str(tmp_path / "p.csv"), "--to", "census"]) == 0
    assert capsys.readouterr().out == out.read_text()
    assert main(["convert", "pairs", str(out), "--to", "census", "-o", "x.parquet"]) == 2
    assert "expected an ending .csv" in capsys.readouterr().err


def test_names_in_a_census_compute_nothing_and_come_back(tmp_path: Path):
    text = census_text([("192.0.2.5", "=1+1", 1, 2, 3.5), ("192.0.2.5", 'a,"b\n\x1b', 1, 2, 4.5)])
    assert text.splitlines()[1:] == ["192.0.2.5,'=1+1,1,2,3.5", "192.0.2.5,a b,1,2,4.5"]
    (tmp_path / "c.csv").write_text(text)
    assert read_census(tmp_path / "c.csv", LeftOut())["source"].tolist() == ["=1+1", "a b"]


def test_a_census_of_whole_milliseconds_has_what_the_time_cannot_exceed(tmp_path: Path):
    (tmp_path / "w.txt").write_text(
        "\nPinging 192.0.2.39 with 32 bytes of data:\n"
        "Reply from 192.0.2.39: bytes=32 time=12ms TTL=58\n"
    )
    made = sources.mesh_from_files("ping", [f"a={tmp_path / 'w.txt'}"], {"a": (4.9, 52.4)}).mesh
    assert census_of_mesh(made).splitlines()[1] == "192.0.2.39,a,52.4,4.9,13"


@pytest.mark.parametrize("packed", [False, True])
def test_an_export_of_a_data_warehouse(packed: bool, tmp_path: Path):
    table = pd.DataFrame({"prb_id": [3, 3, 3, 4], "msm_id": 7, "dst_addr": ["192.0.2.5"] * 4,
                          "start_time": [1, 1, 2, 1], "rtt": [9.5, 9.5, -1.0, 8.0]})  # fmt: skip
    path = tmp_path / "e"
    table.to_parquet(path) if packed else table.to_csv(path, index=False)
    assert form_of(path) == "export"
    dropped = LeftOut()
    found = read_export(path, dropped)
    assert found["source"].tolist() == ["3", "4"] and found["rtt_ms"].tolist() == [9.5, 8.0]
    assert dropped == {"the same row again": 1, "no answer": 1}


@pytest.mark.parametrize("probe", ["inf", "-inf", "1e300", "2.5", "-1", "x", ""])
def test_what_is_no_number_of_a_probe_is_counted(probe: str, tmp_path: Path):
    (tmp_path / "e.csv").write_text(
        f"prb_id,dst_addr,rtt\n{probe},192.0.2.5,9.5\n3,192.0.2.5,8.5\n"
    )
    dropped = LeftOut()
    assert read_export(tmp_path / "e.csv", dropped)["source"].tolist() == ["3"]
    assert dropped == {"rows without a probe or a target": 1}


def test_the_sql_makes_the_pairs_that_the_reader_makes(tmp_path: Path):
    # SQLite understands this much of it; its types are the loosest of all.
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE samples (prb_id, dst_addr, rtt)")
    base.execute("CREATE TABLE probes (id, latitude, longitude)")
    rows = [(3, "192.0.2.5", 9.5), (3, "192.0.2.5", 8.5), (4, "192.0.2.5", -1), (5, "192.0.2.5", 7)]
    base.executemany("INSERT INTO samples VALUES (?, ?, ?)", rows)
    base.executemany("INSERT INTO probes VALUES (?, ?, ?)", [(3, 52.4, 4.9), (4, 50, 8), (5, 0, 0)])
    found = pd.read_sql_query(pairs_sql("duckdb").rstrip().rstrip(";"), base)
    found.to_csv(tmp_path / "pairs.csv", index=False)
    mesh = read_mesh(tmp_path / "pairs.csv")
    assert mesh.landmarks.index.tolist() == ["3"] and mesh.pairs["rtt_ms"].tolist() == [8.5]
    assert mesh.pairs["samples"].tolist() == [2] and not mesh.has_truth
    assert "STRING" in pairs_sql("bigquery", "a.b.c")
    with pytest.raises(BadInputError, match="not the name of a table"):
        pairs_sql("duckdb", "x; DROP TABLE y")


def test_places_typed_by_hand():
    assert spot_of("zürich")[1:3] == spot_of("Zurich")[1:3] == spot_of("zurich,ch")[1:3]
    assert "dublin,us" in spot_of("dublin").note and not spot_of("dublin,ie").note
    with pytest.raises(NotThereError, match="did you mean london"):
        spot_of("lodnon")
    for state in ("Los Angeles, CA", "New York, NY", "Portland, Oregon", "Wilmington,DE"):
        with pytest.raises(NotThereError, match=f"did you mean {state.partition(',')[0]},us"):
            spot_of(state)
    for empty in ("", ",", " , "):
        with pytest.raises(BadInputError, match="the place is empty"):
            spot_of(empty)
    for bad in ("91,5", "0,0"):
        with pytest.raises(BadInputError, match="expected latitude,longitude"):
            spot_of(bad)
    assert [spot_of(name).name for name in ("München", "New  York", "48.860,2.35")] == [
        "München", "New York", "48.86,2.35",
    ]  # fmt: skip
    mesh, notes = mesh_of_typed(["48.86,2.35=24.1", "amsterdam,nl=20.9"])
    assert sorted(mesh.pairs["rtt_ms"]) == [20.9, 24.1] and not notes
    for bad in ("amsterdam", "=5", "amsterdam=fast", "amsterdam=-1"):
        with pytest.raises(BadInputError):
            mesh_of_typed([bad])


def test_a_table_of_one_target(tmp_path: Path):
    (tmp_path / "t.csv").write_text("city,lat,lon,ms\n,48.86,2.35,24.1\nvienna,,,20.9\n")
    assert form_of(tmp_path / "t.csv") == "table"
    mesh, _ = mesh_of_table(tmp_path / "t.csv")
    assert len(mesh) == 2 and mesh.landmarks.index.tolist() == ["48.86,2.35", "vienna"]


@pytest.mark.parametrize("column", ["target", "to", "Destination", "dst_addr"])
def test_a_typed_table_of_several_targets_is_several_targets(column, tmp_path: Path):
    for head, first, second in (("city", "graz", "oslo"), ("lat,lon", "48.2,16.4", "59.9,10.7")):
        rows = [f"{first},4,a", f"{second},20,a", f"{first},21,b", f"{second},3,b"]
        (tmp_path / "t.csv").write_text("\n".join([f"{head},ms,{column}", *rows, ""]))
        mesh, notes = mesh_of_table(tmp_path / "t.csv")
        assert mesh.targets.index.tolist() == ["a", "b"] and not any(
            "not used" in one for one in notes
        )
        assert mesh.pairs["rtt_ms"].tolist() == [4, 20, 21, 3]


def test_columns_of_a_typed_table_that_are_not_used_are_named(tmp_path: Path):
    (tmp_path / "t.csv").write_text("rack,lat,lon,day,rtt\nv,48.2,16.4,a,4\n")
    _, notes = mesh_of_table(tmp_path / "t.csv")
    assert notes == [
        f"{tmp_path / 't.csv'}: not used: 2 columns rack, day; a column target would name what was "
        "pinged"
    ]


@pytest.mark.parametrize("column", MAYBE)
@pytest.mark.parametrize(
    ("head", "rows", "targets"),
    [
        ("city,ms,{}", ["vienna,8,a", "prague,6,a", "graz,9,b", "linz,12,b"], ["a", "b"]),
        ("city,ms,{}", ["vienna,8,a", "vienna,6,b", "graz,9,a"], ["a", "b"]),
        ("city,ms,{}", ["vienna,8,a", "graz,9,a"], ["a"]),
        ("city,ms,{}", ["vienna,8,a"], ["a"]),
        ("city,ms,{},probe", ["vienna,8,a,1", "graz,9,b,2"], ["a", "b"]),
        ("{},lat,lon,rtt", ["a,48.2,16.4,8", "a,50.1,14.4,9"], ["a"]),
        # What the landmarks are called, one in each place:
        ("city,ms,{}", ["vienna,8,a", "prague,6,b", "graz,9,c"], ["target"]),
        ("{},lat,lon,rtt", ["a,48.2,16.4,8", "b,50.1,14.4,9", "b,50.1,14.4,9.5"], ["target"]),
        # What cannot be mistaken counts more:
        ("city,ms,{},Dst IP", ["vienna,8,a,x", "graz,9,a,y"], ["x", "y"]),
    ],
)
def test_a_column_that_people_call_server_or_host_is_what_was_pinged(
    column, head, rows, targets, tmp_path: Path
):
    path = tmp_path / "t.csv"
    for name in (column, column.title().replace("_", " ")):
        path.write_text("\n".join([head.format(name), *rows]))
        mesh, notes = mesh_of_table(path)
        assert mesh.targets.index.tolist() == targets
        taken = [one for one in notes if "is taken for what was pinged" in one]
        assert len(taken) == (targets in (["a"], ["a", "b"]))


def test_a_typed_table_may_have_a_column_of_countries(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text("City,Country,ms\nParis,US,40\nparis,France,9\nLondon,UK,12\n")
    mesh, notes = mesh_of_table(path)
    assert mesh.landmarks.index.tolist() == ["London", "Paris,US", "paris,France"] and not notes
    lon = dict(zip(mesh.landmarks.index, mesh.landmark_lonlat[0], strict=True))
    assert lon["Paris,US"] < -80 and 2 < lon["paris,France"] < 3 and -1 < lon["London"] < 0
    path.write_text("city,country,ms\nvienna,Atlantis,9\n")
    with pytest.raises(
        NotThereError, match=r"line 2: .*'vienna,Atlantis'.*did you mean vienna,at\?"
    ):
        mesh_of_table(path)


def test_a_place_beside_a_city_counts_and_the_city_names_it(tmp_path: Path):
    (tmp_path / "t.csv").write_text("city,lat,lon,ms\nvienna,47.0,15.4,4\nmy rack,48,16,5\n")
    mesh, _ = mesh_of_table(tmp_path / "t.csv")
    assert mesh.landmarks.index.tolist() == ["my rack", "vienna"]
    assert mesh.landmark_lonlat[1].tolist() == [48, 47]


@pytest.mark.parametrize("bad", ["paris,", "paris,-1", "xyzzy,4", "95;1,3"])
def test_bad_rows_of_a_typed_table_are_left_out_on_demand(bad, tmp_path: Path, capsys):
    (tmp_path / "t.csv").write_text(f"city,ms\nvienna,4\n{bad}\n")
    asked = ["locate", str(tmp_path / "t.csv"), "-m", "exclusion", "--resolution-km", "200"]
    assert main(asked) == 2
    said = capsys.readouterr().err
    assert "t.csv, line 3: " in said and "; --skip-bad leaves bad rows out" in said
    assert main([*asked, "--skip-bad"]) == 0
    assert "1 of 2 rows left out; the first: " in capsys.readouterr().err


def test_locate_says_what_a_file_is_and_reads_it(tmp_path: Path, capsys):
    (tmp_path / "r.json").write_text(ping(3, 9.0) + "\n" + ping(2, 12.0))
    (tmp_path / "p.json").write_text(json.dumps(ANCHORS + PROBES))
    given = [str(tmp_path / "r.json"), "--places", str(tmp_path / "p.json")]
    assert main(["locate", *given, "--method", "exclusion", "--resolution-km", "100"]) == 0
    said = capsys.readouterr()
    assert "r.json: RIPE Atlas results" in said.err and "192.0.2.5" in said.out
    assert main(["locate", str(tmp_path / "p.json")]) == 2
    assert "anchors or probes of RIPE Atlas" in capsys.readouterr().err
    assert main(["locate"]) == 2 and "--ping" in capsys.readouterr().err


def test_probes_of_unknown_place_are_told_how_to_give_it(tmp_path: Path, capsys):
    (tmp_path / "r.json").write_text(ping(987_654, 9.0))
    (tmp_path / "p.csv").write_text("prb_id,lat,lon\n987654,52.37,4.9\n")
    results = str(tmp_path / "r.json")
    assert main(["locate", results]) == 2
    said = capsys.readouterr().err
    assert "--places FILE" in said and "?id__in=987654" in said
    assert main(["convert", "atlas", results, "--places", str(tmp_path / "p.csv")]) == 0
    assert "987654,52.37,4.9" in capsys.readouterr().out


def test_a_folder_says_what_is_read_of_it(tmp_path: Path, capsys):
    (tmp_path / "results" / "day").mkdir(parents=True)
    (tmp_path / "results" / "day" / "r.json").write_text(ping(3, 9.0))
    assert main(["locate", str(tmp_path / "results")]) == 2
    assert "give " in capsys.readouterr().err
    (tmp_path / "results" / "about.txt").write_text("what this is\n")
    assert main(["locate", str(tmp_path / "results")]) == 2
    assert "about.txt" in capsys.readouterr().err


def test_typed_tables_say_their_file(tmp_path: Path, capsys):
    (tmp_path / "mine.csv").write_text("city,ms\n")
    assert main(["locate", str(tmp_path / "mine.csv")]) == 2
    assert "mine.csv: no rows below the header" in capsys.readouterr().err
    (tmp_path / "mine.csv").write_text('city,ms\nvienna,"4,2"\n')
    with pytest.raises(BadInputError, match=r"mine\.csv, line 2: .*with a decimal point"):
        mesh_of_table(tmp_path / "mine.csv")
    (tmp_path / "mine.csv").write_text("city,ms\nvienna,4.2\n")
    mesh, _ = mesh_of_table(tmp_path / "mine.csv")
    assert mesh.provenance.label() == "mine (measured or simulated: not stated)"


def test_convert_knows_a_form_by_the_files_content(tmp_path: Path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.json").write_text(ping(3, 9.0))
    (tmp_path / "p.csv").write_text("prb_id,lat,lon\n3,52.37,4.9\n")
    assert main(["convert", "atlas", "r.json", "--places", "p.csv"]) == 0
    named = capsys.readouterr().out
    assert main(["convert", "r.json", "--places", "p.csv"]) == 0
    told = capsys.readouterr()
    assert told.out == named and "r.json: RIPE Atlas results" in told.err
    assert main(["convert", "p.csv", "--places", "p.csv"]) == 2
    assert "give FORM" in capsys.readouterr().err
    assert main(["convert", "nothing", "--places", "p.csv"]) == 2
    assert main(["convert", "atlas", "--places", "p.csv"]) == 2
    assert "Missing argument" in capsys.readouterr().err


def test_a_table_of_degrees_may_name_its_landmarks(tmp_path: Path):
    path = tmp_path / "t.csv"
    rows = ["a,48.2,16.4,8,x", "b,50.1,14.4,9,x", "b,50.1,14.4,9.5,y", "a,48.2,16.4,8,y"]
    for column in ("landmark", "probe", "From", "host"):
        path.write_text("\n".join([f"{column},lat,lon,ms,target", *rows]))
        mesh, notes = mesh_of_table(path)
        assert mesh.landmarks.index.tolist() == ["a", "b"] and not notes
    path.write_text("\n".join(["probe,lat,lon,ms,target", *rows, "b,40,10,9,x"]))
    mesh, _ = mesh_of_table(path)
    assert mesh.landmarks.index.tolist() == ["40,10", "48.2,16.4", "50.1,14.4"], "b is no one place"
