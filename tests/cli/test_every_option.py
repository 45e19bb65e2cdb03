"""No option is passed over in silence: it changes the answer, is refused, or a note says so."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from rttgeo import sphere
from rttgeo.cli.main import main
from rttgeo.cli.sanitise import NAMES as MECHANISMS
from rttgeo.estimators import METHODS
from rttgeo.estimators.registry import DEFAULT_METHOD

NODES = {
    "paris": (2.35, 48.86), "vienna": (16.37, 48.21), "oslo": (10.75, 59.91), "rome": (12.5, 41.9),
    "kiev": (30.52, 50.45), "madrid": (-3.7, 40.42), "athens": (23.73, 37.98),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A table of seven nodes in two forms; the answers to one target contradict each other."""
    folder = tmp_path_factory.mktemp("options")
    rng = np.random.default_rng(5)
    rows = [
        (a, NODES[a][1], NODES[a][0], b, NODES[b][1], NODES[b][0],
         3 + float(sphere.distance_km(*NODES[a], *NODES[b])) / rng.uniform(50, 70))
        for a in NODES for b in NODES if a != b
    ]  # fmt: skip
    rows += [(a, NODES[a][1], NODES[a][0], "many", None, None, 0.5) for a in NODES]
    names = ["landmark", "landmark_lat", "landmark_lon", "target", "target_lat", "target_lon"]
    table = pd.DataFrame(rows, columns=[*names, "rtt_ms"])
    table.to_csv(folder / "pairs.csv", index=False)
    table.to_parquet(folder / "pairs.parquet", index=False)
    (folder / "sites.csv").write_text("name,lat,lon\nlyon,45.76,4.84\nbonn,50.73,7.1\n")
    return folder


@pytest.fixture
def answered(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)

    def run(*words):
        code = main([str(word) for word in words])
        return code, *capsys.readouterr()

    return run


def is_heard(plain, other) -> bool:
    """Whether the answer is another one, or a message says why not."""
    return other[0] == 2 or other[1] != plain[1] or len(other[2]) > len(plain[2])


@pytest.mark.parametrize("option", [("--level", 0.5), ("--resolution-km", 300)])
@pytest.mark.parametrize("method", METHODS)
def test_every_method_hears_every_option(method, option, answered):
    asked = ["locate", "pairs.csv", "-t", "paris", "-m", method, "--json"]
    assert is_heard(answered(*asked), answered(*asked, *option))


@pytest.mark.parametrize(
    "option",
    [
        ("--top", 2),
        ("--places", "sites.csv"),
        ("--candidates", "sites.csv"),
        ("--candidates", "sites.csv", "-o", "out.parquet", "--regions", "runs"),
        ("--regions", "none"),
        ("--target", "rome"),
    ],
)
def test_what_locate_is_asked_is_heard(option, answered):
    asked = ["locate", "pairs.csv", "-t", "paris", "-m", "exclusion"]
    assert is_heard(answered(*asked), answered(*asked, *option))


TABLE_READERS = [
    ("anycast",),
    ("verify", "--declared", "--pairs"),
    ("audit",),
    ("circles", "-t", "paris"),
    ("evaluate", "-m", "shortest-ping"),
    ("explain", "--resolution-km=300"),
    ("next",),
    ("privacy", "--no-mitigations"),
    ("sanitise", "--mechanism", "floor", "-o", "public.csv"),
    ("locate", "-m", "exclusion"),
]
"""Commands that take measurements, without the name of their table."""
NEEDS_A_TARGET = ("explain", "next")


@pytest.mark.parametrize("command", TABLE_READERS, ids=lambda words: words[0])
def test_every_command_reads_the_results_of_a_platform(command, answered, folder):
    """README: each takes a table, a file from a measurement platform, or the name of a data set."""
    records = [
        {"fw": 5020, "type": "ping", "af": 4, "dst_name": "paris", "dst_addr": "192.0.2.1",
         "prb_id": probe, "msm_id": 1, "timestamp": 1_600_000_000 + probe, "proto": "ICMP",
         "result": [{"rtt": rtt}]}
        for probe, rtt in ((1, 21.0), (2, 9.0), (3, 33.0))
    ]  # fmt: skip
    (folder / "results.json").write_text("\n".join(map(json.dumps, records)))
    (folder / "probes.csv").write_text(
        "name,lat,lon\n1,48.2,16.4\n2,50.7,7.1\n3,41.9,12.5\n192.0.2.1,48.86,2.35\n"
    )
    words = [word.replace("paris", "192.0.2.1") for word in command]
    named = ["192.0.2.1"] if command[0] in NEEDS_A_TARGET else []
    code, out, said = answered(*words, "results.json", *named, "--places", "probes.csv")
    assert "results.json: RIPE Atlas results" in said
    assert code == 0 and out, said


@pytest.mark.parametrize("command", [("anycast",), ("verify", "--declared", "--pairs"), ("audit",)])
def test_places_that_are_not_needed_are_noted(command, answered):
    asked = [*command, "pairs.csv"]
    found = answered(*asked, "--places", "sites.csv")
    assert "--places is ignored" in found[2]
    assert found[:2] == answered(*asked)[:2]


def test_places_are_not_for_typed_pings(answered):
    code, _, said = answered("locate", "--ping", "48.9,2.4=3", "--places", "sites.csv")
    assert code == 2 and "--places" in said


@pytest.mark.parametrize("method", ["exclusion", "calibrated"])
@pytest.mark.parametrize("form", ["out.json", "out.csv", "out.parquet", "shards"])
def test_a_target_without_a_place_gives_the_same_exit_code_in_every_form(
    method, form, answered, folder
):
    where = f"{form}-{method}/" if form == "shards" else form
    code, _, said = answered("locate", "pairs.parquet", "-m", method, "-o", where, "--level", 0.9)
    assert code == 1
    assert ("--level is ignored" in said) == (method == "exclusion")
    if form == "shards":
        # The region is empty by both, and no place is given by either.
        assert "1 of 8 targets" in said, said


def test_explain_hears_of_a_size_of_cells(answered):
    asked = ["explain", "pairs.csv", "paris"]
    assert is_heard(answered(*asked), answered(*asked, "--resolution-km", 300))


@pytest.mark.parametrize("target", ["paris", "many"])
def test_explain_says_of_a_target_what_locate_says(target, answered):
    (located,) = json.loads(answered("locate", "pairs.csv", "-t", target, "--json")[1])["estimates"]
    explained = json.loads(answered("explain", "pairs.csv", target, "--json")[1])
    same = ("target", "method", "lon", "lat", "notes", "note_kinds")
    assert [explained[name] for name in same] == [located[name] for name in same]
    assert explained["area95_km2"] == located["area_km2"]
    words = " ".join(answered("explain", "pairs.csv", target)[1].split())
    for note in located["notes"]:
        assert f"Note: {note}." in words
    assert ("no place and no region" in words) == (located["lon"] is None) == (target == "many")
    assert "nan" not in words


def test_nothing_is_drawn_where_nothing_is_left(answered):
    code, _, said = answered("explain", "pairs.csv", "many", "--map", "next.svg")
    assert code == 2 and "contradict each other" in said
    assert answered("next", "pairs.csv", "many")[2] == said


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_seed_is_ignored_only_where_nothing_is_random(mechanism, answered, folder):
    asked = ["sanitise", "pairs.csv", "-o", "public.csv", "--mechanism", mechanism]
    tables = []
    for seed in (1, 2):
        code, _, said = answered(*asked, "--seed", seed)
        assert code == 0
        tables.append((folder / "public.csv").read_text())
    assert ("--seed is ignored" in said) == (tables[0] == tables[1])


@pytest.mark.parametrize("command", ["explain", "next", "circles"])
def test_the_only_target_needs_no_name(command, answered, folder):
    lines = (folder / "pairs.csv").read_text().splitlines()
    one = [line for line in lines if ",paris," in line and not line.startswith("paris")]
    (folder / "one.csv").write_text("\n".join([lines[0], *one, ""]))
    named = ["-t", "paris"] if command == "circles" else ["paris"]
    assert answered(command, "one.csv") == answered(command, "one.csv", *named)
    code, _, said = answered(command, "pairs.csv")
    assert code == 2 and "8 targets: choose one " in said and "…" in said


def test_circles_begin_with_a_sentence(answered):
    said = answered("circles", "pairs.csv", "-t", "paris")[1].split("\n\n")[0]
    assert said.startswith("paris is within ") and said.endswith("light in fibre, the usual bound.")


def test_a_country_is_claimed_by_its_name(answered):
    typed = ["verify", "--ping", "50.1,8.7=8.1", "--ping", "48.2,16.4=1.3", "--claim"]
    assert answered(*typed, "germany") == answered(*typed, "DE")
    assert "no city 'Xyzzyland'" in answered(*typed, "Xyzzyland")[2]


def test_minima_say_what_was_left_out(answered, folder):
    records = [
        {"fw": 5020, "type": "ping", "af": 4, "dst_name": "a", "dst_addr": "192.0.2.1",
         "prb_id": probe, "msm_id": 1, "timestamp": 1_600_000_000, "proto": "ICMP",
         "result": [{"rtt": 9.0}, {"x": "*"}]}
        for probe in (1, 2, 77)
    ]  # fmt: skip
    (folder / "day.json").write_text("\n".join(map(json.dumps, records)))
    (folder / "some.csv").write_text("name,lat,lon\n1,48.2,16.4\n2,50.7,7.1\n")
    code, _, said = answered("minima", "day.json", "--places", "some.csv", "-o", "DAY")
    assert code == 0 and "2 pairs of 1 target, the minima of 2 samples in 1 file" in said
    assert "left out: 1 sample from sources without a place" in said
    assert "left out: 3 packets: no reply" in said


def test_explain_hears_of_a_method_or_says_which_it_can_hear_of(answered):
    asked = ["explain", "pairs.csv", "paris"]
    plain = answered(*asked)
    for method in METHODS:
        code, out, err = other = answered(*asked, "--method", method)
        assert is_heard(plain, other) or method == DEFAULT_METHOD
        assert (f"by the method {method}" in out) if code == 0 else (f"--method {method}" in err)
