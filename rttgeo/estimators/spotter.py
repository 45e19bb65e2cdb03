"""Spotter: a posterior over the grid, from one pooled Gaussian of distance given RTT.

Laki et al. (INFOCOM 2011).
"""

from __future__ import annotations

from typing import Final

from rttgeo.delay.spotter import Spotter
from rttgeo.estimators.bayes import Bayes

SPOTTER: Final = Bayes(Spotter())
"""Spotter's pooled curves, every place within fibre's discs as likely as any other before."""
