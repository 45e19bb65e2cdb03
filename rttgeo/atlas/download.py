"""Fetching a data set: what there is to do, and doing it so that nothing is lost or half done.

A data set is cut into parts, each one measurement and one slice of time. A part is streamed to
a temporary file, parsed on the way, checked, hashed, and moved to its place together with its
columns; then it stands in the manifest. Whatever interrupts that, the next run goes on from the
manifest, and ends with the same bytes as an undisturbed one.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import filelock
import pyarrow.parquet as pq
from tqdm import tqdm

from rttgeo.atlas import metadata, parse
from rttgeo.atlas.client import AtlasClient, Patience, RefusedError, TemporaryError, key_from
from rttgeo.atlas.plans import (
    BYTES_A_SECOND,
    FetchReport,
    Part,
    Plan,
    default_folder,
    expected_bytes,
)
from rttgeo.atlas.recipe import Recipe, load_recipe
from rttgeo.atlas.store import Store
from rttgeo.atlas.stream import stream_part
from rttgeo.errors import BadInputError

SLICE_S = 6 * 3600


def plan(
    dataset: str | Path | Recipe,
    *,
    directory: str | os.PathLike[str] | None = None,
    host: str = "atlas.ripe.net",
    certificate: str | None = None,
    key_env: str = "ATLAS_API_KEY",
    patience: Patience | None = None,
) -> Plan:
    """Find out how much there is to fetch; only metadata are downloaded. See `fetch`."""
    with _opened(dataset, directory, host, certificate, key_env, patience) as job:
        return job.plan()


def fetch(
    dataset: str | Path | Recipe,
    *,
    directory: str | os.PathLike[str] | None = None,
    host: str = "atlas.ripe.net",
    certificate: str | None = None,
    key_env: str = "ATLAS_API_KEY",
    progress: bool = True,
    patience: Patience | None = None,
    on_plan: Callable[[Plan], None] | None = None,
) -> FetchReport:
    """Fetch a data set, or what is lacking of it.

    Parameters
    ----------
    dataset
        Name of a recipe, path of one, or a recipe.
    directory
        Folder of the data set; `default_folder` if not given.
    host, certificate
        Server (``name`` or ``name:port``), and the certificate to trust if not the usual ones.
    key_env
        Name of the environment variable that may hold an API key.
    progress
        Whether to show a bar on standard error.
    patience
        Time-outs and retries.
    on_plan
        Called with the plan before results are downloaded; may raise to stop.

    Returns
    -------
    FetchReport
        What was done, and what is missing.

    Raises
    ------
    NotThereError
        When there is no such recipe.
    BadInputError
        When the folder holds another data set, is in use by another run, or cannot be written
        (a full disk): what is complete stays, and the next run goes on.
    TemporaryError, RefusedError
        When not even the metadata can be had.
    """
    with _opened(dataset, directory, host, certificate, key_env, patience) as job:
        first = job.plan()
        if on_plan is not None:
            on_plan(first)
        return job.run(first, progress=progress)


class _Job:
    """One recipe, one folder, one connection."""

    def __init__(self, recipe: Recipe, store: Store, client: AtlasClient, lock: filelock.FileLock):
        self.recipe, self.store, self.client, self.lock = recipe, store, client, lock

    def __enter__(self) -> _Job:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.lock.release()

    def plan(self) -> Plan:
        anchors, measurements = self._listings()
        parts = tuple(part for m in measurements for part in self._slices(int(m["id"])))
        left = [p for p in parts if not self.store.has(p.raw, p.samples)]
        sizes = {int(m["id"]): expected_bytes(m, self.recipe) for m in measurements}
        window = self.recipe.stop_s - self.recipe.start_s
        size = sum(sizes[p.measurement] * (p.stop + 1 - p.start) / window for p in left)
        return Plan(
            self.recipe,
            self.store.folder,
            len(measurements),
            parts,
            len(parts) - len(left),
            size,
            size / BYTES_A_SECOND + len(left),
            tuple(self._missing_anchors(anchors, measurements)),
        )

    def _listings(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Anchors and measurements, from the folder or else from the server."""
        store, recipe = self.store, self.recipe
        if not store.has("anchors.json"):
            store.write_json("anchors.json", metadata.fetch_anchors(self.client, recipe))
        anchors = store.read("anchors.json")
        if not store.has("measurements.json"):
            found = metadata.fetch_measurements(self.client, recipe, anchors)
            store.write_json("measurements.json", found)
        return anchors, store.read("measurements.json")

    def _missing_anchors(
        self, anchors: list[dict[str, Any]], measurements: list[dict[str, Any]]
    ) -> Iterator[str]:
        listed = {metadata.short_name(a.get("fqdn")) for a in anchors}
        measured = {metadata.short_name(m.get("target")) for m in measurements}
        for name in sorted(set(self.recipe.anchors)):
            if name not in listed:
                yield f"anchor {name}: not listed by the API any more"
            if name not in measured:
                yield f"anchor {name}: no measurement of this kind in the window"

    def _slices(self, measurement: int) -> Iterator[Part]:
        for start in range(self.recipe.start_s, self.recipe.stop_s, SLICE_S):
            yield Part(measurement, start, min(start + SLICE_S, self.recipe.stop_s) - 1)

    def run(self, first: Plan, *, progress: bool) -> FetchReport:
        began, names = time.monotonic(), metadata.anchor_names(self._listings()[1])
        missing, downloaded, size = list(first.missing), 0, 0
        probes = self._asked_probes()
        bar = tqdm(
            total=first.bytes,
            unit="B",
            unit_scale=True,
            desc=self.recipe.name,
            disable=not progress,
        )
        with bar:
            for part in first.parts:
                if self.store.has(part.raw, part.samples):
                    continue
                try:
                    size += self._part(part, names, probes, bar.update)
                    downloaded += 1
                except (TemporaryError, RefusedError) as error:
                    missing.append(f"{part.raw}: {error}")
                    # Without a network, the next part says so at once instead of trying again.
                    self.client.reached = False
        unplaced = self._probes(first, missing)
        return FetchReport(
            first,
            downloaded,
            size,
            time.monotonic() - began,
            tuple(missing),
            self._parsed(first),
            unplaced,
        )

    def _asked_probes(self) -> tuple[int, ...]:
        """Probes to ask for, where the recipe wants few; else none, which means all."""
        recipe, store = self.recipe, self.store
        if not recipe.has_probe_filter:
            return ()
        if not store.has("wanted.json"):
            filters: dict[str, Any] = {}
            if len(recipe.countries) == 1:
                filters["country_code"] = recipe.countries[0]
            if recipe.tags:
                filters["tags"] = ",".join(recipe.tags)
            found = self.client.listing("probes", **filters)
            good = [int(p["id"]) for p in found if metadata.is_wanted(p, recipe)]
            store.write_json("wanted.json", good)
        wanted = store.read("wanted.json")
        if not wanted:
            raise BadInputError(f"recipe {recipe.name}: no probe passes its filters")
        return tuple(wanted) if len(wanted) <= metadata.PROBES_A_REQUEST else ()

    def _part(
        self,
        part: Part,
        names: dict[int, str],
        probes: tuple[int, ...],
        update: Callable[[float], object],
    ) -> int:
        """Download one part, trying until it is good: its uncompressed size."""
        patience, before = self.client.patience, ""
        problem: Exception = TemporaryError("not tried")
        for attempt in range(patience.attempts):
            patience.wait(attempt)
            with self.store.parts(part.raw, part.samples) as (raw, samples):
                try:
                    got = stream_part(self.client, part, probes, names, raw, samples, update)
                except TemporaryError as error:
                    problem = error
                    continue
                # A body that HTTP does not frame, or with records that look foreign, may be
                # cut or mixed up: it counts once it has come twice.
                if got.doubts and got.digest != before:
                    before, problem = got.digest, TemporaryError(got.doubts)
                    continue
                facts = {"records": got.report.records, "sha256_unpacked": got.digest}
                parsed = dataclasses.asdict(got.report)
                self.store.keep({part.raw: facts, part.samples: parsed})
                return got.report.bytes
        raise problem

    def _parsed(self, first: Plan) -> parse.ParseReport:
        total = parse.ParseReport()
        for part in first.parts:
            if self.store.has(part.samples):
                total = total + parse.ParseReport(**self.store.facts(part.samples))
        return total

    def _probes(self, first: Plan, missing: list[str]) -> tuple[int, ...]:
        """See that the probes of all samples are known; numbers of those without a place."""
        numbers: set[int] = set()
        for part in first.parts:
            if self.store.has(part.samples):
                column = pq.read_table(self.store.path(part.samples), columns=["probe"])
                numbers.update(column["probe"].unique().to_pylist())
        asked = sorted(numbers)
        name, key = "probes.json", hashlib.sha256(repr(asked).encode()).hexdigest()
        if not self.store.has(name) or self.store.facts(name).get("asked") != key:
            try:
                found = metadata.fetch_probes(self.client, self.recipe, asked)
            except (TemporaryError, RefusedError) as error:
                missing.append(f"probes: {error}")
                return ()
            self.store.write_json(name, found, {"asked": key})
        placed = {int(p["id"]) for p in self.store.read(name) if metadata.has_place(p)}
        return tuple(n for n in asked if n not in placed)


def _opened(
    dataset: str | Path | Recipe,
    directory: str | os.PathLike[str] | None,
    host: str,
    certificate: str | None,
    key_env: str,
    patience: Patience | None,
) -> _Job:
    """Open the folder of a data set, for this run alone, and a connection."""
    recipe = dataset if isinstance(dataset, Recipe) else load_recipe(dataset)
    folder = Path(directory) if directory is not None else default_folder(recipe.name)
    key = key_from(os.environ, key_env)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / ".lock", timeout=0)
        lock.acquire()
    except filelock.Timeout as error:
        raise BadInputError(f"{folder} is in use by another run") from error
    except OSError as error:
        raise BadInputError(f"cannot write to {folder}: {error.strerror}") from error
    try:
        store = Store(folder)
        if store.has("recipe.json"):
            if (
                store.path("recipe.json").is_file()
                and store.read("recipe.json") != recipe.to_dict()
            ):
                raise BadInputError(f"{folder} holds another recipe; give another directory")
        elif not store.entries:
            _refuse_strangers(folder)
        store.sweep()
        if not store.has("recipe.json"):
            store.write_json("recipe.json", recipe.to_dict())
        client = AtlasClient(host, certificate=certificate, key=key, patience=patience)
    except BaseException:
        lock.release()
        raise
    return _Job(recipe, store, client, lock)


def _refuse_strangers(folder: Path) -> None:
    """Stop before a folder that holds somebody's files: those that are not known get removed."""
    ours = ("manifest.json", "recipe.json", ".lock")
    for path in sorted(folder.iterdir()):
        name = path.name.removesuffix(".part")
        if name not in ours:
            raise BadInputError(f"{folder} holds {path.name}, which is not of a data set")
