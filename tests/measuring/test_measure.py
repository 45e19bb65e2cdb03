"""`rttgeo measure` against the loopback imitation of RIPE Atlas, and the loop by itself."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from ordering_server import KEY, TARGET

import rttgeo
from rttgeo import measuring
from rttgeo.atlas.orders import MOST_AT_A_TIME, credits_a_probe, ping_order
from rttgeo.cli.main import main
from rttgeo.errors import BadInputError
from rttgeo.explanation.following import APART_KM
from rttgeo.measuring import pings
from rttgeo.measuring.journal import Journal
from rttgeo.measuring.planning import Cost, goal_within
from rttgeo.measuring.rounds import BUDGET, CONFLICT, REGION
from rttgeo.sources.atlas_probes import Probe
from rttgeo.sphere import distance_km

GO = ["measure", TARGET, "--go", "--area", "1", "--credits", "72", "--each", "3"]
STATE = f"measure-{TARGET}.json"


def state():
    return json.loads(Path(STATE).read_text())


def test_a_plan_says_all_and_orders_nothing(service, capsys):
    assert main(["measure", TARGET, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    following = document["next"]
    assert len(following["probes"]) == following["cost"]["probes"] == 6
    assert following["cost"]["packets"] == 18 and following["cost"]["credits"] == 36
    assert following["at_most"] == {"probes": 100, "packets": 300, "credits": 600}
    order = following["order"]
    assert order["is_oneoff"] is True and order["definitions"][0]["type"] == "ping"
    asked = order["probes"][0]
    assert asked["type"] == "probes" and asked["requested"] == 6
    assert asked["value"] == ",".join(str(one["number"]) for one in following["probes"])
    assert not service.requests and not service.orders and not Path(STATE).exists()
    assert main(["measure", TARGET]) == 0
    assert "Nothing was ordered" in capsys.readouterr().out


def test_it_measures_until_the_budget_is_spent(service, capsys, mesh, truth):
    assert main([*GO, "--json", "--pairs", "out.csv"]) == 0
    told = capsys.readouterr()
    document = json.loads(told.out)
    assert document["ended"] == BUDGET and document["asked"] == 12
    assert [len(o["probes"][0]["value"].split(",")) for o in service.orders] == [6, 3, 3]
    assert [one["measurement"] for one in document["rounds"]] == [5000, 5001, 5002]
    areas = [one["area95_km2"] for one in document["rounds"]]
    assert areas[-1] < areas[0]
    estimate = document["estimate"]
    assert distance_km(estimate["lon"], estimate["lat"], *truth[1:]) < 1500
    assert document["spread"] == "" or document["spread"].startswith("The region is ")
    pairs = rttgeo.read_mesh("out.csv")
    assert len(pairs) == 12 and not pairs.has_truth
    lowest = {name: rtt for one in state()["rounds"] for name, rtt in one["rtt_ms"].items()}
    again = dict(zip(pairs.landmarks.index, pairs.pairs["rtt_ms"], strict=True))
    assert again == pytest.approx(lowest)
    before = len(service.orders)
    assert main([*GO, "--json"]) == 0
    assert len(service.orders) == before, "what is over is not ordered again"
    assert json.loads(capsys.readouterr().out)["estimate"] == estimate


def test_the_key_is_sent_and_stands_nowhere(service, capsys, tmp_path):
    service.refuse = (400, "You do not have enough credits")
    assert main(GO) == 1
    service.refuse = None
    assert main(GO) == 0
    told = capsys.readouterr()
    assert KEY not in told.out + told.err
    assert "enough credits" in told.err and "same command continues" in told.err
    sent = [headers.get("Authorization") for _, headers in service.requests]
    assert f"Key {KEY}" in sent
    assert all(KEY not in path for path, _ in service.requests)
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes()


def test_an_order_whose_answer_was_lost_is_not_paid_twice(service, capsys):
    service.lose_answers = 1
    assert main(GO) == 1
    assert len(service.orders) == 1 and state()["rounds"][0]["measurement"] is None
    assert main(GO) == 0
    assert "was ordered before" in capsys.readouterr().err
    assert [len(o["probes"][0]["value"].split(",")) for o in service.orders] == [6, 3, 3]


def test_interrupted_while_it_waits_it_goes_on_with_the_same_measurement(
    service, capsys, monkeypatch
):
    def interrupt(_seconds):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pings.time, "sleep", interrupt)
        assert main(GO) == 130
    held = state()["rounds"]
    assert held[0]["measurement"] == 5000 and held[0]["rtt_ms"] is None
    capsys.readouterr()
    assert main(["measure", TARGET, "--json"]) == 0, "the plan is of the round that is waited for"
    planned = json.loads(capsys.readouterr().out)["next"]
    assert planned["round"] == 1
    assert [one["name"] for one in planned["probes"]] == [p["name"] for p in held[0]["landmarks"]]
    assert main(GO) == 0
    assert [len(o["probes"][0]["value"].split(",")) for o in service.orders] == [6, 3, 3]


def test_probes_that_never_answer_are_waited_for_no_longer_than_the_measurement(service, capsys):
    service.answers = lambda target, probe: None
    assert main([*GO[:5], "--credits", "36"]) == 0
    assert "no probe of 6 had an answer" in capsys.readouterr().out
    assert main(["measure", TARGET, "--credits", "36"]) == 0


def test_limits_of_the_service_are_kept(service, capsys):
    one = {"id": 1, "type": "ping", "status": {"id": 2}, "is_oneoff": True, "target": TARGET}
    service.running = [one] * 25
    assert main(GO) == 1
    assert "allows 25" in capsys.readouterr().err
    service.running = [one | {"target": "x"}] * MOST_AT_A_TIME
    assert main(GO) == 1
    assert "allows 100" in capsys.readouterr().err
    assert not service.orders


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["measure", "a b", "--go"], "expected an address or a host name"),
        (["measure", "192.0.2.1", "--ipv6"], "IPv4 address"),
        (["measure", TARGET, "--credits", "5"], "too few"),
        (["measure", TARGET, "--pairs", "x.txt"], ".csv or .parquet"),
        (["measure", TARGET, "--probes", "mine.csv"], "no probe of RIPE Atlas"),
        (["measure", "192.0.2.1", "--state", "bad.json"], "not a state file of rttgeo measure"),
        (["measure", "192.0.2.1", "--state", "other.json"], "belongs to target"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(service, capsys, arguments, said):
    Path("mine.csv").write_text("name,lat,lon\nvienna,48.2,16.4\n")
    Path("bad.json").write_text('{"format": "rttgeo-measuring", "version": 1, "rounds": [{}]}')
    Journal(Path("other.json"), "192.0.2.2", 4, 3).save()
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert said in told and "Traceback" not in told
    assert not service.orders


def test_without_a_key_nothing_is_begun(service, capsys, monkeypatch):
    monkeypatch.delenv("ATLAS_API_KEY")
    assert main(GO) == 2
    assert "$ATLAS_API_KEY" in capsys.readouterr().err
    assert not service.requests and not Path(STATE).exists()


def test_two_runs_do_not_share_a_state_file(service, capsys):
    import filelock

    with filelock.FileLock(f"{STATE}.lock"):
        assert main(GO) == 2
    assert "in use" in capsys.readouterr().err


def test_costs_are_those_of_the_service():
    assert credits_a_probe(3) == 6, "three packets, a one-off twice"
    assert Cost.of(7, 3) == Cost(7, 21, 42)
    assert goal_within(1_000_000, 1).most == 100_000, "results of a day"
    with pytest.raises(BadInputError, match="1,000 per measurement"):
        goal_within(each=1001)
    definition = ping_order("192.0.2.1", [1], "x")["definitions"][0]
    assert definition["size"] == 48 and definition["packets"] == 3


def known(mesh, name):
    replay = measuring.Replay(mesh)
    return replay, replay.landmarks(name)


def test_the_loop_narrows_down_and_asks_nobody_twice(mesh, truth):
    name = str(mesh.targets.index[truth[0]])
    replay, landmarks = known(mesh, name)
    goal = measuring.Goal(area_km2=1.0, most=18, first=6, each=4)
    rounds = list(measuring.measure(name, landmarks, replay, goal))
    assert [len(one.landmarks) for one in rounds] == [6, 4, 4, 4]
    assert rounds[-1].ended == BUDGET and not rounds[0].ended
    asked = [one for round_ in rounds for one in round_.landmarks]
    assert len({one.name for one in asked}) == 18
    lon, lat = np.array([(one.lon, one.lat) for one in asked]).T
    apart = distance_km(lon[:, None], lat[:, None], lon, lat)
    assert (apart[~np.eye(18, dtype=bool)] > APART_KM).all()
    spread = apart[:6, :6][~np.eye(6, dtype=bool)].min()
    assert spread > 500 and apart[:6, :6].max() > 8000, "the first round is spread out"
    nearest = [distance_km(*truth[1:], one.lon, one.lat) for one in asked]
    assert np.median(nearest[6:]) < np.median(nearest[:6]) / 2, "later ones come nearer"
    assert rounds[-1].estimate.area_km2 < rounds[0].estimate.area_km2


def test_the_loop_goes_on_from_rounds_of_before(mesh, truth):
    name = str(mesh.targets.index[truth[0]])
    replay, landmarks = known(mesh, name)
    goal = measuring.Goal(area_km2=1.0, most=14, first=6, each=4)
    whole = list(measuring.measure(name, landmarks, replay, goal))
    past = [measuring.Past(whole[0].landmarks, whole[0].rtt_ms)]
    past.append(measuring.Past(whole[1].landmarks, None))
    again = list(measuring.measure(name, landmarks, replay, goal, past=past))
    assert [one.known_ms for one in again] == [one.known_ms for one in whole]
    assert again[-1].estimate.lon == whole[-1].estimate.lon


def test_the_loop_ends_when_the_region_is_small_enough(mesh, truth):
    name = str(mesh.targets.index[truth[0]])
    replay, landmarks = known(mesh, name)
    (one,) = measuring.measure(name, landmarks, replay, measuring.Goal(area_km2=1e9))
    assert one.ended == REGION


def test_the_loop_ends_where_one_place_is_impossible():
    class Everywhere:
        """Answers within a millisecond to everybody, as an anycast address does."""

        def measure(self, target, landmarks):
            return {one.name: 1.0 for one in landmarks}

    places = {"vienna": (16.4, 48.2), "tokyo": (139.7, 35.7), "lima": (-77.0, -12.0)}
    landmarks = [Probe(name, *where) for name, where in places.items()]
    (one,) = measuring.measure("x", landmarks, Everywhere())
    assert one.ended == CONFLICT and one.estimate.posterior is None


def test_an_answer_from_everywhere_has_no_place_on_the_command_line(service, capsys):
    service.answers = lambda _target, _probe: 1.0
    assert main(GO) == 0
    told = capsys.readouterr()
    assert told.out.startswith(f"{TARGET}: no place can be given; 6 probes asked, the landmarks")
    assert told.out.count("no place") == told.err.count("no place") == 1
    assert "nan" not in (told.out + told.err).lower().split()
    assert main([*GO, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["ended"] == CONFLICT and document["estimate"]["lon"] is None


def test_what_is_no_list_of_landmarks_is_refused(mesh):
    with pytest.raises(BadInputError, match="no landmark"):
        list(measuring.measure("x", [], measuring.Replay(mesh)))
    twice = [Probe("a", 0.0, 0.0), Probe("a", 1.0, 1.0)]
    with pytest.raises(BadInputError, match="is listed twice"):
        list(measuring.measure("x", twice, measuring.Replay(mesh)))
    with pytest.raises(BadInputError, match="first is 0"):
        measuring.Goal(first=0)


@pytest.mark.slow
def test_a_process_killed_at_one_step_after_the_other_goes_on_and_pays_nothing_twice(service):
    command = [sys.executable, "-m", "rttgeo", *GO]
    kills, returned = 0, -1
    while returned != 0:
        before = Path(STATE).read_bytes() if Path(STATE).exists() else b""
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while running.poll() is None and kills < 4:
            if Path(STATE).exists() and Path(STATE).read_bytes() != before:
                running.kill()
                kills += 1
                break
            time.sleep(0.005)
        said = running.communicate()[1].decode()
        returned = running.returncode
        assert returned in (0, -signal.SIGKILL), said
        assert KEY not in said
    assert kills == 4
    assert [len(o["probes"][0]["value"].split(",")) for o in service.orders] == [6, 3, 3]
    assert all(one["rtt_ms"] is not None for one in state()["rounds"])
