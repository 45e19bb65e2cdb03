"""What `rttgeo locate` prints and writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rttgeo.cli import output
from rttgeo.cli.counted import Counted
from rttgeo.machine.counting import number_of
from rttgeo.machine.escaping import printable, to_csv

if TYPE_CHECKING:
    from rttgeo.estimators.candidates import Candidates
    from rttgeo.estimators.estimate import Estimate
    from rttgeo.mesh import Mesh

MOST_NOTES = 3
"""Notes said, and names in each."""
RIGHT = ("lon", "lat", "area km²", "landmarks", "lowest ms", "error km")


class Answers:
    """Estimates in the form in which they leave: the regions themselves are not kept.

    Parameters
    ----------
    mesh
        The measurements.
    level
        Of the credible regions, above 0 and at most 1.
    form
        One of ``table``, ``csv``, ``geojson``, ``parquet``, ``json``.
    keep
        Whether the estimates themselves are kept, for a map.
    """

    def __init__(self, mesh: Mesh, level: float, form: str, *, keep: bool) -> None:
        self.mesh, self.level, self.form, self.keep = mesh, level, form, keep
        self.records: list[dict[str, Any]] = []
        self.features: list[dict[str, Any]] = []
        self.shapes: list[Any] = []
        self.kept: list[Estimate] = []
        self.candidates: Candidates | None = None
        self.top = 1
        self.counted = Counted()
        self.cells_said = ""

    def take(self, estimate: Estimate) -> None:
        """Turn one estimate into what the form needs.

        Parameters
        ----------
        estimate
            Of a target of the mesh.
        """
        from rttgeo.report import tables
        from rttgeo.report.meaning import cells_sentence

        record = tables.estimate_record(self.mesh, estimate, level=self.level)
        if self.candidates is not None:
            from rttgeo.estimators.candidates import choose

            record |= choose(estimate, self.candidates).to_dict(self.top)
        self.counted = self.counted.and_record(record)
        self.records.append(record)
        if not self.cells_said and estimate.posterior is None and record["area_km2"]:
            cell_km = estimate.region.grid.cell_size_km
            self.cells_said = cells_sentence(record["area_km2"], cell_km)
        if self.form == "geojson":
            self.features += tables.estimate_features(self.mesh, estimate, level=self.level)
        elif self.form == "parquet":
            self.shapes.append(tables.estimate_shape(estimate, self.level))
        if self.keep:
            self.kept.append(estimate)


def write_answers(answers: Answers, path: str | None) -> None:
    """Write answers in their form.

    Parameters
    ----------
    answers
        Of at least one target.
    path
        The file; None for standard output.
    """
    if answers.form == "table":
        output.emit(_table(answers, path is not None), path)
    elif answers.form == "json":
        output.emit(output.to_json(_document(answers)), path)
    elif answers.form == "geojson":
        collection = {"type": "FeatureCollection", "features": answers.features}
        output.emit(output.to_json(collection, indent=None), path)
    else:
        from rttgeo.report import tables

        rows = [tables.joined(record) for record in answers.records]
        output.emit(_columns(rows, answers.shapes, answers.form), path, data=True)


def _columns(rows: list[dict[str, Any]], shapes: list[Any], form: str) -> str | bytes:
    import geopandas as gpd
    import pandas as pd

    from rttgeo.report.tables import geoparquet

    if form == "csv":
        return to_csv(pd.DataFrame(rows))
    return geoparquet(gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:4326"))


def _document(answers: Answers) -> dict[str, Any]:
    return {
        "format": "rttgeo-estimates",
        "version": 1,
        "mesh": answers.mesh.summary(),
        "estimates": answers.records,
    }


def _table(answers: Answers, to_file: bool) -> str:
    from rttgeo.report.headline import headline, overview

    records = answers.records
    among = "candidates" in records[0]
    columns = [
        "target",
        "likeliest candidate" if among else "likeliest place",
        "lon",
        "lat",
        "area km²",
        "landmarks",
        "lowest ms",
    ]
    truth = any(record["error_km"] is not None for record in records)
    columns += ["error km", "inside"] if truth else []
    rows = [_row(record, truth) for record in records]
    told = answers.mesh.provenance
    title = f"{told.label()}, by {records[0]['method']}"
    parts = _where(records[0]) if len(records) == 1 else [overview(records)]
    drawn = len(parts)
    parts.append(output.table(columns, rows, right=RIGHT, title=title, to_file=to_file))
    parts += _notes(records)
    if len(records) == 1:
        parts += [records[0]["meaning"]] if headline(records[0]) else []
        parts += filter(None, [answers.cells_said])
    else:
        parts.append(f"What a region means, for {records[0]['target']}: {records[0]['meaning']}")
    return "\n\n".join(part if i == drawn else printable(part) for i, part in enumerate(parts))


def _where(record: dict[str, Any]) -> list[str]:
    """Cities and countries, the parts of the region, and how near a landmark is; for people."""
    from rttgeo.report.headline import headline
    from rttgeo.report.tables import places_of_record

    # What a method without probabilities says first is what its region means.
    said = [
        headline(record) or record["meaning"],
        places_of_record(record).sentence(),
        record["spread"],
    ]
    if record["area50_km2"] is not None:
        half, whole = (output.number(record[name]) for name in ("area50_km2", "area_km2"))
        said.append(f"50 % region: {half} km²; {100 * record['level']:g} % region: {whole} km².")
    if record["nearest_landmark"] is not None:
        said.append(
            f"The point is {output.number(record['nearest_landmark_km'])} km from the nearest "
            f"landmark that measured it, {record['nearest_landmark']}."
        )
    paragraphs = [" ".join(filter(None, said)), _among(record)]
    return [text for text in paragraphs if text]


def _among(record: dict[str, Any]) -> str:
    """The most likely candidates in words, where a list of them was given."""
    from rttgeo.estimators.candidates import Chosen, LikelyCandidate

    if "candidates" not in record:
        return ""
    ranked = tuple(LikelyCandidate(**one) for one in record["candidates"])
    return Chosen(ranked, record["candidate_margin"], record["candidate_note"]).sentence(
        len(ranked)
    )


def _notes(records: list[dict[str, Any]]) -> list[str]:
    """Notes of a single estimate; of many each note once, the most frequent first, with its targets."""
    if len(records) == 1:
        return [f"Note: {note}." for note in records[0]["notes"]]
    noted: dict[str, list[str]] = {}
    for record in records:
        for note in dict.fromkeys(record["notes"]):
            noted.setdefault(note, []).append(record["target"])
    often = sorted(noted.items(), key=lambda one: -len(one[1]))
    said = [f"Note on {_some(names, len(records))}: {note}." for note, names in often[:MOST_NOTES]]
    more = len(often) - MOST_NOTES
    if more > 0:
        said.append(f"{number_of(more, 'further note')}: see --json.")
    return said


def _some(names: list[str], n: int) -> str:
    """Targets by name where they are few, else by number."""
    if len(names) == n:
        return f"all {n:,}"
    return ", ".join(names) if len(names) <= MOST_NOTES else f"{len(names):,} of {n:,}"


def _likeliest(record: dict[str, Any]) -> str:
    """The most likely city or else country in a few letters; nothing where none is more likely."""
    from rttgeo.report.tables import places_of_record

    if record["empty"]:
        return "–"
    if "candidates" in record:
        first = record["candidates"][0]
        return str(first["name"]) + (f" {first['p']:.2f}" if first["p"] is not None else "")
    found = places_of_record(record)
    if found.cities and found.cities[0].p is not None:
        return str(found.cities[0])
    return str(found.countries[0]) if found.countries and found.countries[0].p else "–"


def _row(record: dict[str, Any], truth: bool) -> list[str]:
    from rttgeo.report.headline import used_landmarks

    area = "empty" if record["empty"] else output.number(record["area_km2"])
    row = [
        record["target"],
        _likeliest(record),
        output.number(record["lon"], 3),
        output.number(record["lat"], 3),
        area,
        used_landmarks(record),
        output.milliseconds(record["lowest_rtt_ms"]),
    ]
    if truth:
        inside = {True: "yes", False: "no", None: "–"}[record["inside"]]
        row += [output.number(record["error_km"]), inside]
    return row
