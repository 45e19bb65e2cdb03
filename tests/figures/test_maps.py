"""Land, countries, borders and circles: right at the poles and across ±180°."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

import rttgeo
from rttgeo import sphere
from rttgeo.constants import EARTH_AREA_KM2, EARTH_RADIUS_KM, HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.data import coasts as maps
from rttgeo.errors import BadInputError
from rttgeo.figures import circle
from rttgeo.figures.circles import exclusion_map
from rttgeo.report.page import located_map
from rttgeo.sources.typed import mesh_of_typed

SCALES = ("110m", "50m")


def cap_area_km2(radius_km: float) -> float:
    """Area of a spherical cap, in the form that keeps its digits for small ones."""
    return 4 * math.pi * EARTH_RADIUS_KM**2 * math.sin(radius_km / EARTH_RADIUS_KM / 2) ** 2


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("table", [maps.land, maps.countries])
def test_land_area_is_that_of_the_earth(table, scale):
    # 149 million km² with the ice shelves of Antarctica, 147 without, as Natural Earth has it.
    area = sum(maps.spherical_area_km2(shape) for shape in table(scale).geometry)
    assert 146e6 < area < 149.5e6


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(
    ("place", "is_land"),
    [
        ((0, -90), True),
        ((106.8, -78.5), True),  # Vostok
        ((-172, 66.5), True),  # Chukotka, east of ±180°
        ((175, 67), True),  # Chukotka, west of it
        ((178.0, -17.8), True),  # Viti Levu, Fiji
        ((0, 90), False),
        ((-150, 0), False),
        ((180, 0), False),
        ((51, 41.5), False),  # the Caspian Sea is a hole in the land
        ((8.55, 47.37), True),
    ],
)
def test_places_on_land_and_at_sea(scale, place, is_land):
    shape = maps.land(scale).geometry.iloc[0]
    assert bool(shape.intersects(shapely.Point(place))) is is_land


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("table", [maps.land, maps.countries, maps.borders])
def test_shapes_are_valid_and_on_the_globe(table, scale):
    frame = table(scale)
    assert frame.crs == "EPSG:4326"
    assert frame.is_valid.all()
    west, south, east, north = frame.total_bounds
    assert -180 <= west < east <= 180
    assert -90 <= south < north <= 90


@pytest.mark.parametrize(
    ("name", "km2"),
    [("Switzerland", 41_285), ("Fiji", 18_272), ("Russia", 17.0e6), ("Australia", 7.69e6)],
)
def test_areas_of_countries(name, km2):
    frame = maps.countries("50m").set_index("name")
    assert maps.spherical_area_km2(frame.geometry[name]) == pytest.approx(km2, rel=0.03)


def test_no_polygon_spans_the_globe_by_accident():
    # A ring left uncut at ±180° runs around the whole world: only Antarctica may.
    parts = maps.countries("50m").explode()
    wide = parts[parts.bounds.maxx - parts.bounds.minx > 200]
    assert set(wide["name"]) == {"Antarctica"}


def test_borders_are_where_two_countries_meet():
    lines = maps.borders("110m").geometry.iloc[0]
    coast = maps.land("110m").geometry.iloc[0].boundary
    assert lines.length > 1000
    assert lines.intersection(coast).length == pytest.approx(0, abs=lines.length / 100)


def test_a_callers_changes_do_not_reach_the_next():
    mine = maps.countries()
    mine["name"] = "nowhere"
    assert "Fiji" in set(maps.countries()["name"])


def test_unknown_scale_is_named():
    with pytest.raises(BadInputError, match="10m"):
        maps.land("10m")


@settings(max_examples=150, deadline=None)
@given(
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90),
    radius_km=st.floats(0.5, HALF_CIRCUMFERENCE_KM - 0.5),
)
@example(lon=0.0, lat=90.0, radius_km=1000.0)
@example(lon=0.0, lat=-90.0, radius_km=15_000.0)
@example(lon=180.0, lat=0.0, radius_km=3000.0)
@example(lon=-180.0, lat=10.0, radius_km=9000.0)
@example(lon=45.0, lat=45.0, radius_km=HALF_CIRCUMFERENCE_KM / 4)  # rim through the pole
@example(lon=0.0, lat=0.0, radius_km=HALF_CIRCUMFERENCE_KM / 2)  # a hemisphere
@example(lon=179.9, lat=89.99, radius_km=0.5)
@example(lon=12.0, lat=30.0, radius_km=HALF_CIRCUMFERENCE_KM - 1)
def test_circle_is_the_cap(lon, lat, radius_km):
    shape = circle(lon, lat, radius_km)
    assert shape.is_valid
    west, south, east, north = shape.bounds
    assert -180 <= west < east <= 180
    assert -90 <= south < north <= 90
    # From the far side the hole is small and the area all but the globe's.
    slack = 2e-3 * min(cap_area_km2(radius_km), cap_area_km2(HALF_CIRCUMFERENCE_KM - radius_km))
    area = maps.spherical_area_km2(shape)
    assert area == pytest.approx(cap_area_km2(radius_km), abs=slack + 1e-9 * EARTH_AREA_KM2)

    rng = np.random.default_rng(7)
    there_lon = rng.uniform(-180, 180, 500)
    there_lat = np.degrees(np.arcsin(rng.uniform(-1, 1, 500)))
    away = sphere.distance_km(lon, lat, there_lon, there_lat)
    clear = np.abs(away - radius_km) > 40
    inside = shapely.contains_xy(shape, there_lon, there_lat)
    np.testing.assert_array_equal(inside[clear], (away < radius_km)[clear])


@pytest.mark.parametrize("radius_km", [HALF_CIRCUMFERENCE_KM, 1e6, math.inf])
def test_a_circle_of_everything(radius_km):
    shape = circle(8, 47, radius_km)
    assert maps.spherical_area_km2(shape) == pytest.approx(EARTH_AREA_KM2)


def test_a_circle_of_nothing():
    assert circle(8, 47, 0).is_empty


@pytest.mark.parametrize("bad", [(200, 0, 1), (0, 91, 1), (0, 0, -1), (0, 0, math.nan)])
def test_bad_circles_are_refused(bad):
    with pytest.raises(BadInputError):
        circle(*bad)


def test_the_checksums_in_the_readme_are_those_of_the_files(root):
    told = (root / "data" / "README.md").read_text()
    for folder in ("azure-regions", "naturalearth"):
        for path in (root / "data" / folder).iterdir():
            assert hashlib.sha256(path.read_bytes()).hexdigest() in told, path.name


def legend_of(drawn) -> list[str]:
    texts = [text for legend in drawn.figure.legends for text in legend.get_texts()]
    return [text.get_text() for text in texts]


def test_static_maps_tell_the_limit_of_vacuum_from_that_of_fibre():
    mesh, _ = mesh_of_typed(["vienna,at=4.2", "prague=7.9", "munich=9.5"])
    proven_km = KM_PER_MS_RTT["vacuum"] * 4.2
    circles = exclusion_map(mesh, 0, proof=True)
    answer = located_map(mesh, rttgeo.locate(mesh, "target"))
    for drawn in (circles, answer):
        assert drawn.facts["vacuum_radius_km"] == pytest.approx(proven_km)
        assert f"{proven_km:,.0f} km" in drawn.alt and "vacuum" in drawn.alt
        assert "limit of light in vacuum (proof)" in legend_of(drawn)
        assert any("fibre" in text for text in legend_of(drawn))
    proven = exclusion_map(mesh, 0, medium="vacuum", proof=True)
    assert "vacuum_radius_km" not in proven.facts, "the circles are the proof already"
    assert "vacuum_radius_km" not in exclusion_map(mesh, 0).facts
