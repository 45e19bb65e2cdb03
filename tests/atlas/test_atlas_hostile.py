"""A server or a network that means harm, and settings that are wrong: said, never obeyed."""

from __future__ import annotations

import contextlib
import copy
import json
import random
import warnings
from pathlib import Path
from typing import Any

import pytest
from atlas_server import AtlasServer, World, bomb, small_world

from rttgeo import atlas
from rttgeo.atlas import download, opening, session
from rttgeo.atlas.client import AtlasClient
from rttgeo.atlas.session import BusyError, Patience, RefusedError, TemporaryError
from rttgeo.atlas.store import Store
from rttgeo.catalogue.datasets import open_dataset
from rttgeo.cli.main import main
from rttgeo.errors import BadInputError, NotThereError, RttgeoError

QUICK = Patience(connect_s=30, read_s=30, attempts=3, backoff_s=0.001, longest_s=0.01)
RECIPE = atlas.Recipe.for_date("hostile", "2017-07-11", anchors=("xx-a01-as64501",))


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with AtlasServer(small_world(), tmp_path, page_size=3) as running:
        monkeypatch.setenv("RTTGEO_ATLAS_HOST", running.host)
        monkeypatch.setenv("RTTGEO_ATLAS_CERTIFICATE", running.certificate)
        monkeypatch.setenv("RTTGEO_DOWNLOADS", str(tmp_path / "downloads"))
        yield running


def client_of(server: AtlasServer, **more: Any) -> AtlasClient:
    return AtlasClient(server.host, certificate=server.certificate, patience=QUICK, **more)


@pytest.mark.parametrize("where", ["https://localhost:1/api/", "http://HOST/api/", "//evil.test/"])
def test_a_redirect_to_elsewhere_is_refused_and_gets_no_key(server: AtlasServer, where: str):
    server.queue = ["redirect " + where.replace("HOST", server.host)]
    with pytest.raises(RefusedError, match="another server") as error:
        client_of(server, key="0b5e-secret").json("/api/v2/anchors/")
    assert "secret" not in str(error.value) and "evil" not in str(error.value)
    assert len(server.requests) == 1


def test_a_redirect_on_the_same_server_is_followed(server: AtlasServer):
    server.queue = ["redirect /api/v2/probes/"]
    assert client_of(server, key="0b5e").json("/api/v2/anchors/")["results"][0]["type"] == "Probe"
    assert [h.get("Authorization") for _, h in server.requests] == ["Key 0b5e"] * 2


def test_a_bomb_is_not_unpacked(server: AtlasServer, tmp_path: Path, monkeypatch):
    assert len(bomb()) < 1 << 20
    server.queue = ["bomb"]
    with pytest.raises(RefusedError, match="more than 64 MiB"):
        client_of(server).json("/api/v2/anchors/")
    atlas.plan(RECIPE, patience=QUICK)
    monkeypatch.setattr(session.ResultStream.__init__, "__defaults__", (1 << 20,))
    server.queue = ["bomb"]
    report = atlas.fetch(RECIPE, patience=QUICK, progress=False)
    assert report.left == 1 and "more than 1 MiB" in report.missing[0]


def test_passwords_of_a_netrc_do_not_go_along(server: AtlasServer, tmp_path: Path, monkeypatch):
    (tmp_path / ".netrc").write_text("default login me password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for key, sent in (("0b5e", "Key 0b5e"), (None, None)):
        client = client_of(server, key=key)
        client.session.trust_env = True
        client.json("/api/v2/anchors/")
        assert server.requests[-1][1].get("Authorization") == sent


def test_a_next_page_that_is_no_address_is_not_asked_for(server: AtlasServer, monkeypatch):
    page = {"count": 2, "next": "x:@evil.test/", "results": [{"id": 1}]}
    monkeypatch.setattr(AtlasClient, "json", lambda *_: page)
    with pytest.raises(TemporaryError, match="listing of anchors"):
        client_of(server).listing("anchors")


def test_a_server_that_stays_busy_is_asked_so_often_and_no_more(server: AtlasServer):
    server.misbehave(seed=1, rate=1.0, kinds=("503",))
    with pytest.raises(BusyError, match="HTTP 503, 3 times"):
        client_of(server).json("/api/v2/anchors/")
    assert len(server.requests) == QUICK.attempts


def test_after_three_parts_the_rest_is_not_tried(server: AtlasServer):
    atlas.plan(RECIPE, patience=QUICK)
    server.misbehave(seed=1, rate=1.0, kinds=("html",))
    report = atlas.fetch(RECIPE, patience=QUICK, progress=False)
    assert report.downloaded == 0 and not report.complete and report.left == 8
    assert "5 more parts not tried, because the last 3 failed" in report.missing
    with pytest.raises(NotThereError, match="not fetched yet"):
        atlas.load_mesh("hostile")
    server.behave()
    assert atlas.fetch(RECIPE, patience=QUICK, progress=False).complete


def test_a_mesh_of_half_a_data_set_says_so(server: AtlasServer):
    report = atlas.fetch(RECIPE, patience=QUICK, progress=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "not fetched" not in open_dataset("hostile").provenance.source
    manifest = report.plan.folder / "manifest.json"
    entries = json.loads(manifest.read_text())
    del entries["files"][report.plan.parts[2].samples]
    manifest.write_text(json.dumps(entries))
    with pytest.warns(UserWarning, match="1 of 8 parts not fetched"):
        mesh = open_dataset("hostile")
    assert "1 of 8 parts not fetched" in mesh.provenance.source


JUNK = (
    None,
    True,
    -1,
    10**12,
    1e300,
    "",
    "x",
    "\x1b[2J<script>",
    "../../etc",
    [],
    [[1]],
    {},
    {"id": 3},
)


def spoilt(world: World, rng: random.Random) -> World:
    """The same, with some values of its listings replaced by others of any kind."""
    listings = copy.deepcopy([world.anchors, world.measurements, world.probes])
    for listing in listings:
        for item in listing:
            for key in list(item):
                if rng.random() < 0.08 and not (key == "id" and listing is listings[1]):
                    item[key] = rng.choice(JUNK)
    # The server itself looks up some of them.
    anchors, measurements, probes = listings
    for item, old in zip(measurements, world.measurements, strict=True):
        item["id"], item["anchor"] = old["id"], old["anchor"]
    for item, old in zip(probes, world.probes, strict=True):
        item["id"] = old["id"]
    return World(anchors, measurements, probes, world.results)


def test_listings_full_of_junk_are_read_or_refused_but_never_crash(
    server: AtlasServer, tmp_path: Path
):
    rng, whole, ends = random.Random(4), server.world, []
    recipe = atlas.Recipe.from_dict(RECIPE.to_dict() | {"anchors": [], "countries": ["DE", "NL"]})
    for i in range(20):
        server.world = spoilt(whole, rng)
        try:
            atlas.fetch(recipe, directory=tmp_path / str(i), patience=QUICK, progress=False)
            mesh = atlas.load_mesh(tmp_path / str(i))
            mesh._repr_html_()
            ends.append("mesh")
        except RttgeoError as error:
            assert "\n" not in str(error)
            ends.append("refused")
    assert set(ends) == {"mesh", "refused"}
    found = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")}
    assert found <= {str(i) for i in range(40)} | {"server-ca.pem"}, "nothing outside its folder"


def test_what_a_server_says_does_not_steer_the_terminal(server: AtlasServer, capsys):
    for measurement in server.world.measurements:
        measurement["target"] = "\x1b]0;owned\x07\x1b[31m.anchors.atlas.ripe.net"
    main(["fetch", "mine", "--date", "2017-07-11", "--anchors", "all"])
    main(["locate", "mine", "--method", "exclusion"])
    main(["fetch", "x\x1b[31m", "--date", "2017-07-11", "--anchors", "all"])
    said = capsys.readouterr()
    assert "owned" in said.out and "\x1b" not in said.out + said.err


def test_settings_that_are_none_are_said_at_once(server: AtlasServer, tmp_path: Path):
    (tmp_path / "no.pem").write_text("hello")
    for settings, says in (
        ({"host": "https://atlas.ripe.net"}, "expected a name"),
        ({"host": "a b"}, "expected a name"),
        ({"certificate": str(tmp_path / "nowhere.pem")}, "no such file"),
        ({"certificate": str(tmp_path / "no.pem")}, "PEM"),
    ):
        with pytest.raises(BadInputError, match=says):
            atlas.fetch(RECIPE, progress=False, **settings)
    assert opening.HOST == "atlas.ripe.net" and server.requests == []


def test_another_recipe_takes_over_a_folder_only_while_nothing_was_downloaded(server: AtlasServer):
    atlas.plan(RECIPE, patience=QUICK)
    other = atlas.Recipe.from_dict(RECIPE.to_dict() | {"families": [6]})
    assert atlas.fetch(other, patience=QUICK, progress=False).plan.measurements == 1
    with pytest.raises(BadInputError, match="another recipe"):
        atlas.plan(RECIPE, patience=QUICK)


def test_a_recipe_that_nothing_fits_is_an_error(server: AtlasServer, capsys):
    for more in (["--anchors", "yy-gone"], ["--anchors", "all", "--type", "traceroute"]):
        assert main(["fetch", "none", "--date", "2017-07-11", *more]) == 2
        assert "lists no" in capsys.readouterr().err
    assert main(["fetch", "none", "--date", "2017-07-11", "--anchors", "all", "--probes", "9"]) == 2
    assert "no probe passes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--anchors", "all"], "--date"),
        (["--date", "2017-07-11"], "--anchors or --measurements"),
        (["--date", "2017-07-11", "--start", "2017-07-11", "--anchors", "all"], "--date"),
        (["--start", "2017-07-11", "--anchors", "all"], "must be given together"),
        (["--date", "2017-02-30", "--anchors", "all"], "2017-02-30"),
        (["--date", "2017-07-11", "--anchors", ","], "empty"),
        (["--date", "2017-07-11", "--anchors", "all", "--asns", "3333,x"], "'X'"),
        (["--date", "2017-07-11", "--measurements", "-1"], "whole number"),
        (["--date", "2017-07-11", "--anchors", "all", "--robust"], "--pairs"),
        (["--date", "2017-07-11", "--anchors", "all", "--pairs", "x.txt"], ".csv"),
    ],
)
def test_options_that_make_no_recipe_are_refused(more: list[str], says: str, capsys):
    assert main(["fetch", "mine", *more]) == 2
    assert says in capsys.readouterr().err


def test_a_recipe_of_options_goes_on_by_its_name_and_is_a_data_set(
    server: AtlasServer, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
):
    options = ["--date", "2017-07-11", "--anchors", "xx-a01-as64501,xx-a02-as64502", "--ip", "4"]
    options += ["--countries", "de", "--asns", "AS64500,64502", "--tags", "system-ipv4-works"]
    assert main(["fetch", "mine", *options, "--plan"]) == 0
    plan = capsys.readouterr().out
    assert "2 measurements in 8 parts, 0 of them already downloaded" in plan and "MB" in plan
    table = tmp_path / "pairs.csv"
    assert main(["fetch", "mine", "--pairs", str(table), "--min-samples", "2", "--robust"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == "complete" and "samples from" in said.out
    mesh = open_dataset("mine")
    assert set(mesh.landmarks["country"]) == {"DE"} and mesh.provenance.name == "mine"
    assert set(mesh.landmarks["asn_v4"]) <= {64500, 64502}
    assert len(table.read_text().splitlines()) - 1 == len(mesh)
    assert main(["fetch", "mine", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["complete"] and told["downloaded"] == 0 and told["rejected_records"] == {}
    assert main(["data"]) == 0
    assert "recipe of yours: ping, 2017-07-11" in capsys.readouterr().out
    assert main(["fetch", "atlas-2017-07-11", *options]) == 2


def test_ctrl_c_on_the_command_line_says_that_nothing_is_lost(
    server: AtlasServer, capsys, monkeypatch: pytest.MonkeyPatch
):
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(download, "stream_part", stopped)
        options = ["--date", "2017-07-11", "--anchors", "xx-a01-as64501"]
        assert main(["fetch", "mine", *options]) == 130
    assert "what is complete is kept" in capsys.readouterr().err
    assert main(["fetch", "mine"]) == 0


def test_second_hop_pings_of_one_probe(shared: Path, tmp_path: Path):
    """The real series of one probe; the API lists no such measurement, each probe has its own."""
    lines = (shared / "data/ping-logs-2017/RIPE-Atlas-measurement-2-probe-10928.txt").read_bytes()
    records = [(json.loads(line), line) for line in lines.splitlines() if line.strip()]
    begin = min(record["timestamp"] for record, _ in records)

    def results(number: int, start: int, stop: int):
        for record, line in records:
            if record["msm_id"] == number and start <= record["timestamp"] <= stop:
                yield line

    probe = {"id": 10928, "geometry": {"type": "Point", "coordinates": [8.5, 47.4]}, "tags": []}
    recipe = atlas.Recipe(
        "hops", "ping", "2017-09-24", "2017-09-26", measurement_ids=(2,), probes=(10928,)
    )
    world = World([], [], [probe], results, archive_day="2017-09-24")
    with AtlasServer(world, tmp_path) as server:
        report = atlas.fetch(
            recipe, directory=tmp_path / "d", host=server.host, certificate=server.certificate,
            progress=False, patience=QUICK,
        )  # fmt: skip
        assert all("probe_ids=10928" in p for p, _ in server.requests if "/results" in p)
    wanted = [r for r, _ in records if recipe.start_s <= r["timestamp"] < recipe.stop_s]
    assert begin < recipe.stop_s and report.complete and report.parsed.records == len(wanted) > 300
    mesh = atlas.load_mesh(tmp_path / "d")
    assert set(mesh.targets.index) <= {r["addr"] for r in wanted} and not mesh.has_truth
    best = min(r["min"] for r in wanted if r["min"] > 0)
    assert mesh.pairs["rtt_ms"].min() == pytest.approx(best, abs=0.001)
    with contextlib.suppress(NotThereError):
        atlas.load_recipe("hops")


def test_a_name_in_the_manifest_that_no_file_can_have(tmp_path):
    entry = {"bytes": 5, "sha256": "0" * 64, "facts": {}}
    content = {"format": 1, "files": {"results/" + "x" * 2000: entry, "b.json": entry}}
    (tmp_path / "manifest.json").write_text(json.dumps(content))
    store = Store(tmp_path)
    assert len(store.sweep()) == 2 and not store.entries
