"""Lists of candidates from files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rttgeo import sphere
from rttgeo.errors import BadInputError
from rttgeo.estimators.candidates import SAME_KM, Candidates
from rttgeo.machine.counting import number_of
from rttgeo.sources.place_files import read_places


def read_candidates(path: str | Path) -> Candidates:
    """Read a list of candidates: ``name,lat,lon`` as CSV, or RIPE Atlas's JSON of anchors or probes.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Candidates
        The candidates in the order of the file; one that is listed twice is included once, with a
        note.

    Raises
    ------
    BadInputError
        With file, line and column, when a row is invalid, a name has two places, or fewer than two
        candidates are left.
    """
    places = read_places(path)
    if len(places) < 2:
        raise BadInputError(
            f"{path}: {number_of(len(places), 'candidate')}, expected two or more to choose from"
        )
    lon, lat = np.array(list(places.values()), dtype=float).T
    names = tuple(places)
    notes = [
        *places.notes,
        *(
            f"{path}: {name!r} is listed twice and counts once"
            for name in dict.fromkeys(places.again)
        ),
    ]
    notes += [f"{path}: {reason}" for reason in places.left_out.lines()]
    for row in range(len(names)):
        apart = np.asarray(sphere.distance_km(lon[row], lat[row], lon[:row], lat[:row]))
        for other in np.flatnonzero(apart < SAME_KM)[:1]:
            notes.append(
                f"{path}: {names[row]!r} and {names[other]!r} are at the same place, "
                "and no round-trip time can tell them apart"
            )
    return Candidates(names, lon, lat, tuple(notes))
