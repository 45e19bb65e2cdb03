"""`Estimate`: what a method says about where a target is; and the protocol of estimators."""

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

    from rttgeo.cells.any_posterior import AnyPosterior
    from rttgeo.cells.grid import Grid
    from rttgeo.cells.region import Region
    from rttgeo.display import Drawn, MapView

AREA_LEVEL = 0.95
"""Level of the credible region whose area represents a posterior."""
NOTHING_LEARNT = Note(
    NoteKind.GENERIC, "too few known targets to learn from: generic delays and levels"
)
"""The note of an estimate whose method had no pairs of known place."""


class NearestLandmark(NamedTuple):
    """The landmark nearest to the estimated place, among those that measured the target."""

    name: str
    distance_km: float


Heard = Callable[[], tuple[Sequence[str], TargetPairs]]
"""Names of a mesh's landmarks, and the pairs of one target with their numbers."""


@dataclasses.dataclass(frozen=True, eq=False)
class Estimate:
    """Where one target is, according to one method.

    Attributes
    ----------
    method, target
        Name of the method and id of the target.
    lon, lat
        The estimated place, degrees; NaN when the method gives none, or its region is empty.
    feasible
        The region that the hard constraints allow, for methods that have hard constraints; empty
        when they contradict each other (see ``conflict``).
    posterior
        The probability of each cell, for methods that give probabilities.
    bounding
        Ids of the landmarks whose discs bound the region: without any one of them it would be
        larger. For a method that gives probabilities, the landmarks that bound the region allowed
        by light in fibre, to which it is confined.
    conflict
        Ids of the smallest group of landmarks whose discs have no point in common; empty when all
        discs share one.
    notes
        Remarks, each with its kind: where the method departed from what its name says, and what
        else a reader should know.
    bound
        The bound on distance that the region rests on, with its kind.
    n_landmarks
        Number of landmarks used.
    provenance
        Where the measurements come from, as figures state it; None when not known.
    heard
        Function that returns the landmarks that measured the target, for `nearest_landmark`; None
        when not known.
    stand_in
        Longitude and latitude that a method gave beside an empty region, such as those of the
        quickest landmark: no answer, but what an evaluation counts (`guess`). None otherwise.

    Notes
    -----
    `region` is what is drawn, exported and measured; `support` is everything that is not ruled out.
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
    stand_in: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Where no place can be given, none is given, whatever the method said."""
        if self.empty and math.isfinite(self.lon + self.lat):
            self.__dict__.update(stand_in=(self.lon, self.lat), lon=math.nan, lat=math.nan)

    @property
    def guess(self) -> tuple[float, float]:
        """Longitude and latitude that count where every target must have a place, or NaN twice."""
        return self.stand_in or (self.lon, self.lat)

    def of(self, provenance: Provenance | None, heard: Heard | None = None) -> Estimate:
        """Copy the estimate and attach the provenance of its measurements.

        Parameters
        ----------
        provenance
            Where the measurements come from; None when unknown.
        heard
            Function that returns the landmarks that measured the target; None keeps the one it has.

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
        """The landmark nearest to the place, of those that measured the target; None if unknown."""
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
        """The region where the target is said to be: what is printed and drawn.

        The 95 % credible region of a posterior, or else the region that the hard constraints allow.

        Raises
        ------
        NotThereError
            When the method gives only a place.
        """
        if self.posterior is not None:
            return self.posterior.credible_region(AREA_LEVEL)
        return self._feasible()

    @cached_property
    def support(self) -> Region:
        """Everything that is not ruled out: all cells with any probability.

        For hard constraints this equals `region`; for a posterior it is often many times larger.

        Raises
        ------
        NotThereError
            When the method gives only a place.
        """
        return self.posterior.support if self.posterior is not None else self._feasible()

    @property
    def has_region(self) -> bool:
        """Whether there is a region, from hard constraints or a posterior."""
        return self.posterior is not None or self.feasible is not None

    @property
    def empty(self) -> bool:
        """Whether the constraints contradict each other and leave no place at all."""
        return self.posterior is None and self.feasible is not None and not self.feasible

    @property
    def area_km2(self) -> float:
        """Area of `region`, km²; NaN without a region."""
        return self.region.area_km2 if self.has_region else math.nan

    def credible_region(self, level: float = AREA_LEVEL) -> Region:
        """Find the smallest region that holds the target with a given probability.

        Hard constraints say that the target is inside, without a probability: their region is
        returned at every level.

        Parameters
        ----------
        level
            The probability, above 0 and at most 1.

        Returns
        -------
        Region
            The smallest set of cells whose probability reaches the level.

        Raises
        ------
        BadInputError
            When the level is not above 0 and at most 1.
        NotThereError
            When the method gives only a place.
        """
        if not 0 < level <= 1:
            raise BadInputError(f"credible level is {level}, expected above 0 and at most 1")
        if self.posterior is None or level == AREA_LEVEL:
            return self.region
        return self.posterior.credible_region(level)

    def _feasible(self) -> Region:
        if self.feasible is None:
            raise NotThereError(f"method {self.method!r} gives only a place, no region")
        return self.feasible

    @property
    def fell_back(self) -> bool:
        """Whether, according to a note, the method had to do something other than its name says."""
        return any(note.kind.is_fallback for note in self.notes)

    def error_km(self, lon: float, lat: float) -> float:
        """Compute the distance from the estimated place to another one, usually the true one.

        Parameters
        ----------
        lon, lat
            The other place, degrees.

        Returns
        -------
        float
            Great-circle distance, km; NaN when the method gave no place.
        """
        return float(sphere.distance_km(self.lon, self.lat, lon, lat))

    def covers(self, lon: float, lat: float, level: float = AREA_LEVEL) -> bool:
        """Check whether the credible region at a level contains a place.

        Parameters
        ----------
        lon, lat
            The place, degrees.
        level
            Probability of the credible region, above 0 and at most 1.

        Returns
        -------
        bool
            Whether the place is in a cell of the region.
        """
        return bool(np.all(self.credible_region(level).contains(lon, lat)))

    def to_dict(self) -> dict[str, object]:
        """Convert the estimate to plain values, ready for JSON.

        Returns
        -------
        dict[str, object]
            Values by name; None for what is missing. Coordinates are in degrees, areas in km².
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
        """Convert to one row of a table: the fields of `to_dict`, with the area at a level.

        Parameters
        ----------
        level
            Probability of the credible region, above 0 and at most 1.

        Returns
        -------
        dict
            Values by name, lists joined by semicolons; ``level`` is None for a region from hard
            constraints.
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
        """Outline the region; without a region, return the place as a point.

        Parameters
        ----------
        level
            Probability of the credible region, above 0 and at most 1.

        Returns
        -------
        shapely.Geometry
            In longitude and latitude (degrees), cut at ±180°; empty when there is neither.
        """
        if self.has_region:
            return self.credible_region(level).to_shape()
        there = math.isfinite(self.lon + self.lat)
        return shapely.Point(self.lon, self.lat) if there else shapely.Point()

    @property
    def __geo_interface__(self) -> dict[str, object]:
        """As a GeoJSON feature: the outline of `region` with the fields of `to_dict`."""
        shape = self.to_shape()
        geometry = None if shape.is_empty else shapely.geometry.mapping(shape)
        return {"type": "Feature", "properties": self.to_dict(), "geometry": geometry}

    @overload
    def plot(self, ax: None = None) -> Drawn: ...
    @overload
    def plot(self, ax: GeoAxes) -> GeoAxes: ...
    def plot(self, ax: GeoAxes | None = None) -> Drawn | GeoAxes:
        """Draw a map of the estimate: its place, and its 95 % and 50 % regions or its hard region.

        Parameters
        ----------
        ax
            Axes of any cartopy projection to draw on. By default a new map is made, with a scale
            bar and the name of the data set.

        Returns
        -------
        Drawn or cartopy.mpl.geoaxes.GeoAxes
            The figure with its description (see `rttgeo.figures.estimate_map`); if ``ax`` was
            given, those axes: ``ax.legend()`` then names what was drawn.

        Raises
        ------
        NotThereError
            When the method gives only a place.
        """
        from rttgeo import display

        return display.estimate_picture(self) if ax is None else display.estimate_on(self, ax)

    def explore(self) -> MapView:
        """Show regions and place on a zoomable map in a notebook; see `rttgeo.explore`.

        Returns
        -------
        MapView
            A widget, which a notebook displays.

        Raises
        ------
        NotThereError
            When ipywidgets or anywidget is not installed.
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
    """Look up the landmarks that measured a target.

    Parameters
    ----------
    mesh
        The measurements.
    target
        Its id.

    Returns
    -------
    tuple
        Ids of all landmarks of the mesh, and the target's pairs with the numbers of their
        landmarks.
    """
    return mesh.landmarks.index, mesh.of_target(target)


class Fitted(Protocol):
    """An estimator that has learnt from its training pairs."""

    def locate(self, pairs: TargetPairs, target: str) -> Estimate:
        """Locate a target from its round-trip times.

        Parameters
        ----------
        pairs
            Round-trip times of one target (ms), with the numbers and places of the landmarks.
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
        """Learn from training pairs; the caller has removed the target and its neighbours.

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
    """An estimator with a faster way to locate many targets, each left out of its own training.

    The results equal those of fitting and locating the targets one by one with
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
        """Locate several targets of a mesh, none of them learnt from when it is located itself.

        Parameters
        ----------
        mesh
            The measurements, with known places of landmarks and of some targets.
        grid
            The grid of the regions.
        targets
            Row numbers of the targets, shape (n,).
        colocated_km
            Nodes within this distance of a target's true place are not learnt from, km.
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
    """An estimator that runs the audit itself, because what it learns depends on it."""

    def with_audit(self, audit: bool) -> Estimator:
        """Switch the audit on or off.

        Parameters
        ----------
        audit
            Whether to leave out misplaced nodes and impossible pairs.

        Returns
        -------
        Estimator
            A copy of the estimator with this setting.
        """
        ...


def _or_none(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
