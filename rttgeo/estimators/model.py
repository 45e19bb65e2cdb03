"""`fit` and `Model`: a method that has learnt from a mesh, to locate targets that are not in it.

`rttgeo.locate` learns anew for each target, from all the others. A model learns once, from a whole
mesh, and is kept: located are targets measured later by the same landmarks.
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
from rttgeo.auditing.violations import Contradictions
from rttgeo.cells.following import chosen_grid
from rttgeo.cells.grid import Grid
from rttgeo.delay.statements import Note, NoteKind
from rttgeo.errors import BadInputError, unknown_name
from rttgeo.estimators.api import chosen_estimator
from rttgeo.estimators.batch import Estimates
from rttgeo.estimators.estimate import Estimate, Estimator, Fitted, SelfAuditing, heard_in
from rttgeo.estimators.registry import DEFAULT_METHOD
from rttgeo.estimators.training import keep_pairs, usable_counts, usable_pairs, without_nodes
from rttgeo.machine.one_thread import one_blas_thread
from rttgeo.machine.records import read_record, write_record
from rttgeo.mesh import Mesh, Provenance, TargetPairs
from rttgeo.pairs.frames import arrow_table, is_frame
from rttgeo.typing import BoolArray, FloatArray

if TYPE_CHECKING:
    from rttgeo.pairs.frames import Frame

FORMAT = "rttgeo-model"
VERSION = 1
MOVED_KM = 1.0
"""A landmark declared farther from where the model knows it stands elsewhere: as near as nodes
count as standing at one place (`TRAINING_COLOCATED_KM`)."""


@dataclasses.dataclass(frozen=True)
class LearntFrom:
    """What a model learnt from, and when.

    Attributes
    ----------
    provenance
        Of the mesh.
    n_landmarks, n_targets, n_pairs
        Its size.
    digest
        SHA-256 of its ids, places and round-trip times: the same for the same measurements.
    when
        Time of learning, ISO 8601, UTC.
    version
        Of rttgeo.
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
        """Describe a mesh that is learnt from now.

        Parameters
        ----------
        mesh
            The measurements, with known places of landmarks and of some targets.

        Returns
        -------
        LearntFrom
            Provenance, sizes, digest, time (UTC) and version of the package.
        """
        from rttgeo import __version__

        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        sizes = len(mesh.landmarks), len(mesh.targets), len(mesh)
        return cls(mesh.provenance, *sizes, mesh.digest, now, __version__)


@dataclasses.dataclass(frozen=True, eq=False)
class Model:
    """A method that has learnt from a mesh; made by `rttgeo.fit` or `rttgeo.load_model`.

    Attributes
    ----------
    method
        Its name.
    names
        Ids of the landmarks, shape (n,).
    lon, lat
        Their places, degrees, shape (n,).
    misplaced
        Landmarks that the audit found misplaced: what they measured is not used. Shape (n,).
    fitted
        The method with what it learnt.
    learnt_from
        The mesh it learnt from, in numbers.

    Notes
    -----
    A target that was in that mesh was learnt from: to judge a method, use `rttgeo.evaluate`,
    and `rttgeo.locate_many` for the targets of one mesh; both leave each target out.
    """

    method: str
    names: tuple[str, ...]
    lon: FloatArray
    lat: FloatArray
    misplaced: BoolArray
    fitted: Fitted
    learnt_from: LearntFrom

    @one_blas_thread
    def locate(
        self, pairs: TargetPairs | Mapping[str, float] | Frame, target: str = "target"
    ) -> Estimate:
        """Where a target is, from round-trip times that landmarks of the model measured.

        Parameters
        ----------
        pairs
            Landmark's id to its lowest round-trip time in ms; a table (pandas, polars) with the
            columns ``landmark`` and ``rtt_ms``, of which the lowest of a landmark counts; or
            `TargetPairs` whose landmark numbers are those of this model.
        target
            How to name it.

        Returns
        -------
        Estimate
            As of `rttgeo.locate`.

        Raises
        ------
        NotThereError
            For a landmark that the model does not know.
        BadInputError
            When there is no round-trip time, or one that is no number of ms above 0.
        """
        return self._located(self._target_pairs(pairs), target)

    @one_blas_thread
    def locate_many(self, mesh: Mesh, targets: Sequence[str | int] | None = None) -> Estimates:
        """Where targets of a mesh are, from what landmarks of the model measured to them.

        Landmarks that the model does not know are left out, and a note of the estimate says so.

        Parameters
        ----------
        mesh
            The measurements; landmarks go by their ids.
        targets
            Ids or row numbers; None takes every target that a landmark of the model measured.

        Returns
        -------
        Estimates
            In the order of the targets.

        Raises
        ------
        NotThereError
            For an unknown target.
        BadInputError
            When the model knows no landmark of the mesh, a landmark stands elsewhere in the two,
            or a target was measured by none that the model knows.
        """
        number = self._numbers_in(mesh)
        if targets is None:
            known = mesh.where(number[mesh.pairs["landmark"].to_numpy()] >= 0)
            targets = np.flatnonzero(usable_counts(known) > 0).tolist()
        found = Estimates()
        for target in targets:
            pairs, name = usable_pairs(mesh, target), mesh.targets.index[mesh.target_number(target)]
            of_model = number[pairs.landmark]
            there = keep_pairs(pairs, of_model >= 0)
            there = self._pairs_of(of_model[of_model >= 0], there.rtt_ms)
            estimate = self._located(there, str(name)).of(
                mesh.provenance, partial(heard_in, mesh, str(name))
            )
            found.append(
                _with_note(estimate, len(pairs.rtt_ms) - len(there.rtt_ms), len(pairs.rtt_ms))
            )
        return found

    def save(self, path: str | Path) -> Path:
        """Write the model to one file, in one move; `rttgeo.load_model` reads it.

        Parameters
        ----------
        path
            Where to; the ending is free (``.rttgeo``, say).

        Returns
        -------
        pathlib.Path
            The path.

        Raises
        ------
        BadInputError
            When the method is none of rttgeo's: what it learnt cannot be told from code.
        """
        try:
            return write_record(path, {"format": FORMAT, "version": VERSION, "model": self})
        except BadInputError as error:
            raise BadInputError(f"a model of {self.method!r} cannot be saved: {error}") from None

    def __repr__(self) -> str:
        learnt = self.learnt_from
        return (
            f"<Model {self.method}, learnt from {learnt.n_pairs:,} pairs of "
            f"{learnt.provenance.label()}, {learnt.when}>"
        )

    def _located(self, pairs: TargetPairs, target: str) -> Estimate:
        trusted = ~self.misplaced[pairs.landmark]
        if trusted.any():
            pairs = keep_pairs(pairs, trusted)
        if not len(pairs.rtt_ms):
            raise BadInputError(f"target {target!r} has no round-trip time from a known landmark")
        estimate = self.fitted.locate(pairs, target)
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
        """Checked pairs in landmark order, of each landmark the lowest."""
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
        """Number in the model of each landmark of a mesh; -1 where it is not known."""
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
    """Let a method learn from a mesh, to locate targets that are measured later.

    Parameters
    ----------
    mesh
        The measurements; pairs of targets whose place is known are learnt from.
    method
        Name in `rttgeo.estimators.METHODS`, or an estimator with settings of its own.
    grid, resolution_km
        The grid to work on, or the size of its cells in km (26 when neither is given).
    audit
        Leave out nodes that `rttgeo.audit` finds misplaced, by fibre.

    Returns
    -------
    Model
        With ``locate``, ``locate_many`` and ``save``.

    Raises
    ------
    NotThereError
        For an unknown method.
    BadInputError
        When both ``grid`` and ``resolution_km`` are given, or a value is out of range.

    Examples
    --------
    >>> import rttgeo
    >>> model = rttgeo.fit(rttgeo.open_dataset("azure-2026"), method="exclusion")
    >>> model.locate({"UK South": 4.0, "West Europe": 9.0}).bounding
    ('UK South',)
    """
    estimator, grid = chosen_estimator(method), chosen_grid(grid, resolution_km)
    misplaced, clean = np.zeros(len(mesh.landmarks), dtype=bool), mesh
    if isinstance(estimator, SelfAuditing):
        estimator, audit = estimator.with_audit(audit), False
    if audit:
        nobody = np.zeros(len(mesh.targets), dtype=bool)
        misplaced, target = Contradictions.of(mesh).misplaced(misplaced, nobody)
        clean = without_nodes(mesh, misplaced, target)
    names = tuple(map(str, mesh.landmarks.index))
    fitted = estimator.fit(clean, grid)
    return Model(
        estimator.name, names, *mesh.landmark_lonlat, misplaced, fitted, LearntFrom.of(mesh)
    )


def load_model(path: str | Path) -> Model:
    """Read a model that `Model.save` wrote. Nothing is unpickled, and nothing learnt anew.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Model
        It gives the same estimates, to the bit.

    Raises
    ------
    NotThereError
        When there is no such file.
    BadInputError
        When it is no model, is damaged, or was saved by a version that kept other things.
    """
    record = read_record(path)
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise BadInputError(f"{path}: not a model saved by rttgeo")
    if record.get("version") != VERSION:
        raise BadInputError(
            f"{path}: a model of format {record.get('version')}, and this rttgeo reads format "
            f"{VERSION}: fit it again"
        )
    model = record.get("model")
    if not isinstance(model, Model) or not _whole(model):
        raise BadInputError(f"{path}: not a complete model")
    return model


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
    text = f"{unknown} of {among} landmarks left out: the model does not know them"
    note = Note(NoteKind.LANDMARKS, text)
    return dataclasses.replace(estimate, notes=(*estimate.notes, note))


def _whole(model: Model) -> bool:
    """Whether the parts of a model that was read are of the kinds and sizes they must be."""
    arrays = (model.lon, model.lat, model.misplaced)
    return (
        all(isinstance(one, np.ndarray) and one.shape == (len(model.names),) for one in arrays)
        and isinstance(model.learnt_from, LearntFrom)
        and hasattr(model.fitted, "locate")
    )
