"""The JSON forms that programs read: places of `locate`, claims of `verify`, instances of `anycast`."""

from __future__ import annotations

import json
import re
import threading

import pytest

from rttgeo.cli import output, progress
from rttgeo.cli.main import main

HEADER = "landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms\n"
TABLE = (
    HEADER
    + """vienna,48.21,16.37,server,,,4
prague,50.09,14.42,server,,,7
paris,48.86,2.35,server,,,19
vienna,48.21,16.37,many,,,1
tokyo,35.68,139.69,many,,,1
lima,-12.05,-77.05,many,,,1
"""
)


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pings.csv").write_text(TABLE)
    return "pings.csv"


def printed(capsys, *arguments, code=0):
    assert main([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_locate_lists_places_and_countries(table, capsys):
    (found,) = printed(capsys, "locate", table, "--target", "server")["estimates"]
    for place in found["places"]:
        assert place.keys() == {"name", "country", "lon", "lat", "p"}
    for country in found["countries"]:
        assert {"code", "name", "p"} <= country.keys()
    assert found["places"][0]["p"] > 0 and found["countries"][0]["p"] > 0
    assert found["parts"] == 1 or found["spread"].startswith("The region is ")


def test_verify_lists_claims(table, capsys, tmp_path):
    (tmp_path / "claims.csv").write_text("target,country\nserver,JP\nserver,AT\n")
    found = printed(capsys, "verify", "claims.csv", "--pairs", table, code=1)["claims"]
    expected = {"target", "claim", "verdict", "p_value", "excess_km", "landmark"}
    assert all(expected <= claim.keys() for claim in found)
    assert [claim["verdict"] == "impossible" for claim in found] == [True, False]


def test_anycast_lists_instances(table, capsys):
    found = printed(capsys, "anycast", table)["targets"]
    by_name = {one["target"]: one for one in found}
    assert {"target", "anycast", "at_least", "instances"} <= by_name["many"].keys()
    assert (by_name["many"]["anycast"], by_name["many"]["at_least"]) == (True, 3)
    expected = {"lon", "lat", "city", "country", "landmark", "radius_km"}
    assert all(expected <= one.keys() for one in by_name["many"]["instances"])
    assert {one["country"] for one in by_name["many"]["instances"]} == {"AT", "JP", "PE"}
    assert not by_name["server"]["anycast"]


def test_every_answer_of_locate_begins_with_a_sentence(table, capsys):
    for given in (
        ["--target", "server"],
        ["--target", "server", "--method", "exclusion"],
        ["--target", "many", "--method", "exclusion"],
        ["--method", "exclusion"],
    ):
        main(["locate", table, "--resolution-km", "100", *given])
        first = capsys.readouterr().out.splitlines()[0]
        assert first.endswith(".") and "The point is" not in first.split(".")[0]


def test_verify_says_what_its_columns_hold_and_which_city_was_meant(table, capsys, tmp_path):
    (tmp_path / "claims.csv").write_text("target,city\nserver,Viennna\n")
    assert main(["verify", "claims.csv", "--pairs", table]) == 2
    assert "did you mean " in capsys.readouterr().err
    (tmp_path / "claims.csv").write_text("target,country\nserver,AT\n")
    assert main(["verify", "claims.csv", "--pairs", table]) == 0
    said = capsys.readouterr().out
    heads = next(line for line in said.splitlines() if line.startswith("target"))
    meaning = next(line for line in said.splitlines() if line.startswith("Columns:"))
    for name in ("p-value", "km beyond", "landmark", "RTT ms", "witnesses", "500 km seen"):
        assert name in heads and name in meaning


def test_an_audit_that_could_check_nothing_says_so(table, capsys):
    assert main(["audit", table]) == 0
    assert "None of 7 nodes could be checked" in capsys.readouterr().out
    assert main(["audit", "azure-2026"]) == 0
    assert "could be checked" not in capsys.readouterr().out


@pytest.mark.parametrize("columns", [20, 30, 40, 60, 80])
def test_a_table_breaks_no_word_however_narrow_the_window(columns, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(columns))
    heads, cells = (
        ("mechanism", "verdict of it"),
        ("published noise", "likeliest attacker improbable"),
    )
    said = output.table(heads, [cells], title="Title")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
    for word in " ".join([*heads, *cells]).split():
        assert re.search(rf"\b{word}\b", plain), plain


def test_the_rule_of_a_table_in_a_pipe_is_no_longer_than_a_window():
    said = output.table(("a", "b"), [("x", "word " * 60)])
    assert max(len(line) for line in said.splitlines() if set(line) == {"─"}) == 100


def test_a_bar_is_shown_while_its_first_item_takes_long(monkeypatch, capsys):
    monkeypatch.setattr(progress, "DELAY_S", 0.01)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with progress.progress_bar("Locating", "targets", total=3):
        # What is written while capsys reads is lost: first the timer, then the reading.
        for thread in threading.enumerate():
            if isinstance(thread, threading.Timer):
                thread.join(60)
        said = capsys.readouterr().err
    assert "Locating" in said and "0/3" in said
