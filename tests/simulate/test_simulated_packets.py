"""Samples: their minima are the mesh, and they behave as series of an Internet do."""

from __future__ import annotations

import numpy as np
import orjson
import pytest

from rttgeo.errors import NotThereError
from rttgeo.simulate import (
    SPECIALS,
    atlas_metadata,
    atlas_results,
    pair_deviation_ms,
    samples,
    simulate_mesh,
)
from rttgeo.simulate.packets import series_block
from rttgeo.simulate.world import build_world

JULY, OCTOBER = "atlas-2017-07-11", "atlas-2017-10-02"


def minima(dataset, scale, seed=7):
    found, counts = {}, {}
    names = simulate_mesh(dataset=dataset, scale=scale, seed=seed).targets.index
    for batch in samples(dataset=dataset, scale=scale, seed=seed):
        for probe in np.unique(batch.probe):
            mine = batch.probe == probe
            key = (names[batch.anchor[0]], str(probe))
            found[key], counts[key] = batch.rtt_us[mine].min() / 1000, mine.sum()
    return found, counts


@pytest.mark.parametrize("dataset", [JULY, OCTOBER])
def test_minimum_of_the_samples_is_the_mesh(dataset):
    mesh = simulate_mesh(dataset=dataset, scale=0.02, seed=7)
    found, counts = minima(dataset, 0.02)
    pairs = mesh.pairs
    keys = list(
        zip(
            mesh.targets.index[pairs["target"]],
            mesh.landmarks.index[pairs["landmark"]],
            strict=True,
        )
    )
    assert [found[k] for k in keys] == pairs["rtt_ms"].tolist()
    assert [counts[k] for k in keys] == pairs["samples"].tolist()
    assert len(found) == len(pairs)


@pytest.mark.slow
@pytest.mark.parametrize(("dataset", "published"), [(JULY, 6_187_693), (OCTOBER, 9_613_126)])
def test_full_scale_samples(dataset, published):
    mesh = simulate_mesh(dataset=dataset)
    number = {str(p): i for i, p in enumerate(mesh.landmarks.index)}
    lowest = np.full((len(mesh.targets), len(mesh.landmarks)), 2**31 - 1)
    total = 0
    for batch in samples(dataset=dataset):
        total += len(batch.rtt_us)
        probes, where = np.unique(batch.probe, return_inverse=True)
        row = np.array([number[str(p)] for p in probes])[where]
        np.minimum.at(lowest, (batch.anchor, row), batch.rtt_us)
    assert total == mesh.pairs["samples"].sum()
    assert total == pytest.approx(published, rel=0.03)
    found = lowest[mesh.pairs["target"], mesh.pairs["landmark"]] / 1000
    assert np.array_equal(found, mesh.pairs["rtt_ms"])


def test_batches_do_not_depend_on_the_selection():
    everything = {int(b.anchor[0]): b for b in samples(scale=0.02, seed=7) if len(b.anchor)}
    alone = next(iter(samples(scale=0.02, seed=7, anchors=["nl-ams-as3333"])))
    for one, same in zip(alone, everything[int(alone.anchor[0])], strict=True):
        assert np.array_equal(one, same)


def test_samples_lie_in_the_period_and_are_positive():
    batches = [batch for batch in samples(scale=0.02, seed=7) if len(batch.anchor)]
    assert len(batches) > 20
    for batch in batches:
        assert batch.time_s.min() >= 1499774400 and batch.time_s.max() < 1499796000
        assert batch.rtt_us.min() > 0
        assert set(np.unique(batch.family)) <= {4, 6}
        assert batch.hops.min() >= 2 and batch.hops.max() < 60


@pytest.fixture(scope="module")
def world():
    return build_world(JULY, 2017, 1.0, None)


def block_of(world, anchor):
    return series_block(world, world.spec.anchors.index(anchor))


def row_of(block, probe, family):
    rows = np.flatnonzero((block.series["probe"] == probe) & (block.series["family"] == family))
    assert len(rows) == 1
    return block.rtt_us[rows[0]]


def test_special_probe_near_melbourne_is_low_and_stable(world):
    rtt = row_of(block_of(world, "au-mel-as38796"), 6230, 4)
    assert rtt.min() == SPECIALS[0].floor_us[0]
    assert np.percentile(rtt, 95) - rtt.min() < 1000


def test_special_probe_of_sofia_is_faster_in_ipv6(world):
    block = block_of(world, "bg-sof-as8866")
    four, six = row_of(block, 6072, 4), row_of(block, 6072, 6)
    assert six.min() / four.min() == pytest.approx(1 - 0.11, abs=0.005)


def test_special_probe_of_dhaka_changes_its_route(world):
    rtt = row_of(block_of(world, "bd-dac-as24122"), 21995, 4)
    third = len(rtt) // 3
    step = np.median(rtt[:third]) - np.median(rtt[-third:])
    assert step == pytest.approx(SPECIALS[2].shift_us, abs=3000)


def test_evening_is_busier_than_night(world):
    # At noon to 18 h UTC it is evening in central Europe's east and night in the Pacific.
    block = block_of(world, "de-fra-as8763")
    lon = world.nodes.lon[block.series["node"].to_numpy()]
    quiet = block.series["shift_us"].to_numpy() == 0
    floor = block.series["floor_us"].to_numpy()[:, None, None]
    above = np.where(block.rtt_us >= 0, block.rtt_us - floor, np.nan).reshape(len(lon), -1)
    load = np.nanmedian(above, axis=1) / block.series["jitter_us"].to_numpy()
    east = quiet & (lon > 40) & (lon < 90)  # 15 to 24 h
    west = quiet & (lon < -70)  # 6 to 12 h
    assert east.sum() > 10 and west.sum() > 10
    assert np.median(load[east]) > 1.2 * np.median(load[west])


def test_loss_is_rare_and_bunched(world):
    series = world.series
    share = series["lost"].sum() / series["sent"].sum()
    assert 0.003 < share < 0.04
    block = block_of(world, "nl-ams-as3333")
    lost = block.rtt_us < 0
    assert np.array_equal(lost.sum(axis=(1, 2)), block.series["lost"])
    any_lost, all_lost = lost.any(axis=2).mean(), lost.all(axis=2).mean()
    assert all_lost > 5 * any_lost**3


def test_deviation_agrees_with_the_samples():
    world = build_world(JULY, 7, 0.02, None)
    deviation = pair_deviation_ms(world)
    for pair in (0, 50, len(world.source) - 1):
        block = series_block(world, int(world.target[pair]))
        mine = block.rtt_us[block.series["pair"].to_numpy() == pair]
        assert deviation[pair] == pytest.approx(np.std(mine[mine >= 0]) / 1000, rel=1e-9)


@pytest.mark.slow
def test_first_percentile_of_deviation_is_as_published(world):
    october = build_world(OCTOBER, 2017, 1.0, None)
    mesh = simulate_mesh(dataset=OCTOBER, deviation=True)
    deviation = mesh.pairs["deviation_ms"].to_numpy() * 1000
    assert len(deviation) == len(october.source)
    short, few = mesh.pairs["rtt_ms"] < 50, mesh.pairs["hops"] <= 6
    assert np.percentile(deviation, 1) == pytest.approx(82.24, rel=0.15)
    assert np.percentile(deviation[short], 1) == pytest.approx(63.63, rel=0.15)
    assert np.percentile(deviation[few], 1) == pytest.approx(57.25, rel=0.2)


def test_unknown_anchor_is_named():
    with pytest.raises(NotThereError, match="xx-nowhere"):
        samples(scale=0.02, anchors=["xx-nowhere"])


# --- As the API answers -------------------------------------------------------------------------


@pytest.mark.parametrize("dataset", [JULY, OCTOBER])
def test_result_lines_hold_the_same_samples(dataset):
    want = {"scale": 0.02, "seed": 7, "dataset": dataset, "anchors": ["at-vie-as1120"]}
    batch = next(iter(samples(**want)))
    found = []
    for line in atlas_results(**want):
        assert line.endswith(b"}\n")
        result = orjson.loads(line)
        packets = result["result"] if dataset == JULY else result["result"][-1]["result"]
        found += [(result["prb_id"], round(p["rtt"] * 1000)) for p in packets if "rtt" in p]
    assert sorted(found) == sorted(zip(batch.probe.tolist(), batch.rtt_us.tolist(), strict=True))


def test_result_lines_are_read_by_the_official_parser():
    sagan = pytest.importorskip("ripe.atlas.sagan")
    line = next(one for one in atlas_results(scale=0.02, seed=7) if b'"rcvd":3' in one)
    ping = sagan.Result.get(line.decode())
    assert ping.packets_sent == 3 and ping.type == "ping"
    assert ping.rtt_min == min(orjson.loads(line)["result"][i]["rtt"] for i in range(3))
    trace = sagan.Result.get(next(atlas_results(scale=0.02, seed=7, dataset=OCTOBER)).decode())
    assert trace.destination_ip_responded and trace.total_hops >= 2


def test_metadata_covers_the_results():
    metadata = atlas_metadata(scale=0.02, seed=7)
    ids = {m["id"]: m for m in metadata.measurements}
    probes = {p["id"] for p in metadata.probes}
    assert len(metadata.anchors) == 32 and len(ids) == len(metadata.measurements)
    for line in atlas_results(scale=0.02, seed=7, anchors=["at-vie-as1120"]):
        result = orjson.loads(line)
        measurement = ids[result["msm_id"]]
        assert result["prb_id"] in probes and measurement["af"] == result["af"]
        assert measurement["target"] == "at-vie-as1120.anchors.atlas.ripe.net"


def test_all_published_measurement_ids_are_used():
    metadata = atlas_metadata(scale=1.0)
    assert {m["id"] for m in metadata.measurements} <= set(
        build_world(JULY, 2017, 1.0, None).spec.measurement_ids
    )
    assert len(metadata.measurements) > 120
    one = metadata.measurements[0]["id"]
    lines = atlas_results(scale=1.0, measurement=one)
    assert {orjson.loads(next(lines))["msm_id"] for _ in range(100)} == {one}
