"""Logs that other tools made: read as they are, and junk said."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rttgeo.errors import RttgeoError
from rttgeo.passive import read_passive

SPINDUMP = """TCP 192.0.2.1 <-> 192.0.2.2 59105:80 at 1553418212984046 new starting packets 1 0 bytes 84 0
TCP 192.0.2.1 <-> 192.0.2.2 59105:80 at 1553418213017044 measurement up right 32998 packets 1 1
TCP 192.0.2.1 <-> 192.0.2.2 59105:80 at 1553418213017134 measurement up left 90 packets 1 1
QUIC 192.0.2.1 <-> 192.0.2.2 ab-cd (5000:443) at 1553418213017134 measurement up full (initiator) 41000 x
what is this
"""
PPING = """1503343463.123456 0.041 0.040 100 200 300 203.0.113.5:443+192.0.2.9:52345
09:42:53.000001 62.37ms 61.29ms 203.0.113.5:443+192.0.2.9:52346
16:00:46.142279766 5.425801 ms 5.425801 ms TCP 192.0.2.9:52347+203.0.113.5:443
"""
ACKS = "frame.time_epoch\tip.src\tip.dst\ttcp.srcport\ttcp.dstport\ttcp.analysis.ack_rtt\n" + (
    "1700000000.5\t203.0.113.5\t192.0.2.9\t443\t52345\t0.041\n"
    "1700000000.6\t192.0.2.9\t203.0.113.5\t52345\t443\t0.0002\n"
    "1700000000.7\t192.0.2.9\t203.0.113.5\t52345\t443\t\n"
    "nonsense\t192.0.2.9\t203.0.113.5\t52345\t443\t1\n"
)
QLOG = {
    "qlog_version": "0.3",
    "traces": [
        {
            "vantage_point": {"type": "client"},
            "events": [
                {"time": 1, "name": "connectivity:connection_started",
                 "data": {"src_ip": "192.0.2.9", "dst_ip": "203.0.113.5", "src_port": 5, "dst_port": 443}},
                {"time": 50.5, "name": "recovery:metrics_updated", "data": {"latest_rtt": 41.5, "cwnd": 1}},
                {"time": 51.5, "name": "recovery:metrics_updated", "data": {"cwnd": 2}},
                {"time": 60.5, "name": "recovery:metrics_updated", "data": {"latest_rtt": 41.25}},
                {"time": 70.5, "name": "recovery:metrics_updated", "data": {"latest_rtt": -3}},
            ],
        }
    ],
}  # fmt: skip


def read(tmp_path, text, name="log"):
    path = tmp_path / name
    path.write_text(text)
    return read_passive([path])


def rows(found):
    return sorted(
        (s.kind, s.method, s.client, s.server, s.side, s.samples, s.minimum_ms())
        for s in found.series
    )


def test_events_of_spindump(tmp_path):
    found = read(tmp_path, SPINDUMP)
    assert rows(found) == [
        ("quic", "spindump", "192.0.2.1", "192.0.2.2", "full", 1, 41.0),
        ("tcp", "spindump", "192.0.2.1", "192.0.2.2", "server", 2, 32.998),
    ]
    tcp = next(s for s in found.series if s.kind == "tcp")
    assert tcp.minimum_ms("client") == 0.09
    assert found.samples_left_out == {"line not understood": 1}


def test_lines_of_pping(tmp_path):
    found = read(tmp_path, PPING)
    assert rows(found) == [
        ("tcp", "pping", "192.0.2.9", "203.0.113.5", "client", 1, pytest.approx(5.425801)),
        ("tcp", "pping", "192.0.2.9", "203.0.113.5", "server", 1, pytest.approx(41.0)),
        ("tcp", "pping", "192.0.2.9", "203.0.113.5", "server", 1, pytest.approx(62.37)),
    ]


FORMS_OF_PPING = {
    "for people": "23:59:58 62.4ms 61.0ms 192.0.2.9:52345+203.0.113.5:443\n",
    "for people, slow": "23:59:58  624ms  61.0ms 192.0.2.9:52345+203.0.113.5:443\n",
    "for machines": "1500000000.000100 0.062400 0.061000 5000 0 1460 192.0.2.9:52345+203.0.113.5:443\n",
    "of BPF": "23:59:58.123456789 62.4 ms 61 ms TCP 192.0.2.9:52345+203.0.113.5:443\n",
    "of BPF, early": "23:59:58.1 62.400000 ms 61.000000 ms 192.0.2.9:52345+203.0.113.5:443\n",
    "of BPF, for ppviz": "1.50000000e+09 6.24e-02 0.061 192.0.2.9:52345+203.0.113.5:443\n",
}


@pytest.mark.parametrize("form", FORMS_OF_PPING)
def test_every_form_of_pping_is_of_the_source(tmp_path, form):
    (one,) = read(tmp_path, FORMS_OF_PPING[form]).series
    assert (one.kind, one.method, one.client, one.server) == (
        "tcp", "pping", "192.0.2.9", "203.0.113.5",
    )  # fmt: skip
    slow = 10 if "slow" in form else 1
    assert one.minimum_ms("client") == pytest.approx(62.4 * slow) and one.samples == 1


def test_the_two_halves_of_pping_add_up_to_one_connection(tmp_path):
    found = read(
        tmp_path,
        "1500000000.1 0.0054 0.0054 192.0.2.9:52345+203.0.113.5:443\n"
        "1500000000.2 0.0410 0.0410 203.0.113.5:443+192.0.2.9:52345\n",
    )
    (one,) = found.series
    assert one.minimum_ms("client") == pytest.approx(5.4)
    assert one.minimum_ms("server") == pytest.approx(41.0)


def test_echoes_and_events_of_pping(tmp_path):
    found = read(
        tmp_path,
        "12:00:00.1 TCP 192.0.2.9:52345+203.0.113.5:443 opening due to SYN from src\n"
        "12:00:00.2 20.5 ms 20.5 ms ICMP 203.0.113.5:77+192.0.2.9:77\n"
        "12:00:00.3 20.5 ms 20.5 ms SCTP 203.0.113.5:77+192.0.2.9:77\n",
    )
    (one,) = found.series
    assert (one.kind, one.method, one.server) == ("icmp", "pping", "203.0.113.5")
    assert found.samples_left_out == {"flow events": 1, "neither TCP nor ICMP": 1}


def test_times_of_day_go_on_after_midnight(tmp_path):
    taken = []
    (tmp_path / "log").write_text(
        "23:59:59 62.4ms 61.0ms 192.0.2.9:52345+203.0.113.5:443\n"
        "00:00:01 62.4ms 61.0ms 192.0.2.9:52345+203.0.113.5:443\n"
    )
    read_passive([tmp_path / "log"], sink=lambda _, judged: taken.extend(judged.time_ns.tolist()))
    assert taken[1] - taken[0] == 2_000_000_000


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
def test_fields_of_tshark(tmp_path, separator):
    found = read(tmp_path, ACKS.replace("\t", separator))
    (one,) = found.series
    assert (one.minimum_ms("server"), one.minimum_ms("client")) == (41.0, pytest.approx(0.2))
    assert (one.client, one.server, one.server_port) == ("192.0.2.9", "203.0.113.5", 443)
    assert found.samples_left_out == {"packet without a timestamp": 1}


def test_spin_bits_of_tshark(tmp_path):
    lines = ["frame.time_epoch,ip.src,ip.dst,udp.srcport,udp.dstport,quic.spin_bit"]
    for step in range(800):
        time = 1_700_000_000 + step * 0.002
        # A full way of 40 ms, of which 30 ms are on the server's side.
        client = int(step * 2 / 40) % 2
        server = int((step * 2 - 30) / 40) % 2 if step * 2 >= 30 else 0
        lines.append(f"{time:.6f},192.0.2.9,203.0.113.5,52345,443,{client}")
        lines.append(f"{time:.6f},203.0.113.5,192.0.2.9,443,52345,{bool(server)}")
    (one,) = read(tmp_path, "\n".join(lines)).series
    assert one.method == "spin"
    assert [one.minimum_ms(s) for s in ("full", "server", "client")] == pytest.approx(
        [40, 30, 10], abs=1e-3
    )


def test_tshark_without_what_is_needed(tmp_path):
    with pytest.raises(RttgeoError, match=r"expected frame\.time_epoch and"):
        read(tmp_path, "tcp.analysis.ack_rtt\n0.041\n")


@pytest.mark.parametrize("form", ["one", "sequence", "lines", "old"])
def test_qlog_in_any_form(tmp_path, form):
    events = QLOG["traces"][0]["events"]
    if form == "one":
        text = json.dumps(QLOG)
    elif form == "old":
        fields = ["relative_time", "category", "event_type", "data"]
        trace = {
            "configuration": {"time_units": "us"},
            "event_fields": fields,
            "events": [
                [e["time"] * 1e3, *e["name"].split(":"), {k: v * 1e3 if k == "latest_rtt" else v
                                                          for k, v in e["data"].items()}]
                for e in events
            ],
        }  # fmt: skip
        text = json.dumps({"qlog_version": "draft-01", "traces": [trace]})
    else:
        mark = "\x1e" if form == "sequence" else ""
        head = {"qlog_format": "JSON-SEQ", "qlog_version": "0.3", "trace": {}}
        text = "".join(f"{mark}{json.dumps(one)}\n" for one in [head, *events]) + mark + '{"cut'
    found = read(tmp_path, text)
    assert rows(found) == [("quic", "qlog", "192.0.2.9", "203.0.113.5", "full", 2, 41.25)]
    assert found.samples_left_out == {"time not plausible": 1}


@pytest.mark.parametrize("text", ["", "hello", "{}", "[1]", '{"qlog_version": 1, "traces": 5}'])
def test_what_is_no_log_is_said(tmp_path, text):
    with pytest.raises(RttgeoError):
        read(tmp_path, text)


HEADS = [SPINDUMP, PPING, ACKS, json.dumps(QLOG), '{"Event": "measurement", "Addrs": 3}\n']


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(HEADS), st.text(max_size=40), st.integers(0, 400))
def test_any_text_behind_a_good_head_is_read_or_said(tmp_path, head, junk, at):
    try:
        read(tmp_path, head[:at] + junk + head[at:])
    except RttgeoError as error:
        assert "\n" not in str(error).strip()
    except UnicodeEncodeError:
        pass


WORDS = ["traces", "events", "data", "name", "time", "latest_rtt", "Event", "Addrs", "Ts"]
LEAVES = st.none() | st.booleans() | st.floats() | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)
    ),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES)
def test_any_json_is_read_or_said(tmp_path, value):
    for head in (
        '{"qlog_version": "0.3", "traces": [{"events": [%s]}]}',
        '{"Event": "x", "Addrs": %s}',
    ):
        try:
            read(tmp_path, head % json.dumps(value))
        except RttgeoError as error:
            assert "\n" not in str(error).strip()
