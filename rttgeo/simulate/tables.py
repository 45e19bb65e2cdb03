"""The tables of facts that the simulated Internet is built from (in ``data/simulate``)."""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from typing import Any

import pandas as pd

from rttgeo.data.shipped import data_path
from rttgeo.errors import unknown_name

LARGE_EXCHANGE = 2
"""Value of ``hub`` for the exchanges that far networks come to."""


def _csv(name: str) -> pd.DataFrame:
    # keep_default_na: the country code of Namibia is NA.
    return pd.read_csv(data_path(name), keep_default_na=False, encoding="utf-8")


@cache
def cities() -> pd.DataFrame:
    """Cities: ``city, country, lon, lat, people_k, hub`` (0 none, 1 an exchange, 2 a large one).

    Returns
    -------
    pandas.DataFrame
        Degrees; people in thousands.
    """
    return _csv("simulate/cities.csv")


@cache
def links() -> pd.DataFrame:
    """Links between hubs: ``a, b, medium, factor, dear``.

    ``medium`` is land or sea, ``factor`` the cable's length over the great circle, ``dear`` how
    much carriers avoid it (1 not at all): small or thinly used systems.

    Returns
    -------
    pandas.DataFrame
        A row a link; ``a`` and ``b`` are cities.
    """
    return _csv("simulate/links.csv")


@cache
def countries() -> pd.DataFrame:
    """Countries: ``country, probes_2017, grade`` (of interconnection; 1 is best).

    Returns
    -------
    pandas.DataFrame
        Indexed by the country's two letters.
    """
    return _csv("simulate/countries.csv").set_index("country")


@cache
def access() -> pd.DataFrame:
    """Access technologies: median last-mile round trip, its spread, shares by country grade.

    Returns
    -------
    pandas.DataFrame
        A row a technology; times in ms.
    """
    return _csv("simulate/access.csv")


@cache
def anchors() -> pd.DataFrame:
    """List the real anchors of ``data/anchors.csv`` by name; of two of one name the older.

    Returns
    -------
    pandas.DataFrame
        Indexed by name.
    """
    return _csv("anchors.csv").drop_duplicates("anchor").set_index("anchor")


@dataclasses.dataclass(frozen=True)
class DatasetSpec:
    """What is known of a data set of the papers.

    Attributes
    ----------
    name, kind, start, stop, interval_s
        Its name; ``ping`` or ``traceroute``; from when to when (ISO 8601, UTC); seconds from
        one round of three packets to the next.
    probes, pairs
        How many there are at scale 1. ``probes`` of the October data set is not published.
    mesh_sources, live_before
        How many anchors measured each other, and the day by which they had to be live.
    anchors
        Names of the targets.
    measurement_ids
        As published; empty where they were not.
    """

    name: str
    kind: str
    start: str
    stop: str
    interval_s: int
    probes: int
    pairs: int
    mesh_sources: int
    live_before: str
    anchors: tuple[str, ...]
    measurement_ids: tuple[int, ...]

    @property
    def start_s(self) -> int:
        """Start in seconds since 1970 (UTC)."""
        return int(pd.Timestamp(self.start).timestamp())

    @property
    def rounds(self) -> int:
        """Rounds of measurement that fit between start and stop."""
        return (int(pd.Timestamp(self.stop).timestamp()) - self.start_s) // self.interval_s


def dataset(name: str) -> DatasetSpec:
    """Look up a data set of the papers by name.

    Parameters
    ----------
    name
        Such as ``atlas-2017-07-11``.

    Returns
    -------
    DatasetSpec
        What is to be simulated.

    Raises
    ------
    NotThereError
        When there is no such data set.
    """
    known = json.loads(data_path("simulate/datasets.json").read_text(encoding="utf-8"))
    if name not in known:
        raise unknown_name("data set to simulate", name, known)
    fields: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in known[name].items()
    }
    return DatasetSpec(name=name, **fields)
