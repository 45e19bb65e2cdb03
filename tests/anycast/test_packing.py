"""The largest set of discs of which no two meet, against every subset."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rttgeo.anycast.packing import largest_disjoint, quorum_radii
from rttgeo.errors import BadInputError
from rttgeo.kernels.disjoint import TOUCHING_KM
from rttgeo.sphere import distance_km

DISC = st.tuples(
    st.one_of(st.floats(-180, 180), st.sampled_from([-180.0, 180.0])),
    st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, 90.0])),
    st.one_of(st.floats(0, 8_000), st.floats(0, 22_000)).map(lambda km: round(km, 5)),
)


def apart(lon, lat, radius):
    far = distance_km(lon[:, None], lat[:, None], lon, lat)
    return far - radius[:, None] - radius > TOUCHING_KM


def slow(lon, lat, radius) -> int:
    """Size of the largest set, by trying all."""
    clear = apart(lon, lat, radius)
    for size in range(len(lon), 0, -1):
        for some in itertools.combinations(range(len(lon)), size):
            if all(clear[i, j] for i, j in itertools.combinations(some, 2)):
                return size
    return 0


@given(st.lists(DISC, max_size=9))
def test_as_large_as_the_largest_of_all_subsets(discs):
    lon, lat, radius = np.array(discs, dtype=float).reshape(-1, 3).T
    found = largest_disjoint(lon, lat, radius)
    assert found.exact
    assert len(found.discs) == found.at_most == slow(lon, lat, radius)
    clear = apart(lon, lat, radius)
    assert all(clear[i, j] for i, j in itertools.combinations(found.discs, 2))


def test_the_greedy_rule_finds_fewer_here():
    # The smallest disc, in the middle, meets the two that are apart from one another.
    lon, radius = np.array([-5.0, 0.0, 5.0]), np.array([400.0, 300.0, 400.0])
    found = largest_disjoint(lon, np.zeros(3), radius)
    assert found.discs.tolist() == [0, 2]


def test_of_sets_of_one_size_the_smaller_radii():
    lon = np.array([0.0, 1.0, 90.0])
    found = largest_disjoint(lon, np.zeros(3), np.array([300.0, 200.0, 100.0]))
    assert found.discs.tolist() == [2, 1]


def test_what_cannot_be_used_is_said():
    with pytest.raises(BadInputError, match="number 1 is nan"):
        largest_disjoint([0, 1], [0, 1], [5.0, np.nan])
    with pytest.raises(BadInputError, match="quorum is 0"):
        quorum_radii([0.0], [0.0], [1.0], 0)


@given(st.lists(DISC, min_size=1, max_size=8), st.integers(1, 4))
def test_a_quorum_disc_holds_the_discs_of_so_many_landmarks(discs, quorum):
    lon, lat, radius = np.array(discs, dtype=float).reshape(-1, 3).T
    reach = quorum_radii(lon, lat, radius, quorum)
    if quorum == 1:
        assert reach.tolist() == radius.tolist()
    elif quorum > len(lon):
        assert np.isinf(reach).all()
    else:
        far = distance_km(lon[:, None], lat[:, None], lon, lat) + radius
        held = (far <= reach[:, None] + 1e-6).sum(axis=1)
        assert (held >= quorum).all()
        assert ((far < reach[:, None] - 1e-6).sum(axis=1) < quorum).all()
