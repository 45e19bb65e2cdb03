"""The state of a run of `rttgeo measure`, in a file from which an interrupted run continues.

The complete file is written after every step, before the next one is taken: when a round is about
to be ordered, when it was ordered, and when it was answered. It holds names, places, numbers and
round-trip times, but never the API key.
"""

from __future__ import annotations

import dataclasses
import json
import math
import secrets
from pathlib import Path
from typing import Any

import pandas as pd

from rttgeo.errors import BadInputError
from rttgeo.machine.files import write_json
from rttgeo.measuring.rounds import Past
from rttgeo.mesh import Mesh, Provenance, nodes
from rttgeo.sources.atlas_probes import Probe
from rttgeo.sources.series import MAX_RTT_MS, read_text

FORMAT = "rttgeo-measuring"
VERSION = 1


@dataclasses.dataclass
class Entry:
    """One round of measurements.

    Attributes
    ----------
    landmarks
        The landmarks asked.
    measurement
        Number of the measurement at RIPE Atlas; None as long as none is known to be ordered.
    rtt_ms
        Answers by name of the landmark, ms; None until there are any.
    """

    landmarks: tuple[Probe, ...]
    measurement: int | None = None
    rtt_ms: dict[str, float] | None = None


@dataclasses.dataclass
class Journal:
    """The rounds of one target, and the file they are kept in.

    Attributes
    ----------
    path
        The file.
    target, family, packets
        What is measured, the IP version (4 or 6), and the number of packets per ping.
    token
        Token of this run: the descriptions of its measurements contain it, so that they can be
        found again.
    entries
        The rounds, in order.
    """

    path: Path
    target: str
    family: int
    packets: int
    token: str = dataclasses.field(default_factory=lambda: secrets.token_hex(6))
    entries: list[Entry] = dataclasses.field(default_factory=list)

    @classmethod
    def open(cls, path: str | Path, target: str, family: int, packets: int) -> Journal:
        """Read the file if it exists; otherwise start a new one.

        Parameters
        ----------
        path
            The file.
        target, family, packets
            What to measure; an existing file must agree.

        Returns
        -------
        Journal
            The journal, with the rounds of earlier runs.

        Raises
        ------
        BadInputError
            When the file is not a journal, or belongs to something else.
        """
        path = Path(path)
        new = cls(path, target, family, packets)
        if not path.exists():
            return new
        old = _read(path)
        for name in ("target", "family", "packets"):
            if getattr(old, name) != getattr(new, name):
                raise BadInputError(
                    f"{path} belongs to {name} {getattr(old, name)!r}, not to "
                    f"{getattr(new, name)!r}: give another --state"
                )
        return old

    def description(self, number: int) -> str:
        """Name the measurement of a round.

        Parameters
        ----------
        number
            Number of the round, from 1.

        Returns
        -------
        str
            The description of the measurement, the same at every call.
        """
        return f"rttgeo {self.token} round {number}"

    def past(self) -> list[Past]:
        """List the rounds in the form that the loop takes.

        Returns
        -------
        list of Past
            The rounds, in order.
        """
        return [Past(one.landmarks, one.rtt_ms) for one in self.entries]

    def mesh(self) -> Mesh:
        """Make a mesh from the answers: one target of unknown place, and probes that reached it.

        Returns
        -------
        Mesh
            A mesh for `rttgeo.locate`.

        Raises
        ------
        BadInputError
            When there is no answer yet.
        """
        known = {name: rtt for one in self.entries for name, rtt in (one.rtt_ms or {}).items()}
        probes = [p for one in self.entries for p in one.landmarks if p.name in known]
        if not probes:
            raise BadInputError(f"{self.path}: no probe got an answer")
        pairs = pd.DataFrame(
            {
                "target": 0,
                "landmark": range(len(probes)),
                "rtt_ms": [known[probe.name] for probe in probes],
            }
        )
        landmarks = nodes(
            [p.name for p in probes], [p.lon for p in probes], [p.lat for p in probes]
        )
        numbers = ", ".join(str(one.measurement) for one in self.entries)
        source = f"RIPE Atlas, measurements {numbers}"
        return Mesh.build(
            landmarks,
            nodes([self.target], [math.nan], [math.nan]),
            pairs,
            Provenance(f"measured-{self.token}", "measured", source),
        )

    def save(self) -> None:
        """Write the file, atomically.

        Raises
        ------
        OSError
            When it cannot be written.
        """
        write_json(
            self.path,
            {
                "format": FORMAT,
                "version": VERSION,
                "target": self.target,
                "family": self.family,
                "packets": self.packets,
                "token": self.token,
                "rounds": [dataclasses.asdict(one) for one in self.entries],
            },
        )


def _read(path: Path) -> Journal:
    try:
        held = json.loads(read_text(path))
        if held["format"] != FORMAT or held["version"] != VERSION:
            raise ValueError(f"format {held['format']!r} {held['version']!r}")
        entries = [_entry(one) for one in held["rounds"]]
        texts = held["target"], held["token"]
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("target and token are not text")
        return Journal(path, texts[0], held["family"], held["packets"], texts[1], entries)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadInputError(f"{path}: not a state file of rttgeo measure ({error})") from None


def _entry(one: dict[str, Any]) -> Entry:
    landmarks = tuple(Probe(**probe) for probe in one["landmarks"])
    for probe in landmarks:
        good = isinstance(probe.name, str) and abs(probe.lon) <= 180 and abs(probe.lat) <= 90
        if not good or not (probe.number is None or isinstance(probe.number, int)):
            raise ValueError(f"probe {probe.name!r} is not a probe")
    number, rtts = one["measurement"], one["rtt_ms"]
    if not (number is None or isinstance(number, int)):
        raise ValueError(f"measurement {number!r} is not a number")
    if rtts is not None:
        names = {probe.name for probe in landmarks}
        for name, rtt in rtts.items():
            if name not in names or not (math.isfinite(rtt) and 0 < rtt <= MAX_RTT_MS):
                raise ValueError(f"round-trip time {rtt!r} of {name!r}")
    return Entry(landmarks, number, rtts)
