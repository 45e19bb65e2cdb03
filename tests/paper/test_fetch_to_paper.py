"""From RIPE Atlas to the paper: a paper's own data set, fetched, and the paper redone on it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from rttgeo import atlas
from rttgeo.catalogue.datasets import open_dataset
from rttgeo.catalogue.samples import open_samples
from rttgeo.errors import NotThereError
from rttgeo.paper import build_paper
from rttgeo.paper.claims import claims

sys.path.insert(0, str(Path(__file__).parents[1] / "atlas"))
from atlas_server import AtlasServer
from test_atlas_simulated import simulated_world

pytestmark = pytest.mark.slow
JULY, OCTOBER = "atlas-2017-07-11", "atlas-2017-10-02"


SHARE = 0.03
"""Of the simulated probes and anchors: enough for all that the test looks at."""


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Both data sets, a small share of each, as a server in RIPE Atlas's place hands them out."""
    folder = tmp_path_factory.mktemp("fetched")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RTTGEO_DOWNLOADS", str(folder / "downloads"))
        for name in (JULY, OCTOBER):
            (folder / name).mkdir()
            world = simulated_world(name, SHARE, folder / name)
            with AtlasServer(world, folder) as server:
                report = atlas.fetch(
                    name, host=server.host, certificate=server.certificate, progress=False
                )
            assert report.complete, str(report)
        yield folder / "downloads"


def test_the_paper_is_redone_on_what_was_fetched(downloads: Path, tmp_path: Path):
    paper = build_paper([JULY, OCTOBER], build=tmp_path / "build")
    runs = {path.stem for path in paper.results}
    # The originals' examples are redone on the fetched data, not on what stands for them.
    assert {f"white-paper-pairs.{JULY}", f"pam-2018.{OCTOBER}", "load.testbed-load-2026"} <= runs
    assert not any("simulated" in run for run in runs)
    page = paper.html.read_text()
    assert "Fetched (simulated)" in page and "Simulated</th>" not in page
    begin = page.rindex("<table", 0, page.index("Fetched (simulated)</th>"))
    table = page[begin : page.index("</table>", begin)]
    assert table.count("white paper</td>") + table.count("PAM 2018</td>") == len(claims())
    mesh = open_dataset(JULY)
    count = sum(len(some.rtt_ms) for some in open_samples(JULY))
    pdf = "".join(p.extract_text() for p in PdfReader(paper.pdf).pages)
    assert f"{len(mesh.landmarks):,}" in pdf and f"{count:,}" in pdf
    # The server is not RIPE Atlas: nothing may call its answers measured.
    assert f"{JULY} (simulated)" in pdf and f"{JULY} (measured)" not in pdf


def test_samples_of_a_fetched_set_are_those_of_the_mesh(downloads: Path):
    mesh = open_dataset(JULY)
    (samples,) = open_samples(JULY, ["nl-ams-as3333"])
    pairs = samples.pairs().set_index("probe")
    of = mesh.of_target("nl-ams-as3333")
    probes = mesh.landmarks["probe"].to_numpy()[of.landmark]
    assert pairs.loc[probes, "rtt_ms"].to_numpy() == pytest.approx(of.rtt_ms)
    assert list(open_samples(JULY, ["no-such-anchor"])) == []
    with pytest.raises(NotThereError, match="azure"):
        open_samples("azure-2026")
