"""Numbers sorted digit by digit, and rows by rank: numpy's stable order."""

import numpy as np
import pytest

from rttgeo.kernels.sorting import largest_first, rows_by_rank, smallest_first


@pytest.mark.parametrize("n", [0, 1, 2, 50, 5000])
def test_order_is_that_of_a_stable_sort(n):
    rng = np.random.default_rng(n)
    plain = np.exp(rng.normal(-20, 30, n))
    tied = rng.choice([0.0, -0.0, 5e-324, 1e-300, 1.0, np.inf], n)
    for values in (plain, tied, np.round(plain, 3), plain * (rng.random(n) < 0.5)):
        assert largest_first(values).tolist() == np.argsort(-values, kind="stable").tolist()
        assert smallest_first(values).tolist() == np.argsort(values, kind="stable").tolist()


@pytest.mark.parametrize("share", [1.0, 0.5, 0.05, 0.001, 0.0])
@pytest.mark.parametrize(("nodes", "partners"), [(1, 1), (40, 300), (300, 7), (3, 20_000)])
def test_rows_by_rank_are_those_of_a_sort_of_all(share, nodes, partners):
    rng = np.random.default_rng(nodes)
    measured = rng.random((nodes, partners)) < share
    node, partner = (of.astype(np.int32) for of in np.nonzero(measured))
    bounds = np.searchsorted(node, np.arange(nodes + 1))
    order, rank = rng.permutation(nodes), rng.permutation(partners)
    found = rows_by_rank(bounds[:-1][order], bounds[1:][order], partner, rank)
    new = np.argsort(order)[node]
    assert found.tolist() == np.lexsort((rank[partner], new)).tolist()
