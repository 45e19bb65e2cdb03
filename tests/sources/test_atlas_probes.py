"""Lists of probes that could be asked: RIPE Atlas's own JSON, and tables of places."""

from __future__ import annotations

import json

import pytest

from rttgeo.errors import BadInputError
from rttgeo.sources.atlas_probes import Probe, read_probes


def probe(number, **more):
    """A probe as the API describes it."""
    return {
        "id": number, "type": "Probe", "is_anchor": False, "is_public": True, "country_code": "AT",
        "address_v4": None, "asn_v4": 1853, "address_v6": None, "asn_v6": None,
        "status": {"id": 1, "name": "Connected"}, "tags": [],
        "geometry": {"type": "Point", "coordinates": [16.4, 48.2]},
    } | more  # fmt: skip


def write(tmp_path, *probes):
    path = tmp_path / "probes.json"
    path.write_text(json.dumps({"count": len(probes), "next": None, "results": probes}))
    return path


def test_those_that_can_be_asked_are_taken_and_the_rest_counted(tmp_path):
    away = {"id": 2, "name": "Disconnected"}
    path = write(
        tmp_path,
        probe(7),
        probe(8, status=away),
        probe(9, is_public=False),
        probe(10, asn_v4=None, asn_v6=1853),
        probe(11, geometry=None),
        probe(12, tags=[{"name": "x", "slug": "system-ipv4-doesnt-work"}]),
        probe(13, status=3),
    )
    found = read_probes(path)
    assert found.probes == (Probe("7", 16.4, 48.2, "AT", 7),)
    assert found.left_out == {
        "not connected": 2, "not public": 1, "without IPv4": 1, "whose IPv4 does not work": 1,
        "without a place or a number": 1,
    }  # fmt: skip
    assert [one.number for one in read_probes(path, family=6).probes] == [10]


def test_anchors_go_by_their_names_and_the_numbers_of_their_probes(tmp_path):
    anchor = {
        "id": 2182, "fqdn": "ae-auh-as208800.anchors.atlas.ripe.net", "probe": 6771, "country": "AE",
        "ip_v4": "192.0.2.1", "geometry": {"type": "Point", "coordinates": [54.4, 24.5]},
    }  # fmt: skip
    (one,) = read_probes(write(tmp_path, anchor, anchor | {"is_disabled": True})).probes
    assert one == Probe("ae-auh-as208800", 54.4, 24.5, "AE", 6771)


def test_a_table_of_places_will_do(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("name,lat,lon\nvienna,48.2,16.4\nnowhere,0,0\n")
    found = read_probes(path)
    assert found.probes == (Probe("vienna", 16.4, 48.2),)
    assert sum(found.left_out.values()) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"results": [', "not JSON"),
        ('[{"a": 1}]', "nothing in it"),
        (json.dumps([probe(1, is_public=False)]), "no probe that could be asked"),
        ("name,lat\nx,1\n", "column 'lon' is missing"),
    ],
)
def test_what_is_no_list_is_said_in_a_line(tmp_path, text, said):
    path = tmp_path / "bad"
    path.write_text(text)
    with pytest.raises(BadInputError, match=said):
        read_probes(path)
