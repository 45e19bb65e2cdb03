"""A mesh one side of which is at fault: who measured what cannot be, and what the paper uses of it."""

from __future__ import annotations

import csv

import numpy as np
import pandas as pd
import pytest
from pypdf import PdfReader

from rttgeo import Mesh, sphere
from rttgeo.auditing.report import audit
from rttgeo.catalogue import clouds
from rttgeo.data.shipped import data_path
from rttgeo.paper import build_paper
from rttgeo.paper.build import _jobs
from rttgeo.paper.edition import AUDITED, OnDisk, audited
from rttgeo.papers.sides import faulty_sides, operators, sides_table, without_sides

EACH = 5
"""Regions of each cloud; with ten landmarks left, the accuracy of methods can be compared."""


def regions() -> pd.DataFrame:
    known = pd.read_csv(data_path("clouds-2022/regions.csv"), index_col="region")
    return known.groupby(known.index.str.partition(":").get_level_values(0)).head(EACH)


def table(side: str = "gcp", too_short: float = 0.05) -> pd.DataFrame:
    """All regions to one another at 1.6 times fibre; three pairs in eight of one side too short."""
    known = regions()
    rows = []
    for number, (of, a) in enumerate(known.iterrows()):
        for other, (to, b) in enumerate(known.iterrows()):
            if of == to:
                continue
            km = float(sphere.distance_km(a["lon"], a["lat"], b["lon"], b["lat"]))
            rtt_ms = 2 + 1.6 * km / 102.12
            if of.startswith(side) and (number + other) % 8 < 3:
                rtt_ms *= too_short
            rows.append((of, a["lon"], a["lat"], to, b["lon"], b["lat"], rtt_ms))
    columns = ["landmark", "landmark_lon", "landmark_lat", "target", "target_lon", "target_lat"]
    return pd.DataFrame(rows, columns=[*columns, "rtt_ms"])


def beats_light(mesh: Mesh) -> np.ndarray:
    return mesh.distance_km > 149.896229 * mesh.pairs["rtt_ms"].to_numpy() + 50


def test_operators_are_read_from_names_or_there_are_none():
    assert operators(pd.Index(["aws:a", "azure:b", "gcp:c"])) == ("AWS", "Azure", "GCP")
    for names in (["aws:a", "b"], ["aws:a", "aws:b"], ["aws:", "gcp:x"], [":a", "b:c"], ["a", "b"]):
        assert operators(pd.Index(names)) is None, names


@pytest.mark.parametrize("side", ["aws", "azure", "gcp"])
def test_the_side_at_fault_is_the_one_that_was_made_so(side):
    mesh = Mesh.from_frame(table(side))
    bad = beats_light(mesh)
    sides = sides_table(mesh, bad).set_index("measured_by")
    assert sides["pairs"].sum() == len(mesh) and sides["impossible"].sum() == bad.sum() > 0
    (faulty,) = faulty_sides(mesh, bad)
    assert faulty.lower() == side and sides.drop(faulty)["impossible"].sum() == 0
    left = without_sides(mesh, (faulty,))
    assert len(left) == sides.drop(faulty)["pairs"].sum() and not beats_light(left).any()
    assert list(left.targets.index) == list(mesh.targets.index)


def test_possible_the_other_way_is_counted_pair_by_pair():
    mesh = Mesh.from_frame(table())
    bad = beats_light(mesh)
    names = [mesh.landmarks.index[mesh.pairs["landmark"]], mesh.targets.index[mesh.pairs["target"]]]
    found = {pair for pair, beats in zip(zip(*names, strict=True), bad, strict=True) if beats}
    expected = sum((to, of) not in found for of, to in found)
    assert 0 < expected < len(found)
    assert sides_table(mesh, bad)["sound_back"].sum() == expected
    # A pair that nobody measured the other way is not called possible there.
    alone = mesh.where(bad)
    assert not sides_table(alone, np.ones(len(alone), bool))["sound_back"].any()


def test_no_side_is_at_fault_where_all_or_none_are():
    mesh = Mesh.from_frame(table())
    assert faulty_sides(mesh, np.zeros(len(mesh), bool)) == ()
    assert faulty_sides(mesh, np.ones(len(mesh), bool)) == ()


def test_only_the_mesh_of_three_clouds_loses_a_side(tmp_path, root):
    mesh = Mesh.from_frame(table())
    own = audited(mesh.renamed("mine"), tmp_path / "mine.parquet", tmp_path)
    assert own.file == tmp_path / "mine.parquet" and len(own.mesh) == len(mesh)
    ours = audited(mesh.renamed(clouds.NAME), tmp_path / "x.parquet", tmp_path)
    assert ours.mesh.provenance.name == clouds.NAME + AUDITED and ours.file.is_file()
    assert ours.mesh.provenance.statistic.endswith("without what GCP measured")
    raw = OnDisk(mesh.renamed(clouds.NAME), tmp_path / "x.parquet")
    named = {job.name for job in _jobs(root, [raw], [ours], own=False)}
    assert {"mesh.clouds-2022", "faulty-side.clouds-2022"} <= named
    assert "exclusion.clouds-2022-audited" in named and "exclusion.clouds-2022" not in named
    assert "mesh.clouds-2022-audited" not in named
    without = {job.name for job in _jobs(root, [], [], own=False)}
    assert not any("clouds" in name for name in without)


@pytest.mark.slow
def test_a_paper_on_it_tells_of_the_fault_and_leaves_the_side_out(tmp_path, monkeypatch):
    monkeypatch.setenv("RTTGEO_DOWNLOADS", str(tmp_path / "downloads"))
    path = tmp_path / "downloads" / clouds.NAME / clouds.clouds_recipe()["file"]
    path.parent.mkdir(parents=True)
    with path.open("w", newline="") as file:
        made = csv.writer(file)
        made.writerow(clouds.COLUMNS)
        made.writerows(table()[["landmark", "target", "rtt_ms"]].itertuples(index=False))
    paper = build_paper([clouds.NAME], build=tmp_path / "build")
    text = "".join(page.extract_text() for page in PdfReader(paper.pdf).pages)
    text = " ".join(text.split())
    assert "A mesh with a faulty side" in text and "All of them were measured by GCP" in text
    names = {path.name for path in paper.results}
    assert "exclusion.clouds-2022-audited.json" in names
    assert "exclusion.clouds-2022.json" not in names


def test_the_real_mesh_is_as_the_documentation_says(shared, root):
    mesh = clouds.open_clouds(shared / "data" / clouds.NAME / "latency.csv")
    found = audit(mesh)
    assert not found.misplaced
    bad = np.zeros(len(mesh), dtype=bool)
    bad[found.impossible["pair"].to_numpy(dtype=int)] = True
    back = int(sides_table(mesh, bad)["sound_back"].sum())
    assert faulty_sides(mesh, bad) == ("GCP",)
    left = audit(without_sides(mesh, ("GCP",)))
    assert not len(left.impossible) and not left.misplaced
    page = " ".join((root / "docs" / "howto" / "audit.md").read_text(encoding="utf-8").split())
    assert f"all {bad.sum()} were measured by machines of the same cloud" in page
    assert f"and {back} of them are possible as measured in the other direction" in page
