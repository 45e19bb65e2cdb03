"""The methods by name, and which one is the default: the one place that says so."""

from __future__ import annotations

from typing import Final

from rttgeo.delay.light import VACUUM
from rttgeo.errors import NotThereError
from rttgeo.estimators.calibrated.estimator import Calibrated
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.estimators.cbg import Cbg, CbgPlusPlus
from rttgeo.estimators.estimate import Estimator
from rttgeo.estimators.exclusion import Exclusion, ShortestPing
from rttgeo.estimators.geoping import GeoPing
from rttgeo.estimators.octant import Octant
from rttgeo.estimators.spotter import Spotter
from rttgeo.estimators.wls import WeightedLeastSquares

_ESTIMATORS: Final[tuple[Estimator, ...]] = (
    ShortestPing(),
    Exclusion(),
    Exclusion(VACUUM, "exclusion-vacuum"),
    Cbg(),
    CbgPlusPlus(),
    Octant(),
    Spotter(),
    WeightedLeastSquares(),
    GeoPing(),
    Calibrated(),
    Calibrated("calibrated-no-cities", Settings(cities=False)),
)

METHODS: Final[dict[str, Estimator]] = {estimator.name: estimator for estimator in _ESTIMATORS}
"""Every estimator by its name."""

DEFAULT_METHOD: Final = "calibrated"
"""What `rttgeo.locate` uses when no method is named."""


def method(name: str) -> Estimator:
    """Return the estimator of a name, or a `NotThereError` that lists the names."""
    if name not in METHODS:
        raise NotThereError(f"no method {name!r}; there are {', '.join(METHODS)}")
    return METHODS[name]
