"""Reduce samples of a day, or of years, to one pairs table: minimum, count and robust minimum.

Each file (RIPE Atlas results, compressed or not, or samples as Parquet) is reduced by itself, and
the result is kept in the folder. So a run that was killed resumes with the first unfinished file,
and files can be shared out among any number of workers. Then pairs are combined part by part, where
a hash of the target's name decides its part, and written with each target's rows together, as
`rttgeo.census.shards` needs them.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import hashlib
import itertools
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rttgeo.census.known import lots
from rttgeo.census.reduction import Reduced, Reduction
from rttgeo.census.samples import Taken, samples_of
from rttgeo.census.spread import spread
from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of
from rttgeo.machine.files import is_left_over, write_json, writing
from rttgeo.machine.parquet import native
from rttgeo.pairs.stated import METADATA_KEY
from rttgeo.provenance import Provenance
from rttgeo.sources.places import Places
from rttgeo.typing import FloatArray, IntArray

PLAN, MANIFEST, PAIRS = "plan.json", "manifest.json", "pairs.parquet"
FORMAT = "rttgeo-minima"
PARTS = 32
"""Parts in which pairs are combined: for a day of RIPE Atlas, some million pairs each."""
PARTIAL = pa.schema(
    [
        ("target", pa.string()),
        ("source", pa.string()),
        ("count", pa.int64()),
        ("low_ms", pa.list_(pa.float64())),
    ]
)
OUT = pa.schema(
    [
        ("landmark", pa.string()),
        ("landmark_lat", pa.float64()),
        ("landmark_lon", pa.float64()),
        ("target", pa.string()),
        ("target_lat", pa.float64()),
        ("target_lon", pa.float64()),
        ("rtt_ms", pa.float64()),
        ("samples", pa.int64()),
        ("minimum_ms", pa.float64()),
        ("robust_ms", pa.float64()),
    ]
)
"""Columns of the pairs table: both minima beside the one that counts."""


class Job(NamedTuple):
    """A file to reduce, and where its result goes, as absolute paths."""

    file: str
    partial: str


def reduce_samples(
    files: Sequence[str | Path],
    folder: str | Path,
    places: Mapping[str, tuple[float, float]],
    *,
    min_samples: int = 1,
    robust: bool = False,
    name: str = "minima",
    client: Any = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Path:
    """Reduce files of samples to a pairs table; if killed, the same call resumes.

    Parameters
    ----------
    files
        RIPE Atlas results (one record per line, or an array), or Parquet with ``probe``, ``anchor``
        and ``rtt_us`` (`rttgeo.atlas.sample_table.SAMPLE_SCHEMA`) or ``landmark``, ``target`` and
        ``rtt_ms``.
    folder
        Folder for ``pairs.parquet`` and ``manifest.json``: a new one, or that of an earlier call
        with the same files and options.
    places
        ``(lon, lat)`` in degrees by name, for all sources, and for targets where known. Samples
        from sources without a place are left out and counted.
    min_samples, robust
        As for `rttgeo.minima.pair_minima`.
    name
        Name of the data set.
    client
        Client whose workers reduce the files, as for `rttgeo.census.spread.spread`; None means this
        machine, one file per core.
    progress
        Function to call with the number of files done, and their total.

    Returns
    -------
    pathlib.Path
        Path of the manifest, which is written last.

    Raises
    ------
    BadInputError
        When a file cannot be read, the folder holds something else, or no pair is left.

    Notes
    -----
    A record that is in two files counts twice: that changes the counts, but not the minima.
    """
    folder, known = Path(folder), places if isinstance(places, Places) else Places(places)
    paths = [Path(one).absolute() for one in files]
    wishes = {"min_samples": min_samples, "robust": robust, "name": name}
    _plan(folder, paths, {**wishes, "places": _digest(known)})
    jobs = [Job(str(path), str(_partial(folder, k).absolute())) for k, path in enumerate(paths)]
    waiting = [job for job in jobs if not Path(job.partial).exists()]
    there = len(jobs) - len(waiting)
    progress(there, len(jobs))
    with contextlib.ExitStack() as stack:
        if client is None:
            pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
            client = stack.enter_context(pool)
        spread(
            client, reduce_file, waiting, shared=known,
            progress=lambda done: progress(there + done, len(jobs)),
        )  # fmt: skip
    return _finish(folder, jobs, known, wishes)


def _partial(folder: Path, k: int) -> Path:
    return folder / f"reduced-{k:05d}.parquet"


def _digest(places: Places) -> str:
    """Digest of names, places and aliases: files reduced with different ones must not be mixed."""
    text = json.dumps([sorted(places.items()), sorted(places.aliases.items())])
    return hashlib.sha256(text.encode()).hexdigest()


def _plan(folder: Path, paths: Sequence[Path], wishes: Mapping[str, Any]) -> None:
    """Record what the folder is for, or check that it matches."""
    for path in paths:
        if not path.is_file():
            raise BadInputError(f"{path}: there is no such file")
    sizes = {str(path): path.stat().st_size for path in paths}
    plan = {"format": FORMAT, "version": 1, "parts": PARTS, "files": sizes, **wishes}
    if (folder / PLAN).exists():
        if json.loads((folder / PLAN).read_text(encoding="utf-8")) != plan:
            raise BadInputError(
                f"{folder} holds minima of other files, or made with other options: choose another "
                f"folder, or remove it"
            )
        return
    if folder.exists() and any(not is_left_over(one) for one in folder.iterdir()):
        raise BadInputError(f"{folder} holds something else: choose a new folder")
    write_json(folder / PLAN, plan)


def reduce_file(job: Job, places: Places) -> int:
    """Reduce one file: the task of a worker.

    Parameters
    ----------
    job
        The file, and where to write its result.
    places
        Where sources are, and the names of targets by their addresses.

    Returns
    -------
    int
        Number of pairs.
    """
    taken, reduction = Taken(places), Reduction()
    for target, source, rtt_ms in samples_of(Path(job.file), taken):
        reduction.take(target, source, rtt_ms)
    found = reduction.result()
    targets = pa.array(taken.targets.names, pa.string())
    part = (lots(targets) % PARTS)[found.target] if len(targets) else np.empty(0, np.int64)
    order = np.argsort(part, kind="stable")
    ends = np.searchsorted(part[order], np.arange(PARTS + 1))
    table = pa.table(
        [
            targets.take(pa.array(found.target)),
            pa.array(taken.sources.names, pa.string()).take(pa.array(found.source)),
            pa.array(found.samples),
            pa.ListArray.from_arrays(pa.array(found.offsets.astype(np.int32)), found.values),
        ],
        schema=PARTIAL,
    ).take(pa.array(order))
    about = {"ends": ends.tolist(), "told": taken.told}
    with writing(job.partial) as file:
        schema = PARTIAL.with_metadata({METADATA_KEY: json.dumps(about).encode()})
        with pq.ParquetWriter(file, schema, compression="zstd") as writer:
            for low, high in itertools.pairwise(ends):
                if high > low:
                    writer.write_table(table.slice(low, high - low), row_group_size=high - low)
    return len(table)


@dataclasses.dataclass
class _Counts:
    pairs: int = 0
    targets: int = 0
    samples: int = 0
    lost: int = 0


def _finish(folder: Path, jobs: Sequence[Job], places: Places, wishes: Mapping[str, Any]) -> Path:
    """Combine the pairs, part by part."""
    partials = [_Partial(Path(job.partial)) for job in jobs]
    counts = _Counts()
    about = Provenance(
        str(wishes["name"]),
        "measured",
        f"{number_of(len(jobs), 'file')} of samples",
        statistic="minimum",
    )
    stated = {METADATA_KEY: json.dumps(dataclasses.asdict(about)).encode()}
    with writing(folder / PAIRS) as file:
        with pq.ParquetWriter(file, OUT.with_metadata(stated), compression="zstd") as writer:
            for part in range(PARTS):
                table = _joined(partials, part, places, wishes, counts)
                if len(table):
                    writer.write_table(table, row_group_size=len(table))
        if not counts.pairs:
            raise BadInputError(f"{folder}: no pair is left from {number_of(len(jobs), 'file')}")
    told: dict[str, int] = {}
    for one in partials:
        for reason, n in one.told.items():
            told[reason] = told.get(reason, 0) + n
    manifest = {
        "format": FORMAT,
        "version": 1,
        "files": len(jobs),
        "pairs": counts.pairs,
        "targets": counts.targets,
        "samples": counts.samples,
        "pairs_with_too_few_samples": counts.lost,
        "counted": dict(sorted(told.items())),
    }
    for job in jobs:
        Path(job.partial).unlink()
    for left in filter(is_left_over, folder.iterdir()):
        left.unlink(missing_ok=True)
    return write_json(folder / MANIFEST, manifest)


class _Partial:
    """The result of one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as handle:
            about = json.loads(
                pq.ParquetFile(native(handle), pre_buffer=False).schema_arrow.metadata[METADATA_KEY]
            )
        ends = np.array(about["ends"])
        self.told: dict[str, int] = about["told"]
        filled = np.diff(ends) > 0
        self.group = np.where(filled, np.cumsum(filled) - 1, -1)

    def part(self, number: int) -> pa.Table:
        """The pairs of one part."""
        if self.group[number] < 0:
            return PARTIAL.empty_table()
        with self.path.open("rb") as handle:
            return pq.ParquetFile(native(handle), pre_buffer=False).read_row_group(
                int(self.group[number])
            )


def _joined(
    partials: Sequence[_Partial],
    part: int,
    places: Places,
    wishes: Mapping[str, Any],
    counts: _Counts,
) -> pa.Table:
    """The pairs of one part from all files, by the names of target and source."""
    table = pa.concat_tables([one.part(part).cast(PARTIAL) for one in partials]).combine_chunks()
    targets, target = _coded(table["target"])
    sources, source = _coded(table["source"])
    reduction = Reduction()
    lists = table["low_ms"].combine_chunks()
    size = np.diff(lists.offsets.to_numpy()) if len(table) else np.empty(0, np.int64)
    row = np.repeat(np.arange(len(table)), size)
    weight = np.zeros(len(row), np.int64)
    # The first value of a pair carries its count.
    weight[np.cumsum(size) - size] = table["count"].to_numpy()
    reduction.take(target[row], source[row], lists.flatten().to_numpy(), weight)
    return _rows(reduction.result(), targets, sources, places, wishes, counts)


def _coded(names: pa.ChunkedArray) -> tuple[list[str], IntArray]:
    """The names, sorted, and the number of each."""
    coded = pa.concat_arrays(names.chunks or [pa.array([], pa.string())]).dictionary_encode()
    words = coded.dictionary.to_pylist()
    order = sorted(range(len(words)), key=words.__getitem__)
    rank = np.empty(len(words), np.int64)
    rank[order] = np.arange(len(words))
    return [words[i] for i in order], rank[coded.indices.to_numpy()]


def _rows(
    found: Reduced,
    targets: list[str],
    sources: list[str],
    places: Places,
    wishes: Mapping[str, Any],
    counts: _Counts,
) -> pa.Table:
    minimum, robust = found.minimum_ms, found.robust_ms
    rtt = robust if wishes["robust"] else minimum
    kept = (found.samples >= wishes["min_samples"]) & np.isfinite(rtt)
    target, source = found.target[kept], found.source[kept]
    counts.pairs += len(target)
    counts.targets += len(np.unique(target))
    counts.samples += int(found.samples.sum())
    counts.lost += int((~kept).sum())
    (lon, lat), (to_lon, to_lat) = _lonlat(sources, places), _lonlat(targets, places)
    columns = [
        pa.array(sources, pa.string()).take(pa.array(source)),
        lat[source],
        lon[source],
        pa.array(targets, pa.string()).take(pa.array(target)),
        pa.array(to_lat[target], from_pandas=True),
        pa.array(to_lon[target], from_pandas=True),
        rtt[kept],
        found.samples[kept],
        minimum[kept],
        pa.array(robust[kept], from_pandas=True),
    ]
    return pa.table(columns, schema=OUT)


def _lonlat(names: Sequence[str], places: Places) -> tuple[FloatArray, FloatArray]:
    found = [places.find(name) or (np.nan, np.nan) for name in names]
    return np.array([lon for lon, _ in found]), np.array([lat for _, lat in found])
