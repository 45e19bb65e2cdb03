"""The white paper's window, simulated in the Atlas format, fetched over HTTPS and meshed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from atlas_server import AtlasServer, World

from rttgeo import atlas, simulate
from rttgeo.mesh import Mesh

CHILD = """
import json, sys, time
from rttgeo import atlas
from rttgeo.atlas.client import Patience
folder, host, certificate, name = sys.argv[1:5]
start = time.perf_counter()
report = atlas.fetch(name, directory=folder, host=host, certificate=certificate, progress=False)
fetched = time.perf_counter()
mesh = atlas.load_mesh(folder)
meshed = time.perf_counter()
# Not ru_maxrss: a child takes over what the process was at its largest that started it.
status = open("/proc/self/status").read()
peak = int(status[status.index("VmHWM:") + 6:].split()[0]) / 1024
print(json.dumps({"fetch_s": fetched - start, "mesh_s": meshed - fetched, "peak_mb": peak,
                  "samples": report.parsed.samples, "records": report.parsed.records,
                  "bytes": report.bytes, "pairs": len(mesh), "slow": report.parsed.slow,
                  "missing": list(report.missing), "complete": report.complete}))
"""


def simulated_world(dataset: str, scale: float, folder: Path) -> World:
    """Put the simulated results of a data set into files, and serve them from there."""
    listed = simulate.atlas_metadata(dataset=dataset, scale=scale)
    names = {anchor["fqdn"]: anchor["id"] for anchor in listed.anchors}
    measurements = [m | {"anchor": names[m["target"]]} for m in listed.measurements]
    files = {m["id"]: (folder / f"{m['id']}.ndjson").open("wb") for m in measurements}
    for line in simulate.atlas_results(dataset=dataset, scale=scale):
        place = line.index(b'"msm_id":') + 9
        files[int(line[place : line.index(b",", place)])].write(line)
    for file in files.values():
        file.close()

    def results(number: int, start: int, stop: int) -> Iterator[bytes]:
        with (folder / f"{number}.ndjson").open("rb") as file:
            for line in file:
                place = line.rindex(b'"timestamp":') + 12
                if start <= int(line[place : line.index(b",", place)]) <= stop:
                    yield line.rstrip(b"\n")

    return World(listed.anchors, measurements, listed.probes, results)


def assert_same_mesh(ours: Mesh, theirs: Mesh) -> None:
    """Same pairs with the same minimum, count and hops, but for those closer than 500 m."""

    def rows(mesh: Mesh) -> pd.DataFrame:
        pairs = mesh.pairs.copy()
        pairs["probe"] = mesh.landmarks["probe"].to_numpy()[pairs["landmark"]]
        pairs["anchor"] = mesh.targets.index[pairs["target"]]
        pairs["distance_km"] = mesh.distance_km
        return pairs.set_index(["anchor", "probe"]).sort_index()

    mine, made = rows(ours), rows(theirs)
    made = made[(made["distance_km"] >= 0.5) & (made["samples"] > 0)]
    assert mine.index.equals(made.index)
    np.testing.assert_allclose(mine["rtt_ms"], made["rtt_ms"], rtol=0, atol=1e-9)
    assert (mine["samples"] == made["samples"]).all()
    np.testing.assert_allclose(mine["distance_km"], made["distance_km"], atol=0.001)


@pytest.mark.parametrize(
    "dataset",
    ["atlas-2017-07-11", pytest.param("atlas-2017-10-02", marks=pytest.mark.slow)],
)
def test_a_small_share_of_a_paper_window_comes_through_whole(dataset: str, tmp_path: Path):
    world = simulated_world(dataset, 0.03, tmp_path)
    with AtlasServer(world, tmp_path) as server:
        server.misbehave(seed=1, rate=0.05, kinds=("503", "truncate-chunked", "drop"))
        patience = atlas.Patience(backoff_s=0.01, attempts=20)
        report = atlas.fetch(
            dataset,
            directory=tmp_path / "data",
            host=server.host,
            certificate=server.certificate,
            progress=False,
            patience=patience,
        )
    assert report.complete, str(report)
    mesh = atlas.load_mesh(tmp_path / "data")
    assert mesh.provenance.kind == "simulated" and mesh.provenance.name == dataset
    assert_same_mesh(mesh, simulate.simulate_mesh(dataset=dataset, scale=0.03))


@pytest.mark.slow
def test_the_whole_white_paper_window(tmp_path: Path):
    name = "atlas-2017-07-11"
    world = simulated_world(name, 1.0, tmp_path)
    with AtlasServer(world, tmp_path) as server:
        command = [sys.executable, "-c", CHILD, str(tmp_path / "data"), server.host]
        done = subprocess.run(
            [*command, server.certificate, name], capture_output=True, check=True, text=True
        )
    figures = json.loads(done.stdout)
    print(figures)
    assert figures["complete"] and figures["slow"] == 0
    assert figures["peak_mb"] < 1500, "memory is bounded"
    made = simulate.simulate_mesh(dataset=name)
    assert figures["samples"] == made.pairs["samples"].sum()
    assert_same_mesh(atlas.load_mesh(tmp_path / "data"), made)
