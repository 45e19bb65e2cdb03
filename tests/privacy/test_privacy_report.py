"""The report and the publishable table: `rttgeo.privacy.assess`, `sanitise`, both commands."""

import dataclasses
import json
import re

import numpy as np
import pytest

import rttgeo
from rttgeo.cli.main import main
from rttgeo.mesh import Mesh, Provenance, nodes
from rttgeo.privacy import (
    MECHANISMS,
    PRIORS,
    DelayLaw,
    Mechanism,
    assess,
    exposure,
    mechanism,
    sanitise,
    stated_mechanism,
)
from rttgeo.privacy.assessing import remaining
from rttgeo.privacy.mitigation import Mitigation
from rttgeo.privacy.recommending import dominated_ones, recommend
from rttgeo.privacy.sanitising import published
from rttgeo.privacy.threats import (
    DatasetReader,
    Halves,
    HandshakeObserver,
    PingingEndpoint,
    ProbeSet,
    SpinBitObserver,
)
from rttgeo.report import mitigations
from rttgeo.report.exposure import located_otherwise, page, reading, sentences
from rttgeo.report.places import likely_places

PLACES = {
    "zrh": (8.55, 47.37), "vie": (16.37, 48.21), "mil": (9.19, 45.46), "prg": (14.42, 50.09),
    "par": (2.35, 48.86), "fra": (8.68, 50.11),
}  # fmt: skip
SIZES = ("p_city", "p_region", "p_country")
WAYS = [
    ("round", 10.0), ("floor", 10.0), ("buckets", 5.0), ("noise", 5.0), ("noise-per-peer", 10.0),
    ("min-of-n", 4.0), ("drop-lowest", 2.0), ("blur", 100.0), ("median", 10.0), ("none", 0.0),
    ("spin-disabled", 2.0),
]  # fmt: skip


@pytest.fixture(scope="module")
def small() -> Mesh:
    """Six landmarks around three targets: one 0.2 ms from Zurich, two farther off."""
    lon, lat = (np.array(one) for one in zip(*PLACES.values(), strict=True))
    true = np.array([[8.56, 47.38], [11.4, 47.27], [2.2, 48.9]])
    rtt, pairs = [], []
    for t, (x, y) in enumerate(true):
        away = rttgeo.sphere.distance_km(lon, lat, x, y)
        times = 1.4 * away / 100 + (0.19, 3.0, 6.0)[t]
        rtt += times.tolist()
        pairs += [(k, t) for k in range(len(lon))]
    table = {"landmark": [k for k, _ in pairs], "target": [t for _, t in pairs], "rtt_ms": rtt}
    import pandas as pd

    table = pd.DataFrame({**table, "samples": 7, "hops": 3})
    return Mesh.build(
        nodes(list(PLACES), lon, lat), nodes(["near", "far", "third"], *true.T), table,
        Provenance("small", kind="simulated"),
    )  # fmt: skip


def test_the_report_has_the_shape_that_is_documented(small):
    told = assess(small, mechanisms=(mechanism("round", 10.0), mechanism("noise", 5.0))).to_dict()
    assert told["mesh"] == "small" and told["targets"] == 3
    assert set(told["exposed"]) == {"city", "region", "country", "continent"}
    assert told["exposed"]["city"] == 1 and told["exposed"]["continent"] == 3
    assert told["exposed_for_certain"]["city"] == 1
    assert told["worst"][0]["target"] == "near" and told["worst"][0]["country"] == "CH"
    for name in (
        "expected_error_km", "p_city", "p_country", "entropy_bits", "min_entropy_bits",
        "people_median",
    ):  # fmt: skip
        assert np.isfinite(told["metrics"][name])
    assert [one["mechanism"] for one in told["mitigations"]] == [
        "none", "round", "noise", "round", "noise",
    ]  # fmt: skip
    assert [one["attacker"] for one in told["mitigations"]][-2:] == ["naive", "naive"]
    for one in told["mitigations"]:
        assert {"parameter", "metrics", "utility"} <= set(one)
        for name, (low, high) in one["intervals"].items():
            assert low <= one["metrics"][name] <= high
    epsilon = {
        one["mechanism"]: one["metrics"]["geo_indistinguishability_per_km"]
        for one in told["mitigations"]
    }
    assert epsilon["round"] is None and epsilon["noise"] > 0
    json.dumps(told, allow_nan=False)


def test_what_light_proves_is_exposed_and_rounding_hides_it(small):
    law = DelayLaw()
    rows = assess(small, law=law, mechanisms=(mechanism("round", 25.0),)).mitigations
    assert rows[0].exposed["city"] == 1 and rows[1].exposed["city"] == 0
    assert rows[0].metrics["worst_p_city"] > 0.99 > 0.5 > rows[1].metrics["worst_p_city"]


@pytest.mark.parametrize(("name", "parameter"), WAYS)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_sanitised_table_is_never_less_private_than_its_report_says(
    small, tmp_path, name, parameter, ending
):
    """The attacker reads the file, and knows mechanism, parameter and law of delays."""
    way = mechanism(name, parameter)
    shown = published(small, way, np.random.default_rng(3))
    promised = remaining(small, shown, way)
    path = rttgeo.write_mesh(sanitise(small, way, shown=shown), tmp_path / f"out.{ending}")
    public = rttgeo.read_mesh(path)
    for row, case in zip(promised.targets.tolist(), promised.cases, strict=True):
        target = small.targets.index[row]
        if target not in public.targets.index:
            continue
        reader = DatasetReader(promised.laws.of(row), PRIORS["cities"], mechanism=way)
        found = exposure(reader.posterior((public, target)))
        said = case.found
        assert found.expected_error_km >= 0.98 * said.expected_error_km - 0.1
        for size, p in found.p_size.items():
            assert p <= said.p_size[size] + 0.01
        assert found.p_country <= said.p_country + 0.01
        assert found.entropy_bits >= said.entropy_bits - 0.05
        assert found.min_entropy_bits >= said.min_entropy_bits - 0.05


def test_the_promise_is_tested_of_every_mechanism():
    assert {name for name, _ in WAYS} == set(MECHANISMS)


@pytest.mark.parametrize(("name", "parameter"), WAYS)
def test_nothing_else_is_published(small, tmp_path, name, parameter):
    way = mechanism(name, parameter)
    path = rttgeo.write_mesh(sanitise(small, way, seed=1), tmp_path / "out.csv")
    public = rttgeo.read_mesh(path)
    assert not public.has_truth
    assert list(public.pairs.columns) == ["target", "landmark", "rtt_ms"]
    assert stated_mechanism(public) == way
    again = sanitise(dataclasses.replace(small, provenance=public.provenance), way, seed=1)
    assert again.provenance.statistic.count("mechanism") == 1
    assert "seed" not in path.with_name("out.csv.meta.json").read_text()


def test_lots_are_not_the_same_twice(small):
    way = mechanism("noise", 5.0)
    once, twice = (sanitise(small, way).pairs["rtt_ms"].to_numpy() for _ in range(2))
    assert not np.array_equal(once, twice)
    same = [sanitise(small, way, seed=4).pairs["rtt_ms"].to_numpy() for _ in range(2)]
    assert np.array_equal(*same)


def test_renamed_targets_are_in_another_order(small):
    public = sanitise(small, Mechanism(), seed=0, rename_targets=True)
    assert sorted(public.targets.index) == ["target-1", "target-2", "target-3"]
    lowest = [public.of_target(name).rtt_ms.min() for name in public.targets.index]
    assert sorted(np.round(lowest, 3)) == sorted(
        np.round([small.of_target(k).rtt_ms.min() for k in range(3)], 3)
    )


def row(name, parameter, *, error, percentile, exposed=0):
    metrics = {
        "expected_error_km": error, "p_city": 0.1, "p_region": 0.1, "p_country": 0.1,
        "entropy_bits": 5.0, "min_entropy_bits": 2.0,
    }  # fmt: skip
    use = {
        "percentile_error_ms": percentile, "regression_auc": 1.0, "nearest_extra_ms": 0.0,
        "published_share": 1.0, "landmark_error_km": 0.0,
    }  # fmt: skip
    counts = {"city": exposed, "region": exposed, "country": exposed, "continent": 9}
    return Mitigation(mechanism(name, parameter), "optimal", metrics, counts, use)


def test_the_cheapest_that_protects_is_advised_and_the_beaten_are_named():
    rows = [
        row("none", None, error=10.0, percentile=0.0, exposed=4),
        row("round", 10.0, error=50.0, percentile=3.0),
        row("noise", 5.0, error=50.0, percentile=9.0),
        row("floor", 10.0, error=20.0, percentile=0.5, exposed=3),
    ]
    advice = recommend({"city": 4, "region": 5}, 10, rows, 10)
    assert advice.chosen is rows[1] and "rounded up to a multiple of 10 ms" in advice.sentence
    assert "4 of 10 targets are exposed to the size of a city" in advice.sentence
    assert dominated_ones(rows) == {rows[2].mechanism: rows[1].mechanism}
    safe = recommend({"city": 0, "region": 1}, 10, rows, 10)
    assert safe.chosen is None and safe.sentence.startswith("These round-trip times can be")
    none = recommend({"city": 4, "region": 5}, 10, [rows[0], rows[3]], 10)
    assert none.chosen is None and "no mitigation tried here" in none.sentence


def test_what_so_few_targets_cannot_tell_decides_nothing():
    costs = {10.0: 3.0, 25.0: 9.0}
    rows = [row("none", None, error=10.0, percentile=0.0, exposed=4)]
    rows += [row("round", q, error=50.0, percentile=cost) for q, cost in costs.items()]
    few = recommend({"city": 4, "region": 5}, 10, rows, 10)
    assert few.chosen is rows[1] and "may be 28 % of all" in few.doubt
    one = recommend({"city": 1, "region": 1}, 1, rows, 1)
    assert one.doubt == ("A single target does not show how many others would stay exposed.")
    four = recommend({"city": 4, "region": 4}, 4, rows, 4)
    assert four.doubt.startswith("4 targets do not") and "%" not in four.doubt
    many = recommend({"city": 4, "region": 5}, 60, rows, 60)
    assert many.chosen is rows[1] and not many.doubt
    rows[1].exposed["region"] = 4
    torn = recommend({"city": 4, "region": 5}, 60, rows, 60)
    assert torn.chosen is rows[2]
    assert torn.doubt == (
        "60 targets are too few to tell whether it would be enough to publish them rounded up to a "
        "multiple of 10 ms."
    )
    rows[2].utility["percentile_error_ms"] = 90.0
    dear = recommend({"city": 4, "region": 5}, 60, rows, 60)
    assert dear.chosen is rows[1]
    assert dear.doubt.endswith(
        "may be 16 % of all. Certainly enough, but far more costly: to publish them rounded up to a "
        "multiple of 25 ms."
    )


@pytest.mark.parametrize(("spread_km", "beaten"), [(1.0, True), (400.0, False)])
def test_a_mechanism_is_beaten_only_where_other_targets_would_say_so_too(spread_km, beaten):
    """The mean is better by 5 km: that is much where targets agree, and nothing where not."""
    winner, loser = (row("round", q, error=e, percentile=3.0) for q, e in ((10.0, 55), (25.0, 50)))
    lots = np.random.default_rng(1)
    drawn = {name: np.full(500, 1.0) for name in winner.metrics}
    better = {**drawn, "expected_error_km": lots.normal(55.0, spread_km, 500)}
    rows = [
        winner._replace(resamples=better),
        loser._replace(resamples={**drawn, "expected_error_km": np.full(500, 50.0)}),
    ]
    assert (dominated_ones(rows) == {loser.mechanism: winner.mechanism}) == beaten


def test_threats_turn_what_they_get_into_a_posterior():
    here = PingingEndpoint(lon=8.55, lat=47.37).posterior([4.0, 0.2, 9.0])
    assert exposure(here).p_size["city"] > 0.9
    lon, lat = zip(*PLACES.values(), strict=True)
    times = [3.1, 6.0, np.nan, 6.4, 8.0, 4.0]
    many = exposure(ProbeSet(lon=lon, lat=lat).posterior(times))
    one = exposure(PingingEndpoint(lon=8.55, lat=47.37).posterior([3.1]))
    assert many.expected_error_km < one.expected_error_km
    alone = HandshakeObserver(lon=8.68, lat=50.11).posterior(Halves([5.0, 4.0], [20.0, 21.0]))
    known = HandshakeObserver(lon=8.68, lat=50.11, other=(-0.1, 51.5)).posterior(
        Halves([5.0, 4.0], [20.0, 21.0])
    )
    assert exposure(alone).country == "DE" and known.held.sum() == pytest.approx(1)
    silent = SpinBitObserver(server=(8.68, 50.11)).posterior([np.nan, np.nan])
    spins = SpinBitObserver(server=(8.68, 50.11)).posterior([np.nan, 0.5, 3.0])
    assert exposure(silent).entropy_bits > 8 + exposure(spins).entropy_bits
    assert SpinBitObserver.chance_to_see(1) == pytest.approx(15 / 16)
    with pytest.raises(rttgeo.BadInputError, match="above 0 ms"):
        PingingEndpoint().posterior([])


def test_the_commands(small, tmp_path, capsys):
    pairs = str(rttgeo.write_mesh(small, tmp_path / "pairs.csv"))
    public, page = str(tmp_path / "public.csv"), tmp_path / "report.html"
    done = main(["sanitise", pairs, "-o", public, "--mechanism", "round", "--parameter", "25"])
    assert done == 0
    assert "rounded up to a multiple of 25 ms" in capsys.readouterr().out
    assert main(["privacy", public, "--json", "--html", str(page), "--no-mitigations"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["published_by"] == {"mechanism": "round", "parameter": 25.0}
    assert told["exposed"]["city"] == 0 and told["mitigations"] == []
    assert "May small be published?" in page.read_text() and "`" not in page.read_text()
    assert main(["privacy", pairs, "--no-mitigations"]) == 0
    assert capsys.readouterr().out.startswith("As this table stands, 1 of 3 targets is exposed")


def test_bad_input_is_one_line(small, tmp_path, capsys):
    pairs = str(rttgeo.write_mesh(small, tmp_path / "pairs.csv"))
    geo = tmp_path / "geo.csv"
    geo.write_text("target,db_lat,db_lon\nnear,91,8\n")
    assert main(["privacy", pairs, "--database", str(geo), "--no-mitigations"]) == 2
    assert "line 2" in capsys.readouterr().err
    assert main(["sanitise", pairs, "-o", "x.csv", "--mechanism", "round", "--parameter", "0"]) == 2
    assert "expected above 0" in capsys.readouterr().err


def test_a_database_is_held_against_the_delays(small, tmp_path, capsys):
    pairs = str(rttgeo.write_mesh(small, tmp_path / "pairs.csv"))
    geo = tmp_path / "geo.csv"
    # Right for the one, and in the capital of another country for the other.
    geo.write_text("target,db_lat,db_lon\nnear,47.38,8.55\nfar,48.85,2.35\n")
    assert main(["privacy", pairs, "--database", str(geo), "--no-mitigations", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["database"]
    assert told["targets"] == 2
    assert told["moved_by_rtt"] == 1
    checked = told["checked"]
    assert checked["database_error_km"] > 300 > checked["both_error_km"]
    assert checked["halved_by_rtt"] == 1


@pytest.mark.parametrize(("name", "parameter"), WAYS)
def test_what_light_proves_of_a_published_table_is_true(small: Mesh, name, parameter):
    """Never more than the true times prove, and nothing where noise may have shortened them."""
    way, before = mechanism(name, parameter), assess(small, mechanisms=())
    for seed in range(5):
        shown = published(small, way, np.random.default_rng(seed))
        left = remaining(small, shown, way)
        assert all(left.certain[size] <= before.certain[size] for size in before.certain)
        if not (way.bounds or way.blurs):
            assert not any(left.certain.values())
        lowest = [one["lowest_rtt_ms"] for one in left.worst()]
        assert set(lowest) <= {*shown.rtt_ms[np.isfinite(shown.rtt_ms)], np.inf}


@pytest.mark.parametrize(("name", "parameter"), WAYS)
def test_a_mechanism_says_whether_light_still_bounds(small: Mesh, name, parameter):
    way, true = mechanism(name, parameter), small.pairs["rtt_ms"].to_numpy()
    sound = []
    for seed in range(20):
        shown = published(small, way, np.random.default_rng(seed))
        there = np.isfinite(shown.rtt_ms)
        same = np.array_equal(np.stack([shown.lon, shown.lat]), np.stack(small.landmark_lonlat))
        sound.append(same and (shown.rtt_ms[there] >= true[there] - 0.05).all())
    assert all(sound) == way.bounds


def test_a_table_that_teaches_nothing_is_not_called_safe(small: Mesh, tmp_path, capsys):
    unknown = sanitise(small, mechanism("floor", 200.0))
    found = assess(unknown, mechanisms=())
    assert not found.exposed["region"] and found.checked() is None
    assert "This table alone does not show" in found.advice.sentence
    assert "can be published as they are" not in found.advice.sentence


def test_targets_that_are_landmarks_are_named_before_the_numbers(azure: Mesh):
    found = assess(azure, mechanisms=(), most=6)
    assert found.stated_places == 6 and found.to_dict()["stated_places"] == 6
    assert "the table itself gives the place away" in sentences(found)[1]


def test_noise_that_a_table_states_is_told_to_whoever_locates_in_it(small: Mesh, tmp_path, capsys):
    for name, told in (("noise", True), ("round", False), ("none", False)):
        path = tmp_path / f"{name}.csv"
        rttgeo.write_mesh(sanitise(small, mechanism(name, 5.0), seed=1), path)
        main(["locate", str(path), "-m", "shortest-ping"])
        assert ("light does not bound its targets" in capsys.readouterr().err) == told


def test_where_locate_is_surer_than_the_attacker_the_report_says_so(tmp_path, capsys):
    rows = [
        ("vienna", 48.21, 16.37, 4.2),
        ("prague", 50.09, 14.42, 7.9),
        ("munich", 48.14, 11.58, 9.5),
    ]
    table = tmp_path / "pings.csv"
    table.write_text(
        "landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms\n"
        + "".join(f"{name},{lat},{lon},server,,,{ms}\n" for name, lat, lon, ms in rows)
    )
    mesh = rttgeo.read_mesh(table)
    found = assess(mesh, mechanisms=())
    said = located_otherwise(found)
    city = likely_places(rttgeo.locate(mesh, "server"), 1).cities[0]
    belief = found.worst()[0]["p_city"]
    assert said.startswith(f"Take the risk for server as {city.p:.2f}, not {belief:.2f}: ")
    assert f"in or around Vienna with probability {city.p:.2f}" in said
    assert main(["privacy", str(table), "--no-mitigations"]) == 0
    assert said[:60] in " ".join(capsys.readouterr().out.split())


def test_locate_is_asked_about_what_was_published(small: Mesh, tmp_path):
    """Not about the true times, which no reader of the table has."""
    unknown = sanitise(small, mechanism("none"))
    way = mechanism("noise", 30.0)
    shown = published(unknown, way, np.random.default_rng(1))
    left = remaining(unknown, shown, way)
    rttgeo.write_mesh(sanitise(unknown, way, shown=shown), tmp_path / "public.csv")
    again = assess(rttgeo.read_mesh(tmp_path / "public.csv"), mechanisms=())
    assert left.generic and again.generic
    assert sorted(left.readable.pairs["rtt_ms"]) == sorted(again.mesh.pairs["rtt_ms"])
    assert located_otherwise(left) == located_otherwise(again)
    assert located_otherwise(left) != located_otherwise(assess(unknown, mechanisms=()))


def test_a_table_that_states_places_is_not_said_to_be_safe_as_it_is(azure: Mesh):
    exposed = {"city": 0, "region": 0}
    said = recommend(exposed, 50, (), 0, stated=True).sentence
    assert said.startswith("As far as round-trip times go, ")
    assert recommend(exposed, 50, (), 0).sentence.startswith("These round-trip times can be")


def test_nothing_is_compared_where_the_attacker_has_learnt():
    found = assess(rttgeo.open_dataset("azure-2026"), most=3, mechanisms=())
    assert not found.generic and located_otherwise(found) == ""


PINGS = (
    "landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms\n"
    "vienna,48.21,16.37,server,,,4.2\nprague,50.09,14.42,server,,,7.9\n"
    "munich,48.14,11.58,server,,,9.5\n"
)


def test_locate_is_not_believed_where_what_it_reads_was_changed(tmp_path):
    """It takes noise for true times: however sure it is of a city, that is not the risk."""
    table = tmp_path / "pings.csv"
    table.write_text(PINGS)
    mesh, way = rttgeo.read_mesh(table), mechanism("noise", 20.0)
    said = set()
    for seed in range(12):
        left = remaining(mesh, published(mesh, way, np.random.default_rng(seed)), way)
        if one := located_otherwise(left):
            said.add(one)
            belief = left.worst()[0]["p_city"]
            assert one.startswith(
                f"Go by the attacker's {belief:.2f} for the right city of server,"
            )
            assert one.count(". ") == 0
    assert said


@pytest.mark.parametrize(("name", "parameter"), WAYS)
def test_a_mechanism_says_whether_what_it_publishes_is_true(small: Mesh, name, parameter):
    way = mechanism(name, parameter)
    shown = published(small, way, np.random.default_rng(1))
    there = np.isfinite(shown.rtt_ms)
    same = np.array_equal(np.stack([shown.lon, shown.lat]), np.stack(small.landmark_lonlat))
    true = np.array_equal(shown.rtt_ms[there], small.pairs["rtt_ms"].to_numpy()[there])
    assert (same and true) != way.alters


@pytest.fixture(scope="module")
def told(small: Mesh):
    return assess(small, mechanisms=[mechanism(name, value) for name, value in WAYS])


def test_a_deceived_attacker_stands_in_a_table_of_its_own_beside_the_truth(told):
    knowing, deceived = (
        mitigations.left_rows(told.mitigations, told.sample),
        mitigations.deceived_rows(told.mitigations),
    )
    assert len(knowing) == len(mitigations.cost_rows(told.mitigations)) == 1 + len(WAYS)
    assert [row[0] for row in deceived] == ["rounded up, 10 ms", "Laplace noise, 5 ms"]
    naive = [one for one in told.mitigations if one.attacker == "naive"]
    for row, one in zip(deceived, naive, strict=True):
        true = f"{one.metrics['error_km']:,.0f}\u00a0km"
        assert row[2] == true and row[4] == f"{one.metrics['right_city']:.2f}"
        assert len(row) == len(mitigations.DECEIVED)
    assert "is deceived" in mitigations.deceived_sentence(told.mitigations)
    assert "cannot be said" not in mitigations.deceived_sentence(told.mitigations)
    assert "deceived" in page(told) and mitigations.DECEIVED_TITLE in page(told)


def test_where_no_place_is_known_what_a_deceived_attacker_believes_is_not_called_true(small):
    found = assess(sanitise(small, mechanism("none")), mechanisms=[mechanism("noise", 5.0)])
    (row,) = mitigations.deceived_rows(found.mitigations)
    assert row[2] == row[4] == row[6] == mitigations.UNKNOWN
    assert "What is true cannot be said here" in mitigations.deceived_sentence(found.mitigations)


def test_no_raw_name_of_a_mechanism_is_in_the_report(told):
    """Those of several words; what is to be typed is set as code."""
    raw = {name for name in MECHANISMS if "-" in name}
    left = mitigations.left_rows(told.mitigations, told.sample)
    rows = [*left, *mitigations.cost_rows(told.mitigations)]
    said = [*sentences(told), *reading(told), *map(" ".join, rows)]
    shown = re.sub(r"`[^`]*`", "", " ".join(said))
    assert not [name for name in raw if name in shown]
    for one in told.mitigations:
        if one.mechanism.unit == "ms":
            assert f"{one.mechanism.name} {one.mechanism.parameter:g} ms" not in shown


def test_a_mitigation_that_seems_to_help_the_attacker_is_explained(told):
    none, *others = [one for one in told.mitigations if one.attacker == "optimal"]
    worse = [
        one._replace(metrics={**one.metrics, "expected_error_km": 9e3, **dict.fromkeys(SIZES, 0.0)})
        for one in others
    ]
    assert not mitigations.better_sentence((none, *worse), 3)
    for name, because in (("p_city", "cannot help an attacker"), ("p_country", "large country")):
        helped = worse[0]._replace(metrics={**worse[0].metrics, name: 1.0})
        for count, expected in ((1, '"rounded up, 10 ms"'), (5, "5 mitigations")):
            rows = (none, *[helped] * count, *worse[count:])
            seen = dataclasses.replace(told, mitigations=rows)
            said = mitigations.better_sentence(rows, 3)
            assert said.startswith(f"After {expected} ") and because in said
            assert said in reading(seen)


def test_what_is_advised_can_be_typed(told):
    way = told.advice.chosen.mechanism
    typed = f"`rttgeo sanitise PAIRS -o public.csv --mechanism {way.name} --parameter {way.parameter:g}`"
    assert typed in sentences(told)[1]


def test_a_single_target_is_not_one_of_one(tmp_path):
    table = tmp_path / "pings.csv"
    table.write_text(PINGS)
    mesh = rttgeo.read_mesh(table)
    found = assess(mesh, mechanisms=[mechanism("round", 25.0)])
    said = " ".join([*sentences(found), *reading(found)])
    assert "1 of 1" not in said and "half of the targets" not in said and "in brackets" not in said
    assert "the only target is exposed" in said
