"""One place for each node of a table; a name with a second place becomes a second node."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.typing import FloatArray

SAME_NODE_KM = 0.8
"""One place in degrees with two decimals and with more: 0.005° of latitude and of longitude apart
at most, which is 0.79 km."""
NOTHING_KM = 1e-4
"""Ten centimetres: less is the arithmetic of degrees, of which nothing need be said."""
_AROUND = tuple(itertools.product((-1, 0, 1), repeat=3))


class NodeNumbers:
    """Names, numbers and places of the nodes of a table, as its rows bring them.

    Attributes
    ----------
    names
        Name of each node; those split off from a name bear it too (see `labels`).
    lonlat
        Place of each, in degrees; NaN while no row stated one.
    split
        Numbers of the nodes that were split off, whose name also has another place.
    nudged_km
        By the number of a node: how far from its place a row put it, though not far enough to
        be another.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.split: list[int] = []
        self.nudged_km: dict[int, float] = {}
        self._number: dict[str, int] = {}
        self._lon, self._lat = np.empty(0), np.empty(0)
        self._near: dict[tuple[int, int, int, int], list[int]] = {}

    def __len__(self) -> int:
        """Count the nodes."""
        return len(self.names)

    @property
    def lonlat(self) -> FloatArray:
        """Places in degrees, one row per node."""
        own = slice(len(self.names))
        return np.stack([self._lon[own], self._lat[own]], axis=1)

    def numbers(self, names: Iterable[str]) -> npt.NDArray[np.int32]:
        """Give the numbers of names; a new name gets a new number.

        Parameters
        ----------
        names
            One per row.

        Returns
        -------
        ndarray of int32
            Shape (rows,); -1 for the empty name.
        """
        return np.array([self._of(name) if name else -1 for name in names], dtype=np.int32)

    def _of(self, name: str) -> int:
        if name not in self._number:
            self._number[name] = self._new(name)
        return self._number[name]

    def _new(self, name: str) -> int:
        number = len(self.names)
        self.names.append(name)
        if number >= len(self._lon):
            # Twice the room each time: a name at 80,000 places is no reason to copy as often.
            more = np.full(max(number, 64), np.nan)
            self._lon, self._lat = (np.append(axis, more) for axis in (self._lon, self._lat))
        return number

    def place(
        self, code: npt.NDArray[np.int32], lon: FloatArray, lat: FloatArray
    ) -> npt.NDArray[np.int32]:
        """Give nodes the first place that a row states; other places become other nodes.

        Parameters
        ----------
        code
            Numbers of nodes, one per row.
        lon, lat
            Their places in degrees, one per row.

        Returns
        -------
        numpy.ndarray
            The numbers, those of names at a second place replaced.
        """
        fresh = np.flatnonzero(np.isnan(self._lon[code]))
        new, first = np.unique(code[fresh], return_index=True)
        self._lon[new], self._lat[new] = lon[fresh[first]], lat[fresh[first]]
        apart = np.flatnonzero((self._lon[code] != lon) | (self._lat[code] != lat))
        if not apart.size:
            return code
        moved = code.copy()
        spots, which = np.unique(
            np.column_stack([code[apart], lon[apart], lat[apart]]), axis=0, return_inverse=True
        )
        numbers = [self._at(int(number), *place) for number, *place in spots]
        moved[apart] = np.array(numbers, dtype=np.int32)[which.ravel()]
        return moved

    def _at(self, number: int, lon: float, lat: float) -> int:
        """The node of a name at a place: itself, one that was split off before, or a new one."""
        here = _vector(lon, lat)
        x, y, z = (math.floor(kilometres / SAME_NODE_KM) for kilometres in here)
        for known in itertools.chain([number], self._neighbours(number, x, y, z)):
            # Over less than a kilometre, the chord is as long as the arc.
            away = math.dist(here, _vector(self._lon[known], self._lat[known]))
            if away <= SAME_NODE_KM:
                # One meridian has two longitudes, and a pole all of them.
                if away > NOTHING_KM:
                    self.nudged_km[known] = max(self.nudged_km.get(known, 0.0), away)
                return known
        made = self._new(self.names[number])
        self._lon[made], self._lat[made] = lon, lat
        self.split.append(made)
        self._near.setdefault((number, x, y, z), []).append(made)
        return made

    def _neighbours(self, number: int, x: int, y: int, z: int) -> Iterator[int]:
        """Nodes split off from a name in the cubes of space around one."""
        for i, j, k in _AROUND:
            yield from self._near.get((number, x + i, y + j, z + k), ())

    def labels(self) -> list[str]:
        """Give each node a name that no other has: those split off say where they are.

        ``name@lon,lat``, with ``~2`` behind where the table holds such a name itself.

        Returns
        -------
        list of str
            One per node, in the order of their numbers; places in degrees.
        """
        labels, taken = list(self.names), set(self._number)
        for number in self.split:
            lon, lat = self._lon[number], self._lat[number]
            label = base = f"{self.names[number]}@{lon:g},{lat:g}"
            for again in itertools.count(2):
                if label not in taken:
                    break
                label = f"{base}~{again}"
            taken.add(label)
            labels[number] = label
        return labels


def _vector(lon: float, lat: float) -> tuple[float, float, float]:
    """A place in kilometres from the centre of the Earth: one by one, numpy would take longer."""
    a, b = math.radians(lon), math.radians(lat)
    flat = EARTH_RADIUS_KM * math.cos(b)
    return flat * math.cos(a), flat * math.sin(a), EARTH_RADIUS_KM * math.sin(b)
