"""The minimum of passive samples: the lowest one that enough others support.

A sample is too short if the packet that began it, as seen here, was not the one that the other end
answered. The rules of the trackers leave out most of these, but not all. Suppose that a share q of
the samples of a method is too short. Then k or more of n samples are too short with probability
P(Bin(n, q) >= k). The minimum is the lowest sample with k - 1 others close above it, for the
smallest k that makes this probability at most `FALSE_MINIMUM`. So the minimum is too short in at
most that share of flows, as long as samples are too short independently of each other and at a rate
of at most q.
"""

from __future__ import annotations

from typing import Final

from scipy.special import bdtrc

from rttgeo.minima import SUPPORT_MS, SUPPORT_SHARE
from rttgeo.typing import FloatArray

FALSE_MINIMUM: Final = 0.01
"""A minimum is too short in at most one flow in a hundred."""
TOO_SHORT: Final = {
    "handshake": 1e-3,
    "ack": 3e-4,
    "timestamps": 3e-4,
    "icmp": 3e-4,
    "spin": 1e-3,
    "vec": 1e-3,
    "delay-bit": 1e-3,
}
"""Share of samples of a method that may be too short (upper limits at 95 % confidence, rounded up,
of the counts by ``benchmarks/passive_accuracy.py``); the table is in ``docs/howto/passive.md``.
Handshakes and echoes were too few to measure; they are answered by number, like
acknowledgements."""
OTHERS_TOO_SHORT: Final = 1e-3
"""The same for samples of other tools, for which it has not been measured."""


def needed_support(samples: int, method: str) -> int:
    """Compute how many samples, itself included, must support a minimum.

    Parameters
    ----------
    samples
        Number of samples n.
    method
        How they were taken, which determines the share q that may be too short.

    Returns
    -------
    int
        The smallest k with P(Bin(n, q) >= k) at most `FALSE_MINIMUM`, but at most n.
    """
    share = TOO_SHORT.get(method, OTHERS_TOO_SHORT)
    support = 1
    while support < samples and bdtrc(support - 1, samples, share) > FALSE_MINIMUM:
        support += 1
    return support


def sound_minimum(lowest_ms: FloatArray, samples: int, method: str) -> float | None:
    """Find the lowest sample with enough others close above it.

    Parameters
    ----------
    lowest_ms
        The lowest samples, ms, ascending, shape (n_held,).
    samples
        Total number of samples.
    method
        How they were taken, which determines how often one is assumed to be too short.

    Returns
    -------
    float or None
        The minimum, ms; None if none of the samples held is supported. Close above r means at most
        r + 5 % + 0.5 ms, as in `rttgeo.minima.pair_minima`.
    """
    support = needed_support(samples, method)
    for index in range(len(lowest_ms) - support + 1):
        limit = lowest_ms[index] * (1 + SUPPORT_SHARE) + SUPPORT_MS
        if lowest_ms[index + support - 1] <= limit:
            return float(lowest_ms[index])
    return None
