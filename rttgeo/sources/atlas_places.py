"""The places of RIPE Atlas anchors and probes, from its own JSON.

The input is what ``/api/v2/anchors/`` and ``/api/v2/probes/`` return, as single objects, arrays,
pages (``{"count": …, "next": …, "results": […]}``), several pages in a row, one object per line, or
the daily dump of all probes (``{"meta": …, "objects": […]}``). An anchor is called by its short
name, such as ``nl-ams-as3333``, and is also recognised by its addresses and its probe number.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from rttgeo.atlas import placed
from rttgeo.atlas.recipe import ANCHOR_DOMAIN
from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError
from rttgeo.machine.counting import counted, number_of
from rttgeo.machine.escaping import whole_characters
from rttgeo.sources.objects import objects
from rttgeo.sources.places import Places
from rttgeo.sources.series import canonical

ADDRESSES: Final = ("ip_v4", "ip_v6", "address_v4", "address_v6")
WITHOUT_PLACE = "anchors and probes without a place"


def places_of_json(text: str, path: str | Path) -> Places:
    """Make a table of places from what RIPE Atlas says about anchors and probes.

    Parameters
    ----------
    text
        JSON.
    path
        Where it comes from, for messages.

    Returns
    -------
    Places
        ``(lon, lat)`` in degrees by name; a note counts those without a place.

    Raises
    ------
    BadInputError
        When it is not JSON, or nothing in it is an anchor or a probe.
    """
    places, count = Places(), 0
    try:
        for item in objects(text):
            if "fqdn" in item or "is_anchor" in item or "address_v4" in item:
                count += 1
                _take(places, item)
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"{path}: not JSON: {error}") from error
    if not count:
        raise BadInputError(f"{path}: nothing in it is an anchor or probe of RIPE Atlas")
    if places.left_out:
        places.notes.append(f"{path}: {counted(places.left_out[WITHOUT_PLACE], WITHOUT_PLACE)}")
        places.left_out.clear()
    return places


def _take(places: Places, item: Mapping[str, Any]) -> None:
    place = placed.place(item)
    if place is None:
        places.left_out.add(WITHOUT_PLACE)
        return
    fqdn, number = item.get("fqdn"), item.get("probe", item.get("id"))
    name = fqdn.removesuffix(ANCHOR_DOMAIN) if isinstance(fqdn, str) else str(number)
    name = whole_characters(name)
    places.setdefault(name, place)
    others = [item.get(key) for key in ADDRESSES] + [fqdn]
    if isinstance(number, int) and not isinstance(number, bool):
        others.append(str(number))
    for other in others:
        if isinstance(other, str) and other and canonical(other) != name:
            # Anchors say more about a node than probes do, so their names are kept.
            places.aliases.setdefault(canonical(other), name)


def anchors_of_2020() -> Places:
    """Read where the RIPE Atlas anchors were in 2020, from the table that ships with rttgeo.

    Returns
    -------
    Places
        ``(lon, lat)`` in degrees by name, with a note that says where they come from.
    """
    import pandas as pd

    table = pd.read_csv(data_path("anchors.csv"), keep_default_na=False)
    places = Places()
    for row in table.to_dict("records"):
        names = {"fqdn": row["anchor"], "probe": row["probe"]}
        _take(places, {**row, **names, "longitude": row["lon"], "latitude": row["lat"]})
    places.notes.append(
        f"places: those of {number_of(len(places), 'anchor')} as of 2020, which ship with "
        "rttgeo; use --places "
        "anchors.json or probes.json for others (what RIPE Atlas's API answers to "
        "/api/v2/anchors/ and /api/v2/probes/?id__in=NUMBERS)"
    )
    return places
