"""A download over TCP at a stated rate, server and client: a helper of `measure_load.py`.

The client limits the rate as download tools do: every 1.5 s it reads what the rate allows, so
that TCP's receive window closes in between and opens in bursts.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time

PORT = 8080
CHUNK = 1 << 16
BURST_S = 1.5


def serve(address: str) -> None:
    """Send zeros to whoever connects until he goes away."""
    listener = socket.create_server((address, PORT))
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_send, args=(connection,), daemon=True).start()


def _send(connection: socket.socket) -> None:
    zeros = bytes(CHUNK)
    with connection:
        try:
            while True:
                connection.sendall(zeros)
        except OSError:
            return


def download(address: str, rate: float, stop_at: float) -> dict[str, float]:
    """Download until a moment of the wall clock; rate in bytes/s, 0 for as fast as it goes."""
    buffer = bytearray(CHUNK)
    got = 0
    start = time.time()
    with socket.create_connection((address, PORT)) as connection:
        while (now := time.time()) < stop_at:
            allowed = rate * ((now - start) // BURST_S + 1) * BURST_S if rate else float("inf")
            if got < allowed:
                connection.settimeout(max(stop_at - now, 0.01))
                try:
                    got += connection.recv_into(buffer, int(min(CHUNK, allowed - got)) or 1)
                except TimeoutError:
                    break
            else:
                time.sleep(max(min(start + allowed / rate, stop_at) - now, 0))
    return {"start": round(start, 3), "stop": round(time.time(), 3), "bytes": got}


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        print(json.dumps(download(sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))))
