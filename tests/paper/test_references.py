"""What the text refers to is there, or the build stops and names it."""

import json

import pytest

from rttgeo.errors import BadInputError, RttgeoError
from rttgeo.mesh import Provenance
from rttgeo.paper.documents import render_text
from rttgeo.paper.references import References, UnknownReferenceError, pipe_table
from rttgeo.paper.results import Results


@pytest.fixture
def references(tmp_path):
    results = Results("linear", Provenance("cloud", "measured"), tmp_path)
    results.number("slope", 17.858, "µs/km")
    results.number("share", 30.04, "%")
    results.number("pairs", 13780)
    results.number("shift", -2.5, "ms")
    results.not_applicable("map", "no places")
    results.save()
    return References([tmp_path / "linear.cloud.json"], "figures")


def test_numbers_come_with_their_unit(references):
    assert references.number("linear", "cloud", "slope", ".1f") == "17.9\u00a0µs/km"
    assert references.number("linear", "cloud", "share", ".0f") == "30\u202f%"
    assert references.number("linear", "cloud", "pairs") == "13,780"
    assert references.number("linear", "cloud", "shift") == "\u22122.50\u00a0ms"


def test_an_unknown_name_is_named_with_the_nearest(references):
    with pytest.raises(UnknownReferenceError, match=r"'slop'.*did you mean 'slope'"):
        references.number("linear", "cloud", "slop")
    with pytest.raises(UnknownReferenceError, match="not part of this build"):
        references.number("linear", "other", "slope")
    with pytest.raises(UnknownReferenceError, match="does not apply"):
        references.value("linear", "cloud", "map")
    with pytest.raises(UnknownReferenceError, match="mapp"):
        references.has("linear", "cloud", "mapp")


def test_what_does_not_apply_says_why(references):
    assert not references.has("linear", "cloud", "map")
    assert "no places" in references.figure("linear", "cloud", "map", "A map")


def test_the_template_names_its_line(references, tmp_path):
    template = tmp_path / "t.md"
    template.write_text('one\ntwo << num("linear", "cloud", "nothing") >>\n')
    with pytest.raises(UnknownReferenceError, match=r"t\.md, line 2.*'nothing'"):
        render_text(template, references)
    template.write_text("one\n<< unknown_thing >>\n")
    with pytest.raises(RttgeoError, match=r"t\.md, line 2.*unknown_thing"):
        render_text(template, references)
    template.write_text("one\n<% if %>\n")
    with pytest.raises(RttgeoError, match="line 2"):
        render_text(template, references)


def test_results_refuse_what_the_paper_could_not_use(tmp_path):
    results = Results("n", Provenance("d"), tmp_path)
    results.number("a", 1)
    with pytest.raises(BadInputError, match="twice"):
        results.number("a", 2)
    with pytest.raises(BadInputError, match="nan"):
        results.number("b", float("nan"))
    with pytest.raises(BadInputError, match="lower-case"):
        results.number("B b", 1)
    content = json.loads(results.save().read_text())
    assert content["numbers"] == [{"name": "a", "value": 1, "unit": "", "dataset": "d"}]


def test_results_without_an_output_stay_in_memory():
    results = Results("n", Provenance("d"))
    results.number("a", 1)
    assert results.save() is None


def test_text_from_outside_is_literal_in_tables():
    table = pipe_table(["a"], [["<b>|*x*_[y](z)"]], "caption", "tbl:x")
    assert r"\<b\>\|\*x\*\_\[y\]\(z\)" in table
