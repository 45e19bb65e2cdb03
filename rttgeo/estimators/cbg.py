"""CBG and CBG++: discs from each landmark's own bestline.

Gueye et al. (IMC 2004, ToN 2006) and Weinberg et al. (IMC 2018).
"""

from __future__ import annotations

from typing import Final

from rttgeo.delay.bestline import Bestline
from rttgeo.estimators.largest_group import LargestGroup
from rttgeo.estimators.multilateration import Multilateration

CBG: Final = Multilateration(Bestline(), name="cbg")
"""Intersection of the bestlines' discs, and its centroid.

A bestline can promise too little distance: then the region is empty, or misses the target.
"""

CBG_PLUS_PLUS: Final = Multilateration(Bestline(slowline=True), LargestGroup(), "cbg++")
"""Bestlines not slower than the slowline, and the largest group of discs that agree."""
