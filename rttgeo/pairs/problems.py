"""What is wrong with the rows of a file: counted by reason, the first ones kept to show."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import NamedTuple

from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of

SHOWN = 5


class BadRowsWarning(UserWarning):
    """Warns that rows were left out, as the caller chose; the text says how many and why."""


class DoubtWarning(UserWarning):
    """Warns that a table was read as it is, but may not be what it seems; the text says why."""


class Problem(NamedTuple):
    """One bad row: where it is, what was found, and what was expected."""

    line: int
    column: str
    found: str
    expected: str

    def text(self, file: str) -> str:
        """Say in one line where it is, what was found and what was expected.

        Parameters
        ----------
        file
            Name of the file, for the text.

        Returns
        -------
        str
            The line; what was found is cut at 60 characters.
        """
        where = f"{file}, line {self.line}" + (f", column {self.column}" if self.column else "")
        found = self.found if len(self.found) <= 60 else self.found[:57] + "…"
        return f"{where}: found {found!r}, expected {self.expected}"


@dataclasses.dataclass
class ReadReport:
    """The result of reading a pairs table.

    Attributes
    ----------
    file
        The file, as given by the caller.
    rows, kept
        Rows read, and pairs that made it into the mesh.
    skipped
        Number of rows left out, by what was expected.
    self_pairs
        Number of rows whose landmark is the target itself, which carry no information.
    moved
        Nodes made from names with more than one place, as ``name@lon,lat``; the first place keeps
        the name.
    nudged_km
        Nodes whose places differ slightly from row to row, as from rounding, and the largest
        difference, km; the first place counts.
    hint
        A hint if the round-trip times seem to be in another unit.
    problems
        The first bad rows, at most `SHOWN`.
    stated
        What the file itself states about its origin, as a Parquet file may.
    not_its_own
        A note if the metadata file beside the table describes another table and is not used.
    decimals
        A note if numbers have decimal commas.
    marked
        Landmarks whose names begin with ``#``, as the rows that someone left out elsewhere, if not
        all do.
    """

    file: str
    rows: int = 0
    kept: int = 0
    self_pairs: int = 0
    skipped: Counter[str] = dataclasses.field(default_factory=Counter)
    moved: list[str] = dataclasses.field(default_factory=list)
    nudged_km: dict[str, float] = dataclasses.field(default_factory=dict)
    hint: str = ""
    problems: list[Problem] = dataclasses.field(default_factory=list)
    stated: bytes | None = None
    not_its_own: str = ""
    decimals: str = ""
    marked: list[str] = dataclasses.field(default_factory=list)

    def add(self, problem: Problem, count: int = 1) -> None:
        """Count bad rows, and keep the problem when it is among the first.

        Parameters
        ----------
        problem
            The first of these rows: its line, its column, what was found and expected.
        count
            How many rows.
        """
        self.skipped[problem.expected] += count
        self.problems.append(problem)
        self.problems.sort(key=lambda p: p.line)
        del self.problems[SHOWN:]

    def raise_first(self) -> None:
        """Raise for the first bad row, if there is one.

        Raises
        ------
        BadInputError
            One line: file, line, column, what was found, what was expected, how many more.
        """
        if not self.problems:
            return
        more = sum(self.skipped.values()) - 1
        tail = f" (and {number_of(more, 'more bad row')} up to there)" if more else ""
        raise BadInputError(
            self.problems[0].text(self.file)
            + tail
            + "; skip_bad leaves bad rows out and counts them"
        )

    def notes(self) -> list[str]:
        """List what the user should know besides the bad rows.

        Returns
        -------
        list of str
            One line each.
        """
        said = []
        if self.self_pairs:
            said.append(
                f"{self.file}: {number_of(self.self_pairs, 'row', 'pairs')} a node with itself; left out"
            )
        if self.moved:
            said.append(
                f"{self.file}: some names have a second place, which became a separate node: "
                f"{number_of(len(self.moved), 'such node')} (such as {self.moved[0]})"
            )
        return said + self.doubts()

    def doubts(self) -> list[str]:
        """List the notes that may mean that the table is not what it seems.

        Returns
        -------
        list of str
            One line each.
        """
        said = []
        if self.nudged_km:
            name = max(self.nudged_km, key=lambda one: self.nudged_km[one])
            said.append(
                f"{self.file}: the places of {number_of(len(self.nudged_km), 'node')} differ by up to "
                f"{self.nudged_km[name]:.2f} km from row to row (such as {name}); the first counts"
            )
        if self.marked:
            said.append(
                f"{self.file}: {number_of(len(self.marked), 'landmark', 'has')} a name that begins with # "
                f"(such as {self.marked[0]}): read as any other, for a pairs table has no comments"
            )
        if self.decimals:
            said.append(self.decimals)
        if self.not_its_own:
            said.append(self.not_its_own)
        if self.hint:
            said.append(f"{self.file}: {self.hint}")
        return said

    def text(self) -> str:
        """Say how many rows were left out and why.

        Returns
        -------
        str
            One line, with the first bad row.
        """
        if not self.skipped:
            return f"{self.file}: {number_of(self.kept, 'pair')}, all good"
        reasons = "; ".join(f"{n:,} × expected {why}" for why, n in self.skipped.most_common())
        first = self.problems[0].text(self.file)
        return (
            f"{self.file}: {sum(self.skipped.values()):,} of {number_of(self.rows, 'row')} left out "
            f"({reasons}); the first: {first}"
        )
