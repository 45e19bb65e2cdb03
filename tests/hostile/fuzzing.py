"""Files with faults, seeded: every reader refuses them in words, or counts what it takes.

``python tests/hostile/fuzzing.py 200000`` is the long run: so many inputs over all readers.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import gzip
import io
import json
import random
import signal
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from rttgeo.errors import RttgeoError

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "data" / "examples"
SECONDS = 60
"""Of the processor: a small file that takes longer hangs. The first of a kind compiles its reader."""

TOKENS = [
    b"nan", b"inf", b"-1", b"0", b"1e309", b"1e-320", b"99999999999999999999", b"-0", b"0x10", b"1,5",
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n", b"\r\n", b"\t", b'"', b"'", b",", b";", b"=",
    b"\x1b[31m", b"\xe2\x80\xae", b"<", b"[" * 1500, b"{" * 1500, b"{}", b"[]", b"null", b"true",
    b"file:///etc/passwd", b"http://127.0.0.1:9/x", b"../../x", b"PAR1", b"\x1f\x8b", b"BZh9", b"%n",
    b"0.0", b"180", b"-90.0000001", b"9999-12-31", b"253402300800", b"\xc2\xa0", b"*", b"::1", b" ms",
]  # fmt: skip


def mutated(rng: random.Random, seeds: list[bytes]) -> bytes:
    """One of the seeds with some faults in it."""
    data = bytearray(rng.choice(seeds))
    if data[:1] in b"{[" and rng.random() < 0.7:
        return _value_replaced(rng, bytes(data))
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        at, length = rng.randrange(len(data) + 1), rng.choice((1, 2, 4, 16, 64))
        kind = rng.randrange(8)
        if kind == 0 and data:
            data[at % len(data)] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del data[at : at + length]
        elif kind == 2:
            data[at:at] = data[at : at + length] * rng.choice((1, 1, 2, 50))
        elif kind == 3:
            data[at:at] = rng.choice(TOKENS)
        elif kind == 4:
            data = _field_replaced(rng, data)
        elif kind == 5:
            other = rng.choice(seeds)
            data[at:] = other[rng.randrange(len(other) + 1) :]
        elif kind == 6:
            del data[at:]
        else:
            data[at : at + length] = rng.randbytes(length)
    return bytes(data[: 1 << 20])


VALUES = [
    None, True, False, 0, -1, 0.5, 1e300, 10**30, "", "x", "1", "nan", "\x1b[31m", [], {}, [[]],
    {"x": 1}, [None, 1, "a", {}], "9999-12-31T23:59:59Z", 253402300800, "../x", "\ud800", "*" * 3000,
]  # fmt: skip


def _value_replaced(rng: random.Random, data: bytes) -> bytes:
    """JSON, whole or a record a line, with some of its values replaced, removed or doubled."""
    lines = [data] if _is_json(data) else data.splitlines()
    at = rng.randrange(len(lines))
    if not _is_json(lines[at]):
        return data
    whole = {"": json.loads(lines[at])}
    for _ in range(rng.choice((1, 1, 2, 4))):
        places = list(_places_in(whole))
        holder, key = rng.choice(places)
        kind = rng.randrange(4)
        if kind == 0 and key != "":
            del holder[key]
        elif kind == 1 and isinstance(holder, dict) and key != "":
            holder[rng.choice(("x", "", key + " "))] = holder.pop(key)
        else:
            holder[key] = copy.deepcopy(rng.choice(VALUES))
    lines[at] = json.dumps(whole.get("")).encode()
    return b"\n".join(lines)


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


def _places_in(value):
    """Every place in a value, as what holds it and its key there."""
    keys = value if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from _places_in(value[key])


def _field_replaced(rng: random.Random, data: bytearray) -> bytearray:
    """A field of a line, or a value of JSON, replaced by a token."""
    cuts = [i for i, byte in enumerate(data) if byte in b",:= \n"]
    if len(cuts) < 2:
        return data
    first = rng.randrange(len(cuts) - 1)
    return data[: cuts[first] + 1] + rng.choice(TOKENS) + data[cuts[first + 1] :]


def check_rtts(rtt_ms) -> None:
    """See that what came through are round-trip times."""
    values = np.asarray(rtt_ms, dtype=float)
    assert np.isfinite(values).all() and (values > 0).all() and (values <= 1e6).all(), values


def check_counts(counts) -> None:
    """See that reasons are words, and counts are counts."""
    assert all(isinstance(why, str) and why and int(n) == n >= 0 for why, n in counts.items())


def check_mesh(mesh) -> None:
    """See that a mesh is one: places on Earth, names that are distinct, times that can be."""
    check_rtts(mesh.pairs["rtt_ms"])
    assert mesh.landmarks.index.is_unique and mesh.targets.index.is_unique
    lon, lat = mesh.landmark_lonlat
    assert (np.abs(lon) <= 180).all() and (np.abs(lat) <= 90).all()
    lon, lat = mesh.target_lonlat
    assert (np.isnan(lon) | ((np.abs(lon) <= 180) & (np.abs(lat) <= 90))).all()
    assert mesh.provenance.kind in ("measured", "simulated", "unstated")


def read_pairs(path: Path) -> None:
    from rttgeo.pairs import read_mesh_report

    with contextlib.suppress(RttgeoError):
        read_mesh_report(path)
    mesh, report = read_mesh_report(path, skip_bad=True)
    check_mesh(mesh)
    check_counts(report.skipped)
    assert report.kept == len(mesh)
    assert report.rows == report.kept + sum(report.skipped.values()) + report.self_pairs
    assert "\n" not in report.text() + "".join(report.notes())


def read_metadata(path: Path) -> None:
    from rttgeo.pairs.stated import provenance_of_json

    told = provenance_of_json(path.read_bytes(), "p.csv.meta.json")
    assert told.label() and told.kind in ("measured", "simulated", "unstated")


def read_region(path: Path) -> None:
    from rttgeo.cells.grid import read_region as read

    region = read(path)
    assert 0 <= region.n_cells <= region.grid.n_cells and region.area_km2 >= 0


def _series(series) -> None:
    check_rtts(series.samples["rtt_ms"])
    check_counts(series.dropped)


def read_ping(path: Path) -> None:
    from rttgeo.sources import read_ping_log

    _series(read_ping_log(path))


def read_fping(path: Path) -> None:
    from rttgeo.sources import read_fping as read

    for series in read(path):
        _series(series)


def convert(form: str, *files: Path):
    from rttgeo.sources import mesh_from_files

    places = {str(n): (4.9, 52.4) for n in range(1, 40)}
    places |= {
        "a": (4.9, 52.4),
        "b": (8.5, 47.4),
        "here": (0.5, 51.5),
        "server": (13.4, 52.5),
        "198.51.100.7": (2.3, 48.9),
    }
    found = mesh_from_files(form, files, places, target="server")
    check_mesh(found.mesh)
    check_counts(found.dropped)


def read_as(form: str, before: str = ""):
    """Reader of a file as `rttgeo convert` reads it."""

    def read(path: Path) -> None:
        convert(form, f"{before}{path}" if before else path)

    return read


def read_atlas(path: Path) -> None:
    from rttgeo.atlas import read_samples

    table, report = read_samples(path)
    assert table.num_rows == report.samples
    assert report.records == report.used + sum(report.rejected.values())
    check_counts(report.dropped)
    check_rtts(table["rtt_us"].to_numpy() / 1e3)


def read_monroe(path: Path) -> None:
    gps = EXAMPLES / "monroe-gps.csv"
    convert("monroe", path, gps)


def read_monroe_places(path: Path) -> None:
    convert("monroe", EXAMPLES / "monroe-ping.csv", path)


def read_places(path: Path) -> None:
    from rttgeo.sources import read_places as read

    for lon, lat in dict(read(path)).values():
        assert abs(lon) <= 180 and abs(lat) <= 90


ADDRESSES = ["192.0.2.1", "198.51.100.7", "203.0.113.9"]


def _located(table: pd.DataFrame) -> None:
    assert list(table.index) == ADDRESSES
    known = table["lon"].notna()
    assert (table["lon"][known].abs() <= 180).all() and (table["lat"][known].abs() <= 90).all()


def read_address_table(path: Path) -> None:
    from rttgeo.sources.addresses import locate_by_table

    _located(locate_by_table(path, ADDRESSES))


def read_mmdb(path: Path) -> None:
    from rttgeo.sources.addresses import locate_by_mmdb

    _located(locate_by_mmdb(path, ADDRESSES))


def read_recipe(path: Path) -> None:
    from rttgeo.atlas import load_recipe

    recipe = load_recipe(path)
    assert recipe.start_s < recipe.stop_s


def read_manifest(path: Path) -> None:
    from rttgeo.atlas.store import Store

    folder = path.parent / "store"
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_bytes(path.read_bytes())
    Store(folder).sweep()


def read_load(path: Path) -> None:
    from rttgeo.load import open_runs

    folder = path.parent / "load"
    folder.mkdir(exist_ok=True)
    (folder / "run.meta.json").write_bytes(path.read_bytes())
    (folder / "run.a.log.gz").write_bytes(gzip.compress((EXAMPLES / "ping.txt").read_bytes()))
    open_runs(folder)


def read_passive(path: Path) -> None:
    from rttgeo.passive.reading import read_passive as read

    found = read([path])
    check_counts(found.left_out)
    assert 0 <= found.used <= found.packets


def read_record(path: Path) -> None:
    from rttgeo.machine.records import read_record as read

    read(path)


HEADER = b"landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms"
PAIRS = (
    HEADER + b",samples,hops,deviation_ms\na,10,20,b,30,40,5,3,9,0.5\na,10,20,c,,,7.25,,,\n"
    b'"d, e",-10.5,179.9,b,30,40,88.1,10,20,1\nb,30,40,a,10,20,5.5,2,3,0\na,11,20,c,,,9,,,\n'
)
ATLAS = (
    b'{"fw":4790,"type":"ping","af":4,"prb_id":7,"msm_id":9,"timestamp":1499774400,'
    b'"dst_addr":"192.0.2.1","dst_name":"192.0.2.1","src_addr":"10.0.0.1","sent":3,"rcvd":3,'
    b'"min":20.1,"avg":21,"max":22,"proto":"ICMP","size":48,"ttl":55,'
    b'"result":[{"rtt":20.1},{"x":"*"},{"rtt":22.0,"dup":1},{"error":"e"}]}\n'
    b'{"fw":4790,"type":"traceroute","af":4,"prb_id":8,"msm_id":9,"timestamp":1499774460,'
    b'"endtime":1499774461,"dst_addr":"192.0.2.1","dst_name":"192.0.2.1","proto":"UDP",'
    b'"result":[{"hop":1,"result":[{"from":"10.0.0.1","rtt":1.0,"ttl":1},{"x":"*"}]},'
    b'{"hop":2,"result":[{"from":"192.0.2.1","rtt":30.5,"ttl":2},{"from":"192.0.2.1","rtt":31}]}]}\n'
)
PLACES = [b"name,lat,lon\na,1,2\nb,3.5,-4\n", b'name,lat,lon,x\n"a, b",1,2,y\n']
RECIPE = {
    "name": "mine", "type": "ping", "start": "2017-07-11T12:00:00Z", "stop": "2017-07-11T14:00:00Z",
    "anchors": ["xx-a01-as64501"], "families": [6], "probes": [1, 2],
}  # fmt: skip
LOAD = {
    "name": "run", "kind": "measured", "source": "s", "date": "d", "licence": "l",
    "path_rtt_ms": {"a": 20}, "downloads": [{"start": 1, "stop": 3, "label": "x", "bytes": 10}],
}  # fmt: skip
LOGS = [
    b"time,one,two\nnothing\n",
    b'{"qlog_version":"0.3","traces":[{"vantage_point":{"type":"client"},"common_fields":'
    b'{"time_format":"relative","reference_time":1500000000000},"events":[{"time":1.5,'
    b'"name":"recovery:metrics_updated","data":{"latest_rtt":20.5,"min_rtt":20}}]}]}',
    b"1500000000.1 20.5 ms 20.1 ms TCP 192.0.2.1:80+198.51.100.1:443\n",
    b"23:59:58.1 62.4 ms 61 ms TCP 192.0.2.9:5+203.0.113.5:443\n00:00:01 1e-3 0.1 ::1:4+::2:9\n"
    b"12:00:00.1 ICMP 192.0.2.9:5+203.0.113.5:4 opening due to SYN from src\n",
    b"frame.time_epoch,ip.src,ip.dst,tcp.srcport,tcp.dstport,tcp.analysis.ack_rtt\n"
    b"1700000000.5,203.0.113.5,192.0.2.9,443,52345,0.041\n1700000000.7,192.0.2.9,203.0.113.5,5,4,\n",
    b"TCP 192.0.2.1 <-> 198.51.100.1 1:2 at 1500000000000000 right rtt 2000\n"
    b'{"Event":"measurement","Type":"TCP","Addrs":["192.0.2.1","198.51.100.1"],"Session":"1:2",'
    b'"Ts":1500000000000000,"Right_rtt":2000}\n',
]

MTR = [
    b"Start: 2026-11-28T12:00:00+0000\nHOST: here   Loss%   Snt   Last   Avg  Best  Wrst StDev\n"
    b"  1.|-- 198.51.100.1  0.0%    10    0.4   0.5   0.4   0.7   0.1\n"
    b"        [MPLS: Lbl 24012 Exp 0 S 1 TTL 1]\n  2.|-- ???  100.0    10  0.0  0.0  0.0  0.0  0.0\n"
    b"  3.|-- server  20.0%    10   20.9  20.4  20.1  21.3   0.4\n    |  `|-- 192.0.2.7\n",
    b"Mtr_Version,Start_Time,Status,Host,Hop,Ip,Asn,Loss%,Snt, ,Last,Avg,Best,Wrst,StDev,\n"
    b"MTR.0.95,1700000000,OK,server,1,198.51.100.1,AS1,0.00,10,0,0.40,0.50,0.40,0.70,0.10\n"
    b"MTR.0.95,1700000000,OK,server,2,server,AS2,20.00,10,2,20.90,20.40,20.10,21.30,0.40\n",
    b'<?xml version="1.0"?>\n<MTR SRC="here" DST="server" TESTS="10">\n<HUB COUNT="1" HOST="server">'
    b"<Loss> 20.0%</Loss>\n<Snt> 10</Snt>\n<Last> 20.9</Last>\n<Best> 20.1</Best>\n</HUB>\n</MTR>\n",
    b"x 0 1\nh 0 198.51.100.1\np 0 400 1\nx 1 2\nx 1 3\nh 1 192.0.2.1\nd 1 server\np 1 20100 2\n",
]
FPING = (
    b'{"resp": {"host": "server", "seq": 0, "size": 64, "rtt": 22.7}}\n'
    b'{"timeout": {"host": "server", "seq": 1}}\n{"vSum": {"host": "b", "values": [1.5, null, 131]}}\n'
    b'{"summary": {"host": "server", "xmt": 3, "rcv": 2, "loss": 33, "rttMin": 22.7, "rttMax": 30}}\n'
    b'{"intSum": {"time": 1733560000,"host": "c", "xmt": 10, "rcv": 9, "loss": 10, "rttMin": 0.04}}\n'
    b'{"stats": {"targets": 3}}\n'
)
GLOBALPING = {
    "id": "a", "type": "ping", "status": "finished", "target": "server", "probesCount": 2,
    "results": [
        {"probe": {"city": "Paris", "country": "FR", "asn": 1, "longitude": 2.3, "latitude": 48.9},
         "result": {"status": "finished", "resolvedAddress": "192.0.2.5", "stats": {"drop": 1},
                    "timings": [{"rtt": 12.5, "ttl": 50}, {"rtt": 130, "ttl": 50}]}},
        {"probe": {"city": "Lyon", "country": "FR", "asn": 1, "longitude": 4.8, "latitude": 45.8},
         "result": {"status": "failed", "rawOutput": "x"}},
    ],
}  # fmt: skip
TRACE = GLOBALPING | {
    "id": "b", "type": "mtr", "results": [
        {"probe": GLOBALPING["results"][0]["probe"],
         "result": {"status": "finished", "resolvedAddress": "192.0.2.5",
                    "hops": [{"resolvedAddress": "192.0.2.9", "timings": [{"rtt": 1.0}]},
                             {"resolvedAddress": "192.0.2.5", "timings": [{"rtt": 9.5}]}]}}],
}  # fmt: skip
CENSUS = b"target,hostname,lat,lon,rtt\n192.0.2.5,ams,52.4,4.9,3.25\n192.0.2.5,'=par,48.9,2.3,7.5\n"
EXPORT = (
    b"prb_id,msm_id,dst_addr,start_time,rtt\n1,7,192.0.2.5,1,9.5\n2,7,192.0.2.5,1,-1\n9,7,x,2,8\n"
)


def _exports() -> list[bytes]:
    return [EXPORT, _parquet(pa.Table.from_pandas(pd.read_csv(io.BytesIO(EXPORT))))]


def _parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def _parquets() -> list[bytes]:
    frame = pd.read_csv(io.BytesIO(PAIRS))
    about = json.dumps({"name": "n", "kind": "measured"})
    plain = pa.Table.from_pandas(frame, preserve_index=False)
    made = [plain, plain.replace_schema_metadata({"rttgeo": about})]
    coded = plain.set_column(0, "landmark", plain["landmark"].dictionary_encode())
    made += [coded, coded.set_column(6, "rtt_ms", coded["rtt_ms"].cast(pa.string()))]
    made += [plain.slice(0, 0), pa.table({"x": [1]})]
    return [_parquet(table) for table in made]


def _capture() -> bytes:
    """Two packets of TCP in a pcap file."""
    import struct

    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    packets = b""
    for n, (one, two) in enumerate(((b"\xc0\0\x02\x01", b"\xc6\x33\x64\x01"),) * 2):
        tcp = struct.pack(">HHIIBBHHH", 443, 80, 1, 1, 0x50, 0x12, 100, 0, 0)
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 40, 1, 0, 64, 6, 0)
        ip += one + two if n else two + one
        packets += struct.pack("<IIII", 1_500_000_000, n * 20_000, 40, 40) + ip + tcp
    return head + packets


def _mmdb(folder: Path) -> bytes:
    sys.path.insert(0, str(ROOT / "tests" / "sources"))
    from mmdb_file import write_mmdb

    path = folder / "seed.mmdb"
    flat = {"latitude": 52.5, "longitude": 4.5, "country_code": "NL", "city": "A"}
    nested = {"location": {"latitude": 1.5, "longitude": 2.5}, "city": {"names": {"en": "B"}}}
    write_mmdb(path, {"192.0.2.0/24": flat, "198.51.100.0/24": nested})
    return path.read_bytes()


def _record(folder: Path) -> bytes:
    from rttgeo.machine.records import write_record

    path = folder / "seed.rttgeo"
    write_record(path, {"a": [1, 2.5, "x"], "b": np.arange(5.0)})
    return path.read_bytes()


def _manifest() -> bytes:
    entry = {"bytes": 5, "sha256": "0" * 64, "facts": {"records": 1}}
    return json.dumps({"format": 1, "files": {"results/1.gz": entry, "a.json": entry}}).encode()


def examples(*patterns: str) -> list[bytes]:
    """Contents of the example files that are called so."""
    return [path.read_bytes() for one in patterns for path in sorted(EXAMPLES.glob(one))]


def _region() -> bytes:
    starts = {"start": pa.array([0, 10, 30]), "stop": pa.array([5, 20, 40])}
    return _parquet(pa.table(starts).replace_schema_metadata({"rttgeo.nside": "32"}))


READERS = {
    "pairs": (read_pairs, lambda _: [PAIRS, PAIRS.replace(b"\n", b"\r\n"), HEADER + b"\n"]),
    "pairs-parquet": (read_pairs, lambda _: _parquets()),
    "metadata": (
        read_metadata,
        lambda _: [b'{"name":"n","kind":"measured","source":"s","date":"d","statistic":"minimum"}'],
    ),
    "region": (read_region, lambda _: [_region()]),
    "ping": (read_ping, lambda _: examples("ping*.txt")),
    "fping": (read_fping, lambda _: [*examples("fping*.txt"), FPING]),
    "convert-ping": (read_as("ping", "a="), lambda _: examples("ping*.txt")),
    "convert-fping": (read_as("fping", "a="), lambda _: [*examples("fping*.txt"), FPING]),
    "convert-mtr": (read_as("mtr", "a="), lambda _: [*examples("mtr.json"), *MTR]),
    "convert-scamper": (read_as("scamper"), lambda _: examples("scamper.json")),
    "convert-globalping": (
        read_as("globalping"),
        lambda _: [json.dumps(one).encode() for one in (GLOBALPING, TRACE)],
    ),
    "convert-census": (read_as("census"), lambda _: [CENSUS, CENSUS.partition(b"\n")[2]]),
    "convert-export": (read_as("export"), lambda _: _exports()),
    "convert-atlas": (read_as("atlas"), lambda _: [ATLAS, b"[" + ATLAS.replace(b"}\n", b"},") + b"{}]"]),
    "atlas": (read_atlas, lambda _: [ATLAS, b"[" + ATLAS.replace(b"}\n", b"},") + b"{}]"]),
    "monroe-pings": (read_monroe, lambda _: examples("monroe-ping.csv")),
    "monroe-places": (read_monroe_places, lambda _: examples("monroe-gps.csv")),
    "places": (read_places, lambda _: PLACES),
    "addresses": (
        read_address_table,
        lambda _: [b"network,latitude,longitude,country,city\n192.0.2.0/24,52,4,NL,A\n::/0,1,2,,\n"],
    ),
    "mmdb": (read_mmdb, lambda folder: [_mmdb(folder)]),
    "recipe": (read_recipe, lambda _: [json.dumps(RECIPE).encode()]),
    "manifest": (read_manifest, lambda _: [_manifest()]),
    "load": (read_load, lambda _: [json.dumps(LOAD).encode()]),
    "captures": (read_passive, lambda _: [_capture()]),
    "logs": (read_passive, lambda _: LOGS),
    "record": (read_record, lambda folder: [_record(folder)]),
}  # fmt: skip


class HungError(Exception):
    """A reader took longer than `SECONDS`."""


def _hung(*_: object) -> None:
    raise HungError


def limited(reader, path: Path) -> None:
    """Read a file that may be refused, and not hang."""
    before = signal.signal(signal.SIGPROF, _hung)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        with warnings.catch_warnings(), contextlib.suppress(RttgeoError):
            warnings.simplefilter("ignore")
            reader(path)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def run(name: str, count: int, seed: int, folder: Path, *, first: int = 0) -> Counter[str]:
    """Give a reader so many inputs; what became of them, by kind.

    Raises
    ------
    AssertionError
        With the seed and the number of the input that broke the reader.
    """
    reader, seeds_of = READERS[name]
    seeds = seeds_of(folder)
    came: Counter[str] = Counter()
    path = folder / f"{name}.input"
    before = signal.signal(signal.SIGPROF, _hung)
    try:
        for number in range(first, first + count):
            rng = random.Random(f"{name} {seed} {number}")
            path.write_bytes(mutated(rng, seeds))
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    reader(path)
                came["read"] += 1
            except RttgeoError as error:
                text = str(error)
                assert text and "\n" not in text, f"{name} {seed} {number}: {text!r}"
                came["refused"] += 1
            except BaseException as error:
                raise AssertionError(
                    f"{name}, seed {seed}, input {number}: {type(error).__name__}: {error}"
                ) from error
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
    finally:
        signal.signal(signal.SIGPROF, before)
    return came


def main() -> int:
    """Run at length, go on after what breaks, and say what came of it."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("count", type=int, help="inputs over all readers")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--only", nargs="*", default=list(READERS), choices=list(READERS))
    options = arguments.parse_args()
    each, broken = -(-options.count // len(options.only)), 0
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only:
            total: Counter[str] = Counter()
            shown: set[str] = set()
            for number in range(0, each, 50):
                try:
                    total += run(
                        name, min(50, each - number), options.seed, Path(folder), first=number
                    )
                except AssertionError as error:
                    broken += 1
                    total["broken batches"] += 1
                    cause = error.__cause__ or error
                    where = traceback.extract_tb(cause.__traceback__)[-1]
                    key = f"{type(cause).__name__} {where.filename}:{where.lineno}"
                    if key not in shown:
                        shown.add(key)
                        print(f"  {error} [{where.filename}:{where.lineno}]", flush=True)
            print(f"{name}: {dict(total)}", flush=True)
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
