"""Labels of figures do not cover each other."""

from __future__ import annotations

import numpy as np
import pytest

from rttgeo.figures import style
from rttgeo.figures.labels import overlapping, set_apart, text_boxes
from rttgeo.figures.privacy import tradeoff_curves
from rttgeo.mesh import Provenance
from rttgeo.privacy.mechanisms import MECHANISMS, mechanism
from rttgeo.privacy.mitigation import Mitigation

ABOUT = Provenance("made", kind="simulated")


def mitigation(name: str, parameter: float, error_km: float, lost_ms: float) -> Mitigation:
    use = {"percentile_error_ms": lost_ms, "nearest_extra_ms": lost_ms}
    return Mitigation(
        mechanism(name, parameter), "optimal", {"expected_error_km": error_km}, {}, use
    )


@pytest.mark.parametrize("width", ["full", "column"])
@pytest.mark.parametrize("seed", range(4))
def test_ends_of_curves_near_each_other_have_labels_apart(width, seed):
    """All mechanisms end within a few per cent of 500 km, at nearly the same cost."""
    lots = np.random.default_rng(seed)
    rows = [
        mitigation(name, value, 500 * lots.uniform(0.97, 1.03), 10 * lots.uniform(0.9, 1.1))
        for name in MECHANISMS if name != "none" for value in (5.0, 50.0)
    ]  # fmt: skip
    rows += [mitigation("none", 0.0, 400.0, 0.0), mitigation("noise", 200.0, 4000.0, 90.0)]
    drawn = tradeoff_curves(rows, ABOUT, width=width)
    assert overlapping(drawn.figure) == []
    assert [text.get_text() for text, _ in text_boxes(drawn.figure)].count("50") >= 2


def test_labels_left_where_they_are_would_be_found():
    figure = style.new_figure("column")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1])
    labels = [
        axes.annotate("a label", (0.5, 0.5), xytext=(3, 1.5), textcoords="offset points")
        for _ in range(3)
    ]
    figure.draw_without_rendering()
    assert len(overlapping(figure)) == 3
    set_apart(figure, labels, [np.array([[0.5, 0.5]])] * 3)
    assert overlapping(figure) == []
    assert all(not label.get_window_extent().contains(*point) for label in labels
               for point in axes.transData.transform([[0.5, 0.5]]))  # fmt: skip


def test_ticks_beyond_the_ends_of_an_axis_are_not_texts_of_the_figure():
    figure = style.new_figure("column")
    axes = figure.add_subplot(xscale="log", xlim=(0.5, 50))
    style.plain_log(axes.xaxis)
    figure.draw_without_rendering()
    seen = {text.get_text() for text, _ in text_boxes(figure)}
    assert {"1", "10"} <= seen and "100" not in seen
