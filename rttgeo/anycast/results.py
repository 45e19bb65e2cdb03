"""What is found of targets that may answer from several places."""

from __future__ import annotations

import dataclasses

import pandas as pd

from rttgeo.anycast.doubts import Doubt


@dataclasses.dataclass(frozen=True)
class Instance:
    """One place that a target answers from.

    Attributes
    ----------
    lon, lat
        The likeliest city in the disc; the landmark's place where no city is in it. Degrees.
    city, country
        Its name and the ISO code of its country; None where there is no city.
    probability
        Of that city among those in the disc (`rttgeo.anycast.placing`).
    landmark, landmark_lon, landmark_lat
        Whose disc it is.
    rtt_ms, radius_km
        Its RTT, and how far the target can be from it.
    proven
        Whether its disc meets that of no other proven one. Others are inferred: no place named
        before explains their landmark's answer.
    landmarks
        How many landmarks it explains: their discs hold its place, and it is the nearest such.
    alone
        Whether only one landmark's disc keeps clear of all other proven ones: then the place
        hangs on that landmark.
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
    """Whether a target answers from several places, and from which.

    Attributes
    ----------
    target
        Its id.
    anycast
        Whether two discs do not meet.
    at_least
        Places it answers from at least, if the landmarks are where they are declared.
    at_most_provable
        No choice of discs proves more; the same as ``at_least`` where that is exact.
    instances
        Proven ones by ascending radius, then inferred ones.
    proof
        Two landmarks whose discs do not meet; empty for one place.
    alone
        The landmark without which one place would explain everything, or None.
    n_landmarks
        How many measured it and were used.
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
        """Turn it into plain values, ready for JSON.

        Returns
        -------
        dict[str, object]
            The fields by name, instances as a list.
        """
        return {
            **dataclasses.asdict(self),
            "instances": [dataclasses.asdict(one) for one in self.instances],
            "proof": list(self.proof),
        }

    def sentence(self) -> str:
        """Say it in words.

        Returns
        -------
        str
            One sentence.
        """
        if not self.n_landmarks:
            return f"{self.target}: no landmark that measured it is left."
        if not self.anycast:
            many = "1 landmark" if self.n_landmarks == 1 else f"all {self.n_landmarks:,} landmarks"
            return f"{self.target}: one place can explain the answers to {many}."
        said = f"{self.target} answers from at least {self.at_least} places"
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
    """The targets of a mesh, and the landmarks that were left out.

    Attributes
    ----------
    name
        Of the mesh.
    medium, quorum, tolerance_km
        As asked for.
    targets
        One per target, in the order of the mesh or as asked for.
    misplaced
        Landmarks left out, since they are not where they are declared (`rttgeo.audit`).
    doubts
        Landmarks left out, since several services contradict them.
    """

    name: str
    medium: str
    quorum: int
    tolerance_km: float
    targets: tuple[TargetInstances, ...]
    misplaced: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Turn it into plain values, ready for JSON.

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
        ``pop_iata`` is empty, as places here are cities, not airports.

        Returns
        -------
        pd.DataFrame
            One row for each instance; places in degrees, radii in km.
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
