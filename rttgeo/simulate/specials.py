"""The pairs whose series the white paper shows: each behaves in the simulation as it was shown.

Where probes 6072, 6230 and 21995 were is not published: their places are chosen so that the
figures are as described (that of 21995 excludes only New Zealand, at its antipode).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.simulate.hosts import Hosts
from rttgeo.simulate.tables import DatasetSpec
from rttgeo.typing import IntArray


class Special(NamedTuple):
    """A probe, the anchor it is shown with, and how that series runs.

    Attributes
    ----------
    probe
        Its number.
    anchor
        Name of the anchor that it is shown with.
    is_anchor
        Whether the probe is an anchor itself.
    lon, lat
        Where the probe is, degrees.
    country
        Two letters.
    floor_us
        Lowest RTT in IPv4 and IPv6, microseconds; 0 for no IPv6.
    jitter_us
        Scale of the queueing, microseconds.
    shift_us, shift_at
        A level shift, microseconds, at this share of the period; negative when the worse level
        comes first.
    """

    probe: int
    anchor: str
    is_anchor: bool
    lon: float
    lat: float
    country: str
    floor_us: tuple[int, int]
    jitter_us: float
    shift_us: int = 0
    shift_at: float = 0.5


SPECIALS = (
    Special(6230, "au-mel-as38796", True, 151.2, -33.87, "AU", (11_642, 11_915), 60.0),
    Special(6072, "bg-sof-as8866", True, -0.1, 51.5, "GB", (46_214, 41_130), 180.0),
    Special(
        21995, "bd-dac-as24122", False, -3.9, 40.3, "ES", (183_512, 0), 450.0, 41_300, -0.55
    ),
)  # fmt: skip


def of_dataset(spec: DatasetSpec) -> tuple[Special, ...]:
    """List those special pairs whose anchor is in the data set.

    Parameters
    ----------
    spec
        The data set.

    Returns
    -------
    tuple of Special
        In the order of `SPECIALS`.
    """
    return tuple(special for special in SPECIALS if special.anchor in spec.anchors)


def settle(everyone: pd.DataFrame, spec: DatasetSpec, n_anchors: int) -> dict[int, int]:
    """Move the special probes into the table of places (in place).

    They take the rows of the last anchors that are not targets, and of the first home probes;
    where there are too few of either, they are left out.

    Parameters
    ----------
    everyone
        Table of places, changed in place.
    spec
        The data set.
    n_anchors
        How many of its rows, the first ones, are anchors.

    Returns
    -------
    dict
        Row of the probe: number of its target.
    """
    last, first = n_anchors - 1, n_anchors
    settled = {}
    for special in of_dataset(spec):
        row = last if special.is_anchor else first
        if (special.is_anchor and row < len(spec.anchors)) or row >= len(everyone):
            continue
        last, first = last - special.is_anchor, first + (not special.is_anchor)
        columns = ["probe", "lon", "lat", "country"]
        others = everyone.index[(everyone["probe"] == special.probe) & (everyone.index != row)]
        # A row that drew the same number takes that of the row that is given up.
        everyone.loc[others, "probe"] = everyone.loc[row, "probe"]
        everyone.loc[row, columns] = [special.probe, special.lon, special.lat, special.country]
        if not special.is_anchor:
            everyone.loc[others, "id"] = everyone.loc[others, "probe"].astype(str)
            everyone.loc[row, "id"] = str(special.probe)
        settled[row] = spec.anchors.index(special.anchor)
    return settled


def equip(nodes: Hosts, settled: dict[int, int]) -> None:
    """Give the special probes, and the anchors they are shown with, the families shown.

    Parameters
    ----------
    nodes
        Changed in place.
    settled
        What `settle` gave.
    """
    for row, target in settled.items():
        special = next(s for s in SPECIALS if s.probe == nodes.probe[row])
        nodes.ipv6[row] = bool(special.floor_us[1])
        nodes.ipv6[target] |= bool(special.floor_us[1])


def shape(
    series: pd.DataFrame, probe: IntArray, target: IntArray, spec: DatasetSpec
) -> pd.DataFrame:
    """Give the special pairs' series their course.

    Parameters
    ----------
    series
        As in `rttgeo.simulate.world.World`; changed in place.
    probe, target
        Probe number and target number of each series, shape (n,).
    spec
        The data set.

    Returns
    -------
    pandas.DataFrame
        The same table.
    """
    for special in of_dataset(spec):
        mine = (probe == special.probe) & (target == spec.anchors.index(special.anchor))
        for family, floor in zip((4, 6), special.floor_us, strict=True):
            rows = np.flatnonzero(mine & (series["family"].to_numpy() == family))
            if not floor or not len(rows):
                continue
            limit = floor / 1000 * KM_PER_MS_RTT["fibre"] * 0.97
            path = np.minimum(series.loc[rows, "path_km"], limit)
            series.loc[rows, "path_km"] = path
            series.loc[rows, ["floor_us", "lost", "shift_us"]] = [floor, 0, special.shift_us]
            series.loc[rows, ["jitter_us", "shift_at"]] = [special.jitter_us, special.shift_at]
    return series
