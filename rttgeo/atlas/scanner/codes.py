"""Codes and their words: what became of each record and of each packet of RIPE Atlas results."""

from __future__ import annotations

import numpy as np

from rttgeo.constants import LONGEST_RTT_MS, SHORTEST_RTT_MS

MIN_RTT_MS = SHORTEST_RTT_MS
"""sagan takes an RTT below this for none."""

MAX_RTT_MS = LONGEST_RTT_MS

MAX_ID = 2**31 - 1
"""Probe and measurement numbers are kept in 32 bits."""

MAX_TIME = 253_402_300_799
"""End of the year 9999, in seconds since 1970."""

# What a packet is. Order matters: the first that holds (behind the time-outs) names the
# reason of a record that has no sample at all.
P_SAMPLE, P_TIMEOUT, P_ERROR, P_DUPLICATE, P_LATE = 0, 1, 2, 3, 4
P_ERROR_REPLY, P_NOT_TARGET, P_IMPLAUSIBLE, P_NO_RTT = 5, 6, 7, 8
N_PACKET_CODES = 9
PACKET_WORDS = (
    "sample",
    "no reply (*)",
    "error at the probe",
    "duplicate",
    "late",
    "error reply",
    "not from the target",
    "RTT not plausible",
    "no RTT in it",
)

R_USED, R_NO_REPLY, R_ERROR, R_DUPLICATE, R_LATE = 0, 1, 2, 3, 4
R_ERROR_REPLY, R_NOT_TARGET, R_IMPLAUSIBLE, R_NO_RTT = 5, 6, 7, 8
R_EMPTY, R_NOT_JSON, R_NOT_OBJECT, R_MISSING_FIELD = 9, 10, 11, 12
R_OTHER_TYPE, R_LEGACY_TEXT, R_OUTSIDE, R_TOO_LONG = 13, 14, 15, 16
ODD_STATUS = 255
RECORD_WORDS = (
    "used",
    "no reply (*)",
    "error at the probe",
    "only duplicates",
    "only late packets",
    "error reply from the target",
    "last hop is not the target",
    "RTT not plausible",
    "no RTT in it",
    "no packets in it",
    "not JSON",
    "JSON, but not an object",
    "time, probe, measurement or firmware missing",
    "neither ping nor traceroute",
    "legacy traceroute text",
    "outside the window",
    "record too long",
)
OF_PACKETS = RECORD_WORDS[R_NO_REPLY:R_EMPTY]
"""Reasons of records that are those of their packets, each of which is counted as well."""
R_OF_PACKET = np.arange(N_PACKET_CODES)
"""Packet codes and the record codes that they lead to are the same numbers."""

PROTOCOLS = ("", "ICMP", "UDP", "TCP")
NO_HOPS = 0
"""Hop number of a ping, and of a traceroute that gave up counting (hop 255)."""
