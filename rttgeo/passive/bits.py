"""Where the bits of a short header are, and when they are accepted as what they may be."""

from __future__ import annotations

from typing import Final

RANDOM_TAKEN_FOR_SPIN: Final = 1e-3
"""Largest share of connections with random bits that may pass as spinning (exact binomial test)."""
DISORDER: Final = 0.05
"""With more packets out of turn than this, there are too many late ones to recognise changes."""
RANDOM_TAKEN_FOR_COUNTER: Final = 1e-6
"""The same for the two further bits, which are random in every connection that protects them."""
CONFIRMED: Final = 3
"""If only one direction is seen, a change counts once this many packets have the new value."""
DELAY_MAX_NS: Final = 1_000_000_000
"""T_Max of RFC 9506, section 2.2: a delay sample that has not returned after this time was lost."""
DELAY_MASKS: Final = (0x10, 0x08)
"""Where the delay bit may be: the reserved bits of the first byte (RFC 9000, section 17.3.1)."""
VEC: Final = 0x18
"""Where the valid edge counter is: both reserved bits, the upper one worth two."""
OFF_EDGE_SHARE: Final = 0.2
"""Share of marked packets of a counter that need not be changes of the spin bit: late ones."""
