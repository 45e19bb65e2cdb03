"""Captures of every form, frames of every kind, and files that nobody should have written."""

from __future__ import annotations

import random
import struct

import pytest
from frames import (
    CLIENT,
    CLIENT6,
    SERVER,
    SERVER6,
    T0,
    block,
    echo,
    ethernet,
    ip,
    packed,
    pcap,
    pcapng,
    tcp_talk,
    udp,
    write,
    zipped,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rttgeo.errors import BadInputError
from rttgeo.passive import read_captures
from rttgeo.passive.containers import Capture, Packet
from rttgeo.passive.meter import Meter

ALL = {"handshake", "ack", "timestamps"}


def minima(found):
    return {one.method: one.minimum_ms() for one in found.series}


def right(found):
    return minima(found) == pytest.approx(dict.fromkeys(ALL, 45.0), abs=4e-3)


def kept(path, content):
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        pcap(tcp_talk()),
        pcap(tcp_talk(), order=">"),
        pcap(tcp_talk(), nano=True),
        pcap(tcp_talk(), nano=True, order=">"),
        pcapng(tcp_talk()),
        pcapng(tcp_talk(), order=">"),
        pcapng(tcp_talk(), resolution=9),
        pcapng(tcp_talk(), resolution=0x80 | 30),
        pcapng(tcp_talk(), links=(1, 1, 1)),
        pcapng(tcp_talk()[:30]) + pcapng(tcp_talk()[30:], order=">", resolution=9),
    ],
)
def test_every_form_gives_the_same(tmp_path, content):
    assert right(read_captures([kept(tmp_path / "a", content)]))
    assert right(read_captures([zipped(tmp_path / "a.gz", content)]))


def relinked(frames, before, link):
    """Frames without their Ethernet header, behind another."""
    return pcap([(t, before(f[14:]) + f[14:]) for t, f in frames], link=link)


@pytest.mark.parametrize("ends", [(CLIENT, SERVER), (CLIENT6, SERVER6)])
@pytest.mark.parametrize("link", [0, 12, 101, 108, 113, 276])
def test_links(tmp_path, link, ends):
    six = ends[0] == CLIENT6
    kind = struct.pack(">H", 0x86DD if six else 0x0800)
    before = {
        0: (30 if six else 2).to_bytes(4, "little"),
        108: (30 if six else 2).to_bytes(4, "big"),
        113: bytes(14) + kind,
        276: kind + bytes(18),
    }.get(link, b"")
    content = relinked(tcp_talk(ends=ends), lambda _: before, link)
    assert right(read_captures([kept(tmp_path / "a", content)]))


@pytest.mark.parametrize("tags", [(0x8100,), (0x88A8, 0x8100)])
def test_tags_of_vlans(tmp_path, tags):
    frames = [(t, ethernet(f[14:], tags=tags)) for t, f in tcp_talk()]
    assert right(read_captures([write(tmp_path / "a", frames)]))


def test_packets_that_are_snapped_behind_their_headers(tmp_path):
    for snap in (96, 68):
        found = read_captures([write(tmp_path / "a", tcp_talk(), snap=snap)])
        assert right(found)
    found = read_captures([write(tmp_path / "a", tcp_talk(), snap=46)])
    assert not found.series and found.left_out == {"cut off within the header": 63}


def test_six_with_extension_headers(tmp_path):
    def extended(frame):
        header, rest = bytearray(frame[14:54]), frame[54:]
        options = bytes([60, 0]) + bytes(6) + bytes([44, 1]) + bytes(14) + bytes([6, 0]) + bytes(6)
        header[4:6] = struct.pack(">H", len(options) + len(rest))
        header[6] = 0
        return frame[:14] + bytes(header) + options + rest

    frames = [(t, extended(f)) for t, f in tcp_talk(ends=(CLIENT6, SERVER6))]
    assert right(read_captures([write(tmp_path / "a", frames)]))


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (ethernet(ip(CLIENT, SERVER, 6, bytes(40), fragment=0x2000)), "fragment"),
        (ethernet(ip(CLIENT, SERVER, 6, bytes(40), fragment=5)), "fragment"),
        (ethernet(ip(CLIENT6, SERVER6, 44, bytes([6, 0, 0, 1]) + bytes(40))), "fragment"),
        (ethernet(ip(CLIENT, SERVER, 47, bytes(40))), "GRE (a tunnel)"),
        (ethernet(ip(CLIENT, SERVER, 4, bytes(40))), "IPv4 in IP (a tunnel)"),
        (ethernet(ip(CLIENT, SERVER, 50, bytes(40))), "ESP (encrypted)"),
        (ethernet(ip(CLIENT, SERVER, 132, bytes(40))), "protocol 132"),
        (udp(CLIENT, SERVER, 9, 4789, bytes(40)), "VXLAN (a tunnel)"),
        (udp(CLIENT, SERVER, 9, 53, bytes(40)), "UDP other than QUIC"),
        (bytes(12) + b"\x08\x06" + bytes(28), "ARP"),
        (bytes(12) + b"\x88\x47" + bytes(28), "MPLS (a tunnel)"),
        (bytes(12) + b"\x81\x00\x00\x01" * 6 + bytes(28), "too many VLAN tags"),
        (bytes(9), "cut off within the header"),
        (bytes(12) + b"\x08\x00\x41" + bytes(40), "invalid IP header"),
        (ethernet(ip(CLIENT, SERVER, 1, bytes([3, 1]) + bytes(30))), "ICMP other than echo"),
        (
            ethernet(ip(CLIENT, SERVER, 6, bytes(12) + b"\xf0\x10" + bytes(6))),
            "invalid TCP header",
        ),
        (
            ethernet(ip(CLIENT6, SERVER6, 0, bytes([0, 0] + [0] * 6) * 30)),
            "too many IPv6 extension headers",
        ),
    ],
)
def test_what_gives_nothing_is_counted_by_reason(tmp_path, frame, reason):
    found = read_captures([write(tmp_path / "a", [(T0, frame)])])
    assert found.left_out == {reason: 1} and found.packets == 1 and not found.series


def test_a_link_that_is_not_known(tmp_path):
    found = read_captures([write(tmp_path / "a", tcp_talk(), link=147)])
    assert found.left_out == {"link type 147": 63}


@pytest.mark.parametrize("ends", [(CLIENT, SERVER), (CLIENT6, SERVER6)])
def test_echo(tmp_path, ends):
    frames = []
    for number in range(5):
        frames.append((T0 + number, echo(*ends, 8, 77, number)))
        frames.append((T0 + number + 0.030 + number / 1e3, echo(*ends[::-1], 0, 77, number)))
        # A duplicate is no sample, whatever its time.
        frames.append((T0 + number + 0.5, echo(*ends[::-1], 0, 77, number)))
    # Asked twice: the reply may be to either.
    frames += [(T0 + 9, echo(*ends, 8, 77, 9)), (T0 + 9.02, echo(*ends, 8, 77, 9)),
               (T0 + 9.03, echo(*ends[::-1], 0, 77, 9))]  # fmt: skip
    (one,) = read_captures([write(tmp_path / "a", frames)]).series
    assert (one.kind, one.method, one.side, one.samples) == ("icmp", "icmp", "server", 5)
    assert (one.client, one.server) == ends
    assert one.minimum_ms() == pytest.approx(30, abs=2e-3)
    assert one.median_ms() == pytest.approx(32, abs=2e-3)


WHOLE = pcap(tcp_talk())


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (WHOLE[:-7], "file is cut off"),
        (WHOLE[: 24 + 5], "file is cut off"),
        (WHOLE + struct.pack("<4I", 1, 1, 2**31, 2**31), "record of implausible length"),
        (pcapng(tcp_talk())[:-9], "file is cut off"),
        (
            pcapng(tcp_talk()) + block(6, bytes(40))[:4] + b"\xff" * 20,
            "record of implausible length",
        ),
        (pcapng(tcp_talk()) + block(3, bytes(40)), "packet without a timestamp"),
        (
            pcapng(tcp_talk()) + block(6, bytes(4) + b"\xff" * 4 + bytes(16)),
            "packet with an implausible time",
        ),
        (
            pcapng(tcp_talk()) + block(6, struct.pack("<5I", 9, 0, 0, 4, 4) + bytes(4)),
            "packet from an unknown interface",
        ),
    ],
)
def test_a_file_that_breaks_off_gives_what_there_is(tmp_path, content, trouble):
    found = read_captures([kept(tmp_path / "a", content)])
    assert found.troubles == {trouble: 1}


def test_a_gzip_file_that_is_cut(tmp_path):
    noise = random.Random(1).randbytes(1000)
    frames = [(T0 + n, udp(CLIENT, SERVER, 9, n, noise[n % 99 :])) for n in range(5000)]
    path = zipped(tmp_path / "a.gz", pcap(frames))
    path.write_bytes(path.read_bytes()[:-400])
    found = read_captures([path])
    assert found.troubles == {"broken gzip data": 1} and found.packets > 4000
    path.write_bytes(zipped(tmp_path / "b.gz", WHOLE).read_bytes()[:40])
    with pytest.raises(BadInputError, match="broken"):
        read_captures([path])


@pytest.mark.parametrize("content", [b"", b"hello, world", b"\x00" * 99])
def test_what_is_no_capture_is_said(tmp_path, content):
    with pytest.raises(BadInputError, match="expected a capture"):
        read_captures([kept(tmp_path / "a", content)])


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(BadInputError, match="no such file"):
        read_captures([tmp_path / "none"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False), st.integers(1, 40))
def test_any_bytes_changed_in_a_capture(tmp_path, rng, changes):
    data = bytearray(rng.choice(FUZZED))
    for _ in range(changes):
        data[rng.randrange(24, len(data))] = rng.randrange(256)
    found = read_captures([kept(tmp_path / "a", bytes(data[: rng.randrange(24, len(data))]))])
    assert found.packets == found.used + sum(found.left_out.values())
    for one in found.series:
        assert one.minimum_ms() is None or one.minimum_ms() > 0


FUZZED = [WHOLE, pcapng(tcp_talk(ends=(CLIENT6, SERVER6)))]


@settings(max_examples=200)
@given(st.binary(max_size=120), st.sampled_from([0, 1, 12, 101, 113, 276, 999]))
def test_any_packet_is_read_or_left_out_with_a_reason(data, link):
    meter = Meter(lambda flow, over: None)
    meter.feed(Packet(1, link, data, len(data)))
    assert meter.packets == meter.used + sum(meter.left_out.values()) == 1


@settings(max_examples=100)
@given(st.binary(max_size=60), st.sampled_from([6, 17, 1]), st.booleans())
def test_any_transport_is_read_or_left_out(data, protocol, six):
    ends = (CLIENT6, SERVER6) if six else (CLIENT, SERVER)
    meter = Meter(lambda flow, over: None)
    frame = ethernet(ip(*ends, 58 if six and protocol == 1 else protocol, data))
    meter.feed(Packet(1, 1, frame, len(frame)))
    meter.finish()
    assert meter.packets == meter.used + sum(meter.left_out.values()) == 1


def test_flows_without_end_give_way_and_are_counted(tmp_path):
    rng = random.Random(1)
    syn = tcp_talk(rounds=0)[0][1]
    frames = []
    for number in range(3000):
        data = bytearray(syn)
        data[26:30] = struct.pack(">I", rng.getrandbits(32))
        frames.append((T0 + number * 1e-4, bytes(data)))
    found = read_captures(
        [write(tmp_path / "a", [*frames, *tcp_talk(start=T0 + 1)])], max_flows=100
    )
    assert found.flows == 3001 and found.evicted == 2901
    assert right(found)


def test_the_flow_that_goes_on_stays(tmp_path):
    talk = tcp_talk(rounds=40, gap_ms=10)
    syn, others = talk[0][1], []
    for number in range(500):
        data = bytearray(syn)
        data[26:30] = packed(f"10.1.{number // 250}.{number % 250}")
        others.append((T0 + number * 0.004, bytes(data)))
    found = read_captures([write(tmp_path / "a", talk + others)], max_flows=30)
    assert right(found)


def test_times_are_exact_to_the_nanosecond(tmp_path):
    frames = [(1_700_000_000.0, bytes(20)), (1_700_000_000.25, bytes(20))]
    times = [packet.time_ns for packet in Capture(write(tmp_path / "a", frames, nano=True))]
    # A double of seconds is the writer's, good to a quarter of a microsecond.
    assert times == pytest.approx(
        [1_700_000_000_000_000_000, 1_700_000_000_250_000_000], abs=200, rel=0
    )
