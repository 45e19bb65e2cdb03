"""Random draws that the rest of the simulator must not notice."""

from __future__ import annotations

import numpy as np


def stream_of_its_own(rng: np.random.Generator) -> np.random.Generator:
    """A generator apart, for draws whose number depends on the parameters.

    Binomial and gamma draws take as many numbers from their generator as their parameters ask
    for. From a generator of their own they leave all later draws alone, so that two worlds which
    differ in one parameter differ in that parameter only.

    Parameters
    ----------
    rng
        The simulator's generator; its own draws are not moved by this.

    Returns
    -------
    numpy.random.Generator
        Seeded by ``rng``'s seed sequence (`numpy.random.Generator.spawn`), each time another.
    """
    return rng.spawn(1)[0]
