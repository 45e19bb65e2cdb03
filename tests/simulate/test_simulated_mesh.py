"""The simulated data sets: size, determinism, physics, and the published figures."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.simulate import SPECIALS, claims, fitted, simulate_mesh
from rttgeo.simulate.world import build_world
from rttgeo.sphere import distance_km

JULY, OCTOBER = "atlas-2017-07-11", "atlas-2017-10-02"


@pytest.fixture(scope="module")
def july():
    return simulate_mesh(seed=2017, dataset=JULY)


@pytest.fixture(scope="module")
def october():
    return simulate_mesh(seed=2017, dataset=OCTOBER)


def test_is_of_the_published_size(july, october):
    assert (len(july.targets), len(july.landmarks), len(july)) == (32, 4007, 13780)
    assert (len(october.targets), len(october)) == (39, 22079)
    assert (october.distance_km >= 0.5).sum() == pytest.approx(22072, abs=30)
    assert july.pairs["samples"].sum() == pytest.approx(6_187_693, rel=0.01)
    assert october.pairs["samples"].sum() == pytest.approx(9_613_126, rel=0.02)


def test_says_that_it_is_simulated(july):
    assert july.provenance.kind == "simulated"
    assert "simulated" in july.provenance.label() and "seed 2017" in july.provenance.source


@pytest.mark.parametrize("figure", claims.JULY)
def test_white_paper_figures(july, figure):
    claim = claims.JULY[figure]
    assert claims.july_figures(july)[figure] == pytest.approx(claim.value, abs=claim.tolerance)


@pytest.mark.parametrize("figure", claims.OCTOBER)
def test_pam_figures(october, figure):
    claim = claims.OCTOBER[figure]
    assert claims.october_figures(october)[figure] == pytest.approx(
        claim.value, abs=claim.tolerance
    )


def test_same_seed_same_mesh_other_seed_another(july):
    build_world.cache_clear()
    again, other = simulate_mesh(seed=2017), simulate_mesh(seed=2018)
    assert again.pairs.equals(july.pairs)
    assert again.landmarks.equals(july.landmarks) and again.targets.equals(july.targets)
    assert not np.array_equal(other.pairs["rtt_ms"], july.pairs["rtt_ms"])


@pytest.mark.parametrize("scale", [0.001, 0.02, 0.3, 2.5])
def test_any_size(scale):
    mesh = simulate_mesh(seed=5, scale=scale)
    assert len(mesh) == max(1, round(13780 * scale))
    assert len(mesh.targets) == 32


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("dataset", [JULY, OCTOBER])
def test_nothing_beats_light_in_fibre_along_its_path(seed, dataset):
    world = build_world(dataset, seed, 0.1, None)
    series, nodes = world.series, world.nodes
    pair = series["pair"].to_numpy()
    source, target = world.source[pair], world.target[pair]
    straight = distance_km(
        nodes.lon[source], nodes.lat[source], nodes.lon[target], nodes.lat[target]
    )
    light_ms = series["path_km"].to_numpy() / KM_PER_MS_RTT["fibre"]
    assert (series["floor_us"].to_numpy() / 1000 >= light_ms).all()
    assert (series["path_km"].to_numpy() >= straight).all()


@pytest.mark.parametrize("change", [{"cable_slack": 1.0, "hop_ms": 0.0}, {"tail_stretch": 0.5}])
def test_light_is_not_beaten_even_by_odd_parameters(change):
    mesh = simulate_mesh(seed=3, scale=0.2, parameters=dataclasses.replace(fitted(), **change))
    assert (mesh.pairs["rtt_ms"] * KM_PER_MS_RTT["fibre"] >= mesh.distance_km).all()


def test_named_anchors_are_where_they_were(july):
    lon, lat = july.target_lonlat
    where = {name: (x, y) for name, x, y in zip(july.targets.index, lon, lat, strict=True)}
    assert where["nl-ams-as3333"] == pytest.approx((4.888, 52.373), abs=0.01)
    assert where["nz-wlg-as9834"] == pytest.approx((174.78, -41.29), abs=0.1)


def test_probes_are_spread_in_atlas_proportions(july):
    share = july.landmarks["country"].value_counts(normalize=True)
    assert share.index[0] == "DE" and set(share.index[1:5]) >= {"US", "FR", "GB"}
    assert 0.10 < share["DE"] < 0.20
    assert len(share) > 90


def test_last_mile_is_by_technology(july):
    world = build_world(JULY, 2017, 1.0, None)
    nodes = world.nodes.take(~world.nodes.is_anchor)
    median = {t: np.median(nodes.access_ms[nodes.technology == t]) for t in set(nodes.technology)}
    order = ["datacentre", "fibre", "cable", "dsl", "mobile", "satellite"]
    assert sorted(median, key=median.__getitem__) == order


def test_routes_are_longer_than_great_circles_and_differ_by_carrier():
    from rttgeo.simulate.backbone import build_backbone

    backbone = build_backbone(2017, fitted())
    names = list(backbone.hubs["city"])
    a, b = names.index("London"), names.index("New York")
    straight = distance_km(-0.13, 51.51, -74.01, 40.71)
    assert (backbone.km[:, a, b] >= straight).all()
    a, b = names.index("Tokyo"), names.index("London")
    assert len(set(backbone.km[:, a, b].tolist())) >= 3


# Round trips between cities as any public looking glass shows them, rounded.
WELL_KNOWN_MS = [
    ("London", "New York", 70), ("London", "Singapore", 165), ("Los Angeles", "Sydney", 143),
    ("Tokyo", "San Jose", 102), ("Singapore", "Tokyo", 68), ("Miami", "Sao Paulo", 105),
    ("Frankfurt", "Moscow", 40), ("Amsterdam", "Frankfurt", 7), ("Mumbai", "London", 115),
    ("Cape Town", "London", 145), ("New York", "Los Angeles", 65), ("Paris", "Madrid", 22),
    ("Auckland", "Sydney", 24), ("Hong Kong", "Frankfurt", 190), ("Lima", "Miami", 75),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b", "known_ms"), WELL_KNOWN_MS)
def test_routes_between_hubs_are_as_long_as_is_well_known(a, b, known_ms):
    from rttgeo.simulate.backbone import build_backbone

    backbone = build_backbone(2017, fitted())
    names = list(backbone.hubs["city"])
    routes = backbone.km[:, names.index(a), names.index(b)] / KM_PER_MS_RTT["fibre"]
    assert 0.6 * known_ms < np.median(routes) < 1.25 * known_ms


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"dataset": "atlas-1999"}, NotThereError, "atlas-2017-07-11"),
        ({"scale": 0}, BadInputError, "scale"),
        ({"scale": float("nan")}, BadInputError, "scale"),
    ],
)
def test_bad_arguments_are_named(arguments, error, words):
    with pytest.raises(error, match=words):
        simulate_mesh(**arguments)


@pytest.mark.parametrize(
    ("anchor", "probe"),
    [("au-mel-as38796", "6230"), ("bg-sof-as8866", "6072"), ("bd-dac-as24122", "21995")],
)
def test_pairs_that_the_white_paper_shows_are_there(july, anchor, probe):
    landmark = july.landmarks.index.get_loc(probe)
    assert landmark in july.of_target(anchor).landmark


def test_circle_of_the_special_probe_excludes_new_zealand_alone():
    import geopandas as gpd

    from rttgeo.constants import HALF_CIRCUMFERENCE_KM
    from rttgeo.datafiles import data_path

    special = next(s for s in SPECIALS if s.probe == 21995)
    beyond = HALF_CIRCUMFERENCE_KM - special.floor_us[0] / 1000 * KM_PER_MS_RTT["fibre"]
    assert beyond > 0
    countries = gpd.read_parquet(data_path("naturalearth/countries-110m.parquet"))
    points = countries.set_index("name").geometry.get_coordinates()
    away = distance_km(points["x"], points["y"], special.lon + 180, -special.lat)
    assert set(points.index[away < beyond]) == {"New Zealand"}
