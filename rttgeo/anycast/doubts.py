"""Landmarks that several services contradict, even though the places of the services are unknown.

An answer within a millisecond means that the service is right beside the landmark. If it is, other
landmarks nearby should get quick answers from that service too. A single service may have a site
that only one landmark reaches. But when a landmark sees several independent services beside itself
and no neighbour sees any of them nearby, then the landmark is not where it is declared, or a
middlebox on its path answers for others.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.mesh import Mesh, check_mesh
from rttgeo.sphere import distance_km
from rttgeo.typing import FloatArray, IntArray

NEAR_KM = 150.0
"""Landmarks within this distance are neighbours, and an answer counts as near when the service must
be within it. For root servers, half and twice this distance find as many true places, with 13 and 9
false ones instead of 6 (`python -m benchmarks.constants anycast`)."""
ALPHA = 0.05
"""Probability that any landmark of a mesh is doubted although all are well placed."""
LEAST_COMMON = 20
ALIKE = 1.1
ALIKE_SHARE = 0.4
"""Two targets count as one service (two addresses of one operator in the same places) when this
share of at least `LEAST_COMMON` landmarks that measured both has delays within a tenth of each
other. For root servers, half and twice the tenth, and shares of 0.2 to 0.6, give the same result
(`benchmarks.constants`)."""
MAX_TARGETS = 300
"""Targets are compared pairwise; if there are more than this, those with the most near answers
suffice."""


@dataclasses.dataclass(frozen=True)
class Doubt:
    """A landmark that sees several services beside itself although no neighbour sees them nearby.

    Attributes
    ----------
    landmark
        Id of the landmark.
    lon, lat
        Its declared place, degrees.
    services
        Independent services that it sees nearby (the first target of each).
    highest_rtt_ms
        The largest of its RTTs to them, ms.
    lead_ms
        By how much every neighbour is slower than its distance explains, at least, ms.
    p_value
        Probability of this for a landmark that is where it is declared, times the number of
        landmarks tested (Bonferroni).
    """

    landmark: str
    lon: float
    lat: float
    services: tuple[str, ...]
    highest_rtt_ms: float
    lead_ms: float
    p_value: float

    def to_dict(self) -> dict[str, object]:
        """Convert to plain values, ready for JSON.

        Returns
        -------
        dict[str, object]
            The attributes by name.
        """
        return {**dataclasses.asdict(self), "services": list(self.services)}


def doubtful_landmarks(mesh: Mesh, *, alpha: float = ALPHA) -> tuple[Doubt, ...]:
    """Find landmarks that see several services beside themselves although no neighbour does.

    Parameters
    ----------
    mesh
        The measurements; the places of the targets are not used.
    alpha
        Chance that any landmark is doubted though all are well placed.

    Returns
    -------
    tuple of Doubt
        Most certain first.

    Notes
    -----
    For a near answer (the service must be within `NEAR_KM`), the *lead* is the minimum, over
    landmarks j within `NEAR_KM` that measured the same target, of

        rtt_j − rtt − d_j / v        (v: light in fibre, d_j: distance of j)

    Its p-value is its rank among the leads of other landmarks with half to twice as many
    neighbours, so nothing is assumed about last miles or about the share of local sites. Among
    several targets of one service, the least unusual counts. If the k services of a landmark are
    independent, their largest p-value p has probability pᵏ; that, times the number of landmarks
    with two or more services, is compared with ``alpha``.
    """
    check_mesh(mesh)
    table = _with_p_values(_near_answers(mesh))
    by_service = table.sort_values("p", kind="stable").groupby(["landmark", "service"]).tail(1)
    asked = by_service.groupby("landmark").agg(
        k=("p", "size"), p=("p", "max"), lead=("lead", "min"), rtt=("rtt", "max")
    )
    asked = asked[asked["k"] >= 2]
    asked["chance"] = np.minimum(asked["p"] ** asked["k"] * len(asked), 1.0)
    found = asked[(asked["chance"] <= alpha) & (asked["lead"] > 0)]
    lon, lat = mesh.landmark_lonlat
    names, targets = mesh.landmarks.index, mesh.targets.index
    return tuple(
        Doubt(
            str(names[row.Index]), float(lon[row.Index]), float(lat[row.Index]),
            tuple(str(targets[s]) for s in _services(by_service, row.Index)),
            float(row.rtt), float(row.lead), float(row.chance),
        )
        for row in found.sort_values("chance", kind="stable").itertuples()
    )  # fmt: skip


def _services(table: pd.DataFrame, landmark: int) -> list[int]:
    return sorted(table.loc[table["landmark"] == landmark, "service"].tolist())


def same_service(mesh: Mesh) -> IntArray:
    """Identify the service of each target by the first target that answers in the same way.

    Parameters
    ----------
    mesh
        The measurements, with the places of landmarks and targets.

    Returns
    -------
    numpy.ndarray
        Number of that target, shape (n_targets,).
    """
    delays = np.full((len(mesh.targets), len(mesh.landmarks)), np.nan)
    pairs = mesh.pairs
    delays[pairs["target"], pairs["landmark"]] = np.log(pairs["rtt_ms"])
    service = np.arange(len(delays))
    for target in range(1, len(delays)):
        off = np.abs(delays[:target] - delays[target])
        common = np.isfinite(off).sum(axis=1)
        alike = (off < np.log(ALIKE)).sum(axis=1)
        same = (common >= LEAST_COMMON) & (alike > ALIKE_SHARE * common)
        if same.any():
            service[target] = service[int(np.argmax(same))]
    return service


def _near_answers(mesh: Mesh) -> pd.DataFrame:
    """Make one row per near answer with neighbours: landmark, service, rtt, neighbours, lead."""
    speed = KM_PER_MS_RTT["fibre"]
    near_ms = NEAR_KM / speed
    rtt_all = mesh.pairs["rtt_ms"].to_numpy()
    # Only targets with near answers are compared: no others can cast doubt on a landmark.
    count = np.bincount(mesh.pairs["target"].to_numpy()[rtt_all <= near_ms], minlength=1)
    some = np.sort(np.argsort(-count, kind="stable")[: min(MAX_TARGETS, (count > 0).sum())])
    service = _services_of(mesh, some)
    rows = []
    for target in some:
        pairs = mesh.of_target(int(target))
        for i in np.flatnonzero(pairs.rtt_ms <= near_ms):
            lead = _leads(pairs.lon, pairs.lat, pairs.rtt_ms, int(i), speed)
            if len(lead):
                rows.append(
                    (pairs.landmark[i], service[target], pairs.rtt_ms[i], len(lead), lead.min())
                )
    return pd.DataFrame(rows, columns=["landmark", "service", "rtt", "neighbours", "lead"])


def _services_of(mesh: Mesh, targets: IntArray) -> dict[int, int]:
    """The service of each of some targets."""
    if not len(targets):
        return {}
    inside = np.isin(mesh.pairs["target"].to_numpy(), targets)
    pairs = mesh.pairs[inside].assign(target=np.searchsorted(targets, mesh.pairs["target"][inside]))
    few = Mesh.build(mesh.landmarks, mesh.targets.iloc[targets], pairs, mesh.provenance)
    return dict(zip(targets.tolist(), targets[same_service(few)].tolist(), strict=True))


def _leads(lon: FloatArray, lat: FloatArray, rtt: FloatArray, i: int, speed: float) -> FloatArray:
    """How much slower each neighbour of landmark i is than its distance explains, ms."""
    near = np.flatnonzero(np.abs(lat - lat[i]) < 1.5 * NEAR_KM / 111.0)
    far = distance_km(lon[i], lat[i], lon[near], lat[near])
    ok = (far <= NEAR_KM) & (near != i)
    found: FloatArray = rtt[near[ok]] - rtt[i] - far[ok] / speed
    return found


def _with_p_values(table: pd.DataFrame) -> pd.DataFrame:
    """Rank each lead among those of other landmarks with about as many neighbours as its own."""
    n, lead, mark = (table[c].to_numpy() for c in ("neighbours", "lead", "landmark"))
    p = np.empty(len(table))
    for row in range(len(table)):
        like = (2 * n >= n[row]) & (n <= 2 * n[row]) & (mark != mark[row])
        p[row] = (1 + (lead[like] >= lead[row]).sum()) / (1 + like.sum())
    return table.assign(p=p)
