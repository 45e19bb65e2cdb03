"""Landmarks that several services contradict, although the services' places are unknown.

A landmark with an answer within a millisecond says that the service stands beside it. If it does,
other landmarks near by should get quick answers from that service too. One service may well have
a place that only one landmark reaches; that no neighbour sees any of several independent services
near, all of which this landmark sees beside itself, happens when it is not where it is declared,
or when a box on its way answers for others.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.mesh import Mesh
from rttgeo.sphere import distance_km
from rttgeo.typing import FloatArray, IntArray

NEAR_KM = 150.0
"""Who is asked: landmarks so near. An answer is near when the service must be within as much. At root
servers half and twice as much find as many true places, with 13 and 9 false ones for 6
(`python -m benchmarks.constants anycast`)."""
ALPHA = 0.05
"""Chance that any landmark of a mesh is doubted though all are well placed."""
LEAST_COMMON = 20
ALIKE = 1.1
ALIKE_SHARE = 0.4
"""Two targets are one service when, of at least `LEAST_COMMON` landmarks that measured both, this
share has delays within a tenth of each other: two addresses of one operator in the same places. At root
servers half and twice the tenth, and shares of 0.2 to 0.6, tell the same (`benchmarks.constants`)."""
MAX_TARGETS = 300
"""Every two targets are compared; of more, those with the most near answers tell enough."""


@dataclasses.dataclass(frozen=True)
class Doubt:
    """A landmark that sees several services beside itself of which its neighbours see none.

    Attributes
    ----------
    landmark
        Its id.
    lon, lat
        Declared place, degrees.
    services
        Independent services that it sees near (the first target of each).
    highest_rtt_ms
        The largest of its RTTs to them.
    lead_ms
        By how much, at least, every neighbour is slower than its distance explains.
    p_value
        Chance of this for a landmark that is where it is declared, times the number of
        landmarks that were asked (Bonferroni).
    """

    landmark: str
    lon: float
    lat: float
    services: tuple[str, ...]
    highest_rtt_ms: float
    lead_ms: float
    p_value: float

    def to_dict(self) -> dict[str, object]:
        """Turn it into plain values, ready for JSON.

        Returns
        -------
        dict[str, object]
            The fields by name.
        """
        return {**dataclasses.asdict(self), "services": list(self.services)}


def doubtful_landmarks(mesh: Mesh, *, alpha: float = ALPHA) -> tuple[Doubt, ...]:
    """Find landmarks that see several services beside themselves of which no neighbour does.

    Parameters
    ----------
    mesh
        The places of its targets are not looked at.
    alpha
        Chance that any landmark is doubted though all are well placed.

    Returns
    -------
    tuple of Doubt
        The surest first.

    Notes
    -----
    For a near answer (the service must be within `NEAR_KM`) the *lead* is the least, over
    landmarks j within `NEAR_KM` that measured the same target, of

        rtt_j − rtt − d_j / v        (v: light in fibre, d_j: distance of j)

    Its p-value is its rank among the leads of other landmarks with half to twice as many
    neighbours, so neither the speed of last miles nor the share of local sites is assumed. Of
    several targets of one service the least odd counts. The largest p-value p of the k services
    of a landmark has probability pᵏ when they are independent, and that times the number of
    landmarks with two services or more is compared with ``alpha``.
    """
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
    """Number the service of each target by the first target that answers as it does.

    Parameters
    ----------
    mesh
        The measurements, with the places of landmarks and targets.

    Returns
    -------
    numpy.ndarray
        Shape (targets,).
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
    """Return one row per near answer with neighbours: landmark, service, rtt, neighbours, lead."""
    speed = KM_PER_MS_RTT["fibre"]
    near_ms = NEAR_KM / speed
    rtt_all = mesh.pairs["rtt_ms"].to_numpy()
    # Only targets with near answers are compared, and only these can be doubted by.
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
    """Target to service, among some targets."""
    if not len(targets):
        return {}
    inside = np.isin(mesh.pairs["target"].to_numpy(), targets)
    pairs = mesh.pairs[inside].assign(target=np.searchsorted(targets, mesh.pairs["target"][inside]))
    few = Mesh.build(mesh.landmarks, mesh.targets.iloc[targets], pairs, mesh.provenance)
    return dict(zip(targets.tolist(), targets[same_service(few)].tolist(), strict=True))


def _leads(lon: FloatArray, lat: FloatArray, rtt: FloatArray, i: int, speed: float) -> FloatArray:
    """By how much each neighbour of landmark i is slower than its distance explains."""
    near = np.flatnonzero(np.abs(lat - lat[i]) < 1.5 * NEAR_KM / 111.0)
    far = distance_km(lon[i], lat[i], lon[near], lat[near])
    ok = (far <= NEAR_KM) & (near != i)
    found: FloatArray = rtt[near[ok]] - rtt[i] - far[ok] / speed
    return found


def _with_p_values(table: pd.DataFrame) -> pd.DataFrame:
    """Rank each lead among those of other landmarks with about as many neighbours."""
    n, lead, mark = (table[c].to_numpy() for c in ("neighbours", "lead", "landmark"))
    p = np.empty(len(table))
    for row in range(len(table)):
        like = (2 * n >= n[row]) & (n <= 2 * n[row]) & (mark != mark[row])
        p[row] = (1 + (lead[like] >= lead[row]).sum()) / (1 + like.sum())
    return table.assign(p=p)
