"""What becomes of true and false claims, target by target, and the figure of it."""

import numpy as np

from rttgeo.figures.claims import power_curve
from rttgeo.simulate import simulate_full_mesh
from rttgeo.verification.rates import claim_rates


def test_true_claims_are_never_impossible_and_far_ones_are_seen_more_often():
    mesh = simulate_full_mesh(24, seed=3).mesh
    rates = claim_rates(mesh, (500.0, 10_000.0))
    share = rates.groupby("km")[["impossible", "seen"]].mean()
    assert rates["target"].nunique() == 24 and share.loc[0, "impossible"] == 0
    assert (rates["seen"] >= rates["impossible"]).all()
    assert share.loc[10_000, "seen"] > share.loc[500, "seen"] >= share.loc[500, "impossible"]
    drawn = power_curve(claim_rates(mesh, (500.0, 1000.0, 10_000.0)), mesh.provenance)
    assert np.isclose(drawn.facts["seen_at_10000_km"], share.loc[10_000, "seen"])
    assert "24 targets" in drawn.alt and "simulated" in drawn.data
