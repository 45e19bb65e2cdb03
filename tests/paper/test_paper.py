"""`make paper`, end to end: for a mesh of one's own, twice the same bytes, after a kill, when broken."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pypdf import PdfReader

from rttgeo.paper import build_paper
from rttgeo.paper.references import UnknownReferenceError

HEADER = "landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms\n"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    rows = [
        f"l{i},{10 * i - 40},{30 * i - 100},t{j},{5 * j},{-20 * j},{20 + 7 * i + 3 * j}\n"
        for i in range(6)
        for j in range(4)
    ]
    path = tmp_path_factory.mktemp("table") / 'my "pings" <b>.csv'
    path.write_text(HEADER + "".join(rows))
    return path


def products(build: Path) -> dict[str, bytes]:
    files = [build / "paper.html", build / "paper.pdf"]
    files += [*(build / "figures").iterdir(), *(build / "results").iterdir()]
    return {str(file.relative_to(build)): file.read_bytes() for file in sorted(files)}


@pytest.fixture(scope="module")
def undisturbed(table, tmp_path_factory) -> Path:
    """The folder of a build from clean; whatever is built in it must leave its products as they are."""
    build = tmp_path_factory.mktemp("undisturbed") / "one"
    return build_paper([table], build=build).html.parent


def assert_same_bytes(build: Path, undisturbed: Path) -> None:
    ours, theirs = products(build), products(undisturbed)
    assert ours.keys() == theirs.keys() and len(ours) > 8
    assert [name for name in ours if ours[name] != theirs[name]] == []


def test_twice_from_clean_gives_the_same_bytes(table, undisturbed, tmp_path):
    # Another folder and another day: neither may show.
    assert_same_bytes(build_paper([table], build=tmp_path / "two").html.parent, undisturbed)


def test_a_mesh_of_ones_own_without_truth(tmp_path):
    path = tmp_path / "pings.csv"
    path.write_text(HEADER + 'here,47,8,"<script>alert(1)</script>",,,12\nthere,48,9,x,,,14\n')
    paper = build_paper([path], build=tmp_path / "build")
    html = paper.html.read_text()
    assert any("slope-us-per-km" in missing.names for missing in paper.not_applicable)
    assert "<script>alert" not in html
    # References may be followed by a reader; nothing is loaded from anywhere.
    assert not re.search(r'src="https?://', html), "the page asks the network"
    assert not re.search(r'<(link|script|img)[^>]+(src|href)="(?!data:)', html)
    text = "".join(page.extract_text() for page in PdfReader(paper.pdf).pages)
    assert "does not apply" in text and "pings" in text
    # For archives, and for readers who listen.
    about = PdfReader(paper.pdf).xmp_metadata.stream.get_data().decode()
    assert "<pdfaid:part>2<" in about and "<pdfuaid:part>1<" in about
    assert (paper.html.parent / "paper.jats.xml").read_text().startswith("<?xml")


def test_an_unknown_placeholder_stops_the_build_and_keeps_the_last_good_paper(
    table, undisturbed, root, tmp_path
):
    checkout = tmp_path / "checkout"
    for folder in ("notebooks", "paper"):
        shutil.copytree(root / folder, checkout / folder, ignore=shutil.ignore_patterns("build"))
    good = products(undisturbed)
    source = checkout / "paper" / "paper.md"
    whole = source.read_text()
    for added, said in (
        ('<< num("exclusion", datasets[0].name, "no-such-number") >>', "no-such-number"),
        ("See @fig:no-such-figure.", "no-such-figure"),
        ("See [@nobody2020nothing].", "nobody2020nothing"),
    ):
        source.write_text(f"{whole}\n{added}\n")
        with pytest.raises(UnknownReferenceError if "num(" in added else Exception, match=said):
            build_paper([table], root=checkout, build=undisturbed)
        assert products(undisturbed) == good


def test_killed_in_the_middle_and_again(table, undisturbed, tmp_path):
    build = tmp_path / "build"
    command = [sys.executable, "-m", "rttgeo", "paper", "--mesh", str(table), "--build", str(build)]
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 120
    while not list(build.glob("results/*.json")) and time.monotonic() < deadline:
        time.sleep(0.1)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert not (build / "paper.html").exists()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert_same_bytes(build, undisturbed)


def test_bad_input_is_one_line_and_exit_code_2(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(HEADER + "a,95,1,b,2,3,4\n")
    command = [sys.executable, "-m", "rttgeo", "paper", "--build", str(tmp_path / "b"), "--mesh"]
    for given, said in (
        (str(path), "line 2"),
        ("nothing.csv", "no such file"),
        ("no-set", "no data"),
    ):
        done = subprocess.run([*command, given], capture_output=True, text=True, check=False)
        assert done.returncode == 2 and said in done.stderr
        assert "Traceback" not in done.stderr and done.stdout == ""
        assert len(done.stderr.strip().splitlines()) == 1


# Europe needs landmarks there; how low a delay must be, circles as small as the size asked about.
MAY_NOT_APPLY = {
    "map-europe",
    "needed-city-ms",
    "needed-country-ms",
    "luck-country-typical",
    "luck-country-chosen",
}


def test_a_real_mesh(shared, tmp_path):
    name = "aws-regions"
    paper = build_paper([shared / "data" / name / "pairs.csv"], build=tmp_path / "build")
    assert {n for m in paper.not_applicable for n in m.names} <= MAY_NOT_APPLY
    pages = PdfReader(paper.pdf).pages
    assert len(pages) >= 2 and name in pages[0].extract_text()
