"""What a measurement would take: probes, packets and credits, within the limits of RIPE Atlas."""

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
from rttgeo.machine.counting import number_of
from rttgeo.measuring.rounds import AREA_KM2, EACH, FIRST, Goal
from rttgeo.sources.atlas_probes import Probe

CREDITS = 600
"""Credits for a hundred answers: what the host of one probe earns in forty minutes."""


@dataclasses.dataclass(frozen=True)
class Cost:
    """What some pings cost.

    Attributes
    ----------
    probes, packets, credits
        Number of probes that ping, packets that they send, and credits that their answers cost.
    """

    probes: int
    packets: int
    credits: int

    @classmethod
    def of(cls, probes: int, packets: int) -> Cost:
        """Compute the cost.

        Parameters
        ----------
        probes
            Number of probes that ping once.
        packets
            Packets per ping.

        Returns
        -------
        Cost
            The cost if all answer; a probe without an answer costs nothing.
        """
        return cls(probes, probes * packets, probes * credits_a_probe(packets))

    def __str__(self) -> str:
        return (
            f"{number_of(self.probes, 'probe')}, {number_of(self.packets, 'packet')}, "
            f"{number_of(self.credits, 'credit')}"
        )


def goal_within(
    credits: int = CREDITS,
    packets: int = PACKETS,
    *,
    area_km2: float = AREA_KM2,
    first: int = FIRST,
    each: int = EACH,
) -> Goal:
    """Make a goal that stays within some credits.

    Parameters
    ----------
    credits
        Credits that may be spent in total.
    packets
        Packets per ping. area_km2 A region of at most this area is small enough, km².
    first, each
        Number of probes in the first round, and in each further one.

    Returns
    -------
    Goal
        A goal within these credits and within the results allowed per day.

    Raises
    ------
    BadInputError
        When the credits do not suffice for one probe, or a round exceeds the probes allowed per
        measurement.
    """
    most = min(credits // credits_a_probe(packets), MOST_RESULTS_A_DAY)
    if most < 1:
        raise BadInputError(
            f"{number_of(credits, 'credit', 'is')} too few: "
            f"one ping of {number_of(packets, 'packet')} costs "
            f"{credits_a_probe(packets)}"
        )
    if max(first, each) > MOST_PROBES:
        raise BadInputError(
            f"{number_of(max(first, each), 'probe')} in a round, but RIPE Atlas allows {MOST_PROBES:,} per "
            "measurement"
        )
    return Goal(area_km2=area_km2, most=most, first=first, each=each)


@dataclasses.dataclass(frozen=True, eq=False)
class RoundPlan:
    """A plan for the next round.

    Attributes
    ----------
    number
        Number of the round, from 1.
    probes
        The probes that would ping.
    cost
        Cost of this round.
    most
        Largest cost of all rounds together.
    document
        The request that would be sent to RIPE Atlas.
    """

    number: int
    probes: Sequence[Probe]
    cost: Cost
    most: Cost
    document: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Convert to plain values, ready for JSON.

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
