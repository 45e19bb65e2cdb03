"""`rttgeo verify`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from statistics import mean
from typing import TYPE_CHECKING

import click

from rttgeo.cli import options, output
from rttgeo.cli.output import complain
from rttgeo.cli.reading import read_any, read_typed
from rttgeo.cli.undecided import next_steps
from rttgeo.machine.counting import number_of
from rttgeo.machine.escaping import printable, to_csv

if TYPE_CHECKING:
    from rttgeo.mesh import Mesh
    from rttgeo.verification.claims import Claim
    from rttgeo.verification.power import Power
    from rttgeo.verification.verdicts import Verdict

FORMATS = ("table", "json", "csv")
WORST_FIRST = ("impossible", "improbable", "unknown", "consistent", "confirmed")
SHOWN = 5
"""Certificates and notes that are written out below the table; the JSON has them all."""
RIGHT = ("p-value", "km beyond", "RTT ms", "witnesses", "500 km seen")
SHOWN_LIE_KM = 500.0
"""The table's column: beyond the size of a city or a region, within that of most countries."""
READING = (
    "Columns: p-value, how probably a target at the claimed place would look as unlikely there; km "
    "beyond, how much farther the claim is than light could get; landmark and RTT ms, the answer that "
    "leaves the claim the least room; witnesses, how many independent landmarks rule the claim out; "
    f"{SHOWN_LIE_KM:g} km seen, how probably a claim that is wrong by so much would be noticed."
)
"""What the headings of the table mean."""
EPILOG = """\b
Examples:
  rttgeo verify claims.csv --pairs pairs.csv
  rttgeo verify geofeed.csv --pairs pairs.csv --json
  rttgeo verify anchors.json --pairs results.json --places anchors.json
  rttgeo verify --declared --pairs azure-2026
  rttgeo verify --ping frankfurt=8.1 --ping zurich=11.4 --claim Vienna

A claim is a row with target and lat,lon[,radius_km], or country (two letters such
as AT, or its name), or city (with country if several cities share the name). A geofeed (RFC 8805)
makes claims about targets whose names are addresses; RIPE Atlas's JSON of anchors or
probes, about the targets that it names. --skip-bad also leaves out claims that cannot
be read. --claim says where the only target is said to be: a city (vienna, or paris,us
with its country), a country (its name or two letters), or latitude,longitude. A name
that a country and a city share claims either.

\b
  impossible  an answer would have had to beat light: proof, if the landmark is
              where it says and the answer came from the target
  improbable  p-value below --level; proves nothing if answers are delayed on purpose
  confirmed   the whole 95 % region lies inside the claim
  consistent  nothing contradicts it
  unknown     no landmark is near enough to tell, or they contradict each other

"500 km seen": the probability that a claim that is wrong by 500 km would be called
impossible or improbable, if the target is where its round-trip times say.

Delay can be added, never taken away. Exit code 1: something is impossible."""


@click.command(epilog=EPILOG)
@click.argument("claims", required=False, metavar="[CLAIMS]")
@click.option(
    "--pairs",
    metavar="PAIRS",
    help="Round-trip times: a file (as for locate), - or a data set's name.",
)
@click.option(
    "--ping", "pings", multiple=True, metavar="PLACE=MS",
    help="Instead of --pairs: a city or LAT,LON, and the lowest RTT from there. Repeatable.",
)  # fmt: skip
@click.option(
    "--claim", "typed", multiple=True, metavar="PLACE",
    help="Instead of CLAIMS: where the only target is said to be. Repeatable.",
)  # fmt: skip
@click.option(
    "--places", multiple=True, metavar="FILE",
    help="Where the landmarks of PAIRS are, for results that only name them. Repeatable.",
)  # fmt: skip
@click.option(
    "--declared", is_flag=True, help="Check the places that PAIRS itself gives for its targets."
)
@click.option(
    "--medium", type=click.Choice(["vacuum", "fibre"]), default="vacuum", show_default=True,
    help="No answer is faster than light in this.",
)  # fmt: skip
@click.option(
    "--level", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.05,
    show_default=True, help="p-value under which a claim is improbable.",
)  # fmt: skip
@click.option(
    "--tolerance-km", type=click.FloatRange(min=0), default=50.0, show_default=True, metavar="KM",
    help="How far off landmark and claim may be, taken together.",
)  # fmt: skip
@click.option(
    "--quorum", type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
    help="Independent landmarks that must rule a claim out before it is impossible.",
)  # fmt: skip
@click.option("--no-audit", is_flag=True, help="Do not check the landmarks' places first.")
@options.format_options(*FORMATS)
@options.skip_bad_option
def command(
    claims: str | None,
    pairs: str | None,
    pings: tuple[str, ...],
    typed: tuple[str, ...],
    places: tuple[str, ...],
    declared: bool,
    medium: str,
    level: float,
    tolerance_km: float,
    quorum: int,
    no_audit: bool,
    form: str | None,
    as_json: bool,
    output: str | None,
    skip_bad: bool,
) -> int:
    """Check whether round-trip times allow claimed places.

    CLAIMS: a table of claims (CSV), a geofeed, or RIPE Atlas's JSON of probes.
    """
    if (claims is not None) + declared + bool(typed) != 1:
        raise click.UsageError(
            "give a file of claims, --claim PLACE or --declared, one of the three"
        )
    chosen = options.chosen_format(form, as_json, output, set(FORMATS))
    mesh = _mesh(pairs, pings, places, skip_bad=skip_bad)
    from rttgeo.verification import verify

    asked = _claims(claims, typed, mesh, skip_bad=skip_bad)
    found = verify(
        mesh, asked, medium=medium, level=level, tolerance_km=tolerance_km, quorum=quorum,
        audited=not no_audit,
    )  # fmt: skip
    stated = {"medium": medium, "level": level, "tolerance_km": tolerance_km, "quorum": quorum}
    _write(found, mesh.provenance.label(), stated, chosen, output)
    return 1 if any(verdict.verdict == "impossible" for verdict in found) else 0


def _mesh(
    pairs: str | None, pings: tuple[str, ...], places: tuple[str, ...], *, skip_bad: bool
) -> Mesh:
    """The round-trip times, from a file or typed."""
    if pairs and pings:
        raise click.UsageError(f"give either --pairs ({pairs}) or --ping PLACE=MS, not both")
    if not pairs and not pings:
        raise click.UsageError(
            "round-trip times are missing: give --pairs PAIRS or --ping PLACE=MS"
        )
    return read_any(pairs, places, skip_bad=skip_bad) if pairs else read_typed(pings, places)


def _claims(path: str | None, typed: tuple[str, ...], mesh: Mesh, *, skip_bad: bool) -> list[Claim]:
    """The claims, from a file, typed, or of the mesh itself; what is left out is told."""
    from rttgeo.sources.leftout import LeftOut
    from rttgeo.verification import declared_claims, read_claims, typed_claims

    if path is None:
        return typed_claims(typed, mesh) if typed else declared_claims(mesh)
    left_out = LeftOut()
    notes: list[str] = []
    asked = read_claims(path, mesh, left_out if skip_bad else None, notes)
    for note in notes:
        complain(f"note: {note}")
    for line in left_out.lines():
        complain(f"{path}: left out {line}")
    return asked


def _write(
    found: list[Verdict], label: str, stated: dict[str, object], form: str, path: str | None
) -> None:
    records = [verdict.to_dict() for verdict in found]
    if form == "json":
        document = {"format": "rttgeo-verdicts", "version": 1, "mesh": label, **stated}
        output.emit(output.to_json({**document, "claims": records}), path)
    elif form == "csv":
        import pandas as pd

        output.emit(to_csv(pd.DataFrame(records)), path, data=True)
    else:
        output.emit(_text(found, label, stated, path is not None), path)


def _text(found: list[Verdict], label: str, stated: dict[str, object], to_file: bool) -> str:
    counts: Counter[str] = Counter(verdict.verdict for verdict in found)
    said = ", ".join(f"{counts[word]} {word}" for word in WORST_FIRST if counts[word])
    rows = sorted(found, key=lambda verdict: WORST_FIRST.index(verdict.verdict))
    columns = [
        "target", "claim", "verdict", "p-value", "km beyond", "landmark", "RTT ms", "witnesses",
        f"{SHOWN_LIE_KM:g} km seen",
    ]  # fmt: skip
    (only,) = found if len(found) == 1 else (None,)
    parts = [
        printable(
            f"{number_of(len(found), 'claim')} on {label}: {said}."
            if only is None
            else f"{_subject(only.target)}, said to be {_at(only.claim)}: {only.verdict}; data: {label}."
        ),
        output.table(columns, [_row(one) for one in rows], right=RIGHT, to_file=to_file),
    ]
    impossible = [one for one in rows if one.verdict == "impossible"]
    notes = _notes(rows)
    parts += [printable(_certificate(one, stated)) for one in impossible[:SHOWN]]
    parts += [printable(line) for line in notes[:SHOWN]]
    parts += [printable(line) for line in next_steps(rows)]
    parts += [printable(line) for line in _power({one.target: one.power for one in found})]
    parts.append(READING)
    more = max(len(impossible) - SHOWN, 0) + max(len(notes) - SHOWN, 0)
    if more:
        parts.append(
            f"{more} more {'lines like these' if more > 1 else 'line like these'}: see --json."
        )
    return "\n\n".join(parts)


def _notes(rows: list[Verdict]) -> list[str]:
    """What should be known of verdicts, a line for each target and note."""
    claims: dict[tuple[str, str, str], list[str]] = {}
    for one in rows:
        if one.note:
            claims.setdefault((one.target, one.verdict, one.note), []).append(one.claim)
    return [
        f"{_subject(target)}, {'; '.join(said)}: {verdict}; {note}."
        for (target, verdict, note), said in claims.items()
    ]


def _row(one: Verdict) -> list[str]:
    seen = next((lie.seen for lie in one.power if lie.km == SHOWN_LIE_KM), None)
    return [
        one.target,
        one.claim,
        one.verdict,
        output.number(one.p_value, 4),
        output.number(one.excess_km) if (one.excess_km or 0) > 0 else "–",
        one.landmark or "–",
        output.number(one.rtt_ms, 2),
        str(one.witnesses),
        output.number(seen, 2),
    ]


def _power(of_target: dict[str, tuple[Power, ...]]) -> Iterator[str]:
    """How probable it is that false claims about targets are detected, in words."""
    known = [power for power in of_target.values() if power]
    if not known:
        return
    from rttgeo.report.headline import called

    about, many = f"about {called(next(iter(of_target)))} ", ""
    if len(of_target) > 1:
        about, many = "", f"; mean of {number_of(len(known), 'target')}"
    said = "; ".join(
        f"{lies[0].km:,g} km: {mean(one.seen for one in lies):.2f} "
        f"({mean(one.impossible for one in lies):.2f})"
        for lies in zip(*known, strict=True)
    )
    yield (
        f"A wrong claim {about}would be called impossible or improbable with these probabilities, by "
        f"how far off it is (in brackets: impossible alone{many}): {said}. "
        "This assumes that a target is where its round-trip times say and does not delay its answers."
        + _unsaid(len(of_target) - len(known))
    )


def _unsaid(count: int) -> str:
    """What the mean leaves out: targets about which nothing is known beforehand."""
    if not count:
        return ""
    return (
        f" It leaves out {number_of(count, 'target')} without a region (landmarks that contradict "
        f"each other, or none that can be trusted): claims about {'those' if count > 1 else 'it'} are seen "
        "less often."
    )


def _subject(target: str) -> str:
    """A target at the beginning of a sentence."""
    from rttgeo.report.headline import begun, called

    return begun(called(target))


def _at(claim: str) -> str:
    """A claim in a sentence: at coordinates, in a city or a country."""
    from rttgeo.report.headline import with_article

    return f"at {claim}" if claim[:1] in "-0123456789" else f"in {with_article(claim)}"


def _certificate(one: Verdict, stated: dict[str, object]) -> str:
    """What proves that a claim is impossible, in a sentence."""
    assert one.distance_km is not None and one.excess_km is not None
    # Of numbers that are rounded as they are printed, so that the sentence and the table add up.
    distance_km, excess_km = round(one.distance_km), round(one.excess_km)
    reach_km = max(distance_km - excess_km - float(str(stated["tolerance_km"])), 0.0)
    return (
        f"{_subject(one.target)} cannot be {_at(one.claim)}: {one.landmark} got an answer in "
        f"{output.number(one.rtt_ms, 2)} ms. In that time light in {stated['medium']} could go "
        f"{reach_km:,.10g} km and back, and the claimed place is "
        f"{output.number(distance_km)} km away: {output.number(excess_km)} km too far, "
        f"with {stated['tolerance_km']:g} km allowed for stated places that are not exact."
    )
