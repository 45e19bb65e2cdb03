"""Which continent a place is on, by the country shapes that come with rttgeo."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from rttgeo import sphere
from rttgeo.data import coasts

CONTINENTS: Final[dict[str, str]] = {
    "Africa": "012 024 204 072 854 108 132 120 140 148 174 178 180 384 262 818 226 232 748 231 266 "
    "270 288 324 624 404 426 430 434 450 454 466 478 480 175 504 508 516 562 566 638 646 654 678 "
    "686 690 694 706 710 728 729 834 768 788 800 732 894 716",
    "Antarctica": "010 260 239 334",
    "Asia": "004 051 031 048 050 064 096 116 156 196 268 356 360 364 368 376 392 400 398 408 410 "
    "414 417 418 422 458 462 496 104 524 512 586 275 608 634 682 702 144 760 158 762 764 626 792 "
    "795 784 860 704 887 344 446 086",
    "Europe": "008 020 040 112 056 070 100 191 203 208 233 234 246 250 276 292 300 831 832 336 348 "
    "352 833 372 380 428 438 440 442 470 498 492 499 528 807 578 616 620 642 643 674 688 703 705 "
    "724 744 752 756 804 826 248",
    "North America": "840 124 304 666 060 660 028 533 044 052 084 535 136 188 192 531 212 214 222 "
    "308 312 320 332 340 388 474 484 500 558 591 630 652 659 662 663 670 534 780 796 850 092",
    "Oceania": "016 036 162 166 184 242 258 316 296 584 583 520 540 554 570 574 580 585 598 612 "
    "882 090 772 776 798 548 876 581",
    "South America": "032 068 076 152 170 218 238 254 328 600 604 740 858 862",
}
"""ISO 3166-1 numeric codes of each continent, by the United Nations' M49 (Americas in two)."""

AT_SEA = "at sea"
REACH_DEG = 3.0
"""A place no farther than this from a country's shape is that country's: harbours and small islands
are off the coasts of a map of 1:50 million."""


def continents(lon: npt.ArrayLike, lat: npt.ArrayLike) -> npt.NDArray[np.object_]:
    """Continent of each place.

    Parameters
    ----------
    lon, lat
        Degrees, shape (n,).

    Returns
    -------
    numpy.ndarray
        Names as in `CONTINENTS`, or `AT_SEA`, shape (n,); of the nearest country in degrees.

    Raises
    ------
    BadInputError
        For a place off the globe.
    """
    lon, lat = sphere.check_lonlat(np.atleast_1d(lon), np.atleast_1d(lat))
    shapes, names = _shapes()
    points, found = shapely.points(lon, lat), np.full(len(lon), AT_SEA, dtype=object)
    # Most are on land. A tree of points: so the coasts, which are long, are prepared once.
    holding, at = shapely.STRtree(points).query(shapes, predicate="intersects")
    found[at[::-1]] = names[holding[::-1]]
    left = np.delete(np.arange(len(lon)), at)
    some, nearest = shapely.STRtree(shapes).query_nearest(
        points[left], max_distance=REACH_DEG, all_matches=False
    )
    found[left[some]] = names[nearest]
    return found


@lru_cache
def _shapes() -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]:
    """Shapes of the countries, and the continent of each."""
    table = coasts.countries("50m")
    of_code = {code: name for name, codes in CONTINENTS.items() for code in codes.split()}
    code = [str(one).zfill(3) for one in table["iso_number"]]
    known = np.array([one in of_code for one in code])
    shapes = table.geometry.to_numpy()
    names = np.array([of_code[one] for one, is_known in zip(code, known, strict=True) if is_known])
    # A few areas have no code of their own: they are on their neighbours' continent.
    return shapes[known], names.astype(object)
