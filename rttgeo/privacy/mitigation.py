"""How much privacy and utility one mechanism leaves, against one attacker."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from rttgeo.privacy.intervals import intervals
from rttgeo.privacy.mechanism import Mechanism
from rttgeo.typing import FloatArray

NOT_RESAMPLED: Final[Mapping[str, FloatArray]] = MappingProxyType({})


class Mitigation(NamedTuple):
    """One mechanism against an attacker.

    Attributes
    ----------
    mechanism
        The mechanism.
    attacker
        ``optimal`` (knows the mechanism) or ``naive`` (takes what is published at face value).
    metrics
        As from `rttgeo.privacy.metrics.mean_metrics`, with ``worst_p_city`` and
        ``geo_indistinguishability_per_km`` (None for none).
    exposed
        Number of exposed targets, by size.
    utility
        As from `rttgeo.privacy.utility.utility`.
    resamples
        Metrics on resamples, from `rttgeo.privacy.metrics.resampled`.
    """

    mechanism: Mechanism
    attacker: str
    metrics: dict[str, float | None]
    exposed: dict[str, int]
    utility: dict[str, float | None]
    resamples: Mapping[str, FloatArray] = NOT_RESAMPLED

    def to_dict(self) -> dict[str, Any]:
        """Convert to plain values.

        Returns
        -------
        dict
            Values as in the JSON of the report.
        """
        return {
            "mechanism": self.mechanism.name,
            "parameter": self.mechanism.parameter if self.mechanism.name != "none" else None,
            "unit": self.mechanism.unit,
            "attacker": self.attacker,
            "metrics": self.metrics,
            "intervals": intervals(self.resamples),
            "exposed": self.exposed,
            "utility": self.utility,
        }
