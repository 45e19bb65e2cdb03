"""Results of an assessment: of a mesh under attack, and of each mitigation."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import numpy as np

from rttgeo.mesh import Mesh
from rttgeo.privacy.cases import Case
from rttgeo.privacy.clues import Observed, observed_of
from rttgeo.privacy.intervals import intervals
from rttgeo.privacy.law import DelayLaw
from rttgeo.privacy.laws import Laws
from rttgeo.privacy.mechanism import Mechanism
from rttgeo.privacy.metrics import Exposure, exposed_counts, mean_metrics, resampled
from rttgeo.privacy.mitigation import Mitigation
from rttgeo.privacy.protocol import PlacePrior
from rttgeo.privacy.recommending import Advice, recommend
from rttgeo.privacy.sanitising import Published, sanitise
from rttgeo.typing import IntArray

WORST: Final = 5
"""Number of targets named as the worst cases."""


@dataclasses.dataclass(frozen=True)
class Assessment:
    """What a mesh reveals.

    Attributes
    ----------
    mesh
        The measurements.
    laws, prior
        What the attacker assumes; each law of delays was learnt without the targets attacked with
        it.
    published_by
        The mechanism that, according to its metadata, was already applied to the table.
    targets
        Row numbers of the attacked targets, in the order of
        `rttgeo.privacy.clues.sampled_targets`, which is not that of the table.
    cases
        The attack on each of them.
    certain
        Number of targets, by size, whose smallest circle of light in fibre is no larger: no model
        is needed to expose them.
    mitigations
        What each mechanism achieves on a sample of ``sample`` targets; the first entry is no
        mechanism at all, on the same sample.
    sample
        Number of targets in the sample.
    database
        What an IP geolocation database reveals, if a table was given.
    notes
        What a publisher should know besides the numbers.
    shown
        What a mechanism published of the mesh, if only that was attacked.
    """

    mesh: Mesh
    laws: Laws
    prior: PlacePrior
    published_by: Mechanism
    targets: IntArray
    cases: tuple[Case, ...]
    certain: dict[str, int]
    mitigations: tuple[Mitigation, ...]
    sample: int
    database: dict[str, Any] | None
    notes: tuple[str, ...]
    shown: Published | None = None

    @property
    def found(self) -> list[Exposure]:
        """What each target reveals."""
        return [case.found for case in self.cases]

    @property
    def exposed(self) -> dict[str, int]:
        """Number of targets, by size, whose place is more likely guessed right than wrong."""
        return exposed_counts(self.found)

    @property
    def metrics(self) -> dict[str, float]:
        """Means of the metrics over the targets."""
        return mean_metrics(self.found)

    @property
    def intervals(self) -> dict[str, list[float]]:
        """Limits between which 95 % of resamples of the targets lie, by metric."""
        return intervals(resampled(self.found))

    @property
    def generic(self) -> bool:
        """Whether the attacker's delays are generic, because too few places are known."""
        return any(law.learnt == DelayLaw.learnt for law in self.laws.every)

    @property
    def advice(self) -> Advice:
        """Whether and how to publish."""
        return recommend(
            self.exposed,
            len(self.cases),
            self.mitigations,
            self.sample,
            generic=self.generic,
            stated=self.stated_places > 0,
        )

    @property
    def readable(self) -> Mesh:
        """What its readers have: the mesh, or what the mechanism published of it, by true names."""
        if self.shown is None:
            return self.mesh
        return sanitise(self.mesh, self.published_by, shown=self.shown)

    @property
    def stated_places(self) -> int:
        """Number of attacked targets that are landmarks too: the table gives their places."""
        names = set(map(str, self.mesh.landmarks.index))
        return sum(str(self.mesh.targets.index[target]) in names for target in self.targets)

    def worst(self, most: int = WORST) -> list[dict[str, Any]]:
        """List the targets that reveal the most.

        Parameters
        ----------
        most
            How many to list.

        Returns
        -------
        list of dict
            ``target``, ``p_city``, ``p_region``, ``expected_error_km``, ``lowest_rtt_ms``, ``lon``
            and ``lat`` of the best guess (degrees), ``country``; smallest expected error first.
        """
        order = np.argsort([one.expected_error_km for one in self.found], kind="stable")[:most]
        return [self._named(int(row)) for row in order]

    def _named(self, row: int) -> dict[str, Any]:
        one, target = self.found[row], int(self.targets[row])
        return {
            "target": str(self.mesh.targets.index[target]),
            "lowest_rtt_ms": _lowest_ms(observed_of(self.mesh, target, shown=self.shown)),
            "expected_error_km": one.expected_error_km,
            "p_city": one.p_size["city"],
            "p_region": one.p_size["region"],
            "p_country": one.p_country,
            "country": one.country,
            "guess": {"lon": one.lon, "lat": one.lat},
        }

    def checked(self) -> dict[str, Any] | None:
        """Compare what the attacker expects with the places that the table states.

        Returns
        -------
        dict or None
            ``targets`` (number with a known place), ``error_km`` (mean), ``city``, ``region`` and
            ``country`` (shares guessed right), ``within_95`` (share of true places in the 95 %
            region). None if no place is known.
        """
        known = [case.truth for case in self.cases if case.truth is not None]
        if not known:
            return None
        return {
            "targets": len(known),
            "error_km": float(np.mean([one.error_km for one in known])),
            "city": float(np.mean([one.in_city for one in known])),
            "region": float(np.mean([one.in_region for one in known])),
            "country": float(np.mean([one.in_country for one in known])),
            "within_95": float(np.mean([one.level <= 0.95 for one in known])),
        }

    def to_dict(self) -> dict[str, Any]:
        """Convert to plain values, as ``rttgeo privacy --json`` writes them.

        Returns
        -------
        dict
            ``mesh``, ``targets``, ``exposed``, ``metrics``, ``mitigations`` and more.
        """
        advice = self.advice
        return {
            "mesh": self.mesh.provenance.name,
            "kind": self.mesh.provenance.kind,
            "targets": len(self.cases),
            "exposed": self.exposed,
            "exposed_for_certain": self.certain,
            "stated_places": self.stated_places,
            "metrics": {
                **self.metrics,
                "worst_p_city": max(one.p_size["city"] for one in self.found),
                "worst_expected_error_km": min(one.expected_error_km for one in self.found),
            },
            "intervals": self.intervals,
            "published_by": {
                "mechanism": self.published_by.name,
                "parameter": self.published_by.parameter,
            },
            "attacker": {
                "prior": self.prior.name,
                "law": self.laws.learnt,
                "scale": float(np.mean([one.scale for one in self.laws.every])),
                "shared": float(np.mean([one.shared for one in self.laws.every])),
                "tolerance_km": self.laws.every[0].tolerance_km,
            },
            "checked": self.checked(),
            "worst": self.worst(),
            "mitigations": [one.to_dict() for one in self.mitigations],
            "mitigation_targets": self.sample,
            "dominated": {_identified(a): _identified(b) for a, b in advice.dominated.items()},
            "recommendation": advice.to_dict(),
            "database": self.database,
            "notes": list(self.notes),
        }


def _lowest_ms(seen: Observed) -> float:
    """Infinite where everything was withheld."""
    return float(np.nanmin(seen.published_ms, initial=np.inf))


def _identified(way: Mechanism) -> str:
    """A mechanism and its parameter, by the names that programs give to `rttgeo sanitise`."""
    return way.name if way.name == "none" else f"{way.name} {way.parameter:g} {way.unit}"
