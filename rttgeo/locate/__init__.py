"""Estimators: from round-trip times to a place and a region.

The package can be called: ``rttgeo.locate(mesh, target=...)`` is `rttgeo.locate.api.locate`.
"""

from __future__ import annotations

import sys
import types
from typing import Any

from rttgeo.locate.api import locate, locate_many
from rttgeo.locate.estimate import BatchEstimator, Estimate, Estimator, Fitted
from rttgeo.locate.registry import DEFAULT_METHOD, METHODS
from rttgeo.locate.training import training_mesh, usable_pairs

__all__ = [
    "DEFAULT_METHOD",
    "METHODS",
    "BatchEstimator",
    "Estimate",
    "Estimator",
    "Fitted",
    "locate",
    "locate_many",
    "training_mesh",
    "usable_pairs",
]


class _CallablePackage(types.ModuleType):
    """Importing any part of the package binds ``rttgeo.locate`` to it: so it must be callable."""

    def __call__(self, *arguments: Any, **named: Any) -> Estimate:
        return locate(*arguments, **named)


sys.modules[__name__].__class__ = _CallablePackage
