"""Leaving a part of the default method out changes what comes out; settings are values."""

from __future__ import annotations

import dataclasses

import pytest
from accuracy_meshes import full_mesh

from rttgeo.estimators import locate_many
from rttgeo.estimators.calibrated.ablation import WITHOUT
from rttgeo.estimators.calibrated.estimator import without
from rttgeo.estimators.calibrated.settings import Settings


def facts(method):
    (found,) = locate_many(full_mesh(), ["vienna"], method=method)
    posterior = found.posterior
    return len(posterior.cells), posterior.probability.max(), found.credible_region(0.95).area_km2


@pytest.mark.parametrize("part", WITHOUT)
def test_each_part_is_left_out_by_settings_alone(part):
    default = Settings()
    assert WITHOUT[part] != default
    assert type(WITHOUT[part]) is Settings
    changed = {
        field.name: getattr(WITHOUT[part], field.name)
        for field in dataclasses.fields(default)
        if getattr(WITHOUT[part], field.name) != getattr(default, field.name)
    }
    assert dataclasses.replace(default, **changed) == WITHOUT[part]


@pytest.mark.parametrize(
    "part", ["conformal levels", "residual field", "learnt cities", "errors by distance"]
)
def test_a_part_that_is_left_out_is_missed(part):
    assert facts("calibrated") != facts(without(part))
