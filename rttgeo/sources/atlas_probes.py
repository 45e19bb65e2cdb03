"""Lists of probes to measure from: RIPE Atlas's own JSON, or a table of places.

From RIPE Atlas's JSON (``/api/v2/probes/`` and ``/api/v2/anchors/``, pages, lines or the daily
dump), the probes are taken that could be asked now: they have a place, are public, are connected if
that is stated, and have the requested address family.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from rttgeo.atlas import placed
from rttgeo.atlas.metadata import short_name, tags_of, whole
from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError
from rttgeo.sources.leftout import LeftOut
from rttgeo.sources.objects import objects
from rttgeo.sources.places import places_of_csv
from rttgeo.sources.series import read_text

CONNECTED: Final = 1
"""``status.id`` of a connected probe (2: disconnected, 3: abandoned)."""


@dataclasses.dataclass(frozen=True)
class Probe:
    """Something that can measure, and where it is.

    Attributes
    ----------
    name
        Number of the probe, short name of an anchor, or its name in a table.
    lon, lat
        Degrees.
    country
        Two-letter code, or "".
    number
        Number of the probe at RIPE Atlas; None for a row of a table.
    """

    name: str
    lon: float
    lat: float
    country: str = ""
    number: int | None = None


@dataclasses.dataclass(frozen=True)
class ProbeList:
    """The probes in a file.

    Attributes
    ----------
    probes
        The probes, each once, in the order of the file.
    left_out
        Number of probes left out, by reason.
    notes
        What a reader should know, a sentence each.
    """

    probes: tuple[Probe, ...]
    left_out: LeftOut
    notes: tuple[str, ...] = ()


def read_probes(path: str | Path, *, family: int = 4) -> ProbeList:
    """Read a list of probes.

    Parameters
    ----------
    path
        JSON of RIPE Atlas, or a CSV with ``name,lat,lon``; compressed or not.
    family
        IP version that a probe must have, 4 or 6.

    Returns
    -------
    ProbeList
        The probes that could be asked, and how many could not.

    Raises
    ------
    BadInputError
        When the file is neither, or no probe in it could be asked.
    """
    text, left_out = read_text(path), LeftOut()
    notes: tuple[str, ...] = ()
    if text.lstrip()[:1] in ("{", "["):
        probes = _of_json(text, path, family, left_out)
    else:
        table = places_of_csv(text, path)
        left_out.take(table.left_out)
        notes = tuple(table.notes)
        probes = {name: Probe(name, *place) for name, place in table.items()}
    if not probes:
        why = "; ".join(left_out.lines())
        raise BadInputError(f"{path}: no probe that could be asked" + (f" ({why})" if why else ""))
    return ProbeList(tuple(probes.values()), left_out, notes)


def _of_json(text: str, path: str | Path, family: int, left_out: LeftOut) -> dict[str, Probe]:
    try:
        items = [item for item in objects(text) if _is_probe(item)]
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"{path}: not JSON: {error}") from error
    if not items:
        raise BadInputError(f"{path}: nothing in it is an anchor or probe of RIPE Atlas")
    return {one.name: one for one in probes_of(items, left_out, family=family)}


def _is_probe(item: Mapping[str, Any]) -> bool:
    return "fqdn" in item or "is_anchor" in item or "address_v4" in item


def probes_of(
    items: Iterable[Mapping[str, Any]], left_out: LeftOut, *, family: int = 4
) -> list[Probe]:
    """Select the probes and anchors that could be asked.

    Parameters
    ----------
    items
        Probes and anchors as described by the RIPE Atlas API.
    left_out
        Counts the others, by reason; added to in place.
    family
        IP version that a probe must have, 4 or 6.

    Returns
    -------
    list of Probe
        Each once, in order.
    """
    probes: dict[str, Probe] = {}
    for item in items:
        reason = _unfit(item, family)
        number = whole(item, "probe") if "fqdn" in item else whole(item, "id")
        where = placed.place(item)
        if reason or where is None or number is None:
            left_out.add(reason or "without a place or a number")
            continue
        name = short_name(item.get("fqdn")) or str(number)
        probes.setdefault(name, Probe(name, *where, _country(item), number))
    return list(probes.values())


def _unfit(item: Mapping[str, Any], family: int) -> str:
    """Why a probe cannot be asked; "" if it can."""
    status = item.get("status")
    state = whole(status, "id") if isinstance(status, dict) else whole(item, "status")
    if (state is not None and state != CONNECTED) or item.get("is_disabled") is True:
        return "not connected"
    if item.get("is_public") is False:
        return "not public"
    addresses = [item[key] for key in (f"address_v{family}", f"ip_v{family}") if key in item]
    numbers = [item[key] for key in (f"asn_v{family}", f"as_v{family}") if key in item]
    if (addresses or numbers) and not any((*addresses, *numbers)):
        return f"without IPv{family}"
    if f"system-ipv{family}-doesnt-work" in tags_of(item):
        return f"whose IPv{family} does not work"
    return ""


def _country(item: Mapping[str, Any]) -> str:
    code = item.get("country_code", item.get("country"))
    return code if isinstance(code, str) and len(code) == 2 and code.isalpha() else ""


def probes_of_2020(family: int = 4) -> ProbeList:
    """Read the RIPE Atlas anchors of 2020 from the table that ships with rttgeo.

    Parameters
    ----------
    family
        IP version that an anchor must have, 4 or 6.

    Returns
    -------
    ProbeList
        The anchors, for planning if there is no newer list; some no longer exist.
    """
    import pandas as pd

    table = pd.read_csv(data_path("anchors.csv"), keep_default_na=False)
    left_out = LeftOut()
    items = [
        {
            "fqdn": row["anchor"], "probe": int(row["probe"]), "country": row["country"],
            "longitude": row["lon"], "latitude": row["lat"], f"ip_v{family}": row[f"ip_v{family}"],
            "is_disabled": bool(row["disabled"]),
        }
        for row in table.to_dict("records")
    ]  # fmt: skip
    return ProbeList(tuple(probes_of(items, left_out, family=family)), left_out)
