"""A loopback imitation of the RIPE Atlas API over HTTPS, which misbehaves on demand.

It paginates, ignores filters that it does not know, streams results, limits rates; and for
each request may pick one of `FAULTS`. It serves whatever a `World` holds: real fixtures,
simulated meshes, or a small made-up one.
"""

from __future__ import annotations

import dataclasses
import functools
import gzip
import json
import random
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trustme
from atlas_records import ping, trace

FAULTS = (
    "429",
    "500",
    "503",
    "503-html",
    "html",
    "drop",
    "hang",
    "truncate-chunked",
    "truncate-length",
    "truncate-unframed",
    "garbage",
    "error-object",
    "foreign",
    "repeat",
    "not-json",
    "short-page",
)

Chunks = Callable[[int, int, int], Iterable[bytes]]


@dataclasses.dataclass
class World:
    """What the server knows. ``results(measurement, start, stop)`` gives lines as bytes."""

    anchors: list[dict[str, Any]]
    measurements: list[dict[str, Any]]
    probes: list[dict[str, Any]]
    results: Chunks
    archive_day: str = "2017-07-11"


def small_world(
    n_anchors: int = 4, n_probes: int = 12, rounds: int = 6, kind: str = "ping", seed: int = 7
) -> World:
    """Anchors, probes and results made up, all marked as simulated."""
    rng = random.Random(seed)
    anchors, measurements = [], []
    for i in range(n_anchors):
        name = f"xx-a{i:02d}-as{64500 + i}"
        anchors.append(
            {
                "id": 900 + i,
                "type": "Anchor",
                "fqdn": f"{name}.anchors.atlas.ripe.net",
                "probe": 6000 + i,
                "geometry": {"type": "Point", "coordinates": [4.0 + i, 50.0 + i / 2]},
                "city": "<b>Nowhere</b>",
                "country": "XX",
                "ip_v4": f"192.0.2.{i}",
                "ip_v6": f"2001:db8::{i + 1}",
                "simulated": True,
            }
        )
        for k, family in enumerate((4, 6)):
            measurements.append(
                {
                    "id": 1000 + 10 * i + k,
                    "type": kind,
                    "af": family,
                    "target": f"{name}.anchors.atlas.ripe.net",
                    "target_ip": f"192.0.2.{i}" if family == 4 else f"2001:db8::{i + 1}",
                    "start_time": 1_400_000_000,
                    "stop_time": None,
                    "interval": 240,
                    "participant_count": n_probes,
                    "protocol": "ICMP",
                    "description": f"Anchoring Mesh Measurement: Ping IPv{family}",
                    "anchor": 900 + i,
                }
            )
    probes = []
    for i in range(n_probes):
        number = 6000 + i if i < n_anchors else 100 + i
        probes.append(
            {
                "id": number,
                "type": "Probe",
                "country_code": "NL" if i % 2 else "DE",
                "asn_v4": 64500 + i % 3,
                "asn_v6": None,
                "is_anchor": i < n_anchors,
                "tags": [{"name": "x", "slug": "system-ipv4-works"}],
                "geometry": {"type": "Point", "coordinates": [4.0 + i, 50.0 + i / 2]},
            }
        )
    lines = {m["id"]: _lines(m, probes, rounds, rng) for m in measurements}

    def results(number: int, start: int, stop: int) -> Iterator[bytes]:
        for when, line in lines.get(number, ()):
            if start <= when <= stop:
                yield line

    return World(anchors, measurements, probes, results)


def _lines(
    measurement: dict[str, Any], probes: list[dict[str, Any]], rounds: int, rng: random.Random
) -> list[tuple[int, bytes]]:
    lines = []
    address = measurement["target_ip"]
    for step in range(rounds):
        for probe in probes:
            when = 1_499_774_400 + step * 3600 + rng.randrange(240)  # 2017-07-11T12:00Z
            base = 1 + abs(probe["id"] % 97 - measurement["id"] % 89)
            rtts = [round(base + rng.random(), 6) for _ in range(3)]
            more = {"prb_id": probe["id"], "msm_id": measurement["id"], "timestamp": when}
            more |= {"af": measurement["af"], "dst_addr": address, "dst_name": address}
            if measurement["type"] == "ping":
                record = ping([{"rtt": r} for r in rtts], **more)
            else:
                record = trace([{"from": address, "rtt": r} for r in rtts], hop=7, **more)
            lines.append((when, json.dumps(record, separators=(",", ":")).encode()))
    return lines


class AtlasServer(ThreadingHTTPServer):
    """The server; use it as a context manager, and its ``host`` and ``certificate``."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, world: World, folder: Path, *, page_size: int = 500):
        self.world, self.page_size = world, page_size
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.fault_rate, self.rng = 0.0, random.Random(0)
        self.fault_kinds: tuple[str, ...] = FAULTS
        self.queue: list[str] = []
        self.faults: list[str] = []
        self.hang_s = 1.5
        self.has_archive = True
        self.framing = "chunked"
        self.places: dict[str, list[Any]] = {}
        self.globalping: dict[str, list[dict[str, Any]]] = {}
        self.files: dict[str, bytes] = {}
        self.lock, self.closing = threading.Lock(), threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)
        authority = trustme.CA()
        self.certificate = str(folder / "server-ca.pem")
        authority.cert_pem.write_to_path(self.certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        # The handshake is left to each request's own thread: a client that hangs holds up
        # nobody else.
        self.socket = context.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )
        self.host = f"localhost:{self.server_port}"

    def __enter__(self) -> AtlasServer:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: object) -> None:
        """Keep quiet about clients that went away."""

    def misbehave(self, seed: int, rate: float, kinds: tuple[str, ...] = FAULTS) -> None:
        """From now on, pick a fault for a share of the requests."""
        self.rng, self.fault_rate, self.fault_kinds = random.Random(seed), rate, kinds

    def behave(self) -> None:
        """No faults from now on."""
        self.fault_rate, self.queue = 0.0, []

    def next_fault(self) -> str:
        """Fault for this request, empty for none."""
        with self.lock:
            if self.queue:
                fault = self.queue.pop(0)
            elif self.rng.random() < self.fault_rate:
                fault = self.rng.choice(self.fault_kinds)
            else:
                fault = ""
            if fault:
                self.faults.append(fault)
            return fault

    def share(self) -> float:
        """Random number for where to cut."""
        with self.lock:
            return self.rng.random()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: AtlasServer
    protocol_version = "HTTP/1.1"
    timeout = 30

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        with self.server.lock:
            self.server.requests.append((self.path, dict(self.headers)))
        query = {k: v[-1] for k, v in parse_qs(url.query).items()}
        steps = [step for step in url.path.split("/") if step][2:]
        fault = self.server.next_fault()
        if self._spoil(fault):
            return
        if url.path.startswith("/v1/measurements/") and url.path[17:] in self.server.globalping:
            # The states of a measurement, one after the other; the last stays.
            states = self.server.globalping[url.path[17:]]
            self._document(states.pop(0) if len(states) > 1 else states[0], fault)
        elif url.path in self.server.files:
            self._send(200, self.server.files[url.path], {"Content-Type": "text/plain"})
        elif url.path == "/data/maxmind-geo-lite/data.json":
            self._ripestat(query["resource"], fault)
        elif len(steps) == 3 and steps[0] == "measurements" and steps[2] == "results":
            self._results(int(steps[1]), query, fault)
        elif steps == ["probes", "archive"] and self.server.has_archive:
            self._archive(query, fault)
        elif len(steps) == 1 and hasattr(self, f"_list_{steps[0].replace('-', '_')}"):
            self._page(steps[0], query, fault)
        else:
            self._send(404, b'{"error":{"status":404,"detail":"Not found."}}')

    def _spoil(self, fault: str) -> bool:
        """Faults that need no data; True when the request is over."""
        if fault in ("429", "500", "503"):
            self._send(int(fault), b'{"error":{}}', {"Retry-After": "0"})
        elif fault == "503-html":
            self._send(503, b"<html>busy</html>", {"Content-Type": "text/html"})
        elif fault == "html":
            self._send(200, b"<!DOCTYPE html><p>Login</p>", {"Content-Type": "text/html"})
        elif fault == "drop":
            self.close_connection = True
            self.connection.close()
        elif fault == "hang":
            self.server.closing.wait(self.server.hang_s)
            self.close_connection = True
        elif fault.startswith("redirect "):
            self._send(302, b"", {"Location": fault.split()[1]})
        elif fault == "bomb":
            self._send(200, bomb(), {"Content-Encoding": "gzip"})
        elif fault == "not-json":
            self._send(200, b"Internal error, sorry\n")
        else:
            return False
        return True

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        said = {"Content-Type": "application/json"} | (headers or {})
        for name, value in said.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _list_anchors(self, _query: dict[str, str]) -> list[dict[str, Any]]:
        return self.server.world.anchors

    def _list_probes(self, query: dict[str, str]) -> list[dict[str, Any]]:
        probes = self.server.world.probes
        if "country_code" in query:
            probes = [p for p in probes if p["country_code"] == query["country_code"]]
        return probes

    def _list_measurements(self, _query: dict[str, str]) -> list[dict[str, Any]]:
        return self.server.world.measurements

    def _list_anchor_measurements(self, _query: dict[str, str]) -> list[dict[str, Any]]:
        # As the real one: an unknown filter such as ``type`` is ignored without a word.
        base = f"https://{self.server.host}/api/v2"
        return [
            {
                "id": i + 1,
                "type": m["type"],
                "is_mesh": True,
                "measurement": f"{base}/measurements/{m['id']}/?format=api",
                "target": f"{base}/anchors/{m['anchor']}/",
            }
            for i, m in enumerate(self.server.world.measurements)
        ]

    def _page(self, what: str, query: dict[str, str], fault: str) -> None:
        items = getattr(self, f"_list_{what.replace('-', '_')}")(query)
        if "id__in" in query:
            wanted = {int(n) for n in query["id__in"].split(",")}
            items = [item for item in items if item["id"] in wanted]
        size = min(int(query.get("page_size", 100)), self.server.page_size)
        page = int(query.get("page", 1))
        shown = page - 1 if fault == "repeat" and page > 1 else page
        some = items[(shown - 1) * size : shown * size]
        if fault == "short-page":
            some = some[:-1]
        rest = "&".join(f"{k}={v}" for k, v in query.items() if k != "page")
        url = f"https://{self.server.host}/api/v2/{what}/?{rest}&page={page + 1}"
        last = page * size >= len(items)
        body = {"count": len(items), "next": None if last else url, "results": some}
        self._document(body, fault)

    def _ripestat(self, address: str, fault: str) -> None:
        place = self.server.places.get(address)
        names = ("longitude", "latitude", "country")
        locations = [dict(zip(names, place, strict=True))] if place else []
        located = [{"resource": address, "locations": locations}]
        self._document({"status": "ok", "data": {"located_resources": located}}, fault)

    def _archive(self, query: dict[str, str], fault: str) -> None:
        world = self.server.world
        wanted = {int(n) for n in query["probe"].split(",")}
        probes = [p | {"date": world.archive_day} for p in world.probes if p["id"] in wanted]
        moved = [p | {"date": "2020-01-01", "geometry": None} for p in probes]
        body = {"results": (moved + probes)[: 10**6 if query["date"] == world.archive_day else 0]}
        self._document(body, fault)

    def _document(self, body: dict[str, Any], fault: str) -> None:
        text = json.dumps(body).encode()
        if fault.startswith("truncate"):
            text = text[: int(len(text) * self.server.share())]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            if fault != "truncate-unframed":
                self.send_header("Content-Length", str(len(text) + 10))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(text)
            self.close_connection = True
        else:
            self._send(200, text)

    def _results(self, number: int, query: dict[str, str], fault: str) -> None:
        start, stop = int(query.get("start", 0)), int(query.get("stop", 2**40))
        lines = self.server.world.results(number, start, stop)
        if "probe_ids" in query:
            wanted = {int(n) for n in query["probe_ids"].split(",")}
            lines = (line for line in lines if json.loads(line)["prb_id"] in wanted)
        if fault in ("garbage", "error-object", "foreign") or fault.startswith("truncate"):
            lines = self._damage(list(lines), fault)
        framing = {"truncate-length": "length", "truncate-unframed": "none"}
        self._stream(lines, framing.get(fault, self.server.framing), fault)

    def _damage(self, lines: list[bytes], fault: str) -> list[bytes]:
        place = int(len(lines) * self.server.share())
        if fault == "garbage":
            return [*lines[:place], b"upstream error \x00\xff", *lines[place:]]
        if fault == "error-object":
            return [*lines[:place], b'{"error":{"status":500}}']
        if fault == "foreign":
            more = json.dumps(ping([{"rtt": 0.001}], msm_id=5)).encode()
            return [*lines[:place], more, *lines[place:]]
        return lines[:place]  # cut between two lines: only HTTP can tell

    def _stream(self, lines: Iterable[bytes], framing: str, fault: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        cut = fault.startswith("truncate")
        if framing == "length":
            body = b"".join(line + b"\n" for line in lines)
            self.send_header("Content-Length", str(len(body) + (1000 if cut else 0)))
            self.end_headers()
            self.wfile.write(body)
        elif framing == "none":
            self.send_header("Connection", "close")
            self.end_headers()
            for line in lines:
                self.wfile.write(line + b"\n")
        else:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for block in _blocks(lines):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(block), block))
            if not cut:
                self.wfile.write(b"0\r\n\r\n")
        if cut or framing == "none":
            self.close_connection = True


@functools.cache
def bomb() -> bytes:
    """Few bytes that unpack to a hundred million."""
    return gzip.compress(b"[" + b" " * (96 << 20), 1)


def _blocks(lines: Iterable[bytes], size: int = 1 << 15) -> Iterator[bytes]:
    """Lines in blocks of about one size."""
    waiting: list[bytes] = []
    length = 0
    for line in lines:
        waiting.append(line)
        length += len(line) + 1
        if length >= size:
            yield b"\n".join(waiting) + b"\n"
            waiting, length = [], 0
    if waiting:
        yield b"\n".join(waiting) + b"\n"


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something to come true, or fail."""
    stop = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < stop, "it did not come true in time"
        time.sleep(0.01)
