"""Claims and verdicts: what is impossible is impossible, and what is true is never called that."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import rttgeo
from rttgeo.cli.verify import command
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh
from rttgeo.sphere import destination, distance_km
from rttgeo.verification import Claim, declared_claims, read_claims, verify
from rttgeo.verification.areas import Circles, CountryArea

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
    return Circles(np.array([lon]), np.array([lat]), radius_km)


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
    assert more.verdict != "impossible" and f"of the {n + 1} landmarks" in more.note


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
    from rttgeo.verification.verdicts import _reach, _usable_rows

    mesh = mesh_of((lon, lat), stretch)
    usable = _usable_rows(mesh, {"host"}, True)
    reach = _reach(mesh, Claim("host", "", at(lon, lat)), usable, KM_PER_MS_RTT["vacuum"], 0.0)
    assert reach.excess_km[0] <= 0


def test_the_claim_does_not_move_the_answer():
    mesh = mesh_of()
    claims = [Claim("host", str(lon), at(lon, 10.0)) for lon in (-120.0, 0.0, 150.0)]
    alone = [verify(mesh, [claim])[0] for claim in claims]
    assert verify(mesh, claims) == alone


def test_declared_places_of_a_measured_mesh():
    mesh = rttgeo.open_dataset("azure-2026")
    found = verify(mesh, declared_claims(mesh))
    assert len(found) == len(mesh.targets)
    words = [one.verdict for one in found]
    assert words.count("impossible") == 0
    assert words.count("improbable") <= 0.2 * len(words)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("target,lat,lon\nhost,91,4\n", "line 2, column lat"),
        ("target,lat,lon\nhost,x,4\n", "line 2, column lat"),
        ("target,lat,lon,radius_km\nhost,1,4,-3\n", "column radius_km"),
        ("target,lat,lon\nhost,0,0\n", "0°, 0° is no place"),
        ("target,country\nhost,ZZ\n", "column country"),
        ("target,country\nhost,\n", "all are empty"),
        ("target,city\nhost,Nirgendwohausen\n", "column city"),
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
