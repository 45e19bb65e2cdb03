"""What a section of the page is: a name, what is measured, its peers, its limit; and what it found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

OURS, PEER, LIMIT = "rttgeo", "peer", "limit"


class Way(NamedTuple):
    """One way to do the work of a table.

    Attributes
    ----------
    name
        For people.
    seconds, cpu_seconds
        By the clock, and of processors; of all its work.
    amount
        How much work that was, in the unit of the table: slow ways do less of it.
    role
        `OURS`, `PEER`, or `LIMIT`: what no way can beat on this machine, measured in the same run.
    peak_mb
        The most memory that the process held, 10^6 bytes; None where several share one process.
    says
        What it gives less or more than the others.
    """

    name: str
    seconds: float
    cpu_seconds: float
    amount: float
    role: str = PEER
    peak_mb: float | None = None
    says: str = ""

    @property
    def rate(self) -> float:
        """Units a second."""
        return self.amount / self.seconds


class Table(NamedTuple):
    """Ways to do the same work; the first of rttgeo's is what the others are compared with."""

    title: str
    unit: str
    ways: list[Way]

    def times_ours(self, way: Way) -> float:
        """How many times as long as rttgeo a way takes for the same amount.

        Parameters
        ----------
        way
            One of the table.

        Returns
        -------
        float
            Above 1 for a slower one.
        """
        return self.first_of(OURS).rate / way.rate

    def first_of(self, role: str) -> Way:
        """Look up the first way of a role.

        Parameters
        ----------
        role
            Of the three.

        Returns
        -------
        Way
            As it stands in the table.
        """
        return next(way for way in self.ways if way.role == role)


class Curve(NamedTuple):
    """How time (or memory) grows with one quantity, all else equal."""

    title: str
    over: str
    at: list[float]
    value: list[float]
    unit: str = "s"

    @property
    def exponent(self) -> float:
        """Slope of the straight line through the points, both axes logarithmic: 1 is linear."""
        return float(np.polyfit(np.log(self.at), np.log(self.value), 1)[0])


class Found(NamedTuple):
    """What a section measured.

    Attributes
    ----------
    sentence
        What it comes to, with numbers, first of all.
    tables, curves
        The numbers.
    left_out
        Peers that are not installed, and what else is not there.
    """

    sentence: str
    tables: list[Table]
    curves: list[Curve]
    left_out: tuple[str, ...] = ()


class Size(NamedTuple):
    """How much of it: a page in ten minutes, or its form in one.

    Attributes
    ----------
    quick
        A fraction of the work, and no process of its own for each way: no memory then.
    scratch
        Folder for made-up files, removed at the end.
    """

    quick: bool
    scratch: Path

    def of(self, full: int, quick: int) -> int:
        """One of two amounts.

        Parameters
        ----------
        full, quick
            The two.

        Returns
        -------
        int
            The one.
        """
        return quick if self.quick else full


class Section(NamedTuple):
    """A part of the page.

    Attributes
    ----------
    name
        For the command line.
    title
        Its heading.
    measured
        What work, on what data.
    peers, limit
        Who is beside it, and which physical limit of the same run.
    run
        Measures.
    """

    name: str
    title: str
    measured: str
    peers: str
    limit: str
    run: Callable[[Size], Found]


def number(value: float) -> str:
    """Three digits, thousands apart.

    Parameters
    ----------
    value
        Above 0.

    Returns
    -------
    str
        Such as ``12,300`` or ``0.00345``.
    """
    if value >= 100:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}" if value >= 1e-4 else f"{value:.1e}"
