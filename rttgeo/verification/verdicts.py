"""`verify`: a verdict on each claim, with the evidence for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal, NamedTuple

from rttgeo.auditing.in_order import in_order
from rttgeo.auditing.violations import TOLERANCE_KM, Contradictions
from rttgeo.constants import EARTH_AREA_KM2, HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.errors import BadInputError
from rttgeo.estimators.api import locate_many
from rttgeo.estimators.estimate import Estimate
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Mesh
from rttgeo.verification.claims import Claim
from rttgeo.verification.power import Judge, Power, power
from rttgeo.verification.reach import Reach, trusted_pairs

Word = Literal["impossible", "improbable", "consistent", "confirmed", "unknown"]
DEFAULT_LEVEL = 0.05
"""p-value below which a claim is called improbable: the usual one in twenty, so that one true claim
in twenty is called improbable if the method's levels hold."""
TOLD_NOTHING = 0.04
"""A 95 % region larger than this share of the globe (a seventh of all land) refutes hardly
anything, so the verdict is *unknown*."""


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What the round-trip times say about one claim.

    Attributes
    ----------
    target, claim
        Id of the target, and what is claimed about it.
    verdict
        ``impossible``: an answer to a landmark would have been faster than the bound allows.
        ``improbable``: the claim lies outside the region that holds such targets with probability
        ``1 - level``. ``confirmed``: the whole 95 % region lies inside the claim. ``unknown``: the
        round-trip times are too uninformative to tell. ``consistent``: anything else.
    p_value
        Probability that a target at the most likely place of the claim lies at least as far out in
        the method's regions as the claim does; 0 if the claim is outside all of them, None if there
        are none or the landmarks contradict each other.
    excess_km
        How far the claim, after the tolerance, is beyond the reach of the landmark that contradicts
        it most, km; negative if it is within reach of all landmarks. None without a round-trip
        time.
    landmark, rtt_ms, distance_km
        That landmark, its round-trip time (ms), and its distance from the nearest point of the
        claim (km).
    witnesses
        Number of independent landmarks (at least 50 km apart) that cannot reach the claim.
    places
        Least number of places that the target answers from, if all answers are its own. With more
        than one, a claim is impossible only if none of the discs that prove them reaches it.
    proof
        Whether the verdict holds no matter what delay the target adds: true for an impossible
        claim, and for a confirmed one if light alone confines the target to it.
    """

    target: str
    claim: str
    verdict: Word
    p_value: float | None
    excess_km: float | None
    landmark: str | None
    rtt_ms: float | None
    distance_km: float | None
    witnesses: int
    note: str = ""
    power: tuple[Power, ...] = ()
    places: int = 1
    proof: bool = False

    def to_dict(self) -> dict[str, object]:
        """Convert to plain values, ready for JSON.

        Returns
        -------
        dict[str, object]
            The attributes by name; ``power`` is a list of ``km``, ``impossible``, ``seen``.
        """
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {**fields, "power": [one._asdict() for one in self.power]}


def verify(
    mesh: Mesh,
    claims: Sequence[Claim],
    *,
    medium: str = "vacuum",
    level: float = DEFAULT_LEVEL,
    tolerance_km: float = TOLERANCE_KM,
    quorum: int = 1,
    audited: bool = True,
) -> list[Verdict]:
    """Judge whether round-trip times allow each claim.

    The claimed place of a target is never used to locate it: what is learnt comes from other
    targets, without the target and everything at its place.

    Parameters
    ----------
    mesh
        The measurements.
    claims
        Claims about targets of the mesh; see `read_claims` and `declared_claims`.
    medium
        The speed that no answer can exceed: that of light in ``vacuum``, so that *impossible* is
        proof, or in ``fibre``.
    level
        p-value below which a claim is improbable.
    tolerance_km
        How far landmark and claimed place together may be from where they are declared, km.
    quorum
        Number of independent landmarks (at least 50 km apart) that must be unable to reach a claim
        to make it impossible.
    audited
        Leave out landmarks that the measurements of other targets contradict (`rttgeo.audit`, by
        light in fibre, without the target and anything at its stated place).

    Returns
    -------
    list of Verdict
        One verdict per claim, in their order.

    Raises
    ------
    BadInputError
        When the level, tolerance, quorum or medium is out of range.
    """
    _check(medium, level, tolerance_km, quorum)
    mesh = in_order(mesh).mesh
    found = Contradictions.of(mesh) if audited and mesh.has_truth else None
    asked = dict.fromkeys(claim.target for claim in claims)
    pairs = {target: trusted_pairs(mesh, target, found) for target in asked}
    heard = [target for target in asked if len(pairs[target].rtt_ms)]
    estimates = locate_many(mesh, heard, audit=audited) if heard else []
    cases = {
        target: _Case(judge, estimate, power(judge))
        for target, estimate in zip(heard, estimates, strict=True)
        for judge in [
            Judge.of(
                pairs[target], estimate, km_per_ms=KM_PER_MS_RTT[medium],
                tolerance_km=tolerance_km, quorum=quorum, level=level,
            )
        ]
    }  # fmt: skip
    return [_verdict(mesh, claim, cases.get(claim.target)) for claim in claims]


NO_TIME = "no round-trip time from a trustworthy landmark"
CONTRADICTION = "its landmarks contradict each other: no single place explains them all"
NONE_NEAR = "no landmark is near enough to tell"
BY_LIGHT = "light alone allows it no place outside the claim"
BY_REGION = (
    "judging by where its round-trip times place it; a target that delays its answers on purpose "
    "could cause this"
)


class _Case(NamedTuple):
    """The evidence about one target that its claims are tested against."""

    judge: Judge
    estimate: Estimate
    power: tuple[Power, ...]


def _check(medium: str, level: float, tolerance_km: float, quorum: int) -> None:
    if medium not in ("vacuum", "fibre"):
        raise BadInputError(f"medium is {medium!r}, expected vacuum or fibre")
    if not 0 < level < 1:
        raise BadInputError(f"level is {level}, expected between 0 and 1")
    if not 0 <= tolerance_km < HALF_CIRCUMFERENCE_KM:
        raise BadInputError(f"tolerance_km is {tolerance_km}, expected 0 or more")
    if quorum < 1:
        raise BadInputError(f"quorum is {quorum}, expected 1 or more")


def _verdict(mesh: Mesh, claim: Claim, case: _Case | None) -> Verdict:
    if case is None:
        return Verdict(
            claim.target, claim.text, "unknown", None, None, None, None, None, 0, NO_TIME
        )
    judge = case.judge
    reach = Reach.of(judge.pairs, claim.area, judge.km_per_ms, judge.tolerance_km)
    witnesses = reach.witnesses
    standing, tolerance_km = judge.standing, judge.tolerance_km
    p_value = None if standing is None else standing.p_value(claim.area, tolerance_km)
    word, note, proof = _word(claim, case, witnesses, p_value)
    return Verdict(
        claim.target,
        claim.text,
        word,
        p_value,
        round(float(reach.excess_km[0]), 3),
        str(mesh.landmarks.index[reach.pairs.landmark[0]]),
        float(reach.pairs.rtt_ms[0]),
        round(float(reach.distance_km[0]), 3),
        witnesses,
        note,
        case.power,
        max(len(judge.several), 1),
        proof,
    )


def _word(
    claim: Claim, case: _Case, witnesses: int, p_value: float | None
) -> tuple[Word, str, bool]:
    """The verdict, a remark on it, and whether it holds no matter what delay the target adds."""
    judge, estimate = case.judge, case.estimate
    if witnesses >= judge.quorum and judge.in_no_disc(claim.area):
        return "impossible", "it rests on one landmark alone" if witnesses == 1 else "", True
    note = ""
    if estimate.conflict or len(judge.several):
        return "unknown", CONTRADICTION, False
    if witnesses:
        note = (
            f"out of reach of {number_of(witnesses, 'independent landmark')}, and "
            f"{judge.quorum} are required"
        )
    if p_value is not None and p_value < judge.level:
        return (
            "improbable",
            note or "a target that delays its answers on purpose would look the same",
            False,
        )
    region = estimate.region if estimate.has_region else None
    if region and claim.area.holds(*region.grid.lonlat(region.cells()), 0.0).all():
        by_light = not witnesses and claim.area.covers(judge.within_reach())
        return "confirmed", note or (BY_LIGHT if by_light else BY_REGION), by_light
    if region is None or estimate.area_km2 > TOLD_NOTHING * EARTH_AREA_KM2:
        return "unknown", note or NONE_NEAR, False
    return "consistent", note, False
