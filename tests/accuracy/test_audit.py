"""The audit finds planted mislocations, and the fewest nodes are the fewest."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from accuracy_meshes import CITIES, full_mesh, moved
from hypothesis import given, settings
from hypothesis import strategies as st

from rttgeo import sphere
from rttgeo.auditing import audit, smallest_cover, violations
from rttgeo.auditing.cover import greedy_cover
from rttgeo.errors import NotThereError
from rttgeo.evaluation import evaluate
from rttgeo.mesh import Mesh

EDGES = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 8)).filter(lambda e: e[0] != e[1]), max_size=14
)


def by_trial(edges: list[tuple[int, int]]) -> int:
    """Size of the smallest cover, by all subsets."""
    for size in range(10):
        for chosen in combinations(range(9), size):
            if all(a in chosen or b in chosen for a, b in edges):
                return size
    raise AssertionError


@settings(max_examples=40, deadline=None)
@given(EDGES)
def test_the_cover_is_the_smallest(edges):
    first, second = np.array(edges, dtype=np.int64).reshape(-1, 2).T
    cover = smallest_cover(first, second)
    assert cover.exact
    assert len(cover.nodes) == by_trial(edges)
    assert all(a in cover.nodes or b in cover.nodes for a, b in edges)
    greedy = greedy_cover(first, second)
    assert all(a in greedy or b in greedy for a, b in edges)


def test_preference_decides_between_equals_only():
    assert smallest_cover([0], [1], preference=[0.0, 1.0]).nodes.tolist() == [1]
    assert smallest_cover([0], [1], preference=[1.0, 0.0]).nodes.tolist() == [0]
    assert smallest_cover([0, 0], [1, 2], preference=[0, 9, 9]).nodes.tolist() == [0]


def test_a_clean_mesh_is_clean():
    found = audit(full_mesh())
    assert found.n_violations == 0
    assert not found.misplaced
    assert not len(found.impossible)


@pytest.mark.parametrize("node", ["zurich", "riga", "lisbon"])
def test_a_planted_mislocation_is_found_and_put_back(node):
    found = audit(moved(full_mesh(), node, 139.7, 35.7))
    assert [finding.node for finding in found.misplaced] == [node]
    (finding,) = found.misplaced
    assert finding.certain
    assert found.exact
    away = sphere.distance_km(finding.likely_lon, finding.likely_lat, *CITIES[node])
    assert away < 600
    assert "misplaced" in found.table()
    assert found.to_dict()["misplaced"][0]["node"] == node


def test_an_impossible_rtt_is_not_a_mislocation():
    mesh = full_mesh()
    pairs = mesh.pairs.copy()
    row = pairs.index[(pairs["target"] == 0) & (pairs["landmark"] == 20)][0]
    pairs.loc[row, "rtt_ms"] = 0.05
    broken = Mesh.build(mesh.landmarks, mesh.targets, pairs, mesh.provenance)
    found = audit(broken)
    assert not found.misplaced
    assert found.impossible[["landmark", "target"]].to_numpy().tolist() == [["riga", "lisbon"]]
    assert len(found.clean(broken)) == len(broken) - 1


def test_violations_are_those_of_the_bound():
    mesh = moved(full_mesh(), "riga", 139.7, 35.7)
    table = violations(mesh, "vacuum", 0.0)
    reach = 149.896229 * mesh.pairs["rtt_ms"].to_numpy()
    assert set(table["pair"]) == set(np.flatnonzero(mesh.distance_km > reach))
    assert len(violations(mesh, "fibre", 0.0)) >= len(table)
    with pytest.raises(NotThereError, match="no bound"):
        violations(mesh, "string")


@pytest.mark.slow
def test_one_mislocation_hardly_moves_the_default():
    mesh = full_mesh()
    errors = [
        evaluate(one, "calibrated")
        .per_target()
        .set_index("target")["error_km"]
        .drop(
            "zurich",
            errors="ignore",  # not scored where light contradicts it
        )
        for one in (mesh, moved(mesh, "zurich", 139.7, 35.7))
    ]
    assert errors[1].median() < 1.25 * errors[0].median()
