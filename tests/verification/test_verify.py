"""Claims and verdicts: what is impossible is impossible, and what is true is never called that."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

import rttgeo
from rttgeo.cells.grid import Grid
from rttgeo.cli.main import main
from rttgeo.cli.undecided import next_steps
from rttgeo.cli.verify import command
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.data.cities import cities
from rttgeo.data.countries import NSIDE, all_countries, cells_of_country
from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh
from rttgeo.simulate.misdeclare import declared
from rttgeo.sphere import destination, distance_km
from rttgeo.verification import Claim, declared_claims, read_claims, typed_claims, verify
from rttgeo.verification.areas import CirclesArea, CountryArea
from rttgeo.verification.reach import Reach, apart, trusted_pairs
from rttgeo.verification.standing import Standing
from rttgeo.verification.verdicts import CONTRADICTION, NO_TIME, NONE_NEAR, Verdict

LANDMARKS = {
    "ams": (4.90, 52.37), "vie": (16.37, 48.21), "nyc": (-74.0, 40.7), "tyo": (139.7, 35.7),
    "syd": (151.2, -33.9), "sao": (-46.6, -23.5), "jnb": (28.0, -26.2), "par": (2.35, 48.86),
}  # fmt: skip


def mesh_of(target=(16.6, 48.0), stretch=1.5, name="host", access_ms=0.5) -> Mesh:
    """One target of unknown place, measured by landmarks all over the world."""
    rows = [
        {
            "landmark": key, "landmark_lon": lon, "landmark_lat": lat, "target": name,
            "target_lon": np.nan, "target_lat": np.nan,
            "rtt_ms": access_ms + stretch * distance_km(lon, lat, *target) / KM_PER_MS_RTT["fibre"],
        }
        for key, (lon, lat) in LANDMARKS.items()
    ]  # fmt: skip
    return rttgeo.read_mesh(pd.DataFrame(rows))


def verdict_of(mesh, area, **settings):
    return verify(mesh, [Claim("host", "claim", area)], **settings)[0]


def at(lon, lat, radius_km=0.0):
    return CirclesArea(np.array([lon]), np.array([lat]), radius_km)


def test_a_lie_of_an_ocean_is_impossible_and_proved():
    found = verdict_of(mesh_of(), at(-74.0, 40.7))
    assert found.verdict == "impossible" and found.landmark == "vie"
    reach = KM_PER_MS_RTT["vacuum"] * found.rtt_ms
    far = distance_km(*LANDMARKS["vie"], -74.0, 40.7)
    assert found.excess_km == pytest.approx(far - 50 - reach, abs=0.01)
    assert found.distance_km == pytest.approx(far, abs=0.01)


def test_the_truth_is_consistent_and_its_country_too():
    mesh = mesh_of()
    assert verdict_of(mesh, at(16.6, 48.0)).verdict in ("consistent", "confirmed")
    assert verdict_of(mesh, CountryArea("AT")).verdict in ("consistent", "confirmed")
    assert verdict_of(mesh, CountryArea("AU")).verdict == "impossible"


def test_a_claim_of_half_the_globe_is_confirmed():
    assert verdict_of(mesh_of(), at(16.0, 48.0, 9000.0)).verdict == "confirmed"


def test_a_quorum_asks_for_independent_landmarks():
    mesh, claim = mesh_of(), at(-74.0, 40.7)
    n = verdict_of(mesh, claim).witnesses
    assert verdict_of(mesh, claim, quorum=n).verdict == "impossible"
    more = verdict_of(mesh, claim, quorum=n + 1)
    assert more.verdict != "impossible" and f"and {n + 1} are required" in more.note


def test_what_hangs_on_one_landmark_says_so():
    mesh, claim = mesh_of(access_ms=2.0), at(25.0, 48.0)
    alone = verdict_of(mesh, claim)
    assert (alone.verdict, alone.landmark, alone.witnesses) == ("impossible", "vie", 1)
    assert alone.note == "it rests on one landmark alone" and alone.places == 1
    assert verdict_of(mesh, claim, quorum=2).verdict == "improbable"


def test_without_any_landmark_in_reach_nothing_is_known():
    slow = mesh_of(access_ms=600.0)
    assert verdict_of(slow, at(-74.0, 40.7)).verdict == "unknown"


@settings(max_examples=150, deadline=None)
@given(
    lon=st.floats(-180, 180), lat=st.floats(-90, 90), bearing=st.floats(0, 360),
    radius=st.floats(0, 3000), code=st.sampled_from(["AT", "CL", "FJ", "RU", "MV"]),
)  # fmt: skip
def test_distances_to_claims_are_never_too_large(lon, lat, bearing, radius, code):
    here = (np.array([lon]), np.array([lat]))
    edge = destination(10.0, -20.0, bearing, radius)
    least = at(10.0, -20.0, radius).least_km(*here)[0]
    assert least <= distance_km(lon, lat, *edge) + 1e-3
    country = CountryArea(code)
    inside = country._region
    some = inside.grid.lonlat(inside.cells()[:: max(1, inside.n_cells // 40)])
    assert country.least_km(*here)[0] <= distance_km(lon, lat, *some).min() + 1e-3


@settings(max_examples=30, deadline=None)
@given(lon=st.floats(-179, 179), lat=st.floats(-85, 85), stretch=st.floats(1.0, 3.0))
def test_a_true_claim_is_never_impossible(lon, lat, stretch):
    pairs = trusted_pairs(mesh_of((lon, lat), stretch), "host", None)
    reach = Reach.of(pairs, at(lon, lat), KM_PER_MS_RTT["vacuum"], 0.0)
    assert len(reach.excess_km) == len(LANDMARKS) and reach.excess_km[0] <= 0


def test_the_claim_does_not_move_the_answer():
    mesh = mesh_of()
    claims = [Claim("host", str(lon), at(lon, 10.0)) for lon in (-120.0, 0.0, 150.0)]
    alone = [verify(mesh, [claim])[0] for claim in claims]
    assert verify(mesh, claims) == alone


def test_declared_places_of_a_measured_mesh():
    mesh = rttgeo.open_dataset("azure-2026")
    *found, wide = verify(mesh, [*declared_claims(mesh), Claim("UK South", "", at(-1, 52, 1000.0))])
    assert len(found) == len(mesh.targets)
    assert wide.verdict == "confirmed" and not wide.proof and "on purpose" in wide.note
    words = [one.verdict for one in found]
    assert words.count("impossible") == 0
    assert words.count("improbable") <= 0.2 * len(words)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("target,lat,lon\nhost,91,4\n", "line 2, column lat"),
        ("target,lat,lon\nhost,x,4\n", "line 2, column lat"),
        ("target,lat,lon,radius_km\nhost,1,4,-3\n", "column radius_km"),
        ("target,lat,lon\nhost,0,0\n", "0°, 0° is not a place"),
        ("target,country\nhost,ZZ\n", "column country"),
        ("target,country\nhost,\n", "all are empty"),
        ("target,city\nhost,Nirgendwohausen\n", "line 2: no city"),
        ("target,country\nnobody,AT\n", "column target"),
        ("who,country\nhost,AT\n", "expected columns target"),
        ("", "no claims"),
    ],
)
def test_a_claim_that_cannot_be_read_is_one_line_and_code_2(tmp_path, text, says):
    path = tmp_path / "claims.csv"
    path.write_text(text)
    with pytest.raises(BadInputError, match=says):
        read_claims(path, mesh_of())


def test_geofeed_by_the_longest_prefix(tmp_path):
    mesh = mesh_of(name="192.0.2.7")
    feed = tmp_path / "feed.csv"
    feed.write_text(
        "# a feed\n192.0.0.0/16,US,,,\n192.0.2.0/24,AT,AT-9,Vienna,\n2001:db8::/32,AU,,,\n"
    )
    (claim,) = read_claims(feed, mesh)
    assert claim.target == "192.0.2.7" and claim.text.startswith("Vienna")
    assert verify(mesh, [claim])[0].verdict in ("consistent", "confirmed")


def test_cities_of_one_name_are_all_meant(tmp_path):
    path = tmp_path / "claims.csv"
    path.write_text("target,city,country\nhost,vienna,\nhost,Vienna,AT\n")
    both, one = read_claims(path, mesh_of())
    assert len(both.area.lon) >= len(one.area.lon) == 1


def test_the_command(tmp_path, monkeypatch):
    pairs, claims = tmp_path / "pairs.csv", tmp_path / "claims.csv"
    rttgeo.write_mesh(mesh_of(), pairs)
    claims.write_text("target,lat,lon,country\nhost,40.7,-74.0,\nhost,,,AT\n")
    done = CliRunner().invoke(
        command, [str(claims), "--pairs", str(pairs), "--json"], standalone_mode=False
    )
    document = json.loads(done.stdout)
    assert done.return_value == 1
    assert document["claims"][0]["verdict"] == "impossible"
    assert {"target", "claim", "verdict", "p_value", "excess_km", "landmark"} <= set(
        document["claims"][0]
    )
    told = CliRunner().invoke(command, [str(claims), "--pairs", str(pairs)], standalone_mode=False)
    assert told.stdout.startswith("2 claims on") and "cannot be at" in told.stdout


def test_a_p_value_is_the_level_of_the_largest_region_that_stays_clear_of_the_claim():
    estimate = rttgeo.locate(mesh_of(), "host")
    standing = Standing.of(estimate.posterior)
    for place in ((16.6, 48.0), (20.0, 47.0), (12.0, 50.0), (9.0, 45.0)):
        found = standing.p_value(at(*place), 30.0)
        for level, clear in ((1 - found - 0.01, True), (1 - found + 0.01, False)):
            if 0 < level < 1:
                region = estimate.credible_region(level)
                lon, lat = region.grid.lonlat(region.cells())
                near = distance_km(*place, lon, lat).min()
                # Cells here are the smallest, pieces may be larger: they touch a little sooner.
                assert near > 30.0 if clear else near < 30.0 + 2 * standing.radius_km.max()
    assert standing.p_value(at(16.4, 48.2, 9000.0), 0.0) == 1.0
    assert standing.p_value(at(-150.0, -40.0), 0.0) == 0.0


@settings(max_examples=40)
@given(lon=st.floats(-180, 180), lat=st.floats(-85, 85), level=st.floats(0.02, 0.6))
def test_many_places_are_outside_as_one_by_one(lon, lat, level):
    lons, lats = np.array([lon, 16.4, 17.5, 14.0]), np.array([lat, 48.2, 48.5, 50.1])
    outside = STANDING.outside(lons, lats, 20.0, level)
    by_one = [STANDING.p_value(at(*place), 20.0) for place in zip(lons, lats, strict=True)]
    # Rounded down to a ten-thousandth.
    assert all(
        (p < level) == out or abs(p - level) < 2e-4 for p, out in zip(by_one, outside, strict=True)
    )


STANDING = Standing.of(rttgeo.locate(mesh_of(), "host").posterior)


def test_power_is_the_share_of_false_claims_that_verify_refutes():
    mesh, rng = mesh_of(access_ms=2.0), np.random.default_rng(3)
    (true,) = verify(mesh, [Claim("host", "", at(16.6, 48.0))])
    by_km = {one.km: one for one in true.power}
    lon, lat, held = rttgeo.locate(mesh, "host").posterior.pieces()
    for km in (500.0, 2500.0):
        some = rng.choice(len(held), 150, p=held)
        away = destination(lon[some], lat[some], rng.uniform(0, 360, 150), km)
        claims = [Claim("host", "", at(*place)) for place in zip(*away, strict=True)]
        words = [one.verdict for one in verify(mesh, claims)]
        impossible = words.count("impossible") / 150
        assert by_km[km].impossible == pytest.approx(impossible, abs=0.12)
        seen = impossible + words.count("improbable") / 150
        assert by_km[km].seen == pytest.approx(seen, abs=0.12)
    seen = [one.seen for one in true.power]
    assert seen == sorted(seen) and all(one.seen >= one.impossible for one in true.power)


def europe() -> Mesh:
    """The measured pairs between cloud regions in and near Europe: quick to learn from."""
    mesh = rttgeo.open_dataset("azure-2026")
    near = [
        (lon > -12) & (lon < 60) & (lat > 20)
        for lon, lat in (mesh.landmark_lonlat, mesh.target_lonlat)
    ]
    landmark, target = (mesh.pairs[name].to_numpy() for name in ("landmark", "target"))
    return mesh.where(near[0][landmark] & near[1][target])


def test_what_a_mesh_declares_of_a_target_changes_nothing_of_what_is_found_about_it():
    mesh = europe()
    claims = [Claim("Italy North", "", at(9.19, 45.46)), Claim("Italy North", "", at(2.0, 48.0))]
    told = verify(mesh, claims)
    for place in ((-70.0, -33.0), (100.0, 60.0)):
        targets = mesh.targets.copy()
        targets.loc["Italy North", "geometry"] = Point(place)
        moved = Mesh.build(mesh.landmarks, targets, mesh.pairs, mesh.provenance)
        assert moved.target_lonlat[0][moved.target_number("Italy North")] == place[0]
        assert verify(moved, claims) == told


def test_a_misplaced_landmark_is_no_witness():
    wrong = declared(europe(), {"Italy North": (-70.0, -33.0)})
    claims = declared_claims(wrong, ["Switzerland North", "France Central"])
    assert all(one.verdict != "impossible" for one in verify(wrong, claims))
    # Taken as it is, it speaks against everybody, and other landmarks against it.
    found = verify(wrong, claims, audited=False)
    assert all(one.verdict == "unknown" and one.landmark == "Italy North" for one in found)
    assert all(one.places > 1 and one.witnesses == 1 for one in found)
    (itself,) = verify(wrong, declared_claims(wrong, ["Italy North"]))
    assert itself.verdict == "impossible" and itself.witnesses > 5


def test_a_target_that_is_a_landmark_too_is_no_witness_about_itself():
    mesh = rttgeo.open_dataset("azure-2026")
    pairs = trusted_pairs(mesh, "UK South", None)
    itself = mesh.landmarks.index.get_loc("UK South")
    assert itself not in pairs.landmark and len(pairs.rtt_ms) > 40


def test_neighbours_are_one_witness():
    lon, lat = np.array([0.0, 0.3, 0.0, 10.0]), np.array([50.0, 50.0, 50.3, 50.0])
    assert apart(lon, lat).tolist() == [0, 3]


def test_geofeeds_speak_of_addresses_of_their_own_version_and_of_nothing_else(tmp_path):
    feed = tmp_path / "feed.csv"
    feed.write_text(
        "# made up\n\n2001:db8::/32,AU,,,\n2001:db8:1::/48,AT,,Nowhere at all,\n198.51.100.0/24,,,,\n"
    )
    (claim,) = read_claims(feed, mesh_of(name="2001:db8:1::7"))
    assert claim.text == "Austria"  # its city is in no list: then its country
    (claim,) = read_claims(feed, mesh_of(name="2001:db8:2::7"))
    assert claim.text == "Australia"
    for name in ("198.51.100.9", "192.0.2.1", "host"):
        with pytest.raises(BadInputError, match="none of its prefixes holds a target"):
            read_claims(feed, mesh_of(name=name))
    feed.write_text("192.0.2.0/24,AT,,,\n192.0.3.0/24,XX,,,\n")
    with pytest.raises(BadInputError, match="line 2, column country"):
        read_claims(feed, mesh_of(name="192.0.2.1"))


def test_lists_of_probes_speak_of_the_targets_that_they_name(tmp_path):
    anchor = {
        "fqdn": "at-vie-as1.anchors.atlas.ripe.net", "probe": 6001, "ip_v4": "192.0.2.9",
        "geometry": {"type": "Point", "coordinates": [16.6, 48.0]},
    }  # fmt: skip
    path = tmp_path / "anchors.json"
    path.write_text(json.dumps({"count": 1, "results": [anchor]}))
    for name in ("at-vie-as1", "6001", "192.0.2.9", "at-vie-as1.anchors.atlas.ripe.net"):
        (claim,) = read_claims(path, mesh_of(name=name))
        assert claim.target == name and claim.area.lon[0] == 16.6
    with pytest.raises(BadInputError, match="none of its probes is a target"):
        read_claims(path, mesh_of(name="another"))


def test_lines_are_counted_as_an_editor_counts_them(tmp_path):
    path = tmp_path / "claims.csv"
    path.write_text("# mine\n\ntarget,lat,lon\nhost,48,16\n\nhost,95,16\n")
    with pytest.raises(BadInputError, match="line 6, column lat"):
        read_claims(path, mesh_of())
    path.write_text("target,lat,lon\nhost,48,16,3\n")
    with pytest.raises(BadInputError, match="line 2: 4 cells under 3 columns"):
        read_claims(path, mesh_of())


def test_exit_codes(tmp_path):
    pairs, claims = tmp_path / "pairs.csv", tmp_path / "claims.csv"
    rttgeo.write_mesh(mesh_of(), pairs)
    for text, code in (
        ("target,country\nhost,AT\n", 0),
        ("target,country\nhost,AU\n", 1),
        ("target,country\nhost,XX\n", 2),
        ("target,lat,lon\nhost,91,0\n", 2),
        ("target,country\nnobody,AT\n", 2),
    ):
        claims.write_text(text)
        assert main(["verify", str(claims), "--pairs", str(pairs), "--json"]) == code
    assert main(["verify", "--pairs", str(pairs)]) == 2
    assert main(["verify", str(claims), "--declared", "--pairs", str(pairs)]) == 2


def test_answers_from_two_places_refute_no_claim_by_themselves_but_a_third_place():
    here, there = mesh_of((16.6, 48.0)), mesh_of((139.7, 35.7))
    pairs = here.pairs.copy()
    pairs["rtt_ms"] = np.minimum(pairs["rtt_ms"], there.pairs["rtt_ms"])
    both = Mesh.build(here.landmarks, here.targets, pairs, here.provenance)
    vienna, tokyo, lima = (
        verify(both, [Claim("host", "", at(*place))])[0]
        for place in ((16.6, 48.0), (139.7, 35.7), (-77.0, -12.0))
    )
    for one in (vienna, tokyo):
        assert one.verdict == "unknown" and "contradict each other" in one.note
        assert one.witnesses >= 1 and one.places >= 2
    assert lima.verdict == "impossible" and lima.places >= 2


def test_sentences_say_in_a_country_and_whom_the_mean_leaves_out(tmp_path, monkeypatch, capsys):
    from rttgeo.cli.main import main

    monkeypatch.chdir(tmp_path)
    header = "landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms\n"
    rows = "v,48.21,16.37,server,,,4\np,50.09,14.42,server,,,7\n"
    rows += "v,48.21,16.37,many,,,1\nt,35.68,139.69,many,,,1\nl,-12.05,-77.05,many,,,1\n"
    (tmp_path / "pings.csv").write_text(header + rows)
    (tmp_path / "claims.csv").write_text("target,country\nserver,US\nmany,AT\n")
    assert main(["verify", "claims.csv", "--pairs", "pings.csv"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "server cannot be in the United States:" in said
    assert "It leaves out 1 target without a region" in said


def test_confirmed_by_light_alone_is_proof_and_by_the_region_is_not():
    wide = verify(mesh_of(), [Claim("host", "", at(16.6, 48.0, 700.0))])[0]
    assert wide.verdict == "confirmed" and wide.proof and "light alone" in wide.note
    slow = verify(mesh_of(access_ms=9.0), [Claim("host", "", at(16.6, 48.0, 700.0))])[0]
    assert not slow.proof, "one who delays enough is nowhere confirmed by light"
    lie = verify(mesh_of(), [Claim("host", "", at(-100.0, 40.0))])[0]
    assert lie.verdict == "impossible" and lie.proof


@settings(max_examples=40)
@given(
    st.floats(-180, 180),
    st.floats(-90, 90),
    st.floats(50, 9000),
    st.floats(0, 1),
    st.floats(0, 360),
)
def test_what_covers_a_region_has_no_place_of_it_outside(lon, lat, km, part, bearing):
    region = Grid(nside=64).cap(lon, lat, km, conservative=True)
    for more in (0.0, 400.0):
        area = CirclesArea(np.array([lon]), np.array([lat]), km + more)
        if area.covers(region):
            edge = destination(lon, lat, part * km, bearing)
            assert more and area.holds(*map(np.atleast_1d, edge), 0.0).all()
    country = CountryArea("IT")
    assert country.covers(country.region(Grid(nside=512)))
    assert not country.covers(Grid(nside=512).cap(12.5, 42.0, 900.0, conservative=True))


def test_an_entry_of_a_geofeed_without_a_place_takes_its_prefix_out_of_a_wider_one(tmp_path):
    feed = tmp_path / "feed.csv"
    feed.write_text("192.0.2.0/24,US,,,\n192.0.2.0/28,,,,\n192.0.2.7/32,AT,,,\n")
    with pytest.raises(BadInputError, match="none of its prefixes"):
        read_claims(feed, mesh_of(name="192.0.2.9"))
    assert read_claims(feed, mesh_of(name="192.0.2.7"))[0].text == "Austria"
    assert read_claims(feed, mesh_of(name="192.0.2.99"))[0].text == "United States"


def test_odd_rows_of_a_geofeed_are_left_out_and_counted_when_asked(tmp_path, capsys):
    feed, pairs = tmp_path / "feed.csv", tmp_path / "pairs.csv"
    rows = ["ip_prefix,country,region,city,postcode", "# ours", "10.0.0.300/8,AT,,,", "192.0.2.0/24,QQ,,,",
            "192.0.2.0/24,uk,,,", "x" * 200_000 + ",AT,,,"]  # fmt: skip
    feed.write_text("\n".join(rows))
    rttgeo.write_mesh(mesh_of(name="192.0.2.7"), pairs)
    asked = ["verify", str(feed), "--pairs", str(pairs)]
    assert main(asked) == 2
    assert "line 1" in capsys.readouterr().err
    assert main([*asked, "--skip-bad"]) == 1
    told = capsys.readouterr()
    assert (
        "United Kingdom" in told.out
        and "left out 4 claims: not readable, or about an unknown" in told.err
    )


@pytest.mark.parametrize(
    ("code", "means"),
    [("uk", "GB"), ("UK", "GB"), ("el", "GR"), ("gb", "GB"), ("xk", "XK"), ("NA", "NA")],
)
def test_codes_as_people_write_them(tmp_path, code, means):
    path = tmp_path / "claims.csv"
    path.write_text(f"target,country\nhost,{code}\n")
    assert read_claims(path, mesh_of())[0].area.code == means


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 1000),
    st.sampled_from(["AT", "FJ", "US", "RU", "AQ", "XK"]),
    st.floats(0, 21_000),
)
def test_who_is_within_a_margin_of_a_country_is_told_as_by_its_distance(seed, code, most):
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(-180, 180, 40), np.degrees(np.arcsin(rng.uniform(-1, 1, 40)))
    margin, country = rng.uniform(0, most, 40), CountryArea(code)
    expected = country.least_km(lon, lat) <= margin
    assert country.holds(lon, lat, margin).tolist() == expected.tolist()
    assert not len(country.holds(lon[:0], lat[:0], margin[:0]))


PINGS = ("--ping", "frankfurt=8.1", "--ping", "zurich=11.4", "--ping", "warsaw=13")


def verdicts_of(*words, capsys):
    code = main(["verify", *words, "--json"])
    return code, {
        one["claim"]: one["verdict"] for one in json.loads(capsys.readouterr().out)["claims"]
    }


def test_what_was_typed_is_answered_in_sentences(capsys):
    assert main(["verify", *PINGS, "--claim", "Vienna"]) == 0
    said = capsys.readouterr().out
    assert (
        said.startswith("The target, said to be in Vienna (AT") and "claim about the target" in said
    )
    assert main(["verify", *PINGS, "--claim", "tokyo,jp"]) == 1
    assert "The target cannot be in tokyo (JP)" in capsys.readouterr().out


def test_pings_and_claims_are_typed(tmp_path, capsys):
    typed = [x for claim in ("Vienna", "tokyo,jp", "AT", "48.2,16.4") for x in ("--claim", claim)]
    code, found = verdicts_of(*PINGS, *typed, capsys=capsys)
    assert code == 1 and set(found) >= {"tokyo (JP)", "Austria", "48.2, 16.4"} and len(found) == 4
    assert found["tokyo (JP)"] == "impossible" and found["Austria"] != "impossible"
    (tmp_path / "claims.csv").write_text(
        "target,city,country,lat,lon\ntarget,Vienna,,,\ntarget,tokyo,jp,,\ntarget,,AT,,\ntarget,,,48.2,16.4\n"
    )
    assert verdicts_of(*PINGS, str(tmp_path / "claims.csv"), capsys=capsys) == (code, found)


@pytest.mark.parametrize("ping", ["New York=3", "usa,jp=3"])
def test_what_a_country_and_a_city_are_called_claims_either(ping, capsys):
    code, found = verdicts_of("--ping", ping, "--claim", "USA", capsys=capsys)
    assert code == 0 and list(found) == [
        "United States (the country) or a city called USA (JP, US)"
    ]


def test_no_name_of_a_country_excludes_a_place_in_it_or_in_a_city_of_its_name():
    known = cities()
    for one in all_countries():
        cells = cells_of_country(one.code)[0]
        if not len(cells):
            continue
        [claim] = typed_claims([one.name], mesh_of())
        lon, lat = Grid(nside=NSIDE).lonlat(cells[:1])
        assert claim.area.holds(lon, lat, 0.0).all(), one.name
        same = known.named(one.name)
        places = known.lon[same], known.lat[same]
        assert claim.area.holds(*places, 0.0).all() and (claim.area.least_km(*places) == 0).all()
        assert claim.area.region(Grid(nside=NSIDE)).contains(lon[0], lat[0])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([*PINGS], "--claim PLACE"),
        (["--claim", "Vienna"], "--ping PLACE=MS"),
        ([*PINGS, "--pairs", "azure-2026", "--claim", "AT"], "not both"),
        ([*PINGS, "--claim", "Viennna"], "did you mean vienna"),
        ([*PINGS, "--claim", "ZZ"], "ZZ"),
        ([*PINGS, "--claim", "95,10"], "column lat"),
        ([*PINGS, "--claim", "48.2"], "column lon"),
        ([*PINGS, "--claim", "Vienna", "--declared"], "one of the three"),
        (["--pairs", "azure-2026", "--claim", "Vienna"], "single target"),
        ([*PINGS, "--places", "x.csv", "--claim", "Vienna"], "--places"),
    ],
)
def test_what_is_typed_wrongly_is_one_line_and_code_2(words, says, capsys):
    assert main(["verify", *words]) == 2
    assert says in (err := capsys.readouterr().err) and "Traceback" not in err


@pytest.mark.parametrize("rtt_ms", np.linspace(3.0, 5.0, 12))
def test_the_sentence_of_an_impossible_claim_adds_up(rtt_ms, capsys):
    assert main(["verify", "--ping", f"vienna={rtt_ms:.3f}", "--claim", "lima,pe"]) == 1
    out = " ".join(capsys.readouterr().out.split())
    reach, away, over = (
        int(one.replace(",", ""))
        for one in re.search(
            r"could go ([\d,]+) km .* is ([\d,]+) km away: ([\d,]+) km too far, with 50 km", out
        ).groups()
    )
    assert reach + 50 + over == away and f" {over:,} vienna" in out


def test_a_claim_about_what_was_not_measured_is_refused_or_left_out_and_counted(tmp_path, capsys):
    claims, pairs = tmp_path / "claims.csv", tmp_path / "pairs.csv"
    claims.write_text("target,country\n198.51.100.23,AT\n198.51.100.99,AT\n")
    rttgeo.write_mesh(mesh_of(name="198.51.100.23"), pairs)
    asked = ["verify", str(claims), "--pairs", str(pairs)]
    assert main(asked) == 2
    said = capsys.readouterr().err
    assert "line 3, column target" in said and "--skip-bad" in said and "not measured" in said
    assert "?;" not in said and said.count("'198.51.100.23'") == 1
    assert main([*asked, "--skip-bad"]) == 0
    assert "left out 1 claim" in capsys.readouterr().err


UNDECIDED = {
    NONE_NEAR: "rttgeo next",
    CONTRADICTION: "rttgeo explain",
    NO_TIME: "landmarks whose places are known",
    "out of reach of 1 independent landmark, and 2 are required": "rttgeo next",
}


@pytest.mark.parametrize("note", UNDECIDED)
def test_what_cannot_be_decided_is_answered_with_what_to_do_next(note):
    unknown = Verdict("x", "Graz", "unknown", None, None, None, None, None, 0, note)
    consistent = dataclasses.replace(unknown, verdict="consistent")
    (step,) = next_steps([unknown, consistent, unknown])
    assert step.startswith("What to do next: ") and UNDECIDED[note] in step
    assert not next_steps([consistent])


def test_every_reason_for_not_knowing_is_one_that_has_a_next_step(capsys):
    """In the command, too, and for each of several reasons once."""
    pings = ["--ping", "vienna=98", "--ping", "prague=97.9", "--claim", "Graz", "--claim", "Linz"]
    assert main(["verify", *pings]) == 0
    said = capsys.readouterr().out
    assert said.count("What to do next: measure from near the claimed place") == 1
