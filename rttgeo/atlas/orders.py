"""Measurements ordered from RIPE Atlas: a one-off ping by probes that are named one by one.

cousteau makes the documents; they are sent through the connection of `rttgeo.atlas.client`, once: what
is ordered twice is paid twice. The key goes along as a header and stands nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
import requests
from ripe.atlas.cousteau import AtlasCreateRequest, AtlasSource, Ping

from rttgeo.atlas.client import AtlasClient
from rttgeo.atlas.session import (
    RETRY_STATUSES,
    BusyError,
    RefusedError,
    ResultStream,
    TemporaryError,
    UnreachableError,
    why_unreachable,
)
from rttgeo.machine.counting import agreeing, number_of

PACKETS: Final = 3
"""Of one ping: what RIPE Atlas sends when nothing else is asked for. The lowest of three counts."""
PACKET_BYTES: Final = 48
"""Size that RIPE Atlas sends by default."""
BYTES_A_CREDIT: Final = 1500
"""Each packet costs a credit for every 1,500 bytes begun
(https://atlas.ripe.net/docs/getting-started/credits)."""
ONE_OFF: Final = 2
"""A result of a measurement that runs once costs double (same page)."""
MOST_PROBES: Final = 1000
"""Of one measurement (limits: https://atlas.ripe.net/docs/udm/)."""
MOST_RESULTS_A_DAY: Final = 100_000
"""Of one user (same page)."""
MOST_AT_A_TIME: Final = 100
"""Measurements of one user that run together (same page)."""
MOST_AT_A_TARGET: Final = 25
"""One-off measurements of one kind toward one target that run together (same page)."""
DONE: Final = {
    4: "stopped",
    5: "forced to stop",
    6: "no suitable probes",
    7: "failed",
    8: "archived",
}
"""``status.id`` of a one-off measurement that brings nothing more."""
RUNNING: Final = "0,1,2"
"""Specified, scheduled, ongoing."""
MOST_ANSWER_BYTES: Final = 1 << 20
"""Of the answer to an order, which has some hundred."""
SHOWN: Final = 200
"""Characters of a server's refusal that are passed on."""


def credits_a_probe(packets: int = PACKETS) -> int:
    """Compute what one answer of a one-off ping costs.

    Parameters
    ----------
    packets
        Of each ping.

    Returns
    -------
    int
        Credits: twice packets × (whole part of bytes / 1500, plus 1).
    """
    return ONE_OFF * packets * (PACKET_BYTES // BYTES_A_CREDIT + 1)


def ping_order(
    target: str, probes: Sequence[int], description: str, *, family: int = 4, packets: int = PACKETS
) -> dict[str, Any]:
    """Make the document that orders one ping from each of some probes.

    Parameters
    ----------
    target
        Address or name.
    probes
        Their numbers.
    description
        By which the measurement can be found again.
    family
        Version of IP, 4 or 6.
    packets
        Of each ping.

    Returns
    -------
    dict
        As the API takes it, plain values.
    """
    ping = Ping(
        af=family, target=target, description=description, packets=packets, size=PACKET_BYTES
    )
    source = AtlasSource(type="probes", value=",".join(map(str, probes)), requested=len(probes))
    request = AtlasCreateRequest(measurements=[ping], sources=[source], is_oneoff=True)
    request._construct_post_data()
    # cousteau takes the fields out of a set: ordered, two runs make the same document.
    (definition,) = request.post_data["definitions"]
    made: dict[str, Any] = request.post_data | {"definitions": [dict(sorted(definition.items()))]}
    return made


def place_order(client: AtlasClient, document: Mapping[str, Any]) -> int:
    """Send an order, once.

    Parameters
    ----------
    client
        Connection to the API, with a key.
    document
        As for `ping_order`.

    Returns
    -------
    int
        Number of the new measurement.

    Raises
    ------
    RefusedError
        When the server says no, with its reason.
    BusyError
        When it says that it cannot now.
    TemporaryError
        When there is no good answer: the order may have been taken all the same.
    UnreachableError
        When the server was never reached.
    """
    patience = client.patience
    try:
        response = client.session.post(
            f"https://{client.host}/api/v2/measurements/",
            data=orjson.dumps(document),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            verify=client.session.verify,
            timeout=(patience.connect_s, patience.read_s),
            stream=True,
        )
    except requests.RequestException as error:
        if why := why_unreachable(error):
            raise UnreachableError(f"{client.host}: {why}; nothing was ordered") from error
        raise TemporaryError(f"no answer to an order ({type(error).__name__})") from error
    with response:
        status = response.status_code
        text = b"".join(ResultStream(response, patience, MOST_ANSWER_BYTES))
        if status in RETRY_STATUSES:
            raise BusyError(f"HTTP {status} for an order")
        if status >= 300:
            raise RefusedError(f"order refused: HTTP {status}{_reason(text)}", status)
        try:
            (number,) = orjson.loads(text)["measurements"]
            return int(number)
        except (ValueError, KeyError, TypeError):
            raise TemporaryError("the answer to an order gives no measurement number") from None


def _reason(text: bytes) -> str:
    """What a server says against an order, in a line; it may be anything."""
    try:
        error = orjson.loads(text)["error"]
        told = [error.get("detail"), *(one.get("detail") for one in error.get("errors", []))]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
    said = " ".join("; ".join(str(part) for part in told if part).split())
    return f", {said[:SHOWN]}" if said else ""


def find_order(client: AtlasClient, description: str) -> int | None:
    """Look for a measurement of one's own by its description.

    Parameters
    ----------
    client
        Connection to the API, with a key.
    description
        The whole of it.

    Returns
    -------
    int or None
        Its number; None where there is none.

    Raises
    ------
    TemporaryError, RefusedError
        When the listing cannot be had.
    """
    # Filters that a server does not know it ignores: looked at again here.
    listed = client.listing(
        "measurements", mine="true", type="ping", description__contains=description
    )
    numbers = [int(one["id"]) for one in listed if one.get("description") == description]
    return numbers[-1] if numbers else None


def check_room(client: AtlasClient, target: str) -> None:
    """See that a further measurement may be started.

    Parameters
    ----------
    client
        Connection to the API, with a key.
    target
        Of the measurement.

    Raises
    ------
    BusyError
        When as many of one's own run as the service allows.
    TemporaryError, RefusedError
        When the listing cannot be had.
    """
    page = client.json(f"/api/v2/measurements/?mine=true&status={RUNNING}&page_size=500")
    listed = page.get("results") if isinstance(page, dict) else None
    # A filter that a server does not know it ignores: looked at again here.
    running = [one for one in listed or [] if isinstance(one, dict) and _status(one) in (0, 1, 2)]
    alike = sum(
        one.get("target") == target and one.get("type") == "ping" and bool(one.get("is_oneoff"))
        for one in running
    )
    if len(running) >= MOST_AT_A_TIME:
        raise BusyError(
            f"{len(running)} of your measurements are running, but RIPE Atlas allows "
            f"{MOST_AT_A_TIME}: stop some, or wait"
        )
    if alike >= MOST_AT_A_TARGET:
        raise BusyError(
            f"{number_of(alike, 'one-off ping')} of {target} "
            f"{agreeing(alike, 'is')} running, but RIPE Atlas allows "
            f"{MOST_AT_A_TARGET}: wait"
        )


def is_done(client: AtlasClient, measurement: int) -> str:
    """Check whether a one-off measurement brings nothing more.

    Parameters
    ----------
    client
        Connection to the API.
    measurement
        Its number.

    Returns
    -------
    str
        How it ended; "" while it runs.

    Raises
    ------
    TemporaryError, RefusedError
        When the server does not say.
    """
    return DONE.get(_status(client.json(f"/api/v2/measurements/{measurement}/")), "")


def _status(measurement: object) -> int:
    status = measurement.get("status") if isinstance(measurement, dict) else None
    number = status.get("id") if isinstance(status, dict) else status
    return number if isinstance(number, int) else -1
