"""The mesh of three clouds over an imitation of where it is published: pinned, kept, a data set."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from atlas_server import AtlasServer, small_world
from typed import rttgeo

from rttgeo import open_dataset, sphere
from rttgeo.catalogue import clouds
from rttgeo.errors import BadInputError, NotThereError

TABLE = b"""src_region,src_tier,dst_region,min_rtt
aws:eu-central-1,PREMIUM,gcp:europe-west6,7.5
aws:eu-central-1,PREMIUM,gcp:europe-west6-b,7.1
gcp:europe-west6,PREMIUM,aws:eu-central-1,7.3
aws:eu-central-1,PREMIUM,aws:eu-central-1,0.2
aws:eu-central-1,PREMIUM,azure:mars,900
azure:uksouth,PREMIUM,aws:eu-central-1,
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory):
    with AtlasServer(small_world(), tmp_path_factory.mktemp("server")) as one:
        yield one


@pytest.fixture
def server(running, monkeypatch, tmp_path):
    running.behave()
    running.requests.clear()
    monkeypatch.setenv("RTTGEO_CLOUDS_HOST", running.host)
    monkeypatch.setenv("RTTGEO_CLOUDS_CERTIFICATE", running.certificate)
    monkeypatch.setenv("RTTGEO_DOWNLOADS", str(tmp_path))
    monkeypatch.setenv("ATLAS_API_KEY", "0000-secret")
    recipe = clouds.clouds_recipe() | {"sha256": hashlib.sha256(TABLE).hexdigest()}
    monkeypatch.setattr(clouds, "clouds_recipe", lambda: recipe)
    running.files = {recipe["path"]: TABLE}
    return running


def test_it_is_fetched_once_and_is_a_data_set_from_then_on(server, tmp_path):
    with pytest.raises(NotThereError, match="rttgeo fetch clouds-2022"):
        open_dataset("clouds-2022")
    done = rttgeo("fetch", "clouds-2022", "--pairs", tmp_path / "p.csv")
    assert done.returncode == 0, done.stderr
    assert "2 pairs of 2 regions" in done.stdout and (tmp_path / "p.csv").is_file()
    mesh = open_dataset("clouds-2022")
    assert mesh.pairs["rtt_ms"].tolist() == [7.3, 7.1] and mesh.provenance.kind == "measured"
    assert "fetched" in rttgeo("data").stdout.split("clouds-2022")[1]
    asked = len(server.requests)
    again = rttgeo("fetch", "clouds-2022", "--json")
    assert json.loads(again.stdout)["pairs"] == 2 and len(server.requests) == asked
    assert not any("secret" in str(headers) for _, headers in server.requests)


def test_another_file_is_refused_and_nothing_kept(server, tmp_path):
    server.files = dict.fromkeys(server.files, TABLE + b"x")
    done = rttgeo("fetch", "clouds-2022")
    assert done.returncode == 1 and "SHA-256" in done.stderr and "Traceback" not in done.stderr
    assert not list(tmp_path.rglob("latency*"))


def test_options_of_other_data_sets_are_refused(server):
    done = rttgeo("fetch", "clouds-2022", "--date", "2022-01-01")
    assert done.returncode == 2 and "can only be combined with" in done.stderr


def test_another_table_is_no_mesh(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(BadInputError, match="src_region"):
        clouds.open_clouds(tmp_path / "t.csv")


def test_the_real_table_is_the_mesh_that_others_made_of_it(shared: Path):
    folder = shared / "data" / "clouds-2022"
    content = (folder / "latency.csv").read_bytes()
    assert hashlib.sha256(content).hexdigest() == clouds.clouds_recipe()["sha256"]
    mesh, theirs = clouds.open_clouds(folder / "latency.csv"), open_dataset(folder / "pairs.csv")
    assert list(mesh.landmarks.index) == list(theirs.landmarks.index)
    assert mesh.pairs["rtt_ms"].tolist() == theirs.pairs["rtt_ms"].tolist()
    apart = sphere.distance_km(*mesh.landmark_lonlat, *theirs.landmark_lonlat)
    assert apart.max() < 25
