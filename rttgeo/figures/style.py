"""One look for every figure: sizes, colours, the stamp, and files whose bytes do not change.

Colours are those of Okabe and Ito (2008), which people with any of the common colour-vision
deficiencies tell apart, and which differ in lightness for print without colour.
"""

from __future__ import annotations

import dataclasses
import functools
import io
import math
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, Literal, ParamSpec, TypeVar

import matplotlib
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from matplotlib.ticker import NullFormatter

from rttgeo.errors import BadInputError
from rttgeo.machine.escaping import lines
from rttgeo.machine.files import write_atomically
from rttgeo.mesh import Provenance

Width = Literal["third", "column", "full"]
FOOT_MM: Final = 3.2
KEY_LINE_MM: Final = 3.9
NARROW_INCHES: Final = 5.0
SLENDER_INCHES: Final = 3.0
WIDTH_MM: Final[dict[str, float]] = {"third": 54.5, "column": 86.0, "full": 178.0}

BLACK: Final = "#000000"
ORANGE: Final = "#E69F00"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"
CYCLE: Final = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK)
DASHES: Final = ("-", (0, (5, 1.5)), (0, (1.5, 1)), (0, (5, 1.5, 1, 1.5)))
GREY: Final = "#8C8C8C"
PALE: Final = "#C9C9C9"
LAND: Final = "#E7E4DC"
BORDER: Final = "#B5AFA3"

STYLE: Final[Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 7.5,
    "axes.titlesize": 8,
    "axes.labelsize": 7.5,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#E3E3E3",
    "grid.linewidth": 0.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "lines.linewidth": 1.3,
    "lines.solid_capstyle": "round",
    "patch.linewidth": 0.6,
    "legend.frameon": True,
    "legend.framealpha": 0.85,
    "legend.edgecolor": "none",
    "legend.borderpad": 0.3,
    "legend.handlelength": 1.8,
    "figure.dpi": 150,
    "savefig.dpi": 240,
    "image.cmap": "cividis",
    "path.simplify": True,
    # Names of data sets and nodes may contain dollar signs.
    "text.parse_math": False,
    # Letters as outlines: the same on a machine without the font, and in typst.
    "svg.fonttype": "path",
    "svg.hashsalt": "rttgeo",
    "pdf.fonttype": 42,
}

P = ParamSpec("P")
R = TypeVar("R")
FORMATS: Final = ("svg", "png", "pdf")


@dataclasses.dataclass(frozen=True, eq=False)
class Drawn:
    """A figure with the words and the numbers that go with it.

    Attributes
    ----------
    figure
        The matplotlib figure.
    alt
        Alternative text: what it shows, for readers who cannot see it.
    facts
        Numbers shown or stated, by name, the unit in the name; what a caption may quote.
    data
        The stamp: data set, and whether measured or simulated.
    """

    figure: Figure
    alt: str
    facts: dict[str, float]
    data: str

    def _repr_png_(self) -> bytes:
        return render(self, "png")


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Run a drawing function under the style, whatever the user's own settings are.

    Parameters
    ----------
    draw
        The function that draws.

    Returns
    -------
    Callable[P, R]
        The same function, to be called in the same way.
    """

    @functools.wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(STYLE)
            return draw(*args, **kwargs)

    return wrapper


def new_figure(width: Width = "column", height_mm: float = 62.0) -> Figure:
    """Return an empty figure at its size in print: a third of the page, a column or the page wide.

    Parameters
    ----------
    width
        ``third``, ``column`` or ``full``.
    height_mm
        Height in print, mm.

    Returns
    -------
    Figure
        At that size, with room for the stamp.

    Raises
    ------
    BadInputError
        For another width.
    """
    if width not in WIDTH_MM:
        raise BadInputError(f"figure width {width!r}, expected one of {', '.join(WIDTH_MM)}")
    figure = Figure(figsize=(WIDTH_MM[width] / 25.4, height_mm / 25.4), layout="constrained")
    set_foot(figure, FOOT_MM)
    return figure


def set_foot(figure: Figure, foot_mm: float) -> float:
    """Keep the foot of a figure free for its stamp.

    Parameters
    ----------
    figure
        The figure.
    foot_mm
        Its height, mm.

    Returns
    -------
    float
        Its height as a share of the figure's.
    """
    foot = foot_mm / (figure.get_figheight() * 25.4)
    engine = figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    engine.set(rect=(0, foot, 1, 1 - foot), w_pad=0.02, h_pad=0.02)
    return foot


def foot_legend(figure: Figure, axes: Axes, columns: int | None = None) -> None:
    """Draw the legend of some axes under everything, where it hides nothing, above the stamp.

    Parameters
    ----------
    figure
        The figure.
    axes
        Whose entries are shown.
    columns
        How many entries stand in a line; by default as many as the figure's width has room for.
    """
    entries = len(axes.get_legend_handles_labels()[1])
    if entries:
        wide = figure.get_figwidth()
        columns = columns or (2 if wide < SLENDER_INCHES else 3 if wide < NARROW_INCHES else 6)
        foot = set_foot(figure, FOOT_MM + KEY_LINE_MM * math.ceil(entries / columns))
        box = figure.legend(
            *axes.get_legend_handles_labels(),
            loc="upper left",
            bbox_to_anchor=(0, foot),
            ncols=columns,
            frameon=False,
            borderaxespad=0,
            columnspacing=1.4,
        )
        box.set_in_layout(False)


def stamp(figure: Figure, provenance: Provenance | Iterable[Provenance] | None) -> str:
    """Write the data sets and their kind on the foot of a figure.

    Parameters
    ----------
    figure
        The figure.
    provenance
        One or several; None is stamped as not stated.

    Returns
    -------
    str
        What the stamp says.
    """
    if provenance is None:
        label = "data set not stated"
    elif isinstance(provenance, Provenance):
        label = provenance.label()
    else:
        label = "; ".join(dict.fromkeys(one.label() for one in provenance))
    height_mm = figure.get_figheight() * 25.4
    figure.text(
        0.995,
        0.6 / height_mm,
        f"data: {label}",
        ha="right",
        va="bottom",
        fontsize=6,
        color="#555555",
    )
    return label


def finish(
    figure: Figure,
    alt: str,
    facts: dict[str, float],
    provenance: Provenance | Iterable[Provenance] | None,
) -> Drawn:
    """Stamp a figure and pack it with its words and numbers.

    Parameters
    ----------
    figure
        The figure.
    alt
        What it shows, for readers who cannot see it.
    facts
        Numbers shown or stated, by name, the unit in the name.
    provenance
        The data set or sets; None is stamped as not stated.

    Returns
    -------
    Drawn
        The figure, laid out once and for all, with its words and numbers.
    """
    label = stamp(figure, provenance)
    # Laid out once and for all: each further run of the layout would move things by a hair,
    # and two files of one figure would differ.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return Drawn(figure, f"{alt} Data: {label}.", facts, label)


def curve_look(number: int) -> dict[str, Any]:
    """Give colour and dashes of one curve of several: told apart without colour too.

    Parameters
    ----------
    number
        Which curve, from 0.

    Returns
    -------
    dict
        Arguments for matplotlib.
    """
    return {"color": CYCLE[number % len(CYCLE)], "ls": DASHES[number % len(DASHES)]}


def percent(axis: Axis) -> None:
    """Label an axis of shares in quarters, as percentages.

    Parameters
    ----------
    axis
        Its values are from 0 to 1.
    """
    axis.set_ticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])


def plain_log(axis: Axis) -> None:
    """Label the powers of ten of a logarithmic axis as plain numbers, and nothing else.

    Parameters
    ----------
    axis
        A logarithmic one.
    """
    axis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    axis.set_minor_formatter(NullFormatter())


def legend(axes: Axes, **where: Any) -> None:
    """Draw a legend over the axes, lines thick enough to see.

    Parameters
    ----------
    axes
        Whose entries are shown.
    **where
        Place and look, as matplotlib names them.
    """
    box = axes.legend(**where)
    for handle in box.get_lines():
        handle.set_alpha(1)
        handle.set_linewidth(max(handle.get_linewidth(), 1.2))


@styled
def render(drawn: Drawn, form: Literal["svg", "png", "pdf"]) -> bytes:
    """Make the bytes of a figure's file: the same for the same figure, on any day.

    Parameters
    ----------
    drawn
        The figure with its words, which become the file's description.
    form
        Kind of file.

    Returns
    -------
    bytes
        The whole file.
    """
    alt = lines(drawn.alt)
    metadata: dict[str, Any] = {
        "svg": {"Date": None, "Creator": None, "Description": alt},
        "png": {"Software": None, "Description": alt},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None, "Subject": alt},
    }[form]
    # Names are in it: what would break the XML of an SVG is shown as �.
    for text in drawn.figure.findobj(Text):
        if (shown := lines(text.get_text())) != text.get_text():
            text.set_text(shown)
    buffer = io.BytesIO()
    drawn.figure.savefig(buffer, format=form, metadata=metadata, facecolor="white")
    return buffer.getvalue()


def save(
    drawn: Drawn, stem: str | os.PathLike[str], formats: Iterable[str] = ("svg", "png")
) -> list[Path]:
    """Write ``<stem>.svg`` and ``<stem>.png`` (or other formats), each complete or not at all.

    Parameters
    ----------
    drawn
        The figure with its words.
    stem
        Path of the files, without their endings.
    formats
        Of ``svg``, ``png`` and ``pdf``.

    Returns
    -------
    list of Path
        The files, in that order.

    Raises
    ------
    BadInputError
        For a format other than svg, png and pdf, or a folder that cannot be written to.
    """
    paths = []
    for form in formats:
        if form not in FORMATS:
            raise BadInputError(f"figure format {form!r}, expected one of {', '.join(FORMATS)}")
        path = Path(f"{os.fspath(stem)}.{form}")
        try:
            write_atomically(path, render(drawn, form))  # type: ignore[arg-type]
        except OSError as error:
            raise BadInputError(f"cannot write the figure {path}: {error.strerror}") from error
        paths.append(path)
    return paths
