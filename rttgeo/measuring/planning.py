"""What measuring would take: probes, packets, credits, within what RIPE Atlas allows."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from rttgeo.atlas.orders import (
    MOST_PROBES,
    MOST_RESULTS_A_DAY,
    PACKETS,
    credits_a_probe,
)
from rttgeo.errors import BadInputError
from rttgeo.measuring.rounds import AREA_KM2, EACH, FIRST, Goal
from rttgeo.sources.atlas_probes import Probe

CREDITS = 600
"""A hundred answers: what the host of one probe earns in forty minutes."""


@dataclasses.dataclass(frozen=True)
class Cost:
    """What some pings cost.

    Attributes
    ----------
    probes, packets, credits
        Probes that ping, packets they send, credits that their answers cost.
    """

    probes: int
    packets: int
    credits: int

    @classmethod
    def of(cls, probes: int, packets: int) -> Cost:
        """Work it out.

        Parameters
        ----------
        probes
            How many ping once.
        packets
            Of each ping.

        Returns
        -------
        Cost
            If all answer; a probe without an answer costs nothing.
        """
        return cls(probes, probes * packets, probes * credits_a_probe(packets))

    def __str__(self) -> str:
        return f"{self.probes:,} probes, {self.packets:,} packets, {self.credits:,} credits"


def goal_within(
    credits: int = CREDITS,
    packets: int = PACKETS,
    *,
    area_km2: float = AREA_KM2,
    first: int = FIRST,
    each: int = EACH,
) -> Goal:
    """Say how far to go with some credits.

    Parameters
    ----------
    credits
        That may be spent in all.
    packets
        Of each ping.
    area_km2
        A region of at most this area is small enough, km².
    first, each
        Probes of the first round, and of each further one.

    Returns
    -------
    Goal
        Within the credits, and the results of one day.

    Raises
    ------
    BadInputError
        When the credits do not do for one probe, or a round has more than a measurement may.
    """
    most = min(credits // credits_a_probe(packets), MOST_RESULTS_A_DAY)
    if most < 1:
        raise BadInputError(
            f"{credits} credits are too few: one ping of {packets} packets costs "
            f"{credits_a_probe(packets)}"
        )
    if max(first, each) > MOST_PROBES:
        raise BadInputError(
            f"{max(first, each):,} probes in a round, and RIPE Atlas allows {MOST_PROBES:,} a "
            "measurement"
        )
    return Goal(area_km2=area_km2, most=most, first=first, each=each)


@dataclasses.dataclass(frozen=True, eq=False)
class RoundPlan:
    """The next round.

    Attributes
    ----------
    number
        From 1.
    probes
        That would ping.
    cost
        Of this round.
    most
        Of all rounds together, at the most.
    document
        What would be sent to RIPE Atlas.
    """

    number: int
    probes: Sequence[Probe]
    cost: Cost
    most: Cost
    document: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Turn it into plain values, ready for JSON.

        Returns
        -------
        dict
            ``round``, ``probes``, ``cost``, ``at_most``, ``order``.
        """
        return {
            "round": self.number,
            "probes": [dataclasses.asdict(one) for one in self.probes],
            "cost": dataclasses.asdict(self.cost),
            "at_most": dataclasses.asdict(self.most),
            "order": self.document,
        }
