"""`rttgeo explain`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, cast

import click
import numpy as np

from rttgeo import sphere
from rttgeo.cli import options, output
from rttgeo.cli.next_places import candidates, places_for, table_of, worth
from rttgeo.cli.reading import read_any
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.errors import BadInputError
from rttgeo.machine.counting import agreeing, number_of
from rttgeo.machine.escaping import printable

if TYPE_CHECKING:
    import pandas as pd

    from rttgeo.estimators.estimate import Estimate
    from rttgeo.explanation.candidates import NextPlace
    from rttgeo.mesh import Mesh

EPILOG = """\b
Examples:
  rttgeo explain azure-2026 "UK South"
  rttgeo explain azure-2026 "UK South" --map next.html
  rttgeo explain mesh.csv host-7 --probes probes.json
  rttgeo explain mesh.csv host-7 --json | jq .measure_next

Lists each landmark's circle under the bound: a factor of 3 means that what all circles
have in common would be three times as large without it (that is the region of
`rttgeo locate -m exclusion`; the default method's may change by another factor). Pairs
of landmarks whose circles do not meet are counted: they cannot both be right. The last
lines say from which cities (or which of --probes) to measure next, all of them
together, and what area is expected to be left after each; `rttgeo next` lists more.
The map shades how much one more landmark would help."""

MOST_ROWS = 20
PLACES = 5


@click.command(epilog=EPILOG)
@options.pairs_argument
@click.argument("target", required=False)
@click.option("--bound", type=click.Choice(list(KM_PER_MS_RTT)), default="fibre", show_default=True)
@click.option(
    "--all", "everything", is_flag=True, help="Also show landmarks that do not narrow the region."
)
@click.option(
    "--probes",
    metavar="FILE",
    help="Choose the next places to measure from among these: probes.json, or a CSV with name,lat,lon.",
)
@click.option(
    "--method", default=None,
    help="Whose region the answer and the next places are about; one with probabilities, "
    "such as spotter or wls. Default: the best one.",
)  # fmt: skip
@options.resolution_option
@options.json_output_option
@click.option(
    "--map", "picture", metavar="FILE",
    help="Also draw where to measure from next: out.html, .png, .svg or .pdf.",
)  # fmt: skip
@options.places_option
@options.skip_bad_option
def command(
    pairs: str,
    target: str | None,
    bound: str,
    everything: bool,
    probes: str | None,
    method: str | None,
    resolution_km: float | None,
    json_output: str | None,
    picture: str | None,
    places: tuple[str, ...],
    skip_bad: bool,
) -> int:
    """Explain why a target is located where it is, and where to measure from next.

    PAIRS: a file (CSV, Parquet), - for standard input, or a data set's name; also
    results of RIPE Atlas, Globalping or scamper. TARGET may be left out where there is
    only one.
    """
    from rttgeo.estimators.api import locate
    from rttgeo.estimators.own import find_method
    from rttgeo.estimators.registry import DEFAULT_METHOD
    from rttgeo.explanation.explain import contradictions, contributions

    if json_output is not None and not options.is_json_output(json_output):
        raise click.UsageError(f"--json {json_output}: expected a name that ends in .json")
    if picture is not None:
        from rttgeo.report.page import check_ending

        check_ending(picture)
    some = candidates(probes)
    mesh = read_any(pairs, places, skip_bad=skip_bad)
    target = options.only_target(mesh, target, "after PAIRS")
    table = contributions(mesh, target, bound=bound)
    chosen = find_method(method or DEFAULT_METHOD)
    estimate = locate(mesh, target, method=chosen, resolution_km=resolution_km)
    if method is not None and estimate.posterior is None and not estimate.conflict:
        raise BadInputError(
            f"--method {method}: expected one that gives its region a probability, such as spotter; "
            "what one more landmark would leave is an expectation over it"
        )
    following = places_for(mesh, estimate, some, PLACES) if estimate.posterior is not None else []
    document = _document(table, estimate, following, bound)
    if not table["factor"].notna().any():
        document["conflict"] = _conflict(mesh, target, bound)
    apart = contradictions(mesh, target, bound=bound)
    document["contradictions"] = len(apart)
    _count(document, apart)
    document["contradicting_pairs"] = apart.head(MOST_ROWS).to_dict(orient="records")
    if json_output is not None:
        output.emit(output.to_json(document), output.target(json_output))
    if json_output not in options.STANDARD_OUTPUT:
        output.emit(_text(document, following, everything), None)
    if picture is not None:
        _draw(mesh, estimate, picture, following)
    return 0


def _draw(mesh: Mesh, estimate: Estimate, picture: str, listed: list[NextPlace]) -> None:
    from rttgeo.explanation.explain import where_next
    from rttgeo.figures.next_landmark import next_landmark_map
    from rttgeo.report.headline import called
    from rttgeo.report.page import save_figure

    measured = mesh.of_target(estimate.target)
    following = where_next(estimate, measured)
    drawn, narrow = (
        next_landmark_map(
            following,
            estimate=estimate,
            landmarks=mesh.landmarks.iloc[measured.landmark],
            chosen=listed[0] if listed else None,
            provenance=mesh.provenance,
            width=width,
        )
        for width in ("full", "column")
    )
    title = f"Where to measure {called(estimate.target)} from next"
    save_figure(drawn, picture, title=title, narrow=narrow)
    output.complain(f"Map: {picture}")


def _document(
    table: pd.DataFrame, estimate: Estimate, following: list[NextPlace], bound: str
) -> dict[str, object]:
    landmarks = table.replace([np.inf, -np.inf], np.nan).astype(object)
    return {
        "format": "rttgeo-explanation",
        "version": 1,
        "target": estimate.target,
        "method": estimate.method,
        "lon": estimate.lon if np.isfinite(estimate.lon) else None,
        "lat": estimate.lat if np.isfinite(estimate.lat) else None,
        "area95_km2": estimate.credible_region(0.95).area_km2,
        "rests_on": str(estimate.bound),
        "rests_on_kind": str(estimate.bound.kind),
        "notes": [str(note) for note in estimate.notes],
        "note_kinds": [str(note.kind) for note in estimate.notes],
        "bound": bound,
        "conflict": [],
        "landmarks": landmarks.where(landmarks.notna(), None).to_dict(orient="records"),
        "measure_next": [one.to_dict() for one in following],
    }


def _conflict(mesh: Mesh, target: str, bound: str) -> list[str]:
    """The smallest group of landmarks whose circles have no point in common."""
    from rttgeo.delay.light import speed_bound
    from rttgeo.estimators.api import locate
    from rttgeo.estimators.multilateration import Multilateration

    return list(locate(mesh, target, method=Multilateration(speed_bound(bound))).conflict)


def _text(document: dict[str, object], following: list[NextPlace], everything: bool) -> str:
    from rttgeo.report.light import LIGHT

    landmarks: list[dict[str, object]] = document["landmarks"]  # type: ignore[assignment]
    shown = [one for one in landmarks if everything or one["bounding"]]
    left_out = len(landmarks) - len(shown[:MOST_ROWS] if not everything else shown)
    rows = [
        [
            str(one["landmark"]),
            output.milliseconds(one["rtt_ms"]),
            output.number(one["radius_km"]),
            output.number(one["factor"], 2),
        ]
        for one in (shown if everything else shown[:MOST_ROWS])
    ]
    light = LIGHT.get(str(document["bound"]), str(document["bound"]))
    first = printable(_first(document))
    title = f"What the circles alone allow ({light}), and by what factor each narrows that"
    columns = ["landmark", "rtt ms", f"{document['bound']} km", "factor"]
    bounds = f"{first}\n\n"
    if document["conflict"] and not any(one["bounding"] for one in landmarks):
        bounds += _at_odds(document, light)
    else:
        bounds += output.table(columns, rows, right=columns[1:], title=title)
    places = ""
    if following:
        places = f"{worth(following)}\n\n{table_of(following, 'Where to measure from next')}"
    rest = _left_out(left_out, len(shown)) if left_out else ""
    conflict: list[str] = document["conflict"]  # type: ignore[assignment]
    if conflict and not any(one["bounding"] for one in landmarks):
        rest = (
            "No place is in all circles, whichever landmark is left out: those of "
            f"{', '.join(map(printable, conflict))} contradict each other, and so do others.\n"
        )
    elif conflict:
        rest = (
            f"No place is in all circles: those of {', '.join(map(printable, conflict))} "
            "contradict each other, and there is no region to have a factor of. Without one that is "
            "listed above, there would be one; `rttgeo audit` looks for the landmark at fault.\n"
        )
    notes = "".join(f"Note: {printable(note)}.\n" for note in document["notes"])  # type: ignore[attr-defined]
    return f"{bounds}\n{rest}{_gaps(document)}{notes}\n{places}"


def _count(document: dict[str, object], apart: pd.DataFrame) -> None:
    """State for each landmark how many others it contradicts."""
    counts = Counter([*apart["landmark"], *apart["other"]])
    for one in cast("list[dict[str, object]]", document["landmarks"]):
        one["contradicts"] = counts[one["landmark"]]


def _at_odds(document: dict[str, object], light: str) -> str:
    """Table of the landmarks in conflict, where leaving out no single one leaves a region."""
    conflict = cast("list[str]", document["conflict"])
    rows = [
        [
            str(one["landmark"]),
            output.milliseconds(one["rtt_ms"]),
            output.number(one["radius_km"]),
            output.number(one["contradicts"]),
        ]
        for one in cast("list[dict[str, object]]", document["landmarks"])
        if one["contradicts"] or one["landmark"] in conflict
    ]
    title = f"Landmarks in conflict ({light}), and how many others each contradicts"
    columns = ["landmark", "rtt ms", f"{document['bound']} km", "contradicts"]
    told = output.table(columns, rows[:MOST_ROWS], right=columns[1:], title=title)
    more = len(rows) - MOST_ROWS
    return told + (f"\n{number_of(more, 'more landmark')} in conflict (see --json)" * (more > 0))


def _first(document: dict[str, object]) -> str:
    """Where the target is, as `rttgeo locate` says it, or that it is nowhere."""
    if document["lon"] is None:
        return (
            f"{document['target']} has no place and no region by the method {document['method']}."
        )
    place = sphere.in_words(float(document["lon"]), float(document["lat"]))  # type: ignore[arg-type]
    return (
        f"{document['target']} is, with probability 0.95, in a region of "
        f"{output.number(document['area95_km2'])} km² around {place}, by the method "
        f"{document['method']}, which weighs all round-trip times."
    )


def _left_out(count: int, narrowing: int) -> str:
    """What it means that a landmark is not listed, and what it does not mean."""
    if narrowing > MOST_ROWS:
        return f"{number_of(count, 'more landmark')} (--all shows them)\n"
    some = number_of(count, "further landmark", "does")
    return (
        f"{some} not narrow what the circles allow (--all shows them); the method's region "
        "may still be larger or smaller without them.\n"
    )


def _gaps(document: dict[str, object]) -> str:
    """In words: which two landmarks contradict each other most."""
    pairs: list[dict[str, object]] = document["contradicting_pairs"]  # type: ignore[assignment]
    if not pairs:
        return ""
    worst, landmarks = pairs[0], cast("list[dict[str, object]]", document["landmarks"])
    many_at_fault = bool(document["conflict"]) and not any(one["bounding"] for one in landmarks)
    why = "two machines answer, or a landmark is not where it says"
    if many_at_fault:
        why = (
            "several machines answer (`rttgeo anycast` says how many at least, and where), or "
            "several landmarks are not where they say (`rttgeo audit`)"
        )
    many = int(document["contradictions"])  # type: ignore[call-overload]
    one, other = (printable(str(worst[side])) for side in ("landmark", "other"))
    return (
        f"{number_of(many, 'pair')} of landmarks {agreeing(many, 'contradicts')} each other: "
        "no place is within reach of both. The widest gap is "
        f"{output.number(worst['gap_km'])} km, between the circles of {one} and {other}: "
        f"{why}.\n"
    )
