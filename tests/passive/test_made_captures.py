"""Captures of real stacks over paths whose delays are known (`data/captures`)."""

from __future__ import annotations

import json

import pytest

from rttgeo.data.shipped import data_path
from rttgeo.passive import read_passive

NAMES = sorted(
    path.name.removesuffix(".pcap.gz") for path in data_path("captures").glob("*.pcap.gz")
)
METHODS = {
    "tcp": {"handshake", "ack", "timestamps"},
    "vec": {"handshake", "spin", "vec"},
    "delay": {"handshake", "spin", "delay-bit"},
    "random-client": {"handshake"},
    "random-both": {"handshake"},
}


@pytest.mark.parametrize("name", NAMES)
def test_every_method_that_the_capture_allows_and_nothing_too_short(name):
    truth = json.loads(data_path(f"captures/{name}.json").read_text())
    least = {"client": truth["client_ms"], "server": truth["server_ms"]}
    least["full"] = sum(least.values())
    shortest = {}

    def sink(series, judged):
        for rtt_ms, side in zip(judged.rtt_ms, judged.side, strict=True):
            key = series.method, ("full", "client", "server")[side]
            shortest[key] = min(shortest.get(key, 1e9), rtt_ms)

    found = read_passive([data_path(f"captures/{name}.pcap.gz")], sink=sink)
    assert found.packets == found.used == truth["packets"]
    kind = name.split("-", 2)
    assert {one.method for one in found.series} == METHODS[kind[0] if kind[0] == "tcp" else kind[2]]
    for (method, side), value in shortest.items():
        assert value >= least[side] * 0.999, (method, side)
    for one in found.series:
        if one.method != "handshake":
            # A process in between is late on a busy machine, and stacks wait before they answer.
            assert one.minimum_ms() < 1.1 * truth["stack_min_rtt_ms"], one.method


@pytest.mark.parametrize("name", ["quic-clean-random-client", "quic-clean-random-both"])
def test_a_stack_that_misbehaves_is_known(name):
    assert read_passive([data_path(f"captures/{name}.pcap.gz")]).spin == {"random": 1}


def test_the_stacks_own_log_says_the_same():
    (log,) = read_passive([data_path("captures/quic-clean-vec.qlog")]).series
    seen = read_passive([data_path("captures/quic-clean-vec.pcap.gz")])
    spin = next(one for one in seen.series if one.method == "spin")
    assert log.minimum_ms() == pytest.approx(41, rel=0.01)
    assert log.minimum_ms() <= spin.minimum_ms() <= log.minimum_ms() * 1.05


def test_halves_add_up_to_the_whole():
    (path,) = [data_path("captures/quic-clean-delay.pcap.gz")]
    for one in read_passive([path]).series:
        halves = one.minimum_ms("client") + one.minimum_ms("server")
        assert halves <= one.minimum_ms("full") <= halves * 1.05
