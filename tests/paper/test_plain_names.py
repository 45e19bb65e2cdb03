"""What a reader of the paper sees in figures and tables are words, not the names that code goes by."""

import re

import pytest

from rttgeo.estimators import registry
from rttgeo.paper.claims import PAPERS, claims
from rttgeo.privacy import mechanisms

RAW = {
    *(name for name in registry.METHODS if re.search(r"[-+]", name)),
    *(name for name in mechanisms.MECHANISMS if "-" in name),
    *(claim["id"] for claim in claims()),
} - {"cbg++"}
"""Plain words among the names, such as noise, are what a reader would call it too."""
WORD = re.compile(r"[\w+]+(?:-[\w+]+)+")


def raw_names(text: str) -> set[str]:
    return RAW & set(WORD.findall(text))


def test_what_is_raw_is_found():
    assert raw_names("x calibrated-no-cities (95 %), wp-relerr") == {
        "calibrated-no-cities",
        "wp-relerr",
    }
    assert not raw_names("non-shortest-ping-like, shortest ping, no cities")


def test_every_method_mechanism_and_claim_has_a_plain_name():
    assert list(registry.TITLES) == list(registry.METHODS)
    assert list(mechanisms.TITLES) == list(mechanisms.MECHANISMS)
    named = [*registry.TITLES.values(), *mechanisms.TITLES.values()]
    assert len(set(named)) == len(named) and not raw_names(" ".join(named))
    assert {claim["id"].partition("-")[0] for claim in claims()} == set(PAPERS)
    assert registry.title("my_module:Mine") == "my_module:Mine"


def test_a_mechanism_with_its_parameter_is_said_as_people_say_it():
    said = {
        ("round", 10): "rounded up, 10 ms",
        ("drop-lowest", 1): "lowest withheld, 1 pair",
        ("drop-lowest", 3): "lowest withheld, 3 pairs",
        ("spin-disabled", 16): "pairs withheld, one in 16",
        ("none", 1): "as they are",
    }
    for (name, value), words in said.items():
        assert mechanisms.title(mechanisms.mechanism(name, float(value))) == words


def test_no_raw_name_in_figures_and_tables_of_the_paper(root):
    build = root / "paper" / "build"
    page = build / "paper.html"
    if not page.is_file():
        pytest.skip("the paper is not built here: make paper")
    text = page.read_text(encoding="utf-8")
    cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", text, re.DOTALL)
    # Set as code, a name is meant as what is typed.
    plain = [re.sub(r"<[^>]+>", " ", re.sub(r"<code.*?</code>", "", cell)) for cell in cells]
    described = re.findall(r'<img[^>]* alt="([^"]*)"', text)
    assert len(cells) > 100 and len(described) > 20
    for shown in (*plain, *described):
        assert not raw_names(shown), shown
    # In a figure as SVG the words stand as comments, or as text, beside their outlines.
    pictures = sorted((build / "figures").glob("*.svg"))
    assert pictures
    for picture in pictures:
        drawn = re.findall(
            r"<!-- (.*?) -->|<text[^>]*>(.*?)</text>", picture.read_text(), re.DOTALL
        )
        assert not raw_names(" ".join(map(" ".join, drawn))), picture.name
