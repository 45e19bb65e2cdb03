"""From the paper's one Markdown source to a self-contained HTML page and a PDF."""

from __future__ import annotations

import datetime
import shutil
import subprocess
import traceback
from pathlib import Path
from typing import Final, Literal

import jinja2

from rttgeo.errors import RttgeoError
from rttgeo.machine.escaping import markdown as literal
from rttgeo.machine.files import write_atomically
from rttgeo.paper.references import References, UnknownReferenceError, row

PDF_STANDARDS: Final[list[Literal["a-2a", "ua-1"]]] = ["a-2a", "ua-1"]
"""For archives and for readers who listen: typst refuses a figure or formula without a description."""
TITLES = {
    "azure-2026": "the cloud mesh",
    "clouds-2022": "the mesh of three clouds as published",
    "clouds-2022-audited": "the mesh of three clouds",
    "simulated-2017-07-11": "the stand-in of July 2017",
    "simulated-2017-10-02": "the stand-in of October 2017",
    "atlas-2017-07-11": "the original mesh of July 2017",
    "atlas-2017-10-02": "the original mesh of October 2017",
    "anchor-pings-2020": "the pings of anchors",
    "ip-geolocation-2026": "the database of 2026",
    "testbed-load-2026": "the testbed",
}
"""What running text calls the data sets that come with rttgeo; a reader's own keep their names."""

READER = "markdown+smart+fenced_divs+bracketed_spans+implicit_figures"


class DocumentError(RttgeoError):
    """The text cannot be turned into a document; the message is the tool's own."""


def title(dataset: str) -> str:
    """Name a data set as running text does.

    Parameters
    ----------
    dataset
        Its name in results files.

    Returns
    -------
    str
        Markdown.
    """
    return TITLES.get(dataset) or literal(dataset)


def render_text(template: Path, references: References, **context: object) -> str:
    """Resolve every reference in the Markdown of the paper.

    Parameters
    ----------
    template
        The source of the text.
    references
        What the notebooks produced.
    **context
        Further names that the text may use.

    Returns
    -------
    str
        Markdown.

    Raises
    ------
    UnknownReferenceError
        When the text names a number, figure or table that no notebook produced.
    DocumentError
        When the template itself is wrong, with its line.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template.parent),
        undefined=jinja2.StrictUndefined,
        variable_start_string="<<", variable_end_string=">>",
        block_start_string="<%", block_end_string="%>",
        comment_start_string="<#", comment_end_string="#>",
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False,
    )  # fmt: skip
    environment.filters["md"] = literal
    environment.filters["title"] = title
    names = {
        "num": references.number, "value": references.value, "fig": references.figure,
        "tbl": references.table, "has": references.has, "why_not": references.why_not,
        "missing": references.missing(), "run": references.run, "runs": references.runs,
        "row": row, "side_by_side": references.side_by_side, "origins": references.origins,
        "provenances": references.provenances(),
    }  # fmt: skip
    try:
        return environment.get_template(template.name).render(**names, **context)
    except jinja2.TemplateSyntaxError as error:
        raise DocumentError(
            f"{template.parent}/{error.name}, line {error.lineno}: {error}"
        ) from None
    except UnknownReferenceError as error:
        raise UnknownReferenceError(f"{_where(template, error)}: {error}") from None
    except (jinja2.TemplateError, TypeError, ValueError) as error:
        raise DocumentError(f"{_where(template, error)}: {error}") from None


def _where(template: Path, error: Exception) -> str:
    """Template and line in which an error was raised: Jinja puts its lines into the traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename) == template]
    return f"{template}, line {lines[-1]}" if lines else str(template)


def write_html(markdown: Path, sources: Path, output: Path) -> Path:
    """Write one self-contained page: styles, scripts and figures inside, equations as MathML.

    Parameters
    ----------
    markdown
        The paper, its references resolved.
    sources
        The folder ``paper`` with templates and filters.
    output
        The file to write.

    Returns
    -------
    Path
        The same path.

    Raises
    ------
    DocumentError
        When pandoc is missing or cannot read it.
    """
    page = _pandoc(
        markdown,
        sources,
        [
            "--to=html5", "--embed-resources", "--standalone", "--mathml", "--toc",
            "--toc-depth=2", "--number-sections", "--section-divs",
            f"--template={sources / 'templates' / 'paper.html'}",
            f"--css={sources / 'templates' / 'paper.css'}",
        ],
    )  # fmt: skip
    return write_atomically(output, page)


def write_pdf(markdown: Path, sources: Path, output: Path, *, date: datetime.date) -> Path:
    """Write a two-column PDF (PDF/A-2a, PDF/UA-1) by typst; the same source gives the same bytes.

    Parameters
    ----------
    markdown
        The paper, its references resolved.
    sources
        The folder ``paper`` with templates and filters.
    output
        The file to write.
    date
        Its date of creation.

    Returns
    -------
    Path
        The same path.

    Raises
    ------
    DocumentError
        When pandoc or typst cannot read it.
    """
    import typst

    text = _pandoc(
        markdown,
        sources,
        [
            "--to=typst", "--standalone", "--number-sections",
            f"--lua-filter={sources / 'filters' / 'typst-figures.lua'}",
            f"--template={sources / 'templates' / 'paper.typ'}",
        ],
    )  # fmt: skip
    source = write_atomically(markdown.with_suffix(".typ"), text)
    moment = datetime.datetime.combine(date, datetime.time(), tzinfo=datetime.UTC)
    try:
        pdf = typst.compile(
            str(source),
            root=str(markdown.parent),
            ignore_system_fonts=True,
            timestamp=int(moment.timestamp()),
            pdf_standards=[*PDF_STANDARDS],
        )
    except (typst.TypstError, RuntimeError) as error:
        raise DocumentError(f"{source}: {error}") from None
    return write_atomically(output, pdf)


def write_jats(markdown: Path, sources: Path, output: Path) -> Path:
    """Write JATS XML, which publishers and archives take.

    Parameters
    ----------
    markdown
        The paper, its references resolved.
    sources
        The folder ``paper`` with filters.
    output
        The file to write.

    Returns
    -------
    Path
        The same path.

    Raises
    ------
    DocumentError
        When pandoc is missing or cannot read it.
    """
    options = ["--to=jats_publishing", "--standalone", "--number-sections"]
    return write_atomically(output, _pandoc(markdown, sources, options))


def _pandoc(markdown: Path, sources: Path, options: list[str]) -> bytes:
    """What pandoc makes of the text, run in its folder; anything it warns of stops the build."""
    command = [
        pandoc_path(),
        markdown.name,
        f"--from={READER}",
        f"--lua-filter={sources / 'filters' / 'references.lua'}",
        "--citeproc",
        f"--bibliography={sources / 'references.bib'}",
        "--fail-if-warnings",
        "--wrap=none",
        "--output=-",
        *options,
    ]
    done = subprocess.run(command, cwd=markdown.parent, capture_output=True, check=False)
    if done.returncode:
        message = done.stderr.decode("utf-8", errors="replace").strip()
        raise DocumentError(f"pandoc stopped on {markdown}: {message}")
    return done.stdout


def pandoc_path() -> str:
    """Find pandoc: that which comes with pypandoc_binary, else the one on the path.

    Returns
    -------
    str
        Path of the program.

    Raises
    ------
    DocumentError
        When there is neither.
    """
    try:
        import pypandoc

        return str(pypandoc.get_pandoc_path())
    except (ImportError, OSError):
        found = shutil.which("pandoc")
        if found is None:
            raise DocumentError("pandoc is missing; install rttgeo[paper]") from None
        return found
