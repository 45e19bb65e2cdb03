"""What to do where round-trip times cannot decide about a claim."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rttgeo.verification.verdicts import Verdict


def next_steps(rows: Sequence[Verdict]) -> list[str]:
    """Say what to do about verdicts that tell nothing.

    Parameters
    ----------
    rows
        All verdicts.

    Returns
    -------
    list of str
        A sentence for each reason why a verdict is unknown, the same for all claims.
    """
    from rttgeo.verification.verdicts import CONTRADICTION, NO_TIME

    steps = {
        NO_TIME: "measure from landmarks whose places are known, and verify again with their times",
        CONTRADICTION: (
            "`rttgeo explain PAIRS TARGET` lists the landmarks that contradict each other, `rttgeo audit "
            "PAIRS` finds those that are misplaced, and `rttgeo anycast PAIRS` tells whether the target "
            "answers from several places"
        ),
    }
    near = (
        "measure from near the claimed place, add the times, and verify again; `rttgeo next PAIRS "
        "TARGET` lists places to measure from"
    )
    reasons = dict.fromkeys(one.note for one in rows if one.verdict == "unknown")
    return [f"What to do next: {steps.get(reason, near)}." for reason in reasons]
