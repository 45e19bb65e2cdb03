"""The explorer as people have it, in a real browser without a network: under Voilà and in Lab."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
for needed in ("voila", "jupyterlab", "anywidget"):
    pytest.importorskip(needed, reason=f"{needed} is not installed")

SECONDS = 180
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 400, "height": 800}
NO_NEWS = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
)


@pytest.fixture(scope="module")
def serve(root, tmp_path_factory):
    """Start a Jupyter server on a copy of the explorer; the address at which it answers."""
    folder = tmp_path_factory.mktemp("notebooks")
    shutil.copy(root / "notebooks" / "explorer.ipynb", folder)
    home = tmp_path_factory.mktemp("home")
    shipped = str(root / "notebooks")
    environment = {
        **os.environ, "HOME": str(home), "JUPYTER_PATH": shipped, "JUPYTER_CONFIG_PATH": shipped,
        "PYTHONPATH": str(root),
    }  # fmt: skip
    running = []

    def started(*command: str) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        log = (home / f"{port}.log").open("w+")
        options = ("--no-browser", f"--port={port}")
        process = subprocess.Popen(
            [sys.executable, "-m", *command, *options],
            cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        running.append(process)
        address = f"http://127.0.0.1:{port}"
        end = time.monotonic() + SECONDS
        while not _answers(f"{address}/static/none"):
            if process.poll() is not None or time.monotonic() > end:
                log.seek(0)
                pytest.fail(f"{' '.join(command)} did not start:\n{log.read()[-2000:]}")
            time.sleep(0.3)
        return address

    yield started
    for process in running:
        process.terminate()
        process.wait(30)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def voila(serve):
    return serve("voila", "explorer.ipynb", "--template=rttgeo", "--Voila.ip=127.0.0.1")


@pytest.fixture(scope="module")
def lab(serve):
    options = ("--ip=127.0.0.1", "--allow-root", "--IdentityProvider.token=", *NO_NEWS)
    return serve("jupyter", "lab", *options) + "/lab/tree/explorer.ipynb"


class Driven:
    """The panel on a page, by what a person sees and touches."""

    def __init__(self, page):
        self.page = page
        page.wait_for_selector(".answer-map")
        self.fact("Region")

    def line(self, label: str):
        return self.page.locator(".widget-inline-hbox").filter(
            has=self.page.locator("label", has_text=label)
        )

    def fact(self, name: str) -> str:
        row = self.page.locator(".widget-html tr", has=self.page.locator("th", has_text=name))
        return row.locator("td").inner_text()

    def all(self) -> tuple[str, str, str]:
        """Region, vantage points, and the map as a picture."""
        picture = self.page.locator(".answer-map").evaluate("canvas => canvas.toDataURL()")
        return self.fact("Region"), self.fact("Vantage points"), picture

    def state(self, name: str) -> str:
        return self.page.locator(".answer").get_attribute(f"data-{name}")

    def point_at(self, name: str) -> None:
        """Put the mouse on a landmark."""
        x, y = self.page.locator(".answer").evaluate(
            """(root, name) => {
                const { map, scene } = root.answer;
                const { lon, lat } = scene.landmarks.find((one) => one.name === name);
                return map.placeToPixels(lon, lat).map((pixels) => pixels / map.ratio);
            }""",
            name,
        )
        self.page.locator(".answer-map").hover(position={"x": x, "y": y})

    def answer(self) -> str:
        """Number of the last answer, which comes when everything else of it is there."""
        return self.page.locator("[data-answer]").get_attribute("data-answer")

    def changed(self, act) -> tuple[str, str, str]:
        """Do something, and wait for an answer and for the map to come to rest."""
        before, last = self.answer(), None
        act()
        end = time.monotonic() + SECONDS
        still = 0
        while still < 4 or self.answer() == before:
            assert time.monotonic() < end, f"no answer after number {before}"
            self.page.wait_for_timeout(150)
            now = (self.answer(), *self.all())
            still, last = (still + 1 if now == last else 0), now
        return last[1:]

    def choose(self, label: str, option: str):
        return self.changed(lambda: self.line(label).locator("select").select_option(option))

    def slide(self, label: str, *keys: str):
        def press():
            handle = self.line(label).locator(".noUi-handle")
            handle.focus()
            for key in keys:
                handle.press(key)

        return self.changed(press)


def square_km(text: str) -> float:
    return float(text.removesuffix(" km²").replace(",", ""))


def test_every_control_of_the_page_changes_the_map_and_the_words(open_page, voila):
    panel = Driven(open_page(voila, viewport=WIDE))
    first, count, _ = panel.all()
    assert square_km(first) > 0 and "measured" in panel.fact("Data")
    assert "No answer can come from outside" in panel.page.inner_text("body")

    quickest = panel.page.locator(".answer").evaluate("r => r.answer.scene.landmarks[0].name")
    panel.point_at(quickest)
    said = re.compile(re.escape(quickest) + r": [\d.]+ ms, no farther than [\d,]+ km")
    panel.page.locator(".answer-said", has_text=said).wait_for()
    size = float(panel.state("size"))
    panel.page.mouse.wheel(0, -300)
    panel.page.wait_for_function(f"document.querySelector('.answer').dataset.size < {size}")

    region, fewer, _ = panel.slide("How many", "Home")
    assert int(fewer) == 1 < int(count) and square_km(region) > square_km(first)
    panel.slide("How many", "ArrowRight")
    region, more, _ = panel.slide("How many", "ArrowRight")
    assert int(more) == 3
    at_random, _, _ = panel.choose("Vantage points", "at random")
    assert square_km(at_random) != square_km(region)
    panel.slide("How many", "End")
    # A coarser clock never tells more.
    areas = [panel.slide("Clock ticks every", "ArrowRight")[0] for _ in range(4)]
    found = [square_km(area) for area in (first, *areas)]
    assert found == sorted(found) and found[-1] > found[0]
    panel.slide("Clock ticks every", "Home")

    panel.choose("Method", "calibrated")
    assert square_km(panel.fact("Region")) != square_km(first)
    assert "95 %" in panel.page.inner_text("body")
    panel.choose("Target", "Japan East")
    assert "Japan" in panel.page.locator(".widget-html li").first.inner_text()
    panel.choose("Method", "exclusion")
    panel.choose("Data set", "simulated-2017-07-11")
    assert "simulated" in panel.fact("Data")
    # Left where it is, the map does not follow.
    panel.page.get_by_label("Map follows the region").uncheck()
    view = panel.state("size"), panel.state("lon")
    panel.slide("How many", "Home")
    assert (panel.state("size"), panel.state("lon")) == view


def test_the_page_on_something_narrow(open_page, voila):
    panel = Driven(open_page(voila, viewport=NARROW))
    assert panel.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    box = panel.page.locator(".answer-map").bounding_box()
    assert box["x"] >= 0 and box["width"] > 300 and box["x"] + box["width"] <= NARROW["width"]


def test_the_page_is_light_or_dark_as_the_system_is(open_page, voila):
    panel = Driven(open_page(voila, viewport=WIDE, color_scheme="dark"))
    seen, dark_map = {}, panel.all()[2]
    for scheme in ("dark", "light"):
        panel.page.emulate_media(color_scheme=scheme)
        seen[scheme] = panel.page.evaluate(
            """() => {
                const of = (where) => getComputedStyle(where);
                const label = document.querySelector(".widget-label");
                return [of(document.body).backgroundColor, of(label).color];
            }"""
        )
    dark, light = seen["dark"], seen["light"]
    assert lightness(dark[0]) < 60 and lightness(dark[1]) > 180
    assert lightness(light[0]) > 200 and lightness(light[1]) < 80
    # The map is drawn anew with the next frame.
    panel.page.wait_for_function(
        "before => document.querySelector('.answer-map').toDataURL() !== before", arg=dark_map
    )


def lightness(color: str) -> float:
    """Mean of red, green and blue of ``rgb(…)`` or ``rgba(…)``."""
    return sum(float(one) for one in re.findall(r"[\d.]+", color)[:3]) / 3


def test_in_lab(open_page, lab):
    page = open_page(lab, viewport=WIDE)
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).first.click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    panel = Driven(page)
    first = square_km(panel.fact("Region"))
    region, count, _ = panel.slide("How many", "Home")
    assert int(count) == 1 and square_km(region) > first
    other, _, _ = panel.choose("Method", "cbg")
    assert square_km(other) < square_km(region)
    assert page.get_by_text("Jupyter news").count() == 0
