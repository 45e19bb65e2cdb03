"""How far out in an estimate's regions a claim lies, as a p-value."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from rttgeo import sphere
from rttgeo.cells.any_posterior import AnyPosterior
from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.estimators.estimate import Estimate
from rttgeo.kernels.points import first_touched
from rttgeo.typing import BoolArray, FloatArray
from rttgeo.verification.areas import Area


@dataclasses.dataclass(frozen=True, eq=False)
class Standing:
    """The pieces of a posterior in the order in which its regions include them, densest first.

    Attributes
    ----------
    points
        Centres, unit vectors, shape (n, 3).
    radius_km
        How far each piece extends from its centre, km, shape (n,).
    before
        Level of the largest region that does not include the piece, shape (n,), rising from 0.
    """

    points: FloatArray
    radius_km: FloatArray
    before: FloatArray

    @classmethod
    def of(cls, posterior: AnyPosterior) -> Standing:
        """Put the pieces of a posterior in order.

        Parameters
        ----------
        posterior
            A posterior of any method.

        Returns
        -------
        Standing
            Its pieces in order.
        """
        order = posterior.by_density
        share = posterior.promised[order]
        before = np.concatenate([[0.0], np.cumsum(share)[:-1]])
        return cls(posterior.centres(order), posterior.radius_km[order], before)

    def p_value(self, area: Area, tolerance_km: float) -> float:
        """Compute 1 minus the level of the largest region that an area does not touch.

        Regions grow with their level. If they are calibrated, a target lies outside the region of
        level q with probability 1 - q, so this is a p-value (``rttgeo evaluate`` measures the
        levels, ``benchmarks/verification.py`` the p-values).

        Parameters
        ----------
        area
            Area of the claim.
        tolerance_km
            How far the claimed place may be off, km.

        Returns
        -------
        float
            1 for an area that touches the densest piece, 0 for one that touches none; rounded
            down to a ten-thousandth.
        """
        lon, lat = sphere.directions(self.points)
        touched = area.holds(lon, lat, self.radius_km + tolerance_km)
        if not touched.any():
            return 0.0
        return math.floor((1 - float(self.before[np.argmax(touched)])) * 10_000) / 10_000

    def outside(
        self, lon: FloatArray, lat: FloatArray, tolerance_km: float, level: float
    ) -> BoolArray:
        """Find the places whose p-value is below a level.

        Parameters
        ----------
        lon, lat
            Places, degrees, shape (m,).
        tolerance_km
            As for `p_value`.
        level
            The level, above 0 and below 1.

        Returns
        -------
        BoolArray
            Mask, shape (m,).
        """
        inside = int(np.searchsorted(self.before, 1 - level, side="right"))
        reach = (self.radius_km[:inside] + tolerance_km) / EARTH_RADIUS_KM
        first = np.empty(len(lon), dtype=np.int64)
        cosine = np.cos(np.minimum(reach, np.pi))
        first_touched(sphere.unit_vectors(lon, lat), self.points[:inside], cosine, first)
        found: BoolArray = first == inside
        return found


def standing_of(estimate: Estimate) -> Standing | None:
    """Get the regions of an estimate, if they say anything.

    Parameters
    ----------
    estimate
        An estimate by any method.

    Returns
    -------
    Standing or None
        None without a posterior, or if its landmarks contradict each other.
    """
    if estimate.posterior is None or estimate.conflict:
        return None
    return Standing.of(estimate.posterior)
