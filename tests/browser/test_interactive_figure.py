"""The map to play with in the HTML paper, in a real browser: by keyboard, mouse and touch."""

import itertools
import json

import numpy as np
import pytest

from rttgeo.catalogue.datasets import open_dataset
from rttgeo.cells.grid import Grid
from rttgeo.constants import HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.paper.documents import write_html
from rttgeo.paper.interactive import (
    TICKS_MS,
    city_list,
    figure_data,
    interactive_figure,
    play_html,
)

pytestmark = pytest.mark.browser
HEAD = "---\ntitle: T\nsubtitle: S\nversion: '0'\ndate: '2026'\nauthor: [A]\nabstract: A\n---\n\n# One\n\n"


@pytest.fixture(scope="module")
def mesh():
    return open_dataset("azure-2026")


@pytest.fixture(scope="module")
def url(root, mesh, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    text = folder / "paper.md"
    figure = interactive_figure(root / "paper", [mesh])
    text.write_text(f"{HEAD}::: {{.only-html}}\n{figure}\n:::\n", encoding="utf-8")
    return write_html(text, root / "paper", folder / "paper.html").as_uri()


def area(page) -> float:
    return float(page.locator(".play").get_attribute("data-area-km2"))


def count(page) -> int:
    return int(page.locator(".play").get_attribute("data-points"))


def said(page) -> str:
    return page.locator(".play-result").inner_text()


def seen_ms(rtt_ms: float, tick_ms: int) -> float:
    return tick_ms * (rtt_ms // tick_ms + 1) if tick_ms else rtt_ms


def grid_area(points, bound: str, tick_ms: int = 0) -> float:
    """The library's answer, on a grid that is fine against the smallest circle."""
    lon, lat, rtt = np.array([(p["lon"], p["lat"], p["rtt_ms"]) for p in points]).T
    radius = KM_PER_MS_RTT[bound] * np.array([seen_ms(value, tick_ms) for value in rtt])
    radius = np.minimum(radius, HALF_CIRCUMFERENCE_KM)
    return (
        Grid(resolution_km=float(np.clip(radius.min() / 40, 1, 26)))
        .intersection(lon, lat, radius)
        .area_km2
    )


@pytest.mark.parametrize("bound", ["fibre", "vacuum"])
def test_area_is_the_grids_and_grows_with_the_ticks(open_page, url, mesh, bound):
    page = open_page(url)
    presets = figure_data([mesh])["presets"]
    assert len(presets) == 3
    page.select_option(".play-bound", bound)
    for number, preset in enumerate(presets):
        page.select_option(".play-preset", str(number))
        assert "measured" in page.locator(".play-note").inner_text()
        found = []
        for place, tick_ms in enumerate(TICKS_MS):
            page.locator(".play-tick").fill(str(place))
            found.append(area(page))
            wanted = grid_area(preset["points"], bound, tick_ms)
            assert found[-1] == pytest.approx(wanted, rel=0.02)
            assert "inside" in said(page) or tick_ms == 0
        assert all(low <= high * (1 + 1e-12) for low, high in itertools.pairwise(found))
        assert found[-1] > 1.2 * found[0]


ODD = {
    "across ±180°": [(179.5, -17, 20), (-178, -20, 25)],
    "around the north pole": [(30, 88, 15), (-150, 80, 30)],
    "at the pole itself": [(0, 90, 12)],
    "at the south pole, met from Chile": [(0, -90, 40), (-70, -40, 50)],
    "more than a hemisphere": [(10, 50, 150)],
    "two larger than hemispheres: two parts or a ring": [(0, 0, 130), (180, 0, 130)],
    "many around an ocean": [(-150, 20, 60), (150, 10, 70), (-170, -40, 80), (175, 50, 75)],
    "next door": [(5, 45, 0.4), (5.2, 45, 0.5)],
    "a sliver": [(0, 0, 50), (91, 0, 50)],
}


@pytest.mark.parametrize("name", ODD)
def test_odd_places_typed_into_the_table(open_page, url, name):
    page = open_page(url)
    page.locator(".play-clear").click()
    for row, (lon, lat, rtt) in enumerate(ODD[name]):
        page.locator(".play-add").click()
        item = page.locator(".play-points li").nth(row)
        item.locator(".play-lat-input").fill(str(lat))
        item.locator(".play-lon-input").fill(str(lon))
        item.locator(".play-exact-input").fill(str(rtt))
    points = [{"lon": lon, "lat": lat, "rtt_ms": rtt} for lon, lat, rtt in ODD[name]]
    assert area(page) == pytest.approx(grid_area(points, "fibre"), rel=0.02)
    page.locator(".play-zoom").click()
    assert painted(page) > 400


def painted(page) -> int:
    """How many pixels of the map have the colour of the region over land or sea."""
    return page.evaluate(
        """() => {
          const canvas = document.querySelector(".play-map");
          const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
          let found = 0;
          for (let i = 0; i < data.length; i += 4) found += data[i] > data[i + 2] + 60 ? 1 : 0;
          return found;
        }"""
    )


def test_circles_that_contradict_each_other_and_none_at_all(open_page, url):
    page = open_page(url)
    page.locator(".play-clear").click()
    assert count(page) == 0 and "anywhere" in said(page)
    for row, lon in enumerate(("0", "90")):
        page.locator(".play-add").click()
        item = page.locator(".play-points li").nth(row)
        item.locator(".play-lon-input").fill(lon)
        item.locator(".play-exact-input").fill("20")
    assert area(page) == 0 and "No place is in all circles" in said(page)
    item.locator(".play-exact-input").fill("-3")
    assert item.locator(".play-exact-input").get_attribute("aria-invalid") == "true"
    assert area(page) == 0
    item.locator(".play-exact-input").fill("900")
    assert "excludes nothing" in item.inner_text() and area(page) > 0


def test_by_keyboard_alone(open_page, url):
    page = open_page(url)
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "play-map":
            break
    assert page.evaluate("document.activeElement.className") == "play-map"
    before = count(page)
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowLeft", "Enter"):
        page.keyboard.press(key)
    assert count(page) == before + 1
    place = page.evaluate("document.querySelector('.play').play.points.at(-1)")
    assert place["lon"] > 0 and place["lat"] > 20
    wide = area(page)
    rtt = page.locator(".play-points li").nth(before).locator(".play-exact-input")
    assert rtt.input_value() == "30"
    page.keyboard.press("+")
    assert rtt.input_value() == "31"
    page.keyboard.press("Delete")
    assert count(page) == before and area(page) != wide
    # Zoomed in, the cross is in the picture; walking out of it shows the world again.
    page.locator(".play-zoom").press("Enter")
    page.locator(".play-map").focus()
    inside = (
        "(() => { const p = document.querySelector('.play').play; return p.map.shows(p.cross) })()"
    )
    assert page.evaluate(inside)
    for _ in range(150):
        page.keyboard.press("ArrowLeft")
    assert page.evaluate(inside)
    assert page.locator(".play-zoom").get_attribute("aria-pressed") == "false"
    # The cross goes around the world and stops at the poles.
    for _ in range(100):
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowUp")
    cross = page.evaluate("document.querySelector('.play').play.cross")
    assert cross["lat"] == 90 and -180 <= cross["lon"] <= 180
    page.keyboard.press("z")
    pressed = page.locator(".play-zoom").get_attribute("aria-pressed")
    page.keyboard.press("z")
    assert pressed != page.locator(".play-zoom").get_attribute("aria-pressed")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "play-zoom"


def test_click_drag_choose_and_remove(open_page, url):
    page = open_page(url)
    page.locator(".play-clear").click()
    page.locator(".play-map").scroll_into_view_if_needed()
    box = page.locator(".play-map").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.click(*middle)
    point = page.evaluate("document.querySelector('.play').play.points[0]")
    assert abs(point["lon"]) < 1 and abs(point["lat"]) < 1
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 60, middle[1] - 40, steps=4)
    page.mouse.up()
    moved = page.evaluate("document.querySelector('.play').play.points[0]")
    assert count(page) == 1 and moved["lon"] > 15 and moved["lat"] > 10
    page.mouse.click(box["x"] + 2, box["y"] + 2)
    assert count(page) == 1, "beside the globe there is no place"
    page.get_by_label("Remove vantage point 1").click()
    assert count(page) == 0
    assert page.evaluate("document.activeElement.className") == "play-map"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_in_either_scheme(open_page, url, scheme):
    page = open_page(
        url,
        viewport={"width": 360, "height": 740},
        color_scheme=scheme,
        device_scale_factor=3,
        has_touch=True,
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for box in page.locator(".play :is(button, input, select, canvas):visible").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).map(b => [b.left, b.right, b.width, b.height])"
    ):
        assert box[0] >= 0 and box[1] <= 360 and min(box[2:]) >= 24
    before = count(page)
    map_ = page.locator(".play-map")
    map_.scroll_into_view_if_needed()
    box = map_.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.8)
    assert count(page) == before + 1
    sea = page.evaluate(
        "getComputedStyle(document.querySelector('.play')).getPropertyValue('--sea')"
    )
    dark = int(sea.strip()[1:3], 16) < 128
    assert dark == (scheme == "dark")
    ink, panel = page.evaluate(
        """() => { const s = getComputedStyle(document.querySelector(".play-result"));
        return [s.color, getComputedStyle(document.querySelector(".play")).backgroundColor]; }"""
    )
    assert contrast(ink, panel) > 7


def contrast(one: str, two: str) -> float:
    """Contrast ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = (
            np.array([float(v) for v in colour[colour.index("(") + 1 : -1].split(",")[:3]]) / 255
        )
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    low, high = sorted([luminance(one), luminance(two)])
    return (high + 0.05) / (low + 0.05)


def test_everything_has_a_name_for_screen_readers(open_page, url):
    page = open_page(url)
    names = page.locator(".play :is(button, input, select, canvas):visible").evaluate_all(
        "all => all.map(e => e.ariaLabel || e.labels?.[0]?.innerText || e.innerText)"
    )
    assert len(names) > 20 and all(name and name.strip() for name in names)
    assert page.locator(".play-result").get_attribute("aria-live") == "polite"


def test_constants_are_the_librarys(open_page, url):
    page = open_page(url)
    data = json.loads(page.locator(".play-data").text_content())
    assert {name: bound["km_per_ms"] for name, bound in data["bounds"].items()} == {
        name: KM_PER_MS_RTT[name] for name in ("fibre", "vacuum")
    }


def test_the_row_chosen_is_in_sight_and_paper_shows_the_map(open_page, url):
    page = open_page(url)
    for _ in range(4):
        page.locator(".play-add").click()
    list_, row = page.locator(".play-points"), page.locator(".play-points li.chosen")
    outer, inner = list_.bounding_box(), row.bounding_box()
    assert outer["y"] <= inner["y"] + 1
    assert inner["y"] + inner["height"] <= outer["y"] + outer["height"] + 1
    page.emulate_media(media="print")
    assert page.locator(".play-map").is_visible() and page.locator(".play-result").is_visible()
    assert not page.locator(".play-buttons").is_visible()


@pytest.fixture(scope="module")
def with_cities(root, mesh, tmp_path_factory):
    page = tmp_path_factory.mktemp("cities") / "try.html"
    told = {**figure_data([mesh]), "cities": city_list(500)}
    page.write_text(
        f"<!doctype html><meta charset=utf-8>{play_html(root / 'paper', told)}", encoding="utf-8"
    )
    return page.as_uri()


def test_cities_are_typed_by_name_and_those_inside_are_named(open_page, with_cities):
    page = open_page(with_cities)
    page.select_option(".play-preset", "-1")
    for city, ms in (("vienna", "4.2"), ("PRAGUE, cz", "7.9")):
        page.locator(".play-city").fill(city)
        page.locator(".play-city-ms").fill(ms)
        page.locator(".play-city-ms").press("Enter")
    assert count(page) == 2
    assert "The largest cities inside: " in said(page) and "Vienna, AT" in said(page)
    page.locator(".play-city").fill("Nowhere")
    page.locator(".play-city-ms").fill("1")
    page.locator(".play-city-ms").press("Enter")
    assert (
        count(page) == 2 and "No city of that name" in page.locator(".play-city-said").inner_text()
    )
    page.locator(".play-city").fill("Munich")
    assert page.locator(".play-city-said").inner_text() == ""


def test_parts_of_cities_are_not_offered_beside_them():
    names = {name for name, country, *_ in city_list() if country in ("HU", "US")}
    assert {"Budapest", "New York City"} <= names and not {"Pest", "Brooklyn"} & names


def test_the_papers_figure_has_no_cities_to_type(open_page, url):
    assert not open_page(url).locator(".play-cities").is_visible()
