"""What the text refers to is there, or the build stops and names it."""

import json
import subprocess

import pandas as pd
import pytest

from rttgeo.errors import BadInputError, RttgeoError
from rttgeo.figures.style import finish, new_figure
from rttgeo.mesh import Provenance
from rttgeo.paper.claims import STAND_IN, claims, remark
from rttgeo.paper.documents import pandoc_path, render_text
from rttgeo.paper.pipe_table import pipe_table
from rttgeo.paper.references import References, UnknownReferenceError, row
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


@pytest.fixture
def two_runs(tmp_path):
    for dataset, kind in (("one", "measured"), ("two", "simulated")):
        results = Results("mesh", Provenance(dataset, kind), tmp_path)
        results.table("summary", pd.DataFrame({"": ["Pairs", dataset], dataset: ["3", "x"]}))
        figure = new_figure()
        other = [Provenance(dataset, kind), Provenance("two", "simulated")]
        results.figure("map", finish(figure, "A map.", {}, other))
        results.save()
    return References(sorted(tmp_path.glob("*.json")), "figures")


def test_a_figure_names_every_data_set_on_its_stamp(two_runs):
    text = two_runs.figure("mesh", "one", "map", "Here.")
    assert r"[one \(measured\)](#data-one); [two \(simulated\)](#data-two)" in text
    assert two_runs.figure("mesh", "two", "map", "Here.").count("#data-two") == 1


def test_tables_of_several_data_sets_stand_side_by_side(two_runs):
    text = two_runs.side_by_side("mesh", ["one", "two"], "summary", "All.")
    assert "|  | one | two |" in text and "| Pairs | 3 | 3 |" in text
    assert "| one | x | – |" in text and "| two | – | x |" in text and ".wide" in text


def test_every_figure_shown_is_in_the_table_of_origins(two_runs):
    for dataset in ("one", "two"):
        two_runs.figure("mesh", dataset, "map", "Here.")
    table = two_runs.origins("tbl:origins", "Origins.")
    assert "[@fig:mesh-one-map] | mesh |" in table and "[@fig:mesh-two-map] | mesh |" in table
    assert r"mesh\.two\.json" in table


def test_a_row_holds_figures_and_says_the_rest_below():
    figure = "![a](b.svg){#fig:x}"
    assert row(figure, figure).startswith("::: {.row}") and row(figure) == figure
    assert row(figure, "*There is none.*").split("\n\n") == [figure, "*There is none.*"]
    assert row() == ""


def test_numbers_of_a_column_have_the_same_digits():
    table = pipe_table(["a", "b"], [[131.62, 3.1], [9.3, 96.94], [None, 100.0]], "c", "tbl:x")
    assert "| 132 | 3 |" in table and "| 9 | 97 |" in table and "| – | 100 |" in table
    assert "| 0.245 |" in pipe_table(["a"], [[0.2448]], "c", "tbl:x")


def test_numbers_stand_flush_right_whether_they_are_texts_or_not():
    rows = [
        ["one", "0.13", 0.13, "9.3 ms", "0.84 (0.39 to 2.54)"],
        ["two", "8.2", None, "–", "1 (–)"],
    ]
    rule = pipe_table(["", "p", "q", "ms", "ratio"], rows, "c", "tbl:x").splitlines()[2]
    assert [cell.strip().endswith(":") for cell in rule.strip("|").split("|")] == [False] + 4 * [
        True
    ]


def claim_with(**more):
    return {
        "id": "x", "published": ["100", "7"], "stand_in": "fitted",
        "results": [["n", "july", "a"], ["n", "july", "b"]], **more,
    }  # fmt: skip


def build_of(tmp_path, dataset, a, b):
    results = Results("n", Provenance(dataset), tmp_path)
    results.number("a", a, "km")
    results.number("b", b)
    results.save()


def test_a_remark_says_how_far_off_the_values_at_hand_are(tmp_path):
    build_of(tmp_path, "simulated-2017-07-11", 104.0, 7)
    references = References(tmp_path.glob("*.json"), "figures")
    assert remark(references, claim_with()) == "fitted: +4\u202f%, 0"
    assert remark(references, claim_with(published=["104", "7"])) == "fitted: as published"
    assert remark(references, claim_with(published=["200", "7"])) == (
        "fitted and missed: \u221248\u202f%, 0"
    )
    build_of(tmp_path, "atlas-2017-07-11", 90.0, 7)
    references = References(sorted(tmp_path.glob("*.json")), "figures")
    assert remark(references, claim_with()).endswith("; fetched: \u221210\u202f%, 0")


def test_a_count_of_zero_is_explained_only_when_it_is_zero(tmp_path):
    zero = {"of": ["n", "july", "b"], "text": "since it is {}", "number": ["n", "july", "a"]}
    for count, said in ((0, True), (3, False)):
        build_of(tmp_path, "simulated-2017-07-11", 331.2, count)
        references = References(tmp_path.glob("*.json"), "figures")
        assert ("since it is 331\u00a0km" in remark(references, claim_with(zero=zero))) == said


def test_every_claim_is_there_and_says_what_it_rests_on():
    found = claims()
    assert len(found) == len({claim["id"] for claim in found}) == 28
    for claim in found:
        assert (
            claim.get("stand_in") in STAND_IN
            if claim["results"]
            else claim.get("why_not") or (claim.get("measured"))
        ), claim["id"]


TEXT = """::: {.row}
![One. [Data: [d (measured)](#data-d).]{.origin notebook="n" results="n.d.json"}](a.svg){#fig:a alt="A"}

![Two.](b.svg){#fig:b alt="B"}
:::

![Three.](c.svg){#fig:c alt="C"}

::: {#tbl:t .wide}
| a |
|---|
| 1 |

: Four.
:::

See @fig:a, @fig:b, @fig:c and @tbl:t.
"""


@pytest.mark.parametrize("form", ["html5", "typst"])
def test_rows_and_wide_tables_in_both_documents(root, tmp_path, form):
    (tmp_path / "text.md").write_text(TEXT)
    filters = ["references.lua"] + ["typst-figures.lua"] * (form == "typst")
    command = [pandoc_path(), "text.md", f"--to={form}", "--from=markdown+implicit_figures"]
    command += [f"--lua-filter={root / 'paper' / 'filters' / name}" for name in filters]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    text = done.stdout
    if form == "html5":
        assert 'class="row"' in text and text.count("<figure") == 3
        assert 'href="notebooks/n.d.ipynb"' in text and 'href="results/n.d.json"' in text
        assert [f"Figure\u00a0{n}" in text for n in (1, 2, 3)] == [True] * 3
    else:
        # All three float over both columns, so that none is cut off between floats.
        assert text.count('scope: "parent", float: true)[') == 3
        assert text.count("#grid(columns: (1fr, 1fr, )") == 1 and text.count("#figure(") == 4
        for label in ("<fig:a>", "<fig:b>", "<fig:c>", "<tbl:t>"):
            assert text.count(label) >= 2, "labelled, and referred to"
