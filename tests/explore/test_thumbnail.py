"""What a notebook shows of a mesh, a region and an estimate: words escaped, a small map right."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import rttgeo
from rttgeo.figures.thumbnail import HEIGHT, WIDTH, thumbnail

GRID = rttgeo.Grid(resolution_km=26)
PLACES = {"plain": (8.5, 47.4), "across ±180°": (179.5, -17.0), "at a pole": (20.0, 88.0)}
TABLE = b"""landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms
zurich,47.38,8.54,<script>alert(1)</script>,,,9.1
vienna,48.21,16.37,<script>alert(1)</script>,,,4.2
"""


def bars(svg: str) -> list[tuple[int, int, int]]:
    """Runs of pixels of the region: x, y, how many."""
    paths = ET.fromstring(svg).findall("path")
    found = re.findall(r"M(\d+) (\d+)h(\d+)v1", paths[1].get("d")) if len(paths) > 1 else []
    return [(int(x), int(y), int(count)) for x, y, count in found]


@pytest.mark.parametrize("name", PLACES)
def test_a_region_is_shaded_where_it_is(name):
    lon, lat = PLACES[name]
    svg = thumbnail(GRID.cap(lon, lat, 500.0), place=(lon, lat))
    shaded = bars(svg)
    assert shaded and all(x + count <= WIDTH and y < HEIGHT for x, y, count in shaded)
    (mark,) = ET.fromstring(svg).findall("circle")
    x, y = float(mark.get("cx")), float(mark.get("cy"))
    assert any(a <= x <= a + n and abs(b + 0.5 - y) <= 1 for a, b, n in shaded)


def test_nothing_is_shaded_of_an_empty_region_and_all_of_the_whole():
    assert bars(thumbnail(GRID.empty())) == []
    assert sum(count for _, _, count in bars(thumbnail(GRID.whole()))) == WIDTH * HEIGHT


def test_what_is_shown_is_escaped_and_says_its_data(tmp_path):
    path = tmp_path / "pings.csv"
    path.write_bytes(TABLE)
    mesh = rttgeo.read_mesh(path)
    estimate = rttgeo.locate(mesh, 0, method="exclusion")
    for shown in (mesh, estimate, estimate.region):
        text = shown._repr_html_()
        assert "<script" not in text and "http" not in text and "<svg" in text
    assert "pings (measured or simulated: not stated)" in mesh._repr_html_()
    assert "pings (measured or simulated: not stated)" in estimate._repr_html_()
    assert "1, of unknown place" in mesh._repr_html_()
    assert f"{estimate.area_km2:,.0f} km²" in estimate.region._repr_html_()


def test_marks_of_unknown_place_are_left_out():
    svg = thumbnail(dots=([8.5, np.nan], [47.4, np.nan]))
    assert len(ET.fromstring(svg).findall("circle")) == 1
