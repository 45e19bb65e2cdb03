"""The same captures as another meter saw them: its minima, where it measures the same thing.

spindump prints *left* (observer to initiator and back), *right* (to the responder) and *full* times.
For TCP both are of data and its acknowledgement, the handshake included; for QUIC of the first
exchange and of the spin bit. Where it differs, it does so for one of the reasons in `REASONS`.
"""

from __future__ import annotations

import json
import re

import pytest

from rttgeo.passive import read_passive

REASONS = {
    "random": (
        "The bit does not spin, or too little to tell (`SpinTracker.verdict`): spindump prints full "
        "times of 0.6 ms over paths of 90 ms. Here no sample is taken of it."
    ),
    "coalesced": (
        "Here the short header behind long ones in a datagram is read too: a change of the spin bit "
        "is seen earlier, and more of them are."
    ),
    "retry": "Here the server's answer with a Retry, and that to the client's second try, count too.",
    "reset": (
        "spindump times the reset that ends the connection (47 us), and the answer to a SYN-ACK that "
        "was sent twice (75 us). A reset may come from a middlebox; the other is against Karn's rule."
    ),
}
LSQUIC, MVFST = "trace_quic_v25_lsquic", "trace_quic_v25_mvfst"
DIFFERENT = {
    ("trace_quic_v23_pandora", "61794:4434", "right"): "retry",
    ("trace_quic_v25_aiortc", "62086:443", "left"): "random",
    ("trace_quic_v25_aiortc", "51653:443", "right"): "coalesced",
    ("trace_quic_v25_aiortc", "51653:443", "left"): "coalesced",
    (LSQUIC, "60502:4433", "full"): "random",
    (LSQUIC, "60503:4433", "right"): "random",
    (LSQUIC, "60503:4433", "full"): "random",
    (LSQUIC, "60503:4433", "left"): "random",
    (LSQUIC, "60504:4434", "right"): "random",
    (LSQUIC, "60504:4434", "full"): "random",
    (LSQUIC, "60505:4433", "right"): "random",
    (LSQUIC, "60505:4433", "full"): "random",
    (LSQUIC, "60506:4433", "right"): "random",
    (LSQUIC, "60506:4433", "full"): "random",
    (MVFST, "55766:443", "full"): "random",
    (MVFST, "59342:443", "full"): "random",
    (MVFST, "64547:443", "full"): "random",
    ("trace_tcp_short_sack", "57710:443", "left"): "reset",
}


def expected(path):
    """Minimum in ms by connection (ports) and side, from either form."""
    found = {}

    def note(ports, side, value):
        key = ports, side.split(" ")[0].lower().split("_")[0]
        found.setdefault(key, []).append(value / 1e3)

    for line in path.read_text().splitlines():
        if line.startswith("{"):
            event = json.loads(line.rstrip(","))
            ports = re.search(r"(\d+:\d+)\)?$", event["Session"])[1]
            for name, value in event.items():
                if name.lower().startswith(("left_rtt", "right_rtt", "full_rtt")):
                    note(ports, name, value)
        elif m := re.search(
            r"(\d+:\d+)\)? at \d+ measurement \w+ (left|right|full)[^\d]* (\d+)", line
        ):
            note(m[1], m[2], int(m[3]))
    return found


def ours(path):
    """The same of ours, over all methods."""
    found = {}
    names = {0: "full", 1: "left", 2: "right"}
    for series in read_passive([path]).series:
        if series.method == "timestamps":
            continue
        for side, tally in series.sides.items():
            if side == 0 and series.method != "spin":
                continue
            key = f"{series.client_port}:{series.server_port}", names[side]
            found.setdefault(key, []).extend(tally.lowest_ms)
    return found


def traces(shared):
    return sorted((shared / "data" / "spindump-traces").glob("*.pcap"))


def test_minima_are_those_of_spindump_but_for_what_is_explained(shared):
    different, same = set(), 0
    for path in traces(shared):
        here = ours(path)
        for (ports, side), values in expected(path.with_suffix(".expected")).items():
            # It rounds times to the microsecond before it subtracts.
            if min(here.get((ports, side), [float("inf")])) == pytest.approx(
                min(values), abs=0.0015
            ):
                same += 1
            else:
                different.add((path.stem, ports, side))
    assert different == set(DIFFERENT)
    assert set(DIFFERENT.values()) == set(REASONS)
    assert same == 44


def test_what_spindump_takes_for_spinning_gives_nothing_here(shared):
    for path in traces(shared):
        if path.stem in (LSQUIC, MVFST):
            found = read_passive([path])
            assert "spin" not in {series.method for series in found.series}
            assert not found.spin["spinning"]


def test_its_own_events_are_read_as_it_printed_them(shared):
    for path in traces(shared):
        log = path.with_suffix(".expected")
        found = read_passive([log])
        names = {0: "full", 1: "left", 2: "right"}
        here = {}
        for series in found.series:
            for side, tally in series.sides.items():
                key = f"{series.client_port}:{series.server_port}", names[side]
                here[key] = min(here.get(key, float("inf")), tally.lowest_ms[0])
        assert here == pytest.approx({key: min(values) for key, values in expected(log).items()})
