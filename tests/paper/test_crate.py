"""What a build says of itself, and where it is built."""

import hashlib
import json

import pandas as pd
import pytest

import rttgeo
from rttgeo.mesh import Provenance
from rttgeo.paper.build import default_build
from rttgeo.paper.crate import write_crate


def test_a_crate_lists_every_file_with_its_digest(tmp_path):
    paper = tmp_path / "figures" / "a.svg"
    paper.parent.mkdir()
    paper.write_text("<svg/>")
    sources = [Provenance("one", "measured", licence="CC BY 4.0"), Provenance("two")]
    written = write_crate(tmp_path, [paper], sources, "2026-11-22")
    graph = {one["@id"]: one for one in json.loads(written.read_text())["@graph"]}
    assert graph["figures/a.svg"]["sha256"] == hashlib.sha256(b"<svg/>").hexdigest()
    assert graph["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    assert graph["#one"]["license"] == "CC BY 4.0" and "license" not in graph["#two"]
    named = [one["@id"] for key in ("hasPart", "isBasedOn") for one in graph["./"][key]]
    assert set(named) == {"figures/a.svg", "#one", "#two"} <= set(graph)


def pairs_mesh(name):
    columns = [
        "landmark",
        "landmark_lat",
        "landmark_lon",
        "target",
        "target_lat",
        "target_lon",
        "rtt_ms",
    ]
    frame = pd.DataFrame([["a", 1.0, 2.0, "b", 3.0, 4.0, 9.0]], columns=columns)
    return rttgeo.read_mesh(frame).renamed(name)


@pytest.mark.parametrize(
    ("own", "folder"),
    [
        ((), "paper/build"),
        (("my pings",), "paper/build/own/my-pings"),
        (("atlas-2017-07-11", "b"), "paper/build/own/atlas-2017-07-11+b"),
        (("../..",), "paper/build/own/mesh"),
    ],
)
def test_no_paper_takes_the_place_of_another(tmp_path, own, folder):
    meshes = [pairs_mesh(name) for name in own]
    assert default_build(tmp_path, meshes) == tmp_path / folder


def test_what_describes_the_project_agrees(root):
    import tomllib

    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    codemeta = json.loads((root / "codemeta.json").read_text())
    zenodo = json.loads((root / ".zenodo.json").read_text())
    citation = (root / "CITATION.cff").read_text()
    assert codemeta["version"] == zenodo["version"] == project["version"]
    assert f"version: {project['version']}" in citation and zenodo["title"] in citation
    assert (
        codemeta["license"].endswith(project["license"]) and zenodo["license"] == project["license"]
    )
    assert codemeta["runtimePlatform"].split()[-1] in project["requires-python"]


def test_every_table_of_the_text_is_labelled(root):
    """Typst numbers each table, the page only labelled ones: an unlabelled one sets them apart."""
    lines = (root / "paper" / "paper.md").read_text().splitlines()
    heads = [n for n, line in enumerate(lines) if line.startswith(("|:-", "|--"))]
    assert len(heads) >= 2
    for n in heads:
        before = next(line for line in reversed(lines[: n - 1]) if line.strip())
        assert before.startswith("::: {#tbl:"), lines[n - 1]
