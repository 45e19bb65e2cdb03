"""Which country a place is in, and what the countries are called."""

from __future__ import annotations

import difflib
from functools import lru_cache
from typing import NamedTuple

import healpix
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from rttgeo.cells.tiling import Tiling
from rttgeo.data.cities import plain
from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError
from rttgeo.typing import IntArray

NSIDE = 512
"""Cells of 13 km, as ``tools/convert_countries.py`` made the table: coastlines and borders at
1:50 million are drawn a few kilometres off, and places are declared to 10 or 20 km."""
AT_SEA = -1
"""Row of a place that is more than 50 km from any country."""


RESERVED = {"UK": "GB", "EL": "GR"}
"""Codes that ISO 3166 keeps free because they are used for a country that has another: by its top-level
domain, and by the European Union."""


ALSO_CALLED = {
    "bosnia": "BA",
    "britain": "GB",
    "burma": "MM",
    "cape verde": "CV",
    "cote d ivoire": "CI",
    "czech republic": "CZ",
    "east timor": "TL",
    "great britain": "GB",
    "holland": "NL",
    "holy see": "VA",
    "macau": "MO",
    "macedonia": "MK",
    "palestine": "PS",
    "republic of ireland": "IE",
    "russian federation": "RU",
    "swaziland": "SZ",
    "turkiye": "TR",
    "uae": "AE",
    "united states of america": "US",
    "usa": "US",
    "vatican city": "VA",
    "viet nam": "VN",
    "belgie": "BE",
    "belgique": "BE",
    "brasil": "BR",
    "ceska republika": "CZ",
    "cesko": "CZ",
    "danmark": "DK",
    "deutschland": "DE",
    "eesti": "EE",
    "eire": "IE",
    "espana": "ES",
    "hrvatska": "HR",
    "island": "IS",
    "italia": "IT",
    "latvija": "LV",
    "lietuva": "LT",
    "magyarorszag": "HU",
    "nederland": "NL",
    "norge": "NO",
    "osterreich": "AT",
    "polska": "PL",
    "schweiz": "CH",
    "slovenija": "SI",
    "slovensko": "SK",
    "suisse": "CH",
    "suomi": "FI",
    "sverige": "SE",
    "svizzera": "CH",
}
"""Codes of countries by names that people write instead of those of the table, as `plain` writes them:
other English names first, then those that countries call themselves in Latin letters."""


class Country(NamedTuple):
    """A country by its codes.

    Attributes
    ----------
    code
        ISO 3166-1 alpha-2; ``XK`` for Kosovo, as is usual.
    number
        ISO 3166-1 numeric; 0 for none.
    name
        In English, after GeoNames.
    continent
        ``AF``, ``AN``, ``AS``, ``EU``, ``NA``, ``OC`` or ``SA``.
    """

    code: str
    number: int
    name: str
    continent: str


@lru_cache(maxsize=1)
def all_countries() -> tuple[Country, ...]:
    """Give every country; the rows that `country_rows` gives are places in this tuple.

    Returns
    -------
    tuple of Country
        Ordered by code.
    """
    # Namibia's code is what pandas takes for a missing value.
    table = pd.read_csv(
        data_path("countries/countries.csv"), keep_default_na=False, dtype={"number": int}
    )
    return tuple(Country(*row) for row in table.itertuples(index=False, name=None))


def country_named(code: str) -> Country:
    """Find the country of an ISO 3166-1 alpha-2 code, in either case; UK and EL, too.

    Parameters
    ----------
    code
        Such as ``AT``; a country's name works, too, as for `code_of`.

    Returns
    -------
    Country
        Its codes and its name.

    Raises
    ------
    BadInputError
        When no country has that code or name.
    """
    wanted = code.strip().upper()
    for country in all_countries():
        if country.code == RESERVED.get(wanted, wanted):
            return country
    if named := code_of(code):
        return country_named(named)
    names = {country.name.lower(): country.code for country in all_countries()}
    near = difflib.get_close_matches(code.strip().lower(), names, n=1)
    hint = f"; did you mean {names[near[0]]}?" if near else ""
    raise BadInputError(
        f"no country has the code or name {code!r}, expected two letters such as AT{hint}"
    )


def code_of(name: str) -> str:
    """Find a country by its name.

    >>> code_of("germany"), code_of("Netherlands"), code_of("Österreich"), code_of("nowhere")
    ('DE', 'NL', 'AT', '')

    Parameters
    ----------
    name
        In English, in any case, with or without ``the``; or another name in `ALSO_CALLED`.

    Returns
    -------
    str
        Its code (ISO 3166-1 alpha-2); empty where no country is called so.
    """
    return _codes_by_name().get(plain(name).removeprefix("the "), "")


@lru_cache(maxsize=1)
def _codes_by_name() -> dict[str, str]:
    own = {plain(one.name).removeprefix("the "): one.code for one in all_countries()}
    return own | ALSO_CALLED


def country_rows(lon: npt.ArrayLike, lat: npt.ArrayLike) -> IntArray:
    """Find the rows in `all_countries` of the countries that hold places.

    To a cell of 13 km; waters within 50 km of a coast belong to its country.

    Parameters
    ----------
    lon, lat
        Degrees, of any one shape.

    Returns
    -------
    ndarray of int64
        Of the same shape; `AT_SEA` where there is no country.

    Raises
    ------
    BadInputError
        For a coordinate out of range.
    """
    return rows_of_cells(np.asarray(Tiling(nside=NSIDE).cell_of(lon, lat)))


def rows_of_cells(cells: IntArray) -> IntArray:
    """Find the rows in `all_countries` of the countries that hold cells, which are not checked.

    Parameters
    ----------
    cells
        Numbers of cells of the grid of `NSIDE`, any shape.

    Returns
    -------
    ndarray of int64
        Of the same shape; `AT_SEA` where there is no country.
    """
    start, stop, row = _runs()
    run = np.searchsorted(start, cells, side="right") - 1
    held = (run >= 0) & (cells < stop[np.maximum(run, 0)])
    return np.where(held, row[run], AT_SEA)


@lru_cache(maxsize=1)
def rows_of_nested() -> npt.NDArray[np.int16]:
    """List the rows in `all_countries` of every cell of the grid of `NSIDE`, by nested number.

    Returns
    -------
    ndarray of int16
        Shape (12 · `NSIDE`²,), 6 MB, made once; `AT_SEA` where there is no country.
    """
    nested = np.full(12 * NSIDE**2, AT_SEA, dtype=np.int16)
    start, stop, row = _runs()
    length = stop - start
    cells = np.repeat(start - np.cumsum(length) + length, length) + np.arange(length.sum())
    nested[healpix.ring2nest(NSIDE, cells)] = np.repeat(row, length)
    nested.flags.writeable = False
    return nested


def cells_of_country(code: str) -> tuple[IntArray, IntArray]:
    """Find the cells of the grid of `NSIDE` that a country holds.

    Parameters
    ----------
    code
        Its two letters, such as ``AT``.

    Returns
    -------
    tuple of (ndarray of int64, ndarray of int64)
        First cells of runs, and the cells after their last, shape (runs,) both.

    Raises
    ------
    BadInputError
        When no country has that code.
    """
    wanted = all_countries().index(country_named(code))
    start, stop, row = _runs()
    return start[row == wanted], stop[row == wanted]


@lru_cache(maxsize=1)
def _runs() -> tuple[IntArray, IntArray, IntArray]:
    table = pq.read_table(data_path("countries/cells.parquet"), pre_buffer=False)
    start, stop, row = (
        table[name].to_numpy().astype(np.int64) for name in ("start", "stop", "row")
    )
    return start, stop, row
