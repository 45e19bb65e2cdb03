"""`rttgeo next` and `rttgeo explain --probes`."""

from __future__ import annotations

import json

from rttgeo.cli.main import main

TABLE = """landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms
vienna,48.21,16.37,server,,,14
paris,48.86,2.35,server,,,9
madrid,40.42,-3.70,server,,,31
"""
PROBES = """name,lat,lon
frankfurt,50.11,8.68
at-vienna,48.22,16.38
tokyo,35.68,139.69
"""


def test_next_chooses_among_ones_own_places(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pings.csv").write_text(TABLE)
    (tmp_path / "mine.csv").write_text(PROBES)
    assert main(["next", "pings.csv", "server", "--probes", "mine.csv", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found["next"]] == ["frankfurt"], (
        "no landmark's place, no far one"
    )
    (one,) = found["next"]
    assert 0 < one["area_km2"] < found["area95_km2"]
    assert main(["explain", "pings.csv", "server", "--probes", "mine.csv", "--json"]) == 0
    explained = json.loads(capsys.readouterr().out)
    assert explained["measure_next"] == found["next"]
    assert main(["next", "pings.csv", "server", "--count", "3"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3 + 3
    assert main(["next", "pings.csv", "server", "--probes", "pings.csv"]) == 2
    assert "column" in capsys.readouterr().err


def test_next_says_where_there_is_nothing_to_narrow(tmp_path, capsys):
    rows = [
        f"l{i},{lat},{lon},any,,,1"
        for i, (lat, lon) in enumerate([(48, 16), (35, 139), (-12, -77)])
    ]
    (tmp_path / "any.csv").write_text(TABLE.splitlines()[0] + "\n" + "\n".join(rows) + "\n")
    assert main(["next", str(tmp_path / "any.csv"), "any"]) == 2
    assert "contradict each other" in capsys.readouterr().err
