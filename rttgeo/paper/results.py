"""What a notebook hands to the paper: numbers, figures and tables, in one file per run.

``results/<notebook>.<dataset>.json`` holds the numbers (name, value, unit, data set), the
figures and tables by name, and what does not apply to the data set, with the reason.
"""

from __future__ import annotations

import dataclasses
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rttgeo.errors import BadInputError
from rttgeo.machine.files import write_json
from rttgeo.mesh import Mesh, Provenance

if TYPE_CHECKING:
    import pandas as pd

    from rttgeo.figures.style import Drawn

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


class Results:
    """Collects what a notebook found, and saves it when there is somewhere to save it to.

    Parameters
    ----------
    notebook
        The notebook's name, without number and ending.
    dataset
        The mesh, or its provenance.
    output
        Folder to write into; empty (as when a person explores) keeps everything in memory.
    """

    def __init__(
        self, notebook: str, dataset: Mesh | Provenance, output: str | Path | None = None
    ) -> None:
        self.notebook = notebook
        self.provenance = dataset.provenance if isinstance(dataset, Mesh) else dataset
        self.output = Path(output) if output else None
        self.numbers: dict[str, dict[str, Any]] = {}
        self.figures: dict[str, dict[str, Any]] = {}
        self.tables: dict[str, dict[str, Any]] = {}
        self.absent: dict[str, str] = {}
        self.others: list[Provenance] = []

    @property
    def stem(self) -> str:
        """How this run's files start."""
        return f"{self.notebook}.{self.provenance.name}"

    def number(self, name: str, value: float | int | str, unit: str = "") -> float | int | str:
        """Record a number that the text may use.

        Parameters
        ----------
        name
            What the text refers to it by, in kebab case.
        value
            A finite number, or a text.
        unit
            Such as ``km``; none by default.

        Returns
        -------
        float, int or str
            The value, for use in the notebook.

        Raises
        ------
        BadInputError
            For a name used twice or not in kebab case, or a value that is not finite.
        """
        self._new(name)
        plain = value.item() if hasattr(value, "item") else value
        if isinstance(plain, float) and not math.isfinite(plain):
            raise BadInputError(
                f"result {name!r} is {plain}; record with absent() why there is none"
            )
        self.numbers[name] = {
            "name": name, "value": plain, "unit": unit, "dataset": self.provenance.name,
        }  # fmt: skip
        return plain

    def figure(self, name: str, drawn: Drawn) -> Drawn:
        """Record a figure, as SVG and PNG, with its text for those who cannot see it.

        Parameters
        ----------
        name
            What the text refers to it by, in kebab case.
        drawn
            The figure with its words.

        Returns
        -------
        Drawn
            The same figure, so that the notebook shows it.

        Raises
        ------
        BadInputError
            For a name used twice or not in kebab case, or when the files cannot be written.
        """
        self._new(name)
        stem = f"{self.stem}.{name}"
        if self.output is not None:
            from rttgeo.figures.style import save

            save(drawn, self.output / stem)
        self.figures[name] = {
            "name": name,
            "files": [f"{stem}.svg", f"{stem}.png"],
            "alt": drawn.alt,
            "data": drawn.data,
            "dataset": self.provenance.name,
        }
        return drawn

    def table(self, name: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Record a table; its column names are what the paper prints. Missing values stay empty.

        Parameters
        ----------
        name
            What the text refers to it by, in kebab case.
        frame
            The table, as it is to be printed.

        Returns
        -------
        pandas.DataFrame
            The same table, so that the notebook shows it.

        Raises
        ------
        BadInputError
            For a name used twice or not in kebab case.
        """
        self._new(name)
        cells = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
        self.tables[name] = {
            "name": name,
            "columns": [str(column) for column in frame.columns],
            "rows": [[_plain(cell) for cell in row] for row in cells],
            "dataset": self.provenance.name,
        }
        return frame

    def beside(self, mesh: Mesh) -> None:
        """Name another data set that figures of this notebook show beside its own.

        Parameters
        ----------
        mesh
            The other data set.
        """
        self.others.append(mesh.provenance)

    def not_applicable(self, name: str, why: str) -> None:
        """Record that a number, figure or table does not apply to this data set, and why.

        Parameters
        ----------
        name
            What the text refers to it by, in kebab case.
        why
            The reason, as a clause.

        Raises
        ------
        BadInputError
            For a name used twice or not in kebab case.
        """
        self._new(name)
        self.absent[name] = why

    def save(self) -> Path | None:
        """Write the results file; the last thing that a notebook does.

        Returns
        -------
        Path | None
            The file; None when the notebook runs outside a build.

        Raises
        ------
        OSError
            When it cannot be written.
        """
        if self.output is None:
            return None
        content = {
            "notebook": self.notebook,
            "dataset": dataclasses.asdict(self.provenance),
            "beside": [dataclasses.asdict(other) for other in self.others],
            "numbers": list(self.numbers.values()),
            "figures": list(self.figures.values()),
            "tables": list(self.tables.values()),
            "not_applicable": [{"name": n, "why": why} for n, why in self.absent.items()],
        }
        return write_json(self.output / f"{self.stem}.json", content)

    def _new(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise BadInputError(f"result name {name!r}: expected lower-case words and hyphens")
        if (
            name in self.numbers
            or name in self.figures
            or name in self.tables
            or name in self.absent
        ):
            raise BadInputError(f"result {name!r} is recorded twice in {self.notebook}")


def _plain(cell: object) -> object:
    value = cell.item() if hasattr(cell, "item") else cell
    return None if isinstance(value, float) and not math.isfinite(value) else value
