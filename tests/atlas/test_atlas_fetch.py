"""Fetching from a server that misbehaves: nothing lost, nothing half, the same bytes in the end."""

from __future__ import annotations

import contextlib
import errno
import gzip
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import requests
import urllib3
from atlas_server import FAULTS, AtlasServer, small_world, wait_until

from rttgeo import atlas
from rttgeo.atlas import download, metadata
from rttgeo.atlas import session as atlas_session
from rttgeo.atlas.client import AtlasClient
from rttgeo.atlas.session import (
    Patience,
    RefusedError,
    TemporaryError,
    UnreachableError,
)
from rttgeo.atlas.store import Store
from rttgeo.errors import BadInputError, NotThereError

QUICK = Patience(connect_s=5, read_s=0.4, attempts=30, backoff_s=0.001, longest_s=0.01)
RECIPE = atlas.Recipe(
    "try",
    "ping",
    "2017-07-11T12:00:00Z",
    "2017-07-11T18:00:00Z",
    anchors=tuple(f"xx-a{i:02d}-as{64500 + i}" for i in range(4)),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with AtlasServer(small_world(), tmp_path_factory.mktemp("server"), page_size=3) as running:
        running.hang_s = 0.6
        yield running


@pytest.fixture(autouse=True)
def calm(server: AtlasServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(download, "SLICE_S", 2 * 3600)
    server.behave()
    server.framing, server.has_archive = "chunked", True
    server.requests.clear()
    server.faults.clear()


def fetch(server: AtlasServer, folder: Path, recipe: atlas.Recipe = RECIPE, **more):
    options = {"patience": QUICK, "progress": False} | more
    return atlas.fetch(
        recipe, directory=folder, host=server.host, certificate=server.certificate, **options
    )


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


@pytest.fixture(scope="module")
def undisturbed(server: AtlasServer, tmp_path_factory: pytest.TempPathFactory):
    """Files of a run without any fault."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(download, "SLICE_S", 2 * 3600)
        server.behave()
        report = fetch(server, folder)
    assert report.complete and not report.missing
    return files_of(folder)


def test_a_fetch_brings_every_sample_and_makes_a_mesh(server: AtlasServer, tmp_path: Path):
    report = fetch(server, tmp_path)
    assert report.downloaded == len(report.plan.parts) == 4 * 2 * 3
    assert report.parsed.samples == 4 * 2 * 12 * 6 * 3
    assert not report.missing and not report.unplaced
    assert "complete" in str(report)
    mesh = atlas.load_mesh(tmp_path)
    assert len(mesh) == 4 * 12 - 4, "an anchor's own probe is no pair"
    assert mesh.provenance.kind == "simulated", "the server's anchors say that they are"
    assert set(mesh.targets.index) == set(RECIPE.anchors)
    assert set(mesh.targets.index) <= set(mesh.landmarks.index), "the same node, the same name"
    lowest = mesh.pairs["rtt_ms"].min()
    assert lowest >= 1 and mesh.pairs["samples"].max() == 2 * 6 * 3
    four = atlas.load_mesh(tmp_path, family="4")
    joint = four.pairs.merge(mesh.pairs, on=["target", "landmark"])
    assert (joint["rtt_ms_x"] >= joint["rtt_ms_y"]).all()
    assert set(mesh.landmarks["located"]) == {"archive"}


def test_minimum_is_that_of_all_raw_results(server: AtlasServer, tmp_path: Path):
    fetch(server, tmp_path)
    lowest: dict[tuple[str, int], float] = {}
    names = metadata.anchor_names(server.world.measurements)
    for path in (tmp_path / "results").iterdir():
        for line in gzip.decompress(path.read_bytes()).splitlines():
            record = json.loads(line)
            key = names[record["msm_id"]], record["prb_id"]
            rtt = min(round(p["rtt"], 3) for p in record["result"])
            lowest[key] = min(lowest.get(key, np.inf), rtt)
    mesh = atlas.load_mesh(tmp_path, colocated_km=0)
    probe = mesh.landmarks["probe"].to_numpy()[mesh.pairs["landmark"]]
    target = mesh.targets.index[mesh.pairs["target"]]
    found = dict(zip(zip(target, probe.tolist(), strict=True), mesh.pairs["rtt_ms"], strict=True))
    assert found == lowest


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_alone_changes_nothing(
    server: AtlasServer, tmp_path: Path, undisturbed: dict[str, bytes], fault: str
):
    server.misbehave(seed=1, rate=0.25, kinds=(fault,))
    report = fetch(server, tmp_path)
    assert server.faults, "the fault must have happened"
    assert report.complete and files_of(tmp_path) == undisturbed


@pytest.mark.parametrize("framing", ["length", "none"])
def test_the_framing_of_the_answer_does_not_matter(
    server: AtlasServer, tmp_path: Path, undisturbed: dict[str, bytes], framing: str
):
    server.framing = framing
    fetch(server, tmp_path)
    assert files_of(tmp_path) == undisturbed
    results = sum("/results" in path for path, _ in server.requests)
    assert results == (24 if framing == "length" else 72), "unframed answers are asked for thrice"


@pytest.mark.parametrize("fault", ["truncate-unframed", "foreign"])
def test_harm_that_comes_twice_the_same_is_not_taken_for_good(
    server: AtlasServer,
    tmp_path: Path,
    undisturbed: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
):
    options = {"host": server.host, "certificate": server.certificate, "patience": QUICK}
    atlas.plan(RECIPE, directory=tmp_path, **options)
    monkeypatch.setattr(server, "share", lambda: 0.5)
    server.queue = [fault, fault]
    report = fetch(server, tmp_path)
    assert server.faults == [fault, fault], "both befall the first part"
    assert report.complete and files_of(tmp_path) == undisturbed


def test_what_stays_broken_is_missing_now_and_there_next_time(
    server: AtlasServer, tmp_path: Path, undisturbed: dict[str, bytes]
):
    fetch(server, tmp_path / "a")
    impatient = Patience(connect_s=2, read_s=0.4, attempts=2, backoff_s=0.001, longest_s=0.01)
    folder = tmp_path / "b"
    atlas.plan(
        RECIPE,
        directory=folder,
        host=server.host,
        certificate=server.certificate,
        patience=impatient,
    )
    server.misbehave(seed=3, rate=0.6, kinds=("garbage", "truncate-chunked", "html"))
    report = fetch(server, folder, patience=impatient)
    assert not report.complete
    assert any("results/" in what for what in report.missing)
    assert "run it again" in str(report)
    server.behave()
    again = fetch(server, folder)
    assert again.complete
    assert again.plan.done == len(report.plan.parts) - report.left
    assert files_of(folder) == undisturbed


def test_nothing_is_downloaded_twice(server: AtlasServer, tmp_path: Path):
    fetch(server, tmp_path)
    server.requests.clear()
    report = fetch(server, tmp_path)
    assert report.downloaded == 0 and report.complete
    assert server.requests == []


@pytest.mark.parametrize("harm", ["change", "remove", "cut", "left over"])
def test_a_damaged_folder_is_made_good(
    server: AtlasServer, tmp_path: Path, undisturbed: dict[str, bytes], harm: str
):
    fetch(server, tmp_path)
    victim = sorted((tmp_path / "samples").iterdir())[2]
    if harm == "change":
        content = bytearray(victim.read_bytes())
        content[50] ^= 1
        victim.write_bytes(content)
    elif harm == "remove":
        victim.unlink()
    elif harm == "cut":
        victim.write_bytes(victim.read_bytes()[:-1])
    else:
        (tmp_path / "results" / ".rttgeo-0123456789abcdef.part").write_bytes(b"half")
    report = fetch(server, tmp_path)
    assert report.downloaded == (0 if harm == "left over" else 1)
    assert files_of(tmp_path) == undisturbed


def test_what_somebody_put_into_the_folder_stays(server: AtlasServer, tmp_path: Path):
    fetch(server, tmp_path)
    mine = [tmp_path / "notes.txt", tmp_path / "results" / "mine.part", tmp_path / "x" / "y"]
    for path in mine:
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
    assert fetch(server, tmp_path).complete
    assert [path.read_text() for path in mine] == ["mine"] * 3


@pytest.mark.parametrize("name", ["../notes.txt", "/elsewhere/notes.txt", "results/../../x", ""])
def test_a_manifest_that_names_files_elsewhere_is_refused(tmp_path: Path, name: str):
    entry = {"bytes": 1, "sha256": "0", "facts": {}}
    (tmp_path / "manifest.json").write_text(json.dumps({"format": 1, "files": {name: entry}}))
    with pytest.raises(BadInputError, match="not a file of this folder"):
        Store(tmp_path)


def test_a_plan_downloads_no_results(server: AtlasServer, tmp_path: Path):
    options = {"host": server.host, "certificate": server.certificate, "patience": QUICK}
    recipe = atlas.Recipe.from_dict(RECIPE.to_dict() | {"anchors": [*RECIPE.anchors, "yy-gone"]})
    plan = atlas.plan(recipe, directory=tmp_path, **options)
    assert (plan.measurements, len(plan.parts), plan.done) == (8, 24, 0)
    assert plan.bytes == pytest.approx(8 * 12 * 90 * 480)
    assert plan.missing == (
        "anchor yy-gone: no longer listed by the API",
        "anchor yy-gone: no measurement of this kind in the window",
    )
    assert not any("/results" in path for path, _ in server.requests)
    assert "24 parts" in str(plan) and "yy-gone" in str(plan)


def test_filters_that_the_server_ignores_are_applied_here(server: AtlasServer, tmp_path: Path):
    recipe = atlas.Recipe(
        "few",
        "ping",
        "2017-07-11T12:00:00Z",
        "2017-07-11T14:00:00Z",
        anchors=("xx-a01-as64501",),
        families=(6,),
        countries=("DE",),
        asns=(64500, 64502),
        tags=("system-ipv4-works",),
    )
    report = fetch(server, tmp_path, recipe)
    assert [p.measurement for p in report.plan.parts] == [1011]
    mesh = atlas.load_mesh(tmp_path)
    assert list(mesh.targets.index) == ["xx-a01-as64501"]
    assert set(mesh.landmarks["country"]) == {"DE"}
    assert set(mesh.landmarks["asn_v4"]) <= {64500, 64502}
    anchored = [path for path, _ in server.requests if "anchor-measurements" in path]
    assert anchored, "the anchoring measurements were asked for"


def test_without_an_archive_probes_stand_where_they_are_today(server: AtlasServer, tmp_path: Path):
    server.has_archive = False
    fetch(server, tmp_path)
    assert set(atlas.load_mesh(tmp_path).landmarks["located"]) == {"present"}


def test_traceroutes_carry_hops(tmp_path: Path):
    world = small_world(kind="traceroute", n_anchors=2, rounds=2)
    recipe = atlas.Recipe("t", "traceroute", "2017-07-11", "2017-07-12", protocol="ICMP")
    with AtlasServer(world, tmp_path) as server:
        report = fetch(server, tmp_path / "t", recipe)
    assert report.parsed.samples == 2 * 2 * 12 * 2 * 3
    assert set(atlas.load_mesh(tmp_path / "t").pairs["hops"]) == {7}


def test_the_key_is_sent_and_seen_nowhere_else(
    server: AtlasServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
):
    key = "0b5e7d3c-secret-4711"
    monkeypatch.setenv("ATLAS_API_KEY", key)
    caplog.set_level(1)
    server.misbehave(seed=5, rate=0.3)
    report = fetch(server, tmp_path, progress=True)
    assert all(headers.get("Authorization") == f"Key {key}" for _, headers in server.requests)
    said = capsys.readouterr()
    texts = [said.out, said.err, caplog.text, str(report), repr(report)]
    texts += [path for path, _ in server.requests]
    assert not any(key in text for text in texts)
    assert not any(key.encode() in content for content in files_of(tmp_path).values())
    monkeypatch.setenv("ATLAS_API_KEY", "bad\nkey: x")
    with pytest.raises(BadInputError, match="ATLAS_API_KEY") as error:
        fetch(server, tmp_path / "b")
    assert "bad" not in str(error.value)
    assert key not in repr(AtlasClient(server.host, key=key))


def test_what_cannot_be_reached_is_said_at_once(
    server: AtlasServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A wrong certificate, a closed port, a name nobody has: no waiting, no second try."""
    monkeypatch.setattr(
        Patience, "wait", lambda patience, attempt: attempt == 0 or pytest.fail("it waits")
    )
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = f"127.0.0.1:{unused.getsockname()[1]}"
    for host, why in (
        (server.host, "certificate"),
        (closed, "no connection can be made"),
        ("nowhere.invalid", "name|proxy"),
    ):
        with pytest.raises(UnreachableError, match=why) as error:
            atlas.fetch(RECIPE, directory=tmp_path / "x", host=host, progress=False)
        assert len(str(error.value).splitlines()) == 1 and error.value.exit_code == 1


def test_a_network_that_goes_away_is_waited_for_but_not_for_ever(
    server: AtlasServer, tmp_path: Path
):
    """Once the server was reached, a part is tried patiently; the next one then gives up."""
    client = AtlasClient(server.host, certificate=server.certificate, patience=QUICK)
    client.json("/api/v2/anchors/")
    tried = []
    client.session.mount("https://", Gone(tried))
    with pytest.raises(TemporaryError, match="ConnectionError"):
        client.json("/api/v2/anchors/")
    assert len(tried) == QUICK.attempts
    client.reached = False
    with pytest.raises(UnreachableError):
        client.json("/api/v2/anchors/")
    assert len(tried) == QUICK.attempts + 1


class Gone(requests.adapters.BaseAdapter):
    """A network that is not there."""

    def __init__(self, tried: list[str]):
        super().__init__()
        self.tried = tried

    def send(self, request, **_):
        self.tried.append(request.url)
        cause = urllib3.exceptions.NewConnectionError(None, "gone")
        raise requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, "", cause))

    def close(self):
        pass


def test_a_final_no_is_not_asked_again(server: AtlasServer):
    client = AtlasClient(server.host, certificate=server.certificate, patience=QUICK)
    with pytest.raises(RefusedError, match="404"):
        client.json("/api/v2/nothing/")
    assert len(server.requests) == 1


def test_an_answer_that_trickles_counts_as_hanging(monkeypatch: pytest.MonkeyPatch):
    class Slow:
        class raw:  # noqa: N801
            @staticmethod
            def read1(_n: int, decode_content: bool) -> bytes:
                return b"x"

    clock = iter(range(0, 10_000, 10))
    monkeypatch.setattr(atlas_session.time, "monotonic", lambda: next(clock))
    with pytest.raises(TemporaryError, match="bytes in"):
        list(atlas_session.ResultStream(Slow(), Patience()))  # type: ignore[arg-type]


def test_another_recipe_or_other_files_in_the_folder_are_refused(
    server: AtlasServer, tmp_path: Path
):
    fetch(server, tmp_path / "a")
    other = atlas.Recipe.from_dict(RECIPE.to_dict() | {"families": [4]})
    with pytest.raises(BadInputError, match="another recipe"):
        fetch(server, tmp_path / "a", other)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.tex").write_text("all my work")
    with pytest.raises(BadInputError, match=r"thesis\.tex"):
        fetch(server, tmp_path / "home")
    assert (tmp_path / "home" / "thesis.tex").exists()


def test_two_runs_at_once_are_refused(server: AtlasServer, tmp_path: Path):
    def while_planned(_plan: atlas.Plan) -> None:
        with pytest.raises(BadInputError, match="in use"):
            fetch(server, tmp_path)

    assert fetch(server, tmp_path, on_plan=while_planned).complete


def test_a_full_disk_is_said_in_one_line_and_the_next_run_goes_on(
    server: AtlasServer,
    tmp_path: Path,
    undisturbed: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
):
    real, calls = gzip.GzipFile.write, []

    def full(self: gzip.GzipFile, data: bytes) -> int:
        calls.append(1)
        if len(calls) == 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(self, data)

    with monkeypatch.context() as patch:
        patch.setattr(gzip.GzipFile, "write", full)
        with pytest.raises(BadInputError, match=r"No space left.*next run continues"):
            fetch(server, tmp_path)
    assert not list(tmp_path.rglob("*.part"))
    report = fetch(server, tmp_path)
    assert report.plan.done == 4
    assert files_of(tmp_path) == undisturbed


def test_ctrl_c_leaves_no_half_file(
    server: AtlasServer,
    tmp_path: Path,
    undisturbed: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
):
    real, calls = gzip.GzipFile.write, []

    def stopped(self: gzip.GzipFile, data: bytes) -> int:
        calls.append(1)
        if len(calls) == 7:
            raise KeyboardInterrupt
        return real(self, data)

    with monkeypatch.context() as patch:
        patch.setattr(gzip.GzipFile, "write", stopped)
        with pytest.raises(KeyboardInterrupt):
            fetch(server, tmp_path)
    assert not list(tmp_path.rglob("*.part"))
    fetch(server, tmp_path)
    assert files_of(tmp_path) == undisturbed


NURSE = """
import os, resource, signal, sys
# Where the tests run in the background, a shell may have switched Ctrl-C off.
signal.signal(signal.SIGINT, signal.default_int_handler)
from rttgeo import atlas
from rttgeo.atlas import download, parse
from rttgeo.atlas.session import Patience
download.SLICE_S = 2 * 3600
host, certificate = sys.argv[1:3]
recipe = atlas.Recipe.from_dict({recipe!r})
parse.Reader().read(next(parse.split_records([b"{{}}"])))
print("ready", flush=True)
for line in sys.stdin:
    folder, room = line.split()
    child = os.fork()
    if not child:
        # A disk that is full is one on which files cannot grow: the same error, from the kernel.
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(room), int(room)))
        atlas.fetch(recipe, directory=folder.strip(), host=host, certificate=certificate,
                    progress=False, patience=Patience(5, 0.4, 30, 0.001, 0.01))
        os._exit(0)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


WAYS = ("SIGKILL", "SIGINT", "SIGTERM", "full disk")


class Nurse:
    """A process that starts fetching ones, so that each of them need not load everything."""

    def __init__(self, server: AtlasServer):
        command = [sys.executable, "-c", NURSE.format(recipe=RECIPE.to_dict())]
        self.process = subprocess.Popen(
            [*command, server.host, server.certificate],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None and self.process.stdin is not None
        self.said, self.told = self.process.stdout, self.process.stdin
        assert self.said.readline() == "ready\n"

    def start(self, folder: Path, room: int = -1) -> int:
        """Start one, no file of which may grow beyond so many bytes; its process number."""
        self.told.write(f"{folder} {room}\n")
        self.told.flush()
        return int(self.said.readline())

    def wait(self) -> int:
        """Wait for it to end: 0 if it was through, else what ended it."""
        return int(self.said.readline())

    def __enter__(self) -> Nurse:
        return self

    def __exit__(self, *_: object) -> None:
        self.told.close()
        self.process.wait(30)


def kill_at(
    server: AtlasServer,
    nurse: Nurse,
    folder: Path,
    requests: int,
    how: signal.Signals = signal.SIGKILL,
    room: int = -1,
) -> bool:
    """Kill a run after some requests, or let it meet a full disk; False if it was through before."""
    server.requests.clear()
    child = nurse.start(folder, room)
    done: list[int] = []
    waiter = threading.Thread(target=lambda: done.append(nurse.wait()))
    waiter.start()
    wait_until(lambda: len(server.requests) >= requests or bool(done), seconds=120)
    if not done:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, how)
    waiter.join(60)
    return done != [0]


def test_kill_9_in_the_middle_and_the_next_run_ends_the_same(
    server: AtlasServer, tmp_path: Path, undisturbed: dict[str, bytes]
):
    with Nurse(server) as nurse:
        assert kill_at(server, nurse, tmp_path / "x", requests=14)
    assert len(files_of(tmp_path / "x")) < len(undisturbed)
    fetch(server, tmp_path / "x")
    assert files_of(tmp_path / "x") == undisturbed


def disturb(
    server: AtlasServer, nurse: Nurse, folder: Path, rng: random.Random, ends: Counter[str]
) -> None:
    """Run after run with faults, stopped at some point in some way, until it is through."""
    signals = (signal.SIGKILL, signal.SIGKILL, signal.SIGINT, signal.SIGTERM)
    while True:
        server.misbehave(seed=rng.randrange(10**9), rate=rng.choice((0.1, 0.3, 0.5)))
        server.faults.clear()
        how = rng.choice(signals)
        room = rng.randrange(200, 9000) if rng.random() < 0.2 else -1
        stopped = kill_at(server, nurse, folder, rng.randrange(1, 60), how, room)
        ends.update(server.faults)
        ends["faults"] += len(server.faults)
        ends["full disk" if stopped and room > 0 else how.name if stopped else "through"] += 1
        if not stopped:
            return


@pytest.mark.slow
def test_hundreds_of_faults_and_kills_end_in_the_same_bytes(
    server: AtlasServer, tmp_path: Path, undisturbed: dict[str, bytes]
):
    rng, ends, rounds = random.Random(11), Counter[str](), 0
    with Nurse(server) as nurse:
        while ends["faults"] < 250 or min(ends[how] for how in WAYS) < 3:
            assert rounds < 400, f"some way of ending does not happen: {dict(ends)}"
            folder = tmp_path / str(rounds)
            disturb(server, nurse, folder, rng, ends)
            server.behave()
            assert fetch(server, folder).complete
            assert files_of(folder) == undisturbed
            rounds += 1
    assert set(FAULTS) <= ends.keys(), "every fault has happened"
    print(f"{rounds} data sets fetched: {dict(ends)}")


def test_recipes_that_come_along():
    july = atlas.load_recipe("atlas-2017-07-11")
    assert (len(july.anchors), len(july.measurement_ids), july.type) == (32, 128, "ping")
    assert july.stop_s - july.start_s == 6 * 3600
    october = atlas.load_recipe("atlas-2017-10-02")
    assert (len(october.anchors), october.type, october.protocol) == (40, "traceroute", "ICMP")
    assert october.stop_s - october.start_s == 86400
    assert set(atlas.recipe_names()) >= {july.name, october.name}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"typ": "ping"}, "no field 'typ'"),
        ({"type": "dns"}, "expected ping, traceroute"),
        ({"stop": "2017-07-11T12:00:00Z"}, "not after"),
        ({"start": "yesterday"}, "ISO 8601"),
        ({"families": [5]}, "expected 4, 6"),
        ({"families": "both"}, "list of whole numbers"),
        ({"asns": [True]}, "list of whole numbers"),
        ({"name": "../../etc"}, "recipe name"),
        ({"about": 3}, "must be text"),
        ({"countries": ["Germany"]}, "two letters"),
        ({"protocol": "QUIC"}, "ICMP, UDP, TCP"),
        ({"probes": [-1]}, "above 0"),
    ],
)
def test_a_bad_recipe_is_refused(change: dict, says: str):
    with pytest.raises(BadInputError, match=says):
        atlas.Recipe.from_dict(RECIPE.to_dict() | change)


def test_a_recipe_of_ones_own(tmp_path: Path):
    (tmp_path / "mine.json").write_text(json.dumps(RECIPE.to_dict() | {"anchors": "all"}))
    assert atlas.load_recipe(tmp_path / "mine.json").anchors == ()
    (tmp_path / "bad.json").write_text("[]")
    with pytest.raises(BadInputError, match="one JSON object"):
        atlas.load_recipe(tmp_path / "bad.json")
    with pytest.raises(NotThereError, match="no recipe 'nothing'"):
        atlas.load_recipe("nothing")
    with pytest.raises(NotThereError, match="rttgeo fetch"):
        atlas.load_mesh("nothing")


def test_measurements_by_number_alone_become_pairs(server: AtlasServer, tmp_path: Path):
    from rttgeo.cli.main import main

    numbers = [str(m["id"]) for m in server.world.measurements if m["type"] == "ping"][:2]
    given = ["--measurement", numbers[0], "--measurement", numbers[1], "--start", RECIPE.start]
    given += ["--stop", "2017-07-11T13:00:00Z", "--directory", str(tmp_path / "d")]
    given += ["--host", server.host, "--certificate", str(server.certificate)]
    assert main(["fetch", *given, "--pairs", str(tmp_path / "pairs.csv")]) == 0
    asked = json.loads((tmp_path / "d" / "recipe.json").read_text())
    assert asked["measurement_ids"] == [int(number) for number in numbers]
    assert (tmp_path / "pairs.csv").read_text().count("\n") > 2


def test_the_latest_of_ended_measurements_by_number(
    server: AtlasServer, tmp_path: Path, monkeypatch
):
    from rttgeo.cli.main import main

    monkeypatch.setenv("RTTGEO_DOWNLOADS", str(tmp_path))
    monkeypatch.setenv("RTTGEO_ATLAS_HOST", server.host)
    monkeypatch.setenv("RTTGEO_ATLAS_CERTIFICATE", str(server.certificate))
    first = next(m for m in server.world.measurements if m["type"] == "ping")
    monkeypatch.setitem(first, "stop_time", 1_499_796_000 - 60)  # 2017-07-11T17:59
    assert main(["fetch", "--measurement", str(first["id"])]) == 0
    (folder,) = tmp_path.iterdir()
    assert folder.name == f"measurement-{first['id']}-until-2017-07-11T18"
    recipe = json.loads((folder / "recipe.json").read_text())
    assert recipe["start"] == "2017-07-10T18:00Z" and recipe["stop"] == "2017-07-11T18:00Z"
    assert len(atlas.load_mesh(folder)) == 12 - 1, "an anchor's own probe is no pair"
