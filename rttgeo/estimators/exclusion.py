"""The two simplest methods: the quickest landmark, and what light cannot have left behind."""

from __future__ import annotations

from typing import Final

from rttgeo.delay.light import FIBRE, VACUUM
from rttgeo.estimators.multilateration import Multilateration
from rttgeo.estimators.rules import QuickestHolds

SHORTEST_PING: Final = Multilateration(FIBRE, QuickestHolds(), "shortest-ping")
"""The landmark with the lowest RTT; its disc by the speed of light in fibre is the region."""

EXCLUSION: Final = Multilateration(FIBRE, name="exclusion")
"""Intersection of the discs of light in fibre: sound, so long as the places are true."""

EXCLUSION_VACUUM: Final = Multilateration(VACUUM, name="exclusion-vacuum")
"""The same by light in vacuum: sound whatever the path is made of."""
