"""`Estimate`: where a target is, as far as the delays tell, and what an estimator must offer."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol, overload, runtime_checkable

import numpy as np
import numpy.typing as npt
import shapely
import shapely.geometry

from rttgeo import sphere
from rttgeo.delay.statements import NO_BOUND, Bound, Note, NoteKind
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.mesh import Mesh, Provenance, TargetPairs

if TYPE_CHECKING:
    from cartopy.mpl.geoaxes import GeoAxes
    from ipyleaflet import Map

    from rttgeo.cells.any_posterior import AnyPosterior
    from rttgeo.cells.grid import Grid
    from rttgeo.cells.region import Region
    from rttgeo.display import Drawn

AREA_LEVEL = 0.95
"""Level of the credible region whose area stands for a posterior."""
NOTHING_LEARNT = Note(
    NoteKind.GENERIC, "too few known targets to learn from: generic delays and levels"
)
"""The note of an estimate whose method had no pairs of known place."""


class NearestLandmark(NamedTuple):
    """Of the landmarks that measured a target, the one nearest to where it is estimated."""

    name: str
    distance_km: float


Heard = Callable[[], tuple[Sequence[str], TargetPairs]]
"""Names of a mesh's landmarks, and the pairs of one target with their numbers."""


@dataclasses.dataclass(frozen=True, eq=False)
class Estimate:
    """Where one target is, by one method.

    Attributes
    ----------
    method, target
        Name of the method, id of the target.
    lon, lat
        The place, in degrees; NaN when the method gives none.
    feasible
        Where hard constraints leave the target, by a method that has such; empty when they
        contradict each other (then see ``conflict``).
    posterior
        Probability over cells, by a method that has one.
    bounding
        Ids of the landmarks whose discs bound the region: without any one of them it would be
        larger. For a method that weighs rather than excludes: those that bound the region of
        fibre within which it does so.
    conflict
        The smallest group of landmarks whose discs have no place in common; empty when all
        discs share one.
    notes
        What was done otherwise than the method's name says, or should be known; each with its kind.
    bound
        The bound on distance that the region rests on, with its kind.
    n_landmarks
        Landmarks used.
    provenance
        Of the measurements, as figures of the estimate state it; None when it is not known.
    heard
        Gives the landmarks that measured the target, for `nearest_landmark`; None when not given.

    Notes
    -----
    What to draw, to export and to count is `region`; `support` holds all that is not ruled out.
    """

    method: str
    target: str
    lon: float = math.nan
    lat: float = math.nan
    feasible: Region | None = None
    posterior: AnyPosterior | None = None
    bounding: tuple[str, ...] = ()
    conflict: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    bound: Bound = NO_BOUND
    n_landmarks: int = 0
    provenance: Provenance | None = None
    heard: Heard | None = dataclasses.field(default=None, repr=False)

    def of(self, provenance: Provenance | None, heard: Heard | None = None) -> Estimate:
        """Copy the estimate, as from measurements of this provenance.

        Parameters
        ----------
        provenance
            Where the measurements come from; None when unknown.
        heard
            Gives the landmarks that measured the target; None leaves what is known of them.

        Returns
        -------
        Estimate
            The copy.
        """
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__, provenance=provenance)
        if heard is not None:
            other.__dict__.pop("nearest_landmark", None)
            other.__dict__["heard"] = heard
        return other

    @cached_property
    def nearest_landmark(self) -> NearestLandmark | None:
        """Of the landmarks that measured it, the one nearest to the place; None without either."""
        if self.heard is None or not math.isfinite(self.lon + self.lat):
            return None
        names, pairs = self.heard()
        far = np.asarray(sphere.distance_km(self.lon, self.lat, pairs.lon, pairs.lat))
        if not np.isfinite(far).any():
            return None
        row = int(np.nanargmin(far))
        return NearestLandmark(str(names[pairs.landmark[row]]), float(far[row]))

    def __getstate__(self) -> dict[str, object]:
        """All but the measurements: what is told from them stays."""
        return self.__dict__ | {"nearest_landmark": self.nearest_landmark, "heard": None}

    @cached_property
    def region(self) -> Region:
        """The region that is printed and drawn: where the target is said to be.

        Of a posterior, the credible region of 95 %; of hard constraints, where they leave the
        target.

        Raises
        ------
        NotThereError
            When the method gives a place only.
        """
        if self.posterior is not None:
            return self.posterior.credible_region(AREA_LEVEL)
        return self._feasible()

    @cached_property
    def support(self) -> Region:
        """All that is not ruled out: the cells that have any probability.

        Of hard constraints, the same as `region`; of a posterior, often many times as large.

        Raises
        ------
        NotThereError
            When the method gives a place only.
        """
        return self.posterior.support if self.posterior is not None else self._feasible()

    @property
    def has_region(self) -> bool:
        """Whether it has a region, from hard constraints or a posterior."""
        return self.posterior is not None or self.feasible is not None

    @property
    def empty(self) -> bool:
        """Whether the constraints left no place at all."""
        return self.posterior is None and self.feasible is not None and not self.feasible

    @property
    def area_km2(self) -> float:
        """Area of `region`, in km²; NaN when there is none."""
        return self.region.area_km2 if self.has_region else math.nan

    def credible_region(self, level: float = AREA_LEVEL) -> Region:
        """Region that holds the target with a probability.

        A hard region says that the target is inside, not how probably: it is its own credible
        region at any level.

        Parameters
        ----------
        level
            The probability, above 0 and at most 1.

        Returns
        -------
        Region
            The smallest such set of cells.

        Raises
        ------
        BadInputError
            When the level is not above 0 and at most 1.
        NotThereError
            When the method gives a place only.
        """
        if not 0 < level <= 1:
            raise BadInputError(f"credible level is {level}, expected above 0 and at most 1")
        if self.posterior is None or level == AREA_LEVEL:
            return self.region
        return self.posterior.credible_region(level)

    def _feasible(self) -> Region:
        if self.feasible is None:
            raise NotThereError(f"method {self.method!r} gives a place only, no region")
        return self.feasible

    @property
    def fell_back(self) -> bool:
        """Whether a note says that the method did other than what it is named for."""
        return any(note.kind.is_fallback for note in self.notes)

    def error_km(self, lon: float, lat: float) -> float:
        """How far the estimate is from a place.

        Parameters
        ----------
        lon, lat
            The true place, in degrees.

        Returns
        -------
        float
            Great-circle distance, in km; NaN when the method gave no place.
        """
        return float(sphere.distance_km(self.lon, self.lat, lon, lat))

    def covers(self, lon: float, lat: float, level: float = AREA_LEVEL) -> bool:
        """Whether the credible region at a level contains a place.

        Parameters
        ----------
        lon, lat
            The place, in degrees.
        level
            Of the region, above 0 and at most 1.

        Returns
        -------
        bool
            Whether the place is in a cell of the region.
        """
        return bool(np.all(self.credible_region(level).contains(lon, lat)))

    def to_dict(self) -> dict[str, object]:
        """Turn it into plain values, ready for JSON.

        Returns
        -------
        dict[str, object]
            Names and values; None for what is not there. Places are in degrees, areas in km².
        """
        return {
            "method": self.method,
            "target": self.target,
            "lon": _or_none(self.lon),
            "lat": _or_none(self.lat),
            "area_km2": _or_none(self.area_km2),
            "empty": self.empty,
            "bounding": list(self.bounding),
            "conflict": list(self.conflict),
            "notes": [str(note) for note in self.notes],
            "note_kinds": [str(note.kind) for note in self.notes],
            "bound": str(self.bound),
            "bound_kind": str(self.bound.kind),
            "n_landmarks": self.n_landmarks,
        }

    def to_record(self, level: float = AREA_LEVEL) -> dict[str, object]:
        """The fields of `to_dict` for one row of a table, the area at a level.

        Parameters
        ----------
        level
            Probability of the credible region, above 0 and at most 1.

        Returns
        -------
        dict
            Lists are joined by semicolons; ``level`` is None for a region of hard constraints.
        """
        record = {
            name: "; ".join(value) if isinstance(value, list) else value
            for name, value in self.to_dict().items()
        }
        area_km2 = self.credible_region(level).area_km2 if self.has_region else None
        return record | {
            "level": level if self.posterior is not None else None,
            "area_km2": area_km2,
        }

    def to_shape(self, level: float = AREA_LEVEL) -> shapely.Geometry:
        """Outline of the region; the place as a point where there is no region.

        Parameters
        ----------
        level
            Probability of the credible region, above 0 and at most 1.

        Returns
        -------
        shapely.Geometry
            Longitudes and latitudes in degrees, cut at ±180°; empty when there is neither.
        """
        if self.has_region:
            return self.credible_region(level).to_shape()
        there = math.isfinite(self.lon + self.lat)
        return shapely.Point(self.lon, self.lat) if there else shapely.Point()

    @property
    def __geo_interface__(self) -> dict[str, object]:
        """A GeoJSON feature: the outline of `region`, and the fields of `to_dict`."""
        shape = self.to_shape()
        geometry = None if shape.is_empty else shapely.geometry.mapping(shape)
        return {"type": "Feature", "properties": self.to_dict(), "geometry": geometry}

    @overload
    def plot(self, ax: None = None) -> Drawn: ...
    @overload
    def plot(self, ax: GeoAxes) -> GeoAxes: ...
    def plot(self, ax: GeoAxes | None = None) -> Drawn | GeoAxes:
        """Map of the estimate: its 95 % and 50 % regions, or its hard one, and its place.

        Parameters
        ----------
        ax
            Axes with any cartopy projection to draw on. By default a map of its own, with a
            scale bar and the name of the data set.

        Returns
        -------
        Drawn or cartopy.mpl.geoaxes.GeoAxes
            The figure with its description (`rttgeo.figures.estimate_map`); with ``ax``, the
            same axes, where ``ax.legend()`` names what was drawn.

        Raises
        ------
        NotThereError
            When the method gives a place only.
        """
        from rttgeo import display

        return display.estimate_picture(self) if ax is None else display.estimate_on(self, ax)

    def explore(self) -> Map:
        """Show regions and place on a map to zoom and pan, for notebooks; see `rttgeo.explore`.

        Returns
        -------
        Map
            The map, a widget.

        Raises
        ------
        NotThereError
            When ipywidgets or ipyleaflet are not installed.
        """
        from rttgeo import display

        return display.explore_estimate(self)

    def __repr__(self) -> str:
        return f"<Estimate of {self.target} by {self.method}: {self._place()}, {self._extent()}>"

    def _place(self) -> str:
        if not math.isfinite(self.lon + self.lat):
            return "no place"
        return f"longitude {self.lon:.3f}°, latitude {self.lat:.3f}°"

    def _extent(self) -> str:
        if self.posterior is not None:
            return f"{AREA_LEVEL * 100:.0f} % within {self.area_km2:,.0f} km²"
        if not self.has_region:
            return "no region"
        return "empty region" if self.empty else f"within {self.area_km2:,.0f} km²"

    def _repr_html_(self) -> str:
        from rttgeo import display

        said = display.in_words(self, AREA_LEVEL)
        near = self.nearest_landmark
        facts = {
            "Target": self.target,
            "Method": self.method,
            "Place": self._place(),
            "Cities": str(said["places"]),
            "Countries": str(said["countries"]),
            "Region": (
                "" if said["area50_km2"] is None else f"50 % within {said['area50_km2']:,.0f} km², "
            )
            + self._extent(),
            "Its parts": str(said["spread"]),
            "Nearest landmark": f"{near.name}, {near.distance_km:,.0f} km away" if near else "",
            "Landmarks": f"{self.n_landmarks:,}",
            "Bounded by": ", ".join(self.bounding),
            "In contradiction": ", ".join(self.conflict),
            "Bound": str(self.bound),
            "Data": self.provenance.label() if self.provenance else "",
            "Notes": "; ".join(map(str, self.notes)),
        }
        region = self.region if self.has_region else None
        return display.card(facts, region, place=(self.lon, self.lat))


def heard_in(mesh: Mesh, target: str) -> tuple[Sequence[str], TargetPairs]:
    """Look up who measured a target.

    Parameters
    ----------
    mesh
        The measurements.
    target
        Its id.

    Returns
    -------
    tuple
        Names of all landmarks of the mesh, and the target's pairs with their numbers.
    """
    return mesh.landmarks.index, mesh.of_target(target)


class Fitted(Protocol):
    """An estimator that has seen its training pairs."""

    def locate(self, pairs: TargetPairs, target: str) -> Estimate:
        """Locate a target from the landmarks' round-trip times to it.

        Parameters
        ----------
        pairs
            Round-trip times (ms) of one target, with the landmarks' numbers and places.
        target
            Id of the target.

        Returns
        -------
        Estimate
            The estimate.
        """
        ...


class Estimator(Protocol):
    """Settings of a method, before it has seen data."""

    @property
    def name(self) -> str:
        """Name in `rttgeo.estimators.METHODS`."""
        ...

    def fit(self, mesh: Mesh, grid: Grid) -> Fitted:
        """Learn from training pairs only: the caller has removed the target and its neighbours.

        Parameters
        ----------
        mesh
            The training pairs.
        grid
            The grid of the regions.

        Returns
        -------
        Fitted
            What was learnt.
        """
        ...


@runtime_checkable
class BatchEstimator(Protocol):
    """An estimator with a quicker way for many targets, each left out of its own training.

    The result is the same as fitting and locating one target after the other with
    `rttgeo.estimators.training.training_mesh` and `rttgeo.estimators.training.usable_pairs`.
    """

    def locate_many(
        self,
        mesh: Mesh,
        grid: Grid,
        targets: npt.NDArray[np.int64],
        *,
        colocated_km: float,
        exclude_km: float | None,
    ) -> Sequence[Estimate]:
        """Locate several targets of a mesh, each without what its own place would give away.

        Parameters
        ----------
        mesh
            The measurements, with known places of landmarks and of some targets.
        grid
            The grid of the regions.
        targets
            Row numbers of the targets, shape (n,).
        colocated_km
            Nodes within this distance of a target are taken to be at its place, km.
        exclude_km
            Landmarks within this distance of a target are left out, km; None keeps all but the
            target itself.

        Returns
        -------
        Sequence[Estimate]
            One estimate per target, in their order.
        """
        ...


@runtime_checkable
class SelfAuditing(Protocol):
    """An estimator that asks the audit itself, since what it learns depends on that."""

    def with_audit(self, audit: bool) -> Estimator:
        """Switch the audit on or off.

        Parameters
        ----------
        audit
            Whether misplaced nodes and impossible pairs are to be left out.

        Returns
        -------
        Estimator
            A copy of the estimator with this setting.
        """
        ...


def _or_none(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
