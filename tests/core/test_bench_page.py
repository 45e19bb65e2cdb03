"""The page of benchmarks: its form, never a time."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from benchmarks import made_up
from benchmarks.page import paper
from benchmarks.page.__main__ import SECTIONS, machine, measure, numbers
from benchmarks.page.protocol import LIMIT, OURS, PEER, Curve, Found, Size, Table, Way, number
from benchmarks.page.writing import Measured, Page, as_html, markdown, write
from rttgeo.pairs.reading import read_mesh_report

QUICK = ("minima", "polygons", "paper")
"""Sections of the slow test: those that take a second."""


def table() -> Table:
    ways = [
        Way("ours", 2.0, 4.0, 1000, OURS, 120.0),
        Way("other | <b>", 1.0, 1.0, 10, PEER, None, "less"),
        Way("copy", 0.5, 0.5, 1000, LIMIT),
    ]
    return Table("a thousand", "targets", ways)


def test_ratios_are_of_the_same_amount_of_work():
    ours, other, copy = table().ways
    assert table().times_ours(ours) == 1
    assert table().times_ours(other) == pytest.approx(50)
    assert table().times_ours(copy) == pytest.approx(0.25)


def test_the_exponent_of_a_power_is_that_power():
    at = [10.0, 100, 1000]
    assert Curve("x", "rows", at, [3 * x**1.5 for x in at]).exponent == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("value", "text"), [(12345, "12,300"), (100, "100"), (3.14159, "3.14"), (0.00001, "1.0e-05")]
)
def test_numbers_have_three_digits(value, text):
    assert number(value) == text


def test_each_section_says_what_it_measures_beside_whom_and_which_limit():
    assert len({one.name for one in SECTIONS}) == len(SECTIONS) == 11
    for section in SECTIONS:
        assert section.name.isalpha() and section.measured.endswith(".")
        assert section.peers and section.limit and callable(section.run)


def test_a_page_says_a_sentence_and_then_its_table_and_escapes_names():
    found = Found("Ours is `quick`.", [table()], [Curve("c", "rows", [1, 2], [1, 2])], ("absent",))
    page = Page("2 cores", 3.0, True, [Measured(SECTIONS[0], found, 3.0)])
    text, html = markdown(page, set()), as_html(page, {})
    for one in (text, html):
        assert one.index("Ours is") < one.index("a thousand") < one.index("Left out: absent")
        assert "a fraction of the work" in one
    assert "<b>" not in html and "other | &lt;b&gt;" in html and "<code>quick</code>" in html
    rows = [line for line in text.splitlines() if line.startswith("| o")]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [9, 9]


def test_the_machine_has_no_name():
    assert re.fullmatch(r"\d+ cores, \w+, Python [\d.]+, load [\d.]+ at the start", machine())


def test_the_record_of_the_papers_build_is_read():
    log = (
        "   12.3 s  mesh.azure-2026\n    0.0 s  old.azure\n"
        "  182.4 s  this build in all (310 s of processors), 1,204 MB in its largest process\n"
    )
    found = paper.of_log(log)
    assert [(way.name, way.seconds) for way in found.tables[0].ways] == [
        ("the last build in all", 182.4),
        ("mesh.azure-2026", 12.3),
    ]
    assert "182 s (310 s of processors, 1,204 MB" in found.sentence
    assert not paper.of_log("").tables


def test_made_up_pairs_are_a_mesh_and_do_not_hang_on_their_number():
    small, large = (next(made_up.tables(n, 7, 2, seed=3)) for n in (4, 9))
    assert small.num_rows == 28
    assert large.slice(0, 28).to_pylist() == small.to_pylist()
    mesh, report = read_mesh_report(large)
    assert (len(mesh.landmarks), len(mesh.targets), len(mesh)) == (7, 9, 63)
    assert not report.skipped
    assert np.isfinite(mesh.target_lonlat[0]).sum() == 2
    # No pair may beat light: the places are known of the first two targets.
    own = np.isfinite(mesh.distance_km)
    assert (mesh.distance_km[own] < 102.2 * mesh.pairs["rtt_ms"].to_numpy()[own]).all()


@pytest.mark.slow
def test_a_quick_page_is_whole(tmp_path):
    sections = [one for one in SECTIONS if one.name in QUICK]
    page = measure(sections, Size(True, tmp_path), "2 cores")
    assert write(page, tmp_path) == tmp_path / "bench.html"
    text = (tmp_path / "bench.md").read_text()
    html = (tmp_path / "bench.html").read_text()
    for part in page.parts:
        assert text.index(part.section.title) < text.index(part.found.sentence)
        if part.section.name == "paper":
            continue
        roles = {way.role for way in part.found.tables[0].ways}
        assert roles == {OURS, PEER, LIMIT}
        assert all(np.isfinite(one.exponent) for one in part.found.curves) and part.found.curves
        name = f"bench-{part.section.name}"
        assert f"]({name}.svg)" in text and (tmp_path / f"{name}.png").stat().st_size > 5000
    # A plot of the paper stands there once it has been built.
    assert html.count("data:image/svg+xml;base64,") == text.count(".svg)") in (2, 3)
    assert not re.search(r'(src|href)="(?!#|data:)', html)
    assert [one["name"] for one in json.loads(json.dumps(numbers(page)))["sections"]] == [
        part.section.name for part in page.parts
    ]
