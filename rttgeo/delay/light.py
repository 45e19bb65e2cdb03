"""Light in vacuum and in fibre: no packet is faster, whatever its path."""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np
import numpy.typing as npt

from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.delay.protocol import LandmarkArray, check_rtt
from rttgeo.delay.statements import Bound, BoundKind, Note
from rttgeo.errors import BadInputError, unknown_name
from rttgeo.mesh import Mesh
from rttgeo.typing import FloatArray

_PHYSICAL: Final = ("fibre", "vacuum")
"""The bounds that are laws of nature; the others are somebody's assumption."""


@dataclasses.dataclass(frozen=True)
class SpeedBound:
    """A disc of radius ``km_per_ms_rtt`` x RTT around each landmark; nothing is fitted.

    Attributes
    ----------
    name
        Of the bound, such as ``fibre``.
    km_per_ms_rtt
        Kilometres for each millisecond of round-trip time, already halved.
    """

    name: str
    km_per_ms_rtt: float

    def __post_init__(self) -> None:
        """Refuse a speed that is none."""
        if not (np.isfinite(self.km_per_ms_rtt) and self.km_per_ms_rtt > 0):
            raise BadInputError(f"speed bound {self.name!r}: {self.km_per_ms_rtt} km/ms")

    @property
    def bound(self) -> Bound:
        """Name and factor; physical only where the factor is that of the medium named."""
        physical = self.name in _PHYSICAL and self.km_per_ms_rtt >= KM_PER_MS_RTT[self.name]
        kind = BoundKind(self.name) if physical else BoundKind.ASSUMED
        text = f"{self.name} ({self.km_per_ms_rtt:.3f} km per ms RTT)"
        return Bound(kind, text, self.km_per_ms_rtt)

    def fit(self, mesh: Mesh) -> SpeedBound:
        """Physics needs no data.

        Parameters
        ----------
        mesh
            Not used.

        Returns
        -------
        SpeedBound
            Itself.
        """
        return self

    def notes(self, landmark: LandmarkArray) -> tuple[Note, ...]:
        """Nothing falls back.

        Parameters
        ----------
        landmark
            Not used.

        Returns
        -------
        tuple of Note
            The notes; empty if there were no fallbacks.
        """
        return ()

    def radius_km(self, rtt_ms: npt.ArrayLike) -> FloatArray:
        """Greatest distance, in km, for a round-trip time in ms.

        Parameters
        ----------
        rtt_ms
            Round-trip times, ms.

        Returns
        -------
        numpy.ndarray
            Radii, km, of the shape of ``rtt_ms``.
        """
        return self.km_per_ms_rtt * check_rtt(rtt_ms)

    def bounds_km(
        self, rtt_ms: npt.ArrayLike, landmark: LandmarkArray
    ) -> tuple[FloatArray, FloatArray]:
        """Zero and `radius_km`.

        Parameters
        ----------
        rtt_ms
            Round-trip times, ms.
        landmark
            Not looked at: light is the same everywhere.

        Returns
        -------
        tuple of numpy.ndarray
            Inner and outer radius, km, both of the shape of ``rtt_ms``.
        """
        outer = self.radius_km(rtt_ms)
        return np.zeros_like(outer), outer


SPEED_BOUNDS: Final[dict[str, SpeedBound]] = {
    name: SpeedBound(name, factor) for name, factor in KM_PER_MS_RTT.items()
}
"""Every named bound of `rttgeo.constants.KM_PER_MS_RTT` as a delay model."""

FIBRE: Final = SPEED_BOUNDS["fibre"]
TWO_THIRDS_C: Final = SPEED_BOUNDS["two-thirds-c"]
VACUUM: Final = SPEED_BOUNDS["vacuum"]


def speed_bound(name: str) -> SpeedBound:
    """Return a bound by its name, or a `NotThereError` that lists the names.

    Parameters
    ----------
    name
        A key of `rttgeo.constants.KM_PER_MS_RTT`.

    Returns
    -------
    SpeedBound
        The bound.
    """
    if name not in SPEED_BOUNDS:
        raise unknown_name("speed bound", name, SPEED_BOUNDS)
    return SPEED_BOUNDS[name]
