"""Sphinx settings; `make docs` builds the site without any network."""

import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pypandoc
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.ext import napoleon
from sphinx.ext.napoleon import NumpyDocstring
from sphinx.writers.html5 import HTML5Translator

sys.path.insert(0, str(Path(__file__).resolve().parent))
import columns
import commands
import figures

from rttgeo import __version__

project = "rttgeo"
author = "The rttgeo authors"
project_copyright = "2026, the rttgeo authors"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_click"]
myst_enable_extensions = ["deflist", "dollarmath", "fieldlist"]
# Two sums of money in one sentence are no formula between dollars.
myst_dmath_allow_digits = False
myst_heading_anchors = 3
napoleon_google_docstring = False
napoleon_use_rtype = False
# Attributes are described in the class's docstring, once.
napoleon_use_ivar = True
# `numpy.object_` would be read as a reference.
napoleon_attr_annotations = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "undoc-members": False}
exclude_patterns = ["build", "generated"]
html_theme = "furo"
html_title = "rttgeo"
html_static_path = ["static"]
html_css_files = ["figures.css"]
html_math_renderer = "mathml"
# Docstrings name things in single backticks, as numpydoc has it: shown as code, not as links that
# would need an entry for each.
default_role = "code"
# "--json" in a text stays what one types.
smartquotes = False
nitpicky = False
# Help sets commands and columns in literal blocks: without a language, they are no Python.
highlight_language = "none"


@cache
def mathml(source: str, display: bool) -> str:
    """Formula as MathML, which browsers show without a script from anywhere."""
    marked = f"$${source}$$" if display else f"${source}$"
    made: str = pypandoc.convert_text(marked, "html", format="markdown", extra_args=["--mathml"])
    return made.strip().removeprefix("<p>").removesuffix("</p>")


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """A formula in a line."""
    self.body.append(mathml(node.astext(), False))
    raise nodes.SkipNode


def visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """A formula on a line of its own."""
    self.body.append(f'<div class="math">{mathml(node.astext(), True)}</div>\n')
    raise nodes.SkipNode


_OPTION = re.compile(r"(?<![\w-])(--[a-z]+(?:-[a-z]+)*)")


def lay_out_help(_app: Sphinx, _context: object, lines: list[str]) -> None:
    """Set what help sets in columns as it is in a terminal, and options as code."""
    made: list[str] = []
    for number, line in enumerate(lines):
        if not line.startswith("| "):
            parts = line.split("`")
            parts[::2] = [_OPTION.sub(r"``\1``", part) for part in parts[::2]]
            made.append("`".join(parts))
            continue
        if number == 0 or not lines[number - 1].startswith("| "):
            heads = not line.startswith("|  ") and lines[number + 1].startswith("|  ")
            made += [line[2:], "", "::", ""] if heads else ["::", "", f"   {line[2:]}"]
        else:
            made.append(f"   {line[2:]}")
    lines[:] = made


_SEVERAL = re.compile(r":ivar (\w+(?:, \w+)+): (.*)")


class Docstring(NumpyDocstring):
    """A docstring of a constant is prose: what stands before a colon in it is no type."""

    def _parse_attribute_docstring(self) -> list[str]:
        return list(self._consume_to_end())


def one_field_each(
    _app: Sphinx, _what: str, _name: str, _obj: object, _options: object, lines: list[str]
) -> None:
    """Describe attributes that share a line in a docstring (``lon, lat``) each by its name."""
    made: list[str] = []
    several, block = [], []
    for line in [*lines, ""]:
        if several and line.startswith(" "):
            block.append(line)
            continue
        for name in several:
            made += [f":ivar {name}: {block[0]}", *block[1:]]
        found = _SEVERAL.fullmatch(line)
        several, block = (found[1].split(", "), [found[2]]) if found else ([], [])
        made += [] if found else [line]
    lines[:] = made


def skip_fields(
    _app: Sphinx, _what: str, _name: str, obj: object, skip: bool, _options: object
) -> bool | None:
    """Fields of a named tuple are described with it: "alias for field number 0" says nothing."""
    told = getattr(obj, "__doc__", None) or ""
    return True if told.startswith("Alias for field number") else None


def without_quotes(_app: Sphinx, _context: object, lines: list[str]) -> None:
    """Show defaults as they are typed."""
    lines[:] = [re.sub(r"(:default: ``)'(.*)'``", r"\1\2``", line) for line in lines]


def leave_out(_app: Sphinx, _context: object, lines: list[str]) -> None:
    """Arguments are in the usage and in the text: a list that says "required" adds nothing."""
    lines.clear()


def make_what_is_derived(_app: Sphinx) -> None:
    """Draw the figures and run the commands that are missing or older than the library."""
    figures.draw_all()
    commands.write_all()


def menu_of_titles(
    app: Sphinx,
    _page: str,
    _template: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Keep the names of the reference out of the menu from the start.

    The theme shows titles only. For each page it would copy all two thousand names and throw them
    away, which took a fifth of the build.
    """
    made, contents = context["toctree"], app.env.tocs

    def toctree(**settings: object) -> str:
        whole = contents["reference"]
        contents["reference"] = whole.copy()
        title = whole[0].copy()
        title += whole[0][0].deepcopy()
        contents["reference"] += title
        try:
            return str(made(**settings))
        finally:
            contents["reference"] = whole

    context["toctree"] = toctree


def setup(app: Sphinx) -> None:
    """Formulas without a network, and figures of the library's own."""
    napoleon.NumpyDocstring = Docstring
    app.connect("autodoc-process-docstring", one_field_each, priority=900)
    app.connect("autodoc-skip-member", skip_fields)
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    # Before the theme, which makes the menu of a page.
    app.connect("html-page-context", menu_of_titles, priority=400)
    app.connect("builder-inited", make_what_is_derived)
    app.connect("doctree-read", columns.set_right)
    for part in ("description", "epilog"):
        app.connect(f"sphinx-click-process-{part}", lay_out_help)
    app.connect("sphinx-click-process-options", without_quotes)
    app.connect("sphinx-click-process-arguments", leave_out)
