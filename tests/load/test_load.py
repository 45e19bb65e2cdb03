"""Load telemetry: the detector against what is known, and against slow oracles."""

import gzip
import itertools
import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rttgeo import load
from rttgeo.errors import BadInputError
from rttgeo.load.detect import _states
from rttgeo.load.rates import _area
from rttgeo.paper.notebooks import Job, run_jobs
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


def test_the_published_periods_are_found_in_the_original_logs(shared):
    (run,), told = load.open_runs(shared / "data" / "ping-logs-2017")
    assert told.kind == "measured" and set(run.series) == {"near", "far"}
    for one, far_ms in zip(run.series.values(), (21, 284), strict=True):
        found = load.detect(one)
        assert found.baseline_ms == pytest.approx(far_ms, abs=2)
        table = load.period_table(found, run.downloads)
        # All but the slowest: down to 300 kB/s.
        assert table["period"][table["found"]].tolist() == table["period"].tolist()[:-1]
        assert load.smallest_found(table)[0] == "300 kB/s"
        truth = load.truth_of(found.window_s, 3.0, run.downloads)
        assert np.count_nonzero(truth == 0) >= 30 and not found.loaded[truth == 0].any()


@pytest.mark.slow
def test_the_notebook_reads_the_original_logs(root, shared, tmp_path):
    folder = shared / "data" / "ping-logs-2017"
    notebook = root / "notebooks" / "10-load.ipynb"
    job = Job(notebook, "load-2017-10-17", {"dataset": str(folder)})
    (results,) = run_jobs([job], tmp_path)
    numbers = {one["name"]: one["value"] for one in json.loads(results.read_text())["numbers"]}
    assert numbers["smallest-near"] == numbers["smallest-far"] == "300 kB/s"
    assert numbers["false-2017-near"] == numbers["false-2017-far"] == 0
    # Only the periods' beginnings are published: what ended early counts as missed here.
    assert numbers["auc-2017-near"] > 0.85 and numbers["auc-2017-far"] > 0.85
    assert numbers["rhythm-hours"] == 48


def test_the_second_hop_has_no_rhythm_that_two_days_could_show(shared):
    (path,) = (shared / "data" / "ping-logs-2017").glob("RIPE-Atlas-measurement-2-*.txt")
    table = load.read_ping_results(path)
    assert np.ptp(table["time_s"]) < 2 * 86_400
    for column in ("lowest_ms", "mean_ms"):
        rhythm = load.daily_rhythm(table["time_s"], table[column])
        assert rhythm.p_value > 0.05
        # What was there to be found would have been a tenth of the delay.
        assert rhythm.peak_to_trough_ms < rhythm.detectable_ms < 0.12 * table[column].median()


def test_a_daily_rhythm_is_found_where_there_is_one():
    hours = np.arange(0, 24 * 20, 0.1)
    rtt = 10 + 3 * np.cos((hours % 24 - 20) / 24 * 2 * np.pi)
    profile = load.diurnal_profile(hours * 3600, rtt, utc_offset_hours=0)
    assert isinstance(profile.table, pd.DataFrame) and profile.amplitude_ms > 2


def noisy(seed, wave_ms=0.0, hours=48, trend_ms=0.0):
    """Skewed delays every four minutes, with a wave of a height whose crest is at 20 h."""
    random = np.random.default_rng(seed)
    hour = np.arange(0, hours, 1 / 15)
    wave = wave_ms / 2 * np.cos((hour - 20) / 24 * 2 * np.pi)
    return hour * 3600, 10 + wave + trend_ms * hour / hours + random.gamma(2, 1, len(hour))


def test_a_wave_is_told_with_its_height_and_crest():
    rhythm = load.daily_rhythm(*noisy(1, wave_ms=2.0, trend_ms=3.0))
    assert rhythm.p_value < 1e-6 and rhythm.hours == 48
    assert rhythm.peak_to_trough_ms == pytest.approx(2.0, abs=0.5)
    assert rhythm.peak_hour == pytest.approx(20, abs=1.5)


def test_false_alarms_and_power_are_as_promised():
    false = sum(load.daily_rhythm(*noisy(seed)).p_value < 0.05 for seed in range(300))
    # 5 % of 300 is 15; beyond these bounds once in a thousand times.
    assert stats.binom.ppf(0.0005, 300, 0.05) <= false <= stats.binom.isf(0.0005, 300, 0.05)
    height = np.median([load.daily_rhythm(*noisy(seed)).detectable_ms for seed in range(20)])
    found = sum(load.daily_rhythm(*noisy(seed, height)).p_value < 0.05 for seed in range(200))
    assert 0.8 <= found / 200 <= 0.97


def test_a_series_that_never_changes_has_no_rhythm():
    rhythm = load.daily_rhythm(np.arange(0, 2 * 86_400, 240), np.full(720, 7.0))
    assert rhythm.p_value == 1 and rhythm.peak_to_trough_ms == 0


def test_a_short_series_is_refused_and_bad_results_are_named(tmp_path):
    with pytest.raises(BadInputError, match="10 hours"):
        load.daily_rhythm(np.arange(0, 10 * 3600, 60.0), np.ones(600))
    path = tmp_path / "results.txt"
    path.write_text('{"timestamp": 1, "min": 2, "avg": -1}\n{"timestamp": 2}\n')
    with pytest.raises(BadInputError, match=r"results\.txt, line 2"):
        load.read_ping_results(path)
