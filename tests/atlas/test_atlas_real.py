"""The real fixtures, served as the API serves them: anchors, measurements, results of 2020."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from atlas_server import AtlasServer, World

from rttgeo import atlas, sources
from rttgeo.atlas import metadata


@pytest.fixture(scope="module")
def real_world(shared: Path) -> World:
    folder = shared / "data/atlas-api-2020"
    anchors = json.loads((folder / "anchors.json").read_text())["results"]
    listed = json.loads((folder / "measurements.json").read_text())["results"]
    numbers = {anchor["fqdn"]: anchor["id"] for anchor in anchors}
    lines = (folder / "results.ndjson").read_bytes().splitlines()
    records = [(json.loads(line), line) for line in lines]
    pings = [(r, line) for r, line in records if r["type"] == "ping"]
    measurements = [
        m | {"anchor": numbers.get(m["target"], 1)}
        for m in listed
        if m["id"] != pings[0][0]["msm_id"]
    ]
    probes = [
        {"id": a["probe"], "geometry": a["geometry"], "country_code": a["country"], "tags": []}
        for a in anchors
    ]
    target = {"id": pings[0][0]["msm_id"], "type": "ping", "af": 4, "anchor": 1}
    address = pings[0][0]["dst_addr"]
    name = next((a["fqdn"] for a in anchors if a["ip_v4"] == address), address)
    measurements.append(target | {"target": name, "target_ip": address, "interval": 240})

    def results(number: int, start: int, stop: int) -> Iterator[bytes]:
        for record, line in records:
            if record["msm_id"] == number and start <= record["timestamp"] <= stop:
                yield line

    return World(anchors, measurements, probes, results, archive_day="2020-09-07")


def test_real_results_come_through_the_api_to_a_mesh(real_world: World, tmp_path: Path):
    number = real_world.measurements[-1]["id"]
    recipe = atlas.Recipe(
        "real", "ping", "2020-09-07", "2020-09-09", measurement_ids=(number,), families=(4,)
    )
    with AtlasServer(real_world, tmp_path, page_size=100) as server:
        report = atlas.fetch(
            recipe,
            directory=tmp_path / "data",
            host=server.host,
            certificate=server.certificate,
            progress=False,
        )
        pages = [path for path, _ in server.requests if "/anchors/" in path]
    assert len(pages) == 5, "500 anchors, 100 a page"
    assert report.complete
    assert report.parsed.records == 1000
    mesh = atlas.load_mesh(tmp_path / "data")
    assert mesh.provenance.kind == "measured"
    assert len(mesh) >= 30
    assert (mesh.pairs["rtt_ms"] > 1).all()


def test_anchoring_measurements_are_sorted_out_on_this_side(real_world: World, tmp_path: Path):
    names = tuple(
        sorted(
            metadata.short_name(m["target"])
            for m in real_world.measurements[:-1]
            if m["type"] == "traceroute" and m["af"] == 6 and m["anchor"] > 1
        )[:3]
    )
    recipe = atlas.Recipe(
        "t", "traceroute", "2020-09-07", "2020-09-08", anchors=names, families=(6,)
    )
    with AtlasServer(real_world, tmp_path, page_size=50) as server:
        plan = atlas.plan(
            recipe, directory=tmp_path / "d", host=server.host, certificate=server.certificate
        )
    numbers = {part.measurement for part in plan.parts}
    said = {m["id"]: m for m in real_world.measurements}
    assert len(numbers) == 3
    assert all(said[n]["type"] == "traceroute" and said[n]["af"] == 6 for n in numbers)
    assert {metadata.short_name(said[n]["target"]) for n in numbers} == set(names)


def test_ripestat_over_https(tmp_path: Path):
    with AtlasServer(World([], [], [], lambda *_: ()), tmp_path) as server:
        server.places = {"192.0.2.1": [4.9, 52.37, "NL"]}
        server.queue = ["503", "truncate-length"]
        found = sources.locate_by_ripestat(
            ["192.0.2.1", "2001:db8::1"], host=server.host, certificate=server.certificate
        )
    assert found.loc["192.0.2.1", "lon"] == 4.9 and found.loc["192.0.2.1", "country"] == "NL"
    assert np.isnan(found.loc["2001:db8::1", "lat"])
