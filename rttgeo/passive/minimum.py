"""The minimum of passive samples: the lowest that enough others stand by.

A sample is too short when the packet that began it, as seen here, was not the one that the other end
answered: the rules of the trackers leave most of these out, not all. Let a share q of the samples of
a method be too short. Of n samples, k or more are with the probability P(Bin(n, q) >= k). The minimum
is the lowest sample with k - 1 others close above it, for the least k that makes this at most
`FALSE_MINIMUM`: so the minimum is too short in at most that share of flows, as long as samples are too
short independently of each other at a rate of at most q.
"""

from __future__ import annotations

from typing import Final

from scipy.special import bdtrc

from rttgeo.minima import SUPPORT_MS, SUPPORT_SHARE
from rttgeo.typing import FloatArray

FALSE_MINIMUM: Final = 0.01
"""A minimum is too short in at most one flow of a hundred."""
TOO_SHORT: Final = {
    "handshake": 1e-3,
    "ack": 3e-4,
    "timestamps": 3e-4,
    "icmp": 3e-4,
    "spin": 1e-3,
    "vec": 1e-3,
    "delay-bit": 1e-3,
}
"""Share of samples of a method that may be too short, by upper limits of 95 % confidence,
rounded up, of what ``benchmarks/passive_accuracy.py`` counts; the table is in
``docs/howto/passive.md``. Handshakes and echoes were too few to measure; they are answered by
number, as acknowledgements are."""
OTHERS_TOO_SHORT: Final = 1e-3
"""The same where another tool took the samples: it has not been measured."""


def needed_support(samples: int, method: str) -> int:
    """Say how many samples, itself included, must stand by a minimum.

    Parameters
    ----------
    samples
        Number of samples n.
    method
        How they were taken; decides which share q may be too short.

    Returns
    -------
    int
        The least k with P(Bin(n, q) >= k) at most `FALSE_MINIMUM`, and at most n.
    """
    share = TOO_SHORT.get(method, OTHERS_TOO_SHORT)
    support = 1
    while support < samples and bdtrc(support - 1, samples, share) > FALSE_MINIMUM:
        support += 1
    return support


def sound_minimum(lowest_ms: FloatArray, samples: int, method: str) -> float | None:
    """Lowest sample with enough others close above it.

    Parameters
    ----------
    lowest_ms
        The lowest samples in order, shape (held,), milliseconds.
    samples
        How many there are in all.
    method
        Of the samples: decides how often one is taken to be too short.

    Returns
    -------
    float or None
        Milliseconds; None where none of those held has its support. Close above r is at most
        r + 5 % + 0.5 ms, as in `rttgeo.minima.pair_minima`.
    """
    support = needed_support(samples, method)
    for index in range(len(lowest_ms) - support + 1):
        limit = lowest_ms[index] * (1 + SUPPORT_SHARE) + SUPPORT_MS
        if lowest_ms[index + support - 1] <= limit:
            return float(lowest_ms[index])
    return None
