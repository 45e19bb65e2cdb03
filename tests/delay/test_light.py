"""The named speeds as delay models."""

from __future__ import annotations

import numpy as np
import pytest

from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.delay.light import SPEED_BOUNDS, SpeedBound, speed_bound
from rttgeo.delay.statements import Bound, BoundKind
from rttgeo.errors import BadInputError, NotThereError


@pytest.mark.parametrize(
    ("name", "km"),
    [
        ("vacuum", 149.896),
        ("fibre", 102.128),
        ("two-thirds-c", 99.93),
        ("fibre-1.52", 98.616),
        ("weinberg", 76.5),
        ("four-ninths-c", 66.6),
        ("slowline", 42.2),
    ],
)
def test_known_factors(name: str, km: float) -> None:
    # One significant digit of slack: the published figures are rounded, one of them from 299.79.
    assert speed_bound(name).radius_km(1.0) == pytest.approx(km, abs=0.06)


def test_every_constant_is_a_model() -> None:
    assert set(SPEED_BOUNDS) == set(KM_PER_MS_RTT)


def test_only_laws_of_nature_count_as_physical() -> None:
    physical = {name for name, bound in SPEED_BOUNDS.items() if bound.bound.kind.is_physical}
    assert physical == {"fibre", "vacuum"}
    assert not SpeedBound("fibre", 50.0).bound.kind.is_physical  # a name alone is no law
    with pytest.raises(BadInputError, match="km_per_ms"):
        Bound(BoundKind.VACUUM, "light")


def test_bounds_are_a_disc() -> None:
    inner, outer = speed_bound("fibre").bounds_km([1, 10_000], np.array([0, 1], np.int32))
    assert not inner.any()
    np.testing.assert_allclose(outer, KM_PER_MS_RTT["fibre"] * np.array([1, 10_000]))


@pytest.mark.parametrize("rtt", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_rtt_is_named(rtt: float) -> None:
    with pytest.raises(BadInputError, match="round-trip time number 1"):
        speed_bound("vacuum").radius_km([5.0, rtt])


def test_unknown_name_lists_the_known() -> None:
    with pytest.raises(NotThereError, match="vacuum, fibre"):
        speed_bound("warp")


@pytest.mark.parametrize("speed", [0.0, -3.0, float("nan")])
def test_a_speed_must_be_one(speed: float) -> None:
    with pytest.raises(BadInputError):
        SpeedBound("mine", speed)
