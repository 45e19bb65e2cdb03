"""QUIC: simulated connections with known delays, as their headers show them."""

from __future__ import annotations

import pytest
from frames import CLIENT, SERVER, T0, long, short, udp, write
from quic_talk import CID, SID, opening, talk

from rttgeo.passive import read_captures
from rttgeo.passive.samples import Log
from rttgeo.passive.spin import SpinTracker

TRUE = {"full": 41.0, "client": 5.0, "server": 36.0}


def read(tmp_path, frames):
    return read_captures([write(tmp_path / "a.pcap", frames)])


def series(found, method):
    return [one for one in found.series if one.method == method]


def only(found, method):
    (one,) = series(found, method)
    return one


def test_the_handshake_gives_both_halves(tmp_path):
    found = read(tmp_path, opening(0.0025, 0.018))
    one = only(found, "handshake")
    assert {side: one.minimum_ms(side) for side in TRUE} == pytest.approx(TRUE)
    assert (one.client, one.server, one.facts["version"]) == (CLIENT, SERVER, "1")


def test_a_hello_of_two_datagrams_counts_from_its_first_and_a_late_repetition_not_at_all(tmp_path):
    first = udp(CLIENT, SERVER, 55000, 443, long(0, b"firstone", CID))
    frames = opening(0.0025, 0.018)
    found = read(tmp_path, [*frames, (T0 + 0.001, first)])
    assert only(found, "handshake").minimum_ms("server") == pytest.approx(36)
    found = read(tmp_path, [(T0 - 0.3, first), *frames])
    assert set(only(found, "handshake").sides) == {1}


def test_retry_is_answered_by_a_packet_to_its_id(tmp_path):
    again = b"retry-id"
    frames = [
        (T0, udp(CLIENT, SERVER, 55000, 443, long(0, b"firstone", CID))),
        (T0 + 0.036, udp(SERVER, CLIENT, 443, 55000, long(3, CID, again) + bytes(20))),
        # A repetition of the first packet, sent before the Retry came, is no answer to it.
        (T0 + 0.037, udp(CLIENT, SERVER, 55000, 443, long(0, b"firstone", CID))),
        (T0 + 0.041, udp(CLIENT, SERVER, 55000, 443, long(0, again, CID, token=b"t"))),
        (T0 + 0.077, udp(SERVER, CLIENT, 443, 55000, long(0, CID, SID, 300))),
        (T0 + 0.082, udp(CLIENT, SERVER, 55000, 443, long(2, SID, CID, 90))),
    ]
    one = only(read(tmp_path, frames), "handshake")
    assert one.sides[2].count == one.sides[1].count == 2
    assert {side: one.minimum_ms(side) for side in TRUE} == pytest.approx(TRUE)


@pytest.mark.parametrize("version", [0x6B3343CF, 0xFF00001D, 0xFACEB002])
def test_other_versions(tmp_path, version):
    kinds = (1, 3) if version == 0x6B3343CF else (0, 2)
    frames = []
    for time, kind, ends in ((0, kinds[0], (b"firstone", CID)), (0.036, kinds[0], (CID, SID)),
                             (0.041, kinds[1], (SID, CID))):  # fmt: skip
        header = long(0 if kind == kinds[0] else 2, *ends, version=version)
        header = bytes([0xC0 | kind << 4]) + header[1:]
        way = (SERVER, CLIENT, 443, 55000) if time == 0.036 else (CLIENT, SERVER, 55000, 443)
        frames.append((T0 + time, udp(*way, header)))
    one = only(read(tmp_path, frames), "handshake")
    assert {side: one.minimum_ms(side) for side in TRUE} == pytest.approx(TRUE)


def test_an_answer_to_another_connection_is_none(tmp_path):
    frames = [
        (T0, udp(CLIENT, SERVER, 55000, 443, long(0, b"firstone", CID))),
        (T0 + 0.001, udp(SERVER, CLIENT, 443, 55000, long(0, b"another1", SID, 300))),
        (T0 + 0.036, udp(SERVER, CLIENT, 443, 55000, long(0, CID, SID, 300))),
    ]
    assert only(read(tmp_path, frames), "handshake").minimum_ms("server") == pytest.approx(36)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "path",
    [
        {},
        {"jitter_ms": 3.0},
        {"loss": 0.03},
        {"swap": 0.1, "swap_ms": 4.0, "loss": 0.01, "jitter_ms": 1.0},
        {"every_ms": (20.0, 3.0), "seconds": 8.0},
    ],
)
def test_a_spin_bit_is_never_too_short_and_near_the_truth(tmp_path, path, seed):
    found = read(tmp_path, talk(seed=seed, **path))
    one = only(found, "spin")
    for side, true in TRUE.items():
        lowest = one.minimum_ms(side)
        assert true - 2e-3 <= lowest <= true * 1.1 + 4, side
    assert found.spin == {"spinning": 1}


@pytest.mark.parametrize(
    ("ends", "verdict"),
    [
        ({"spin": "random"}, "random"),
        ({"spin": "random", "server_spin": "spin"}, "random"),
        ({"spin": "spin", "server_spin": "random"}, "random"),
        ({"spin": "constant"}, "constant"),
        ({"server_spin": "constant"}, "constant"),
        ({"spin": "random", "server_spin": "constant"}, "random"),
    ],
)
def test_a_bit_that_does_not_spin_gives_nothing(tmp_path, ends, verdict):
    found = read(tmp_path, talk(**ends))
    assert found.spin == {verdict: 1}
    assert not series(found, "spin") and not series(found, "vec") and not series(found, "delay-bit")
    assert len(series(found, "handshake")) == 1


def test_a_path_that_mixes_packets_up_gives_nothing():
    tracker = SpinTracker({})
    tracker.flips, tracker.fits, tracker.misfits = 9, [90, 90], [8, 8]
    assert tracker.verdict() == "disordered"
    assert verdict_of(1, swap=0.2, swap_ms=60.0) in ("disordered", "random")


def test_how_often_random_bits_pass_for_spinning():
    """The exact test promises one in a thousand at most, of connections with both ends at random."""
    passed = sum(
        verdict_of(seed, spin="random", seconds=0.1, every_ms=(5.0, 5.0)) == "spinning"
        for seed in range(200)
    )
    assert passed <= 2


def verdict_of(seed, **how):
    tracker = SpinTracker({})
    for time, frame in sorted(talk(seed=seed, handshake=False, **how)):
        direction = int(frame[34:36] == b"\x01\xbb")
        tracker.packet(direction, int(time * 1e9), frame[42], direction << 8)
    return tracker.verdict()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("path", [{}, {"swap": 0.1, "swap_ms": 4.0, "loss": 0.02}])
def test_the_valid_edge_counter(tmp_path, path, seed):
    found = read(tmp_path, talk(vec=True, every_ms=(0.5, 0.5), seconds=3, seed=seed, **path))
    one = only(found, "vec")
    for side, true in TRUE.items():
        assert true - 2e-3 <= one.minimum_ms(side) <= true + 1
    assert not series(found, "delay-bit")
    # The counter leaves out what is doubtful: never more samples than of the bare bit.
    assert one.samples <= only(found, "spin").samples


def test_edges_that_the_counter_does_not_vouch_for_are_not_believed(tmp_path):
    """0.1 ms where the truth is 41 ms: changes that follow each other at once, as were published."""
    frames = talk(vec=True, every_ms=(0.5, 0.5), seconds=3)
    late = []
    for number, time in enumerate(T0 + 0.5 + 0.37 * i for i in range(5)):
        late.append((time, udp(CLIENT, SERVER, 55000, 443, short(SID, number & 1, 3))))
        late.append((time + 0.0001, udp(SERVER, CLIENT, 443, 55000, short(CID, number & 1, 3))))
    found = read(tmp_path, frames + late)
    for one in (*series(found, "vec"), *series(found, "spin")):
        for side, true in TRUE.items():
            lowest = one.minimum_ms(side)
            assert lowest is None or lowest > 0.97 * true, (one.method, side)


@pytest.mark.parametrize("path", [{}, {"swap": 0.2, "swap_ms": 60.0, "loss": 0.02}])
def test_the_delay_bit_is_one_packet_and_not_deceived_by_reordering(tmp_path, path):
    found = read(tmp_path, talk(delay=True, seconds=6, **path))
    one = only(found, "delay-bit")
    for side, true in TRUE.items():
        assert true - 2e-3 <= one.minimum_ms(side) <= true * 1.2 + 4
    assert not series(found, "vec")


def test_protected_bits_are_neither_counter_nor_delay_bit(tmp_path):
    found = read(tmp_path, talk(seconds=2))
    assert {one.method for one in found.series} == {"handshake", "spin"}


@pytest.mark.parametrize("direction", [0, 1])
def test_one_direction_alone_gives_the_whole_way(tmp_path, direction):
    one = only(read(tmp_path, talk(one_way=direction, swap=0.05, swap_ms=4.0)), "spin")
    assert set(one.sides) == {0}
    assert 41 - 2e-3 <= one.minimum_ms() <= 43
    found = read(tmp_path, talk(one_way=direction, spin="random"))
    assert not series(found, "spin") and found.spin == {"random": 1}


def test_a_connection_that_moves_is_another_flow_and_no_sample_spans_the_move(tmp_path):
    moved = []
    for time, frame in talk(seconds=2):
        if time > T0 + 1:
            data = bytearray(frame)
            at = 26 if data[26:30] == bytes([198, 51, 100, 7]) else 30
            data[at : at + 4] = bytes([192, 0, 2, 55])
            data[34 if at == 26 else 36 : 36 if at == 26 else 38] = (61000).to_bytes(2, "big")
            # The port of the server is none that is known: the connection id tells.
            data[36 if at == 26 else 34 : 38 if at == 26 else 36] = (9000).to_bytes(2, "big")
            frame = bytes(data)
        moved.append((time, frame))
    found = read(tmp_path, moved)
    assert found.flows == 2 and not found.left_out
    (there,) = [one for one in found.series if one.facts.get("migrated")]
    assert there.client == "192.0.2.55" and there.server == SERVER
    assert all(one.minimum_ms() >= 41 - 2e-3 for one in found.series)


def test_another_connection_of_the_same_ports(tmp_path):
    again = opening(0.0025, 0.018, T0 + 9, first_id=b"firsttwo")
    again = [(t, frame.replace(CID, b"cliennew")) for t, frame in again]
    found = read(tmp_path, opening(0.0025, 0.018) + again)
    assert found.flows == 2 and len(series(found, "handshake")) == 2


def test_a_short_header_behind_long_ones_is_read_too(tmp_path):
    frames = opening(0.0025, 0.018)
    joined = long(2, CID, SID, 400) + short(CID, 0)
    frames.append((T0 + 0.0361, udp(SERVER, CLIENT, 443, 55000, joined)))
    frames.append((T0 + 0.042, udp(CLIENT, SERVER, 55000, 443, short(SID, 0))))
    assert read(tmp_path, frames).spin == {"constant": 1}


def test_a_log_takes_no_time_that_runs_backwards():
    log = Log()
    log.add(5, 0, 0, 0)
    log.add(5, -3, 0, 0)
    assert len(log) == 0
