"""The captures that are shipped: shares by counting, and the figure drawn from them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError
from rttgeo.figures.passive_times import excess_ecdf
from rttgeo.passive import made


@pytest.fixture(scope="module")
def captures():
    return made.made_captures()


def test_each_capture_has_its_truth_and_no_sample_below_it(captures):
    names = [path.name for path in data_path("captures").glob("*.pcap.gz")]
    assert sorted(f"{one.name}.pcap.gz" for one in captures) == sorted(names)
    assert {one.path for one in captures} == {"clean", "jitter", "lossy", "reordered"}
    for one in captures:
        assert one.least_ms == (41.0, 5.0, 36.0) and one.protocol in ("quic", "tcp")
        assert all((ratio >= made.RESOLUTION).all() for ratio in one.ratios.values())
        assert all(value >= 41 * made.RESOLUTION for value in one.minima_ms.values())


def test_both_directions_give_the_way_to_each_end(captures):
    found = [one.halves_ms["spin"] for one in captures if "spin" in one.halves_ms]
    assert len(found) == 8
    for to_client, to_server in found:
        assert 5 * made.RESOLUTION <= to_client < 7 and 36 * made.RESOLUTION <= to_server < 40


def test_further_bits_stand_in_the_packets_of_the_spin_bit(captures):
    by_name = {one.name: one for one in captures}
    assert {"spin", "vec"} <= by_name["quic-jitter-vec"].ratios.keys()
    assert {"spin", "delay-bit"} <= by_name["quic-jitter-delay"].ratios.keys()
    assert {"ack", "timestamps"} <= by_name["tcp-clean"].ratios.keys()
    assert "spin" not in by_name["quic-clean-random-both"].ratios


def test_shares_are_those_of_counting():
    found = made.shares(np.array([0.5, 0.9995, 1.0, 1.05, 1.2, 3.0, 7.0, 0.99]))
    assert found == made.Shares(8, 3 / 8, 3 / 8, 2 / 8)


def test_the_figure_tells_the_shares_in_words(captures):
    ratios = made.ratios_by_method(captures)
    drawn = excess_ecdf({"spin bit": ratios["spin"]}, provenance=made.PROVENANCE)
    near = made.shares(ratios["spin"]).near
    assert f"spin bit {100 * near:.0f} %" in drawn.alt and "measured" in drawn.alt
    with pytest.raises(BadInputError, match="no samples"):
        excess_ecdf({"spin bit": np.array([])}, provenance=made.PROVENANCE)


def test_a_folder_without_a_truth_is_said(tmp_path):
    with pytest.raises(BadInputError, match="no capture"):
        made.made_captures(tmp_path)
    (tmp_path / "quic-x-vec.pcap.gz").write_bytes(b"")
    (tmp_path / "quic-x-vec.json").write_text(json.dumps({"client_ms": 5}))
    with pytest.raises(BadInputError, match="expected client_ms"):
        made.made_captures(tmp_path)
