"""What RIPE Atlas knows of anchors, probes and measurements, cut down to what a recipe needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from rttgeo.atlas.client import AtlasClient
from rttgeo.atlas.placed import has_place
from rttgeo.atlas.recipe import ANCHOR_DOMAIN, Recipe
from rttgeo.atlas.session import RefusedError

PROBES_A_REQUEST = 400
HOP_PINGS = {1: "the first hop", 2: "the second hop"}
"""Built-in pings (IPv4) of each probe to a hop of its own; the API may not list them."""


def short_name(fqdn: object) -> str:
    """Return the short name of an anchor, as in ``nl-ams-as3333``.

    Parameters
    ----------
    fqdn
        Its domain name; whatever is no text gives "".

    Returns
    -------
    str
        The name without the domain of RIPE Atlas.
    """
    return fqdn.removesuffix(ANCHOR_DOMAIN) if isinstance(fqdn, str) else ""


def fetch_anchors(client: AtlasClient, recipe: Recipe) -> list[dict[str, Any]]:
    """Anchors of a recipe, by number; those that the API no longer lists are left out.

    Parameters
    ----------
    client
        Connection to the API.
    recipe
        What is wanted.

    Returns
    -------
    list
        Anchors as the API describes them.

    Raises
    ------
    TemporaryError, RefusedError
        When the listing cannot be had.
    """
    wanted = set(recipe.anchors)
    anchors = client.listing("anchors")
    return [a for a in anchors if not wanted or short_name(a.get("fqdn")) in wanted]


def fetch_measurements(
    client: AtlasClient, recipe: Recipe, anchors: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Measurements of a recipe, by number.

    Either those that it names, or all anchoring measurements of its anchors; in both cases
    whatever is not of its type, family, protocol, time and anchors is left out here.

    Parameters
    ----------
    client
        Connection to the API.
    recipe
        What is wanted.
    anchors
        Those of the recipe (`fetch_anchors`).

    Returns
    -------
    list
        Measurements as the API describes them.

    Raises
    ------
    TemporaryError, RefusedError
        When a listing cannot be had.
    """
    numbers = list(recipe.measurement_ids) or _anchoring(client, recipe, anchors)
    if not numbers:
        return []
    # In pieces of our own: cousteau stops at the first piece of which nothing is listed.
    found = [m for some in _chunks(numbers) for m in client.listing("measurements", id__in=some)]
    wanted = set(numbers)
    by_number = {m["id"]: m for m in found if m["id"] in wanted}
    for number in wanted & HOP_PINGS.keys() - by_number.keys():
        by_number[number] = {"id": number, "type": "ping", "af": 4, "interval": 240}
    return [by_number[number] for number in sorted(by_number) if is_of(by_number[number], recipe)]


def _anchoring(
    client: AtlasClient, recipe: Recipe, anchors: Iterable[Mapping[str, Any]]
) -> list[int]:
    """Numbers of the anchoring measurements toward some anchors."""
    targets = {int(anchor["id"]) for anchor in anchors}
    listed = client.listing("anchor-measurements", type=recipe.type)
    return sorted(
        {
            _last_number(item.get("measurement"))
            for item in listed
            if item.get("type") == recipe.type and _last_number(item.get("target")) in targets
        }
        - {-1}
    )


def _last_number(url: object) -> int:
    """Return the number at the end of an address such as ``…/measurements/1001/?format=api``."""
    if isinstance(url, dict):
        url = str(url.get("id", ""))
    if isinstance(url, int):
        return url
    steps = str(url).split("?")[0].rstrip("/").rsplit("/", 1)
    return int(steps[-1]) if steps[-1].isdigit() else -1


def is_of(measurement: Mapping[str, Any], recipe: Recipe) -> bool:
    """Whether a measurement belongs to a recipe.

    Parameters
    ----------
    measurement
        As the API describes it.
    recipe
        What is wanted.

    Returns
    -------
    bool
        True where type, family, protocol, anchor and time agree.
    """
    protocol = str(measurement.get("protocol", "")).upper()
    start, stop = measurement.get("start_time"), measurement.get("stop_time")
    return (
        measurement.get("type") == recipe.type
        and measurement.get("af") in recipe.families
        and (not recipe.protocol or not protocol or protocol == recipe.protocol)
        and (
            not recipe.anchors
            or short_name(measurement.get("target")) in recipe.anchors
            or measurement.get("id") in HOP_PINGS
        )
        and not (isinstance(start, (int, float)) and start >= recipe.stop_s)
        and not (isinstance(stop, (int, float)) and stop < recipe.start_s)
    )


def anchor_names(measurements: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    """Name of the anchor that each measurement goes to; else its address.

    Not of the pings to a hop: each probe has its own, and only the record names it.

    Parameters
    ----------
    measurements
        As the API describes them.

    Returns
    -------
    dict
        Name by measurement number.
    """
    return {
        int(m["id"]): short_name(m.get("target")) or str(m.get("target_ip") or m["id"])
        for m in measurements
        if m["id"] not in HOP_PINGS
    }


def fetch_probes(
    client: AtlasClient, recipe: Recipe, numbers: Iterable[int]
) -> list[dict[str, Any]]:
    """Probes by number, as they were on the first day of the window where that is known.

    Each gets a field ``located``: ``archive`` (from the snapshot of that day) or ``present``.

    Parameters
    ----------
    client
        Connection to the API.
    recipe
        What is wanted.
    numbers
        Which probes; those that the API does not know are left out.

    Returns
    -------
    list
        Probes as the API describes them, with ``located``.

    Raises
    ------
    TemporaryError, RefusedError
        When a listing cannot be had.
    """
    wanted = sorted(set(numbers))
    found: dict[int, dict[str, Any]] = {}
    for some in _chunks(wanted):
        for probe in _archived(client, recipe, some):
            number = int(probe["id"])
            if number in wanted and has_place(probe):
                found[number] = probe | {"located": "archive"}
    for some in _chunks([n for n in wanted if n not in found]):
        for probe in client.listing("probes", id__in=some):
            if probe["id"] in some:
                found[int(probe["id"])] = probe | {"located": "present"}
    return [found[number] for number in sorted(found)]


def _archived(client: AtlasClient, recipe: Recipe, numbers: list[int]) -> list[dict[str, Any]]:
    day = datetime.fromtimestamp(recipe.start_s, UTC).date().isoformat()
    listed = ",".join(map(str, numbers))
    try:
        answer = client.json(f"/api/v2/probes/archive/?date={day}&probe={listed}&format=json")
    except RefusedError:
        return []  # A server without the archive: present places must do, and are marked so.
    probes = answer.get("results", []) if isinstance(answer, dict) else answer
    good = [p for p in probes if isinstance(p, dict) and isinstance(p.get("id"), int)]
    # An unknown filter is ignored: of several snapshots of a probe only that of the day counts.
    return [p for p in good if str(p.get("date", day))[:10] == day]


def _chunks(numbers: list[int]) -> Iterable[list[int]]:
    for i in range(0, len(numbers), PROBES_A_REQUEST):
        yield numbers[i : i + PROBES_A_REQUEST]


def slug(tag: object) -> str:
    """Return the short form of a probe's tag, which comes as an object or as a text.

    Parameters
    ----------
    tag
        As the API gives it: an object with a field ``slug``, or a text.

    Returns
    -------
    str
        Such as ``system-ipv4-works``.
    """
    return str(tag.get("slug")) if isinstance(tag, dict) else str(tag)


def numbers_of(probe: Mapping[str, Any]) -> set[int]:
    """Numbers of the autonomous systems that a probe is in.

    Parameters
    ----------
    probe
        As the API describes it.

    Returns
    -------
    set of int
        None, one or two: of its IPv4 and its IPv6 address.
    """
    return {n for n in (whole(probe, "asn_v4"), whole(probe, "asn_v6")) if n is not None}


def whole(item: Mapping[str, Any], key: str) -> int | None:
    """Return a field that is a whole number of 32 bits, None for whatever else stands there.

    Parameters
    ----------
    item
        As the API describes it.
    key
        Name of the field.

    Returns
    -------
    int | None
        From 0 to 2³² - 1, or None.
    """
    value = item.get(key)
    good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**32
    return value if good else None


def tags_of(probe: Mapping[str, Any]) -> set[str]:
    """Tags of a probe in their short form.

    Parameters
    ----------
    probe
        As the API describes it.

    Returns
    -------
    set of str
        Short forms; empty where the probe has no list of tags.
    """
    tags = probe.get("tags")
    return {slug(tag) for tag in tags} if isinstance(tags, list) else set()


def is_wanted(probe: Mapping[str, Any], recipe: Recipe) -> bool:
    """Whether a probe passes a recipe's filters.

    Parameters
    ----------
    probe
        As the API describes it.
    recipe
        What is wanted.

    Returns
    -------
    bool
        True where it passes all of them.
    """
    return (
        (not recipe.probes or probe.get("id") in recipe.probes)
        and (not recipe.countries or probe.get("country_code") in recipe.countries)
        and (not recipe.asns or not numbers_of(probe).isdisjoint(recipe.asns))
        and tags_of(probe).issuperset(recipe.tags)
    )
