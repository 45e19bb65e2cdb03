"""A region of many parts in words: towns or areas, and where most of it is.

Regions of the default method include towns one by one, since machines are in towns. "400 parts"
tells a reader nothing; "390 towns with their surroundings, most of it in the eastern United States"
does.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from rttgeo import sphere
from rttgeo.cells.any_posterior import AnyPosterior
from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.data.city_cells import city_cells
from rttgeo.data.countries import NSIDE, all_countries, cells_of_country, rows_of_nested
from rttgeo.estimators.estimate import AREA_LEVEL, Estimate
from rttgeo.machine.counting import number_of
from rttgeo.report.headline import with_article
from rttgeo.typing import FloatArray, IntArray

TOWN_KM2 = 2_000.0
"""A part of at most this area is a town with its surroundings: a circle of 25 km, which the papers
call the size of a city."""
LARGE_KM2 = 50_000.0
"""Only for countries of at least this size, that of Slovakia, are sides (north, east, …) named."""
ON_ONE_SIDE = 0.9
"""Share of a country's probability that must be on one side of its centre for the side to be named,
…"""
OFF_MIDDLE = 0.25
"""… farther from the centre than this share of the span of half of the country's area."""
MOST_PIECES = 2_000
"""Number of most likely cells that determine sides, the same as for cities."""
NEARLY_ALL, MOST = 0.95, 0.5
"""Above these shares of the probability, "nearly all" and "most" are used; below, "the largest
share"."""
LEAST_SAID = 0.01
"""A smaller probability would be printed as 0.00."""
WORTH_A_WORD = 0.1
"""Small patches without a town are mentioned if they are more than this share of the parts."""


@dataclasses.dataclass(frozen=True)
class Parts:
    """The connected parts of a region, by kind.

    Attributes
    ----------
    towns
        Parts no larger than a town with its surroundings, with a town in them.
    areas
        Larger parts.
    patches
        The rest: small parts without a town of 15,000 people.
    largest_km2
        Area of the largest part.
    in_towns, in_areas
        Probability in those parts; None without probabilities.
    """

    towns: int
    areas: int
    patches: int
    largest_km2: float
    in_towns: float | None = None
    in_areas: float | None = None

    @classmethod
    def of(cls, region: Region, posterior: AnyPosterior | None = None) -> Parts:
        """Count the parts of a region.

        Parameters
        ----------
        region
            Any region.
        posterior
            The posterior that the region belongs to; None for a region without probabilities.

        Returns
        -------
        Parts
            All 0 for the empty region.
        """
        label, start, stop = region.labelled()
        if not len(label):
            return cls(0, 0, 0, 0.0)
        area = np.bincount(label, stop - start) * region.grid.cell_area_km2
        of_city = _part_of(city_cells(region.grid), label, start, stop)
        town = np.zeros(len(area), dtype=bool)
        town[of_city[of_city >= 0]] = True
        small = area <= TOWN_KM2
        kinds = small & town, ~small
        held: list[float | None] = [None, None]
        if posterior is not None:
            # At the levels of the regions, as for cities and countries.
            share = posterior.promised
            lon, lat = sphere.directions(posterior.centres(np.arange(len(share))))
            part = _part_of(np.asarray(region.grid.cell_of(lon, lat)), label, start, stop)
            by_part = np.bincount(part[part >= 0], share[part >= 0], minlength=len(area))
            held = [float(by_part[kind].sum()) for kind in kinds]
        towns, areas, patches = (int(kind.sum()) for kind in (*kinds, small & ~town))
        return cls(towns, areas, patches, float(area.max()), *held)

    def words(self) -> str:
        """Describe the parts in words.

        Returns
        -------
        str
            Text that begins with the kind that holds more, such as ``92 towns with their
            surroundings (0.81) and 3 larger areas (0.13, the largest of 9,000 km²)``.
        """
        larger = "larger " if self.towns else ""
        size = f"{'the largest ' if self.areas > 1 else ''}of {self.largest_km2:,.0f} km²"
        areas = number_of(self.areas, f"{larger}area")
        outlying = "outlying " if (self.in_towns or 0) < (self.in_areas or 0) else ""
        towns = number_of(self.towns, f"{outlying}town")
        towns += f" with {'their' if self.towns > 1 else 'its'} surroundings"
        said = [
            (self.in_towns or 0, towns + _held(self.in_towns)) if self.towns else None,
            (self.in_areas or 0, areas + _held(self.in_areas, size)) if self.areas else None,
        ]
        texts = [text for _, text in sorted(filter(None, said), key=lambda one: -one[0])]
        if self.patches > WORTH_A_WORD * (self.towns + self.areas + self.patches):
            texts.append(f"{number_of(self.patches, 'small patch')} between towns")
        return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))


def _part_of(cells: IntArray, label: IntArray, start: IntArray, stop: IntArray) -> IntArray:
    """Number of the part that holds each cell, -1 for none."""
    run = np.maximum(np.searchsorted(start, cells, side="right") - 1, 0)
    return np.where((cells >= start[run]) & (cells < stop[run]), label[run], -1)


def _held(share: float | None, size: str = "") -> str:
    """The probability of some parts, and a size, in brackets."""
    least = f"under {LEAST_SAID:g}"
    held = "" if share is None else f"{share:.2f}" if share >= LEAST_SAID else least
    said = ", ".join(filter(None, (held, size)))
    return f" ({said})" if said else ""


def spread_sentence(
    estimate: Estimate, countries: Sequence[Mapping[str, Any]] = (), level: float = AREA_LEVEL
) -> str:
    """Describe what a region of several parts consists of, and where most of it is.

    Parameters
    ----------
    estimate
        Of any method.
    countries
        Most likely first, each with ``code``, ``name`` and ``p``, as in
        `rttgeo.report.places.LikelyPlaces`; without any, the place of most of it is left out.
    level
        Of the credible region, for methods that have one.

    Returns
    -------
    str
        One sentence, with probabilities in brackets; empty for a region of one part, and where there is
        none.
    """
    if not estimate.has_region or estimate.empty:
        return ""
    parts = Parts.of(estimate.credible_region(level), estimate.posterior)
    if parts.towns + parts.areas + parts.patches < 2:
        return ""
    where = ""
    if estimate.posterior is not None and countries and countries[0]["p"]:
        where = f"; {_most(countries[0], estimate.posterior)}"
    return f"The region is {parts.words()}{where}."


def _most(first: Mapping[str, Any], posterior: AnyPosterior) -> str:
    """A clause on where most of the probability is."""
    where, p = "at sea", first["p"]
    if first["code"]:
        where = f"in {_with_side(first['name'], _side(first['code'], posterior))}"
    if p > NEARLY_ALL:
        return f"nearly all of its probability is {where}"
    share = "most of its probability" if p > MOST else "the largest share of its probability"
    return f"{share} is {where} ({p:.2f})"


def _with_side(country: str, side: str) -> str:
    """A country with the side of it that the probability is on, such as "northern France"."""
    name = with_article(country)
    if not side:
        return name
    article, rest = ("the ", name[4:]) if name.startswith("the ") else ("", name)
    return f"{article}{side}ern {rest}"


def _side(code: str, posterior: AnyPosterior) -> str:
    """The side of its country that nearly all of the country's probability is on; "" for none."""
    middle = _middle(code)
    if middle is None:
        return ""
    held = posterior.promised
    count = min(MOST_PIECES, len(held))
    rows = np.argpartition(-held, count - 1)[:count]
    of = rows_of_nested()[posterior.nested_cells(NSIDE)[rows]]
    rows = rows[of == [one.code for one in all_countries()].index(code)]
    if not len(rows):
        return ""
    axes, centre, span = middle
    along = (posterior.centres(rows) @ axes.T - centre) / span
    names = (("east", "west"), ("north", "south"))
    found = [_of_axis(along[:, k], held[rows], names[k]) for k in (0, 1)]
    return "-".join(filter(None, (found[1], found[0])))


def _of_axis(along: FloatArray, held: FloatArray, names: tuple[str, str]) -> str:
    for name, far in zip(names, (along, -along), strict=True):
        if held[far > OFF_MIDDLE].sum() >= ON_ONE_SIDE * held.sum():
            return name
    return ""


@lru_cache(maxsize=64)
def _middle(code: str) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Axes to the east and to the north of a country's middle, and medians and spans along them.

    None for a small country. The span is that of the half of the area that is nearest the median.
    """
    region = Region(Grid(nside=NSIDE), *cells_of_country(code))
    if region.area_km2 < LARGE_KM2:
        return None
    points = sphere.unit_vectors(*region.grid.lonlat(_every(region.cells())))
    lon, _ = sphere.directions(points.mean(axis=0)[None])
    turn = np.radians(float(lon[0]))
    axes = np.array([[-np.sin(turn), np.cos(turn), 0.0], [0.0, 0.0, 1.0]])
    along = points @ axes.T
    centre = np.median(along, axis=0)
    span = np.subtract(*np.quantile(along, (0.75, 0.25), axis=0))
    return axes, centre, np.asarray(span)


def _every(cells: IntArray) -> IntArray:
    """At most some ten thousand of them, evenly."""
    return cells[:: max(1, len(cells) // 10_000)]
