"""On paper every page is dark on light, whatever the screen was before."""

import io

import numpy as np
import pytest
from PIL import Image
from typed import rttgeo as typed

import rttgeo
from rttgeo.figures.ecdf import error_ecdf
from rttgeo.mesh import Provenance
from rttgeo.paper.documents import write_html
from rttgeo.paper.interactive import city_list, figure_data, interactive_figure, play_html
from rttgeo.report.page import figure_section, page_of

pytestmark = pytest.mark.browser
HEAD = "---\ntitle: T\nsubtitle: S\nversion: '0'\ndate: '2026'\nauthor: [A]\nabstract: A\n---\n\n# One\n\n"
DARK = 90
"""Of 255: the ink of words and lines, or a surface that was meant for a dark screen."""
PINGS = """landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms
zurich,47.38,8.54,server,,,9.1
vienna,48.21,16.37,server,,,4.2
prague,50.08,14.44,server,,,7.9
"""


def map_page(command, folder, root):
    (folder / "pings.csv").write_text(PINGS)
    page = folder / "page.html"
    method = ("--method", "exclusion") if command == "locate" else ()
    done = typed(command, folder / "pings.csv", "--target", "server", *method, "--map", page)
    assert done.returncode == 0, done.stderr
    return page


def try_page(_, folder, root):
    told = {**figure_data([rttgeo.open_dataset("azure-2026")]), "cities": city_list(500)}
    page = folder / "try.html"
    page.write_text(f"<!doctype html><meta charset=utf-8>{play_html(root / 'paper', told)}")
    return page


def paper_page(_, folder, root):
    figure = interactive_figure(root / "paper", [rttgeo.open_dataset("azure-2026")])
    text = folder / "paper.md"
    text.write_text(f"{HEAD}::: {{.only-html}}\n{figure}\n:::\n", encoding="utf-8")
    return write_html(text, root / "paper", folder / "paper.html")


def report_page(_, folder, root):
    drawn = error_ecdf({"one": [1.0, 2.0]}, of="targets", provenance=Provenance("x", "measured"))
    page = folder / "report.html"
    page.write_text(page_of(f"<p>Words.</p>{figure_section(drawn)}", "Title", "x"))
    return page


PAGES = {
    "locate": map_page,
    "circles": map_page,
    "try": try_page,
    "paper": paper_page,
    "report": report_page,
}


@pytest.mark.parametrize("name", PAGES)
def test_paper_is_light_where_the_screen_is_dark(open_page, root, tmp_path, name):
    address = PAGES[name](name, tmp_path, root).as_uri()
    page = open_page(address, color_scheme="dark", viewport={"width": 800, "height": 1000})
    page.emulate_media(media="print")
    page.wait_for_timeout(300)
    seen = np.asarray(Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("L"))
    assert (seen < DARK).mean() < 0.1 and np.median(seen) > 200
