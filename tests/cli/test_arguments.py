"""What every command asks of its arguments, and what it says of wrong ones."""

from __future__ import annotations

import json

import pytest

from rttgeo.cli.arguments import json_to_file
from rttgeo.cli.main import COMMANDS, main

TABLE = """landmark,landmark_lat,landmark_lon,target,rtt_ms
vienna,48.21,16.37,server,4.2
prague,50.09,14.42,server,7.9
"""
METHOD = ("--method", "exclusion", "--resolution-km", "100")


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pings.csv").write_text(TABLE)
    return "pings.csv"


def test_json_may_name_its_file_in_every_command(table, tmp_path, capsys):
    for place in (["pings.csv", "--json", "out.json"], ["--json", "out.json", "pings.csv"]):
        for _ in range(2):
            assert main(["circles", *place]) == 0
            told = capsys.readouterr()
            assert not told.out and "Written: out.json" in told.err
            assert json.loads((tmp_path / "out.json").read_text())
    given = ["locate", "--json", "results.json"]
    assert json_to_file(given, None) == given
    assert main(given) == 2 and "results.json: there is no such file" in capsys.readouterr().err


def test_what_is_written_is_said_wherever_it_goes(table, tmp_path, capsys):
    assert main(["locate", table, *METHOD, "-o", "new/folder/x.csv"]) == 0
    told = capsys.readouterr()
    assert "Written: new/folder/x.csv" in told.err and (tmp_path / "new/folder/x.csv").exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--ping", "a=1", "b=2"], "'b=2' was taken for a file: each ping needs its own --ping"),
        (["--ping", "a=1", "b=2", "c=3"], "'b=2' was taken for a file"),
        (["--ping", "vienna", "4.2"], "as in --ping vienna=4.2"),
        (["pings.csv", "--ping", "vienna=4.2"], "give either PAIRS (pings.csv) or --ping"),
        ([], "nothing to locate"),
        (["--ping", "vienna=4,2"], "with a decimal point"),
        (["--ping", "vienna=0"], "milliseconds above 0"),
        (["pings.csv", "--target", "sever"], "the only one is 'server'"),
    ],
)
def test_wrong_pings_are_told_what_was_meant(given, says, table, capsys):
    assert main(["locate", *given]) == 2
    assert says in capsys.readouterr().err


def test_help_and_version_in_other_spellings(capsys):
    assert main(["help"]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in COMMANDS)
    assert main(["help", "locate"]) == 0
    assert capsys.readouterr().out.startswith("Usage: rttgeo locate")
    assert main(["-V"]) == 0 and capsys.readouterr().out.startswith("rttgeo, version")
