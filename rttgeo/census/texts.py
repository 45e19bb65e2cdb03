"""Columns of texts for a block of answers: lists, notes, what each region means."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rttgeo.delay.statements import NoteKind
from rttgeo.estimators.blocks import Solved
from rttgeo.kernels.growing import Joined
from rttgeo.report.meaning import (
    SHOWN_NAMES,
    and_more,
    area_text,
    around_area,
    hard_meaning,
    where_in_it,
)
from rttgeo.typing import FloatArray

MARK = "\0"
"""Stands for names in a sentence until they are put there; no name of a node holds it."""


def same(text: str, n: int) -> pa.Array:
    """One text many times.

    Parameters
    ----------
    text
        The text.
    n
        How often.

    Returns
    -------
    pyarrow.Array
        Texts, shape (n,).
    """
    return pa.repeat(pa.scalar(text), n)


def joined_texts(lists: Joined, texts: Any, between: str = "; ") -> pa.Array:
    """Of each list of numbers, the texts that they mean, joined.

    Parameters
    ----------
    lists
        Numbers of texts.
    texts
        As Arrow or numpy array.
    between
        What stands between two.

    Returns
    -------
    pyarrow.Array
        A text a list.
    """
    words = texts if isinstance(texts, pa.Array) else pa.array(texts, pa.string())
    taken = words.take(pa.array(lists.values))
    offsets = pa.array(lists.offsets.astype(np.int32))
    return pc.binary_join(pa.ListArray.from_arrays(offsets, taken), between)


def notes(solved: Solved) -> dict[str, pa.Array]:
    """Notes and their kinds.

    Parameters
    ----------
    solved
        Answers to a block of targets.

    Returns
    -------
    dict
        Columns by their names.
    """
    found = {}
    for name, field in (("notes", str), ("note_kinds", lambda note: str(note.kind))):
        texts = [""] * len(solved)
        for i, some in solved.notes.items():
            texts[i] = "; ".join(map(field, some))
        found[name] = pa.array(texts, pa.string())
    return found


def meanings(solved: Solved, area: FloatArray) -> pa.Array:
    """What each region means, as `rttgeo.report.meaning.hard_meaning` says it.

    Parameters
    ----------
    solved
        Answers to a block of targets.
    area
        Of their regions, km², 0 for an empty one.

    Returns
    -------
    pyarrow.Array
        One text per target.
    """
    asked = solved.asked
    before, behind = around_area(asked.method, asked.bound)
    distinct, which = np.unique(area, return_inverse=True)
    areas = pa.array([area_text(size) for size in distinct.tolist()]).take(pa.array(which))
    usual = pc.binary_join_element_wise(before, areas, behind, _sized(solved), "")
    fell = {i for i, some in solved.notes.items() if any(n.kind is NoteKind.FALLBACK for n in some)}
    odd = sorted(fell | set(np.flatnonzero(area == 0).tolist()))
    if not odd:
        return usual
    mask = np.zeros(len(area), dtype=bool)
    mask[odd] = True
    texts = [_meaning(solved, i, float(area[i]), i in fell) for i in odd]
    return pc.replace_with_mask(usual, pa.array(mask), pa.array(texts, pa.string()))


def _sized(solved: Solved) -> pa.Array:
    """What bounds each region, in a sentence."""
    method, bounding = solved.asked.method, solved.bounding
    count = np.diff(bounding.offsets)
    before, mark, behind = where_in_it(method, MARK).partition(MARK)
    if not mark:
        return same(before, len(count))
    shown = np.minimum(count, SHOWN_NAMES)
    offsets = np.concatenate([[0], np.cumsum(shown)]).astype(np.int64)
    entries = np.repeat(bounding.offsets[:-1] - offsets[:-1], shown) + np.arange(offsets[-1])
    names = joined_texts(Joined(offsets, bounding.values[entries]), solved.landmarks.name, ", ")
    more = pa.array([and_more(k) for k in range(count.max(initial=0) + 1)], pa.string())
    said = pc.binary_join_element_wise(before, names, more.take(pa.array(count)), behind, "")
    return pc.if_else(pa.array(count > 0), said, where_in_it(method, ""))


def _meaning(solved: Solved, i: int, area: float, fell_back: bool) -> str:
    """What one region means."""
    asked, names = solved.asked, solved.landmarks.name
    bounding, against = (
        names[lists.values[lists.offsets[i] : lists.offsets[i + 1]]].tolist()
        for lists in (solved.bounding, solved.conflict)
    )
    return hard_meaning(
        asked.method, asked.bound, area or None, bounding, against, fell_back=fell_back
    )
