"""The audit finds planted mislocations, and the fewest nodes are the fewest."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import shapely
from accuracy_meshes import CITIES, full_mesh, moved
from hypothesis import given, settings
from hypothesis import strategies as st

import rttgeo
from rttgeo import sphere
from rttgeo.auditing.blame import Edges, Problem, explain
from rttgeo.auditing.cover import cheapest_blame, greedy_cover, smallest_cover
from rttgeo.auditing.misfit import Misfit
from rttgeo.auditing.mistakes import at_centre, mistakes
from rttgeo.auditing.nodes import Nodes, Partners
from rttgeo.auditing.report import audit
from rttgeo.auditing.violations import Contradictions, stricter, violations, violations_of
from rttgeo.cli.main import main
from rttgeo.data import coasts as maps
from rttgeo.errors import NotThereError
from rttgeo.evaluation.protocol import contradicted
from rttgeo.evaluation.report import evaluate
from rttgeo.kernels import audited, fitting
from rttgeo.kernels.sorting import quickest_first
from rttgeo.kernels.undoubted import undoubted
from rttgeo.machine.side_by_side import in_blocks
from rttgeo.mesh import Mesh

NOTHING = Misfit(np.ones(0), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool), np.empty(0))

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
    assert found.sentence() == f"{found.name}: nothing was found against any node."
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
    assert found.table().startswith(f"{found.name}: {node} is misplaced.\n")
    assert found.to_dict()["misplaced"][0]["node"] == node
    table, shown = found.table(), found._repr_html_()
    assert "likely lat °" in table and "likely_lat" not in table and "excess_km" not in table
    assert repr(found) == f"<Audit: {found.sentence()}>"
    assert shown.startswith("<pre>") and found.sentence() in shown


def test_a_table_that_cannot_be_checked_is_no_all_clear(tmp_path, capsys):
    path = tmp_path / "p.csv"
    path.write_text(
        "landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms\n"
        "a,48,16,x,,,4\nb,50,14,x,,,8\n"
    )
    assert main(["audit", str(path)]) == 0
    said = capsys.readouterr().out.splitlines()[0]
    assert said.startswith("Nothing can be said about p. None of 3 nodes could be checked: ")
    assert said.endswith("between the landmarks, and audit again.")


def test_the_command_names_the_culprit_first(tmp_path, capsys):
    rttgeo.write_mesh(moved(full_mesh(), "riga", 139.7, 35.7), tmp_path / "p.csv")
    assert main(["audit", str(tmp_path / "p.csv")]) == 0
    said = capsys.readouterr().out
    assert "riga is misplaced." in said.splitlines()[0]
    assert not re.search(r"\b(True|False|NaN|\w+_\w+)\b", said)


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


def test_a_place_at_sea_whose_sign_was_lost_is_named():
    """Its delays fit the sea as well as the land: no other rule finds it. Measured, planted."""
    mesh = rttgeo.open_dataset("azure-2026")
    assert not audit(mesh).suspicious
    lon, lat = (float(axis[mesh.target_number("Brazil South")]) for axis in mesh.target_lonlat)
    found = audit(moved(mesh, "Brazil South", lon, -lat))
    (one,) = found.suspicious
    assert (one.node, one.reason) == ("Brazil South", "latitude sign")
    assert (one.likely_lon, one.likely_lat) == (lon, lat)
    assert "sign of the latitude" in one.evidence()


@pytest.mark.parametrize(
    ("place", "reason"),
    [((0.0, 0.0), "at 0°, 0°"), ((-30.0, 40.0), "at sea"), ((25.0, 29.0), None)],
)
def test_typical_mistakes_of_a_place_are_named(place, reason):
    nodes = Nodes.of(moved(full_mesh(), "athens", *place))
    nobody = Partners.nobody(nodes)
    found = {str(nodes.names[one.node]): one.reason for one in mistakes(nodes, nobody, NOTHING)}
    assert found == ({} if reason is None else {"athens": reason})


def test_the_middle_of_a_country_is_named():
    shapes = maps.countries("50m").set_index("name")
    middle = shapely.centroid(shapes.loc["Algeria"].geometry)
    lon, lat = np.array([middle.x, 3.06, middle.x + 1.0]), np.array([middle.y, 36.75, middle.y])
    assert at_centre(lon, lat).tolist() == [True, False, False]


def test_single_impossible_pairs_set_nobody_aside():
    """One RTT of 0.05 ms among all: a pair. The same from three partners: the node."""
    mesh = full_mesh()
    pairs = mesh.pairs.copy()
    at = {name: row for row, name in enumerate(CITIES)}
    for a, b in (("lisbon", "riga"), ("oslo", "athens")):
        row = pairs.index[(pairs["landmark"] == at[a]) & (pairs["target"] == at[b])][0]
        pairs.loc[row, "rtt_ms"] = 0.05
    broken = Mesh.build(mesh.landmarks, mesh.targets, pairs, mesh.provenance)
    assert not contradicted(broken).any()
    contradictions = Contradictions.of(broken, "vacuum")
    nobody = np.zeros(len(CITIES), dtype=bool)
    assert len(contradictions.impossible(nobody, nobody)) == 2
    assert not contradictions.misplaced(nobody, nobody)[1].any()
    hidden = nobody.copy()
    hidden[at["riga"]] = True
    assert len(contradictions.impossible(hidden, hidden)) == 1


@settings(max_examples=25, deadline=None)
@given(EDGES, st.lists(st.floats(0.3, 1.5), min_size=14, max_size=14), st.data())
def test_the_cheapest_blame_costs_what_all_trials_find(edges, edge_cost, data):
    edges = sorted({tuple(sorted(edge)) for edge in edges})
    first, second = np.array(edges, dtype=np.int64).reshape(-1, 2).T
    able = np.array(data.draw(st.lists(st.booleans(), min_size=2 * len(edges),
                                       max_size=2 * len(edges))), dtype=bool).reshape(-1, 2)  # fmt: skip
    costs = np.array(edge_cost[: len(edges)])
    node_cost = np.ones(9)
    found = cheapest_blame(first, second, able, node_cost=node_cost, edge_cost=costs,
                           preference=np.zeros(9))  # fmt: skip
    best = min(
        size + sum(cost for (a, b), (can_a, can_b), cost in zip(edges, able, costs, strict=True)
                   if not ((can_a and a in chosen) or (can_b and b in chosen)))
        for size in range(10)
        for chosen in combinations(range(9), size)
    )  # fmt: skip
    assert found.exact
    assert found.cost == pytest.approx(best, abs=0.02)


def test_ties_go_to_the_node_with_the_larger_share():
    """Paris measured all, Riga Paris only, and the two contradict each other both ways."""
    mesh = moved(full_mesh(), "riga", 139.7, 35.7)
    paris, riga = (list(CITIES).index(name) for name in ("paris", "riga"))
    ends = mesh.pairs[["landmark", "target"]].to_numpy()
    star = mesh.where((ends == paris).any(axis=1))
    with_riga = (star.pairs[["landmark", "target"]] == riga).any(axis=1)
    # So slow to all others that none of them is a witness of where Paris is.
    pairs = star.pairs.assign(rtt_ms=np.where(with_riga, star.pairs["rtt_ms"], 200.0))
    star = Mesh.build(star.landmarks, star.targets, pairs, star.provenance)
    nodes = Nodes.of(star)
    edges = Edges.of(nodes, Partners.of(star, nodes), violations(star), 50.0)
    assert edges.able(np.ones(1, dtype=bool), np.ones(len(CITIES), dtype=bool)).all()
    assert np.flatnonzero(explain(edges).nodes).tolist() == [riga]


def test_all_round_trip_times_equal_is_no_special_case():
    mesh = full_mesh()
    same = Mesh.build(mesh.landmarks, mesh.targets, mesh.pairs.assign(rtt_ms=5.0), mesh.provenance)
    found = audit(same)
    assert found.n_violations == len(violations(same))
    assert len(found.impossible) + len(found.misplaced) > 0


def test_the_table_of_nodes_does_not_depend_on_the_order_of_rows():
    mesh = moved(full_mesh(), "riga", 139.7, 35.7)
    order = np.random.default_rng(0).permutation(len(CITIES))
    back = np.argsort(order)
    pairs = mesh.pairs.assign(
        landmark=back[mesh.pairs["landmark"]], target=back[mesh.pairs["target"]]
    )
    other = Mesh.build(mesh.landmarks.iloc[order], mesh.targets.iloc[order], pairs, mesh.provenance)
    one, two = audit(mesh).nodes, audit(other).nodes
    pd.testing.assert_frame_equal(one, two)
    assert one["node"].is_monotonic_increasing
    riga = one.set_index("node").loc["riga"]
    assert (riga["verdict"], riga["reasons"]) == ("misplaced", "misplaced")
    assert "pairs beat light" in riga["evidence"]


def with_a_box_on_the_way(mesh: Mesh, node: str) -> Mesh:
    """Whatever a landmark asks, something near it answers in a millisecond."""
    mine = mesh.pairs["landmark"].to_numpy() == mesh.landmarks.index.get_loc(node)
    pairs = mesh.pairs.assign(rtt_ms=np.where(mine, 1.0, mesh.pairs["rtt_ms"]))
    return Mesh.build(mesh.landmarks, mesh.targets, pairs, mesh.provenance)


def test_a_box_that_answers_for_others_is_named():
    found = audit(with_a_box_on_the_way(rttgeo.open_dataset("azure-2026"), "Italy North"))
    (one,) = [finding for finding in found.suspicious if finding.reason == "answers too fast"]
    assert one.node == "Italy North" and one.violations > 20
    row = found.nodes.set_index("node").loc["Italy North"]
    assert "answers too fast" in row["reasons"]


def test_two_weeks_differ_in_the_lines_of_what_changed(tmp_path):
    mesh = rttgeo.open_dataset("azure-2026")
    weeks = [mesh, with_a_box_on_the_way(mesh, "Italy North")]
    written = []
    for number, week in enumerate(weeks):
        pairs, nodes = tmp_path / f"{number}.parquet", tmp_path / f"{number}.csv"
        rttgeo.write_mesh(week, pairs)
        assert main(["audit", str(pairs), "--nodes", str(nodes)]) == 0
        written.append(nodes.read_text().splitlines())
    assert main(["audit", str(tmp_path / "0.parquet"), "--nodes", str(tmp_path / "again.csv")]) == 0
    assert (tmp_path / "again.csv").read_text().splitlines() == written[0]
    assert written[0][0] == written[1][0]
    (changed,) = [
        two
        for one, two in zip(*written, strict=True)
        if one.split(",")[:5] != two.split(",")[:5] and "Italy North" in two
    ]
    assert "answers too fast" in changed


@pytest.mark.parametrize("bound", ["vacuum", "fibre"])
@pytest.mark.parametrize("scale", [0.2, 0.6, 1.0])
def test_of_the_violations_by_fibre_the_stricter_ones_are_those_by_any_wider_bound(bound, scale):
    mesh = moved(full_mesh(), "riga", 139.7, 35.7)
    pairs = mesh.pairs.assign(rtt_ms=mesh.pairs["rtt_ms"] * scale)
    mesh = Mesh.build(mesh.landmarks, mesh.targets, pairs, mesh.provenance)
    nodes = Nodes.of(mesh)
    wide = violations_of(mesh, nodes, "fibre", 5.0)
    assert len(wide)
    pd.testing.assert_frame_equal(
        stricter(wide, bound, 5.0), violations_of(mesh, nodes, bound, 5.0)
    )


@settings(max_examples=30, deadline=None)
@given(EDGES.filter(bool), st.data())
def test_the_parts_of_a_blame_cost_together_what_the_whole_does(edges, data):
    edges = sorted({(min(edge), max(edge)) for edge in edges})
    first, second = np.array(edges, dtype=np.int64).T
    ends = st.tuples(st.booleans(), st.booleans())
    able = np.array(data.draw(st.lists(ends, min_size=len(edges), max_size=len(edges))))
    problem = Problem(first, second, able, np.ones(9), np.full(len(edges), 0.6), np.zeros(9))
    label = problem.components()
    parts = [problem.part(label, number) for number in range(label.max() + 1)]
    nobodys = 0.6 * np.count_nonzero(~able.any(axis=1))
    assert sum(part.solve().cost for part in parts) + nobodys == pytest.approx(problem.solve().cost)
    assert sum(len(part.first) for part in parts) == np.count_nonzero(able.any(axis=1))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9))
def test_blocks_of_nodes_are_tried_as_all_at_once(seed, size):
    rng = np.random.default_rng(seed)
    n, k = 12, 10
    points = sphere.unit_vectors(rng.uniform(-180, 180, n), rng.uniform(-90, 90, n))
    other = np.concatenate([rng.permutation(np.delete(np.arange(n), i))[:k] for i in range(n)])
    start, rtt = np.arange(n + 1) * k, rng.uniform(1, 200, n * k)
    quickest_first(start, other, rtt)
    assert all((np.diff(rtt[i * k : (i + 1) * k]) >= 0).all() for i in range(n))
    table = np.linspace(2.0, 6.0, 50)

    def tried(first: int, stop: int):
        return fitting.best_elsewhere(
            points, first, start[first : stop + 1], other, np.log(rtt + 10), table, 5, 100.0, 4, 8
        )

    better, best = tried(0, n)
    blocks = [tried(first, min(first + size, n)) for first in range(0, n, size)]
    assert np.array_equal(np.concatenate([one for one, _ in blocks]), better)
    assert np.array_equal(np.concatenate([one for _, one in blocks]), best)


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9])
def test_ranges_cover_all_numbers_once(count):
    ranges = in_blocks(lambda own: list(range(count))[own], count, 4)
    assert [number for one in ranges for number in one] == list(range(count))


pair_of_nodes = st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(
    lambda ends: ends[0] != ends[1]
)


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 5), max_size=6), min_size=6, max_size=6),
    st.lists(pair_of_nodes),
)
def test_partners_without_those_in_doubt_are_those_counted_by_hand(partners, doubted):
    start = np.concatenate([[0], np.cumsum([len(some) for some in partners])]).astype(np.int64)
    other = np.array([one for some in partners for one in some], np.int64)
    ends = np.array(doubted, np.int64).reshape(-1, 2)
    begin, order = audited.by_number(ends.ravel(order="F"), 6)
    beyond = ends[:, ::-1].ravel(order="F")[order]
    keep, size = np.zeros(len(other), bool), np.zeros(6, np.int64)
    for block in ((0, 2), (2, 6)):
        undoubted(*block, start, other, begin, beyond, keep, size)
    edges = {frozenset(one) for one in doubted}
    expected = [
        [one for one in some if any(node in e for e in edges) and {node, one} not in edges]
        for node, some in enumerate(partners)
    ]
    assert size.tolist() == [len(some) for some in expected]
    assert other[keep].tolist() == [one for some in expected for one in some]


def test_in_a_small_country_many_places_are_near_its_middle():
    """Hoyvík is 6 km from the middle of the Faroes, and a suburb of their capital."""
    assert not at_centre(np.array([-6.77]), np.array([62.04])).any()
    lon, lat, share = -6.88, 62.05, []
    for east, north in np.random.default_rng(3).uniform(-0.5, 0.5, (400, 2)):
        share.append(at_centre(np.array([lon + east]), np.array([lat + north / 2]))[0])
    assert 0 < np.mean(share) < 0.03
