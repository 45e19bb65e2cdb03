"""Measurements of Globalping over an imitation of its API: waited for, kept whole, no Atlas key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from atlas_server import AtlasServer, small_world

from rttgeo import read_mesh
from rttgeo.atlas.session import Patience, TemporaryError
from rttgeo.cli.main import main
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.sources import globalping_api
from rttgeo.sources.globalping_api import fetch_globalping

QUICK = Patience(connect_s=5, read_s=0.4, attempts=5, backoff_s=0.001, longest_s=0.01)


def measurement(
    number: str, status: str = "finished", rtts: tuple[float, ...] = (12.5, 130)
) -> dict:
    places = {"Paris": (2.3, 48.9), "Vienna": (16.4, 48.2)}
    return {
        "id": number, "type": "ping", "status": status, "target": "srv.example", "probesCount": 2,
        "results": [
            {"probe": {"city": city, "country": "FR", "asn": 1, "longitude": lon, "latitude": lat},
             "result": {"status": status, "resolvedAddress": "192.0.2.5",
                        "timings": [{"rtt": rtt, "ttl": 50} for rtt in rtts if status == "finished"]}}
            for city, (lon, lat) in places.items()
        ],
    }  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory):
    with AtlasServer(small_world(), tmp_path_factory.mktemp("server")) as one:
        yield one


@pytest.fixture
def server(running: AtlasServer, monkeypatch: pytest.MonkeyPatch):
    running.behave()
    running.requests.clear()
    running.globalping = {}
    monkeypatch.setattr(globalping_api, "FIRST_WAIT_S", 0.01)
    monkeypatch.setenv("ATLAS_API_KEY", "0000-secret")
    monkeypatch.setenv("RTTGEO_GLOBALPING_HOST", running.host)
    monkeypatch.setenv("RTTGEO_GLOBALPING_CERTIFICATE", running.certificate)
    return running


def test_a_measurement_is_waited_for_kept_and_made_a_mesh(
    server: AtlasServer, tmp_path: Path, monkeypatch, capsys
):
    monkeypatch.setenv("RTTGEO_DOWNLOADS", str(tmp_path))
    running = [measurement("abc", "in-progress") for _ in range(2)]
    server.globalping = {"abc": [*running, measurement("abc")]}
    given = ["fetch", "--globalping", "abc", "--pairs", str(tmp_path / "p.csv")]
    assert main(given) == 0
    said = capsys.readouterr()
    assert "abc is in progress" in said.err and "2 pairs of 2 landmarks and 1 target" in said.out
    assert len(server.requests) == 3
    for _, headers in server.requests:
        assert "secret" not in str(headers) and "Authorization" not in headers
    kept = tmp_path / "globalping" / "abc.json"
    assert json.loads(kept.read_text()) == measurement("abc")
    assert [path.name for path in kept.parent.iterdir()] == ["abc.json"]
    mesh = read_mesh(tmp_path / "p.csv")
    assert mesh.pairs["rtt_ms"].tolist() == [12.5, 12.5] and mesh.provenance.kind == "measured"
    assert main(given) == 0 and len(server.requests) == 3, "what is kept is not fetched again"


def test_several_at_once_and_their_json(server: AtlasServer, tmp_path: Path, capsys):
    server.globalping = {"a": [measurement("a")], "b_-": [measurement("b_-", rtts=(9.5,))]}
    assert main(["fetch", "--globalping", "a,b_-", "--directory", str(tmp_path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["pairs"] == 2 and report["targets"] == ["192.0.2.5"]
    assert report["files"] == [str(tmp_path / "a.json"), str(tmp_path / "b_-.json")]


def test_a_kept_file_that_is_cut_is_fetched_again(server: AtlasServer, tmp_path: Path):
    server.globalping = {"abc": [measurement("abc")]}
    (tmp_path / "abc.json").write_text(json.dumps(measurement("abc"))[:-5])
    fetch_globalping(["abc"], directory=tmp_path, patience=QUICK)
    assert json.loads((tmp_path / "abc.json").read_text()) == measurement("abc")


@pytest.mark.parametrize("fault", ["503", "html", "truncate-length", "not-json", "drop"])
def test_a_server_that_misbehaves_is_asked_again(server: AtlasServer, tmp_path: Path, fault: str):
    server.globalping = {"abc": [measurement("abc")]}
    server.queue = [fault]
    fetch_globalping(["abc"], directory=tmp_path, patience=QUICK)
    assert server.faults[-1] == fault and (tmp_path / "abc.json").is_file()


def test_what_cannot_be_had_leaves_nothing(server: AtlasServer, tmp_path: Path, capsys):
    folder = tmp_path / "new"
    server.globalping = {"slow": [measurement("slow", "in-progress")], "other": [measurement("x")]}
    with pytest.raises(TemporaryError, match=r"slow is still in progress after 0 s"):
        fetch_globalping(["slow"], directory=folder, patience=QUICK, longest_s=0.05)
    with pytest.raises(TemporaryError, match="is not measurement other"):
        fetch_globalping(["other"], directory=folder, patience=QUICK)
    with pytest.raises(NotThereError, match="no measurement 'none'"):
        fetch_globalping(["none"], directory=folder, patience=QUICK)
    for bad in ("../x", "a/b", "", "x" * 200):
        with pytest.raises(BadInputError, match="expected letters"):
            fetch_globalping([bad], directory=folder)
    assert not folder.exists()
    assert main(["fetch", "--globalping", "none"]) == 2
    assert "has no measurement 'none'" in capsys.readouterr().err
    assert main(["fetch", "--globalping", "a", "--measurement", "1"]) == 2
    assert "--globalping can only be combined with" in capsys.readouterr().err


def test_without_a_network_it_says_so(server: AtlasServer, monkeypatch, capsys):
    monkeypatch.setenv("RTTGEO_GLOBALPING_HOST", "localhost:1")
    assert main(["fetch", "--globalping", "abc"]) == 1
    assert "no connection can be made" in capsys.readouterr().err
