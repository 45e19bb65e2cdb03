"""Every code sample of the documentation runs, and the site builds without a warning."""

import ast
import importlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import docutils.core
import pytest

from rttgeo.cli.main import COMMANDS

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if path.parent.name != "commands")
"""Those that somebody wrote: the pages of the commands are made by running them."""
PARTS = (
    "atlas",
    "auditing",
    "census",
    "estimators",
    "evaluation",
    "explore",
    "figures",
    "load",
    "measuring",
    "pairs",
    "paper",
    "passive",
    "simulate",
    "sources",
)
PACKAGES = ("rttgeo", *(f"rttgeo.{part}" for part in PARTS))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_samples_run_and_print_what_stands_below_them(page, tmp_path, monkeypatch, capsys):
    block = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", re.DOTALL | re.M)
    samples = block.findall(page.read_text(encoding="utf-8"))
    if not samples:
        pytest.skip("no code on this page")
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "sample"}
    printed = ""
    for code, told in samples:
        exec(compile(code, str(page), "exec"), names)
        printed += (said := capsys.readouterr().out)
        assert not told or said.split() == told.split()
    assert printed or not any("print" in code for code, _ in samples)


WIDEST = 90
"""Characters of code beside the menu of a page: more is out of sight at its right edge."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_is_not_cut_at_the_right_edge(page):
    blocks = re.findall(r"^```\w+\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.M)
    lines = "\n".join(blocks).splitlines()
    assert [line for line in lines if len(line) > WIDEST] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_beside_the_menu_and_breaks_sentences_itself(name):
    command = importlib.import_module(f"rttgeo.cli.{name}").command
    for one in (command, *getattr(command, "commands", {}).values()):
        for part in re.split(r"\n\s*\n", f"{one.help or ''}\n\n{one.epilog or ''}"):
            kept = part.removeprefix("\b\n").splitlines() if part.startswith("\b") else []
            assert [line for line in kept if len(line) > WIDEST] == []
            # What is kept as it stands is commands and columns: prose would look like code.
            assert not kept or any(line.startswith("  ") for line in kept), kept


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_shell_samples_name_commands_and_options_that_there_are(page):
    text = page.read_text(encoding="utf-8")
    samples = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.M)
    for line in "\n".join(samples).splitlines():
        for name, rest in re.findall(r"\brttgeo (\w+)([^|]*)", line):
            assert name in COMMANDS, line
            command = importlib.import_module(f"rttgeo.cli.{name}").command
            known = {option for parameter in command.params for option in parameter.opts}
            assert set(re.findall(r"(?<=\s)--?[a-z][a-z-]*", rest)) <= known, line


class _Page(HTMLParser):
    """What a page links to, what can be linked to on it, and what it loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links, self.anchors, self.loads = [], set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.anchors.update(filter(None, (given.get("id"), given.get("name"))))
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        loaded = given.get("src") or (given.get("href") if tag == "link" else None)
        if loaded and given.get("rel") not in ("next", "prev", "index", "search"):
            self.loads.append(loaded)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    done = subprocess.run(
        [*command, str(DOCS), str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_every_page_stands_alone_and_its_links_lead_somewhere(site):
    """Links to other sites cannot be followed without a network, and are not."""
    pages = {path: _Page(path) for path in site.rglob("*.html")}
    assert len(pages) > len(PAGES)
    broken = []
    for path, page in pages.items():
        for link in page.links + page.loads:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                assert link not in page.loads or parts.scheme == "data", f"{path.name} loads {link}"
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            there = target.exists()
            if there and parts.fragment and target in pages:
                there = unquote(parts.fragment) in pages[target].anchors
            if not there:
                broken.append(f"{path.relative_to(site)}: {link}")
    assert broken == []


def test_each_command_has_an_example_for_its_page(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    examples = importlib.import_module("commands").EXAMPLES
    assert list(examples) == list(COMMANDS)
    for name, several in examples.items():
        assert any(one.line.startswith(f"rttgeo {name}") for one in several), name


def test_tables_in_docstrings_of_modules_are_whole(root):
    """One row that lost its columns stops the whole documentation from being built."""
    for path in sorted((root / "rttgeo").rglob("*.py")):
        told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if "\n====" in told:
            docutils.core.publish_doctree(
                told, settings_overrides={"halt_level": 3, "report_level": 5}
            )


def test_the_reference_shows_every_module_that_gives_out_a_name(root):
    shown = set(re.findall(r"automodule:: ([\w.]+)", (root / "docs/reference.md").read_text()))
    for package in PACKAGES:
        module = importlib.import_module(package)
        given = [getattr(module, name) for name in module.__all__]
        homes = {one.__module__ for one in given if callable(one) and hasattr(one, "__module__")}
        assert not {home for home in homes if home.startswith("rttgeo.")} - shown, package


@pytest.mark.slow
def test_columns_of_help_stay_columns(site):
    text = (site / "commands" / "sanitise.html").read_text(encoding="utf-8")
    assert re.search(r"<pre>(<span></span>)?round {11}up to a multiple", text)
    for name in COMMANDS:
        page = (site / "commands" / f"{name}.html").read_text(encoding="utf-8")
        assert "line-block" not in page, name


@pytest.mark.slow
def test_the_reference_takes_docstrings_as_they_are_meant(site):
    """A colon in a sentence is no type, names that share a line are several, fields say what they are."""
    text = re.sub(r"<[^>]+>", "", (site / "reference.html").read_text(encoding="utf-8"))
    assert "Alias for field number" not in text
    assert "Softens the square of the distance: within a city" in " ".join(text.split())
    assert not re.search(r"\(\w+,\) (--|–)", text)


@pytest.mark.slow
def test_the_reference_has_every_public_name(site):
    anchors = _Page(site / "reference.html").anchors
    missing = []
    for package in PACKAGES:
        module = importlib.import_module(package)
        for name in module.__all__:
            home = getattr(getattr(module, name), "__module__", None)
            if not isinstance(home, str) or not callable(getattr(module, name)):
                continue  # a constant is documented where it is used
            if f"{home}.{name}" not in anchors:
                missing.append(f"{package}.{name} ({home})")
    assert missing == []


@pytest.mark.slow
def test_each_command_has_a_page_with_what_it_prints(site):
    for name in COMMANDS:
        path = site / "commands" / f"{name}.html"
        assert f"rttgeo-{name}" in _Page(path).anchors, name
        text = re.sub(r"<[^>]+>", "", path.read_text(encoding="utf-8"))
        assert f"$ rttgeo {name}" in text and "Traceback" not in text, name
        assert "rttgeo command" not in text and "No such option" not in text, name
    assert "--json" in (site / "commands" / "locate.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_no_page_shows_what_went_wrong_with_it(site):
    for path in site.rglob("*.html"):
        text = re.sub(r"<[^>]+>", "", path.read_text(encoding="utf-8"))
        for wrong in ("ERROR: ", "─\n─", "Unknown directive"):
            assert wrong not in text, f"{path.name}: {wrong!r}"
    assert "<math" not in (site / "howto" / "billion.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_figures_and_formulas_are_on_the_page(site):
    text = (site / "explanation.html").read_text(encoding="utf-8")
    assert text.count("<math") > 20 and "$$" not in text
    pictures = re.findall(r'src="(_images/[a-z]+\.svg)"', text)
    assert len(pictures) == 8
    for picture in pictures:
        assert ET.parse(site / picture).getroot().tag.endswith("svg")


def test_columns_of_numbers_stand_flush_right(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    columns = importlib.import_module("columns")
    page = (
        "=====  ========  ===================\nname   km        ratio\n"
        "=====  ========  ===================\n"
        "a      1,200 km  0.84 (0.39 to 2.54)\nb      –         1.02 (0.60 to 1.47)\n"
        "=====  ========  ===================\n"
    )
    tree = docutils.core.publish_doctree(page)
    columns.set_right(None, tree)
    marked = [
        entry.astext() for entry in tree.findall(docutils.nodes.entry) if "num" in entry["classes"]
    ]
    assert [one.replace("\u00a0", " ") for one in marked] == [
        "km", "ratio", "1,200 km", "0.84 (0.39 to 2.54)", "–", "1.02 (0.60 to 1.47)",
    ]  # fmt: skip
    assert "(0.39\u00a0to\u00a02.54)" in marked[3]
    style = (DOCS / "static" / "figures.css").read_text(encoding="utf-8")
    assert re.search(r":is\(\.num, \.text-right\) \{ text-align: right", style)
    assert "columns.set_right" in (DOCS / "conf.py").read_text(encoding="utf-8")
