"""What goes into the page for the map to play with: escaped, the same every time, HTML only."""

import json
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from rttgeo.mesh import Mesh, Provenance, nodes
from rttgeo.paper.documents import pandoc_path, write_html
from rttgeo.paper.interactive import figure_data, interactive_figure, script_safe_json

NASTY = "</script><script>alert(1)</script> ``` <!-- & \u2028 \"quoted\" 'name'"
HEAD = "---\ntitle: T\nsubtitle: S\nversion: '0'\ndate: '2026'\nauthor: [A]\nabstract: A\n---\n\n# One\n\n"


@pytest.fixture
def nasty_mesh() -> Mesh:
    landmarks = nodes([NASTY, "b"], [8.0, 9.0], [47.0, 48.0])
    targets = nodes(["t" + NASTY, "lost"], [8.5, np.nan], [47.5, np.nan])
    pairs = pd.DataFrame({"target": [0, 0, 1], "landmark": [0, 1, 1], "rtt_ms": [3.25, 4.0, 9.5]})
    return Mesh.build(landmarks, targets, pairs, Provenance(NASTY, "measured", statistic=NASTY))


def test_names_cannot_break_out_of_the_page(root, nasty_mesh, tmp_path):
    text = tmp_path / "paper.md"
    text.write_text(HEAD + interactive_figure(root / "paper", [nasty_mesh]), encoding="utf-8")
    html = write_html(text, root / "paper", tmp_path / "paper.html").read_text(encoding="utf-8")
    assert "alert(1)" in html and "<script>alert" not in html
    data = re.search(
        r'<script type="application/json" class="play-data">(.*?)</script>', html, re.S
    )
    assert json.loads(data[1]) == json.loads(script_safe_json(figure_data([nasty_mesh])))
    assert not re.search(r'(src|href)="https?://', html)


def test_presets_are_the_meshs_own(nasty_mesh):
    first, second = figure_data([nasty_mesh])["presets"]
    assert [p["rtt_ms"] for p in first["points"]] == [3.25, 4.0]
    assert first["points"][0]["name"] == NASTY and first["target"] == {"lon": 8.5, "lat": 47.5}
    assert second["target"] is None and second["tick_ms"] == 0
    assert all("measured" in p["name"] and "measured" in p["note"] for p in (first, second))


def test_simulated_only_when_nothing_is_measured_and_then_labelled(nasty_mesh):
    made_up = Mesh(
        nasty_mesh.landmarks, nasty_mesh.targets, nasty_mesh.pairs, Provenance("x", "simulated")
    )
    assert all("measured" in p["note"] for p in figure_data([made_up, nasty_mesh])["presets"])
    assert all("simulated" in p["note"] for p in figure_data([made_up])["presets"])
    nothing = nasty_mesh.where(np.zeros(len(nasty_mesh), dtype=bool))
    assert figure_data([nothing])["presets"] == []


@pytest.mark.parametrize(("form", "shown"), [("html5", "html"), ("typst", "pdf")])
def test_each_document_shows_its_own_part(root, tmp_path, form, shown):
    text = tmp_path / "text.md"
    text.write_text("::: {.only-html}\nword html\n:::\n\n::: {.only-pdf}\nword pdf\n:::\n")
    filter_ = root / "paper" / "filters" / "references.lua"
    command = [pandoc_path(), str(text), f"--to={form}", f"--lua-filter={filter_}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert re.findall(r"word (\w+)", done.stdout) == [shown]


def test_the_coastline_is_what_its_script_makes(root):
    script = root / "tools" / "convert_coastline_js.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
