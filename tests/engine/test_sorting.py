"""Numbers sorted digit by digit: numpy's stable order."""

import numpy as np
import pytest

from rttgeo.kernels.sorting import largest_first, smallest_first


@pytest.mark.parametrize("n", [0, 1, 2, 50, 5000])
def test_order_is_that_of_a_stable_sort(n):
    rng = np.random.default_rng(n)
    plain = np.exp(rng.normal(-20, 30, n))
    tied = rng.choice([0.0, -0.0, 5e-324, 1e-300, 1.0, np.inf], n)
    for values in (plain, tied, np.round(plain, 3), plain * (rng.random(n) < 0.5)):
        assert largest_first(values).tolist() == np.argsort(-values, kind="stable").tolist()
        assert smallest_first(values).tolist() == np.argsort(values, kind="stable").tolist()
