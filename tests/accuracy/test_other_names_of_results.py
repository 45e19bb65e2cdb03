"""What is drawn or summed over targets is the same, whatever the nodes are called: to the bit."""

from __future__ import annotations

import functools
import json

import numpy as np
import pytest
from renamed_meshes import NOWHERE, hard_mesh, other_names, strangers_mesh

import rttgeo
from rttgeo.auditing import misfit
from rttgeo.auditing.in_order import in_full_order, in_order
from rttgeo.cells.grid import Grid
from rttgeo.cli.next_places import places_for
from rttgeo.estimators.candidates import Candidates
from rttgeo.evaluation.strata import strata
from rttgeo.mesh import Mesh
from rttgeo.papers import privacy as circles
from rttgeo.papers import privacy_size
from rttgeo.privacy import DelayLaw, assess, mechanism, sanitise
from rttgeo.privacy.learning import learn_law
from rttgeo.privacy.luck import draw_vantage_points
from rttgeo.privacy.mechanisms import MECHANISMS
from rttgeo.privacy.priors import PRIORS
from rttgeo.privacy.utility import utility

COARSE = Grid(resolution_km=210.0)
SEEDS = (5, 6)
SECONDS = ("seconds_per_target", "cpu_seconds_per_target")


def plain(value: object, called: dict[str, str] | None = None) -> str:
    """JSON of a document in which nodes have their other names, without times."""

    def renamed(one: object) -> object:
        if isinstance(one, dict):
            return {key: renamed(below) for key, below in one.items() if key not in SECONDS}
        if isinstance(one, list | tuple):
            return [renamed(below) for below in one]
        return (called or {}).get(one, one) if isinstance(one, str) else one

    return json.dumps(renamed(value))


def triples(mesh: Mesh, called: dict[str, str] | None = None) -> set[tuple[str, str, float]]:
    """Landmark, target and round-trip time of every pair, by the other names."""
    names = (
        [(called or {}).get(name, name) for name in getattr(mesh, f"{end}s").index[mesh.pairs[end]]]
        for end in ("landmark", "target")
    )
    return set(zip(*names, mesh.pairs["rtt_ms"], strict=True))


@functools.cache
def evaluated(seed: int | None, **how: object) -> rttgeo.evaluation.Evaluation:
    mesh = hard_mesh() if seed is None else other_names(hard_mesh(), seed)[0]
    places = Candidates(("west", "middle", "east"), np.array([-3.7, 8.6, 21.0]), np.full(3, 50.0))
    return rttgeo.evaluate(mesh, ["cbg", "calibrated"], grid=COARSE, candidates=places, **how)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_evaluation_has_the_same_figures_and_intervals(seed):
    called = other_names(hard_mesh(), seed)[1]
    first, second = (evaluated(one).to_dict() for one in (None, seed))
    (ours,), (theirs,) = first["meshes"], second["meshes"]
    # A list of nodes has the order of the table, which is another one.
    assert {called[name] for name in ours["contradicted"]} == set(theirs.pop("contradicted"))
    ours.pop("contradicted")
    low, high = (ours["methods"][1]["difference_km"][end] for end in ("low", "high"))
    assert low < high
    assert plain(ours) == plain(theirs)


def test_one_target_at_a_time_has_the_same_figures():
    first, second = (
        evaluated(one, alone=True, landmarks=6).to_dict()["meshes"][0] for one in (None, SEEDS[0])
    )
    assert plain(first["methods"]) == plain(second["methods"])


@pytest.mark.parametrize("seed", SEEDS)
def test_strata_are_the_same_to_the_bit(seed):
    for ours, theirs in zip(
        *(evaluated(one).meshes[0].methods for one in (None, seed)), strict=True
    ):
        assert len(strata(ours.targets)) > 4
        assert strata(ours.targets).equals(strata(theirs.targets))


@pytest.mark.parametrize("few", [False, True])
def test_what_an_audit_leaves_is_the_same(few, monkeypatch):
    if few:  # so few pairs that the curve of the misfits is learnt from a draw of them
        monkeypatch.setattr(misfit, "CURVE_PAIRS", 300)
    mesh = strangers_mesh()
    left = []
    for one, called in ((mesh, {}), other_names(mesh, 7)):
        found = rttgeo.audit(one)
        clean = found.clean(one)
        assert len(clean) < len(one)
        back = {new: old for old, new in called.items()}
        left.append(
            (triples(clean, back), sorted(back.get(n.node, n.node) for n in found.misplaced))
        )
    assert left[0] == left[1]


@pytest.mark.parametrize("target", ["vienna", NOWHERE])
def test_where_to_measure_from_next_is_the_same(target):
    mesh = hard_mesh()
    other, called = other_names(mesh, 8)
    said = []
    for one, name in ((mesh, target), (other, called[target])):
        estimate = rttgeo.locate(one, name, grid=COARSE)
        said.append([place.to_dict() for place in places_for(one, estimate, None, 4)])
    assert len(said[0]) == 4 and said[0] == said[1]


WAYS = [mechanism("noise", 20.0), mechanism("blur", 100.0), mechanism("noise-per-peer", 20.0)]
LAW = DelayLaw()


@functools.cache
def assessed(seed: int | None) -> str:
    mesh = strangers_mesh()
    other, called = other_names(mesh, seed) if seed is not None else (mesh, {})
    found = assess(other, law=LAW, most=14, mitigated=6, mechanisms=WAYS)
    return plain(found.to_dict(), {new: old for old, new in called.items()})


def test_an_assessment_of_a_sample_is_the_same():
    document = json.loads(assessed(None))
    low, high = document["intervals"]["p_city"]
    assert document["targets"] == 14 and low < high
    assert assessed(None) == assessed(SEEDS[0])


def test_the_law_of_delays_is_the_same():
    mesh = strangers_mesh()
    first, second = (learn_law(one, PRIORS["cities"]) for one in (mesh, other_names(mesh, 9)[0]))
    assert first.learnt != DelayLaw.learnt
    assert (first.scale, first.shared) == (second.scale, second.shared)
    assert (first.knots[0] == second.knots[0]).all()


def test_draws_of_vantage_points_are_the_same():
    mesh = strangers_mesh()
    first, second = (
        draw_vantage_points(one, LAW, counts=(2, 5), draws=4)
        for one in (mesh, other_names(mesh, 10)[0])
    )
    assert len(first) > 20 and first == second


@pytest.mark.parametrize("name", MECHANISMS)
def test_the_same_seed_publishes_the_same_times(name):
    mesh, way = strangers_mesh(), mechanism(name)
    other, called = other_names(mesh, 11)
    first, second = (sanitise(one, way, seed=4) for one in (mesh, other))
    assert triples(first, called) == triples(second)
    places = (dict(zip(one.landmarks.index, zip(*one.landmark_lonlat, strict=True), strict=True))
              for one in (first, second))  # fmt: skip
    ours, theirs = places
    assert {called[node]: place for node, place in ours.items()} == theirs
    numbered = (
        triples(sanitise(one, way, seed=4, rename_targets=True), back)
        for one, back in ((mesh, called), (other, {}))
    )
    assert next(numbered) == next(numbered)
    assert utility(mesh, way) == utility(other, way)


def test_circles_drawn_from_a_mesh_are_the_same():
    mesh = strangers_mesh()
    other, _ = other_names(mesh, 12)
    ours, theirs = (circles.confinement(one, draws=9) for one in (mesh, other))
    for name in circles.SIZES_KM:
        for mine, again in ((ours.share, theirs.share), (ours.low, theirs.low)):
            assert (mine[name] == again[name]).all()
    assert privacy_size.luck(mesh, "country", ours) == privacy_size.luck(other, "country", theirs)
    ours, theirs = (privacy_size.region_sizes(one, counts=(3,), draws=60) for one in (mesh, other))
    assert (ours.radius_km[3] == theirs.radius_km[3]).all()
    assert (ours.target[3] == theirs.target[3]).all()
    needed = [privacy_size.needed_rtt(one, 3, 1000.0) for one in (ours, theirs)]
    assert np.isfinite(needed[0].value_ms) and needed[0] == needed[1]


def test_the_full_order_is_one_of_the_orders_and_leaves_nothing_to_the_tables():
    mesh = strangers_mesh()
    other, called = other_names(mesh, 13)
    first, second = in_full_order(mesh), in_full_order(other)
    for end in ("landmark", "target"):
        names = (getattr(one.mesh, f"{end}s").index for one in (first, second))
        assert [called[name] for name in next(names)] == list(next(names))
    assert in_order(first.mesh).mesh is first.mesh
    assert in_full_order(first.mesh).mesh is first.mesh
    assert triples(first.mesh) == triples(mesh)
    assert (mesh.pairs["rtt_ms"].to_numpy()[first.pair] == first.mesh.pairs["rtt_ms"]).all()
    # Places, where they are known, are in the order that every other question uses.
    places = [one.mesh.target_lonlat[0] for one in (first, in_order(mesh))]
    assert np.array_equal(*places, equal_nan=True)


def test_the_band_of_a_figure_of_claims_is_the_same():
    import pandas as pd

    from rttgeo.figures.claims import power_curve

    rng = np.random.default_rng(0)
    rows = [(t, km, *rng.random(2)) for t in range(9) for km in (0.0, 100.0, 1000.0)]
    rates = pd.DataFrame(rows, columns=["target", "km", "impossible", "seen"])
    names = rng.permutation(9)
    bands = []
    for table in (rates, rates.assign(target=names[rates["target"]])):
        drawn = power_curve(table, strangers_mesh().provenance)
        bands.append([one.get_paths()[0].vertices for one in drawn.figure.axes[0].collections])
    for ours, theirs in zip(*bands, strict=True):
        assert np.array_equal(ours, theirs)
