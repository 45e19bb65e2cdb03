"""Locate the targets of a table that does not fit in memory, shard by shard, into a folder.

The pairs are streamed by row group. The landmarks and the known targets, from which the method
learns, are read first. Then each shard takes some thousand targets with all their pairs, in the
order of the table if it keeps each target's rows together, or else after partitioning it once into
files. A shard is a Parquet file of result columns that gets its name only when it is complete, and
a manifest describes the folder. A run that was killed resumes at the first missing shard, and gives
the same bytes as an undisturbed one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rttgeo.cells.following import chosen_grid
from rttgeo.census.columns import column_tables, in_blocks, schema_of
from rttgeo.census.known import BATCH_ROWS, KnownPairs, check_columns, lots, opened_table
from rttgeo.census.spread import ONE_AT_A_TIME, Threads, spread
from rttgeo.census.writing import write_parquet
from rttgeo.errors import BadInputError
from rttgeo.estimators.estimate import AREA_LEVEL, Estimator
from rttgeo.estimators.own import find_method
from rttgeo.estimators.training import usable_counts
from rttgeo.machine.counting import number_of
from rttgeo.machine.files import is_left_over, write_json, writing
from rttgeo.machine.parquet import native
from rttgeo.mesh import Mesh
from rttgeo.pairs.plain import plain_mesh
from rttgeo.pairs.reading import read_mesh_report
from rttgeo.pairs.schema import OPTIONAL, REQUIRED
from rttgeo.pairs.stated import METADATA_KEY, stated_provenance
from rttgeo.typing import IntArray

MANIFEST, PLAN = "manifest.json", "plan.json"
TAUGHT, PARTS = "taught.parquet", "partitioned"
FORMAT = "rttgeo-census"
SHARD_PAIRS = 2_000_000
"""Approximate number of pairs in a shard: a few hundred megabytes, including its results."""
AT_ONCE = 2
"""Shards to make at a time in this process: one is read or written while the other is solved."""
MOST_TAUGHT = 2_000_000
"""Most pairs of known targets that are held beside each shard; beyond that, a random share of the
targets is used."""
MOST_RUNS = 20_000_000
"""Targets whose names are remembered to check that their rows are together: 160 MB."""
PART_ROWS = 1 << 15
"""Rows of a part to hold before writing them: a few hundred megabytes for a hundred parts."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a folder of shards will hold: equal for the same table and options.

    Attributes
    ----------
    source
        The pairs table, as given.
    rows, size
        Number of rows of that table, and its size in bytes.
    method
        Name of a method that `rttgeo.estimators.own.find_method` knows.
    resolution_km, level, regions
        As for `rttgeo.census.columns.locate_columns`.
    skip_bad
        Skip bad rows instead of raising an error.
    share
        Share of the known targets that the method learns from.
    bounds
        Rows of the shards in a table that keeps each target's rows together: shard i is
        ``bounds[i]`` to ``bounds[i + 1]``. Empty if the table was partitioned into ``parts`` files.
    parts
        Number of those files.
    """

    source: str
    rows: int
    size: int
    method: str
    resolution_km: float | None
    level: float
    regions: str
    skip_bad: bool
    share: float
    bounds: tuple[int, ...]
    parts: int

    @property
    def n_shards(self) -> int:
        """Number of shards."""
        return self.parts or len(self.bounds) - 1


class Job(NamedTuple):
    """One shard to make, as sent to a worker: paths are absolute, whatever its directory.

    ``alone`` says that its process may not make another one meanwhile.
    """

    folder: str
    source: str
    shard: int
    alone: bool = True


def census(
    source: str | Path,
    folder: str | Path,
    *,
    method: str,
    resolution_km: float | None = None,
    level: float = AREA_LEVEL,
    regions: str = "none",
    skip_bad: bool = False,
    client: Any = None,
    told: Callable[[str], None] = lambda _: None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Path:
    """Locate every target of a table that need not fit in memory, and write a folder of shards.

    If a run was killed, the same call resumes at the first missing shard.

    Parameters
    ----------
    source
        A pairs table as Parquet.
    folder
        Folder for the shards: a new one, or that of an earlier call with the same table and
        options.
    method, resolution_km, level, regions, skip_bad
        As for `Plan`.
    client
        Client whose workers make the shards, as for `rttgeo.census.spread.spread`: a Dask client,
        an executor from `concurrent.futures`, or anything with ``map``. Workers must see the same
        files; each makes one shard at a time. None makes them in this process, on all cores:
        `AT_ONCE` at a time if compiled code computes the method in blocks, else one after another.
    told
        Function to call with remarks for the user.
    progress
        Function to call with the number of finished shards, and their total.

    Returns
    -------
    pathlib.Path
        Path of the manifest, which is written last.

    Raises
    ------
    BadInputError
        When the table is not a Parquet file or cannot be used, the folder holds something else, or
        workers died.
    """
    source, folder = Path(source), Path(folder)
    wishes = (method, resolution_km, level, regions, skip_bad)
    schema_of(regions, geometry=False)
    plan = _planned(source, folder, wishes, told)
    paths = str(folder.absolute()), str(source.absolute())
    missing = [k for k in range(plan.n_shards) if not shard_path(folder, k).exists()]
    there = plan.n_shards - len(missing)
    progress(there, plan.n_shards)
    alone = client is not None or not in_blocks(find_method(method))
    spread(
        client if alone else Threads(AT_ONCE),
        make_shard,
        [Job(*paths, k, alone) for k in missing],
        progress=lambda done: progress(there + done, plan.n_shards),
    )
    return _finish(folder, plan)


def shard_path(folder: Path, shard: int) -> Path:
    """Return the path of a shard.

    Parameters
    ----------
    folder
        Folder of the census.
    shard
        Its number, from 0.

    Returns
    -------
    pathlib.Path
        Path of the file, which exists once the shard is complete.
    """
    return folder / f"shard-{shard:05d}.parquet"


def _planned(
    source: Path, folder: Path, wishes: tuple[Any, ...], told: Callable[[str], None]
) -> Plan:
    """The plan of a folder; if there is none, one is made and written."""
    there = folder / PLAN
    method, resolution_km, level, regions, skip_bad = wishes
    with opened_table(source) as opened:
        rows = opened.metadata.num_rows
    fixed = (str(source), rows, source.stat().st_size, *wishes)
    if there.exists():
        plan = read_plan(folder)
        if dataclasses.astuple(plan)[: len(fixed)] != fixed:
            raise BadInputError(
                f"{folder} holds a census of another table, or made with other options ({there}): "
                f"choose another folder, or remove it"
            )
        return plan
    if folder.exists() and not _is_ours(folder):
        raise BadInputError(f"{folder} holds something else: choose a new folder")
    bounds, share = _scan(source, folder, told)
    parts = 0
    if not bounds:
        parts = -(-rows // SHARD_PAIRS)
        told(
            f"{source} does not keep each target's rows together: partitioning it once into "
            f"{number_of(parts, 'file')}"
        )
        _partition(source, folder / PARTS, parts)
    about = (str(source), rows, source.stat().st_size)
    plan = Plan(
        *about, method, resolution_km, level, regions, skip_bad, share, tuple(bounds), parts
    )
    write_json(there, {"format": FORMAT, "version": 1, **dataclasses.asdict(plan)})
    return plan


def _is_ours(folder: Path) -> bool:
    """Whether a folder holds only the remains of a run that was killed before it had a plan."""
    if not folder.is_dir():
        return False
    left = [one.name for one in folder.iterdir() if not is_left_over(one)]
    return set(left) <= {TAUGHT, PARTS}


def read_plan(folder: Path) -> Plan:
    """Read the plan of a folder.

    Parameters
    ----------
    folder
        Folder of a census.

    Returns
    -------
    Plan
        The plan as written.

    Raises
    ------
    BadInputError
        When this is not the folder of a census.
    """
    try:
        fields = json.loads((folder / PLAN).read_text(encoding="utf-8"))
        if fields.pop("format") != FORMAT or fields.pop("version") != 1:
            raise ValueError("another format")
        return Plan(**fields | {"bounds": tuple(fields["bounds"])})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInputError(f"{folder / PLAN}: no plan of a census ({error})") from None


def _batches(source: Path, start: int, stop: int) -> Iterator[pa.RecordBatch]:
    """Rows ``start:stop`` of a table, read from the row groups that hold them."""
    with opened_table(source) as opened:
        about = opened.metadata
        sizes = [about.row_group(i).num_rows for i in range(about.num_row_groups)]
        first = np.concatenate([[0], np.cumsum(sizes)])
        groups = [i for i in range(len(sizes)) if first[i] < stop and first[i + 1] > start]
        at = int(first[groups[0]]) if groups else 0
        wanted = [name for name in opened.schema_arrow.names if name in (*REQUIRED, *OPTIONAL)]
        # A whole row group is read in half the time of its batches, but there is no limit to its size.
        batches: Any = (
            opened.read_row_groups(groups, columns=wanted, use_threads=False).to_batches()
            if sum(sizes[i] for i in groups) <= 2 * SHARD_PAIRS
            else opened.iter_batches(BATCH_ROWS, row_groups=groups, columns=wanted)
        )
        for batch in batches:
            low, high = max(start - at, 0), min(stop - at, len(batch))
            at += len(batch)
            if low < high:
                yield batch.slice(low, high - low)


def _scan(source: Path, folder: Path, told: Callable[[str], None]) -> tuple[list[int], float]:
    """Read a table once: find where shards begin, if it is grouped, and its known targets."""
    grouping, teaching = _Grouping(), KnownPairs(MOST_TAUGHT)
    with opened_table(source) as opened:
        check_columns(opened, source)
        for group in range(opened.num_row_groups):
            known = False
            for batch in opened.iter_batches(BATCH_ROWS, [group], ["target", "target_lat"]):
                if len(batch):
                    grouping.take(batch.column("target"))
                    known |= batch.column("target_lat").null_count < len(batch)
            # Most of a census is of unknown place: of that, two columns are read.
            for batch in opened.iter_batches(BATCH_ROWS, [group]) if known else ():
                teaching.take(batch)
    if teaching.share < 1:
        told(
            f"learning from {100 * teaching.share:g} % of the known targets, chosen by a hash of "
            f"their names, so that at most {MOST_TAUGHT:,} pairs are held; the others are located as "
            "targets of unknown place"
        )
    if teaching.tables:
        with writing(folder / TAUGHT) as file:
            pq.write_table(teaching.table(), file, compression="zstd")
    return grouping.bounds(), teaching.share


class _Grouping:
    """Checks whether each target's rows are together, and finds where shards can begin."""

    def __init__(self) -> None:
        self.cuts, self.at, self.n_runs = [0], 0, 0
        self.last: Any = None
        self.hashes: list[np.ndarray] = []

    def take(self, target: pa.Array) -> None:
        """Examine some rows."""
        coded = target.indices if pa.types.is_dictionary(target.type) else target
        first = np.ones(len(target), dtype=bool)
        first[1:] = pc.not_equal(coded[1:], coded[:-1]).to_numpy(zero_copy_only=False)
        begins = np.flatnonzero(first)
        names = self._texts(target, begins)
        first[0] = self.last is None or self.last != names[0]
        self.last = names[-1]
        if not first[0]:
            begins, names = begins[1:], names[1:]
        self.n_runs += len(begins)
        if self.n_runs <= MOST_RUNS:
            self.hashes.append(pd.util.hash_array(names))
        for where in (self.at + begins).tolist():
            if where - self.cuts[-1] >= SHARD_PAIRS:
                self.cuts.append(where)
        self.at += len(target)

    @staticmethod
    def _texts(target: pa.Array, begins: IntArray) -> Any:
        """Names at some rows, as texts."""
        names = target.take(pa.array(begins)).cast(pa.string())
        texts = names.to_numpy(zero_copy_only=False)
        return texts.astype(str).astype(object) if names.null_count else texts

    def bounds(self) -> list[int]:
        """First rows of the shards, and the end; empty for a table that is not grouped."""
        if self.n_runs > MOST_RUNS or not self.at:
            return []
        hashes = np.concatenate(self.hashes)
        return [*self.cuts, self.at] if len(np.unique(hashes)) == len(hashes) else []


def _partition(source: Path, folder: Path, parts: int) -> None:
    """Distribute the rows over several files, by a hash of the target's name."""
    with contextlib.ExitStack() as stack, opened_table(source) as opened:
        schema = opened.schema_arrow
        files = [
            stack.enter_context(writing(folder / f"part-{part:05d}.parquet"))
            for part in range(parts)
        ]
        writers = [
            stack.enter_context(pq.ParquetWriter(file, schema, compression="zstd"))
            for file in files
        ]
        held: list[list[pa.RecordBatch]] = [[] for _ in range(parts)]
        rows = np.zeros(parts, np.int64)
        for batch in opened.iter_batches(BATCH_ROWS):
            part = lots(batch.column("target")) % parts
            order = np.argsort(part, kind="stable")
            cuts = np.searchsorted(part[order], np.arange(parts + 1))
            ordered = batch.take(pa.array(order))
            for one in np.flatnonzero(np.diff(cuts)).tolist():
                held[one].append(ordered.slice(cuts[one], cuts[one + 1] - cuts[one]))
                rows[one] += cuts[one + 1] - cuts[one]
                if rows[one] >= PART_ROWS:
                    writers[one].write_table(pa.Table.from_batches(held[one]))
                    held[one], rows[one] = [], 0
        for writer, batches in zip(writers, held, strict=True):
            if batches:
                writer.write_table(pa.Table.from_batches(batches))


def make_shard(job: Job) -> int:
    """Locate the targets of one shard: the task of a worker.

    Parameters
    ----------
    job
        Folder, table, and number of the shard.

    Returns
    -------
    int
        Number of targets in the shard.
    """
    with ONE_AT_A_TIME if job.alone else contextlib.nullcontext():
        return _make_shard(Path(job.folder), Path(job.source), job.shard)


def _make_shard(folder: Path, source: Path, shard: int) -> int:
    plan = read_plan(folder)
    held = _mesh_of(plan, folder, source, shard)
    tables: Iterator[pa.Table] = iter(())
    if held is not None:
        mesh, numbers = held
        estimator: Estimator = find_method(plan.method)
        usable = usable_counts(mesh)[numbers] > 0
        tables = column_tables(
            mesh,
            numbers[usable],
            estimator,
            chosen_grid(None, plan.resolution_km),
            level=plan.level,
            regions=plan.regions,
        )
    with writing(shard_path(folder, shard)) as file:
        return write_parquet(file, tables, schema_of(plan.regions, geometry=False))


def _mesh_of(plan: Plan, folder: Path, source: Path, shard: int) -> tuple[Mesh, IntArray] | None:
    """A shard's pairs with those to learn from, and the numbers of its targets; None without rows."""
    where = f"{plan.source}, rows"
    if plan.parts:
        source = folder / PARTS / f"part-{shard:05d}.parquet"
        start, stop, where = 0, 1 << 62, str(source)
    else:
        start, stop = plan.bounds[shard : shard + 2]
        where = f"{plan.source}, of rows {start + 1:,} to {stop:,}"
    batches = list(_batches(source, start, stop))
    if not batches:
        return None
    table = pa.Table.from_batches(batches)
    if plan.share < 1:
        keep = pa.array(lots(table["target"]) < plan.share * 2**32)
        for name in ("target_lat", "target_lon"):
            column = pc.if_else(keep, table[name], pa.scalar(None, table[name].type))
            table = table.set_column(table.schema.get_field_index(name), name, column)
    own = _distinct(table["target"])
    more = _taught(folder)
    if more is not None:
        more = more.filter(pc.invert(pc.is_in(more["target"].cast(pa.string()), own)))
        table = pa.concat_tables([table, more])
    stated = (table.schema.metadata or {}).get(METADATA_KEY)
    provenance, _ = stated_provenance(Path(plan.source), plan.source, stated)
    mesh = plain_mesh(table, provenance)
    try:
        if mesh is None:
            mesh, _ = read_mesh_report(table, skip_bad=plan.skip_bad, provenance=provenance)
    except BadInputError as error:
        raise BadInputError(f"{where}: {error}") from None
    names = [name.strip() for name in own.to_pylist() if name is not None]
    numbers = np.sort(mesh.targets.index.get_indexer(names))
    return mesh, numbers[numbers >= 0]


def _distinct(names: pa.ChunkedArray) -> pa.Array:
    """The different names of a column, whatever holds them, as texts."""
    if not pa.types.is_dictionary(names.type):
        return pc.unique(names.cast(pa.string()))
    parts = [pc.unique(chunk).dictionary_decode().cast(pa.string()) for chunk in names.chunks]
    return pc.unique(pa.chunked_array(parts, pa.string()))


def _taught(folder: Path) -> pa.Table | None:
    """The pairs that every shard learns from, read once by each worker."""
    path = folder / TAUGHT
    return _read_once(path, path.stat().st_mtime_ns) if path.exists() else None


@functools.lru_cache(maxsize=1)
def _read_once(path: Path, _written: int) -> pa.Table:
    with path.open("rb") as handle:
        return pq.read_table(native(handle), pre_buffer=False)


def _finish(folder: Path, plan: Plan) -> Path:
    """Write the manifest; remove the partitioned copy of the table, and what killed runs left."""
    shards = []
    for k in range(plan.n_shards):
        path = shard_path(folder, k)
        with path.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
            rows = pq.ParquetFile(native(handle), pre_buffer=False).metadata.num_rows
        shards.append(
            {"file": path.name, "targets": rows, "bytes": path.stat().st_size, "sha256": digest}
        )
    if plan.parts and (folder / PARTS).is_dir():
        for part in sorted((folder / PARTS).iterdir()):
            part.unlink()
        (folder / PARTS).rmdir()
    for left in filter(is_left_over, folder.iterdir()):
        left.unlink(missing_ok=True)
    about = {
        "format": FORMAT,
        "version": 1,
        "table": plan.source,
        "pairs": plan.rows,
        "method": plan.method,
        "targets": sum(int(str(one["targets"])) for one in shards),
        "learnt_from_share_of_known_targets": plan.share,
        "shards": shards,
    }
    return write_json(folder / MANIFEST, about)
