"""`enumerate_instances`: how many places a target answers from, and where they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypedDict

import numpy as np

from rttgeo.anycast.doubts import Doubt, doubtful_landmarks
from rttgeo.anycast.packing import largest_disjoint, quorum_radii
from rttgeo.anycast.placing import Placed, place
from rttgeo.anycast.results import Enumeration, Instance, TargetInstances
from rttgeo.auditing.disjoint import disjoint_rows, two_places
from rttgeo.auditing.report import audit
from rttgeo.constants import HALF_CIRCUMFERENCE_KM, KM_PER_MS_RTT
from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh, check_mesh
from rttgeo.sphere import distance_km
from rttgeo.typing import FloatArray

MEDIA = ("fibre", "vacuum")
PLACE_KM = 20.0
"""Named places are centres of cities, so a place explains an answer even if it lies this far
outside the disc: a city with its suburbs. For root servers, values from 5 to 40 km make 86 to 83
true claims and 6 false ones (here and below, `python -m benchmarks.constants anycast`)."""
EXPLAINED = 0.05
"""An answer is also explained when some instance is in its disc with at least this probability, one
in twenty. From 0.01 to 0.2 this changes one claim."""
MAX_INFERRED_KM = 500.0
"""Discs of at least this radius cannot show a place of their own: they hold too much of a
continent. From 250 to 1,000 km this changes one claim."""

Watch = Callable[[Sequence[str]], Iterable[str]]


class _Options(TypedDict):
    medium: str
    quorum: int
    tolerance_km: float


class _Discs(NamedTuple):
    """Discs of one target, in order of radius."""

    landmark: tuple[str, ...]
    lon: FloatArray
    lat: FloatArray
    rtt_ms: FloatArray
    own_km: FloatArray
    """Radius of each landmark's own disc."""
    radius_km: FloatArray
    """Radius that holds the discs of as many landmarks as the quorum requires."""


def enumerate_instances(
    mesh: Mesh,
    targets: Sequence[str] | None = None,
    *,
    medium: str = "fibre",
    quorum: int = 1,
    tolerance_km: float = 0.0,
    audited: bool = True,
    watch: Watch = iter,
) -> Enumeration:
    """Tell for each target whether it answers from several places, how many, and where they are.

    Parameters
    ----------
    mesh
        The measurements; the declared places of the targets are used only by the audit.
    targets
        Ids of the targets; all by default.
    medium
        ``fibre``, or ``vacuum`` for a speed that nothing can exceed.
    quorum
        How many landmarks must support each place.
    tolerance_km
        How far a landmark may be from where it is declared, km; added to the radius of every disc.
    audited
        Whether to look for misplaced and doubtful landmarks and leave them out.
    watch
        Wrapper for the iteration over the ids of the anycast targets, such as a progress bar.

    Returns
    -------
    Enumeration

    Raises
    ------
    BadInputError
        When the medium is unknown, the quorum is below 1, or the tolerance is negative.
    NotThereError
        When there is no such target.

    Examples
    --------
    >>> import rttgeo
    >>> from rttgeo.anycast import enumerate_instances
    >>> mesh = rttgeo.open_dataset("azure-2026")
    >>> sum(one.anycast for one in enumerate_instances(mesh).targets)
    0
    """
    check_mesh(mesh)
    _check(medium, quorum, tolerance_km)
    names = list(map(str, mesh.targets.index)) if targets is None else list(targets)
    numbers = [mesh.target_number(name) for name in names]
    misplaced: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    if audited:
        mesh, misplaced = _audited(mesh)
        doubts = doubtful_landmarks(mesh)
        mesh = _without(mesh, [one.landmark for one in doubts])
    rows = disjoint_rows(mesh, medium=medium, tolerance_km=tolerance_km)
    several = [name for name, number in zip(names, numbers, strict=True) if rows[number, 0] >= 0]
    options: _Options = {"medium": medium, "quorum": quorum, "tolerance_km": tolerance_km}
    found = {name: instances_of(mesh, name, **options) for name in watch(several)}
    everything = tuple(found.get(name) or _in_one_place(mesh, name, **options) for name in names)
    return Enumeration(
        mesh.provenance.name, medium, quorum, tolerance_km, everything, misplaced, doubts
    )


def instances_of(
    mesh: Mesh, target: str, *, medium: str = "fibre", quorum: int = 1, tolerance_km: float = 0.0
) -> TargetInstances:
    """Find the places that one target answers from; landmarks are not audited.

    Parameters
    ----------
    mesh, medium, quorum, tolerance_km
        As for `enumerate_instances`.
    target
        Id of the target.

    Returns
    -------
    TargetInstances
        Proven and inferred instances, and two landmarks that prove that there are several.

    Notes
    -----
    The proven instances are the largest set of discs that are pairwise disjoint
    (`rttgeo.anycast.packing`); each is placed in its disc (`rttgeo.anycast.placing`). Then, as in
    iGreedy, each landmark whose answer none of these places explains gets an instance of its own,
    the quickest landmark first, until all answers are explained: these instances are inferred, not
    proven.
    """
    check_mesh(mesh)
    _check(medium, quorum, tolerance_km)
    discs = _discs(mesh, target, KM_PER_MS_RTT[medium], quorum, tolerance_km)
    pair = two_places(discs.lon, discs.lat, discs.radius_km)
    if pair is None:
        return _unicast(target, discs)
    packing = largest_disjoint(discs.lon, discs.lat, discs.radius_km)
    proven = [int(number) for number in packing.discs]
    placed = [place(discs.lon[i], discs.lat[i], discs.radius_km[i]) for i in proven]
    inferred = _inferred(discs, placed)
    chosen = proven + [number for number, _ in inferred]
    placed += [where for _, where in inferred]
    counts = _assigned(discs, placed)
    alone = [*_alone(discs, proven), *(n <= 1 for n in counts[len(proven) :])]
    instances = tuple(
        _instance(discs, i, where, row < len(proven), counts[row], alone[row])
        for row, (i, where) in enumerate(zip(chosen, placed, strict=True))
    )
    return TargetInstances(
        target, True, len(proven), packing.at_most, instances,
        tuple(discs.landmark[i] for i in pair), _single_witness(discs, pair), len(discs.landmark),
    )  # fmt: skip


def _audited(mesh: Mesh) -> tuple[Mesh, tuple[str, ...]]:
    """The mesh without misplaced landmarks and their impossible RTTs, and their ids.

    Impossible RTTs are kept if they are more common for the target than for the landmark: a target
    that is declared in one place but answers from several has them. If they are more common for the
    landmark, something beside it answered for others.
    """
    if not mesh.has_truth:
        return mesh, ()
    found = audit(mesh)
    misplaced = tuple(one.node for one in found.misplaced)
    keep = np.ones(len(mesh), dtype=bool)
    keep[found.impossible["pair"].to_numpy(dtype=np.int64)] = False
    share = {}
    for side, table in (("landmark", mesh.landmarks), ("target", mesh.targets)):
        end = mesh.pairs[side].to_numpy()
        count = np.bincount(end, minlength=len(table))
        share[side] = (np.bincount(end, ~keep, len(table)) / np.maximum(count, 1))[end]
    keep |= share["target"] > share["landmark"]
    return _without(mesh.where(keep), misplaced), misplaced


def _without(mesh: Mesh, landmarks: Sequence[str]) -> Mesh:
    out = mesh.landmarks.index.isin(list(landmarks))
    return mesh.where(~out[mesh.pairs["landmark"].to_numpy()]) if out.any() else mesh


def _check(medium: str, quorum: int, tolerance_km: float) -> None:
    if medium not in MEDIA:
        raise BadInputError(f"medium is {medium!r}, expected one of {', '.join(MEDIA)}")
    if quorum < 1:
        raise BadInputError(f"quorum is {quorum}, expected 1 or more")
    if not tolerance_km >= 0:
        raise BadInputError(f"tolerance_km is {tolerance_km}, expected 0 or more")


def _discs(mesh: Mesh, target: str, speed: float, quorum: int, tolerance_km: float) -> _Discs:
    pairs = mesh.of_target(target)
    own = np.minimum(speed * pairs.rtt_ms + tolerance_km, HALF_CIRCUMFERENCE_KM)
    reach = np.minimum(quorum_radii(pairs.lon, pairs.lat, own, quorum), HALF_CIRCUMFERENCE_KM)
    order = np.argsort(reach, kind="stable")
    names = mesh.landmarks.index.to_numpy()[pairs.landmark[order]]
    return _Discs(
        tuple(map(str, names)), pairs.lon[order], pairs.lat[order], pairs.rtt_ms[order],
        own[order], reach[order],
    )  # fmt: skip


def _in_one_place(
    mesh: Mesh, target: str, *, medium: str, quorum: int, tolerance_km: float
) -> TargetInstances:
    """The result for a target whose discs are known to overlap pairwise."""
    return _unicast(target, _discs(mesh, target, KM_PER_MS_RTT[medium], quorum, tolerance_km))


def _unicast(target: str, discs: _Discs) -> TargetInstances:
    """One place, in the smallest disc, which explains all landmarks; none without landmarks."""
    n = len(discs.landmark)
    if not n:
        return TargetInstances(target, False, 0, 0, ())
    where = place(discs.lon[0], discs.lat[0], discs.radius_km[0])
    only = _instance(discs, 0, where, True, n, n == 1)
    return TargetInstances(target, False, 1, 1, (only,), n_landmarks=n)


def _inferred(discs: _Discs, placed: list[Placed]) -> list[tuple[int, Placed]]:
    """Instances for landmarks whose answers no place explains, smallest disc first."""
    places = list(placed)
    found: list[tuple[int, Placed]] = []
    for i in np.flatnonzero(discs.radius_km <= MAX_INFERRED_KM).tolist():
        lon, lat, radius = discs.lon[i], discs.lat[i], discs.radius_km[i]
        far = distance_km(lon, lat, [p.lon for p in places], [p.lat for p in places])
        if (far <= radius + PLACE_KM).any():
            continue
        if max(p.share_within(lon, lat, radius) for p in places) >= EXPLAINED:
            continue
        places.append(place(lon, lat, radius))
        found.append((i, places[-1]))
    return found


def _assigned(discs: _Discs, placed: list[Placed]) -> list[int]:
    """How many landmarks each place explains: each counts for the nearest place in its disc."""
    if not placed or not len(discs.landmark):
        return [0] * len(placed)
    far = np.stack([distance_km(p.lon, p.lat, discs.lon, discs.lat) for p in placed], axis=1)
    nearest = np.argmin(far, axis=1)
    held = far.min(axis=1) <= discs.own_km + PLACE_KM
    return [int(n) for n in np.bincount(nearest[held], minlength=len(placed))]


def _alone(discs: _Discs, proven: list[int]) -> list[bool]:
    """Whether only one landmark's own disc is disjoint from all other proven discs."""
    i = np.array(proven, dtype=np.int64)
    far = distance_km(discs.lon[i, None], discs.lat[i, None], discs.lon[None], discs.lat[None])
    # The landmarks whose discs overlap this proven disc, and no other, support it.
    meets = far <= discs.radius_km[i, None] + discs.own_km[None]
    single = meets.sum(axis=0) == 1
    behind = (meets & single).sum(axis=1)
    return [bool(n <= 1) for n in behind]


def _single_witness(discs: _Discs, pair: tuple[int, int]) -> str | None:
    """Name the landmark without which all discs overlap pairwise, if there is one."""
    for number in pair:
        rest = np.arange(len(discs.landmark)) != number
        if two_places(discs.lon[rest], discs.lat[rest], discs.radius_km[rest]) is None:
            return discs.landmark[number]
    return None


def _instance(
    discs: _Discs, i: int, where: Placed, proven: bool, landmarks: int, alone: bool
) -> Instance:
    return Instance(
        where.lon, where.lat, where.city, where.country, where.probability, discs.landmark[i],
        float(discs.lon[i]), float(discs.lat[i]), float(discs.rtt_ms[i]),
        float(discs.radius_km[i]), proven, landmarks, alone,
    )  # fmt: skip
