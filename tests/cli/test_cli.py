"""The command line as a person meets it: help, wrong arguments, pipes, standard input, JSON."""

import base64
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from typed import besides_compiling, rttgeo

from rttgeo.cli.main import COMMANDS

TABLE = """landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms
zurich,47.38,8.54,server,,,9.1
vienna,48.21,16.37,server,,,4.2
prague,50.08,14.44,server,,,7.9
"""


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "pings.csv"
    path.write_text(TABLE)
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command):
    shown = rttgeo(command, "--help")
    assert shown.returncode == 0 and "Usage: rttgeo" in shown.stdout and shown.stderr == ""


def test_the_answer_comes_before_a_note_on_what_its_places_were_taken_for():
    pings = ("--ping", "Springfield=20", "--ping", "Chicago=12")
    code = (
        "import sys; sys.stderr = sys.stdout; "
        f"from rttgeo.cli.main import main; main({['locate', '-m', 'exclusion', *pings]!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    answer, note = map(done.stdout.index, ("The target can be", "note: Springfield: taken for"))
    assert answer < note and "Chicago: taken" not in done.stdout


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from rttgeo.cli.main import main; main(['--help']); "
        "heavy = {'numba', 'numpy', 'pandas', 'matplotlib', 'pyarrow', 'scipy', 'rich', 'requests'}; "
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "[]" and "locate" in done.stdout


def test_a_first_answer_loads_no_library_that_it_does_not_need(tmp_path):
    pings = tmp_path / "five.csv"
    rows = [
        "vie,48.21,16.37,4.2",
        "prg,50.08,14.44,7.9",
        "fra,50.11,8.68,12.4",
        "waw,52.23,21.01,15.0",
    ]
    head = "landmark,landmark_lat,landmark_lon,rtt_ms,target,target_lat,target_lon"
    pings.write_text("\n".join([head, *(f"{row},server,," for row in rows)]) + "\n")
    code = (
        f"import sys; from rttgeo.cli.main import main; main(['locate', {str(pings)!r}]); "
        "slow = {'scipy.spatial', 'scipy.special', 'scipy.optimize', 'scipy.sparse', 'matplotlib'}; "
        "print(sorted(slow & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip().endswith("[]") and "server is most likely" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such-command"], "no-such-command"),
        (["locat"], "Did you mean 'locate'?"),
        (["locate", "azure-2026", "--level", "2"], "--level"),
        (["locate", "azure-2026", "--map", "out.gif"], "out.gif"),
        (["locate", "azure-2026", "--output", "out.xyz"], "give --format"),
        (["locate", "azure-2026", "--json", "--format", "csv"], "exclude each other"),
        (["simulate", "--json"], "--output"),
        (["data", "provenance", "none"], "none"),
        (["completion", "tcsh"], "tcsh"),
        (["locate"], "give PAIRS"),
        (["locate", "none.csv"], "none.csv"),
        (["locate", "azure-2026", "--target", "Atlantis"], "Atlantis"),
        (["locate", "azure-2026", "--method", "magic"], "magic"),
        (["evaluate", "none.csv"], "none.csv"),
        (["audit", "none.csv"], "none.csv"),
        (["circles", "azure-2026", "--target", "Atlantis"], "Atlantis"),
        (["simulate", "--dataset", "no-such-set"], "no-such-set"),
        (["fetch", "no-such-set"], "no-such-set"),
        (["paper", "--mesh", "a.csv", "--dataset", "b"], "exclude each other"),
    ],
)
def test_wrong_arguments_are_exit_code_2_and_no_traceback(arguments, said):
    done = rttgeo(*arguments)
    assert done.returncode == 2 and said in done.stderr
    assert "Traceback" not in done.stderr and done.stdout == ""


def test_a_bad_row_is_one_line():
    done = rttgeo("locate", "-", stdin=TABLE + "x,99,0,server,,,1\n")
    assert done.returncode == 2 and "line 5" in done.stderr and "latitude" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_locate_from_standard_input_as_json_and_csv(table):
    found = json.loads(rttgeo("locate", "-", "--json", stdin=TABLE).stdout)
    assert "server" in json.dumps(found)
    lines = rttgeo("locate", table, "--format", "csv").stdout.splitlines()
    assert lines[0].startswith("method,target,lon,lat") and len(lines) == 2


def test_the_map_is_one_page_that_asks_nobody(table, tmp_path):
    hostile = tmp_path / "hostile.csv"
    hostile.write_text(table.read_text().replace("server", '"<script>alert(1)</script>"'))
    page = tmp_path / "map.html"
    done = rttgeo("locate", hostile, "--method", "exclusion", "--map", page)
    assert done.returncode == 0, done.stderr
    html = page.read_text(encoding="utf-8")
    assert "<script>alert" not in html
    assert 'src="http' not in html and "<link" not in html


def test_geojson_of_circles_is_geojson(table):
    done = rttgeo("circles", table, "--target", "server", "--format", "geojson")
    found = json.loads(done.stdout)
    assert found["type"] == "FeatureCollection" and len(found["features"]) == 3


def test_evaluate_writes_what_its_schema_says(tmp_path):
    from rttgeo.evaluation.report import json_schema

    out = tmp_path / "out.json"
    done = rttgeo("evaluate", "azure-2026", "--method", "shortest-ping", "--json", out)
    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text())
    jsonschema.validate(found, json_schema())
    assert found["meshes"][0]["targets"] == 50


def test_explain_says_which_landmarks_bound_and_where_to_measure_next(table):
    done = rttgeo("explain", table, "server", "--bound", "vacuum", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["target"] == "server" and found["bound"] == "vacuum"
    assert len(found["landmarks"]) == 3
    for one in found["landmarks"]:
        assert one["bounding"] == (one["factor"] > 1)
    shares = [place["area_left"] for place in found["measure_next"]]
    assert shares == sorted(shares, reverse=True) and all(0 < share < 1 for share in shares)
    assert all(place["name"] and place["country"] for place in found["measure_next"])
    text = rttgeo("explain", table, "server", "--all").stdout
    assert "Where to measure from next" in text and "further landmarks" not in text


def test_every_data_file_is_as_it_was_committed(tmp_path):
    done = rttgeo("data", "checksums", "--json")
    verdicts = {one["verdict"] for one in json.loads(done.stdout)["files"]}
    assert done.returncode == 0 and verdicts == {"good"}


def test_every_command_ends_quietly_when_its_reader_does():
    commands = ("circles azure-2026 -t 'UK South'", "audit azure-2026", "data", "fetch", "doctor")
    for command in commands:
        shell = f"{sys.executable} -m rttgeo {command} | head -c 1"
        done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=False)
        assert len(done.stdout) == 1 and besides_compiling(done.stderr) == "", command


def test_the_paper_says_that_it_needs_a_clone(tmp_path):
    source = Path(__file__).parents[2]
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(source / "rttgeo", tmp_path / "rttgeo", ignore=ignored)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "rttgeo", "paper"],
        cwd=elsewhere, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and done.stdout == ""
    assert "clone of rttgeo" in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_a_missing_extra_is_one_line(monkeypatch, capsys):
    main = importlib.import_module("rttgeo.cli.main")

    def without_jinja(_args):
        raise ModuleNotFoundError("No module named 'jinja2'", name="jinja2")

    monkeypatch.setattr(main, "_run", without_jinja)
    assert main.main(["paper"]) == 1
    assert "jinja2 is not installed; pip install 'rttgeo[paper" in capsys.readouterr().err


def test_explain_says_when_circles_contradict_each_other(tmp_path):
    path = tmp_path / "pings.csv"
    path.write_text(TABLE + "tokyo,35.7,139.7,server,,,4.2\n")
    done = rttgeo("explain", path, "server")
    assert done.returncode == 0, done.stderr
    assert "contradict each other" in done.stdout and "change nothing" not in done.stdout
    found = json.loads(rttgeo("explain", path, "server", "--json").stdout)
    assert "tokyo" in found["conflict"] and len(found["conflict"]) == 2
    assert [one["landmark"] for one in found["landmarks"] if one["bounding"]] == ["tokyo"]


def test_explain_draws_where_to_measure_next(table, tmp_path):
    for name in ("next.html", "next.svg"):
        done = rttgeo("explain", table, "server", "--map", tmp_path / name)
        assert done.returncode == 0, done.stderr
        assert name in done.stderr and "Where to measure from next" in done.stdout
    page = (tmp_path / "next.html").read_text(encoding="utf-8")
    assert "Where to measure server from next" in page and 'src="http' not in page
    first = done.stdout.partition("Where to measure from next")[2].splitlines()[3]
    name, left = first.split()[0], re.search(r"\d+ %", first)[0]
    told = re.search(r"at (.+?),? (?:where it )?is expected to leave (\d+ %)", page)
    assert told[1].startswith(name) and told[2] == left, "one number, of the same place"
    assert f"{left} of the area. The shades are" in page
    narrow = re.search(r'media="screen[^"]*" srcset="data:image/svg[^,]*,([^"]*)"', page)[1]
    points = float(re.search(rb'width="([\d.]+)pt"', base64.b64decode(narrow))[1])
    assert 6 * (390 - 16) / points > 8, "words of 8 pixels on a telephone"
    refused = rttgeo("explain", table, "server", "--map", tmp_path / "next.gif")
    assert refused.returncode == 2 and "next.gif" in refused.stderr and refused.stdout == ""


def test_own_pings_are_told_that_nothing_was_learnt(table, tmp_path):
    page = tmp_path / "map.html"
    done = rttgeo("locate", table, "--map", page)
    assert "that probability has not been checked here" in done.stdout
    assert "as good as what it learnt" not in done.stdout + page.read_text(encoding="utf-8")
    known = rttgeo("locate", "azure-2026", "--target", "UK South")
    assert "as good as what it learnt" in known.stdout


def test_evaluate_draws_errors_calibration_and_a_map(tmp_path):
    done = rttgeo("evaluate", "azure-2026", "--method", "exclusion", "--figures", tmp_path)
    assert done.returncode == 0, done.stderr
    drawn = {path.name.split("-")[0] for path in tmp_path.glob("*.png")}
    assert drawn == {"errors", "calibration", "strata", "map"}


def test_a_closed_pipe_is_quiet():
    shell = f"{sys.executable} -m rttgeo locate azure-2026 --method shortest-ping --format csv | head -1"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("method,") and besides_compiling(done.stderr) == ""


def test_simulate_writes_a_table_that_can_be_read(tmp_path):
    out = tmp_path / "mesh.csv"
    done = rttgeo("simulate", "--full-mesh", 20, "--output", out)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "mesh.csv.meta.json").read_text())["kind"] == "simulated"
    assert rttgeo("audit", out).returncode == 0


@pytest.mark.parametrize("what", [("--full-mesh", 20), ("--scale", 0.05)])
def test_simulate_plants_and_says_what(tmp_path, what):
    out, record = tmp_path / "mesh.parquet", tmp_path / "truth.json"
    plants = ("--misplaced", 2, "--anycast", 1, "--satellite", 1, "--planted", record)
    done = rttgeo("simulate", *what, *plants, "--output", out)
    assert done.returncode == 0, done.stderr
    truth = json.loads(record.read_text())
    assert [len(truth[k]) for k in ("misplaced", "anycast", "satellite")] == [2, 1, 1]


def test_doctor_finds_all_well():
    done = rttgeo("doctor", "--json")
    findings = json.loads(done.stdout)["findings"]
    assert done.returncode == 0 and any("just-in-time" in f["what"] for f in findings)


@pytest.mark.parametrize("command", ["locate", "evaluate"])
def test_the_methods_are_listed_without_a_table(command):
    done = rttgeo(command, "--method", "help")
    assert done.returncode == 0 and "calibrated (default)" in done.stdout.splitlines()


def test_colours_are_for_terminals_only(table):
    done = rttgeo("locate", table, "--method", "exclusion")
    assert done.returncode == 0 and "\x1b" not in done.stdout + done.stderr


@pytest.fixture
def on_path(tmp_path):
    """An environment in which `rttgeo` is a command, as after an installation."""
    script = tmp_path / "bin" / "rttgeo"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m rttgeo "$@"\n')
    script.chmod(0o755)
    here = {"PYTHONPATH": str(Path(__file__).parents[2]), "HOME": str(tmp_path)}
    return {**os.environ, **here, "PATH": f"{script.parent}{os.pathsep}{os.environ['PATH']}"}


BASH = """eval "$(rttgeo completion bash)" || exit 1
complete -p rttgeo >&2
COMP_WORDS=({words}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_rttgeo_completion rttgeo
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
FISH = "rttgeo completion fish | source; complete --do-complete '{words}'"
ZSH = """autoload -Uz compinit && compinit -u -d $HOME/dump
eval "$(rttgeo completion zsh)" || exit 1
compadd() { print -rl -- $completions $descriptions }
_describe() { print -rl -- ${(P)3} }
words=({words}) CURRENT=${#words}
_rttgeo_completion
"""


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["rttgeo", "loc"], "locate"),
        (["rttgeo", "circles", "--med"], "--medium"),
        (["rttgeo", "circles", "--medium", "vac"], "vacuum"),
    ],
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_sourced_by_the_shell(shell, words, found, on_path):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = {"bash": BASH, "fish": FISH, "zsh": ZSH}[shell]
    text = (
        script.format(words=" ".join(words))
        if shell == "bash"
        else script.replace("{words}", " ".join(words))
    )
    options = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    done = subprocess.run(
        [shell, *options, "-c", text], env=on_path, capture_output=True, text=True, check=False
    )
    offered = [line.split("\t")[0].split(":")[0] for line in done.stdout.splitlines()]
    assert found in offered, done.stdout + done.stderr


def test_the_audit_names_a_mislocation_and_cleans_it_away(tmp_path):
    mesh, truth, found, clean = (tmp_path / n for n in ("m.csv", "t.json", "f.json", "c.csv"))
    options = ("--misplaced", 2, "--seed", 1, "--planted", truth, "-o", mesh)
    assert rttgeo("simulate", "--full-mesh", 60, *options).returncode == 0
    done = rttgeo("audit", mesh, "--json", found, "--clean", clean)
    assert done.returncode == 0, done.stderr
    (one,) = json.loads(found.read_text())["meshes"]
    planted = set(json.loads(truth.read_text())["misplaced"])
    blamed = {node["node"] for node in one["misplaced"]}
    assert blamed and blamed <= planted
    assert one["exact"] and one["at_least"] == len(blamed)
    assert all(node["times_better"] > 1 for node in one["misplaced"])
    (again,) = json.loads(rttgeo("audit", clean, "--json").stdout)["meshes"]
    assert not again["violations"]
