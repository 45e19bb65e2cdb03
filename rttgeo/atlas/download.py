"""Fetch a data set: plan the work, and do it so that nothing is lost or half done.

A data set is cut into parts, each one measurement and one slice of time. A part is streamed to
a temporary file, parsed on the way, checked, hashed, and moved to its place together with its
columns; then it is entered in the manifest. After any interruption, the next run continues from the
manifest, and ends with the same bytes as an undisturbed one.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from tqdm import tqdm

from rttgeo.atlas import metadata, placed
from rttgeo.atlas.opening import Opened, open_folder
from rttgeo.atlas.parse_report import ParseReport
from rttgeo.atlas.plans import BYTES_A_SECOND, FetchReport, Part, Plan, expected_bytes
from rttgeo.atlas.recipe import Recipe
from rttgeo.atlas.session import BusyError, Patience, RefusedError, TemporaryError
from rttgeo.atlas.stream import stream_part
from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of

SLICE_S = 6 * 3600
GIVE_UP_AFTER = 3
"""After this many consecutive parts that could not be fetched, the rest are not attempted."""
EQUAL_ANSWERS = 3
"""This many equal answers in a row make a doubtful one count: two may be damaged alike by
chance."""


def plan(
    dataset: str | Path | Recipe,
    *,
    directory: str | os.PathLike[str] | None = None,
    host: str | None = None,
    certificate: str | None = None,
    key_env: str = "ATLAS_API_KEY",
    patience: Patience | None = None,
) -> Plan:
    """Find out how much there is to fetch, downloading only metadata.

    Parameters
    ----------
    dataset, directory, host, certificate, key_env, patience
        As for `fetch`.

    Returns
    -------
    Plan
        What there is to do, and an estimate of its size and time.

    Raises
    ------
    NotThereError
        When there is no such recipe.
    BadInputError
        When the folder cannot be used, or the API lists no measurement of the recipe.
    TemporaryError, RefusedError
        When the metadata cannot be fetched.
    """
    with closing(open_folder(dataset, directory, host, certificate, key_env, patience)) as opened:
        return _Job(opened).plan()


def fetch(
    dataset: str | Path | Recipe,
    *,
    directory: str | os.PathLike[str] | None = None,
    host: str | None = None,
    certificate: str | None = None,
    key_env: str = "ATLAS_API_KEY",
    progress: bool = True,
    patience: Patience | None = None,
    on_plan: Callable[[Plan], None] | None = None,
) -> FetchReport:
    """Fetch a data set, or what is missing of it.

    Parameters
    ----------
    dataset
        Name of a recipe, path of one, or a recipe such as `Recipe.for_date` makes.
    directory
        Folder of the data set; `default_folder` if not given.
    host, certificate
        Server (``name`` or ``name:port``), and the certificate to trust if not the usual ones.
        By default what ``$RTTGEO_ATLAS_HOST`` and ``$RTTGEO_ATLAS_CERTIFICATE`` say, else
        ``atlas.ripe.net``.
    key_env
        Name of the environment variable that may hold an API key.
    progress
        Whether to show a bar on standard error.
    patience
        Time-outs and retries.
    on_plan
        Function to call with the plan before results are downloaded; it may raise an exception to
        stop.

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
        (a full disk): complete parts are kept, and the next run continues.
    TemporaryError, RefusedError
        When not even the metadata can be fetched.
    """
    with closing(open_folder(dataset, directory, host, certificate, key_env, patience)) as opened:
        job = _Job(opened)
        first = job.plan()
        if on_plan is not None:
            on_plan(first)
        return job.run(first, progress=progress)


class _Job:
    """One recipe, one folder, one connection."""

    def __init__(self, opened: Opened):
        self.recipe, self.store, self.client, _ = opened

    def plan(self) -> Plan:
        anchors, measurements = self._listings()
        if not measurements:
            raise BadInputError(
                f"recipe {self.recipe.name}: the API lists no {self.recipe.type} measurement of "
                "these anchors or numbers in this window"
            )
        parts = tuple(part for m in measurements for part in self._slices(int(m["id"])))
        left = [p for p in parts if not self.store.has(p.raw, p.samples)]
        sizes = self._sizes(measurements)
        size = sum(sizes[p.measurement] * self._share(p) for p in left)
        return Plan(
            self.recipe,
            self.store.folder,
            len(measurements),
            parts,
            len(parts) - len(left),
            size,
            size / BYTES_A_SECOND + len(left),
            tuple(self._missing(anchors, measurements)),
        )

    def _sizes(self, measurements: list[dict[str, Any]]) -> dict[int, float]:
        """Estimate how much data each measurement has in the whole window."""
        asked = len(self._asked_probes()) or None
        return {int(m["id"]): expected_bytes(m, self.recipe, asked) for m in measurements}

    def _share(self, part: Part) -> float:
        """Share of the window that a part covers."""
        return (part.stop + 1 - part.start) / (self.recipe.stop_s - self.recipe.start_s)

    def _listings(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Anchors and measurements, from the folder if it has them, otherwise from the server."""
        store, recipe = self.store, self.recipe
        if not store.has("anchors.json"):
            store.write_json("anchors.json", metadata.fetch_anchors(self.client, recipe))
        anchors = store.read("anchors.json")
        if not store.has("measurements.json"):
            found = metadata.fetch_measurements(self.client, recipe, anchors)
            store.write_json("measurements.json", found)
        return anchors, store.read("measurements.json")

    def _missing(
        self, anchors: list[dict[str, Any]], measurements: list[dict[str, Any]]
    ) -> Iterator[str]:
        """List what the recipe names but the API does not have."""
        listed = {metadata.short_name(a.get("fqdn")) for a in anchors}
        measured = {metadata.short_name(m.get("target")) for m in measurements}
        for name in sorted(set(self.recipe.anchors)):
            if name not in listed:
                yield f"anchor {name}: no longer listed by the API"
            if name not in measured:
                yield f"anchor {name}: no measurement of this kind in the window"
        for number in sorted(
            set(self.recipe.measurement_ids) - {int(m["id"]) for m in measurements}
        ):
            yield f"measurement {number}: not listed by the API, or not of this kind"

    def _slices(self, measurement: int) -> Iterator[Part]:
        for start in range(self.recipe.start_s, self.recipe.stop_s, SLICE_S):
            yield Part(measurement, start, min(start + SLICE_S, self.recipe.stop_s) - 1)

    def run(self, first: Plan, *, progress: bool) -> FetchReport:
        began, missing, probes = time.monotonic(), list(first.missing), self._asked_probes()
        left = [p for p in first.parts if not self.store.has(p.raw, p.samples)]
        if not self.store.has("parts.json"):
            # So that readers of the folder know whether it is complete.
            self.store.write_json("parts.json", [p.samples for p in first.parts])
        with tqdm(
            total=first.bytes,
            unit="B",
            unit_scale=True,
            desc=self.recipe.name,
            disable=not progress,
        ) as bar:
            sizes = self._parts(left, probes, bar, missing)
        unplaced = self._probes(first, missing)
        lacking = len(left) - len(sizes) + (not self.store.has("probes.json"))
        took, parsed = time.monotonic() - began, self._parsed(first)
        return FetchReport(
            first, len(sizes), sum(sizes), took, tuple(missing), parsed, unplaced, lacking
        )

    def _parts(
        self, left: list[Part], probes: tuple[int, ...], bar: Any, missing: list[str]
    ) -> list[int]:
        """Download what is left, part by part, and yield the size of each part received."""
        measurements = self._listings()[1]
        names, expected = metadata.anchor_names(measurements), self._sizes(measurements)
        guess = [expected[part.measurement] * self._share(part) for part in left]
        sizes: list[int] = []
        failed, guessed = 0, 0.0
        for i, part in enumerate(left):
            if failed == GIVE_UP_AFTER:
                missing.append(
                    f"{number_of(len(left) - i, 'more part')} not tried, because the last {failed} failed"
                )
                break
            bar.set_postfix_str(f"part {i + 1} of {len(left)}", refresh=False)
            try:
                sizes.append(self._part(part, names, probes, bar.update))
                failed = 0
                # What arrived shows how far off the estimate of the rest is.
                guessed += guess[i]
                bar.total = sum(sizes) * (1 + sum(guess[i + 1 :]) / max(guessed, 1.0))
            except (TemporaryError, RefusedError) as error:
                missing.append(f"{part.raw}: {error}")
                failed += isinstance(error, TemporaryError)
                # Without a network, the next part fails at once instead of trying again.
                self.client.reached = False
        return sizes

    def _asked_probes(self) -> tuple[int, ...]:
        """Probes to request if the recipe wants few; otherwise none, which means all."""
        recipe, store = self.recipe, self.store
        if not recipe.has_probe_filter:
            return ()
        if not store.has("wanted.json"):
            filters: dict[str, Any] = {"id__in": list(recipe.probes)} if recipe.probes else {}
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
        """Download one part, trying until it is good; return its uncompressed size."""
        patience, before, times = self.client.patience, "", 0
        problem: Exception = TemporaryError("not tried")
        for attempt in range(patience.attempts):
            patience.wait(attempt)
            counted: Counter[str] = Counter()

            def count(n: float, counted: Counter[str] = counted) -> None:
                counted["bytes"] += int(n)
                update(n)

            with self.store.parts(part.raw, part.samples) as (raw, samples):
                try:
                    got = stream_part(
                        self.client, part, probes, names, raw.file, samples.file, count
                    )
                except BusyError:
                    raise  # It was already asked patiently.
                except TemporaryError as error:
                    problem = error
                    update(-counted["bytes"])
                    continue
                # A body without HTTP framing, or with records that look foreign, may be truncated
                # or mixed up: it counts once it has arrived often enough.
                before, times = got.digest, times + 1 if got.digest == before else 1
                if got.doubts and times < EQUAL_ANSWERS:
                    problem = TemporaryError(got.doubts)
                    update(-counted["bytes"])
                    continue
                facts = {"records": got.report.records, "sha256_unpacked": got.digest}
                parsed = dataclasses.asdict(got.report)
                self.store.keep((raw, samples), {part.raw: facts, part.samples: parsed})
                return got.report.bytes
        raise problem

    def _parsed(self, first: Plan) -> ParseReport:
        total = ParseReport()
        for part in first.parts:
            if self.store.has(part.samples):
                total = total + ParseReport(**self.store.facts(part.samples))
        return total

    def _probes(self, first: Plan, missing: list[str]) -> tuple[int, ...]:
        """Check that the probes of all samples are known; return those without a place."""
        numbers: set[int] = set()
        for part in first.parts:
            if self.store.has(part.samples):
                column = pq.read_table(
                    self.store.path(part.samples), columns=["probe"], pre_buffer=False
                )
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
        known = {int(p["id"]) for p in self.store.read(name) if placed.has_place(p)}
        return tuple(n for n in asked if n not in known)
