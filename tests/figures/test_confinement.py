"""Curves of what round-trip times give away: what is drawn, and what is said of it."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from rttgeo.catalogue.datasets import open_dataset
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.errors import BadInputError
from rttgeo.figures.confinement import (
    beyond_database_curve,
    confinement_curves,
    gain_ecdf,
    region_size_curves,
)
from rttgeo.figures.style import render
from rttgeo.papers import privacy, privacy_size


@pytest.fixture(scope="module")
def mesh():
    return open_dataset("azure-2026")


def lines(drawn):
    (axes,) = drawn.figure.axes
    return {line.get_label(): line for line in axes.lines}


def inside(drawn):
    """Every label of the figure lies within its edges."""
    box = drawn.figure.get_tightbbox(FigureCanvasAgg(drawn.figure).get_renderer())
    width, height = drawn.figure.get_size_inches()
    assert min(box.x0, box.y0, width - box.x1, height - box.y1) > -0.01


def test_a_curve_that_never_leaves_zero_is_seen(mesh):
    drawn = confinement_curves(privacy.confinement(mesh, draws=20), mesh.provenance)
    city = next(line for label, line in lines(drawn).items() if label.startswith("city"))
    assert set(city.get_ydata()) == {0.0} and drawn.figure.axes[0].get_ylim()[0] < -0.01
    assert "azure-2026 (measured)" in drawn.alt and "city: 0 %" in drawn.alt
    inside(drawn)


def test_no_region_is_drawn_above_that_of_one_vantage_point(mesh):
    sizes = privacy_size.region_sizes(mesh, draws=200)
    drawn = region_size_curves(sizes, mesh.provenance)
    found = lines(drawn)
    alone = found["1 (light in fibre)"]
    assert alone.get_ydata()[10] == pytest.approx(
        KM_PER_MS_RTT["fibre"] * alone.get_xdata()[10], rel=1e-9
    )
    for count in sizes.radius_km:
        x, y = found[str(count)].get_data()
        # A bin's median delay and median radius need not be of the same draw.
        assert np.all(y <= 1.1 * KM_PER_MS_RTT["fibre"] * x)
    assert render(drawn, "svg") == render(region_size_curves(sizes, mesh.provenance), "svg")
    inside(drawn)


def test_gains_are_told_for_each_name_and_conflicts_left_out(mesh):
    drawn = gain_ecdf({"one": [1.0, 1.02, 2.0, np.nan], "two": [4.0, 1.0]}, mesh.provenance)
    assert "one: 67 % of 3 targets" in drawn.alt and "two: 50 % of 2 targets" in drawn.alt
    with pytest.raises(BadInputError, match="no gains"):
        gain_ecdf({"one": [np.nan]}, mesh.provenance)


def test_the_curve_against_a_database_falls(mesh):
    errors = privacy.ip_geolocation_errors()["error_km"]
    table = privacy.database_worse_than(errors, np.geomspace(0.1, 200, 30))
    assert isinstance(table, pd.DataFrame) and (np.diff(table["share"]) <= 0).all()
    drawn = beyond_database_curve(table, privacy.IP_GEOLOCATION)
    assert drawn.alt.endswith("ip-geolocation-2026 (measured).")
    inside(drawn)
