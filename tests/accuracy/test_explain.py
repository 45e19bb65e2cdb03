"""Where to measure from next: the places, and their map."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from accuracy_meshes import full_mesh

import rttgeo
from rttgeo import mesh as meshes
from rttgeo import sphere
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.data import coasts as maps
from rttgeo.errors import BadInputError
from rttgeo.explanation.explain import NextLandmark, contradictions, contributions, where_next
from rttgeo.explanation.following import AREA_POWER
from rttgeo.explanation.overlap import common_area_km2
from rttgeo.figures.next_landmark import _area_left, next_landmark_map
from rttgeo.mesh import Mesh, Provenance
from rttgeo.sphere import cap_area_km2


def test_a_place_needs_both_its_coordinates():
    mesh = full_mesh(["paris", "london", "madrid", "rome"])
    with pytest.raises(BadInputError, match="both"):
        where_next(rttgeo.locate(mesh, "paris"), mesh.of_target("paris"), [16.0])


def test_the_next_landmark_is_on_land_and_the_best_places_lie_apart():
    mesh = full_mesh()
    estimate = rttgeo.locate(mesh, "vienna")
    following = where_next(estimate, mesh.of_target("vienna"), resolution_km=300.0)
    lands = maps.land("50m").geometry.union_all()
    assert shapely.contains_xy(lands.buffer(1e-6), following.lon, following.lat).all()
    best = following.places(4, apart_km=1500.0)
    assert best["area_left"].is_monotonic_increasing
    assert (best.loc[0, "lon"], best.loc[0, "lat"]) == following.best()
    apart = sphere.distance_km(
        best["lon"].to_numpy()[:, None], best["lat"].to_numpy()[:, None], best["lon"], best["lat"]
    )
    assert (apart[~np.eye(len(best), dtype=bool)] > 1500.0).all()


def test_the_map_of_the_next_landmark_shades_what_it_was_told():
    lon, lat = np.meshgrid(np.arange(-10.0, 30, 2), np.arange(36.0, 60, 2))
    gain = np.exp(-np.hypot(lon - 2.0, lat - 48.0) / 5)
    following = NextLandmark(lon.ravel(), lat.ravel(), gain.ravel())
    drawn = next_landmark_map(following)
    assert (drawn.facts["best_lon"], drawn.facts["best_lat"]) == (2.0, 48.0)
    assert drawn.facts["best_area_left"] == pytest.approx(np.exp(-AREA_POWER))
    assert "leave 14 % of the area" in drawn.alt
    for weak, said in ((0.02, "leave 96 % of the area"), (0.001, "leave nearly all of the area")):
        little = NextLandmark(lon.ravel(), lat.ravel(), weak * gain.ravel())
        hardly = next_landmark_map(little)
        assert (
            hardly.alt.startswith("No place would narrow the region much: even")
            and said in hardly.alt
        )
    left = _area_left(following)
    assert left(np.array([2.0]), np.array([48.0])) == pytest.approx(100 * np.exp(-AREA_POWER))
    with pytest.raises(BadInputError, match="no place"):
        next_landmark_map(NextLandmark(*np.empty((3, 0))))


def lens_km2(radius_km: float, other_km: float, apart_km: float) -> float:
    """Area that two discs share, by numerical integration over rings of the first."""
    ring = (np.arange(200_000) + 0.5) / 200_000 * radius_km
    a, b, c = (np.asarray(x) / EARTH_RADIUS_KM for x in (ring, other_km, apart_km))
    cosine = (np.cos(b) - np.cos(a) * np.cos(c)) / (np.sin(a) * np.sin(c))
    half = np.arccos(np.clip(cosine, -1, 1))
    width = radius_km / 200_000
    return float((2 * half * EARTH_RADIUS_KM * np.sin(a)).sum() * width)


@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
@pytest.mark.parametrize(("lon", "lat"), [(4.9, 52.4), (179.99, -89.0), (0.0, 90.0)])
def test_common_areas_are_those_of_integration_at_any_size(scale, lon, lat):
    radius, other, apart = 5.0 * scale, 8.0 * scale, 10.0 * scale
    far = sphere.destination(lon, lat, 77.0, apart)
    found = common_area_km2(*(np.array([lon, far[0]]), np.array([lat, far[1]])),
                            np.array([radius, other]))  # fmt: skip
    assert found == pytest.approx(lens_km2(radius, other, apart), rel=0.02)
    alone = common_area_km2(np.array([lon]), np.array([lat]), np.array([radius]))
    assert alone == pytest.approx(cap_area_km2(radius), rel=1e-9)
    gone = common_area_km2(np.array([lon, far[0]]), np.array([lat, far[1]]),
                           np.array([radius, 4.9 * scale]))  # fmt: skip
    assert gone == 0


def test_a_thin_lens_far_below_the_points_is_found():
    found = common_area_km2(np.array([0.0, 10.0]), np.array([0.0, 0.0]), np.array([500.0, 612.0]))
    apart = float(sphere.distance_km(0, 0, 10, 0))
    assert 612.0 + 500.0 - apart < 0.06
    assert found == pytest.approx(lens_km2(500.0, 612.0, apart), rel=0.12)


def two_landmarks(near_ms: float, far_ms: float) -> Mesh:
    """A target of unknown place, and two landmarks 58 km apart."""
    landmarks = meshes.nodes(["ams", "rtm"], [4.90, 4.48], [52.37, 51.92])
    target = meshes.nodes(["t"], [np.nan], [np.nan])
    pairs = pd.DataFrame({"target": 0, "landmark": [0, 1], "rtt_ms": [near_ms, far_ms]})
    return Mesh.build(landmarks, target, pairs, Provenance("two", "simulated"))


def test_a_region_of_five_kilometres_has_its_factor():
    """Areas of a region that no cell of a usual grid would show."""
    table = contributions(two_landmarks(0.05, 0.6), "t").set_index("landmark")
    assert table.loc["ams", "radius_km"] == pytest.approx(5.1, abs=0.05)
    held = table.loc["ams", "area_without_km2"] / table.loc["ams", "factor"]
    apart = float(sphere.distance_km(4.90, 52.37, 4.48, 51.92))
    lens = lens_km2(table.loc["ams", "radius_km"], table.loc["rtm", "radius_km"], apart)
    assert held == pytest.approx(lens, rel=0.02)
    assert 120 < table.loc["ams", "factor"] < 200
    assert np.isfinite(table[["area_without_km2", "factor"]].to_numpy()).all()


def test_every_two_landmarks_are_asked_whether_they_contradict():
    clean = full_mesh()
    assert not len(contradictions(clean, "vienna"))
    pairs = clean.pairs.copy()
    row = pairs.index[(pairs["target"] == 11) & (pairs["landmark"] == 0)][0]
    pairs.loc[row, "rtt_ms"] = 0.5
    broken = Mesh.build(clean.landmarks, clean.targets, pairs, clean.provenance)
    found = contradictions(broken, 11)
    mine = broken.of_target(11)
    reach = 102.13 * mine.rtt_ms
    expected = {
        frozenset(
            (broken.landmarks.index[mine.landmark[a]], broken.landmarks.index[mine.landmark[b]])
        )
        for a in range(len(reach))
        for b in range(a)
        if sphere.distance_km(mine.lon[a], mine.lat[a], mine.lon[b], mine.lat[b])
        > reach[a] + reach[b]
    }
    assert {frozenset(one) for one in found[["landmark", "other"]].to_numpy()} == expected
    assert found["gap_km"].is_monotonic_decreasing
    assert len(found) > 5
