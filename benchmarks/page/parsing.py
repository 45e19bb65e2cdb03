"""Parsing: results of RIPE Atlas to samples, from a file and from a packed one."""

from __future__ import annotations

import bz2
import functools
from pathlib import Path

from benchmarks import parse
from benchmarks.page.measuring import Work, copying, reading, timed, way
from benchmarks.page.protocol import LIMIT, OURS, Curve, Found, Section, Size, Table
from rttgeo.machine.files import writing

PEERS = {
    "json (objects only)": ("with_json", "json"),
    "orjson (objects only)": ("with_orjson", "orjson"),
    "simdjson (no objects)": ("with_simdjson", "simdjson"),
    "msgspec (structures)": ("with_msgspec", "msgspec"),
    "Arrow (columns, one thread)": ("with_arrow", "pyarrow"),
    "ripe.atlas.sagan (objects)": ("with_sagan", "sagan"),
}
OF_FILES = {
    "Polars (columns, all threads)": ("with_polars", "polars"),
    "DuckDB (columns, all threads)": ("with_duckdb", "duckdb"),
}


def results(path: Path, records: int, *, pack: bool = False) -> tuple[Path, Path]:
    """Write made-up results; plain, and packed by bzip2 where that is asked for."""
    lines = parse.made_up(min(records, 2000))
    text = (b"\n".join(lines) + b"\n") * max(1, records // len(lines))
    packed = path.with_name(path.name + ".bz2")
    with writing(path) as file:
        file.write(text)
    if pack:
        with writing(packed) as file:
            file.write(bz2.compress(text))
    return path, packed


def ours(path: str, reader: str) -> Work:
    """A function of `benchmarks.parse` on the file."""
    return lambda: getattr(parse, reader)(Path(path))


def peer(path: str, reader: str, records: int) -> Work:
    """One on its first lines, in memory."""
    lines = Path(path).read_bytes().splitlines()[:records]
    return lambda: getattr(parse, reader)(lines)


def unpacking(path: str) -> Work:
    """Undo bzip2, and no more."""

    def work() -> None:
        with bz2.open(path) as file:
            while file.read(1 << 20):
                pass

    return work


def run(size: Size) -> Found:
    """Measure."""
    records = size.of(100_000, 2_000)
    path, packed = results(size.scratch / "results.ndjson", records, pack=True)
    megabytes = path.stat().st_size / 1e6
    measure = functools.partial(way, size)
    few = size.of(10_000, 500)
    rows = [
        measure("all threads", ours, str(path), "with_threads", amount=records, role=OURS),
        measure("one thread", ours, str(path), "with_rttgeo", amount=records, role=OURS),
        measure(
            "all threads, from bzip2", ours, str(packed), "with_threads", amount=records, role=OURS
        ),
    ]
    left_out = []
    for name, (reader, module) in PEERS.items():
        if not parse.is_there(module):
            left_out.append(name)
            continue
        n = few // 10 if "sagan" in name else few
        rows.append(measure(name, peer, str(path), reader, n, amount=n, says="lines in memory"))
    for name, (reader, module) in OF_FILES.items():
        if parse.is_there(module):
            rows.append(measure(name, ours, str(path), reader, amount=records))
        else:
            left_out.append(name)
    rows += [
        measure("undoing bzip2", unpacking, str(packed), amount=records, role=LIMIT),
        measure("reading the file", reading, str(path), amount=records, role=LIMIT),
        measure("copying its bytes", copying, megabytes, amount=records, role=LIMIT),
    ]
    table = Table(f"{records:,} ping results, {megabytes:,.0f} MB", "records", rows)
    unpack = next(one for one in rows if one.name == "undoing bzip2")
    fastest = max((one for one in rows if one.role == "peer"), key=lambda one: one.rate)
    sentence = (
        f"{rows[0].rate:,.0f} results a second with all threads, {rows[1].rate:,.0f} with one; "
        f"the quickest other reader here is {fastest.name} at {fastest.rate:,.0f}. From bzip2 it "
        f"takes {rows[2].seconds / unpack.seconds:.2f} times what undoing bzip2 alone takes in "
        "one thread."
    )
    at = [records // 8, records // 2, records]
    curve = [
        timed(ours(str(results(size.scratch / f"results-{n}.ndjson", n)[0]), "with_rttgeo")).seconds
        for n in at
    ]
    curves = [Curve("parsing, one thread", "rows", [float(n) for n in at], curve)]
    return Found(sentence, [table], curves, tuple(left_out))


SECTION = Section(
    "parsing",
    "Parsing",
    "Ping results as RIPE Atlas gives them (made up), from a file in the system's memory to columns.",
    "json, orjson, sagan, Arrow, Polars, and DuckDB, msgspec, simdjson where installed",
    "undoing bzip2, reading the file, copying its bytes",
    run,
)
