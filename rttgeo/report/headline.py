"""The first sentence of an answer: where the target is, for readers who do not know regions."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median_low
from typing import Any

from rttgeo import sphere
from rttgeo.machine.counting import agreeing, number_of
from rttgeo.report.light import light_sentence, limit_km

UNNAMED = "target"
"""What `rttgeo locate --ping` calls its target: nobody has named it."""
CITY_ENOUGH = 0.5
"""A city is named alone if it is more likely than all others together."""
COUNTRIES_ENOUGH = 0.6
"""Countries are named until together they are clearly more likely than not."""
MOST_COUNTRIES = 3
"""With more countries than this, the sentence would not be an answer, and only the most likely is
named."""

WITH_ARTICLE = (
    "Bahamas", "British ", "Central African", "Comoros", "Democratic Republic", "Dominican ",
    "French Southern", "Gambia", "Isle of", "Maldives", "Palestinian ", "Philippines", "Republic",
    "Seychelles", "U.S.", "United ", "Vatican",
)  # fmt: skip
"""Beginnings of the country names in the shipped table that take "the" in English."""
PLURALS = (" Islands", "Grenadines")
"""Endings of further such names."""

FEW = 3
"""Regions whose sizes are all said."""


def headline(record: dict[str, Any]) -> str:
    """Say where a target is, for readers who do not know regions.

    Parameters
    ----------
    record
        Result of `rttgeo.report.tables.estimate_record`.

    Returns
    -------
    str
        One or two sentences. A method without probabilities only says how much its bounds allow,
        or that they allow nothing. The first says of how many landmarks only some could be used.
        The second states what does not depend on any model: how far
        light in vacuum can have travelled (`light_sentence`). A city beyond that limit, though the
        target may be in its outskirts, is only said to be near.
    """
    name = called(record["target"])
    some = _out_of(record)
    of = f", judging by {some}" if some else ""
    if "anycast" in record["note_kinds"]:
        return (
            f"{begun(name)} answers from several places, or several landmarks are not where they are said "
            f"to be{of}: `rttgeo anycast` says which places."
        )
    if record["empty"]:
        return (
            f"No place can be given for {name}{of}: none satisfies all bounds, so a landmark, a round-trip "
            "time or a bound must be wrong."
        )
    if not any(place["p"] for place in record["countries"]):
        return " ".join(filter(None, (_allowed(record), light_sentence(record))))
    if "conflict" in record["note_kinds"]:
        of = f" from {some}" if some else ""
        return (
            f"The round-trip times of {name}{of} contradict each other, so that its place is no more than "
            "a guess."
        )
    return " ".join(
        filter(None, (f"{begun(name)} {_whereabouts(record)}{of}.", light_sentence(record)))
    )


def used_landmarks(record: dict[str, Any]) -> str:
    """Say how many landmarks were of use, and of how many that the source names.

    Parameters
    ----------
    record
        A record with ``n_landmarks`` and ``n_landmarks_unused``.

    Returns
    -------
    str
        Such as ``3 of 8``; a number alone where all were.
    """
    used, more = record["n_landmarks"], record["n_landmarks_unused"]
    return f"{used:,} of {used + more:,}" if more else f"{used:,}"


def _out_of(record: dict[str, Any]) -> str:
    """Such as ``3 of 8 landmarks``; nothing where all were of use."""
    used, more = record["n_landmarks"], record["n_landmarks_unused"]
    return f"{used:,} of {number_of(used + more, 'landmark')}" if more else ""


def overview(records: Sequence[dict[str, Any]]) -> str:
    """Say in a sentence what became of several targets.

    Parameters
    ----------
    records
        Results of `rttgeo.report.tables.estimate_record`, at least one.

    Returns
    -------
    str
        How many were located, and how large their regions are; for methods with probabilities, how
        many of them have a city that is likelier than all others together.
    """
    # An empty region (0 km²) is none, whatever place stands beside it.
    located = [one for one in records if one["lon"] is not None and one["area_km2"] != 0]
    said = _how_many(len(located), len(records))
    areas = sorted(record["area_km2"] for record in located if record["area_km2"])
    if len(areas) > FEW:
        said += f": half of their regions have at most {median_low(areas):,.0f} km²"
    elif areas:
        sizes = [f"{area:,.0f}" for area in areas]
        of = "the region has" if len(areas) == 1 else "their regions have"
        said += f": {of} {' and '.join(filter(None, (', '.join(sizes[:-1]), sizes[-1])))} km²"
    if any(place["p"] for record in located for place in record["countries"]):
        near = sum(bool(r["places"]) and r["places"][0]["p"] >= CITY_ENOUGH for r in located)
        some = {0: "none is", 1: "1 is"}.get(near, f"{near:,} are")
        said += f"; {some} most likely in or around one city"
    return f"{said}.{_some_unused(records)}"


def _some_unused(records: Sequence[dict[str, Any]]) -> str:
    """Of how many targets the source names landmarks that gave nothing, and how many times."""
    of = [record for record in records if record["n_landmarks_unused"]]
    if not of:
        return ""
    unused = sum(record["n_landmarks_unused"] for record in of)
    named = unused + sum(record["n_landmarks"] for record in of)
    which = of[0]["target"] if len(of) == 1 else f"{len(of):,} of them"
    return f" For {which}, {unused:,} of {number_of(named, 'landmark')} gave nothing that could be used."


def _how_many(located: int, n: int) -> str:
    """How many of all were located, such as "Both targets were located"."""
    all_of_them = {1: "The target", 2: "Both targets"}.get(n, f"All {number_of(n, 'target')}")
    told = all_of_them if located == n else f"{located:,} of {number_of(n, 'target')}"
    return f"{told} {agreeing(located, 'was')} located"


def _allowed(record: dict[str, Any]) -> str:
    """What is left by bounds that say nothing of probabilities; nothing for a mere point."""
    some = _out_of(record)
    if record["area_km2"] is None:
        return f"Only {some} could be used." if some else ""
    size = f"{record['area_km2']:,.0f} km²"
    name = begun(called(record["target"]))
    of = f"judging by {some}, " if some else ""
    return f"{name} can be anywhere in a region of {size}, {of}if the bounds of this method hold."


def called(target: str) -> str:
    """Name a target within a sentence: one that nobody has named is "the target".

    Parameters
    ----------
    target
        Its id.

    Returns
    -------
    str
        The id, or ``the target`` for the id that `rttgeo locate --ping` gives.
    """
    return f"the {target}" if target == UNNAMED else target


def begun(name: str) -> str:
    """Write a name at the beginning of a sentence; an id stays as it is written.

    Parameters
    ----------
    name
        What `called` returned.

    Returns
    -------
    str
        ``The target``, or the id.
    """
    return name.replace("the ", "The ", 1) if name == called(UNNAMED) else name


def _whereabouts(record: dict[str, Any]) -> str:
    places, countries = record["places"], record["countries"]
    if places and places[0]["p"] >= CITY_ENOUGH:
        of = {country["code"]: country["name"] for country in countries}
        country = of.get(places[0]["country"], places[0]["country"]).replace("The ", "the ", 1)
        # A city that is a country is not named twice.
        named = [places[0]["name"], *([country] if country != places[0]["name"] else [])]
        where = "near" if _beyond_light(record, places[0]) else "in or around"
        return f"is most likely {where} {', '.join(named)} ({places[0]['p']:.2f})"
    total, named = 0.0, []
    for country in countries[:MOST_COUNTRIES]:
        total += country["p"]
        named.append(_in(country["name"]))
        if total >= COUNTRIES_ENOUGH:
            return f"is most likely {_either(named)} ({total:.2f})"
    first = countries[0]
    return f"could be in many countries; the most likely is {first['name']} ({first['p']:.2f})"


def _beyond_light(record: dict[str, Any], city: dict[str, Any]) -> bool:
    """Whether the centre of a city is farther away than the sentence about light allows."""
    if record["quickest_landmark"] is None:
        return False
    landmark = record["quickest_lon"], record["quickest_lat"]
    return bool(sphere.distance_km(city["lon"], city["lat"], *landmark) > limit_km(record))


def _in(name: str) -> str:
    return name if name == "at sea" else f"in {with_article(name)}"


def with_article(name: str) -> str:
    """Put "the" before the name of a country that takes it in English.

    Parameters
    ----------
    name
        Name of a country, as in `rttgeo.data.countries.all_countries`.

    Returns
    -------
    str
        Such as ``the United States``.
    """
    if name.startswith("The "):
        return f"the {name[4:]}"
    return f"the {name}" if name.startswith(WITH_ARTICLE) or name.endswith(PLURALS) else name


def _either(parts: list[str]) -> str:
    """Join as in "in Austria, in Czechia or at sea"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"
