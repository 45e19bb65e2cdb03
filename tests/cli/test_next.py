"""`rttgeo next` and `rttgeo explain --probes`."""

from __future__ import annotations

import json
import re

import pytest

from rttgeo import locate, read_mesh
from rttgeo.cli.main import main
from rttgeo.cli.next_places import worth
from rttgeo.explanation.candidates import NextPlace

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
    assert len(capsys.readouterr().out.splitlines()) == 2 + 3 + 3
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


def test_a_round_that_gains_nothing_is_said_not_to_be_worth_while(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pings.csv").write_text(TABLE)
    (tmp_path / "far.csv").write_text("name,lat,lon\nzurich,47.4,8.5\nlyon,45.8,4.8\n")
    assert main(["next", "pings.csv", "server", "--probes", "far.csv"]) == 0
    said = capsys.readouterr().out
    first, left = said.splitlines()[0], said.splitlines()[-1]
    share = int(left.split("%")[0].split()[-1])
    assert ("hardly worth while" in first) == (share > 90) and f"{share} %" in first


def place(left: float) -> NextPlace:
    return NextPlace("x", "XX", 0.0, 0.0, 0.01, left, 1000.0 * left)


def test_what_further_measurements_are_worth_is_said_first():
    assert "hardly worth while" in worth([place(0.995), place(0.99)])
    assert "99 %" in worth([place(0.995), place(0.99)])
    assert (
        worth([place(0.6)]) == "Measuring from this place is expected to leave 60 % of the region."
    )


def test_explain_names_the_region_that_its_factors_are_of(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    far = "tokyo,35.68,139.69,server,,,180\nlima,-12.05,-77.05,server,,,190\n"
    (tmp_path / "pings.csv").write_text(TABLE + far)
    assert main(["explain", "pings.csv", "server"]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0].endswith("which weighs all round-trip times.")
    assert "What the circles alone allow (light in fibre, the usual bound)" in said
    assert "further landmarks do not narrow what the circles allow" in said
    table = read_mesh(tmp_path / "pings.csv")
    with_all, without = (
        locate(mesh, "server", method="exclusion", resolution_km=25).area_km2
        for mesh in (table, table.where(table.landmarks.index[table.pairs["landmark"]] != "paris"))
    )
    (factor,) = (float(line.split()[-1]) for line in said.splitlines() if line[:5] == "paris")
    assert abs(without / with_all - factor) < 0.1 * factor


SIX = {
    "vienna": (48.21, 16.37, 1.2), "newyork": (40.71, -74.0, 2.1), "tokyo": (35.69, 139.69, 1.5),
    "sydney": (-33.87, 151.21, 2.8), "nairobi": (-1.29, 36.82, 3.0), "lima": (-12.04, -77.03, 2.2),
}  # fmt: skip


@pytest.mark.parametrize("everything", [[], ["--all"]])
def test_explain_lists_who_contradicts_whom_where_no_one_landmark_is_at_fault(
    tmp_path, monkeypatch, capsys, everything
):
    monkeypatch.chdir(tmp_path)
    rows = [f"{name},{lat},{lon},t,{ms}" for name, (lat, lon, ms) in SIX.items()]
    head = "landmark,landmark_lat,landmark_lon,target,rtt_ms"
    (tmp_path / "any.csv").write_text("\n".join([head, *rows]) + "\n")
    assert main(["explain", "any.csv", "t", *everything]) == 0
    out = capsys.readouterr().out
    assert "listed above" not in out and "two machines" not in out
    assert "whichever landmark is left out" in out and "several machines answer" in out
    for name in SIX:
        assert re.search(rf"^{name} .* 5$", out, re.MULTILINE), out
