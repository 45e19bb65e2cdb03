"""`rttgeo passive`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rttgeo.cli import options, output
from rttgeo.cli.progress import progress_bar
from rttgeo.machine.counting import counted, number_of

if TYPE_CHECKING:
    from rttgeo.passive.flows import Passive, Series, Sink
    from rttgeo.passive.tables import Names

EPILOG = """\b
Examples:
  rttgeo passive capture.pcap
  rttgeo passive capture.pcapng.gz --json | jq '.flows[] | select(.method == "spin")'
  rttgeo passive capture.pcap --samples samples.parquet
  rttgeo passive capture.pcap --observer 52.37,4.90 --pairs pairs.csv
  rttgeo locate pairs.csv --method exclusion
  rttgeo passive client.qlog spindump.json ack-rtt.tsv

CAPTURE is a pcap or pcapng file, gzipped or not, or another tool's output: QUIC
qlog, spindump events (JSON or text), pping lines, or tshark -T fields with a
header (-E header=y).

Methods: handshake (TCP, QUIC), ack and timestamps (TCP), spin, vec and
delay-bit (QUIC), icmp. The side says which path a time covers: full from client
to server and back, client or server from the observer to that side and back.
A minimum is shown only if enough samples support it, and otherwise a dash.
Packets and samples that gave nothing are counted, by reason."""

MOST_ROWS = 40


@click.command(epilog=EPILOG)
@click.argument("captures", metavar="CAPTURE...", nargs=-1, required=True)
@options.json_flag
@click.option("--samples", metavar="FILE", help="Write every sample: .csv or .parquet.")
@click.option("--pairs", metavar="FILE", help="Write a pairs table: .csv or .parquet.")
@click.option(
    "--observer", "observers", multiple=True, metavar="PLACE",
    help="Where the capture was made, a city or LAT,LON: once for all captures, or for each.",
)  # fmt: skip
@click.option("--places", metavar="FILE", help="CSV: name (an address), lat, lon.")
@click.option("--anonymise", is_flag=True, help="Show host-1, host-2 … instead of addresses.")
@click.option(
    "--max-flows", type=click.IntRange(min=1), default=50_000, show_default=True, metavar="N",
    help="Flows followed at once; this limits the memory used.",
)  # fmt: skip
@click.option("--name", default="passive", show_default=True, help="Name of the pairs' data set.")
def command(
    captures: tuple[str, ...],
    as_json: bool,
    samples: str | None,
    pairs: str | None,
    observers: tuple[str, ...],
    places: str | None,
    anonymise: bool,
    max_flows: int,
    name: str,
) -> int:
    """Round-trip times from packet captures, and their minima and pairs."""
    watchers = [_place(text) for text in observers]
    _check(pairs, watchers, places, len(captures))
    from rttgeo.passive.reading import read_passive
    from rttgeo.passive.tables import Names, document, passive_mesh
    from rttgeo.sources.place_files import read_places
    from rttgeo.sources.places import Places

    known = read_places(places) if places else Places()
    for note in known.notes:
        output.complain(f"note: {note}")
    names = Names(anonymise=anonymise)
    with _sampled(samples) as sink, progress_bar("Reading", "packets") as progress:
        found = read_passive(captures, sink=sink, max_flows=max_flows, progress=progress)
    if as_json:
        output.emit(output.to_json(document(found, names)), None)
    else:
        output.emit(_text(found, names), None)
    _complain(found)
    if pairs is not None:
        from rttgeo.pairs.writing import write_mesh

        mesh = passive_mesh(found, known, watchers, names=names, name=name)
        write_mesh(mesh, pairs)
        output.complain(f"{pairs}: {output.pairs(mesh)}")
    return 0


def _place(text: str) -> tuple[float, float]:
    """Longitude and latitude of what was typed: ``lat,lon`` or a city."""
    from rttgeo.data.spots import spot_of
    from rttgeo.errors import BadInputError, NotThereError

    try:
        spot = spot_of(text)
    except (BadInputError, NotThereError) as error:
        raise click.UsageError(
            f"--observer {text}: {error}; expected latitude,longitude in degrees, such as "
            "52.37,4.90, or a city"
        ) from None
    if spot.note:
        output.complain(f"note: {spot.note}")
    return spot.lon, spot.lat


def _check(
    pairs: str | None, watchers: list[tuple[float, float]], places: str | None, captures: int
) -> None:
    if pairs is not None and Path(pairs).suffix not in (".csv", ".parquet"):
        raise click.UsageError(f"--pairs {pairs}: expected an ending .csv or .parquet")
    if pairs is not None and not watchers and not places:
        raise click.UsageError("--pairs needs a landmark: give --observer PLACE, --places, or both")
    if len(watchers) > 1 and len(watchers) != captures:
        raise click.UsageError(
            f"--observer {number_of(len(watchers), 'time')} for "
            f"{number_of(captures, 'capture')}; expected one, or one for each"
        )


@contextmanager
def _sampled(path: str | None) -> Iterator[Sink | None]:
    """A sink for samples whose file appears when all went well."""
    if path is None:
        yield None
        return
    from rttgeo.passive.tables import SampleTable

    table = SampleTable(path)
    try:
        yield table.add
    except BaseException:
        table.drop()
        raise
    table.close()


def _text(found: Passive, names: Names) -> str:
    listed = sorted(found.series, key=lambda one: -one.samples)
    rows = [_row(one, names) for one in listed[:MOST_ROWS]]
    columns = ["kind", "client", "server", "method", "side", "samples", "min ms", "median ms"]
    table = output.table(columns, rows, right=["samples", "min ms", "median ms"])
    rest = len(listed) - len(rows)
    more = f"\n{rest:,} more with fewer samples (--json lists all)" if rest else ""
    return f"{_sentence(found)}\n\n{table}{more}" if rows else _sentence(found)


def _row(one: Series, names: Names) -> list[str]:
    return [
        one.kind,
        names.of(one.client),
        names.of(one.server) + (f":{one.server_port}" if one.server_port else ""),
        one.method,
        one.side,
        f"{one.samples:,}",
        output.number(one.minimum_ms(), 3),
        output.number(one.median_ms(), 3),
    ]


def _sentence(found: Passive) -> str:
    samples = sum(one.samples for one in found.series)
    flows = len({one.flow for one in found.series})
    if not samples:
        return (
            f"No round-trip time in {number_of(found.packets, 'packet')}. It needs both directions of "
            "TCP, QUIC or ICMP echo, or a connection whose spin bit spins; below is why each packet "
            "gave none."
        )
    lowest = min(
        (one for one in found.series if one.minimum_ms() is not None),
        # The whole way first: half of it is short for one who captures beside an end.
        key=lambda one: (one.side != "full", one.minimum_ms() or 0.0),
        default=None,
    )
    least = (
        f"; the lowest minimum {_way_of(lowest.side)} is {lowest.minimum_ms():.3f} ms ({lowest.method})"
        if lowest
        else ""
    )
    return (
        f"{number_of(samples, 'round-trip time')} of {number_of(flows, 'connection')}, from "
        f"{number_of(found.packets, 'packet')} of "
        f"{found.source}{least}."
    )


def _way_of(side: str) -> str:
    """Which way the times of a side cover."""
    return "of the whole way" if side == "full" else f"between here and the {side}"


def _complain(found: Passive) -> None:
    """What gave nothing and why, on standard error."""
    for what, counts in (
        ("packets left out", found.left_out),
        ("samples left out", found.samples_left_out),
        ("files", found.troubles),
    ):
        for reason, count in counts.most_common():
            output.complain(f"  {what}: {counted(count, reason)}")
    if found.evicted:
        output.complain(
            f"  {number_of(found.evicted, 'flow', 'was')} dropped for others before its end (--max-flows)"
        )
    if found.unlisted:
        output.complain(f"  {number_of(found.unlisted, 'series')} of samples not listed: too many")
    if found.unseen:
        output.complain(
            f"  {number_of(found.unseen, 'acknowledgement')} of data that is not in the "
            "capture: it lost packets, "
            "so take a spin bit's minimum with care"
        )
    if found.seen_twice:
        output.complain(f"  {number_of(found.seen_twice, 'packet')} captured twice: counted once")
