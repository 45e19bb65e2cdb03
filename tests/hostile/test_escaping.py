"""Names that steer a terminal, run in a page or compute in a spreadsheet: in no medium raw."""

import csv
import io
import json
import unicodedata

import jsonschema
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rttgeo.cli import output
from rttgeo.cli.main import main
from rttgeo.machine import escaping
from rttgeo.mesh import Provenance
from rttgeo.pairs import read_mesh, write_mesh

EVIL = [
    "\x1b]0;title\x07\x1b[31mred", "\x9b31m", "\u202egnp.exe", "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>', "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "'=1",
    "$\\input{a}$ <<7*7>>", "```{=html}", "a\u2028b", "x" * 5000, "a\tb", "\u200b.", "]]>", "\x00z",
]  # fmt: skip


def steers(text):
    """Characters that a terminal acts on, or that turn the direction of writing."""
    return [
        c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co") and c not in "\n"
    ]


@given(st.text())
def test_nothing_that_steers_comes_through(text):
    for made in (escaping.printable(text), escaping.lines(text), escaping.html(text)):
        assert not steers(made)
    assert "\n" not in escaping.printable(text) + escaping.markdown(text)
    assert not set("<>\"'") & set(escaping.html(text))


@given(st.text())
def test_a_cell_computes_nothing_and_comes_back(text):
    cell = escaping.csv_cell(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert escaping.from_csv_cell(cell) == text


@given(st.recursive(st.text() | st.integers() | st.none(), st.lists, max_leaves=5))
def test_json_is_the_same_value_and_steers_nothing(value):
    text = output.to_json(value)
    assert json.loads(text) == value and not steers(text)


def table(folder):
    frame = pd.DataFrame(
        [
            {
                "landmark": f"{name}{i}", "landmark_lat": 10 * i - 40, "landmark_lon": 30 * i - 60,
                "target": f"{name}t", "target_lat": 5.5, "target_lon": j, "rtt_ms": 60 + 9 * i + j,
            }
            for j, name in enumerate(EVIL)
            for i in range(3)
        ]
    )  # fmt: skip
    path = folder / "evil.parquet"
    about = {"name": EVIL[0] + EVIL[3], "kind": "measured", "source": EVIL[0]}
    import pyarrow as pa
    import pyarrow.parquet as pq

    made = pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(made.replace_schema_metadata({"rttgeo": json.dumps(about)}), path)
    return path


COMMANDS = [
    ["audit", "PAIRS"], ["audit", "PAIRS", "--json"], ["circles", "PAIRS", "--target", "+1+1t"],
    ["circles", "PAIRS", "--target", "+1+1t", "--format", "csv"],
    ["circles", "PAIRS", "--target", EVIL[0] + "t", "--format", "json"],
    ["circles", "PAIRS", "--target", "nobody \x1b[31m"],
    ["locate", "PAIRS", "--method", "exclusion", "--resolution-km", "500"],
    ["locate", "PAIRS", "--method", "exclusion", "--resolution-km", "500", "--json"],
    ["locate", "PAIRS", "--method", "exclusion", "--resolution-km", "500", "--format", "geojson"],
    ["locate", "\x1b[31mnone.csv"], ["data", "\x1b[31m"], ["\x1b[31m"], ["locate", "--\x1b[31m"],
    ["explain", "PAIRS", EVIL[0] + "t", "--resolution-km", "500", "--json"],
    ["evaluate", "PAIRS", "--method", "exclusion", "--resolution-km", "500"],
    ["evaluate", "PAIRS", "--method", "exclusion", "--resolution-km", "500", "--json"],
    ["anycast", "PAIRS"], ["anycast", "PAIRS", "--json"], ["anycast", "PAIRS", "--format", "csv"],
    ["verify", "--declared", "--pairs", "PAIRS"], ["verify", "--declared", "--pairs", "PAIRS", "--json"],
    ["verify", "--declared", "--pairs", "PAIRS", "--format", "csv"],
    ["convert", "pairs", "PAIRS"], ["convert", "pairs", "PAIRS", "--to", "census"],
    ["passive", "PAIRS"], ["simulate", "\x1b[31m"], ["fetch", "\x1b[31m"],
]  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: repr(" ".join(words))[:60])
def test_no_command_lets_a_name_steer_the_terminal(words, tmp_path, capsys):
    path = table(tmp_path)
    code = main([str(path) if word == "PAIRS" else word for word in words])
    said = capsys.readouterr()
    assert code in (0, 1, 2) and said.out + said.err
    data = "csv" in words or words[0] == "convert"
    assert not steers(said.err)
    if data:
        rows = list(csv.reader(io.StringIO(said.out)))
        assert not any(cell[:1] in "=@\t" for row in rows for cell in row if cell)
    else:
        assert not steers(said.out)


KEPT = ("locate", "convert", "verify", "anycast")


@pytest.mark.parametrize(
    "words",
    [
        words
        for words in COMMANDS
        if "PAIRS" in words and words[0] in KEPT and "--json" not in words
    ],
    ids=lambda words: " ".join(words),
)
def test_no_command_lets_a_kept_attack_steer_the_terminal(words, shared, tmp_path, capsys):
    path = shared / "cases" / "hostile" / "hostile.csv"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    code = main([str(path) if word == "PAIRS" else word for word in words])
    said = capsys.readouterr()
    assert code in (0, 1, 2) and said.out + said.err and not steers(said.err)
    if "csv" in words or words[0] == "convert":
        rows = list(csv.reader(io.StringIO(said.out)))
        assert not any(cell[:1] in "=@\t" for row in rows for cell in row if cell)
    else:
        assert not steers(said.out)


def test_the_evaluation_of_such_a_mesh_follows_its_schema(tmp_path, capsys):
    given = ["evaluate", str(table(tmp_path)), "--method", "exclusion", "--resolution-km", "500"]
    assert main([*given, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert main(["evaluate", "--schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schema)
    (mesh,) = document["meshes"]
    assert mesh["targets"] == len(EVIL)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document | {"meshes": [mesh | {"targets": "many"}]}, schema)


def test_a_mesh_of_such_names_comes_back_from_csv(tmp_path):
    mesh = read_mesh(table(tmp_path))
    back = read_mesh(write_mesh(mesh, tmp_path / "back.csv"))
    assert list(back.landmarks.index) == list(mesh.landmarks.index)
    assert back.provenance == mesh.provenance
    rows = list(csv.reader((tmp_path / "back.csv").open(newline="")))
    assert not any(cell[:1] in ("=", "+", "@") for row in rows for cell in row)


def test_a_map_a_picture_and_a_notebook_show_no_raw_character(tmp_path):
    path = table(tmp_path)
    for ending in ("html", "svg"):
        made = tmp_path / f"map.{ending}"
        words = ["locate", str(path), "--target", EVIL[0] + "t", "--map", str(made)]
        assert main([*words, "--method", "exclusion", "--resolution-km", "500"]) == 0
        text = made.read_text(encoding="utf-8")
        assert not [c for c in steers(text) if c not in "\t\r"]
        assert "<script>alert" not in text and "<img src=x" not in text
    shown = read_mesh(path)._repr_html_()
    assert not steers(shown) and "<script>alert" not in shown


def test_a_stamp_holds_nothing_that_steers():
    assert not steers(Provenance("\x1b[31m", "measured").label())


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("try `rttgeo audit`.", "try <code>rttgeo audit</code>."),
        ("`<b>`", "<code>&lt;b&gt;</code>"),
        ("a ` alone <i>", "a ` alone &lt;i&gt;"),
    ],
)
def test_commands_between_backticks_are_code_and_nothing_is_markup(text, markup):
    assert escaping.html_prose(text) == markup
