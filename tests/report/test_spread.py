"""A region of many parts in words: against regions made by hand, of known parts."""

from __future__ import annotations

import numpy as np
import pytest

from rttgeo.cells.grid import Grid
from rttgeo.cells.posterior import Posterior
from rttgeo.cells.region import Region
from rttgeo.estimators.estimate import Estimate
from rttgeo.report.headline import headline
from rttgeo.report.places import likely_places
from rttgeo.report.spread import Parts, spread_sentence

GRID = Grid(nside=512)
LILLE, ROUEN, AMIENS, MARSEILLE = (3.06, 50.63), (1.10, 49.44), (2.30, 49.89), (5.37, 43.30)
SIBERIA = (100.0, 66.0)


def around(*places: tuple[float, float], km: float = 15.0) -> Region:
    return GRID.union(*np.array(places).T, km)


def estimate_over(*parts: tuple[Region, float]) -> Estimate:
    """Parts with the probability of each, evenly over its cells."""
    cells = [region.cells() for region, _ in parts]
    held = [np.full(len(some), p / len(some)) for some, (_, p) in zip(cells, parts, strict=True)]
    order = np.argsort(np.concatenate(cells))
    posterior = Posterior(GRID, np.concatenate(cells)[order], np.concatenate(held)[order])
    lon, lat = (float(axis[0]) for axis in GRID.lonlat(cells[0][:1]))
    return Estimate("by hand", "x", lon, lat, posterior=posterior)


def said_of(estimate: Estimate) -> str:
    return spread_sentence(estimate, likely_places(estimate).to_dict()["countries"])


def test_towns_are_counted_apart_from_areas_and_from_patches():
    towns, area, patch = around(LILLE, ROUEN, AMIENS), around((4.0, 45.0), km=100), around(SIBERIA)
    parts = Parts.of(towns | area | patch)
    assert (parts.towns, parts.areas, parts.patches) == (3, 1, 1)
    assert parts.largest_km2 == pytest.approx(area.area_km2)
    assert parts.in_towns is None
    assert parts.towns + parts.areas + parts.patches == (towns | area | patch).n_components


def test_each_kind_holds_what_was_put_there():
    towns, area = around(LILLE, ROUEN), around((4.0, 45.0), km=100)
    estimate = estimate_over((towns, 0.7), (area, 0.3))
    parts = Parts.of(towns | area, estimate.posterior)
    assert (parts.in_towns, parts.in_areas) == (pytest.approx(0.7), pytest.approx(0.3))


def test_a_reader_learns_what_it_is_and_where():
    towns = around(LILLE, ROUEN, AMIENS)
    said = said_of(estimate_over((towns, 1.0)))
    assert said.startswith("The region is 3 towns with their surroundings (1.00)")
    assert said.endswith("; nearly all of its probability is in northern France.")


def test_both_ends_of_a_country_are_no_side_of_it():
    strasbourg, brest = (7.75, 48.58), (-4.49, 48.39)
    said = said_of(estimate_over((around(strasbourg, MARSEILLE), 1.0)))
    assert said.endswith("is in eastern France.")
    said = said_of(estimate_over((around(strasbourg, MARSEILLE, brest), 1.0)))
    assert said.endswith("is in France.")


@pytest.mark.parametrize(
    ("places", "said"),
    [
        (((-78.6, 35.8), (-80.8, 35.2)), "in the south-eastern United States"),
        (((-122.3, 47.6), (-122.7, 45.5)), "in the north-western United States"),
        (((151.2, -33.9), (144.96, -37.8)), "in south-eastern Australia"),
        (((178.4, -18.1), (177.4, -17.6)), "in Fiji"),  # too small for sides, across 180°
        (((6.1, 49.6), (6.0, 49.5)), "in Luxembourg"),
    ],
)
def test_sides_are_those_of_the_map(places, said):
    regions = around(*places, km=8.0)
    sentence = said_of(estimate_over((regions, 1.0)))
    assert said in sentence if regions.n_components > 1 else sentence == ""


def test_the_kind_that_holds_more_comes_first():
    towns, area = around(LILLE, ROUEN), around((4.0, 45.0), km=100)
    said = said_of(estimate_over((towns, 0.2), (area, 0.8)))
    assert said.startswith("The region is 1 larger area (0.")
    assert " and 2 outlying towns with their surroundings (0.20)" in said


def test_one_part_needs_no_words_and_no_region_none():
    assert said_of(estimate_over((around(LILLE), 1.0))) == ""
    assert said_of(Estimate("by hand", "x", *LILLE)) == ""


def test_a_city_that_is_a_country_is_not_named_twice():
    record = {
        "target": "x",
        "note_kinds": [],
        "empty": False,
        "places": [{"name": "Singapore", "country": "SG", "lon": 103.85, "lat": 1.29, "p": 0.86}],
        "countries": [{"code": "SG", "name": "Singapore", "p": 0.86, "share": None}],
        "quickest_landmark": None,
        "n_landmarks": 3,
        "n_landmarks_unused": 0,
    }
    assert headline(record) == "x is most likely in or around Singapore (0.86)."
