"""Read files of samples block by block, as numbers of names and round-trip times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from rttgeo.atlas.parse import iter_samples
from rttgeo.census.opened import BATCH_ROWS
from rttgeo.constants import LONGEST_RTT_MS, SHORTEST_RTT_MS
from rttgeo.errors import BadInputError
from rttgeo.machine.opening import unreadable
from rttgeo.machine.parquet import MAGIC, one_line, open_parquet
from rttgeo.sources.places import Places
from rttgeo.typing import FloatArray, IntArray

Samples = tuple[IntArray, IntArray, FloatArray]
"""Numbers of targets and sources, and round-trip times (ms): one of each per sample."""
LEFT_OUT = -1


class Numbered:
    """Names numbered in the order in which they first appear.

    Parameters
    ----------
    name_of
        Function that maps a spelling to a name; None leaves it out.

    Attributes
    ----------
    names
        The names, by number.
    """

    def __init__(self, name_of: Callable[[str], str | None]) -> None:
        self._name_of, self.names = name_of, list[str]()
        self._number: dict[str, int] = {}
        self._of_spelling: dict[str, int] = {}

    def number(self, spelling: str) -> int:
        """Look up the number of a name by one of its spellings.

        Parameters
        ----------
        spelling
            The name as written in a file.

        Returns
        -------
        int
            Its number, from 0; `LEFT_OUT` for a name that is left out.
        """
        found = self._of_spelling.get(spelling)
        if found is None:
            name = self._name_of(spelling)
            if not name:
                found = LEFT_OUT
            else:
                found = self._number.setdefault(name, len(self.names))
                if found == len(self.names):
                    self.names.append(name)
            self._of_spelling[spelling] = found
        return found


class Taken:
    """What was found in a file: names, and how much was left out, by reason.

    Parameters
    ----------
    places
        Where sources are, and the names of targets by their addresses.

    Attributes
    ----------
    targets, sources
        Their names.
    told
        Counts, by what they count.
    """

    def __init__(self, places: Places) -> None:
        self.targets = Numbered(places.name_of)
        self.sources = Numbered(lambda one: places.name_of(one) if places.find(one) else None)
        self.told: dict[str, int] = {}

    def count(self, what: str, number: int) -> None:
        """Add to a count.

        Parameters
        ----------
        what
            What is counted, in words.
        number
            How many to add.
        """
        if number:
            self.told[what] = self.told.get(what, 0) + int(number)

    def kept(self, target: IntArray, source: IntArray, rtt_ms: FloatArray) -> Samples:
        """Drop samples without a place or a name, or from a node to itself.

        Parameters
        ----------
        target, source, rtt_ms
            As in `Samples`.

        Returns
        -------
        tuple
            The samples that are left.
        """
        lost = source == LEFT_OUT
        self.count("samples from sources without a place", lost.sum())
        unnamed = ~lost & (target == LEFT_OUT)
        self.count("samples without a target", unnamed.sum())
        keep = ~(lost | unnamed)
        here = np.array(
            [self.sources._number.get(name, LEFT_OUT - 1) for name in self.targets.names]
        )
        if len(here):
            myself = keep & (here[np.maximum(target, 0)] == source)
            self.count("samples of a node to itself", myself.sum())
            keep &= ~myself
        self.count("samples taken", keep.sum())
        return target[keep], source[keep], rtt_ms[keep]


def samples_of(path: Path, taken: Taken) -> Iterator[Samples]:
    """Read the samples of a file, block by block.

    Parameters
    ----------
    path
        RIPE Atlas results, or Parquet.
    taken
        Filled with names, and with what was left out.

    Yields
    ------
    tuple
        Numbers of targets and of sources, and round-trip times (ms).

    Raises
    ------
    BadInputError
        When the file cannot be read.
    """
    try:
        with path.open("rb") as handle:
            is_parquet = handle.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise unreadable(path, error) from None
    for target, source, rtt_ms in _parquet(path) if is_parquet else _atlas(path, taken):
        yield taken.kept(_numbers(target, taken.targets), _numbers(source, taken.sources), rtt_ms)


def _numbers(names: pa.Array | pa.ChunkedArray, numbered: Numbered) -> IntArray:
    coded = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
    coded = coded if pa.types.is_dictionary(coded.type) else coded.dictionary_encode()
    words = [numbered.number(str(word)) for word in coded.dictionary.to_pylist()]
    found: IntArray = np.array([*words, LEFT_OUT], np.int64)[
        coded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    ]
    return found


def _atlas(path: Path, taken: Taken) -> Iterator[tuple[pa.Array, pa.Array, FloatArray]]:
    for table, report in iter_samples(path, workers=1):
        taken.count("bytes", report.bytes)
        taken.count("records", report.records)
        for what, some in (("records", report.rejected), ("packets", report.dropped)):
            for reason, n in some.items():
                taken.count(f"{what}: {reason}", n)
        rtt = table["rtt_us"].to_numpy() / 1000.0
        yield table["anchor"].unify_dictionaries(), table["probe"], rtt


def _parquet(path: Path) -> Iterator[tuple[pa.Array, pa.Array, FloatArray]]:
    with path.open("rb") as handle, one_line(str(path)):
        opened = open_parquet(handle, str(path))
        names = opened.schema_arrow.names
        for target, source, rtt in (
            ("anchor", "probe", "rtt_us"),
            ("target", "landmark", "rtt_ms"),
        ):
            if {target, source, rtt} <= set(names):
                break
        else:
            raise BadInputError(
                f"{path}: no columns landmark, target, rtt_ms nor probe, anchor, rtt_us"
            )
        for batch in opened.iter_batches(BATCH_ROWS, columns=[target, source, rtt]):
            ms = batch.column(rtt).cast(pa.float64()).to_numpy(zero_copy_only=False)
            ms = ms / 1000.0 if rtt == "rtt_us" else ms
            bad = ~((ms >= SHORTEST_RTT_MS) & (ms <= LONGEST_RTT_MS))
            if bad.any():
                raise BadInputError(
                    f"{path}, column {rtt}: {ms[bad][0]} ms, expected {SHORTEST_RTT_MS:g} to "
                    f"{LONGEST_RTT_MS:,.0f}"
                )
            yield batch.column(target), batch.column(source), ms
