"""The page as Markdown and as HTML: for each section a sentence first, then its tables, then its plot."""

from __future__ import annotations

import base64
import math
import re
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt

from benchmarks.page.plotting import draw
from benchmarks.page.protocol import Curve, Found, Section, Table, Way, number
from rttgeo.machine.escaping import html
from rttgeo.machine.files import write_atomically, writing

HEAD = (
    "way",
    "kind",
    "a second",
    "time, × first row",
    "s",
    "s of processors",
    "peak MB",
    "what differs",
)
DPI = 120
GROWTH = ("what grows", "over", "from", "to", "power")
INTRODUCTION = (
    "Every section says what is measured, sets it beside other ways to do the same work and "
    "beside a limit that was measured in the same run. Read ratios, not times: they carry over "
    "to other machines. Inputs are made up from fixed seeds or simulated; nothing here says how "
    "accurate an answer is. A power of 1 means that twice as much takes twice as long."
)
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem;
  color: #1b1b1b; background: #fff }
table { border-collapse: collapse; font-size: .86rem; margin: .6rem 0 1.2rem; width: 100% }
th, td { padding: .22rem .55rem; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
th.n { white-space: normal }
tr.rttgeo td:first-child { font-weight: 600; color: #1f6fb2 }
tr.limit td:first-child { color: #8a5200 }
img { max-width: 100%; height: auto; background: #fff }
.wide { overflow-x: auto }
nav a { margin-right: .9rem }
.lead { font-size: 1.04rem }
.small { color: #555; font-size: .86rem }
caption { text-align: left; font-weight: 600; padding: .3rem 0 }
@media (prefers-color-scheme: dark) {
  body { background: #16181b; color: #e6e6e6 }
  th, td { border-color: #3a3d42 }
  a, tr.rttgeo td:first-child { color: #7db8e8 }
  tr.limit td:first-child { color: #e5ab5c }
  .small { color: #aaa }
}
"""


class Measured(NamedTuple):
    """A section and what it found, or why it found nothing."""

    section: Section
    found: Found
    seconds: float


class Page(NamedTuple):
    """All that was measured, on what machine."""

    machine: str
    seconds: float
    quick: bool
    parts: list[Measured]


def write(page: Page, folder: Path) -> Path:
    """Write ``bench.html``, ``bench.md`` and a plot of each section as SVG and PNG.

    Parameters
    ----------
    page
        What was measured.
    folder
        Where to.

    Returns
    -------
    pathlib.Path
        The HTML page.
    """
    plots = {}
    for part in page.parts:
        figure = draw(part.section, part.found)
        if figure is None:
            continue
        for form in ("svg", "png"):
            with writing(folder / f"bench-{part.section.name}.{form}") as file:
                figure.savefig(file, format=form, dpi=DPI)
        plt.close(figure)
        plots[part.section.name] = (folder / f"bench-{part.section.name}.svg").read_bytes()
    write_atomically(folder / "bench.md", markdown(page, set(plots)))
    return write_atomically(folder / "bench.html", as_html(page, plots))


def _about(page: Page) -> str:
    much = "a fraction of the work, to see the form of the page; " if page.quick else ""
    return f"{page.machine}; {much}{page.seconds:.0f} s in all"


def cells(table: Table, way: Way) -> tuple[str, ...]:
    """A row of a table, as texts.

    Parameters
    ----------
    table
        The table.
    way
        One of its ways.

    Returns
    -------
    tuple of str
        Under `HEAD`.
    """
    return (
        way.name,
        way.role,
        number(way.rate),
        number(table.times_ours(way)),
        number(way.seconds),
        "–" if math.isnan(way.cpu_seconds) else number(way.cpu_seconds),
        "–" if way.peak_mb is None else f"{way.peak_mb:,.0f}",
        way.says,
    )


def growth(curve: Curve) -> tuple[str, ...]:
    """A row of the table of growth, as texts.

    Parameters
    ----------
    curve
        The curve.

    Returns
    -------
    tuple of str
        Under `GROWTH`.
    """
    ends = (f"{curve.at[i]:,.0f}: {number(curve.value[i])} {curve.unit}" for i in (0, -1))
    return (curve.title, curve.over, *ends, f"{curve.exponent:.2f}")


def markdown(page: Page, plotted: set[str]) -> str:
    """Write the page as Markdown.

    Parameters
    ----------
    page
        What was measured.
    plotted
        Names of the sections that have a plot.

    Returns
    -------
    str
        Its text.
    """
    lines = ["# Benchmarks of rttgeo", "", f"*{_about(page)}.*", "", INTRODUCTION, ""]
    for section, found, seconds in page.parts:
        lines += [f"## {section.title}", "", found.sentence, "", f"*{_said(section, seconds)}*", ""]
        for table in found.tables:
            head = [*HEAD[:2], f"{table.unit} {HEAD[2]}", *HEAD[3:]]
            lines += [
                f"**{table.title}**",
                "",
                *_grid(head, [cells(table, way) for way in table.ways]),
                "",
            ]
        if found.curves:
            lines += [*_grid(list(GROWTH), [growth(one) for one in found.curves]), ""]
        lines += [f"Left out: {one}." for one in found.left_out] + [""] * bool(found.left_out)
        if section.name in plotted:
            lines += [f"![{section.title}](bench-{section.name}.svg)", ""]
    return "\n".join(lines)


def _said(section: Section, seconds: float) -> str:
    return (
        f"Measured: {section.measured} Beside it: {section.peers}. Limit: {section.limit}. "
        f"Took {seconds:.0f} s."
    )


def _grid(head: list[str], rows: list[tuple[str, ...]]) -> list[str]:
    right = {
        i
        for i in range(2, len(head))
        if rows and all(re.match(r"^[\d,.e–-]+$", row[i]) for row in rows)
    }
    marks = ["---:" if i in right else "---" for i in range(len(head))]
    return [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
        for row in (head, marks, *rows)
    ]


def as_html(page: Page, plots: dict[str, bytes]) -> str:
    """Write the page as one HTML file that loads nothing.

    Parameters
    ----------
    page
        What was measured.
    plots
        SVG of the sections that have one.

    Returns
    -------
    str
        Its text.
    """
    links = " ".join(
        f'<a href="#{one.section.name}">{html(one.section.title)}</a>' for one in page.parts
    )
    body = [
        "<h1>Benchmarks of rttgeo</h1>",
        f'<p class="small">{html(_about(page))}.</p>',
        f"<p>{html(INTRODUCTION)}</p>",
        f"<nav>{links}</nav>",
    ]
    for part in page.parts:
        body += _section(part, plots.get(part.section.name))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Benchmarks of rttgeo</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{STYLE}</style></head><body><main>\n"
        + "\n".join(body)
        + "\n</main></body></html>\n"
    )


def _section(part: Measured, plot: bytes | None) -> list[str]:
    section, found, seconds = part
    said = re.sub(r"`([^`]+)`", r"<code>\1</code>", html(found.sentence))
    body = [
        f'<h2 id="{section.name}">{html(section.title)}</h2>',
        f'<p class="lead">{said}</p>',
        f'<p class="small">{html(_said(section, seconds))}</p>',
    ]
    for table in found.tables:
        head = (*HEAD[:2], f"{table.unit} {HEAD[2]}", *HEAD[3:])
        rows = [(way.role, cells(table, way)) for way in table.ways]
        body.append(_html_table(table.title, head, rows))
    if found.curves:
        body.append(_html_table("Growth", GROWTH, [("", growth(one)) for one in found.curves]))
    body += [f'<p class="small">Left out: {html(one)}.</p>' for one in found.left_out]
    if plot is not None:
        held = base64.b64encode(plot).decode()
        words = f"Bars of the tables above, and growth on logarithmic axes: {section.title}"
        body.append(f'<img alt="{html(words)}" src="data:image/svg+xml;base64,{held}">')
    return body


def _html_table(title: str, head: tuple[str, ...], rows: list[tuple[str, tuple[str, ...]]]) -> str:
    right = {i for i in range(2, len(head) - (head[-1] == HEAD[-1]))}

    def line(tag: str, row: tuple[str, ...]) -> str:
        kinds = (' class="n"' if i in right else "" for i in range(len(row)))
        return "".join(
            f"<{tag}{kind}>{html(cell)}</{tag}>" for kind, cell in zip(kinds, row, strict=True)
        )

    body = "".join(f'<tr class="{role}">{line("td", row)}</tr>' for role, row in rows)
    return (
        f'<div class="wide"><table><caption>{html(title)}</caption>'
        f"<thead><tr>{line('th', head)}</tr></thead><tbody>{body}</tbody></table></div>"
    )
