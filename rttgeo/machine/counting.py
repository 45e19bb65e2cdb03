"""Counts of things in words: one packet, two packets."""

from __future__ import annotations


def number_of(count: int, thing: str) -> str:
    """Say how many there are of something.

    >>> number_of(1, "packet"), number_of(2000, "packet")
    ('1 packet', '2,000 packets')

    Parameters
    ----------
    count
        How many.
    thing
        Its name in the singular, of which an s makes the plural.

    Returns
    -------
    str
        Number and noun.
    """
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
