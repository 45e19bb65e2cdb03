"""What there is to fetch, and what a run of fetching did."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any, NamedTuple

from rttgeo.atlas.parse import ParseReport
from rttgeo.atlas.recipe import Recipe

BYTES_A_RECORD = {"ping": 480, "traceroute": 2400}
BYTES_A_SECOND = 4e6
"""What one connection to the API brings, for the estimate of the time only."""


class Part(NamedTuple):
    """One measurement in one slice of time: seconds, both ends included."""

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
            f"{self.recipe.name}: {self.measurements} measurements in {len(self.parts)} parts, "
            f"{self.done} of them are there",
            f"to download: {left} parts, about {self.bytes / 1e6:,.0f} MB, "
            f"about {self.seconds / 60:,.0f} min, to {self.folder}",
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
        Probes with samples of which nobody says where they are.
    """

    plan: Plan
    downloaded: int
    bytes: int
    seconds: float
    missing: tuple[str, ...]
    parsed: ParseReport
    unplaced: tuple[int, ...]

    @property
    def complete(self) -> bool:
        """Whether every part is there."""
        return not any(what.startswith("results/") for what in self.missing)

    def __str__(self) -> str:
        """Tell it in lines for people."""
        rate = self.bytes / max(self.seconds, 1e-9) / 1e6
        name = self.plan.recipe.name
        lines = [
            f"{name}: {self.downloaded} parts downloaded, {self.plan.done} were there, "
            f"{self.bytes / 1e6:,.1f} MB in {self.seconds:,.0f} s ({rate:.1f} MB/s)",
            str(self.parsed),
        ]
        if self.unplaced:
            lines.append(f"no place is known of {len(self.unplaced)} probes; they are left out")
        lines += [f"missing: {what}" for what in self.missing]
        lines.append("complete" if self.complete else "not complete: run it again to continue")
        return "\n".join(lines)


def default_folder(name: str) -> Path:
    """Where a data set is kept: below ``$RTTGEO_DOWNLOADS``, else below ``downloads``."""
    return Path(os.environ.get("RTTGEO_DOWNLOADS", "downloads")) / name


def expected_bytes(measurement: dict[str, Any], recipe: Recipe) -> float:
    """Estimate the uncompressed size of a measurement's results in the window."""
    probes = measurement.get("participant_count") or measurement.get("probes_scheduled") or 500
    interval = measurement.get("interval") or (240 if recipe.type == "ping" else 900)
    rounds = (recipe.stop_s - recipe.start_s) / max(float(interval), 1.0)
    return float(probes) * rounds * BYTES_A_RECORD[recipe.type]
