"""What there is to fetch, and what a run of fetching did."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rttgeo.atlas.parse_report import ParseReport
from rttgeo.atlas.recipe import Recipe
from rttgeo.machine.counting import number_of

BYTES_A_RECORD = {"ping": 480, "traceroute": 2400}
BYTES_A_SECOND = 4e6
"""What one connection to the API brings, for the estimate of the time only."""


def in_units(size: float) -> str:
    """Return a size in kB, MB or GB.

    Parameters
    ----------
    size
        Bytes.

    Returns
    -------
    str
        The size with its unit, such as ``1.2 GB``.
    """
    if size < 1e6:
        return f"{size / 1e3:,.0f} kB"
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"


class Part(NamedTuple):
    """One measurement in one slice of time: seconds, both ends included.

    Attributes
    ----------
    measurement
        Its number.
    start, stop
        First and last second, since 1970.
    """

    measurement: int
    start: int
    stop: int

    @property
    def raw(self) -> str:
        """Name of the file of results as they came."""
        return f"results/{self.measurement}-{self.start}.ndjson.gz"

    @property
    def samples(self) -> str:
        """Name of the file of samples."""
        return f"samples/{self.measurement}-{self.start}.parquet"


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a recipe comes to before results are downloaded.

    Attributes
    ----------
    recipe, folder
        What, and where to.
    measurements, parts
        How many measurements, and into how many parts they are cut.
    done
        Parts that are already there.
    bytes, seconds
        Estimate of what is still to come (uncompressed), and of the time it takes.
    missing
        What the recipe names and the API does not have.
    """

    recipe: Recipe
    folder: Path
    measurements: int
    parts: tuple[Part, ...]
    done: int
    bytes: float
    seconds: float
    missing: tuple[str, ...]

    def __str__(self) -> str:
        """Tell it in lines for people."""
        left = len(self.parts) - self.done
        lines = [
            f"{self.recipe.name}: {number_of(self.measurements, 'measurement')} in "
            f"{number_of(len(self.parts), 'part')}, "
            f"{self.done} of them already downloaded",
            f"to download: {number_of(left, 'part')}, about {in_units(self.bytes)}, "
            f"about {max(self.seconds / 60, 1):,.0f} min, to {self.folder}"
            if left
            else f"nothing to download; everything is in {self.folder}",
        ]
        return "\n".join(lines + [f"missing: {what}" for what in self.missing])


@dataclasses.dataclass(frozen=True)
class FetchReport:
    """What a run of `fetch` did.

    Attributes
    ----------
    plan
        What there was to do.
    downloaded, bytes, seconds
        Parts downloaded by this run, their uncompressed size, and the time it took.
    missing
        Parts and anchors that could not be had, each with the reason. The next run tries the
        parts again.
    parsed
        What became of all records of the data set, also of earlier runs.
    unplaced
        Probes with samples but without a known place.
    left
        How many parts are still to be had; one more if the probes' places are.
    """

    plan: Plan
    downloaded: int
    bytes: int
    seconds: float
    missing: tuple[str, ...]
    parsed: ParseReport
    unplaced: tuple[int, ...]
    left: int

    @property
    def complete(self) -> bool:
        """Whether every part is there, and what is known of the probes."""
        return self.left == 0

    def __str__(self) -> str:
        """Tell it in lines for people."""
        rate = self.bytes / max(self.seconds, 1e-9) / 1e6
        name = self.plan.recipe.name
        lines = [
            f"{name}: {number_of(self.downloaded, 'part')} downloaded, {self.plan.done} "
            f"already there, "
            f"{in_units(self.bytes)} in {self.seconds:,.0f} s ({rate:.1f} MB/s)",
            str(self.parsed),
        ]
        if self.unplaced:
            lines.append(
                f"{number_of(len(self.unplaced), 'probe', 'has')} no known place: left out"
            )
        lines += [f"missing: {what}" for what in self.missing]
        lines.append("complete" if self.complete else "not complete: run it again to continue")
        return "\n".join(lines)


def expected_bytes(measurement: Mapping[str, Any], recipe: Recipe, asked: int | None) -> float:
    """Estimate the uncompressed size of a measurement's results in the window.

    Parameters
    ----------
    measurement
        As the API describes it.
    recipe
        What is wanted of it.
    asked
        How many probes are asked for, None for all.

    Returns
    -------
    float
        Bytes, from the number of probes and rounds and a usual record's size.
    """
    said = (_positive(measurement.get(key)) for key in ("participant_count", "probes_scheduled"))
    probes = next((n for n in said if n), 500.0)
    probes = probes if asked is None else min(probes, asked)
    interval = _positive(measurement.get("interval")) or (240 if recipe.type == "ping" else 900)
    rounds = (recipe.stop_s - recipe.start_s) / interval
    return probes * rounds * BYTES_A_RECORD[recipe.type]


def _positive(value: object) -> float:
    """Return a number of the API that must be above zero, or zero."""
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
    return float(value) if good else 0.0  # type: ignore[arg-type]
