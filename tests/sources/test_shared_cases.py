"""All kept situations of other people's bug reports, through the command line, where they are there."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import pytest

from rttgeo import locate, read_mesh
from rttgeo.cli.main import main

EXPECTED = {
    "01-ping-different-address": ("zrh,47.38,8.54,192.0.2.39,50.85,4.35,20.1,2", "1 not from the target"),
    "03-ping-quiet": ("20.638", "4 only in the summary"),
    "05-ping-some-lost": (",12.2,3", "7 no answer"),
    "06-ping-O-late-answers": (",283.0,2", ""),
    "08-ping-german-iputils": (",18.6,2", ""),
    "09-ping-german-only": (",18.6,2", ""),
    "10-ping-windows-french": (",16.0,2", ""),
    "11-ping-powershell-utf16": (",16.0,2", ""),
    "12-ping-windows-unreachable-mixed": (",1.0,2", "2 error reply"),
    "16-ping-ipv6-place-other-spelling": ("2001:db8::39,50.85,4.35", ""),
    "20-fping-C-not-quiet": ("", "1 no answer"),
    "22-fping-Q-intervals": (",31.0,", "1 no answer"),
    "24-fping-return": (",63.3,", ""),
    "26-fping-timestamp-format": (",21.7,2", ""),
    "27-fping-alive-duplicates": (",22.7,1", "1 duplicate"),
    "30-mtr-max-ttl": ("", "last hop is not the target"),
    "34-mtr-two-reports": (",8.1,2", ""),
    "37-ping-v-ident": (",21.7,2", ""),
    "41-atlas-ping-no-dst-addr": ("", ""),
    "44-atlas-same-record-twice": (",30.0,4", "the same record again"),
    "48-atlas-probe-without-place": (",20.5,3", "no known place for 1009"),
    "60-scamper-udp-ping": (",21.9,2", ""),
    "61-scamper-gz": (",22.7,1", ""),
    "70-places-semicolon-comma": ("", "separated by semicolons"),
    "78-pairs-header-comma": ("712,141           1 ", ""),
    "80-pairs-gz": ("712,141", ""),
    "81-pairs-utf16": ("712,141", ""),
    "84-pairs-micro": ("", "If they are microseconds"),
    "120-anycast-default-method": ("no single place can have given all answers", ""),
    "122-anycast-json": ('"conflict": [\n    "ams"', ""),
    "123-tiny-explain": ("159.00", ""),
    "124-exclusion-tiny-default-resolution": (" 104 ", ""),
    "90-monroe-null-island": ("12@1699999800,59.33,18.06", "0°, 0°"),
    "91-monroe-ms-timestamps": ("", "in milliseconds?"),
}  # fmt: skip
"""What must stand on standard output, and on standard error, of the conversion of each."""


@pytest.mark.parametrize("case", EXPECTED)
def test_a_kept_case_comes_out_right(case: str, shared: Path, tmp_path, monkeypatch, capsys):
    folder = shared / "cases" / case
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    shutil.copytree(folder, tmp_path / case)
    monkeypatch.chdir(tmp_path / case)
    command = (folder / "command.txt").read_text().split(";")[0]
    code = main(shlex.split(command)[1:])
    out, err = capsys.readouterr()
    wanted_out, wanted_err = EXPECTED[case]
    assert wanted_out in out and wanted_err in err
    refused = case in ("30-mtr-max-ttl", "91-monroe-ms-timestamps")
    empty = case in ("120-anycast-default-method", "122-anycast-json")
    assert code == (2 if refused else 1 if empty else 0)
    if case == "06-ping-O-late-answers":
        assert "no answer" not in err


def test_a_tiny_region_is_explained_in_json_without_gaps(shared: Path, monkeypatch, capsys):
    folder = shared / "cases" / "123-tiny-explain"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    monkeypatch.chdir(folder)
    assert main(["explain", "pairs.csv", "t", "--json"]) == 0
    text = capsys.readouterr().out
    assert "null" not in text and "NaN" not in text
    ams, rtm = json.loads(text)["landmarks"]
    assert ams["landmark"] == "ams" and ams["radius_km"] == pytest.approx(5.1, abs=0.05)
    # Without ams, rtm's disc of about 61 km remains.
    assert ams["factor"] == pytest.approx((rtm["radius_km"] / ams["radius_km"]) ** 2, rel=0.2)


def test_whole_milliseconds_accuse_nobody(shared: Path, tmp_path: Path, monkeypatch, capsys):
    folder = shared / "cases" / "38-ping-windows-whole-ms"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    shutil.copytree(folder, tmp_path / "c")
    monkeypatch.chdir(tmp_path / "c")
    first, second = (folder / "command.txt").read_text().split(";")
    assert main(shlex.split(first)[1:]) == 0
    rows = (tmp_path / "c" / "p.csv").read_text().splitlines()
    assert sorted(row.split(",")[6] for row in rows[1:]) == ["1", "2", "3"], "as they were read"
    mesh = read_mesh("p.csv")
    assert sorted(mesh.pairs["rtt_ms"]) == [2, 3, 4], "and what they cannot exceed"
    capsys.readouterr()
    assert main(shlex.split(second)[1:]) == 0
    assert "set by lon, par, ams" in capsys.readouterr().out
    found = locate(mesh, "192.0.2.39", method="exclusion", resolution_km=10)
    assert found.region.contains(4.35, 50.85) and not found.conflict, "Brussels"
