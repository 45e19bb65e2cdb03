"""Parsing RIPE Atlas results: rttgeo, sagan, and the time of just reading the JSON, in one run.

``python -m benchmarks.parse [FILE] [--repeat N] [--megabytes M]``, or ``make bench-parse``

Without a file, results are made up in the Atlas format (labelled so). The file's records are
repeated up to the given size; each reader turns all of it into its own kind of result, the best
of N runs counts. rttgeo and the column readers read it from disk; the others are handed the lines
in memory, and those that are slow only a part of them. Peers that are not installed are left
out: ``pip install msgspec polars duckdb pysimdjson`` adds them to the table.

The column readers (Arrow, Polars, DuckDB) and msgspec are told the fields that are wanted and give
time, probe, measurement, address and packets, no more: no counts of what was left out, no check
who answered, nothing of the older firmwares.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import orjson

from rttgeo.atlas import parse


def made_up(n: int = 2000) -> list[bytes]:
    """Ping results in the Atlas format of firmware 5020."""
    template = (
        b'{"fw":5020,"mver":"2.2.1","lts":%d,"dst_name":"192.0.2.7","af":4,'
        b'"dst_addr":"192.0.2.7","src_addr":"198.51.100.%d","proto":"ICMP","ttl":55,"size":64,'
        b'"result":[{"rtt":%.6f},{"rtt":%.6f},{"rtt":%.6f}],"dup":0,"rcvd":3,"sent":3,'
        b'"min":%.6f,"max":%.6f,"avg":%.10f,"msm_id":1001,"prb_id":%d,"timestamp":%d,'
        b'"msm_name":"Ping","from":"198.51.100.%d","type":"ping","group_id":1000,"step":240,'
        b'"stored_timestamp":%d}'
    )
    lines = []
    for i in range(n):
        rtt = 20 + (i * 7919 % 100_000) / 777
        values = (rtt, rtt + 0.2, rtt + 0.1, rtt, rtt + 0.2, rtt + 0.1)
        numbers = (i % 300, i % 250, *values, 6000 + i, 1_500_000_000 + i, i % 250, 1_500_000_060)
        lines.append(template % numbers)
    return lines


def seconds(run: Callable[..., object], what: object, clock: Callable[[], float]) -> float:
    """Time of one run."""
    start = clock()
    run(what)
    return clock() - start


def with_rttgeo(file: Path) -> int:
    """Samples as Arrow tables, from the file on disk to the last column, in one thread."""
    return sum(table.num_rows for table, _ in parse.iter_samples(file, workers=1))


def with_threads(file: Path) -> int:
    """The same with the default number of threads."""
    return sum(table.num_rows for table, _ in parse.iter_samples(file))


def with_sagan(lines: list[bytes]) -> int:
    """Samples as sagan's packets, from text as its documentation shows."""
    from ripe.atlas.sagan import Result

    n = 0
    for line in lines:
        result = Result.get(line.decode(), on_error=Result.ACTION_IGNORE)
        n += len(result.packets if result.type == "ping" else result.hops[-1].packets)
    return n


def with_json(lines: list[bytes]) -> int:
    """Just the JSON, standard library."""
    return sum(1 for line in lines if json.loads(line))


def with_orjson(lines: list[bytes]) -> int:
    """Just the JSON, fastest general parser."""
    return sum(1 for line in lines if orjson.loads(line))


def with_arrow(lines: list[bytes]) -> int:
    """Columns by Arrow's own JSON reader, ping only."""
    import io

    import pyarrow as pa
    import pyarrow.json

    packet = pa.struct([("rtt", pa.float64()), ("dup", pa.int64()), ("x", pa.string())])
    whole = [(name, pa.int64()) for name in ("timestamp", "prb_id", "msm_id", "af")]
    schema = pa.schema([*whole, ("result", pa.list_(packet)), ("dst_addr", pa.string())])
    options = pyarrow.json.ParseOptions(schema, unexpected_field_behavior="ignore")
    return int(
        pyarrow.json.read_json(
            io.BytesIO(b"\n".join(lines)),
            read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=4 << 20),
            parse_options=options,
        ).num_rows
    )


def with_msgspec(lines: list[bytes]) -> int:
    """Objects of only the fields that are wanted, by msgspec."""
    import msgspec

    packet = msgspec.defstruct("Packet", [("rtt", float | None, None), ("dup", int | None, None)])
    record = msgspec.defstruct(
        "Record",
        [
            *((name, int) for name in ("timestamp", "prb_id", "msm_id", "af")),
            ("dst_addr", str),
            ("result", list[packet]),  # type: ignore[valid-type]
        ],
    )
    decode = msgspec.json.Decoder(record).decode
    return sum(len(decode(line).result) for line in lines)


def with_simdjson(lines: list[bytes]) -> int:
    """Just the JSON, parsed but not turned into Python objects, by simdjson."""
    import simdjson

    parser = simdjson.Parser()
    return sum(1 for line in lines if parser.parse(line) is not None)


def with_polars(file: Path) -> int:
    """Columns of only the fields that are wanted, by Polars, all threads."""
    import polars as pl

    packet = pl.Struct({"rtt": pl.Float64, "dup": pl.Int64, "x": pl.String})
    whole = dict.fromkeys(("timestamp", "prb_id", "msm_id", "af"), pl.Int64)
    schema = {**whole, "dst_addr": pl.String, "result": pl.List(packet)}
    table = pl.scan_ndjson(file, schema=schema).collect()
    return table.explode("result").height


def with_duckdb(file: Path) -> int:
    """Columns of only the fields that are wanted, by DuckDB, all threads."""
    import duckdb

    whole = ", ".join(f"{name}: 'BIGINT'" for name in ("timestamp", "prb_id", "msm_id", "af"))
    packet = "STRUCT(rtt DOUBLE, dup BIGINT, x VARCHAR)[]"
    columns = f"{{{whole}, dst_addr: 'VARCHAR', result: '{packet}'}}"
    query = (
        f"SELECT timestamp, prb_id, msm_id, af, dst_addr, unnest(result) AS packet "
        f"FROM read_ndjson('{file}', columns={columns})"
    )
    found = duckdb.sql(query)
    to_arrow = getattr(found, "to_arrow_table", None) or found.arrow
    return int(to_arrow().num_rows)


def is_there(module: str) -> bool:
    """Whether a peer is installed; what is not named after its module always is."""
    own = module.rstrip(",") in ("rttgeo", "sagan", "arrow")
    return own or importlib.util.find_spec(module) is not None


def main() -> None:
    """Run and print a table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("file", nargs="?", type=Path)
    arguments.add_argument("--repeat", type=int, default=5)
    arguments.add_argument("--megabytes", type=float, default=30)
    arguments.add_argument(
        "--cpu", action="store_true", help="processor time, for a machine that is busy"
    )
    options = arguments.parse_args()
    clock = time.process_time if options.cpu else time.perf_counter
    lines = options.file.read_bytes().splitlines() if options.file else made_up()
    size = sum(map(len, lines))
    many = lines * max(1, int(options.megabytes * 1e6 / size))
    print(f"{options.file or 'made-up pings'}: {len(lines)} records, {size / len(lines):.0f} bytes")
    folder = tempfile.TemporaryDirectory()
    file = Path(folder.name) / "results.ndjson"
    file.write_bytes(b"\n".join(many) + b"\n")
    with_rttgeo(file)  # compile
    part, threads = min(len(lines) * 3, len(many)), min(os.cpu_count() or 1, 4)
    readers: dict[str, tuple[Callable[..., int], object, int]] = {
        "rttgeo, one thread": (with_rttgeo, file, len(many)),
        f"rttgeo, {threads} threads": (with_threads, file, len(many)),
        "sagan (objects)": (with_sagan, lines, len(lines)),
        "json (dicts)": (with_json, many[:part], part),
        "orjson (dicts)": (with_orjson, many[:part], part),
        "simdjson (nothing)": (with_simdjson, many[:part], part),
        "msgspec (structs)": (with_msgspec, many[:part], part),
        "arrow json (columns)": (with_arrow, many, len(many)),
        "polars (columns)": (with_polars, file, len(many)),
        "duckdb (columns)": (with_duckdb, file, len(many)),
    }
    traces = any(b'"traceroute"' in line for line in lines)
    for name in list(readers):
        module = name.split()[0]
        wants_pings = module in ("msgspec", "arrow", "polars", "duckdb")
        if (traces and wants_pings) or not is_there(module):
            del readers[name]
    # Turn by turn, so that whatever else the machine does falls on all of them alike.
    turns = [
        {name: seconds(reader, what, clock) / n * 1e6 for name, (reader, what, n) in some}
        for some in [list(readers.items())] * options.repeat
    ]
    micros = {name: min(turn[name] for turn in turns) for name in readers}
    ours = micros["rttgeo, one thread"]
    print(f"{'reader':<22}{'µs a record':>12}{'MB/s':>9}{'time / rttgeo':>15}")
    for name, each in micros.items():
        print(f"{name:<22}{each:>12.3f}{size / len(lines) / each:>9.0f}{each / ours:>15.2f}")


if __name__ == "__main__":
    main()
