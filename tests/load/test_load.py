"""Load telemetry: the detector against what is known, and against slow oracles."""

import gzip
import itertools

import numpy as np
import pandas as pd
import pytest

from rttgeo import load
from rttgeo.errors import BadInputError
from rttgeo.load.detect import _states
from rttgeo.load.rates import _area
from rttgeo.sources import read_ping_log


def series(rtt_ms, source="here"):
    log = "\n".join(
        f"[{1000 + 0.1 * i:.6f}] 64 bytes from 192.0.2.1: icmp_seq={i + 1} ttl=60 time={value:.3f} ms"
        for i, value in enumerate(rtt_ms)
    )
    return log + "\n"


@pytest.fixture
def read(tmp_path):
    def of(rtt_ms):
        path = tmp_path / "ping.log"
        path.write_text(series(rtt_ms))
        return read_ping_log(path)

    return of


def test_an_idle_link_is_idle(read):
    rng = np.random.default_rng(1)
    found = load.detect(read(20 + rng.gamma(2.5, 0.6, 3000)))
    assert not found.loaded.any() and found.baseline_ms == pytest.approx(20, abs=1.5)


def test_a_busy_minute_is_found_where_it_was(read):
    rng = np.random.default_rng(2)
    rtt = 20 + rng.gamma(2.5, 0.6, 3000)
    rtt[1000:1600] += rng.uniform(50, 400, 600)
    (stretch,) = load.detect(read(rtt)).found
    assert stretch.start_s == pytest.approx(1100, abs=6)
    assert stretch.stop_s == pytest.approx(1160, abs=6)


def price(states, evidence, switch_cost):
    """What a sequence of states costs: evidence against it, and every change."""
    return np.where(states, -evidence, evidence).sum() + switch_cost * np.sum(np.diff(states))


def test_the_cheapest_states_are_those_of_brute_force():
    rng = np.random.default_rng(3)
    for _ in range(60):
        score = rng.uniform(0, 12, 9)
        evidence = np.clip(score / 5.5 - 1, -1, 1)
        found = _states(score, 5.5, 0.75)
        every = (np.array(one, dtype=bool) for one in itertools.product((False, True), repeat=9))
        cheapest = min(price(one, evidence, 0.75) for one in every)
        assert price(found, evidence, 0.75) == pytest.approx(cheapest)


def test_the_area_under_the_curve_is_the_share_of_pairs_in_order():
    rng = np.random.default_rng(4)
    score, busy = np.round(rng.normal(size=60), 1), rng.random(60) < 0.4
    pairs = [
        (a > b) + 0.5 * (a == b) for a, b in itertools.product(score[busy], score[~busy])
    ]  # fmt: skip
    assert _area(score, busy) == pytest.approx(np.mean(pairs))


def test_a_rate_has_its_wilson_interval():
    found = load.rate(0, 62)
    assert found.value == 0 and found.low == 0
    # Wilson (1927) for no hit: z² / (n + z²).
    assert found.high == pytest.approx(1.959964**2 / (62 + 1.959964**2), rel=1e-6)


def test_bad_settings_are_refused(read):
    with pytest.raises(BadInputError):
        load.detect(read([20.0] * 100), load.Settings(window_s=-1))


def test_compressed_logs_are_read(tmp_path):
    path = tmp_path / "ping.log.gz"
    path.write_bytes(gzip.compress(series([20.0, 21.0, 22.0]).encode(), mtime=0))
    assert read_ping_log(path).samples["rtt_ms"].tolist() == [20.0, 21.0, 22.0]


def test_the_testbed_s_downloads_are_found_down_to_300_kb_s():
    runs, told = load.open_runs()
    assert told.kind == "measured" and "testbed" in told.source
    reno = [run for run in runs if run.meta["congestion_control"] == "reno"]
    assert len(reno) == 2
    for run in reno:
        for one in run.series.values():
            found = load.detect(one)
            table = load.period_table(found, run.downloads)
            assert load.smallest_found(table)[0] == "300 kB/s"
            truth = load.truth_of(found.window_s, 3.0, run.downloads)
            assert not found.loaded[truth == 0].any()


def test_the_originals_are_read(shared):
    logs = sorted((shared / "data" / "ping-logs-2017").rglob("*20171017*"))
    assert logs
    busy = 0
    for path in logs:
        if path.suffix in (".txt", ".log", ""):
            found = load.detect(read_ping_log(path))
            busy += len(found.found) > 3
    assert busy >= 2


def test_a_daily_rhythm_is_found_where_there_is_one():
    hours = np.arange(0, 24 * 20, 0.1)
    rtt = 10 + 3 * np.cos((hours % 24 - 20) / 24 * 2 * np.pi)
    profile = load.diurnal_profile(hours * 3600, rtt, utc_offset_hours=0)
    assert isinstance(profile.table, pd.DataFrame) and profile.amplitude_ms > 2
