"""Files that say where things are, whatever their form."""

from __future__ import annotations

from pathlib import Path

from rttgeo.sources.atlas_places import places_of_json
from rttgeo.sources.places import Places, places_of_csv
from rttgeo.sources.series import read_text


def read_places(*paths: str | Path) -> Places:
    """Read tables of places, CSV or RIPE Atlas's JSON.

    Parameters
    ----------
    *paths
        Files; where two know a name, the first one counts.

    Returns
    -------
    Places
        ``(lon, lat)`` in degrees by name.

    Raises
    ------
    BadInputError
        With file, line and column, when a row is invalid or a name has two places.
    """
    places = Places()
    for path in paths:
        text = read_text(path)
        is_json = text.lstrip()[:1] in ("{", "[")
        places.take(places_of_json(text, path) if is_json else places_of_csv(text, path))
    return places
