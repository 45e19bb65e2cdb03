"""`verify`: a verdict on each claim, with the evidence that it rests on."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from rttgeo import sphere
from rttgeo.auditing.report import audit
from rttgeo.auditing.violations import TOLERANCE_KM
from rttgeo.constants import EARTH_AREA_KM2, HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.errors import BadInputError
from rttgeo.estimators.api import locate_many
from rttgeo.estimators.estimate import Estimate
from rttgeo.mesh import Mesh
from rttgeo.typing import BoolArray, FloatArray, IntArray
from rttgeo.verification.claims import Claim

Word = Literal["impossible", "improbable", "consistent", "confirmed", "unknown"]
DEFAULT_LEVEL = 0.05
"""p-value under which a claim is called improbable: the usual one in twenty, so that one true claim
in twenty is called that where the method's levels hold."""
INDEPENDENT_KM = 50.0
"""Landmarks nearer to each other than this are one witness: often one operator, one mistake."""
TOLD_NOTHING = 0.04
"""A 95 % region of more than this share of the globe, a seventh of all land, refutes hardly
anything: *unknown*."""
STEPS = 12
"""Halvings in the search for a p-value: to 1/4096."""


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What the round-trip times say of one claim.

    Attributes
    ----------
    target, claim
        Whose claim, and what it says.
    verdict
        ``impossible``: a landmark's answer would have had to beat the bound. ``improbable``: the
        claim lies outside the region that holds such targets with probability ``1 - level``.
        ``confirmed``: the whole 95 % region lies inside the claim. ``unknown``: the round-trip
        times could hardly have told. ``consistent``: anything else.
    p_value
        Probability with which a target at the likeliest place of the claim lies as far outside
        the method's regions as it does; None where no method was asked or it gave no region.
    excess_km
        By how many km the claim, tolerance allowed, is beyond the reach of the landmark that is
        most against it; negative when it is within reach of all. None without a round-trip time.
    landmark, rtt_ms, distance_km
        That landmark, its round-trip time, and its distance from the nearest point of the claim.
    witnesses
        Independent landmarks (50 km apart) out of whose reach the claim is.
    note
        What else should be known, in words.
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

    def to_dict(self) -> dict[str, object]:
        """Turn it into plain values, ready for JSON.

        Returns
        -------
        dict[str, object]
            The fields by name.
        """
        return dataclasses.asdict(self)


class _Reach(NamedTuple):
    """How far a claim is beyond the reach of each landmark of its target, most against it first."""

    excess_km: FloatArray
    distance_km: FloatArray
    row: IntArray


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
    """Say of each claim whether the round-trip times allow it.

    The claimed place of a target is never used to learn from or to locate it: a target is located
    by what was learnt from others, itself and everything at its place left out.

    Parameters
    ----------
    mesh
        The measurements.
    claims
        About targets of the mesh; see `read_claims` and `declared_claims`.
    medium
        What no answer outruns: ``vacuum``, so that *impossible* is proof, or ``fibre``.
    level
        p-value under which a claim is improbable.
    tolerance_km
        How far landmark and claimed place together may be from where they are declared.
    quorum
        Independent landmarks (50 km apart) out of whose reach a claim must be to be impossible.
    audited
        Leave out landmarks that `rttgeo.audit` finds misplaced, and round-trip times that it finds
        impossible.

    Returns
    -------
    list of Verdict
        One a claim, in their order.

    Raises
    ------
    BadInputError
        For a level, a tolerance, a quorum or a medium out of range.
    """
    _check(medium, level, tolerance_km, quorum)
    usable = _usable_rows(mesh, {claim.target for claim in claims}, audited)
    reaches = [_reach(mesh, claim, usable, KM_PER_MS_RTT[medium], tolerance_km) for claim in claims]
    heard = list(
        dict.fromkeys(c.target for c, r in zip(claims, reaches, strict=True) if len(r.row))
    )
    found = dict(zip(heard, locate_many(mesh, heard), strict=True)) if heard else {}
    return [
        _verdict(mesh, claim, reach, found.get(claim.target), level, quorum, tolerance_km)
        for claim, reach in zip(claims, reaches, strict=True)
    ]


def _check(medium: str, level: float, tolerance_km: float, quorum: int) -> None:
    if medium not in ("vacuum", "fibre"):
        raise BadInputError(f"medium is {medium!r}, expected vacuum or fibre")
    if not 0 < level < 1:
        raise BadInputError(f"level is {level}, expected between 0 and 1")
    if not 0 <= tolerance_km < HALF_CIRCUMFERENCE_KM:
        raise BadInputError(f"tolerance_km is {tolerance_km}, expected 0 or more")
    if quorum < 1:
        raise BadInputError(f"quorum is {quorum}, expected 1 or more")


def _usable_rows(mesh: Mesh, claimed: set[str], audited: bool) -> BoolArray:
    """Rows of pairs that may speak against a claim: not those of landmarks found misplaced.

    A target that is a landmark too is not left out for its own claim's sake: that it may be
    misplaced is the question.
    """
    keep = np.ones(len(mesh.pairs), dtype=bool)
    if not audited or not mesh.has_truth:
        return keep
    seen = audit(mesh)
    bad = {finding.node for finding in seen.misplaced}
    keep &= ~mesh.landmarks.index.isin(bad)[mesh.pairs["landmark"].to_numpy()]
    names = mesh.targets.index.astype(str)
    wrong = seen.impossible["pair"].to_numpy(dtype=np.int64)
    # An impossible time of a target whose claim is asked about is what was to be found.
    of_others = ~names[mesh.pairs["target"].to_numpy()[wrong]].isin(list(claimed))
    keep[wrong[of_others]] = False
    return keep


def _reach(
    mesh: Mesh, claim: Claim, usable: BoolArray, km_per_ms: float, tolerance_km: float
) -> _Reach:
    number = mesh.target_number(claim.target)
    row = np.flatnonzero((mesh.pairs["target"].to_numpy() == number) & usable)
    landmark = mesh.pairs["landmark"].to_numpy()[row]
    lon, lat = (values[landmark] for values in mesh.landmark_lonlat)
    placed = np.isfinite(lon)
    row, lon, lat = row[placed], lon[placed], lat[placed]
    if not len(row):
        return _Reach(np.empty(0), np.empty(0), row)
    distance = claim.area.least_km(lon, lat)
    excess = distance - tolerance_km - km_per_ms * mesh.pairs["rtt_ms"].to_numpy()[row]
    order = np.argsort(-excess, kind="stable")
    return _Reach(excess[order], distance[order], row[order])


def _verdict(
    mesh: Mesh,
    claim: Claim,
    reach: _Reach,
    estimate: Estimate | None,
    level: float,
    quorum: int,
    tolerance_km: float,
) -> Verdict:
    if estimate is None:
        note = "no usable round-trip time"
        return Verdict(claim.target, claim.text, "unknown", None, None, None, None, None, 0, note)
    first, pairs = int(reach.row[0]), mesh.pairs
    witnesses = _witnesses(mesh, reach)
    p_value = _p_value(claim, estimate, tolerance_km)
    word, note = _word(claim, estimate, witnesses, p_value, level, quorum, tolerance_km)
    return Verdict(
        claim.target,
        claim.text,
        word,
        p_value,
        round(float(reach.excess_km[0]), 3),
        str(mesh.landmarks.index[pairs["landmark"].to_numpy()[first]]),
        float(pairs["rtt_ms"].to_numpy()[first]),
        round(float(reach.distance_km[0]), 3),
        witnesses,
        note,
    )


def _word(
    claim: Claim,
    estimate: Estimate,
    witnesses: int,
    p_value: float | None,
    level: float,
    quorum: int,
    tolerance_km: float,
) -> tuple[Word, str]:
    """The verdict, and what should be known of it."""
    if witnesses >= quorum:
        return "impossible", "it rests on one landmark alone" if witnesses == 1 else ""
    note = ""
    if witnesses:
        note = f"out of reach of {witnesses} of the {quorum} landmarks asked for"
    elif estimate.conflict:
        return "unknown", "its landmarks contradict each other: no one place answers them all"
    if p_value is not None and p_value < level:
        return "improbable", note or "no evidence against a target that delays its answers"
    if not estimate.has_region or estimate.area_km2 > TOLD_NOTHING * EARTH_AREA_KM2:
        return "unknown", note or "no landmark is near enough to tell"
    region = estimate.region
    if region and claim.area.holds(*region.grid.lonlat(region.cells()), 0.0).all():
        return "confirmed", note
    return "consistent", note


def _witnesses(mesh: Mesh, reach: _Reach) -> int:
    """Landmarks out of whose reach the claim is, those near each other counted once."""
    against = reach.row[reach.excess_km > 0]
    landmark = mesh.pairs["landmark"].to_numpy()[against]
    lon, lat = (values[landmark] for values in mesh.landmark_lonlat)
    kept: list[int] = []
    for one in range(len(landmark)):
        apart = sphere.distance_km(lon[one], lat[one], lon[kept], lat[kept])
        if not kept or (np.asarray(apart) > INDEPENDENT_KM).all():
            kept.append(one)
    return len(kept)


def _p_value(claim: Claim, estimate: Estimate, tolerance_km: float) -> float | None:
    """One less the level of the largest credible region that the claim does not touch.

    Regions grow with their level; where they are calibrated, a target lies outside the one of
    level q with probability 1 - q (`rttgeo evaluate` measures it), so this is a p-value.
    """
    if estimate.posterior is None:
        return None
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if _touches(claim, estimate, middle, tolerance_km):
            high = middle
        else:
            low = middle
    return math.floor((1 - low) * 10_000) / 10_000


def _touches(claim: Claim, estimate: Estimate, level: float, tolerance_km: float) -> bool:
    """Whether the credible region of a level comes within the tolerance of the claim."""
    region = estimate.credible_region(level)
    lon, lat = region.grid.lonlat(region.cells())
    margin_km = tolerance_km + region.grid.cell_radius_km
    return bool(claim.area.holds(lon, lat, margin_km).any())
