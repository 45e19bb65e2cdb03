"""Who observes, what they know, what they get: each threat turns observations into a posterior.

======================  ==========================================================================
`PingingEndpoint`       one endpoint that knows where it is and pings
`ProbeSet`              many of them that share what they measured
`HandshakeObserver`     on the path: of every handshake two halves that add up, each from its place
`SpinBitObserver`       on the path, of QUIC's spin bit; connections that do not spin show nothing
`DatasetReader`         a reader of a published table who knows by which mechanism it was made
======================  ==========================================================================

All of them know a law of delays and a prior, and may know what a database says of the address.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo.cells.mixed import MixedPosterior
from rttgeo.errors import BadInputError
from rttgeo.mesh import Mesh
from rttgeo.privacy.attack import attack
from rttgeo.privacy.clues import DatabaseEntry, Observed, observed_of
from rttgeo.privacy.law import DelayLaw
from rttgeo.privacy.mechanism import Mechanism
from rttgeo.privacy.priors import PRIORS
from rttgeo.privacy.protocol import PlacePrior
from rttgeo.privacy.sanitising import stated_mechanism


@dataclasses.dataclass(frozen=True)
class Threat:
    """What every attacker knows.

    Attributes
    ----------
    law
        Of delays.
    prior
        Of places.
    entry
        What a database says of the target's address; None for an attacker without it.
    """

    law: DelayLaw = dataclasses.field(default_factory=DelayLaw)
    prior: PlacePrior = PRIORS["cities"]
    entry: DatabaseEntry | None = None

    def _posterior(self, observed: Observed, mechanism: Mechanism) -> MixedPosterior:
        return attack(observed, mechanism, self.law, self.prior, self.entry)


@dataclasses.dataclass(frozen=True)
class PingingEndpoint(Threat):
    """An endpoint that pings: what it gets is a series, what counts is its minimum.

    Attributes
    ----------
    lon, lat
        Where it is, degrees.
    """

    lon: float = 0.0
    lat: float = 0.0

    def posterior(self, observations: npt.ArrayLike) -> MixedPosterior:
        """Turn round-trip times into a posterior of the other end.

        Parameters
        ----------
        observations
            Round-trip times, ms, shape (n,), n at least 1.

        Returns
        -------
        MixedPosterior
            Of the target.

        Raises
        ------
        BadInputError
            When there is none, or one is not above 0.
        """
        return self._posterior(Observed.of(self.lon, self.lat, _least(observations)), Mechanism())


@dataclasses.dataclass(frozen=True)
class ProbeSet(Threat):
    """Several probes at known places.

    Attributes
    ----------
    lon, lat
        Where they are, degrees, shape (n,).
    """

    lon: tuple[float, ...] = ()
    lat: tuple[float, ...] = ()

    def posterior(self, observations: npt.ArrayLike) -> MixedPosterior:
        """Turn each probe's minimum into a posterior of the target.

        Parameters
        ----------
        observations
            Minimum of each probe, ms, NaN for none, shape (n,).

        Returns
        -------
        MixedPosterior
            Of the target.

        Raises
        ------
        BadInputError
            When there is not one per probe, or one is not above 0.
        """
        times = np.asarray(observations, dtype=float)
        if times.shape != (len(self.lon),):
            raise BadInputError(f"{times.size} minima of {len(self.lon)} probes, expected one each")
        return self._posterior(Observed.of(self.lon, self.lat, times), Mechanism())


class Halves(NamedTuple):
    """What an observer on the path gets of connections, ms each, shape (n,).

    Attributes
    ----------
    client_ms, server_ms
        From the observer to that end and back.
    """

    client_ms: npt.ArrayLike
    server_ms: npt.ArrayLike


@dataclasses.dataclass(frozen=True)
class HandshakeObserver(Threat):
    """Between the ends: SYN to SYN-ACK is the server's half, SYN-ACK to ACK the client's.

    Attributes
    ----------
    lon, lat
        Where it is, degrees.
    end
        Which end is attacked: ``client`` or ``server``.
    other
        Place of the other end, degrees, where that is known: then the whole round trip, which
        the halves add up to, is one more observation, from there.
    """

    lon: float = 0.0
    lat: float = 0.0
    end: str = "client"
    other: tuple[float, float] | None = None

    def posterior(self, observations: Halves) -> MixedPosterior:
        """Turn both halves into a posterior of one end.

        Parameters
        ----------
        observations
            Halves of one connection or more between the same ends.

        Returns
        -------
        MixedPosterior
            Of the end attacked.

        Raises
        ------
        BadInputError
            For another end, or a time that is not above 0.
        """
        if self.end not in ("client", "server"):
            raise BadInputError(f"end {self.end!r}, expected client or server")
        client, server = _least(observations.client_ms), _least(observations.server_ms)
        half = client if self.end == "client" else server
        if self.other is None:
            return self._posterior(Observed.of(self.lon, self.lat, half), Mechanism())
        lon, lat = (self.lon, self.other[0]), (self.lat, self.other[1])
        return self._posterior(Observed.of(lon, lat, [half, client + server]), Mechanism())


@dataclasses.dataclass(frozen=True)
class SpinBitObserver(Threat):
    """On the path of QUIC: each connection that spins shows the whole round trip, again and again.

    Attributes
    ----------
    server
        Place of the server, degrees: who sees packets sees its address.
    """

    server: tuple[float, float] = (0.0, 0.0)

    def posterior(self, observations: npt.ArrayLike) -> MixedPosterior:
        """Turn the spin periods of connections of one client into its posterior.

        Parameters
        ----------
        observations
            Least spin period of each connection, ms, NaN for one that does not spin; shape (n,).

        Returns
        -------
        MixedPosterior
            Of the client; the prior alone where none spins.
        """
        times = np.atleast_1d(np.asarray(observations, dtype=float))
        spun = times[np.isfinite(times)]
        shown = _least(spun) if len(spun) else np.nan
        return self._posterior(Observed.of(*self.server, shown), Mechanism())

    @staticmethod
    def chance_to_see(connections: int, disabled_one_in: float = 16.0) -> float:
        """Probability that at least one connection spins.

        Parameters
        ----------
        connections
            How many the observer sees.
        disabled_one_in
            RFC 9000 (section 17.4) asks for one in 16 at least.

        Returns
        -------
        float
            1 - (1/k)^n: switching it off on some connections hides a client that makes few.
        """
        return 1.0 - float(disabled_one_in) ** -connections


@dataclasses.dataclass(frozen=True)
class DatasetReader(Threat):
    """A reader of a published table, who knows how it was made.

    Attributes
    ----------
    mechanism
        By which it was made; None for what its metadata state.
    """

    mechanism: Mechanism | None = None

    def posterior(self, observations: tuple[Mesh, str]) -> MixedPosterior:
        """Turn a table into the posterior of one of its targets.

        Parameters
        ----------
        observations
            The table, and the target's id.

        Returns
        -------
        MixedPosterior
            Of the target.

        Raises
        ------
        NotThereError
            When there is no such target.
        """
        mesh, target = observations
        way = stated_mechanism(mesh) if self.mechanism is None else self.mechanism
        return self._posterior(observed_of(mesh, mesh.target_number(target), way=way), way)


def _least(times: npt.ArrayLike) -> float:
    found = np.atleast_1d(np.asarray(times, dtype=float))
    if not len(found) or not (np.isfinite(found) & (found > 0)).all():
        raise BadInputError("expected round-trip times above 0 ms, at least one")
    return float(found.min())
