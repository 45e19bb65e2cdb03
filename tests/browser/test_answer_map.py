"""The map page of an answer in a real browser: it is drawn, it follows wheel, mouse, keys and list."""

import json
import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from typed import rttgeo

pytestmark = pytest.mark.browser
PINGS = """landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms
zurich,47.38,8.54,server,,,9.1
vienna,48.21,16.37,server,,,4.2
prague,50.08,14.44,server,,,7.9
zurich,47.38,8.54,"<b>other</b>",47,9,3.1
vienna,48.21,16.37,"<b>other</b>",47,9,12.2
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("map")
    (folder / "pings.csv").write_text(PINGS)
    page = folder / "map.html"
    done = rttgeo("locate", folder / "pings.csv", "--method", "exclusion", "--map", page)
    assert done.returncode == 0, done.stderr
    return page.as_uri()


@pytest.fixture
def page(open_page, url):
    return open_page(url, viewport={"width": 900, "height": 900})


def state(page, name):
    return page.locator(".answer").get_attribute(f"data-{name}")


def colours(page):
    script = """() => {
        const c = document.querySelector('.answer-map');
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        const seen = new Set();
        for (let i = 0; i < d.length; i += 4 * 97) seen.add(d[i] * 65536 + d[i + 1] * 256 + d[i + 2]);
        return seen.size;
    }"""
    return page.evaluate(script)


def test_the_map_takes_the_place_of_the_picture(page):
    assert (
        page.locator(".answer-map").is_visible()
        and not page.locator(".static img").first.is_visible()
    )
    assert colours(page) > 4


@pytest.mark.parametrize("switch", ["data-theme", "data-jp-theme-light"])
def test_the_map_is_drawn_anew_where_a_switch_turns_the_page_dark(page, switch):
    page.evaluate(
        "document.querySelector('.answer').answer.paint = () => { window.painted = true; }"
    )
    page.evaluate(f"document.body.setAttribute('{switch}', 'dark')")
    page.wait_for_function("window.painted")


def test_wheel_buttons_and_keys_zoom_and_home_goes_back(page):
    first = float(state(page, "size"))
    page.locator(".answer-map").hover(position={"x": 300, "y": 200})
    page.mouse.wheel(0, -300)
    page.wait_for_function(f"document.querySelector('.answer').dataset.size < {first}")
    page.locator(".answer-map").focus()
    page.keyboard.press("-")
    page.keyboard.press("0")
    assert float(state(page, "size")) == first
    page.locator(".answer-out").click()
    assert float(state(page, "size")) > first


def test_the_map_is_dragged(page):
    before = float(state(page, "lon"))
    page.locator(".answer-map").hover(position={"x": 300, "y": 100})
    page.mouse.down()
    page.mouse.move(500, 250, steps=4)
    page.mouse.up()
    assert float(state(page, "lon")) != before


def test_a_landmark_pointed_at_says_its_circle(page):
    page.locator(".answer-choice").select_option("1")
    page.locator(".answer-map").focus()
    page.keyboard.press("n")
    assert re.search(
        r"vienna: 4\.2 ms, no farther than 429 km", page.locator(".answer-said").inner_text()
    )
    page.keyboard.press("Escape")
    assert (
        "no farther than" not in page.locator(".answer-said").inner_text()
        and state(page, "chosen") == "-1"
    )


def test_several_targets_are_a_list_and_names_are_text(page):
    choice = page.locator(".answer-choice")
    assert choice.locator("option").all_inner_texts() == ["<b>other</b>", "server"]
    here = state(page, "lon")
    choice.select_option("1")
    assert state(page, "lon") != here


def test_the_data_on_the_page_are_json_that_no_name_can_leave(url):
    text = Path(unquote(urlsplit(url).path)).read_text(encoding="utf-8")
    island = re.search(r'class="answer-data">(.*?)</script>', text, re.DOTALL)[1]
    assert "<" not in island
    assert [target["name"] for target in json.loads(island)["targets"]] == [
        "<b>other</b>",
        "server",
    ]
    assert re.search(r"script-src 'sha256-[\w+/=]+'", text)


def test_the_key_names_what_is_shown_and_nothing_else(page):
    for label, stated in (("server", False), ("<b>other</b>", True)):
        page.locator(".answer-choice").select_option(label=label)
        assert page.locator("[data-part=truth]").is_visible() == stated
        assert page.locator("[data-part=region]").is_visible()
        assert not page.locator("[data-part=half]").is_visible()


def plain(name):
    letters = unicodedata.normalize("NFD", name)
    return "".join(one for one in letters if not unicodedata.combining(one)).lower()


def test_names_keep_clear_of_marks_and_of_each_other_and_likely_cities_are_named(page):
    page.locator(".answer-choice").select_option(label="server")
    script = """(root) => {
        const { map, scene } = root.answer;
        const likely = scene.likely.map((city) => city.name);
        return [map.taken, map.marked(scene).length, [...map.named.keys()], likely];
    }"""
    for _ in range(2):
        boxes, marks, named, likely = page.locator(".answer").evaluate(script)
        assert likely and {plain(name) for name in likely} <= set(named)
        assert len(boxes) == marks + len(named)
        for row, (left, top, right, bottom) in enumerate(boxes[marks:], marks):
            for west, north, east, south in boxes[:row]:
                assert right <= west or left >= east or bottom <= north or top >= south
        page.locator(".answer-in").click()


SPELT = """landmark,landmark_lat,landmark_lon,target,rtt_ms
dusseldorf,51.22,6.78,server,4.2
frankfurt,50.11,8.68,server,7.9
amsterdam,52.37,4.9,server,6.1
K\u00f6ln,50.93,6.95,server,3.2
"""


def test_a_city_is_named_once_however_it_is_spelt_and_landmarks_with_their_times(
    open_page, tmp_path
):
    (tmp_path / "pings.csv").write_text(SPELT, "utf-8")
    made = tmp_path / "map.html"
    assert rttgeo("locate", tmp_path / "pings.csv", "--map", made).returncode == 0
    page = open_page(made.as_uri(), viewport={"width": 1200, "height": 900})
    script = """(root) => {
        const { map, scene } = root.answer;
        const written = [];
        const pen = map.canvas.getContext("2d"), fill = pen.fillText;
        pen.fillText = (text, ...where) => { written.push(text); fill.call(pen, text, ...where); };
        map.draw(scene);
        return written;
    }"""
    for _ in range(3):
        written = page.locator(".answer").evaluate(script)
        for city in ("sseldorf", "rankfurt", "msterdam", "K\u00f6ln"):
            assert sum(city in text for text in written) <= 1, written
        page.locator(".answer-in").click()
    assert any(text.endswith(" ms") for text in written)
    assert any("may pass it by 50" in one for one in key_of(page))
    assert "one more ping that does not quite fit" in made.read_text("utf-8")


ANYWHERE = """landmark,landmark_lat,landmark_lon,target,rtt_ms
zurich,47.38,8.54,9.9.9.9,0.9
tokyo,35.68,139.69,9.9.9.9,1.5
sydney,-33.87,151.2,9.9.9.9,2.5
"""


def key_of(page):
    return [one.strip() for one in page.locator(".answer-key li:not([hidden])").all_inner_texts()]


def test_the_key_says_what_the_region_is(page, open_page, tmp_path):
    assert "all that is possible" in key_of(page)
    (tmp_path / "pings.csv").write_text(PINGS)
    made = tmp_path / "map.html"
    done = rttgeo("locate", tmp_path / "pings.csv", "--level", "0.9", "--map", made)
    assert done.returncode == 0, done.stderr
    assert {"90 % region", "50 % region"} <= set(key_of(open_page(made.as_uri())))


@pytest.mark.parametrize("command", ["locate", "circles"])
def test_what_contradicts_each_other_is_in_view(open_page, tmp_path, command):
    (tmp_path / "pings.csv").write_text(ANYWHERE)
    made = tmp_path / "map.html"
    one = ("--target", "9.9.9.9") if command == "circles" else ()
    done = rttgeo(command, tmp_path / "pings.csv", *one, "--map", made)
    assert done.returncode in (0, 1), done.stderr
    text = made.read_text(encoding="utf-8")
    (target,) = json.loads(re.search(r'class="answer-data">(.*?)</script>', text, re.DOTALL)[1])[
        "targets"
    ]
    assert target["regions"] == []
    # From Zürich to Tokyo or to Sydney.
    assert target["view"]["radius_km"] > 9_000
    open_page(made.as_uri())
