"""What a census learns from, and what its method learnt: once for the whole table, for all shards.

The folder keeps the landmarks (`landmarks.parquet`), the pairs of the known targets
(`taught.parquet`) and the fitted method (`model.rttgeo`). Each process reads them once. A target of
unknown place is located by the model, with nothing but its own pairs. A known target is located
among the known ones, since it must be left out of what is learnt to locate it.
"""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rttgeo.census.grouping import Grouping
from rttgeo.census.known import KnownPairs, known_rows, lots
from rttgeo.census.landmarks import Landmarks, witness_name, witness_rows
from rttgeo.census.opened import BATCH_ROWS, check_columns, opened_table
from rttgeo.census.plan import Plan
from rttgeo.errors import BadInputError
from rttgeo.estimators.model import Model, fit, load_model
from rttgeo.machine.files import writing
from rttgeo.machine.parquet import native
from rttgeo.mesh import Mesh
from rttgeo.pairs.plain import plain_mesh
from rttgeo.pairs.reading import read_mesh_report
from rttgeo.pairs.schema import REQUIRED
from rttgeo.pairs.stated import METADATA_KEY, stated_provenance

TAUGHT, LANDMARKS, MODEL = "taught.parquet", "landmarks.parquet", "model.rttgeo"


class Scanned(NamedTuple):
    """A table that was read once: how its rows are grouped, and what can be learnt from."""

    grouping: Grouping
    landmarks: Landmarks
    known: KnownPairs


def scan(source: Path, shard_pairs: int, most: int) -> Scanned:
    """Read a table once: its landmarks, where shards can begin, and its known targets.

    Parameters
    ----------
    source
        A pairs table as Parquet.
    shard_pairs
        Least number of pairs in a shard.
    most
        Largest number of pairs of known targets to hold.

    Returns
    -------
    Scanned
        What was found.

    Raises
    ------
    BadInputError
        When this is not a pairs table as Parquet.
    """
    found = Scanned(Grouping(shard_pairs), Landmarks(), KnownPairs(most))
    with opened_table(source) as opened:
        check_columns(opened, source)
        for batch in opened.iter_batches(BATCH_ROWS, columns=list(found.landmarks.columns)):
            if len(batch):
                found.landmarks.take(batch)
        names = pa.array(sorted(found.landmarks.names()), pa.string())
        for group in range(opened.num_row_groups):
            known = False
            for batch in opened.iter_batches(BATCH_ROWS, [group], ["target", "target_lat"]):
                if len(batch):
                    found.grouping.take(batch.column("target"))
                    known = known or bool(pc.any(known_rows(batch, names)).as_py())
            # Most of a census is of unknown place: of that, the other columns are not read.
            for batch in opened.iter_batches(BATCH_ROWS, [group]) if known else ():
                found.known.take(batch, names)
    return found


def keep(folder: Path, scanned: Scanned) -> None:
    """Write what can be learnt from to the folder.

    Parameters
    ----------
    folder
        Folder of the census.
    scanned
        The table.
    """
    known = scanned.known.table() if scanned.known.tables else None
    for name, table in ((LANDMARKS, scanned.landmarks.table()), (TAUGHT, known)):
        if table is not None:
            with writing(folder / name) as file:
                pq.write_table(table, file, compression="zstd")


def learn(folder: Path, plan: Plan) -> None:
    """Fit the method, and keep it in the folder if it can be kept.

    A method of another author is fitted once by each worker instead.

    Parameters
    ----------
    folder
        Folder of the census.
    plan
        Its plan.
    """
    if (folder / MODEL).exists():
        return
    lesson = lesson_of(folder, plan)
    try:
        lesson.model.save(folder / MODEL)
    except BadInputError:
        return


class Lesson:
    """What all shards have in common, as one process holds it.

    Parameters
    ----------
    folder
        Folder of the census.
    plan
        Its plan.
    """

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder, self.plan = folder, plan
        self.landmarks = _read(folder / LANDMARKS)

    @functools.cached_property
    def mesh(self) -> Mesh:
        """All landmarks, and the known targets to learn from."""
        pairs = _read(self.folder / TAUGHT)
        if pairs is None:
            columns = [name for name in REQUIRED if name not in ("landmark", "target")]
            texts = [("landmark", pa.string()), ("target", pa.string())]
            pairs = pa.schema([*texts, *((name, pa.float64()) for name in columns)]).empty_table()
        mesh, witness = self.read(pairs, f"{self.plan.source}, targets of known place")
        return _without_target(mesh, witness)

    @functools.cached_property
    def model(self) -> Model:
        """The method, fitted to `mesh`."""
        kept = self.folder / MODEL
        if kept.exists():
            return load_model(kept)
        plan = self.plan
        found = fit(self.mesh, method=plan.method, resolution_km=plan.resolution_km)
        # The same census makes the same bytes at any time.
        return dataclasses.replace(
            found, learnt_from=dataclasses.replace(found.learnt_from, when="")
        )

    def read(self, pairs: pa.Table, where: str) -> tuple[Mesh, str]:
        """Make a mesh of some rows, with all landmarks of the table.

        Parameters
        ----------
        pairs
            Rows of the table.
        where
            Which rows they are, for messages.

        Returns
        -------
        mesh
            The mesh.
        witness
            Name of a target that was made up to name all landmarks.

        Raises
        ------
        BadInputError
            When a row is bad, and bad rows are not skipped.
        """
        plan = self.plan
        if plan.share < 1:
            pairs = _unknown_but(pairs, plan.share)
        stated = (pairs.schema.metadata or {}).get(METADATA_KEY)
        provenance, _ = stated_provenance(Path(plan.source), plan.source, stated)
        witness = witness_name(pairs)
        if self.landmarks is not None:
            every = witness_rows(self.landmarks, pairs.schema, witness)
            # Last, so that messages number the rows as they are; but of two places of one landmark
            # the first in the table counts.
            moved = len(pc.unique(every["landmark"].cast(pa.string()))) < len(every)
            pairs = pa.concat_tables([every, pairs] if moved else [pairs, every])
        try:
            mesh = plain_mesh(pairs, provenance)
            if mesh is None:
                mesh, _ = read_mesh_report(pairs, skip_bad=plan.skip_bad, provenance=provenance)
        except BadInputError as error:
            raise BadInputError(f"{where}: {error}") from None
        return mesh, witness


def lesson_of(folder: Path, plan: Plan) -> Lesson:
    """Return what all shards have in common, read once by each process.

    Parameters
    ----------
    folder
        Folder of the census.
    plan
        Its plan.

    Returns
    -------
    Lesson
        The same object for all shards of a folder.
    """
    path = folder / LANDMARKS
    return _lesson(folder, plan, path.stat().st_mtime_ns if path.exists() else 0)


@functools.lru_cache(maxsize=1)
def _lesson(folder: Path, plan: Plan, _written: int) -> Lesson:
    return Lesson(folder, plan)


def _read(path: Path) -> pa.Table | None:
    if not path.exists():
        return None
    with path.open("rb") as handle:
        return pq.read_table(native(handle), pre_buffer=False)


def _without_target(mesh: Mesh, name: str) -> Mesh:
    """A mesh without one target and its pairs."""
    if name not in mesh.targets.index:
        return mesh
    number = mesh.targets.index.get_loc(name)
    pairs = mesh.pairs[mesh.pairs["target"] != number].reset_index(drop=True)
    target = pairs["target"].to_numpy()
    pairs = pairs.assign(target=(target - (target > number)).astype(np.int32))
    return dataclasses.replace(mesh, targets=mesh.targets.drop(index=name), pairs=pairs)


def _unknown_but(table: pa.Table, share: float) -> pa.Table:
    """The rows without the places of targets that are not in the share."""
    kept = pa.array(lots(table["target"]) < share * 2**32)
    for name in ("target_lat", "target_lon"):
        column = pc.if_else(kept, table[name], pa.scalar(None, table[name].type))
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return table
