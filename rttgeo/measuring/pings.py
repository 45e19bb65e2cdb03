"""RIPE Atlas as a platform: rounds of one-off pings, ordered, waited for and read."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rttgeo.atlas.client import AtlasClient
from rttgeo.atlas.orders import (
    MOST_PROBES,
    check_room,
    find_order,
    is_done,
    ping_order,
    place_order,
)
from rttgeo.atlas.reader import Reader
from rttgeo.atlas.scanner.blocks import split_records
from rttgeo.atlas.session import RefusedError
from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of
from rttgeo.measuring.journal import Entry, Journal
from rttgeo.sources.atlas_probes import Probe, probes_of
from rttgeo.sources.leftout import LeftOut

POLL_S = 20.0
"""Time between two polls of a measurement: RIPE Atlas asks users not to poll in tight loops."""
PATIENCE_S = 900.0
"""A one-off measurement takes a few minutes; probes that have not answered after a quarter of an
hour will not."""
SETTLE_S = 60.0
"""Results may arrive this much later than the stated stop of the measurement."""
WINDOW_S = 86_400
"""Results are requested from a day before the order to a day after it, because clocks differ."""


class AtlasPings:
    """Orders pings from RIPE Atlas, recording every step before the next one.

    Parameters
    ----------
    client
        Connection to the API, with a key.
    journal
        Where the steps are recorded.
    poll_s, patience_s, settle_s
        Seconds between two polls, until a round is given up, and to wait for late results; None for
        `POLL_S`, `PATIENCE_S`, `SETTLE_S`.
    say
        Function to call with a line of text for each event.
    """

    def __init__(
        self,
        client: AtlasClient,
        journal: Journal,
        *,
        poll_s: float | None = None,
        patience_s: float | None = None,
        settle_s: float | None = None,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.client, self.journal, self.say = client, journal, say
        self.poll_s = POLL_S if poll_s is None else poll_s
        self.patience_s = PATIENCE_S if patience_s is None else patience_s
        self.settle_s = SETTLE_S if settle_s is None else settle_s
        self._before = len(journal.entries)

    def measure(self, target: str, landmarks: Sequence[Probe]) -> Mapping[str, float]:
        """Have probes ping a target; a round that was already ordered is only waited for.

        Parameters
        ----------
        target
            Address or name of the target, the same as in the journal.
        landmarks
            Probes with their numbers.

        Returns
        -------
        Mapping of str to float
            Lowest round-trip time by name of the probe, ms; those without an answer are missing.

        Raises
        ------
        BadInputError
            When a landmark is not a RIPE Atlas probe, or there are too many.
        RefusedError, TemporaryError, UnreachableError
            When the service fails or refuses; the same command resumes from there.
        """
        entry, number = self._entry(tuple(landmarks))
        if entry.rtt_ms is None:
            if entry.measurement is None:
                entry.measurement = self._ordered(target, entry, number)
                self.journal.save()
            self._wait(entry)
            entry.rtt_ms = self._answers(entry)
            self.journal.save()
        return entry.rtt_ms

    def _entry(self, landmarks: tuple[Probe, ...]) -> tuple[Entry, int]:
        """The round with these landmarks, and its number; a new round is recorded."""
        for number, one in enumerate(self.journal.entries, start=1):
            if one.landmarks == landmarks:
                return one, number
        for probe in landmarks:
            if probe.number is None:
                raise BadInputError(f"{probe.name!r} has no RIPE Atlas probe number")
        if not 0 < len(landmarks) <= MOST_PROBES:
            raise BadInputError(
                f"{number_of(len(landmarks), 'probe')} in a round, but RIPE Atlas allows {MOST_PROBES}"
            )
        self.journal.entries.append(Entry(landmarks))
        self.journal.save()
        return self.journal.entries[-1], len(self.journal.entries)

    def _ordered(self, target: str, entry: Entry, number: int) -> int:
        """Number of the measurement, which an interrupted run may already have ordered."""
        earlier = number <= self._before
        description = self.journal.description(number)
        found = find_order(self.client, description) if earlier else None
        if found is not None:
            self.say(f"round {number}: measurement {found} was ordered before")
            return found
        check_room(self.client, target)
        document = round_order(self.journal, entry.landmarks, number)
        found = place_order(self.client, document)
        self.say(
            f"round {number}: measurement {found} ordered, {number_of(len(entry.landmarks), 'probe')}"
        )
        return found

    def _wait(self, entry: Entry) -> None:
        """Wait until all probes have answered, or no more answers arrive."""
        assert entry.measurement is not None
        began, done_at = time.monotonic(), None
        while True:
            now = time.monotonic()
            if len(self._answers(entry)) >= len(entry.landmarks) or now - began > self.patience_s:
                return
            if done_at is None and is_done(self.client, entry.measurement):
                done_at = now
            if done_at is not None and now - done_at >= self.settle_s:
                return
            time.sleep(self.poll_s)

    def _answers(self, entry: Entry) -> dict[str, float]:
        assert entry.measurement is not None
        now = int(time.time())
        try:
            with self.client.results(entry.measurement, now - WINDOW_S, now + WINDOW_S) as stream:
                text = b"".join(stream)
        except RefusedError as error:
            if error.status == 404:
                return {}  # Too new to have results.
            raise
        found = lowest_rtts(text, entry.measurement)
        return {
            one.name: found[one.number]
            for one in entry.landmarks
            if one.number is not None and one.number in found
        }


def connected_probes(client: AtlasClient, family: int) -> tuple[Probe, ...]:
    """Ask RIPE Atlas for its current probes.

    Parameters
    ----------
    client
        Connection to the API.
    family
        IP version that a probe must have, 4 or 6.

    Returns
    -------
    tuple of Probe
        The probes that are connected, public and have a place.

    Raises
    ------
    TemporaryError, RefusedError, UnreachableError
        When the list cannot be fetched.
    BadInputError
        When there are none.
    """
    found = probes_of(client.listing("probes", status=1), LeftOut(), family=family)
    if not found:
        raise BadInputError(f"{client.host}: no connected probe has IPv{family} and a known place")
    return tuple(found)


def lowest_rtts(text: bytes, measurement: int) -> dict[int, float]:
    """Read results: the lowest round-trip time of each probe.

    Parameters
    ----------
    text
        Records of RIPE Atlas, one per line.
    measurement
        Number of the measurement; records of others are ignored.

    Returns
    -------
    dict
        Lowest round-trip time by probe number, ms.
    """
    reader, lowest = Reader(), dict[int, float]()
    for block in split_records([text]):
        table = reader.read(block)[0]
        columns = (table[name].to_pylist() for name in ("measurement", "probe", "rtt_us"))
        for number, probe, rtt_us in zip(*columns, strict=True):
            if number == measurement and rtt_us > 0:
                lowest[probe] = min(lowest.get(probe, rtt_us / 1000), rtt_us / 1000)
    return lowest


def round_order(journal: Journal, landmarks: Sequence[Probe], number: int) -> dict[str, Any]:
    """Make the request that orders a round.

    Parameters
    ----------
    journal
        The journal, which states what is measured.
    landmarks
        Probes with their numbers.
    number
        Of the round, from 1.

    Returns
    -------
    dict
        The request body for the API.
    """
    numbers = [one.number for one in landmarks if one.number is not None]
    return ping_order(
        journal.target,
        numbers,
        journal.description(number),
        family=journal.family,
        packets=journal.packets,
    )
