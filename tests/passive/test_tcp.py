"""TCP: exact halves of exact conversations, and the rules against times that are too short."""

from __future__ import annotations

import random

import pytest
from frames import (
    ACK,
    CLIENT,
    CLIENT6,
    FIN,
    PSH,
    RST,
    SERVER,
    SERVER6,
    SYN,
    T0,
    tcp,
    tcp_talk,
    write,
)
from hypothesis import given
from hypothesis import strategies as st

from rttgeo.passive import read_captures
from rttgeo.passive.tcp import NO_OPTIONS, later, options


def read(tmp_path, frames):
    return read_captures([write(tmp_path / "a.pcap", frames)])


def one(found, method):
    (series,) = [series for series in found.series if series.method == method]
    return series


def data(time, sender, seq, ack, size, **said):
    ends = ((CLIENT, SERVER, 50000, 80), (SERVER, CLIENT, 80, 50000))[sender]
    return (
        T0 + time,
        tcp(*ends, seq, ack, said.pop("flags", ACK | PSH if size else ACK), size, **said),
    )


@pytest.mark.parametrize("ends", [(CLIENT, SERVER), (CLIENT6, SERVER6)])
@pytest.mark.parametrize("halves", [(5.0, 40.0), (40.0, 5.0), (0.05, 41.0)])
def test_every_method_gives_the_halves(tmp_path, ends, halves):
    found = read(tmp_path, tcp_talk(*halves, ends=ends))
    assert found.used == found.packets == 63 and not found.left_out
    for method in ("handshake", "ack", "timestamps"):
        series = one(found, method)
        assert (series.client, series.server, series.server_port) == (*ends, 80)
        for side, true in (("client", halves[0]), ("server", halves[1]), ("full", sum(halves))):
            assert series.minimum_ms(side) == pytest.approx(true, abs=2e-3), (method, side)
            assert series.median_ms(side) == pytest.approx(true, abs=2e-3), (method, side)
    assert one(found, "handshake").samples == 3


def test_time_to_think_makes_no_time_shorter(tmp_path):
    found = read(tmp_path, tcp_talk(5, 40, gap_ms=300))
    for method in ("ack", "timestamps"):
        assert one(found, method).minimum_ms() == pytest.approx(45, abs=4e-3)


def test_a_repeated_segment_is_not_timed(tmp_path):
    # The answer, 2 ms after the repetition, is to the first copy: Karn's rule.
    frames = [
        data(0, 0, 100, 500, 0, flags=ACK),
        data(0.001, 1, 500, 100, 10),
        data(0.002, 0, 100, 510, 100),
        data(0.030, 1, 510, 200, 10),
        data(0.031, 0, 200, 520, 100),
        data(0.060, 0, 200, 520, 100),
        data(0.062, 1, 520, 300, 10),
    ]
    found = read(tmp_path, frames)
    assert set(one(found, "ack").sides) == {1}


def test_a_repetition_whose_first_copy_the_capture_lost_is_not_timed(tmp_path):
    base = [data(0, 0, 0, 500, 100), data(0.04, 1, 500, 100, 10), data(0.041, 0, 100, 510, 100),
            data(0.081, 1, 510, 200, 0, flags=ACK)]  # fmt: skip
    # Bytes 200 to 300 were sent at 0.100, which is not in the capture; 300 to 400 too. Repeated:
    lost = [
        data(0.139, 0, 300, 510, 100),
        data(0.1392, 0, 400, 510, 100),
        data(0.140, 1, 510, 500, 0),
    ]
    found = read(tmp_path, base + lost)
    assert one(found, "ack").minimum_ms("server") == pytest.approx(40, abs=1e-3)


def test_an_acknowledgement_of_what_the_capture_lacks_is_counted(tmp_path):
    found = read(tmp_path, [*tcp_talk(), data(50, 1, 10**6, 10**6, 0)])
    assert found.unseen == 1


def test_the_first_segment_of_a_capture_that_began_late_is_not_timed(tmp_path):
    frames = [data(0, 0, 100, 500, 100), data(0.0001, 1, 500, 200, 0)]
    assert not read(tmp_path, frames).series


def test_a_selective_acknowledgement_times_the_segment_that_it_tells_of(tmp_path):
    frames = tcp_talk(5, 40, 1, stamps=False)
    end = frames[-1][0] - T0
    seq, ack = 2000, 901_000
    frames += [data(end + 0.1, 0, seq, ack, 100), data(end + 0.101, 0, seq + 100, ack, 100)]
    frames.append(data(end + 0.135, 1, ack, seq, 0, sack=(seq + 100, seq + 200)))
    found = read(tmp_path, frames)
    assert one(found, "ack").minimum_ms("server") == pytest.approx(34, abs=1e-3)


def test_a_reset_and_an_answer_from_nearer_are_no_answer(tmp_path):
    frames = tcp_talk(5, 40, 5)
    end = frames[-1][0] - T0
    seq, ack = 6000, 905_000
    reset = [
        data(end + 1, 0, seq, ack, 100),
        data(end + 1.001, 1, ack, seq + 100, 0, flags=ACK | RST),
    ]
    found = read(tmp_path, frames + reset)
    assert one(found, "ack").minimum_ms("server") == pytest.approx(40, abs=1e-3)
    nearer = [data(end + 1, 0, seq, ack, 100), data(end + 1.001, 1, ack, seq + 100, 0, ttl=63)]
    found = read(tmp_path, frames + nearer)
    assert one(found, "ack").minimum_ms("server") == pytest.approx(40, abs=1e-3)
    assert found.samples_left_out == {"ended by a packet with another TTL": 1}


def test_a_proxy_that_answers_the_handshake_is_told_by_its_ttl(tmp_path):
    frames = tcp_talk(5, 40, 5)
    time, synack = frames[1]
    nearer = bytearray(synack)
    nearer[22] = 63
    frames[1] = (time - 0.039, bytes(nearer))
    found = read(tmp_path, frames)
    assert (2 not in one(found, "handshake").sides and 0 not in one(found, "handshake").sides) or (
        one(found, "handshake").minimum_ms("server") is None
    )


def test_a_repeated_syn_gives_no_server_side(tmp_path):
    frames = tcp_talk(5, 40, 3)
    syn = frames[0][1]
    found = read(tmp_path, [(T0 - 1, syn), *frames])
    assert set(one(found, "handshake").sides) == {1}


def test_a_packet_captured_twice_counts_once(tmp_path):
    frames = [
        copy for time, frame in tcp_talk(5, 40) for copy in ((time, frame), (time + 2e-5, frame))
    ]
    found = read(tmp_path, frames)
    assert found.seen_twice == 40
    assert one(found, "ack").minimum_ms() == pytest.approx(45, abs=0.05)


def test_ports_used_again_are_another_connection(tmp_path):
    again = [(t + 60, f) for t, f in tcp_talk(5, 40, 2)]
    later_talk = [(t, f[:38] + bytes([9]) + f[39:]) for t, f in again]
    found = read(tmp_path, tcp_talk(5, 40, 2) + later_talk[:1])
    assert found.flows == 2


def test_who_serves_without_a_handshake_is_told_by_the_port(tmp_path):
    found = read(tmp_path, tcp_talk(5, 40)[4:])
    assert {(s.client, s.server) for s in found.series} == {(CLIENT, SERVER)}


def test_sequence_numbers_go_round(tmp_path):
    frames = [data(0, 0, -100, 500, 0, flags=SYN), data(0.04, 1, 499, -99, 0, flags=SYN | ACK),
              data(0.045, 0, -99, 500, 0)]  # fmt: skip
    time = 0.05
    for step in range(3):
        frames += [
            data(time, 0, -99 + 80 * step, 500, 80),
            data(time + 0.04, 1, 500, -19 + 80 * step, 0),
        ]
        time += 0.1
    found = read(tmp_path, frames)
    assert one(found, "ack").sides[2].count == 3
    assert one(found, "ack").minimum_ms("server") == pytest.approx(40, abs=1e-3)


def test_the_end_of_a_connection_is_timed(tmp_path):
    frames = tcp_talk(5, 40, 1, stamps=False)
    end = frames[-1][0] - T0
    frames += [
        data(end + 1, 0, 2000, 901_000, 0, flags=ACK | FIN),
        data(end + 1.03, 1, 901_000, 2001, 0),
    ]
    assert one(read(tmp_path, frames), "ack").minimum_ms("server") == pytest.approx(30, abs=1e-3)


def test_comparison_of_numbers_that_go_round():
    assert later(1, 2**32 - 1) and not later(2**32 - 1, 1) and not later(5, 5)


@given(st.binary(max_size=48))
def test_options_of_any_bytes_are_read_or_left(data):
    found = options(data, 0, len(data))
    assert found == NO_OPTIONS or found.stamp >= 0 or found.block is not None


@pytest.mark.parametrize("seed", range(6))
def test_reordering_and_loss_on_the_way_make_nothing_too_short(tmp_path, seed):
    """A sender with a window, a path that loses, delays and swaps on either side of the observer."""
    frames = lossy_download(random.Random(seed), client_ms=7.0, server_ms=30.0)
    found = read(tmp_path, frames)
    for series in found.series:
        for side, true in (("client", 7.0), ("server", 30.0)):
            lowest = series.minimum_ms(side)
            assert lowest is None or lowest >= true - 1e-3, (series.method, side)
    # Most acknowledgements follow a hole, and are not timed: enough are.
    assert one(found, "ack").samples > 5


def lossy_download(rng, client_ms, server_ms, segments=300):
    """The client sends segments; each leg loses 3 % and delays by up to 20 ms more, so order goes.

    The server acknowledges cumulatively, with timestamps as RFC 7323 echoes them; what is not
    acknowledged in 300 ms is sent again.
    """
    half_c, half_s = client_ms / 2e3, server_ms / 2e3
    seen = [(T0, tcp(CLIENT, SERVER, 50000, 80, 0, 0, SYN, stamp=(1, 0))),
            (T0 + 2 * half_s, tcp(SERVER, CLIENT, 80, 50000, 0, 1, SYN | ACK, stamp=(1, 1)))]  # fmt: skip
    arrivals, sends = [], [(0.1 + 0.004 * i, i, 0) for i in range(segments)]
    for start, number, tries in sends:
        time = start + half_c + rng.random() * 0.02 * (rng.random() < 0.3)
        if rng.random() < 0.03:
            sends.append((start + 0.3, number, tries + 1))
            continue
        stamp = int(start * 1000)
        seen.append((T0 + time, tcp(CLIENT, SERVER, 50000, 80, 1 + 100 * number, 1, ACK | PSH, 100,
                                    stamp=(stamp, 1))))  # fmt: skip
        if rng.random() < 0.03:
            sends.append((start + 0.3, number, tries + 1))
            continue
        arrivals.append((time + half_s + rng.random() * 0.02 * (rng.random() < 0.3), number, stamp))
    got, recent = set(), 0
    for time, number, stamp in sorted(arrivals):
        upto = next(i for i in range(segments + 1) if i not in got)
        got.add(number)
        if number <= upto:
            recent = max(recent, stamp)
        upto = next(i for i in range(segments + 1) if i not in got)
        if rng.random() > 0.03:
            back = time + half_s + rng.random() * 0.02 * (rng.random() < 0.3)
            seen.append((T0 + back, tcp(SERVER, CLIENT, 80, 50000, 1, 1 + 100 * upto, ACK,
                                        stamp=(int(time * 1000) + 5, recent))))  # fmt: skip
    return sorted(seen)
