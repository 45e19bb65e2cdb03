"""Two discs that do not meet, against a slow way to the same answer."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rttgeo.auditing.disjoint import disjoint_rows, two_places
from rttgeo.constants import HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.errors import BadInputError
from rttgeo.kernels.disjoint import TOUCHING_KM
from rttgeo.mesh import Mesh, Provenance, nodes
from rttgeo.sphere import destination, distance_km


def oracle(lon, lat, radius) -> set[tuple[int, int]]:
    """All pairs of discs that are apart, each tried by the great-circle distance."""
    return {
        (i, j)
        for i in range(len(lon))
        for j in range(len(lon))
        if i != j
        and float(distance_km(lon[i], lat[i], lon[j], lat[j])) - radius[i] - radius[j] > TOUCHING_KM
    }


DISC = st.tuples(
    st.one_of(st.floats(-180, 180), st.sampled_from([-180.0, 180.0, 0.0])),
    st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, 90.0, 0.0])),
    st.one_of(
        # To a centimetre: the kernel does not tell a radius of 1e-300 km from none.
        st.floats(0, 25_000).map(lambda km: round(km, 5)),
        st.floats(0, 500).map(lambda km: round(km, 5)),
        st.sampled_from([0.0, np.inf, np.nan]),
    ),
)


@given(st.lists(DISC, max_size=9))
def test_finds_a_pair_exactly_where_there_is_one(discs):
    lon, lat, radius = np.array(discs, dtype=float).reshape(-1, 3).T
    pairs = oracle(lon, lat, np.where(np.isfinite(radius), radius, 1e9))
    found = two_places(lon, lat, radius)
    if found is None:
        assert not pairs
    else:
        assert found in pairs
        # The smallest disc of any pair, with the smallest it does not meet.
        assert radius[found[0]] == min(min(radius[i], radius[j]) for i, j in pairs)
        assert radius[found[1]] == min(
            max(radius[i], radius[j])
            for i, j in pairs
            if radius[found[0]] in (radius[i], radius[j])
        )


def test_discs_that_touch_meet_and_a_little_less_does_not():
    for lon, lat in [(0.0, 0.0), (180.0, 12.0), (77.0, 90.0), (10.0, -89.9)]:
        for apart in (1.0, 100.0, 9_000.0, 20_000.0):
            there = destination(lon, lat, 33.0, apart)
            centres = [lon, float(there[0])], [lat, float(there[1])]
            assert two_places(*centres, [0.4 * apart, 0.6 * apart]) is None
            assert two_places(*centres, [0.4 * apart, 0.6 * apart - 0.01]) == (0, 1)


def test_antipodes_and_discs_beyond_half_the_globe():
    assert two_places([0, 180], [0, 0], [10_000.0, 10_000.0]) == (0, 1)
    assert two_places([0, 180], [0, 0], [10_000.0, 10_020.0]) is None
    assert two_places([0, 180], [0, 0], [1.0, HALF_CIRCUMFERENCE_KM]) is None
    assert two_places([0, 180], [0, 0], [1.0, 3e7]) is None


def test_nothing_one_and_the_same_place():
    assert two_places([], [], []) is None
    assert two_places([3.0], [4.0], [5.0]) is None
    assert two_places([3.0, 3.0], [4.0, 4.0], [1e-9, 1e-9]) is None


def test_what_cannot_be_used_is_said():
    with pytest.raises(BadInputError, match="2 centres but 1 radii"):
        two_places([0, 1], [0, 1], [5.0])
    with pytest.raises(BadInputError, match="expected 0 or more"):
        two_places([0, 1], [0, 1], [5.0, -1.0])
    with pytest.raises(BadInputError, match="latitude"):
        two_places([0, 1], [0, 91], [5.0, 1.0])


def random_mesh(seed: int, n_landmarks: int = 25, n_targets: int = 30) -> Mesh:
    """Landmarks anywhere, RTTs of nothing in particular, a third of the pairs missing."""
    rng = np.random.default_rng(seed)
    lon, lat = (
        rng.uniform(-180, 180, n_landmarks),
        np.degrees(np.arcsin(rng.uniform(-1, 1, n_landmarks))),
    )
    pairs = pd.DataFrame(
        [(t, i) for t in range(n_targets) for i in range(n_landmarks)],
        columns=["target", "landmark"],
    )
    pairs["rtt_ms"] = rng.gamma(6.0, 20.0, len(pairs))
    pairs = pairs[rng.random(len(pairs)) < 0.67]
    unknown = np.full(n_targets, np.nan)
    return Mesh.build(
        nodes([f"l{i}" for i in range(n_landmarks)], lon, lat),
        nodes([f"t{i}" for i in range(n_targets)], unknown, unknown),
        pairs,
        Provenance("random", "simulated"),
    )


@pytest.mark.parametrize("medium", ["fibre", "vacuum"])
def test_all_targets_at_once_are_as_one_after_the_other(medium):
    mesh = random_mesh(5)
    rows = disjoint_rows(mesh, medium=medium, tolerance_km=3.0)
    assert rows.shape == (30, 2)
    apart = 0
    for target in range(30):
        pairs = mesh.of_target(target)
        found = two_places(pairs.lon, pairs.lat, KM_PER_MS_RTT[medium] * pairs.rtt_ms + 3.0)
        if found is None:
            assert (rows[target] == -1).all()
        else:
            apart += 1
            assert (rows[target] - mesh.offsets[target]).tolist() == list(found)
    assert 0 < apart < 30, "the mesh must have both kinds to try anything"


def test_without_compiling_the_answers_are_the_same():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_disjoint import random_mesh, disjoint_rows\n"
        "print(disjoint_rows(random_mesh(8, 12, 12)).tolist())"
    )
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    printed = {
        subprocess.run(
            [sys.executable, "-c", code, here],
            env={**os.environ, "NUMBA_DISABLE_JIT": off},
            capture_output=True, text=True, check=True,
        ).stdout
        for off in ("0", "1")
    }  # fmt: skip
    assert printed == {f"{disjoint_rows(random_mesh(8, 12, 12)).tolist()}\n"}
