"""Measure in rounds: first from a few landmarks worldwide, then near where the target can still be.

`rttgeo.measuring.loop.measure` repeats this until the region is small enough or the budget is
spent. It works with any object that has a method ``measure`` (`Platform`);
`rttgeo.measuring.pings` provides the one for RIPE Atlas.
"""

from rttgeo.measuring.loop import measure
from rttgeo.measuring.replay import Replay
from rttgeo.measuring.rounds import Goal, Past, Platform, Round

__all__ = ["Goal", "Past", "Platform", "Replay", "Round", "measure"]
