"""`Estimate`: where a target is, as far as the delays tell, and what an estimator must offer."""

from __future__ import annotations

import copy
import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from rttgeo import sphere
from rttgeo.delay.statements import NO_BOUND, Bound, Note, NoteKind
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.mesh import Mesh, Provenance, TargetPairs

if TYPE_CHECKING:
    from ipyleaflet import Map

    from rttgeo.cells.grid import Grid
    from rttgeo.cells.mixed import AnyPosterior
    from rttgeo.cells.region import Region
    from rttgeo.display import Drawn

AREA_LEVEL = 0.95
"""Level of the credible region whose area stands for a posterior."""
NOTHING_LEARNT = Note(
    NoteKind.GENERIC, "too few known targets to learn from: generic delays and levels"
)
"""The note of an estimate whose method had no pairs of known place."""


class _RegionOrSupport:
    """The region of an estimate; of one by a posterior, its support, made when asked for.

    Millions of cells in the worst case, and few ask: a default that is a descriptor is how the
    library lets a field do that (`dataclasses`, "descriptor-typed fields").
    """

    def __get__(self, one: Estimate | None, owner: type) -> Region | None:
        if one is None:
            return None
        found: Region | None = one.__dict__["_region"]
        if found is None and one.posterior is not None:
            found = one.__dict__["_region"] = one.posterior.support
        return found

    def __set__(self, one: Estimate, value: Region | None) -> None:
        one.__dict__["_region"] = value


@dataclasses.dataclass(frozen=True, eq=False)
class Estimate:
    """Where one target is, by one method.

    Attributes
    ----------
    method, target
        Name of the method, id of the target.
    lon, lat
        The place, in degrees; NaN when the method gives none.
    region
        Where the target can be. By a method of hard constraints, where they leave it; empty when
        they contradict each other (then see ``conflict``). By a method with a posterior, the
        cells that have any probability.
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
        Of the measurements, as figures of the estimate state it; None when nobody said.
    """

    method: str
    target: str
    lon: float = math.nan
    lat: float = math.nan
    region: _RegionOrSupport = _RegionOrSupport()
    posterior: AnyPosterior | None = None
    bounding: tuple[str, ...] = ()
    conflict: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    bound: Bound = NO_BOUND
    n_landmarks: int = 0
    provenance: Provenance | None = None

    def of(self, provenance: Provenance | None) -> Estimate:
        """The same estimate from measurements of this provenance."""
        other = copy.copy(self)
        object.__setattr__(other, "provenance", provenance)
        return other

    @property
    def has_region(self) -> bool:
        """Whether it has a region or a posterior to take one from."""
        return self.posterior is not None or self.region is not None

    @property
    def empty(self) -> bool:
        """Whether the constraints left no place at all."""
        return self.posterior is None and self.region is not None and not self.region

    @property
    def area_km2(self) -> float:
        """Area of the region, or of the posterior's 95 % region; NaN when there is neither."""
        return self.credible_region(AREA_LEVEL).area_km2 if self.has_region else math.nan

    def credible_region(self, level: float = AREA_LEVEL) -> Region:
        """Region that holds the target with probability ``level``.

        A hard region says that the target is inside, not how probably: it is its own credible
        region at any level.

        Raises
        ------
        BadInputError
            When the level is not between 0 and 1.
        NotThereError
            When the method gives a place only.
        """
        if not 0 < level <= 1:
            raise BadInputError(f"credible level is {level}, expected above 0 and at most 1")
        if self.posterior is not None:
            return self.posterior.credible_region(level)
        if self.region is not None:
            return self.region
        raise NotThereError(f"method {self.method!r} gives a place only, no region")

    @property
    def fell_back(self) -> bool:
        """Whether a note says that the method did other than what it is named for."""
        return any(note.kind.is_fallback for note in self.notes)

    def error_km(self, lon: float, lat: float) -> float:
        """Great-circle distance from the estimate to the true place; NaN without an estimate."""
        return float(sphere.distance_km(self.lon, self.lat, lon, lat))

    def covers(self, lon: float, lat: float, level: float = AREA_LEVEL) -> bool:
        """Whether the credible region at this level contains a place."""
        return bool(np.all(self.credible_region(level).contains(lon, lat)))

    def to_dict(self) -> dict[str, object]:
        """Make it plain values, ready for JSON; what is not there is None."""
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

    def plot(self) -> Drawn:
        """Map of the regions and the estimate; see `rttgeo.figures.estimate_map`."""
        from rttgeo import display

        return display.estimate_picture(self)

    def explore(self) -> Map:
        """Regions and place on a map to zoom and pan, for notebooks; see `rttgeo.explore`.

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
        if self.region is None:
            return "no region"
        return "empty region" if self.empty else f"within {self.area_km2:,.0f} km²"

    def _repr_html_(self) -> str:
        from rttgeo import display

        facts = {
            "Target": self.target,
            "Method": self.method,
            "Place": self._place(),
            "Region": self._extent(),
            "Landmarks": f"{self.n_landmarks:,}",
            "Bounded by": ", ".join(self.bounding),
            "In contradiction": ", ".join(self.conflict),
            "Bound": str(self.bound),
            "Data": self.provenance.label() if self.provenance else "",
            "Notes": "; ".join(map(str, self.notes)),
        }
        region = self.credible_region() if self.has_region else None
        return display.card(facts, region, place=(self.lon, self.lat))


class Fitted(Protocol):
    """An estimator that has seen its training pairs."""

    def locate(self, pairs: TargetPairs, target: str) -> Estimate:
        """Where the target is, from the landmarks' RTTs to it."""
        ...


class Estimator(Protocol):
    """Settings of a method, before it has seen data."""

    @property
    def name(self) -> str:
        """Name in `rttgeo.estimators.METHODS`."""
        ...

    def fit(self, mesh: Mesh, grid: Grid) -> Fitted:
        """Learn from training pairs only: the caller has removed the target and its neighbours."""
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
        """Estimates of the targets with these row numbers, in that order."""
        ...


def _or_none(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
