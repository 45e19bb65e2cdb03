"""What the left-out targets were like, so that a target unlike any of them can be told so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

FAR_MS = 1.5
"""A lowest RTT this many times beyond that of all left-out targets is unlike theirs: between two
neighbours among a dozen the factor is seldom larger."""
FEW = 0.5
"""A target measured by less than this share of what the least measured of them had is unlike."""


class Seen(NamedTuple):
    """Ranges over the left-out targets.

    Attributes
    ----------
    lowest_ms
        Least and largest of their lowest round-trip times, ms.
    landmarks
        The fewest landmarks that one of them was located from; 0 where nobody was left out.
    """

    lowest_ms: tuple[float, float] = (0.0, 0.0)
    landmarks: int = 0

    @classmethod
    def of(cls, lowest_ms: Sequence[float], landmarks: Sequence[int]) -> Seen:
        """Take the ranges.

        Parameters
        ----------
        lowest_ms
            Lowest round-trip time of each left-out target, ms, at least one.
        landmarks
            Landmarks that each was located from.

        Returns
        -------
        Seen
            The ranges.
        """
        return cls((float(min(lowest_ms)), float(max(lowest_ms))), int(min(landmarks)))

    def unlike(self, lowest_ms: float, landmarks: int) -> str:
        """Say in what a target is unlike all of them.

        Parameters
        ----------
        lowest_ms
            Its lowest round-trip time, ms.
        landmarks
            Landmarks that it is located from.

        Returns
        -------
        str
            A clause; empty where it is like them, or where nobody was left out.
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
            said.append(f"it has {landmarks} landmarks, they had {self.landmarks} or more")
        return "; ".join(said)


NOBODY_SEEN = Seen()
