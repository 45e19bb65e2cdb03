"""Switching a part of the default method off changes what comes out, and is switched on again."""

from __future__ import annotations

import pytest
from accuracy_meshes import full_mesh

from rttgeo.estimators import locate_many
from rttgeo.evaluation.ablation import Without


@pytest.mark.parametrize("part", ["calibrated levels", "residual field", "learnt cities"])
def test_a_part_is_off_only_while_asked(part):
    mesh = full_mesh()
    found = [
        locate_many(mesh, ["vienna"], method=method)[0]
        for method in ("calibrated", Without(part), "calibrated")
    ]
    asked = [
        (len(e.posterior.cells), e.posterior.probability.max(), e.credible_region(0.95).area_km2)
        for e in found
    ]
    assert asked[0] == asked[2] != asked[1]
