"""What the left-out targets were like, to recognise a target that is unlike all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rttgeo.machine.counting import number_of

FAR_MS = 1.5
"""A lowest RTT that lies outside the range of the left-out targets by this factor is unlike theirs:
between neighbours among a dozen values, the factor is rarely larger."""
FEW = 0.5
"""A target with fewer landmarks than this share of the smallest number among them is unlike
them."""


class Seen(NamedTuple):
    """Ranges of the left-out targets.

    Attributes
    ----------
    lowest_ms
        Smallest and largest of their lowest round-trip times, ms.
    landmarks
        The fewest landmarks that one of them was located from; 0 if none was left out.
    """

    lowest_ms: tuple[float, float] = (0.0, 0.0)
    landmarks: int = 0

    @classmethod
    def of(cls, lowest_ms: Sequence[float], landmarks: Sequence[int]) -> Seen:
        """Compute the ranges.

        Parameters
        ----------
        lowest_ms
            Lowest round-trip time of each left-out target, ms, at least one.
        landmarks
            Number of landmarks that each was located from.

        Returns
        -------
        Seen
            The ranges.
        """
        return cls((float(min(lowest_ms)), float(max(lowest_ms))), int(min(landmarks)))

    def unlike(self, lowest_ms: float, landmarks: int) -> str:
        """Describe how a target is unlike all of them.

        Parameters
        ----------
        lowest_ms
            Its lowest round-trip time, ms.
        landmarks
            Number of landmarks that it is located from.

        Returns
        -------
        str
            A clause; empty if it is like them, or if none was left out.
        """
        if not self.landmarks:
            return ""
        least, most = self.lowest_ms
        said = []
        if lowest_ms > FAR_MS * most or FAR_MS * lowest_ms < least:
            said.append(
                f"its lowest round-trip time is {lowest_ms:.3g} ms, theirs {least:.3g} to "
                f"{most:.3g} ms"
            )
        if landmarks < FEW * self.landmarks:
            said.append(
                f"it has {number_of(landmarks, 'landmark')}, they had {self.landmarks} or more"
            )
        return "; ".join(said)


NOBODY_SEEN = Seen()
