"""Results for targets that may answer from several places."""

from __future__ import annotations

import dataclasses

import pandas as pd

from rttgeo.anycast.doubts import Doubt
from rttgeo.machine.counting import number_of


@dataclasses.dataclass(frozen=True)
class Instance:
    """One place that a target answers from (an instance).

    Attributes
    ----------
    lon, lat
        The most likely city in the disc, degrees; the landmark's place if there is no city in it.
    city, country
        Name of the city and the ISO code of its country; None if there is no city.
    probability
        Probability of that city among those in the disc (`rttgeo.anycast.placing`).
    landmark, landmark_lon, landmark_lat
        The landmark whose disc it is, and where that landmark is declared, degrees.
    rtt_ms, radius_km
        The landmark's RTT (ms), and how far the target can be from it (km).
    proven
        Whether its disc is disjoint from those of all other proven instances. Other instances are
        inferred: no earlier place explains their landmark's answer.
    landmarks
        How many landmarks it explains: it lies in their discs and is the nearest such place.
    alone
        Whether only one landmark's disc is disjoint from all other proven ones: the instance then
        rests on that landmark alone.
    """

    lon: float
    lat: float
    city: str | None
    country: str | None
    probability: float
    landmark: str
    landmark_lon: float
    landmark_lat: float
    rtt_ms: float
    radius_km: float
    proven: bool
    landmarks: int
    alone: bool


@dataclasses.dataclass(frozen=True)
class TargetInstances:
    """Whether a target answers from several places, and which ones.

    Attributes
    ----------
    target
        Id of the target.
    anycast
        Whether some two discs are disjoint.
    at_least
        Least number of places it answers from, if the landmarks are where they are declared.
    at_most_provable
        Upper bound on what any choice of discs could prove; equals ``at_least`` if that is exact.
    instances
        Proven instances in order of radius, then inferred ones.
    proof
        Two landmarks whose discs are disjoint; empty if one place suffices.
    alone
        The landmark without which one place would explain everything, or None.
    n_landmarks
        Number of landmarks used.
    """

    target: str
    anycast: bool
    at_least: int
    at_most_provable: int
    instances: tuple[Instance, ...]
    proof: tuple[str, ...] = ()
    alone: str | None = None
    n_landmarks: int = 0

    def to_dict(self) -> dict[str, object]:
        """Convert to plain values, ready for JSON.

        Returns
        -------
        dict[str, object]
            The attributes by name, with instances as a list.
        """
        return {
            **dataclasses.asdict(self),
            "instances": [dataclasses.asdict(one) for one in self.instances],
            "proof": list(self.proof),
        }

    def sentence(self) -> str:
        """Describe the result in words.

        Returns
        -------
        str
            One sentence.
        """
        if not self.n_landmarks:
            return f"{self.target}: no landmark that measured it is left."
        if not self.anycast:
            all_of = "" if self.n_landmarks == 1 else "all "
            many = f"{all_of}{number_of(self.n_landmarks, 'landmark')}"
            return f"{self.target}: one place can explain the answers to {many}."
        said = f"{self.target} answers from at least {number_of(self.at_least, 'place')}"
        inferred = len(self.instances) - self.at_least
        if inferred > 0:
            said += f", probably from {len(self.instances)}"
        if self.at_most_provable > self.at_least:
            said += f" (no more than {self.at_most_provable} could be proven from these RTTs)"
        if self.alone is not None:
            said += f"; this rests on the landmark {self.alone} alone"
        return said + "."


@dataclasses.dataclass(frozen=True)
class Enumeration:
    """The results for the targets of a mesh, and the landmarks that were left out.

    Attributes
    ----------
    name
        Name of the mesh.
    medium, quorum, tolerance_km
        As given to `rttgeo.anycast.enumerate_instances`.
    targets
        One result per target, in the order of the mesh or as requested.
    misplaced
        Landmarks left out because they are not where they are declared (`rttgeo.audit`).
    doubts
        Landmarks left out because several services contradict them.
    """

    name: str
    medium: str
    quorum: int
    tolerance_km: float
    targets: tuple[TargetInstances, ...]
    misplaced: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Convert to plain values, ready for JSON.

        Returns
        -------
        dict[str, object]
            Settings, targets, and the landmarks left out.
        """
        return {
            "mesh": self.name,
            "medium": self.medium,
            "quorum": self.quorum,
            "tolerance_km": self.tolerance_km,
            "targets": [one.to_dict() for one in self.targets],
            "left_out": {
                "misplaced": list(self.misplaced),
                "doubtful": [one.to_dict() for one in self.doubts],
            },
        }

    def census_table(self) -> pd.DataFrame:
        """Tabulate the instances of anycast targets in the columns of iGreedy's successors.

        ``target, vp, vp_lat, vp_lon, radius, pop_iata, pop_lat, pop_lon, pop_city, pop_cc``;
        ``pop_iata`` is empty because places here are cities, not airports.

        Returns
        -------
        pd.DataFrame
            One row per instance; coordinates in degrees, radii in km.
        """
        rows = [
            (
                one.target, i.landmark, i.landmark_lat, i.landmark_lon, i.radius_km,
                "", i.lat, i.lon, i.city, i.country,
            )
            for one in self.targets if one.anycast for i in one.instances
        ]  # fmt: skip
        columns = "target vp vp_lat vp_lon radius pop_iata pop_lat pop_lon pop_city pop_cc"
        return pd.DataFrame(rows, columns=columns.split())
