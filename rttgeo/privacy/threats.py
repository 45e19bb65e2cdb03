"""Who observes, what they know, what they learn: each threat turns observations into a posterior.

======================  ==========================================================================
`PingingEndpoint`       one endpoint that knows where it is and pings
`ProbeSet`              many of them that share what they measured
`HandshakeObserver`     on the path: of every handshake two halves that add up, each from its place
`SpinBitObserver`       on the path, of QUIC's spin bit; connections that do not spin show nothing
`DatasetReader`         a reader of a published table who knows by which mechanism it was made
======================  ==========================================================================

All of them know a law of delays and a prior, and may know what a database says about the address.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo.cells.mixed import MixedPosterior
from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of
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
        Law of delays.
    prior
        Prior over places.
    entry
        What a database says about the target's address; None for an attacker without one.
    """

    law: DelayLaw = dataclasses.field(default_factory=DelayLaw)
    prior: PlacePrior = PRIORS["cities"]
    entry: DatabaseEntry | None = None

    def _posterior(self, observed: Observed, mechanism: Mechanism) -> MixedPosterior:
        return attack(observed, mechanism, self.law, self.prior, self.entry)


@dataclasses.dataclass(frozen=True)
class PingingEndpoint(Threat):
    """An endpoint that pings: it gets a series of times, of which the minimum counts.

    Attributes
    ----------
    lon, lat
        Where it is, degrees.
    """

    lon: float = 0.0
    lat: float = 0.0

    def posterior(self, observations: npt.ArrayLike) -> MixedPosterior:
        """Compute a posterior of the other end from round-trip times.

        Parameters
        ----------
        observations
            Round-trip times, ms, shape (n,), with n at least 1.

        Returns
        -------
        MixedPosterior
            Posterior of the target.

        Raises
        ------
        BadInputError
            When there are none, or one is not above 0.
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
        """Compute a posterior of the target from each probe's minimum.

        Parameters
        ----------
        observations
            Minimum of each probe, ms, shape (n,); NaN for none.

        Returns
        -------
        MixedPosterior
            Posterior of the target.

        Raises
        ------
        BadInputError
            When there is not one time per probe, or one is not above 0.
        """
        times = np.asarray(observations, dtype=float)
        if times.shape != (len(self.lon),):
            raise BadInputError(
                f"{times.size} minima of {number_of(len(self.lon), 'probe')}, expected one each"
            )
        return self._posterior(Observed.of(self.lon, self.lat, times), Mechanism())


class Halves(NamedTuple):
    """What an observer on the path sees of connections: arrays of shape (n,), in ms.

    Attributes
    ----------
    client_ms, server_ms
        Round-trip times from the observer to that end.
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
        Place of the other end, degrees, if known: the whole round trip, the sum of the halves, is
        then one more observation, from there.
    """

    lon: float = 0.0
    lat: float = 0.0
    end: str = "client"
    other: tuple[float, float] | None = None

    def posterior(self, observations: Halves) -> MixedPosterior:
        """Compute a posterior of one end from both halves.

        Parameters
        ----------
        observations
            Halves of one or more connections between the same ends.

        Returns
        -------
        MixedPosterior
            Posterior of the attacked end.

        Raises
        ------
        BadInputError
            When ``end`` is invalid, or a time is not above 0.
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
    """An observer on a QUIC path: each connection that spins shows the whole round trip repeatedly.

    Attributes
    ----------
    server
        Place of the server, degrees: whoever sees packets sees its address.
    """

    server: tuple[float, float] = (0.0, 0.0)

    def posterior(self, observations: npt.ArrayLike) -> MixedPosterior:
        """Compute a posterior of a client from the spin periods of its connections.

        Parameters
        ----------
        observations
            Shortest spin period of each connection, ms, shape (n,); NaN for one that does not spin.

        Returns
        -------
        MixedPosterior
            Posterior of the client; the prior alone if none spins.
        """
        times = np.atleast_1d(np.asarray(observations, dtype=float))
        spun = times[np.isfinite(times)]
        shown = _least(spun) if len(spun) else np.nan
        return self._posterior(Observed.of(*self.server, shown), Mechanism())

    @staticmethod
    def chance_to_see(connections: int, disabled_one_in: float = 16.0) -> float:
        """Compute the probability that at least one connection spins.

        Parameters
        ----------
        connections
            Number of connections that the observer sees.
        disabled_one_in
            The bit is disabled on one connection in this many; RFC 9000 (section 17.4) asks for at
            least one in 16.

        Returns
        -------
        float
            1 - (1/k)^n: disabling it on some connections hides only a client that makes few.
        """
        return 1.0 - float(disabled_one_in) ** -connections


@dataclasses.dataclass(frozen=True)
class DatasetReader(Threat):
    """A reader of a published table who knows how it was made.

    Attributes
    ----------
    mechanism
        The mechanism that made it; None for the one that its metadata state.
    """

    mechanism: Mechanism | None = None

    def posterior(self, observations: tuple[Mesh, str]) -> MixedPosterior:
        """Compute the posterior of one target of a table.

        Parameters
        ----------
        observations
            The table, and the id of the target.

        Returns
        -------
        MixedPosterior
            Posterior of the target.

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
