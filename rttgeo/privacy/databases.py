"""What IP geolocation reveals anyway: an entry with its own law of errors.

The law is fitted to real RIPE Atlas anchors, comparing the places that their operators state with
what a database says about their addresses (``data/ipgeolocation``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr

from rttgeo import sphere
from rttgeo.cells.posterior import area_log_density
from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of
from rttgeo.machine.opening import read_text
from rttgeo.machine.separators import rows_under, with_commas
from rttgeo.papers.privacy import ip_geolocation_errors
from rttgeo.privacy.clues import DatabaseEntry
from rttgeo.privacy.law import knot_distances
from rttgeo.typing import FloatArray

ROUNDS: Final = 200
"""Steps of expectation and maximisation: after these, shares change by less than 1e-6."""
LEAST_SD: Final = 0.3
"""Smallest standard deviation of a part, in natural logarithms: narrower parts fit single
anchors."""
COLUMNS: Final = ("target", "db_lat", "db_lon")


@dataclasses.dataclass(frozen=True)
class ErrorLaw:
    """Distance of a database's entry from the truth: log(d + 1 km) is a mixture of normals.

    Attributes
    ----------
    share, mean, sd
        Share, mean and standard deviation of each part, shape (n_parts,): right to the city, right
        to the region, wrong.
    n
        Number of errors that it was fitted to.
    """

    share: tuple[float, ...]
    mean: tuple[float, ...]
    sd: tuple[float, ...]
    n: int

    def log_density(self, distance_km: npt.ArrayLike) -> FloatArray:
        """Compute the log density per km of distance.

        Parameters
        ----------
        distance_km
            Distances from the entry, km, of any shape.

        Returns
        -------
        numpy.ndarray
            Natural logs, of the same shape.
        """
        x = np.log(np.asarray(distance_km, dtype=float) + 1.0)[..., None]
        share, mean, sd = (np.asarray(one) for one in (self.share, self.mean, self.sd))
        part = np.log(share / sd) - 0.5 * ((x - mean) / sd) ** 2 - 0.5 * np.log(2 * np.pi)
        found: FloatArray = np.logaddexp.reduce(part, axis=-1) - x[..., 0]
        # Distances are never negative: the probability that the normals put there belongs to the
        # rest.
        within: FloatArray = found - float(np.log((share * ndtr(mean / sd)).sum()))
        return within

    def entry(self, lon: float, lat: float) -> DatabaseEntry:
        """Make an entry whose errors follow this law.

        Parameters
        ----------
        lon, lat
            Place that the database gives, degrees.

        Returns
        -------
        DatabaseEntry
            The entry, for use in an attack.
        """
        knots = knot_distances()
        return DatabaseEntry(lon, lat, area_log_density(self.log_density(knots), knots))

    def drawn(
        self, lon: FloatArray, lat: FloatArray, lots: np.random.Generator
    ) -> tuple[FloatArray, FloatArray]:
        """Draw entries that a database with this law would have for nodes at true places.

        Parameters
        ----------
        lon, lat
            True places, degrees, shape (n,).
        lots
            Random number generator.

        Returns
        -------
        tuple
            Longitudes and latitudes of entries, degrees.
        """
        part = lots.choice(len(self.share), len(lon), p=np.asarray(self.share))
        x = lots.normal(np.asarray(self.mean)[part], np.asarray(self.sd)[part])
        away = np.minimum(np.abs(np.exp(x) - 1), 20_000.0)
        return sphere.destination(lon, lat, lots.uniform(0, 360, len(lon)), away)


def fit_errors(error_km: npt.ArrayLike, parts: int = 3) -> ErrorLaw:
    """Fit a law to errors by expectation and maximisation.

    Parameters
    ----------
    error_km
        Distances of entries from true places, km, shape (n,).
    parts
        Number of parts of the mixture.

    Returns
    -------
    ErrorLaw
        The most likely law, found from a start at quantiles.

    Raises
    ------
    BadInputError
        When there are fewer than 20 errors.
    """
    x = np.log(np.asarray(error_km, dtype=float) + 1.0)
    if len(x) < 20:
        raise BadInputError(f"{number_of(len(x), 'error')}, expected at least 20 to fit a law to")
    mean = np.quantile(x, (np.arange(parts) + 0.5) / parts)
    sd, share = np.full(parts, max(float(x.std()) / 2, LEAST_SD)), np.full(parts, 1 / parts)
    for _ in range(ROUNDS):
        log = np.log(share / sd) - 0.5 * ((x[:, None] - mean) / sd) ** 2
        whose = np.exp(log - np.logaddexp.reduce(log, axis=1)[:, None])
        count = np.maximum(whose.sum(axis=0), 1e-9)
        mean = whose.T @ x / count
        spread = np.array([whose[:, k] @ (x - mean[k]) ** 2 for k in range(parts)]) / count
        sd, share = np.maximum(np.sqrt(spread), LEAST_SD), count / count.sum()
    order = np.argsort(mean)
    return ErrorLaw(
        share=tuple(share[order].tolist()),
        mean=tuple(mean[order].tolist()),
        sd=tuple(sd[order].tolist()),
        n=len(x),
    )


@cache
def fixed_law() -> ErrorLaw:
    """Fit the law for nodes on fixed lines to the shipped anchors (measured).

    Returns
    -------
    ErrorLaw
        The law, computed once and cached.
    """
    return fit_errors(ip_geolocation_errors()["error_km"].to_numpy())


def mobile_law() -> ErrorLaw:
    """Assume a law for mobile nodes: an entry is the operator's gateway, not the user.

    Returns
    -------
    ErrorLaw
        An assumption, not a fit: half within about 100 km, half within the country (a factor of
        three around 400 km). No data on mobile users is shipped.
    """
    return ErrorLaw((0.5, 0.5), (float(np.log(100.0)), float(np.log(400.0))), (1.0, 1.1), 0)


LAWS: Final[dict[str, Callable[[], ErrorLaw]]] = {"fixed": fixed_law, "mobile": mobile_law}


def read_entries(
    path: str | Path, law: ErrorLaw, notes: list[str] | None = None
) -> dict[str, DatabaseEntry]:
    """Read the entries of a database for targets.

    Parameters
    ----------
    path
        CSV with ``target, db_lat, db_lon``; further columns are ignored.
    law
        Law of its errors.
    notes
        Takes what is to be said of how numbers were read.

    Returns
    -------
    dict
        Entries by target.

    Raises
    ------
    BadInputError
        When the file cannot be read, in one line.
    """
    try:
        plain = with_commas(read_text(path), path, set(COLUMNS).issubset)
        if plain.note and notes is not None:
            notes.append(plain.note)
        text = StringIO(plain.text)
        table = rows_under(pd.read_csv(text, dtype=str, keep_default_na=False), path)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        said = str(error).splitlines()[0]
        raise BadInputError(f"{path}: {said}; expected CSV with {', '.join(COLUMNS)}") from None
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise BadInputError(
            f"{path}: no column {missing[0]!r} among {', '.join(map(str, table))}, "
            f"expected {', '.join(COLUMNS)}"
        )
    found = {}
    for number, row in enumerate(table[list(COLUMNS)].itertuples(index=False), start=2):
        target, lat, lon = (str(cell) for cell in row)
        if not lat and not lon:
            continue  # The database has no entry for this target.
        try:
            (x,), (y,) = sphere.check_lonlat(np.array([float(lon)]), np.array([float(lat)]))
        except ValueError:
            raise BadInputError(
                f"{path}, line {number}: db_lat {lat[:40]!r}, db_lon {lon[:40]!r}, expected degrees"
            ) from None
        found[target] = law.entry(float(x), float(y))
    return found
