"""Counts of things in words: one packet is, two packets are."""

from __future__ import annotations

import re

#: Verbs whose plural is another word; the others lose their s (lies, lie).
VERBS = {"is": "are", "was": "were", "has": "have", "does": "do"}

#: Nouns that reasons for leaving something out begin with.
_PLURALS = (
    "rows|lines|samples|pings|places|results|bins|records|packets|anchors|probes|events|flow events|"
    "claims"
)

#: Endings of nouns whose plural takes an e, too.
HISSING = ("s", "x", "ch", "sh")


def number_of(count: int, thing: str, verb: str = "") -> str:
    """Say how many there are of something, and what they do.

    >>> number_of(1, "packet"), number_of(2000, "packet")
    ('1 packet', '2,000 packets')
    >>> number_of(1, "city", "was"), number_of(2, "city", "was"), number_of(0, "series")
    ('1 city was', '2 cities were', '0 series')

    Parameters
    ----------
    count
        How many.
    thing
        Its name in the singular.
    verb
        A verb to follow it, as it follows one thing: ``is``, ``has``, ``contradicts``.

    Returns
    -------
    str
        Number and noun, and the verb if one is given.
    """
    one = count == 1
    said = f"{count:,} {thing if one else plural(thing)}"
    return f"{said} {agreeing(count, verb)}" if verb else said


def agreeing(count: int, verb: str) -> str:
    """Put a verb into the number of its subject.

    >>> agreeing(1, "contradicts"), agreeing(2, "contradicts"), agreeing(2, "was")
    ('contradicts', 'contradict', 'were')

    Parameters
    ----------
    count
        How many do it.
    verb
        The verb as it follows one thing.

    Returns
    -------
    str
        The verb as it follows so many.
    """
    return verb if count == 1 else VERBS.get(verb, verb.removesuffix("s"))


def counted(count: int, things: str) -> str:
    """Say how many of the things there are that a text in the plural begins with.

    >>> counted(1, "packets: no reply"), counted(2, "packets: no reply"), counted(1, "no answer")
    ('1 packet: no reply', '2 packets: no reply', '1 no answer')

    Parameters
    ----------
    count
        How many.
    things
        A reason by which something is counted; it need not begin with a noun.

    Returns
    -------
    str
        Count and text, the noun in the singular if there is one thing.
    """
    if count == 1:
        nouns = re.match(rf"({_PLURALS})( and ({_PLURALS}))?\b", things)
        if nouns:
            one = re.sub(r"s\b", "", nouns[0]).replace(" and ", " or ")
            things = one + things[nouns.end() :]
    return f"{count:,} {things}"


def plural(thing: str) -> str:
    """Make the plural of a noun of the field.

    >>> plural("landmark"), plural("address"), plural("log density"), plural("day"), plural("series")
    ('landmarks', 'addresses', 'log densities', 'days', 'series')

    Parameters
    ----------
    thing
        A noun in the singular.

    Returns
    -------
    str
        Its plural.
    """
    if thing.endswith("series"):
        return thing
    if thing.endswith(HISSING):
        return f"{thing}es"
    if thing.endswith("y") and thing[-2:-1] not in "aeiou":
        return f"{thing[:-1]}ies"
    return f"{thing}s"
