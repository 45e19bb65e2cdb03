"""Small labels beside points, moved so that none covers another one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Tick
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from rttgeo.typing import FloatArray

STEPS: Final = (
    (3.0, 1.5), (3.0, -6.5), (-3.0, 1.5), (-3.0, -6.5), (4.5, -2.5), (-4.5, -2.5), (0.0, 4.5), (0.0, -9.5),
)  # fmt: skip
"""Where a label may stand, in points from what it names; a negative first number: to its left."""
FARTHEST: Final = 8
"""Steps up to this many times as long are tried: beyond them nobody sees what is named."""
GAP_PX: Final = 1.0
OUTSIDE: Final = 1e6
"""Outside the axes or on another label: worse than any number of covered points."""


def set_apart(figure: Figure, labels: Sequence[Annotation], points: Sequence[FloatArray]) -> None:
    """Move labels so that none covers another text, and little of the curves.

    Parameters
    ----------
    figure
        The figure; it is laid out.
    labels
        Annotations whose text is offset in points. They no longer count in the layout.
    points
        For each label, what it should not cover: places of points and along curves, data coordinates,
        shape (n, 2).
    """
    for label in labels:
        label.set_in_layout(False)
    figure.draw_without_rendering()
    free = {id(label) for label in labels}
    taken = [box for text, box in text_boxes(figure) if id(text) not in free]
    for label, own in zip(labels, points, strict=True):
        assert label.axes is not None
        dots = label.axes.transData.transform(own)
        inside = label.axes.get_window_extent()
        costs = []
        for number, (dx, dy) in enumerate(_places()):
            _move(label, dx, dy)
            box = label.get_window_extent().padded(GAP_PX)
            bad = any(box.overlaps(other) for other in taken) or not _holds(inside, box)
            costs.append((OUTSIDE * bad + _covered(box, dots), number))
        _move(label, *_places()[min(costs)[1]])
        taken.append(label.get_window_extent().padded(GAP_PX))


def _places() -> list[tuple[float, float]]:
    return [(dx * far, dy * far) for far in range(1, FARTHEST + 1) for dx, dy in STEPS]


def _move(label: Annotation, dx: float, dy: float) -> None:
    label.set_position((dx, dy))
    label.set_horizontalalignment("left" if dx > 0 else "right" if dx < 0 else "center")


def _holds(outer: Bbox, inner: Bbox) -> bool:
    """Whether a label is within the axes; it may reach beyond their right edge."""
    return bool(inner.x0 >= outer.x0 and inner.y0 >= outer.y0 and inner.y1 <= outer.y1)


def _covered(box: Bbox, dots: FloatArray) -> int:
    inside = (dots >= box.min).all(axis=1) & (dots <= box.max).all(axis=1)
    return int(np.count_nonzero(inside))


def text_boxes(figure: Figure) -> list[tuple[Text, Bbox]]:
    """List all texts that can be seen in a figure that is laid out, with their boxes in pixels.

    Parameters
    ----------
    figure
        The figure.

    Returns
    -------
    list of (matplotlib.text.Text, matplotlib.transforms.Bbox)
        Texts that are upright or turned by a right angle: the box of others is larger than they.
    """
    # First, since this may make new ticks.
    shown = {id(label) for axes in figure.axes for label in _tick_labels(axes, drawn=True)}
    ticks = {id(label) for axes in figure.axes for label in _tick_labels(axes, drawn=False)}
    found = []
    for text in figure.findobj(Text):
        if not text.get_visible() or not text.get_text().strip() or text.get_rotation() % 90:
            continue
        if id(text) in ticks and id(text) not in shown:
            continue
        box = text.get_window_extent()
        if box.width and box.overlaps(figure.bbox):
            found.append((text, box))
    return found


def _tick_labels(axes: Axes, *, drawn: bool) -> Iterator[Text]:
    """Labels of ticks; those beyond the ends of their axis exist, and are not drawn."""
    for axis in (axes.xaxis, axes.yaxis):
        if drawn and not (axes.get_visible() and axis.get_visible()):
            continue
        every: Sequence[Tick] = (*axis.majorTicks, *axis.minorTicks)
        # Matplotlib has no public name for what it is about to draw.
        for tick in getattr(axis, "_update_ticks")() if drawn else every:  # noqa: B009
            yield from (tick.label1, tick.label2)


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """Find texts of a figure that cover each other.

    Parameters
    ----------
    figure
        The figure, laid out.

    Returns
    -------
    list of (str, str)
        Pairs of texts.
    """
    boxes = text_boxes(figure)
    return [
        (one.get_text(), other.get_text())
        for (one, box), (other, beside) in combinations(boxes, 2)
        if box.padded(-GAP_PX / 2).overlaps(beside.padded(-GAP_PX / 2))
    ]
