"""`Hosts`: anchors and probes of the simulated Internet, as arrays."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from rttgeo.typing import FloatArray, IntArray


@dataclasses.dataclass
class Hosts:
    """Hosts of the simulated Internet, as aligned arrays.

    Attributes
    ----------
    id
        Text; ``probe`` is the number of the probe that the node measures with.
    lon, lat, country, grade
        Where it is, and the grade of its country's interconnection.
    hub, transit
        Hub numbers: where it reaches the backbone, and the large exchange it is served from
        when it is not served nearby.
    tail_km
        Fibre from the node to its hub.
    carrier, carrier6
        Number of its carrier for IPv4 and IPv6.
    access_ms, jitter
        Round trip of its last mile, and a factor on its queueing.
    technology
        Name of the access technology.
    ipv6, tunnel
        Whether it has IPv6, and whether that comes through a tunnel.
    openness
        Probability that a way of its network stays direct rather than passing ``transit``.
    is_anchor
        Whether it is an anchor.
    """

    id: npt.NDArray[np.str_]
    probe: IntArray
    lon: FloatArray
    lat: FloatArray
    country: npt.NDArray[np.str_]
    grade: IntArray
    is_anchor: npt.NDArray[np.bool_]
    hub: IntArray
    transit: IntArray
    tail_km: FloatArray
    carrier: IntArray
    carrier6: IntArray
    access_ms: FloatArray
    jitter: FloatArray
    technology: npt.NDArray[np.str_]
    ipv6: npt.NDArray[np.bool_]
    tunnel: npt.NDArray[np.bool_]
    openness: FloatArray

    def __len__(self) -> int:
        """Count the nodes."""
        return len(self.id)

    def take(self, rows: npt.ArrayLike) -> Hosts:
        """Keep only some of the nodes.

        Parameters
        ----------
        rows
            Row numbers or a mask.

        Returns
        -------
        Hosts
            These nodes, in this order.
        """
        return Hosts(**{f.name: getattr(self, f.name)[rows] for f in dataclasses.fields(self)})
