"""Where tables and services place addresses, for the comparison with IP geolocation.

All return a table indexed by address, in the order requested: ``lon``, ``lat`` (degrees, NaN where
unknown), ``country`` (two letters) and ``city``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import maxminddb
import numpy as np
import pandas as pd

from rttgeo import sphere
from rttgeo.errors import BadInputError
from rttgeo.machine.opening import opened
from rttgeo.machine.separators import rows_under
from rttgeo.sources.series import one_line

_IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
LIMITS = {"latitude": 90, "longitude": 180}
_NOTHING = {"lon": np.nan, "lat": np.nan, "country": None, "city": None}


def locate_by_mmdb(path: str | Path, addresses: Iterable[str]) -> pd.DataFrame:
    """Look addresses up in a local database in the MaxMind format.

    Records may be flat (``latitude``, ``longitude``, ``country_code``, ``city``, as DB-IP's) or
    nested (``location.latitude``, ``country.iso_code``, as MaxMind's).

    Parameters
    ----------
    path
        An ``.mmdb`` file.
    addresses
        IP addresses as texts, such as ``192.0.2.1``.

    Returns
    -------
    pandas.DataFrame
        Indexed by address, in the order requested: ``lon``, ``lat`` (degrees, NaN where not known),
        ``country`` (two letters), ``city``.

    Raises
    ------
    BadInputError
        When the file is not such a database, or an address is invalid.
    """
    asked = _checked(addresses)
    try:
        with maxminddb.open_database(path) as database:
            return _table(asked, (_of_record(database.get(address)) for address in asked))
    except (
        OSError, maxminddb.InvalidDatabaseError, ValueError, LookupError, TypeError, RecursionError
    ) as error:  # fmt: skip
        raise BadInputError(f"cannot read {path} as an .mmdb: {one_line(error)}") from error


def _of_record(record: Any) -> Mapping[str, Any]:
    if not isinstance(record, dict):
        return _NOTHING
    place, country = record.get("location", record), record.get("country")
    city = record.get("city")
    code = country.get("iso_code") if isinstance(country, dict) else record.get("country_code")
    if isinstance(city, dict):
        names = city.get("names")
        city = names.get("en") if isinstance(names, dict) else None
    if not isinstance(place, dict):
        place = {}
    return _place(place.get("longitude"), place.get("latitude"), code, city)


def locate_by_table(path: str | Path, addresses: Iterable[str]) -> pd.DataFrame:
    """Look addresses up in a CSV of networks; the longest prefix wins.

    Columns ``network`` (or ``address``; ``192.0.2.0/24``), ``latitude``, ``longitude``, and where
    there ``country`` (or ``country_code``) and ``city``: MaxMind's block tables and tables made
    from RIPEstat fit.

    Parameters
    ----------
    path
        The CSV; plain or compressed.
    addresses
        IP addresses as texts, such as ``192.0.2.1``.

    Returns
    -------
    pandas.DataFrame
        Indexed by address, in the order requested: ``lon``, ``lat`` (degrees, NaN where not known),
        ``country`` (two letters), ``city``.

    Raises
    ------
    BadInputError
        When a column is missing, or a network or address is invalid.
    """
    asked = _checked(addresses)
    try:
        # An open file: pandas would take a name that is a URL for one.
        with opened(path) as file:
            table = rows_under(pd.read_csv(file, dtype=str, keep_default_na=False), path)
    except BadInputError:
        raise
    except (OSError, ValueError) as error:
        raise BadInputError(f"cannot read {path}: {one_line(error)}") from error
    names = {"address": "network", "country_code": "country", "lat": "latitude", "lon": "longitude"}
    table = table.rename(columns={k: v for k, v in names.items() if v not in table.columns})
    for column in ("network", "latitude", "longitude"):
        if column not in table.columns:
            raise BadInputError(
                f"{path}: column {column!r} is missing among {', '.join(map(str, table.columns))}"
            )
    _check_degrees(path, table)
    networks: dict[tuple[int, int, int], int] = {}
    for row, text in enumerate(table["network"]):
        try:
            network: _IpNetwork = ipaddress.ip_network(text.strip(), strict=False)
        except ValueError as error:
            raise BadInputError(f"{path}, line {row + 2}: {error}") from error
        networks[network.version, network.prefixlen, int(network.network_address)] = row
    rows = table.to_dict("records")
    return _table(asked, (_longest(address, networks, rows) for address in asked))


def _check_degrees(path: str | Path, table: pd.DataFrame) -> None:
    """Check that coordinates are numbers; an empty cell means that they are unknown."""
    for column in ("latitude", "longitude"):
        said = table[column].str.strip()
        degrees = pd.to_numeric(said, errors="coerce")
        bad = (said != "") & ~(degrees.abs() <= LIMITS[column])
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise BadInputError(
                f"{path}, line {row + 2}, column {column}: found {said.iloc[row][:40]!r}, "
                f"expected degrees from -{LIMITS[column]} to {LIMITS[column]}, or nothing"
            )


def _longest(
    address: str, networks: dict[tuple[int, int, int], int], rows: list[dict[Any, Any]]
) -> Mapping[str, Any]:
    ip = ipaddress.ip_address(address)
    for length in range(ip.max_prefixlen, -1, -1):
        bits = ip.max_prefixlen - length
        row = networks.get((ip.version, length, int(ip) >> bits << bits))
        if row is not None:
            found = rows[row]
            place = (_number(found["longitude"]), _number(found["latitude"]))
            return _place(*place, found.get("country"), found.get("city"))
    return _NOTHING


def locate_by_ripestat(
    addresses: Iterable[str],
    *,
    host: str = "stat.ripe.net",
    certificate: str | None = None,
) -> pd.DataFrame:
    """Ask RIPEstat (its ``maxmind-geo-lite`` data call), one request per address.

    Where it names several places, the one that covers most of the address space counts.

    Parameters
    ----------
    addresses
        Texts such as ``192.0.2.1``.
    host, certificate
        Server (``name`` or ``name:port``), and the certificate to trust if not the usual ones.

    Returns
    -------
    pandas.DataFrame
        Indexed by address, in the order requested: ``lon``, ``lat`` (degrees, NaN where not known),
        ``country`` (two letters), ``city``.

    Raises
    ------
    BadInputError
        When an address is invalid.
    TemporaryError, RefusedError
        When the server does not answer, or refuses.
    """
    # Here, not above: only this function needs the networking libraries.
    from rttgeo.atlas.client import AtlasClient

    asked = _checked(addresses)
    client = AtlasClient(host, certificate=certificate)
    path = "/data/maxmind-geo-lite/data.json?resource="
    try:
        return _table(asked, (_of_ripestat(client.json(path + quote(a, safe=""))) for a in asked))
    finally:
        client.close()


def _of_ripestat(answer: Any) -> Mapping[str, Any]:
    data = answer.get("data") if isinstance(answer, dict) else None
    located = data.get("located_resources") if isinstance(data, dict) else None
    places = [
        place
        for item in (located if isinstance(located, list) else [])
        if isinstance(item, dict)
        for place in item.get("locations") or []
        if isinstance(place, dict)
    ]
    if not places:
        return _NOTHING
    best = max(places, key=lambda place: _number(place.get("covered_percentage")) or 0.0)
    return _place(
        best.get("longitude"), best.get("latitude"), best.get("country"), best.get("city")
    )


def _place(lon: Any, lat: Any, country: Any, city: Any) -> Mapping[str, Any]:
    lon, lat = _number(lon), _number(lat)
    known = lon is not None and lat is not None and abs(lon) <= 180 and abs(lat) <= 90
    known = known and not sphere.is_nowhere(lon, lat)
    return {
        "lon": lon if known else np.nan,
        "lat": lat if known else np.nan,
        "country": country if isinstance(country, str) and country else None,
        "city": city if isinstance(city, str) and city else None,
    }


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _checked(addresses: Iterable[str]) -> list[str]:
    asked = [str(address) for address in addresses]
    for address in asked:
        try:
            ipaddress.ip_address(address)
        except ValueError as error:
            raise BadInputError(f"{error}: expected one such as 192.0.2.1") from error
    return asked


def _table(asked: list[str], found: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    index = pd.Index(asked, name="address", dtype=object)
    frame = pd.DataFrame(list(found), index=index, columns=list(_NOTHING))
    return frame.astype({"lon": float, "lat": float})
