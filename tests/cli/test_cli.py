"""The command line as a person meets it: help, wrong arguments, pipes, standard input, JSON."""

import json
import subprocess
import sys

import jsonschema
import pytest

from rttgeo.cli.main import COMMANDS

TABLE = """landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms
zurich,47.38,8.54,server,,,9.1
vienna,48.21,16.37,server,,,4.2
prague,50.08,14.44,server,,,7.9
"""


def rttgeo(*arguments, stdin=""):
    return subprocess.run(
        [sys.executable, "-m", "rttgeo", *map(str, arguments)],
        input=stdin, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "pings.csv"
    path.write_text(TABLE)
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command):
    shown = rttgeo(command, "--help")
    assert shown.returncode == 0 and "Usage: rttgeo" in shown.stdout and shown.stderr == ""


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from rttgeo.cli.main import main; main(['--help']); "
        "heavy = {'numba', 'numpy', 'pandas', 'matplotlib', 'pyarrow', 'scipy', 'rich', 'requests'}; "
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "[]" and "locate" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such-command"], "no-such-command"),
        (["locate"], "Missing argument"),
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
    from rttgeo.evaluate.report import json_schema

    out = tmp_path / "out.json"
    done = rttgeo("evaluate", "azure-2026", "--method", "shortest-ping", "--json", out)
    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text())
    jsonschema.validate(found, json_schema())
    assert found["meshes"][0]["targets"] == 50


def test_a_closed_pipe_is_quiet():
    shell = f"{sys.executable} -m rttgeo locate azure-2026 --method shortest-ping --format csv | head -1"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("method,") and done.stderr == ""


def test_simulate_writes_a_table_that_can_be_read(tmp_path):
    out = tmp_path / "mesh.csv"
    done = rttgeo("simulate", "--full-mesh", 20, "--output", out)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "mesh.csv.meta.json").read_text())["kind"] == "simulated"
    assert rttgeo("audit", out).returncode == 0


def test_doctor_finds_all_well():
    done = rttgeo("doctor", "--json")
    findings = json.loads(done.stdout)["findings"]
    assert done.returncode == 0 and any("just-in-time" in f["what"] for f in findings)
