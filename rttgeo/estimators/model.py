"""`fit` and `Model`: let a method learn from one mesh, then locate targets that are not in it.

`rttgeo.locate` learns from all other targets of the mesh each time. A model learns once, from a
whole mesh, and is kept to locate targets that the same landmarks measure later.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rttgeo import sphere
from rttgeo.auditing.in_order import in_order
from rttgeo.auditing.violations import Contradictions
from rttgeo.cells.following import chosen_grid
from rttgeo.cells.grid import Grid
from rttgeo.delay.statements import Note, NoteKind
from rttgeo.errors import BadInputError, unknown_name
from rttgeo.estimators.api import own_cells_note
from rttgeo.estimators.batch import Estimates
from rttgeo.estimators.estimate import Estimate, Estimator, Fitted, SelfAuditing, heard_in
from rttgeo.estimators.own_answers import fitted_to, located_by
from rttgeo.estimators.registry import DEFAULT_METHOD, chosen_estimator
from rttgeo.estimators.training import (
    keep_pairs,
    sorted_pairs,
    usable_counts,
    usable_pairs,
    without_nodes,
)
from rttgeo.machine.counting import number_of
from rttgeo.machine.one_thread import one_blas_thread
from rttgeo.machine.records import read_record, write_record
from rttgeo.machine.side_by_side import side_by_side
from rttgeo.mesh import Mesh, Provenance, TargetPairs, check_mesh
from rttgeo.pairs.frames import arrow_table, is_frame
from rttgeo.typing import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from rttgeo.pairs.frames import Frame

FORMAT = "rttgeo-model"
VERSION = 3
MOVED_KM = 1.0
"""A landmark declared farther than this from where the model has it counts as moved; up to it nodes
count as being at the same place (`TRAINING_COLOCATED_KM`), too."""


@dataclasses.dataclass(frozen=True)
class LearntFrom:
    """What a model learnt from, and when.

    Attributes
    ----------
    provenance
        Provenance of the mesh.
    n_landmarks, n_targets, n_pairs
        Size of the mesh.
    digest
        SHA-256 of its ids, places and round-trip times: equal for equal measurements.
    when
        When the model was fitted, ISO 8601, UTC; empty in the folder of a census, whose bytes do
        not depend on the time.
    version
        Version of rttgeo that fitted it.
    """

    provenance: Provenance
    n_landmarks: int
    n_targets: int
    n_pairs: int
    digest: str
    when: str
    version: str

    @classmethod
    def of(cls, mesh: Mesh) -> LearntFrom:
        """Describe a mesh that a model is being fitted to.

        Parameters
        ----------
        mesh
            The measurements, with known places of landmarks and of some targets.

        Returns
        -------
        LearntFrom
            Its provenance, size and digest, the time (UTC), and the version of rttgeo.
        """
        from rttgeo import __version__

        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        sizes = len(mesh.landmarks), len(mesh.targets), len(mesh)
        return cls(mesh.provenance, *sizes, mesh.digest, now, __version__)


@dataclasses.dataclass(frozen=True, eq=False)
class Model:
    """A method fitted to a mesh, made by `rttgeo.fit` or `rttgeo.load_model`.

    Attributes
    ----------
    method
        Name of the method.
    names
        Ids of the landmarks, shape (n,).
    lon, lat
        Where the landmarks are, degrees, shape (n,).
    misplaced
        Mask of the landmarks that the audit found misplaced, shape (n,): their round-trip times are
        not used.
    order
        Number that the fitted estimator gives to each landmark, from west to east, shape (n,).
    fitted
        The fitted estimator.
    unaudited
        The estimator fitted to all pairs, for targets that only misplaced landmarks measured; None
        if no landmark is misplaced.
    learnt_from
        A description of the mesh it was fitted to.
    notes
        Notes that every estimate carries: what was asked of `rttgeo.fit` and is ignored.

    Notes
    -----
    For a target of unknown place the estimates equal those of `rttgeo.locate_many` to the bit, with
    the target in the mesh that the model was fitted to.

    The model has seen the targets of the mesh it was fitted to. To judge a method, use
    `rttgeo.evaluate`; to locate targets of that same mesh, use `rttgeo.locate_many`. Both leave out
    each target when they locate it.
    """

    method: str
    names: tuple[str, ...]
    lon: FloatArray
    lat: FloatArray
    misplaced: BoolArray
    order: IntArray
    fitted: Fitted
    unaudited: Fitted | None
    learnt_from: LearntFrom
    notes: tuple[Note, ...] = ()

    @one_blas_thread
    def locate(
        self, pairs: TargetPairs | Mapping[str, float] | Frame, target: str = "target"
    ) -> Estimate:
        """Locate a target from round-trip times to landmarks of the model.

        Parameters
        ----------
        pairs
            A dictionary from landmark ids to minimum round-trip times in ms; a table (pandas,
            polars) with the columns ``landmark`` and ``rtt_ms``, in which the lowest RTT of each
            landmark counts; or `TargetPairs` whose landmark numbers are those of this model.
        target
            Id to give the target in the estimate.

        Returns
        -------
        Estimate
            As returned by `rttgeo.locate`.

        Raises
        ------
        NotThereError
            For a landmark that the model does not know.
        BadInputError
            When there is no round-trip time, or one of them is not a number above 0.
        """
        return self._located(self._target_pairs(pairs), target)

    @one_blas_thread
    def locate_many(self, mesh: Mesh, targets: Sequence[str | int] | None = None) -> Estimates:
        """Locate targets of another mesh from their round-trip times to landmarks of the model.

        Landmarks that the model does not know are left out, and a note on the estimate says so.

        Parameters
        ----------
        mesh
            The measurements; landmarks are matched by their ids.
        targets
            Ids or row numbers; None means every target that a landmark of the model measured.

        Returns
        -------
        Estimates
            One estimate per target, in their order.

        Raises
        ------
        NotThereError
            For an unknown target.
        BadInputError
            When the model knows no landmark of the mesh, a landmark is at different places in the
            two, or a target was not measured by any landmark that the model knows.
        """
        number = self._numbers_in(mesh)
        if targets is None:
            known = mesh.where(number[mesh.pairs["landmark"].to_numpy()] >= 0)
            targets = np.flatnonzero(usable_counts(known) > 0).tolist()

        def located(target: str | int) -> Estimate:
            pairs, name = usable_pairs(mesh, target), mesh.targets.index[mesh.target_number(target)]
            of_model = number[pairs.landmark]
            there = keep_pairs(pairs, of_model >= 0)
            there = self._pairs_of(of_model[of_model >= 0], there.rtt_ms)
            estimate = self._located(there, str(name)).of(
                mesh.provenance, partial(heard_in, mesh, str(name))
            )
            return _with_note(estimate, len(pairs.rtt_ms) - len(there.rtt_ms), len(pairs.rtt_ms))

        # Code of other authors may not expect to be called by several threads.
        if getattr(self.fitted, "in_threads", False):
            return Estimates(side_by_side(located, targets))
        return Estimates(map(located, targets))

    def save(self, path: str | Path) -> Path:
        """Write the model to one file, atomically; `rttgeo.load_model` reads it.

        Parameters
        ----------
        path
            The file to write; any name will do (``model.rttgeo``, for example).

        Returns
        -------
        pathlib.Path
            The path.

        Raises
        ------
        BadInputError
            When the method is not one of rttgeo's own: only what those learn can be saved safely.
        """
        try:
            return write_record(path, {"format": FORMAT, "version": VERSION, "model": self})
        except BadInputError as error:
            raise BadInputError(f"a model of {self.method!r} cannot be saved: {error}") from None

    def __repr__(self) -> str:
        learnt = self.learnt_from
        return (
            f"<Model {self.method}, learnt from {number_of(learnt.n_pairs, 'pair')} of "
            f"{learnt.provenance.label()}, {learnt.when}>"
        )

    def _located(self, pairs: TargetPairs, target: str) -> Estimate:
        trusted, fitted = ~self.misplaced[pairs.landmark], self.fitted
        if trusted.any():
            pairs = keep_pairs(pairs, trusted)
        elif self.unaudited is not None:
            fitted = self.unaudited
        if not len(pairs.rtt_ms):
            raise BadInputError(f"target {target!r} has no round-trip time from a known landmark")
        own = sorted_pairs(pairs._replace(landmark=self.order[pairs.landmark].astype(np.int32)))
        estimate = located_by(fitted, self.method, own, target)
        if self.notes:
            estimate = dataclasses.replace(estimate, notes=(*estimate.notes, *self.notes))
        return estimate.of(estimate.provenance, lambda: (self.names, pairs))

    def _target_pairs(self, pairs: TargetPairs | Mapping[str, float] | Frame) -> TargetPairs:
        if isinstance(pairs, TargetPairs):
            number, rtt_ms = np.asarray(pairs.landmark), np.asarray(pairs.rtt_ms, dtype=float)
            if len(number) and not 0 <= number.min() <= number.max() < len(self.names):
                raise BadInputError(f"the model has landmarks 0 to {len(self.names) - 1} only")
            return self._pairs_of(number, rtt_ms)
        names, rtts = _names_and_rtts(pairs)
        place = {name: row for row, name in enumerate(self.names)}
        for name in names:
            if name not in place:
                raise unknown_name("landmark", name, self.names, where="the model")
        return self._pairs_of(np.array([place[name] for name in names], dtype=np.int64), rtts)

    def _pairs_of(self, number: np.ndarray, rtt_ms: FloatArray) -> TargetPairs:
        """Checked pairs in landmark order, with the lowest RTT of each landmark."""
        bad = np.flatnonzero(~(np.isfinite(rtt_ms) & (rtt_ms > 0)))
        if bad.size:
            name = self.names[int(number[bad[0]])]
            raise BadInputError(
                f"landmark {name!r}: rtt_ms is {rtt_ms[bad[0]]}, expected a number above 0"
            )
        order = np.lexsort((rtt_ms, number))
        landmark, first = np.unique(number[order], return_index=True)
        landmark = landmark.astype(np.int32)
        return TargetPairs(
            landmark, self.lon[landmark], self.lat[landmark], rtt_ms[order[first]].astype(float)
        )

    def _numbers_in(self, mesh: Mesh) -> np.ndarray:
        """The model's number of each landmark of a mesh; -1 where the model does not know it."""
        place = {name: row for row, name in enumerate(self.names)}
        number = np.array(
            [place.get(str(name), -1) for name in mesh.landmarks.index], dtype=np.int64
        )
        known = np.flatnonzero(number >= 0)
        if not len(known):
            raise BadInputError(f"the model knows no landmark of {mesh.provenance.name}")
        lon, lat = mesh.landmark_lonlat
        own = number[known]
        apart = sphere.distance_km(lon[known], lat[known], self.lon[own], self.lat[own])
        if (apart > MOVED_KM).any():
            row = int(np.argmax(apart))
            raise BadInputError(
                f"landmark {mesh.landmarks.index[known[row]]!r} of {mesh.provenance.name} is "
                f"{apart[row]:,.0f} km from where the model has it"
            )
        return number


@one_blas_thread
def fit(
    mesh: Mesh,
    *,
    method: str | Estimator = DEFAULT_METHOD,
    grid: Grid | None = None,
    resolution_km: float | None = None,
    audit: bool = True,
) -> Model:
    """Fit a method to a mesh, in order to locate targets that are measured later.

    Parameters
    ----------
    mesh
        The measurements; the method learns from the targets whose place is known.
    method
        As for `rttgeo.locate`.
    grid, resolution_km
        The grid to work on, or the size of its cells in km; 26 km when neither is given.
    audit
        Leave out nodes that `rttgeo.audit` finds misplaced, judged by the speed of light in fibre.

    Returns
    -------
    Model
        The fitted model.

    Raises
    ------
    NotThereError
        When there is no such method.
    BadInputError
        When both ``grid`` and ``resolution_km`` are given, or a value is out of range.

    Examples
    --------
    >>> import rttgeo
    >>> model = rttgeo.fit(rttgeo.open_dataset("azure-2026"), method="exclusion")
    >>> model.locate({"UK South": 4.0, "West Europe": 9.0}).bounding
    ('UK South',)
    """
    check_mesh(mesh)
    estimator, grid = chosen_estimator(method), chosen_grid(grid, resolution_km)
    placed = in_order(mesh)
    misplaced, clean = np.zeros(len(mesh.landmarks), dtype=bool), placed.mesh
    if isinstance(estimator, SelfAuditing):
        estimator, audit = estimator.with_audit(audit), False
    if audit:
        misplaced, clean = _audited(clean)
    names = tuple(map(str, mesh.landmarks.index))
    fitted = fitted_to(estimator, clean, grid)
    unaudited = fitted_to(estimator, placed.mesh, grid) if misplaced.any() else None
    learnt_from, notes = LearntFrom.of(mesh), own_cells_note(estimator, grid)
    misplaced, places = misplaced[placed.landmark], mesh.landmark_lonlat
    return Model(
        estimator.name,
        names,
        *places,
        misplaced,
        placed.landmark,
        fitted,
        unaudited,
        learnt_from,
        notes,
    )


def load_model(path: str | Path) -> Model:
    """Read a model that `Model.save` wrote; nothing is unpickled, and nothing is fitted again.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Model
        The model; its estimates are the same to the bit.

    Raises
    ------
    NotThereError
        When there is no such file.
    BadInputError
        When the file is not a model, is damaged, or was saved by a version with another format.
    """
    record = read_record(path)
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise BadInputError(f"{path}: not a model saved by rttgeo")
    if record.get("version") != VERSION:
        raise BadInputError(
            f"{path}: this model has format {record.get('version')}, but this version of rttgeo "
            f"reads format {VERSION}; fit it again"
        )
    model = record.get("model")
    if not isinstance(model, Model) or not _whole(model):
        raise BadInputError(f"{path}: not a complete model")
    return model


def _audited(mesh: Mesh) -> tuple[BoolArray, Mesh]:
    """The landmarks found misplaced, and the mesh without misplaced nodes and impossible pairs."""
    nobody = np.zeros(len(mesh.landmarks), dtype=bool), np.zeros(len(mesh.targets), dtype=bool)
    contradictions = Contradictions.of(mesh)
    misplaced, target = contradictions.misplaced(*nobody)
    keep = np.ones(len(mesh), dtype=bool)
    keep[contradictions.impossible(*nobody)] = False
    return misplaced, without_nodes(mesh.where(keep), misplaced, target)


def _names_and_rtts(pairs: Mapping[str, float] | Frame) -> tuple[list[str], FloatArray]:
    if isinstance(pairs, Mapping):
        try:
            return list(map(str, pairs)), np.array(list(pairs.values()), dtype=np.float64)
        except (TypeError, ValueError):
            raise BadInputError("round-trip times of landmarks: expected numbers of ms") from None
    if not is_frame(pairs):
        raise BadInputError(
            f"pairs are a {type(pairs).__name__}; expected landmark's id to ms, or a table with the "
            "columns landmark and rtt_ms"
        )
    table = arrow_table(pairs, ("landmark", "rtt_ms"))
    try:
        rtts = table["rtt_ms"].cast("float64").to_numpy().astype(np.float64)
    except ValueError as error:
        raise BadInputError(f"column rtt_ms: {error}") from None
    return list(map(str, table["landmark"].to_pylist())), rtts


def _with_note(estimate: Estimate, unknown: int, among: int) -> Estimate:
    if not unknown:
        return estimate
    text = f"{unknown} of {number_of(among, 'landmark')} left out: the model does not know them"
    note = Note(NoteKind.LANDMARKS, text)
    return dataclasses.replace(estimate, notes=(*estimate.notes, note))


def _whole(model: Model) -> bool:
    """Whether the parts of a model that was read have the right types and sizes."""
    arrays = (model.lon, model.lat, model.misplaced, model.order)
    return (
        all(isinstance(one, np.ndarray) and one.shape == (len(model.names),) for one in arrays)
        and isinstance(model.learnt_from, LearntFrom)
        and all(hasattr(one, "locate") for one in (model.fitted, model.unaudited or model.fitted))
    )
