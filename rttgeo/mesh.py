"""`Mesh`: landmarks, targets and the round-trip times between them, the input of every method.

Everything upstream (files, RIPE Atlas, the simulator) makes a mesh; everything downstream
(delay models, estimators, figures) takes one.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo import sphere
from rttgeo.errors import BadInputError, NotThereError, unknown_name
from rttgeo.machine.counting import number_of
from rttgeo.provenance import KINDS as KINDS
from rttgeo.provenance import Kind as Kind
from rttgeo.provenance import Provenance as Provenance
from rttgeo.typing import FloatArray

if TYPE_CHECKING:
    from rttgeo.display import Drawn, Frame, Panel

PAIR_COLUMNS = ("target", "landmark", "rtt_ms")
OPTIONAL_PAIR_COLUMNS = ("samples", "hops", "deviation_ms", "resolution_ms")


class TargetPairs(NamedTuple):
    """The round-trip times to one target: aligned arrays of shape (n,), in landmark order.

    Attributes
    ----------
    landmark
        Row numbers of the landmarks in their table.
    lon, lat
        Where the landmarks are, degrees.
    rtt_ms
        Round-trip times, ms.
    """

    landmark: npt.NDArray[np.int32]
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    rtt_ms: npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class Mesh:
    """Landmarks, targets, and the round-trip times between them.

    Attributes
    ----------
    landmarks, targets
        One row per node, indexed by its id (text), with a point geometry in EPSG:4326 (lon, lat).
        The geometry of a target may be missing, which means that its place is not known. The same
        id in both tables means the same node.
    pairs
        One row per pair, sorted by target, then landmark: ``target`` and ``landmark`` (row
        numbers in the two tables, int32), ``rtt_ms`` (float64, > 0), and, where known,
        ``samples`` (their number), ``hops``, ``deviation_ms`` (standard deviation of the samples)
        and ``resolution_ms``. When readings are coarse, in whole milliseconds for example,
        ``rtt_ms`` is the largest value that the true RTT can have, and ``resolution_ms`` is how
        much smaller it may be.
    provenance
        Where the measurements come from.
    unused
        Of some targets, by id: how many further landmarks the source names for them, of which nothing
        could be used (no answer, no place, no number).

    Notes
    -----
    Use `Mesh.build` or `Mesh.from_frame` to make one: they check and sort the tables.
    """

    landmarks: gpd.GeoDataFrame
    targets: gpd.GeoDataFrame
    pairs: pd.DataFrame
    provenance: Provenance
    unused: Mapping[str, int] = dataclasses.field(default_factory=dict)

    @classmethod
    def build(
        cls,
        landmarks: gpd.GeoDataFrame,
        targets: gpd.GeoDataFrame,
        pairs: pd.DataFrame,
        provenance: Provenance,
    ) -> Mesh:
        """Make a mesh from tables of nodes and pairs, checking and sorting them.

        Parameters
        ----------
        landmarks
            Indexed by id; each must have a place (`rttgeo.mesh.nodes` makes such a table).
        targets
            Indexed by id; a place may be missing.
        pairs
            Columns ``landmark`` and ``target`` (row numbers), ``rtt_ms`` (ms), and any of the
            optional columns.
        provenance
            Where the measurements come from.

        Returns
        -------
        Mesh
            With its pairs sorted by target, then landmark.

        Raises
        ------
        BadInputError
            When an id or a pair appears twice, a pair refers to a row that does not exist, a
            landmark has no place, or an RTT is not a positive, finite number.
        """
        for what, nodes in (("landmark", landmarks), ("target", targets)):
            if not nodes.index.is_unique:
                twice = nodes.index[nodes.index.duplicated()][0]
                raise BadInputError(f"{what} {twice!r} appears twice in the {what} table")
        missing = set(PAIR_COLUMNS) - set(pairs.columns)
        if missing:
            raise BadInputError(f"pairs lack the column {sorted(missing)[0]!r}")
        if bool(landmarks.geometry.isna().any()):
            name = landmarks.index[landmarks.geometry.isna()][0]
            raise BadInputError(f"landmark {name!r} has no coordinates; only targets may lack them")
        keep = [c for c in (*PAIR_COLUMNS, *OPTIONAL_PAIR_COLUMNS) if c in pairs.columns]
        ordered = pairs[keep]
        if not _is_sorted(ordered):
            ordered = ordered.sort_values(["target", "landmark"])
        ordered = ordered.reset_index(drop=True).astype(
            {"target": np.int32, "landmark": np.int32, "rtt_ms": np.float64}
        )
        _check_pairs(ordered, len(landmarks), len(targets))
        return cls(landmarks, targets, ordered, provenance)

    @classmethod
    def from_frame(
        cls, frame: Frame, *, skip_bad: bool = False, provenance: Provenance | None = None
    ) -> Mesh:
        """Make a mesh from a table in memory, checking its rows as `rttgeo.read_mesh` does.

        Parameters
        ----------
        frame
            A table from pandas, polars, or any library that exports Arrow columns, with one row
            per pair: ``landmark``, ``landmark_lat``, ``landmark_lon``, ``target``, ``target_lat``,
            ``target_lon`` (coordinates in degrees; those of targets may be missing), ``rtt_ms``
            (ms), and any of the optional columns of ``pairs``.
        skip_bad
            Skip bad rows, with a warning that counts them by reason, instead of raising an error.
        provenance
            Where the measurements come from; not stated by default.

        Returns
        -------
        Mesh
            Its nodes are sorted by name, whatever the order of the rows.

        Raises
        ------
        BadInputError
            When a row is bad: one line that names the row and column, what was found, and what was
            expected.
        """
        from rttgeo import display

        return display.mesh_of_frame(frame, skip_bad=skip_bad, provenance=provenance)

    def __len__(self) -> int:
        """Count the pairs."""
        return len(self.pairs)

    @cached_property
    def landmark_lonlat(self) -> tuple[FloatArray, FloatArray]:
        """Longitudes and latitudes of the landmarks, degrees, in table order."""
        return lonlat(self.landmarks)

    @cached_property
    def target_lonlat(self) -> tuple[FloatArray, FloatArray]:
        """Longitudes and latitudes of the targets, degrees; NaN where the place is unknown."""
        return lonlat(self.targets)

    @cached_property
    def _columns(self) -> tuple[npt.NDArray[np.int32], FloatArray]:
        # Taking a column out of the table costs more than a whole estimate by exclusion.
        return self.pairs["landmark"].to_numpy(), self.pairs["rtt_ms"].to_numpy()

    @cached_property
    def offsets(self) -> npt.NDArray[np.int64]:
        """Where each target's pairs start: those of target i are ``offsets[i]:offsets[i+1]``."""
        target = self.pairs["target"].to_numpy()
        every = np.arange(len(self.targets) + 1, dtype=target.dtype)
        return np.searchsorted(target, every).astype(np.int64)

    @cached_property
    def distance_km(self) -> FloatArray:
        """Great-circle distance of each pair, in km; NaN where the target's place is unknown."""
        (lon, lat), (t_lon, t_lat) = self.landmark_lonlat, self.target_lonlat
        landmark, target = self.pairs["landmark"].to_numpy(), self.pairs["target"].to_numpy()
        return sphere.distance_km(lon[landmark], lat[landmark], t_lon[target], t_lat[target])

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the ids, places and pairs, in hexadecimal: equal for equal content.

        The provenance is not part of it.
        """
        found = hashlib.sha256()
        for table, (lon, lat) in (
            (self.landmarks, self.landmark_lonlat),
            (self.targets, self.target_lonlat),
        ):
            names = [str(name).encode() for name in table.index]
            # Lengths first: otherwise "ab", "c" and "a", "bc" would be the same.
            found.update(np.array([len(names), *map(len, names)], dtype="<i8").tobytes())
            found.update(b"".join(names))
            found.update(np.stack([lon, lat]).tobytes())
        for column in PAIR_COLUMNS:
            found.update(np.ascontiguousarray(self.pairs[column].to_numpy()).tobytes())
        return found.hexdigest()

    @property
    def has_truth(self) -> bool:
        """Whether the place of at least one target is known."""
        return bool(np.isfinite(self.target_lonlat[0]).any())

    def target_number(self, target: str | int) -> int:
        """Look up the row number of a target by its id; a row number is checked and returned.

        Parameters
        ----------
        target
            Id of a target, or its row number.

        Returns
        -------
        int
            Row number in `targets`.

        Raises
        ------
        NotThereError
            When there is no such target; the message suggests similar ids.
        """
        if isinstance(target, (int, np.integer)) and not isinstance(target, bool):
            if 0 <= target < len(self.targets):
                return int(target)
            raise NotThereError(
                f"there is no target number {target}: the mesh has {len(self.targets)}"
            )
        if target not in self.targets.index:
            raise unknown_name("target", target, self.targets.index, where=self.provenance.name)
        return int(self.targets.index.get_loc(target))

    def of_target(self, target: str | int) -> TargetPairs:
        """Select the pairs of one target.

        Parameters
        ----------
        target
            Id of the target, or its row number.

        Returns
        -------
        TargetPairs
            Number, longitude and latitude (degrees) of each landmark, and its RTT (ms).

        Raises
        ------
        NotThereError
            When there is no such target.
        """
        number = self.target_number(target)
        rows = slice(self.offsets[number], self.offsets[number + 1])
        landmarks, rtt_ms = self._columns
        landmark = landmarks[rows]
        lon, lat = self.landmark_lonlat
        return TargetPairs(landmark, lon[landmark], lat[landmark], rtt_ms[rows])

    def where(self, keep: npt.ArrayLike) -> Mesh:
        """Keep only some of the pairs, and all nodes.

        Parameters
        ----------
        keep
            Mask of the pairs to keep, shape (n_pairs,).

        Returns
        -------
        Mesh
            A new mesh with the same nodes.
        """
        mask = np.asarray(keep, dtype=bool)
        fewer = dataclasses.replace(self, pairs=self.pairs[mask].reset_index(drop=True))
        # What is known of the nodes and pairs need not be computed again.
        for name in ("landmark_lonlat", "target_lonlat"):
            if name in self.__dict__:
                fewer.__dict__[name] = self.__dict__[name]
        if "distance_km" in self.__dict__:
            fewer.__dict__["distance_km"] = self.distance_km[mask]
        return fewer

    def without_use_of(self, named: Iterable[tuple[str, str]]) -> Mesh:
        """Keep how many landmarks a source names of which nothing could be used.

        Parameters
        ----------
        named
            Ids of target and landmark; those with a pair in the mesh, and targets that are not in it,
            do not count.

        Returns
        -------
        Mesh
            A mesh with these counts in `unused`.
        """
        counts: Counter[str] = Counter()
        heard: dict[str, set[str]] = {}
        for target, landmark in dict.fromkeys(named):
            if target == landmark or target not in self.targets.index:
                continue
            if target not in heard:
                rows = self.of_target(target).landmark
                heard[target] = set(self.landmarks.index[rows])
            counts[target] += landmark not in heard[target]
        return dataclasses.replace(self, unused={k: n for k, n in counts.items() if n})

    def renamed(self, name: str) -> Mesh:
        """Rename the data set.

        Parameters
        ----------
        name
            The new name.

        Returns
        -------
        Mesh
            A copy with this name.
        """
        return dataclasses.replace(self, provenance=dataclasses.replace(self.provenance, name=name))

    def summary(self) -> dict[str, object]:
        """Summarise the mesh: the facts with which every report starts.

        Returns
        -------
        dict
            Counts, the median RTT in ms (None without pairs), and whether the place of any target
            is known.
        """
        rtt = self.pairs["rtt_ms"]
        return {
            "name": self.provenance.name,
            "kind": self.provenance.kind,
            "landmarks": len(self.landmarks),
            "targets": len(self.targets),
            "pairs": len(self.pairs),
            "median_rtt_ms": float(rtt.median()) if len(rtt) else None,
            "truth": self.has_truth,
        }

    def plot(self) -> Drawn:
        """Draw a map of the landmarks and targets; see `rttgeo.figures.probe_map`.

        Returns
        -------
        Drawn
            The figure with its description and its numbers.

        Raises
        ------
        BadInputError
            When no node has a known place.
        """
        from rttgeo import display

        return display.mesh_picture(self)

    def explore(self) -> Panel:
        """Show a map with controls to explore the mesh in a notebook; see `rttgeo.explore.panel`.

        Returns
        -------
        Panel
            A widget, which a notebook displays.

        Raises
        ------
        NotThereError
            When ipywidgets or anywidget is not installed.
        BadInputError
            When no target was measured.
        """
        from rttgeo import display

        return display.explore_mesh(self)

    def __repr__(self) -> str:
        return (
            f"<Mesh {self.provenance.label()}: {number_of(len(self.landmarks), 'landmark')}, "
            f"{number_of(len(self.targets), 'target')}, {number_of(len(self), 'pair')}>"
        )

    def _repr_html_(self) -> str:
        from rttgeo import display

        return display.card(
            {
                "Data": self.provenance.label(),
                "Source": self.provenance.source,
                "Landmarks": f"{len(self.landmarks):,}",
                "Targets": f"{len(self.targets):,}, "
                + ("of known place" if self.has_truth else "of unknown place"),
                "Pairs": f"{len(self):,}, {self.provenance.statistic} RTT",
                "Median RTT": f"{self.pairs['rtt_ms'].median():.1f} ms" if len(self) else "",
            },
            dots=self.landmark_lonlat,
            place=self.target_lonlat,
        )


def nodes(
    ids: npt.ArrayLike, lon: npt.ArrayLike, lat: npt.ArrayLike, **columns: npt.ArrayLike
) -> gpd.GeoDataFrame:
    """Make a table of landmarks or targets for `Mesh.build`.

    Parameters
    ----------
    ids
        Ids of the nodes; converted to text.
    lon, lat
        Where the nodes are, degrees, shape (n,); NaN where unknown.
    **columns
        Further columns by name, one value per node.

    Returns
    -------
    geopandas.GeoDataFrame
        Indexed by id, in WGS 84 (EPSG:4326).

    Raises
    ------
    BadInputError
        When a coordinate is out of range.
    """
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    known = np.isfinite(lon) & np.isfinite(lat)
    sphere.check_lonlat(lon[known], lat[known])
    points = gpd.GeoSeries.from_xy(lon, lat, crs="EPSG:4326")
    points[~known] = None
    index = pd.Index(np.asarray(ids).astype(str), name="id", dtype=str)
    return gpd.GeoDataFrame(dict(columns), geometry=points.to_numpy(), index=index, crs="EPSG:4326")


def lonlat(table: gpd.GeoDataFrame) -> tuple[FloatArray, FloatArray]:
    """Extract the coordinates from a table of nodes.

    Parameters
    ----------
    table
        A table that `nodes` made.

    Returns
    -------
    tuple
        Longitudes and latitudes, degrees, of shape (n,) each; NaN where the place is unknown.
    """
    points = table.geometry
    return points.x.to_numpy(dtype=float), points.y.to_numpy(dtype=float)


def _is_sorted(pairs: pd.DataFrame) -> bool:
    target, landmark = pairs["target"].to_numpy(), pairs["landmark"].to_numpy()
    step = np.diff(target)
    return bool(np.all((step > 0) | ((step == 0) & (np.diff(landmark) >= 0))))


def _check_pairs(pairs: pd.DataFrame, n_landmarks: int, n_targets: int) -> None:
    for column, count in (("landmark", n_landmarks), ("target", n_targets)):
        values = pairs[column].to_numpy()
        if len(values) and not (values.min() >= 0 and values.max() < count):
            raise BadInputError(
                f"a pair refers to {column} row {values.max()}, but there are only {count}"
            )
    rtt = pairs["rtt_ms"].to_numpy()
    bad = np.flatnonzero(~(np.isfinite(rtt) & (rtt > 0)))
    if bad.size:
        raise BadInputError(f"pair {bad[0]}: rtt_ms is {rtt[bad[0]]}, expected a positive number")
    key = pairs["target"].to_numpy(dtype=np.int64) * max(n_landmarks, 1) + pairs["landmark"]
    twice = np.flatnonzero(np.diff(key) == 0)
    if twice.size:
        raise BadInputError(f"pair {twice[0] + 1} appears twice (same landmark and target)")


def check_mesh(mesh: object) -> None:
    """Refuse what is not a mesh, such as the name of a file, and say how to get one.

    Parameters
    ----------
    mesh
        What was given as a mesh.

    Raises
    ------
    BadInputError
        When it is no `Mesh`.
    """
    if isinstance(mesh, Mesh):
        return
    if isinstance(mesh, str | os.PathLike):
        name = os.fspath(mesh)
        raise BadInputError(
            f"mesh is the name {name!r}, expected a rttgeo.Mesh; rttgeo.read_mesh({name!r}) reads "
            "one from a file, rttgeo.open_dataset one that comes with rttgeo"
        )
    raise BadInputError(
        f"mesh is of type {type(mesh).__name__}, expected a rttgeo.Mesh; rttgeo.read_mesh reads one "
        "from a file or a table in memory"
    )
