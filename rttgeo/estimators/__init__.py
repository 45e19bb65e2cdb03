"""Estimators: from round-trip times to a place and a region."""

from __future__ import annotations

from rttgeo.estimators.api import locate, locate_many
from rttgeo.estimators.batch import Estimates
from rttgeo.estimators.estimate import BatchEstimator, Estimate, Estimator, Fitted
from rttgeo.estimators.model import LearntFrom, Model, fit, load_model
from rttgeo.estimators.registry import DEFAULT_METHOD, METHODS
from rttgeo.estimators.training import training_mesh, usable_pairs

__all__ = [
    "DEFAULT_METHOD",
    "METHODS",
    "BatchEstimator",
    "Estimate",
    "Estimates",
    "Estimator",
    "Fitted",
    "LearntFrom",
    "Model",
    "fit",
    "load_model",
    "locate",
    "locate_many",
    "training_mesh",
    "usable_pairs",
]
