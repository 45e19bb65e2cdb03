"""What the text of the paper may refer to: numbers, figures and tables of the results files.

The text is a Jinja template whose marks are ``<< … >>`` (a value) and ``<% … %>`` (a condition or
a loop), since braces mean something to Markdown and to mathematics. A reference to what no
notebook produced stops the build and is named.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rttgeo.errors import RttgeoError
from rttgeo.machine.escaping import markdown as literal
from rttgeo.machine.escaping import printable
from rttgeo.paper.pipe_table import Markdown, pipe_table, usual_form


class UnknownReferenceError(RttgeoError):
    """The text refers to something that no notebook produced."""


class Missing(NamedTuple):
    """Results that a data set cannot give, and why.

    Attributes
    ----------
    dataset
        Name of the data set.
    why
        The reason, as the notebook recorded it.
    names
        Of the results.
    """

    dataset: str
    why: str
    names: tuple[str, ...]


class References:
    """Numbers, figures and tables by notebook, data set and name.

    Parameters
    ----------
    results
        Results files of this build, and no others: a stale file must not lend a number.
    figures
        Folder of the figures, as the documents are to name it.
    """

    def __init__(self, results: Iterable[Path], figures: str) -> None:
        self.figures = figures
        self.runs: dict[tuple[str, str], dict[str, Any]] = {}
        self.shown: dict[tuple[str, str], list[str]] = {}
        for path in results:
            run = json.loads(path.read_text(encoding="utf-8"))
            run["file"] = path.name
            self.runs[run["notebook"], run["dataset"]["name"]] = run

    def run(self, notebook: str, dataset: str) -> dict[str, Any]:
        """Look up one results file.

        Parameters
        ----------
        notebook
            Its name.
        dataset
            Name of a data set of this build.

        Returns
        -------
        dict
            What the notebook recorded.

        Raises
        ------
        UnknownReferenceError
            When no such notebook was run on such a data set in this build.
        """
        found = self.runs.get((notebook, dataset))
        if found is None:
            there = ", ".join(f"{n} on {d}" for n, d in sorted(self.runs))
            raise UnknownReferenceError(
                f"the paper refers to notebook {notebook!r} on data set {dataset!r}, which is not "
                f"part of this build; there are {there}"
            )
        return found

    def value(self, notebook: str, dataset: str, name: str) -> Any:
        """Look up a number as it was recorded, for conditions in the text.

        Parameters
        ----------
        notebook
            Its name.
        dataset
            Name of a data set of this build.
        name
            Name of the result.

        Returns
        -------
        object
            A number or a text.

        Raises
        ------
        UnknownReferenceError
            When no notebook produced it.
        """
        return self._entry("numbers", notebook, dataset, name)["value"]

    def number(self, notebook: str, dataset: str, name: str, form: str = "") -> str:
        """Write a number with its unit.

        Parameters
        ----------
        notebook
            Its name.
        dataset
            Name of a data set of this build.
        name
            Name of the result.
        form
            A Python format such as ``.1f``; the usual one of its kind by default.

        Returns
        -------
        str
            With a true minus and spaces that do not break.

        Raises
        ------
        UnknownReferenceError
            When no notebook produced it.
        """
        entry = self._entry("numbers", notebook, dataset, name)
        text = format(entry["value"], form or usual_form(entry["value"]))
        text = text.replace("-", "\N{MINUS SIGN}") if not isinstance(entry["value"], str) else text
        unit = entry["unit"]
        if unit == "%":
            return f"{text}\N{NARROW NO-BREAK SPACE}%"
        return f"{text}\N{NO-BREAK SPACE}{unit}" if unit else text

    def has(self, notebook: str, dataset: str, name: str) -> bool:
        """Check whether a result applies to this data set.

        Parameters
        ----------
        notebook
            Its name.
        dataset
            Name of a data set of this build.
        name
            Name of the result.

        Returns
        -------
        bool
            False where the notebook said that it does not.

        Raises
        ------
        UnknownReferenceError
            When the notebook does not know the name at all.
        """
        run = self.run(notebook, dataset)
        if any(entry["name"] == name for entry in run["not_applicable"]):
            return False
        for kind in ("numbers", "figures", "tables"):
            if any(entry["name"] == name for entry in run[kind]):
                return True
        raise self._unknown("result", run, name)

    def why_not(self, notebook: str, dataset: str, name: str) -> str:
        """Look up the reason why a result does not apply.

        Parameters
        ----------
        notebook
            Its name.
        dataset
            Name of a data set of this build.
        name
            Name of the result.

        Returns
        -------
        str
            A clause.

        Raises
        ------
        UnknownReferenceError
            When no reason was recorded.
        """
        run = self.run(notebook, dataset)
        return str(self._entry("not_applicable", notebook, dataset, name, run)["why"])

    def figure(
        self, notebook: str, dataset: str, name: str, caption: str, *, wide: bool = False
    ) -> str:
        """Show a figure with its caption, data set and origin; where it does not apply, the reason.

        Parameters
        ----------
        notebook
            Its name.
        dataset
            Name of a data set of this build.
        name
            Name of the result.
        caption
            Stands with it.
        wide
            Over both columns of the PDF.

        Returns
        -------
        str
            Markdown.

        Raises
        ------
        UnknownReferenceError
            When no notebook produced it.
        """
        run = self.run(notebook, dataset)
        if not self.has(notebook, dataset, name):
            why = self.why_not(notebook, dataset, name)
            return f"*There is no such figure for {literal(dataset)}: {literal(why)}.*"
        entry = self._entry("figures", notebook, dataset, name)
        label = f"fig:{notebook}-{dataset}-{name}"
        self.shown.setdefault((notebook, dataset), []).append(label)
        alt = printable(" ".join(entry["alt"].split())).replace("\\", "/").replace('"', "'")
        classes = ".wide " if wide else ""
        origin = (
            f'[Data: {self._links(run, entry)}.]{{.origin notebook="{notebook}" '
            f'results="{run["file"]}"}}'
        )
        return (
            f"![{caption} {origin}]({self.figures}/{entry['files'][0]})"
            f'{{#{label} {classes}alt="{alt}"}}'
        )

    def table(
        self, notebook: str, dataset: str, name: str, caption: str, *, wide: bool = False
    ) -> str:
        """Show a table with its caption; where it does not apply, the reason.

        Parameters
        ----------
        notebook
            Its name.
        dataset
            Name of a data set of this build.
        name
            Name of the result.
        caption
            Stands with it.
        wide
            Over both columns of the PDF.

        Returns
        -------
        str
            Markdown.

        Raises
        ------
        UnknownReferenceError
            When no notebook produced it.
        """
        run = self.run(notebook, dataset)
        if not self.has(notebook, dataset, name):
            why = self.why_not(notebook, dataset, name)
            return f"*There is no such table for {literal(dataset)}: {literal(why)}.*"
        entry = self._entry("tables", notebook, dataset, name)
        return pipe_table(
            entry["columns"],
            entry["rows"],
            f"{caption} Data: {data_link(run['dataset'])}.",
            f"tbl:{notebook}-{dataset}-{name}",
            wide=wide,
        )

    def side_by_side(self, notebook: str, datasets: Sequence[str], name: str, caption: str) -> str:
        """Join the same table of several data sets: their first columns are the same.

        Parameters
        ----------
        notebook
            Its name.
        datasets
            Names of data sets of this build.
        name
            Name of the result.
        caption
            Stands with it.

        Returns
        -------
        str
            Markdown, one column per data set.

        Raises
        ------
        UnknownReferenceError
            When no notebook produced one of them.
        """
        runs = [self.run(notebook, dataset) for dataset in datasets]
        tables = [self._entry("tables", notebook, d, name) for d in datasets]
        keys = list(dict.fromkeys(row[0] for table in tables for row in table["rows"]))
        rows = []
        for key in keys:
            cells = [next((row[1] for row in t["rows"] if row[0] == key), None) for t in tables]
            rows.append([key, *cells])
        columns = ["", *(str(table["columns"][1]) for table in tables)]
        stamps = "; ".join(data_link(run["dataset"]) for run in runs)
        whole = f"{caption} Data: {stamps}."
        return pipe_table(columns, rows, whole, f"tbl:{notebook}-{name}", wide=len(tables) > 1)

    def provenances(self) -> dict[str, dict[str, str]]:
        """List every data set of this build by its name, in alphabetical order.

        Returns
        -------
        dict
            Its provenance by its name.
        """
        runs = self.runs.values()
        found = {other["name"]: other for run in runs for other in run.get("beside", [])}
        found |= {run["dataset"]["name"]: run["dataset"] for run in runs}
        return dict(sorted(found.items()))

    def origins(self, label: str, caption: str) -> str:
        """Tell which notebook, data set and results file the figures shown so far come from.

        Parameters
        ----------
        label
            What the text refers to it by.
        caption
            Stands with it.

        Returns
        -------
        str
            A table in Markdown.
        """
        rows = []
        for (notebook, dataset), labels in self.shown.items():
            run = self.runs[notebook, dataset]
            figures = Markdown("[" + "; ".join(f"@{one}" for one in labels) + "]")
            rows.append([figures, notebook, Markdown(data_link(run["dataset"])), run["file"]])
        return pipe_table(["Figures", "Notebook", "Data set", "Results"], rows, caption, label)

    def _links(self, run: dict[str, Any], entry: dict[str, Any]) -> str:
        """Links to the data sets of a figure: that of its notebook, and others on its stamp."""
        known = {_stamp(dataset): dataset for dataset in self.provenances().values()}
        stamps = dict.fromkeys([_stamp(run["dataset"]), *entry.get("data", "").split("; ")])
        first, *others = (known[stamp] for stamp in stamps if stamp in known)
        return "; ".join(data_link(one) for one in (first, *others))

    def missing(self) -> list[Missing]:
        """List everything that does not apply in this build, together where the reason is the same.

        Returns
        -------
        list of Missing
            One entry per data set and reason.
        """
        names: dict[tuple[str, str], list[str]] = {}
        for (_, dataset), run in self.runs.items():
            for entry in run["not_applicable"]:
                names.setdefault((dataset, entry["why"]), []).append(entry["name"])
        return [Missing(dataset, why, tuple(found)) for (dataset, why), found in names.items()]

    def _entry(
        self, kind: str, notebook: str, dataset: str, name: str, run: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        run = run or self.run(notebook, dataset)
        for entry in run[kind]:
            if entry["name"] == name:
                found: dict[str, Any] = entry
                return found
        for entry in run["not_applicable"]:
            if entry["name"] == name:
                raise UnknownReferenceError(
                    f"the paper uses {name!r} of {notebook} on {dataset}, which does not apply "
                    f"there ({entry['why']}); ask has() first"
                )
        raise self._unknown(kind.removesuffix("s"), run, name)

    def _unknown(self, kind: str, run: dict[str, Any], name: str) -> UnknownReferenceError:
        names = [e["name"] for k in ("numbers", "figures", "tables") for e in run[k]]
        near = difflib.get_close_matches(name, names, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return UnknownReferenceError(
            f"the paper refers to the {kind} {name!r}, which {run['file']} does not hold{hint}"
        )


def row(*figures: str) -> str:
    """Set figures beside each other, over the whole page; what does not apply is said below them.

    Parameters
    ----------
    *figures
        What `References.figure` gave; empty ones are left out.

    Returns
    -------
    str
        Markdown.
    """
    there = [one for one in figures if one.startswith("![")]
    others = [one for one in figures if one and not one.startswith("![")]
    beside = ["::: {.row}\n" + "\n\n".join(there) + "\n:::"] if len(there) > 1 else there
    return "\n\n".join([*beside, *others])


def data_link(dataset: dict[str, str]) -> str:
    """Write name and kind of a data set, as a link to what the paper says of it.

    Parameters
    ----------
    dataset
        Its provenance.

    Returns
    -------
    str
        Markdown.
    """
    return f"[{literal(_stamp(dataset))}](#data-{dataset['name']})"


def _stamp(dataset: dict[str, str]) -> str:
    said = {"unstated": "measured or simulated: not stated"}
    return f"{dataset['name']} ({said.get(dataset['kind'], dataset['kind'])})"
