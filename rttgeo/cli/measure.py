"""`rttgeo measure`."""

from __future__ import annotations

import ipaddress
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from rttgeo import sphere
from rttgeo.cli import options, output
from rttgeo.cli.reading import read_any
from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of
from rttgeo.machine.escaping import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rttgeo.estimators import Estimate
    from rttgeo.measuring.journal import Journal
    from rttgeo.measuring.planning import RoundPlan
    from rttgeo.measuring.rounds import Goal, Round
    from rttgeo.sources.atlas_probes import Probe

_TARGET = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._:-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")
EPILOG = """\b
Examples:
  rttgeo measure 192.0.2.1                        what the first round would be, and cost
  rttgeo measure 192.0.2.1 --probes probes.json   with probes from your own list
  rttgeo measure 192.0.2.1 --go --credits 300     orders the pings, with $ATLAS_API_KEY
  rttgeo measure 192.0.2.1 --go                   continues it

A few probes worldwide ping first, then those nearest to where the target can still be,
until 95 % of the probability lies within --area km², or --credits are spent. Each step is
saved in the state file before the next: after an interruption, the same command continues.
RIPE Atlas measurements are public. Without --probes the plan uses the anchors of 2020
that come with rttgeo, and --go asks RIPE Atlas for the probes that are connected.

Exit code 1: the service did not do it all; what it did is kept."""


@click.command(epilog=EPILOG)
@click.argument("target")
@click.option(
    "--plan", "only_plan", is_flag=True, help="Only say what would be done (the default)."
)
@click.option("--go", is_flag=True, help="Order the pings; this spends credits.")
@click.option("--probes", metavar="FILE", help="Choose among these: RIPE Atlas's probes.json.")
@click.option(
    "--learn", metavar="PAIRS", help="Learn delays from this mesh: file or data set's name."
)
@click.option(
    "--area", "area_km2", type=click.FloatRange(min=0, min_open=True), default=50_000.0,
    show_default=True, metavar="KM2", help="Stop when the region is this small.",
)  # fmt: skip
@click.option(
    "--credits", type=click.IntRange(1, 1_000_000), default=600, show_default=True, metavar="N",
    help="Spend at most this many in total.",
)  # fmt: skip
@click.option(
    "--packets",
    type=click.IntRange(1, 16),
    default=3,
    show_default=True,
    help="Packets in each ping.",
)
@click.option(
    "--first", type=click.IntRange(1, 1000), default=6, show_default=True,
    help="Probes in the first round.",
)  # fmt: skip
@click.option(
    "--each", type=click.IntRange(1, 1000), default=4, show_default=True,
    help="Probes in each later round.",
)  # fmt: skip
@click.option(
    "--ipv6", is_flag=True, help="Ping over IPv6; not needed if TARGET is an IPv6 address."
)
@click.option(
    "--state", metavar="FILE", help="Where each step is saved; default: measure-TARGET.json."
)
@click.option("--pairs", metavar="FILE", help="Also write the answers (.csv, .parquet).")
@click.option("--host", metavar="NAME[:PORT]", help="Default: $RTTGEO_ATLAS_HOST, else RIPE Atlas.")
@click.option("--certificate", metavar="FILE", help="Trust this certificate (PEM).")
@options.json_flag
def command(
    target: str,
    only_plan: bool,
    go: bool,
    probes: str | None,
    learn: str | None,
    area_km2: float,
    credits: int,
    packets: int,
    first: int,
    each: int,
    ipv6: bool,
    state: str | None,
    pairs: str | None,
    host: str | None,
    certificate: str | None,
    as_json: bool,
) -> int:
    """Have RIPE Atlas probes ping TARGET (an address or name) until it is clear where it is.

    Unless --go is given, it only says what it would do and what that would cost.
    """
    from rttgeo.measuring.journal import Journal
    from rttgeo.measuring.planning import goal_within

    family = _family(target, ipv6)
    goal = goal_within(credits, packets, area_km2=area_km2, first=first, each=each)
    path = state or f"measure-{output.file_names([target])[0]}.json"
    if pairs is not None and not pairs.endswith((".csv", ".parquet")):
        raise click.UsageError(f"--pairs {pairs}: expected a name that ends in .csv or .parquet")
    if only_plan and go:
        raise click.UsageError("give --plan or --go, one of the two")
    if not go:
        journal = Journal.open(path, target, family, packets)
        some = _known_probes(probes, family)
        _say_plan(_planned(journal, goal, some, learn), journal, goal, as_json)
        return 0
    with _alone(path):
        journal = Journal.open(path, target, family, packets)
        try:
            return _go(journal, goal, probes, learn, pairs, (host, certificate), as_json)
        except KeyboardInterrupt:
            output.complain(
                f"interrupted; {path} holds what was done, and the same command continues"
            )
            return 130


def _family(target: str, ipv6: bool) -> int:
    """Version of IP; the target is checked, since it is sent to a service that others run."""
    if not _TARGET.fullmatch(target):
        raise BadInputError(f"target {target[:60]!r}: expected an address or a host name")
    try:
        family = ipaddress.ip_address(target).version
    except ValueError:
        return 6 if ipv6 else 4
    if ipv6 and family == 4:
        raise BadInputError(f"target {target}: --ipv6 is given, and this is an IPv4 address")
    return family


@contextmanager
def _alone(path: str) -> Iterator[None]:
    """Keep a second run away from the state file: it would order everything twice."""
    import filelock

    lock = filelock.FileLock(f"{path}.lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise BadInputError(f"{path} is in use by another run") from None
    try:
        yield
    finally:
        lock.release()


def _known_probes(probes: str | None, family: int) -> tuple[Probe, ...]:
    """Probes to plan with, without a network."""
    from rttgeo.sources.atlas_probes import probes_of_2020, read_probes

    found = read_probes(probes, family=family) if probes else probes_of_2020(family)
    if probes is None:
        output.complain(
            f"planned with {number_of(len(found.probes), 'anchor')} of 2020, which come with "
            "rttgeo; --probes "
            "probes.json gives others, and --go asks for those of today"
        )
    for note in found.notes:
        output.complain(f"note: {note}")
    for line in found.left_out.lines() if probes else ():
        output.complain(f"{probes}: left out {line}")
    return _numbered(found.probes, probes)


def _numbered(probes: tuple[Probe, ...], path: str | None) -> tuple[Probe, ...]:
    numbered = tuple(one for one in probes if one.number is not None)
    if not numbered:
        raise BadInputError(f"{path}: no probe of RIPE Atlas; expected its probes.json")
    return numbered


def _planned(
    journal: Journal, goal: Goal, some: tuple[Probe, ...], learn: str | None
) -> RoundPlan | None:
    """The next round; None where nothing is left to do."""
    from rttgeo.measuring.loop import choose_landmarks, last_round
    from rttgeo.measuring.pings import round_order
    from rttgeo.measuring.planning import Cost, RoundPlan

    chosen: tuple[Probe, ...]
    number = len(journal.entries) + 1
    if journal.entries and journal.entries[-1].rtt_ms is None:
        chosen, number = journal.entries[-1].landmarks, number - 1
    else:
        locator, past = _locator(journal, some, learn), journal.past()
        last = last_round(journal.target, some, goal, locator, past)
        if last is not None and last.ended:
            return None
        asked = [one.name for entry in journal.entries for one in entry.landmarks]
        estimate = last.estimate if last is not None else None
        chosen = choose_landmarks(some, locator, goal, asked, estimate)
    if not chosen:
        return None
    cost, most = (Cost.of(n, journal.packets) for n in (len(chosen), goal.most))
    return RoundPlan(number, chosen, cost, most, round_order(journal, chosen, number))


def _locator(journal: Journal, some: tuple[Probe, ...], learn: str | None) -> Any:
    from rttgeo.measuring.locating import Locator

    known = {one.name: one for entry in journal.entries for one in entry.landmarks}
    known |= {one.name: one for one in some}
    mesh = read_any(learn, (), skip_bad=False) if learn is not None else None
    return Locator.of(tuple(known.values()), mesh)


def _say_plan(plan: RoundPlan | None, journal: Journal, goal: Goal, as_json: bool) -> None:
    document: dict[str, Any] = {
        "format": "rttgeo-measure-plan",
        "version": 1,
        "target": journal.target,
        "family": journal.family,
        "area_km2": goal.area_km2,
        "rounds_done": sum(one.rtt_ms is not None for one in journal.entries),
        "next": plan.to_dict() if plan is not None else None,
    }
    if as_json:
        output.emit(output.to_json(document), None)
        return
    if plan is None:
        output.say(f"{journal.target}: nothing is left to measure; --go gives the result")
        return
    rows = [
        [one.name, str(one.number), one.country or "–", f"{one.lon:.2f}", f"{one.lat:.2f}"]
        for one in plan.probes
    ]
    columns = ("probe", "number", "country", "lon", "lat")
    title = f"{journal.target} (IPv{journal.family}), round {plan.number}"
    text = [
        output.table(columns, rows, right=("number", "lon", "lat"), title=title),
        f"This round: {plan.cost}. In total at most: {plan.most}; it ends when 95 % lies within "
        f"{goal.area_km2:,.0f} km².",
        "What would be sent to RIPE Atlas:",
        output.to_json(plan.document).rstrip("\n"),
        "Nothing was ordered. --go orders it, with the key in $ATLAS_API_KEY.",
    ]
    output.emit("\n\n".join(text) + "\n", None)


def _go(
    journal: Journal,
    goal: Goal,
    probes: str | None,
    learn: str | None,
    pairs: str | None,
    server: tuple[str | None, str | None],
    as_json: bool,
) -> int:
    from rttgeo.atlas.client import key_from
    from rttgeo.atlas.opening import KEY_ENV, atlas_connection
    from rttgeo.atlas.session import RefusedError, TemporaryError, UnreachableError

    if key_from(os.environ, KEY_ENV) is None:
        raise BadInputError(f"--go needs a key of RIPE Atlas in ${KEY_ENV}")
    client = atlas_connection(*server)
    try:
        rounds = list(_measured(client, journal, goal, probes, learn))
    except (TemporaryError, RefusedError) as error:
        raise UnreachableError(
            f"{error}; {journal.path} holds what was done, and the same command continues"
        ) from error
    finally:
        client.close()
    _say_result(rounds, journal, as_json)
    if pairs is not None:
        _write_pairs(journal, pairs)
    return 0


def _measured(
    client: Any, journal: Journal, goal: Goal, probes: str | None, learn: str | None
) -> Iterator[Round]:
    from rttgeo.measuring.loop import measure
    from rttgeo.measuring.pings import AtlasPings, connected_probes

    if probes is None:
        some = connected_probes(client, journal.family)
    else:
        some = _known_probes(probes, journal.family)
    locator = _locator(journal, some, learn)
    platform = AtlasPings(client, journal, say=output.complain)
    rounds = measure(journal.target, some, platform, goal, locator=locator, past=journal.past())
    for one in rounds:
        output.complain(_line(one))
        yield one


def _line(one: Round) -> str:
    got = f"round {one.number}: {len(one.rtt_ms)} of {number_of(len(one.landmarks), 'probe')} had an answer"
    if one.estimate is None:
        return got
    return f"{got}; {_where(one.estimate, 2)}" + (f" ({one.ended})" if one.ended else "")


def _where(estimate: Estimate, digits: int) -> str:
    if estimate.empty:
        return "no place can be given"
    place = sphere.in_words(estimate.lon, estimate.lat, digits)
    return f"{place}, 95 % within {output.number(estimate.area_km2)} km²"


def _say_result(rounds: list[Round], journal: Journal, as_json: bool) -> None:
    from rttgeo.report.places import likely_places
    from rttgeo.report.spread import spread_sentence

    last = rounds[-1]
    estimate = last.estimate
    where = likely_places(estimate) if estimate is not None else None
    spread = ""
    if estimate is not None and where is not None:
        spread = spread_sentence(estimate, where.to_dict()["countries"])
    if as_json:
        document = {
            "format": "rttgeo-measured",
            "version": 1,
            "target": journal.target,
            "ended": last.ended,
            "asked": last.asked,
            "answers": len(last.known_ms),
            "rounds": [
                {
                    "round": one.number,
                    "measurement": entry.measurement,
                    "rtt_ms": dict(one.rtt_ms),
                    "area95_km2": one.estimate.area_km2 if one.estimate is not None else None,
                }
                for one, entry in zip(rounds, journal.entries, strict=False)
            ],
            "estimate": estimate.to_dict() if estimate is not None else None,
            **(where.to_dict() if where is not None else {}),
            "spread": spread,
        }
        output.emit(output.to_json(document), None)
        return
    if estimate is None:
        output.say(f"{journal.target}: no probe of {last.asked} had an answer; {last.ended}")
        return
    numbers = ", ".join(str(one.measurement) for one in journal.entries)
    text = (
        f"{journal.target}: {_where(estimate, 3)}; {number_of(last.asked, 'probe')} "
        f"asked, {last.ended}."
    )
    output.say(printable(text))
    if where is not None and where.sentence():
        output.say(printable(where.sentence()))
    if spread:
        output.say(printable(spread))
    for note in estimate.notes:
        output.say(printable(f"note: {note}"))
    output.say(f"Measurements: {numbers}")


def _write_pairs(journal: Journal, path: str) -> None:
    from rttgeo.pairs.writing import write_mesh

    mesh = journal.mesh()
    write_mesh(mesh, path)
    output.complain(f"{path}: {number_of(len(mesh), 'pair')}")
