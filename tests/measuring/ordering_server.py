"""The loopback imitation of RIPE Atlas, which takes orders too.

Each order becomes a measurement whose results a `Replay` of a simulated mesh gives, after some looks
at it. It refuses what the service refuses, and can lose the answer to an order that it has taken.
"""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from atlas_records import ping
from atlas_server import AtlasServer, Handler, World

KEY = "secret-0123-4567-89ab-key"
TARGET = "192.0.2.77"


class OrderingServer(AtlasServer):
    """Takes orders that come with the key."""

    def __init__(self, world: World, folder, answers, *, looks: int = 1):
        super().__init__(world, folder)
        self.RequestHandlerClass = OrderingHandler
        self.answers, self.looks = answers, looks
        self.orders: list[dict[str, Any]] = []
        self.lose_answers = 0
        self.refuse: tuple[int, str] | None = None
        self.seen: dict[int, int] = {}
        self.running: list[dict[str, Any]] = []


class OrderingHandler(Handler):
    """One connection."""

    def do_POST(self) -> None:  # noqa: N802
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server = self.server
        if self.headers.get("Authorization") != f"Key {KEY}":
            self._send(403, b'{"error":{"status":403,"detail":"The provided API key is unknown"}}')
            return
        if server.refuse is not None:
            status, detail = server.refuse
            self._send(status, json.dumps({"error": {"status": status, "detail": detail}}).encode())
            return
        order = json.loads(body)
        number = 5000 + len(server.orders)
        server.orders.append(order)
        server.world.measurements.append(
            {
                "id": number, "type": "ping", "is_oneoff": True,
                "description": order["definitions"][0]["description"],
                "target": order["definitions"][0]["target"], "status": {"id": 2, "name": "Ongoing"},
            }
        )  # fmt: skip
        if server.lose_answers:
            server.lose_answers -= 1
            self.close_connection = True
            self.connection.close()
            return
        self._send(201, json.dumps({"measurements": [number]}).encode())

    def do_GET(self) -> None:  # noqa: N802
        url = urlsplit(self.path)
        steps = [step for step in url.path.split("/") if step][2:]
        query = {k: v[-1] for k, v in parse_qs(url.query).items()}
        if steps == ["measurements"] and "status" in query:
            with self.server.lock:
                self.server.requests.append((self.path, dict(self.headers)))
            running = self.server.running
            self._send(200, json.dumps({"count": len(running), "results": running}).encode())
        elif len(steps) == 2 and steps[0] == "measurements":
            self._one(int(steps[1]))
        elif len(steps) == 3 and int(steps[1]) >= 5000:
            self._ordered_results(int(steps[1]))
        else:
            super().do_GET()

    def _one(self, number: int) -> None:
        (found,) = (m for m in self.server.world.measurements if m["id"] == number)
        if self.server.seen.get(number, 0) >= self.server.looks:
            found["status"] = {"id": 4, "name": "Stopped"}
        self._send(200, json.dumps(found).encode())

    def _ordered_results(self, number: int) -> None:
        server = self.server
        server.seen[number] = server.seen.get(number, 0) + 1
        order = server.orders[number - 5000]
        lines = []
        if server.seen[number] > server.looks:
            target = order["definitions"][0]["target"]
            for probe in map(int, order["probes"][0]["value"].split(",")):
                rtt = server.answers(target, probe)
                packets = [{"rtt": rtt + 3}, {"rtt": rtt}, {"x": "*"}] if rtt else [{"x": "*"}] * 3
                more = {"prb_id": probe, "msm_id": number, "timestamp": int(time.time())}
                lines.append(json.dumps(ping(packets, **more), separators=(",", ":")).encode())
        self._stream(lines, "chunked", "")


def atlas_probe(number: int, lon: float, lat: float) -> dict[str, Any]:
    """A connected probe as the API describes it."""
    return {
        "id": number, "type": "Probe", "is_anchor": False, "is_public": True, "country_code": "AT",
        "address_v4": "192.0.2.9", "asn_v4": 64500, "asn_v6": None, "tags": [],
        "status": {"id": 1, "name": "Connected"},
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
    }  # fmt: skip
