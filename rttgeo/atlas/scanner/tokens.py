"""What the byte scanner looks for: punctuation, and the keys and words of records.

A key or word stands as one integer, its first seven bytes: it is then compared in one step.
"""

from __future__ import annotations

import numpy as np

ODD = -1
"""What stands for a position where the text is not what the scanner expects."""

QUOTE, COMMA, COLON, MINUS, DOT, ZERO, NINE = 34, 44, 58, 45, 46, 48, 57
OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY, BACKSLASH = 123, 125, 91, 93, 92
FIRST_BYTES = np.array([(1 << (8 * n)) - 1 for n in range(8)])
"""Masks that leave the first bytes of eight, by how many."""


def _packed(key: str) -> int:
    """First seven bytes of a key as one integer."""
    return int.from_bytes(key.encode()[:7], "little")


K_TYPE, K_FW, K_AF, K_PROTO = _packed("type"), _packed("fw"), _packed("af"), _packed("proto")
K_PRB, K_MSM, K_TIME = _packed("prb_id"), _packed("msm_id"), _packed("timestamp")
K_DST, K_ADDR, K_RESULT, K_MIN = (
    _packed("dst_addr"),
    _packed("addr"),
    _packed("result"),
    _packed("min"),
)
K_PF, K_MODE, K_ERR, K_DNSERR = _packed("pf"), _packed("mode"), _packed("err"), _packed("dnserr")
K_RTT, K_X, K_DUP, K_ERROR = _packed("rtt"), _packed("x"), _packed("dup"), _packed("error")
K_LATE, K_FROM, K_HOP = _packed("late"), _packed("from"), _packed("hop")
V_PING, V_TRACE, V_PLAIN = _packed("ping"), _packed("traceroute"), _packed('{"rtt":')
V_ICMP, V_UDP, V_TCP = _packed("ICMP"), _packed("UDP"), _packed("TCP")
