"""Locate the targets of a table that does not fit in memory, shard by shard, into a folder.

The pairs are streamed by row group. The landmarks and the known targets are read first, and the
method learns from them once (`rttgeo.census.teaching`). Then each shard takes some thousand targets
with all their pairs, in the order of the table if it keeps each target's rows together, or else
after partitioning it once into files. A shard is a Parquet file of result columns that gets its
name only when it is complete, and a manifest describes the folder. A run that was killed resumes at
the first missing shard, and gives the same bytes as an undisturbed one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rttgeo.cells.following import chosen_grid
from rttgeo.census.columns import Locate, by_model, by_one_another, in_blocks, interleaved, slices
from rttgeo.census.fields import schema_of
from rttgeo.census.grouping import batches, partition
from rttgeo.census.opened import check_columns, doubts, opened_table
from rttgeo.census.plan import FORMAT, PLAN, VERSION, Plan, read_plan
from rttgeo.census.spread import ONE_AT_A_TIME, Threads, spread
from rttgeo.census.teaching import LANDMARKS, TAUGHT, Lesson, keep, learn, lesson_of, scan
from rttgeo.census.writing import write_parquet
from rttgeo.errors import BadInputError
from rttgeo.estimators.estimate import AREA_LEVEL
from rttgeo.estimators.own import find_method
from rttgeo.estimators.training import usable_counts
from rttgeo.machine.counting import number_of
from rttgeo.machine.files import is_left_over, write_json, writing
from rttgeo.machine.parquet import native

MANIFEST = "manifest.json"
PARTS = "partitioned"
SHARD_PAIRS = 2_000_000
"""Approximate number of pairs in a shard: a few hundred megabytes, including its results."""
AT_ONCE = 2
"""Shards to make at a time in this process: one is read or written while the other is solved."""
MOST_TAUGHT = 2_000_000
"""Most pairs of known targets that are held beside each shard; beyond that, a random share of the
targets is used."""
_ONE_THREAD = threading.Lock()


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
        As for `rttgeo.census.plan.Plan`.
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
    learn(folder, plan)
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
        check_columns(opened, source)
        rows, doubt = opened.metadata.num_rows, doubts(opened)
    if doubt:
        told(f"{source}: {doubt}")
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
    scanned = scan(source, SHARD_PAIRS, MOST_TAUGHT)
    keep(folder, scanned)
    bounds, share, parts = scanned.grouping.bounds(), scanned.known.share, 0
    if share < 1:
        told(
            f"learning from {100 * share:g} % of the known targets, chosen by a hash of their names, "
            f"so that at most {MOST_TAUGHT:,} pairs are held; the others are located as targets of "
            "unknown place"
        )
    if not bounds:
        parts = -(-rows // SHARD_PAIRS)
        told(
            f"{source} does not keep each target's rows together: partitioning it once into "
            f"{number_of(parts, 'file')}"
        )
        partition(source, folder / PARTS, parts)
    about = (str(source), rows, source.stat().st_size)
    plan = Plan(
        *about, method, resolution_km, level, regions, skip_bad, share, tuple(bounds), parts
    )
    write_json(there, {"format": FORMAT, "version": VERSION, **dataclasses.asdict(plan)})
    return plan


def _is_ours(folder: Path) -> bool:
    """Whether a folder holds only the remains of a run that was killed before it had a plan."""
    if not folder.is_dir():
        return False
    left = [one.name for one in folder.iterdir() if not is_left_over(one)]
    return set(left) <= {TAUGHT, LANDMARKS, PARTS}


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
    if plan.parts:
        source = folder / PARTS / f"part-{shard:05d}.parquet"
        start, stop, where = 0, 1 << 62, str(source)
    else:
        start, stop = plan.bounds[shard : shard + 2]
        where = f"{plan.source}, of rows {start + 1:,} to {stop:,}"
    held = batches(source, start, stop, 2 * SHARD_PAIRS)
    tables = _tables(lesson_of(folder, plan), held, where)
    with writing(shard_path(folder, shard)) as file:
        return write_parquet(file, tables, schema_of(plan.regions, geometry=False))


def _tables(lesson: Lesson, held: Iterator[pa.RecordBatch], where: str) -> Iterator[pa.Table]:
    """The result columns of the targets of some rows, in the order of their names."""
    plan, rows = lesson.plan, list(held)
    if not rows:
        return
    mesh, witness = lesson.read(pa.Table.from_batches(rows), where)
    numbers = np.flatnonzero(usable_counts(mesh) > 0)
    numbers = numbers[mesh.targets.index[numbers] != witness]
    among = lesson.mesh.targets.index.get_indexer(mesh.targets.index[numbers])
    unknown = np.flatnonzero(among < 0)
    locate = by_model(mesh, numbers[unknown], lesson.model, level=plan.level, regions=plan.regions)
    # A shard holds its pairs once while it is solved: in the order of the model.
    del rows, mesh
    for some in slices(len(numbers), find_method(plan.method)):
        parts = []
        low, high = np.searchsorted(unknown, (some[0], some[-1] + 1))
        if low < high:
            parts.append((unknown[low:high], locate(np.arange(low, high))))
        known = some[among[some] >= 0]
        if len(known):
            # What was prepared for all known targets may be used by one thread at a time.
            with _ONE_THREAD:
                parts.append((known, _among_known(lesson)(among[known])))
        yield interleaved(parts)


@functools.lru_cache(maxsize=1)
def _among_known(lesson: Lesson) -> Locate:
    """Locates known targets, by their numbers; each is left out of what is learnt to locate it."""
    plan, mesh = lesson.plan, lesson.mesh
    return by_one_another(
        mesh,
        np.arange(len(mesh.targets)),
        find_method(plan.method),
        chosen_grid(None, plan.resolution_km),
        level=plan.level,
        regions=plan.regions,
    )


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
