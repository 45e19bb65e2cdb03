"""A session with the API that lasts: time-outs, bounded retries, answers that end, no detours."""

from __future__ import annotations

import dataclasses
import ssl
import time
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from urllib3.util.retry import Retry

from rttgeo.errors import RttgeoError
from rttgeo.machine.counting import number_of

RETRY_STATUSES = (429, 500, 502, 503, 504)
READ_BYTES = 1 << 16
MAX_DOCUMENT_BYTES = 64 << 20
"""A page of a listing has about one megabyte; what unpacks to more than this is none."""
MAX_RESULT_BYTES = 4 << 30
"""A part has at most some hundred megabytes; more than this is not written to anybody's disk."""


class TemporaryError(RttgeoError):
    """Something that may go well next time: the network, a busy server, a garbled answer."""


class BusyError(TemporaryError):
    """The server kept saying that it cannot now, as often as it was asked."""


class UnreachableError(RttgeoError):
    """The server was never reached: no network, a name that does not resolve, a closed port."""

    exit_code = 1


class RefusedError(RttgeoError):
    """The server's final word: not there, not allowed.

    Parameters
    ----------
    message
        One line for people.
    status
        HTTP status of the answer.
    """

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status


@dataclasses.dataclass(frozen=True)
class Patience:
    """How long to wait and how often to try again.

    Attributes
    ----------
    connect_s, read_s
        Seconds until a connection stands, and between two bytes of an answer.
    attempts
        How often a request is made in all when its answer is garbled or breaks off.
    backoff_s, longest_s
        Wait before the second attempt, doubled each time up to the longest.
    slowest_bytes_s
        An answer that in ``read_s`` seconds on average stays below this many bytes a second
        counts as hanging.
    """

    connect_s: float = 15
    read_s: float = 60
    attempts: int = 8
    backoff_s: float = 1
    longest_s: float = 120
    slowest_bytes_s: float = 100

    def wait(self, attempt: int) -> None:
        """Sleep before the attempt of this number (the first is 0 and needs no sleep).

        Parameters
        ----------
        attempt
            Its number, from 0.
        """
        if attempt:
            time.sleep(min(self.backoff_s * 2 ** (attempt - 1), self.longest_s))


class ResultStream:
    """Bytes of a result as they come, with a guard against what never ends.

    Parameters
    ----------
    response
        The answer, not yet read.
    patience
        When an answer counts as hanging.
    limit
        Longest answer, bytes, unpacked; one that is longer is refused.
    """

    def __init__(
        self, response: requests.Response, patience: Patience, limit: int = MAX_RESULT_BYTES
    ):
        self.response, self.patience, self.limit = response, patience, limit

    @property
    def is_framed(self) -> bool:
        """Whether HTTP tells where the body ends, so that a lost end is noticed."""
        headers = self.response.headers
        return "Content-Length" in headers or "chunked" in headers.get("Transfer-Encoding", "")

    def __iter__(self) -> Iterator[bytes]:
        began, size = time.monotonic(), 0
        try:
            while block := self.response.raw.read1(READ_BYTES, decode_content=True):
                size += len(block)
                if size > self.limit:
                    # Packed, it may have been small: it counts as it comes out.
                    raise RefusedError(f"an answer of more than {self.limit >> 20} MiB", 200)
                elapsed = time.monotonic() - began
                slow = size < elapsed * self.patience.slowest_bytes_s
                if slow and elapsed > self.patience.read_s:
                    raise TemporaryError(f"only {number_of(size, 'byte')} in {elapsed:.0f} s")
                yield block
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise TemporaryError(f"the answer broke off ({type(error).__name__})") from error


class Session(requests.Session):
    """A session that stays with its server, whatever it is told."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Address that an answer points to; one on another server, or in the clear, is refused.

        Parameters
        ----------
        resp
            The answer.

        Returns
        -------
        str | None
            The address, None where it points nowhere.

        Raises
        ------
        RefusedError
            When the address is on another server or not HTTPS.
        """
        target: str | None = super().get_redirect_target(resp)
        if target is not None:
            here, there = urlsplit(resp.url), urlsplit(urljoin(resp.url, target))
            if (there.scheme, there.netloc) != (here.scheme, here.netloc):
                raise RefusedError(
                    f"{here.netloc} points to another server, which is not followed",
                    resp.status_code,
                )
        return target


class KeyHeader(requests.auth.AuthBase):
    """Adds the key, if there is one; shows it nowhere.

    Parameters
    ----------
    key
        The API key, None for none.
    """

    def __init__(self, key: str | None):
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add it to one request.

        Parameters
        ----------
        request
            The request, changed in place.

        Returns
        -------
        requests.PreparedRequest
            The same request.
        """
        if self._key:
            request.headers["Authorization"] = f"Key {self._key}"
        return request


def retries(patience: Patience) -> Retry:
    """Say when urllib3 asks again, and how long it waits before.

    Parameters
    ----------
    patience
        How often, and how long.

    Returns
    -------
    Retry
        For an adapter of `requests`: ``GET`` only, on `RETRY_STATUSES`, Retry-After is honoured.
    """
    return Retry(
        total=patience.attempts - 1,
        status_forcelist=RETRY_STATUSES,
        allowed_methods={"GET"},
        # Whether to wait for a lost network is for the callers, who know if there was one.
        connect=0,
        other=0,
        backoff_factor=patience.backoff_s,
        backoff_max=patience.longest_s,
        respect_retry_after_header=True,
        retry_after_max=int(max(patience.longest_s * 10, 1)),
        raise_on_status=False,
    )


def why_unreachable(error: requests.RequestException) -> str:
    """What keeps a connection from being made at all, or "" if it was made, or only slow.

    Parameters
    ----------
    error
        What `requests` raised.

    Returns
    -------
    str
        A clause for a message, such as ``its name cannot be resolved``.
    """
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy does not let it through"
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(getattr(reason, "args", [None])[0], ssl.SSLCertVerificationError):
        return "its certificate is not trusted"
    if isinstance(reason, urllib3.exceptions.NameResolutionError):
        return "its name cannot be resolved"
    if isinstance(reason, urllib3.exceptions.NewConnectionError):
        return "no connection can be made"
    if isinstance(reason, urllib3.exceptions.ConnectTimeoutError):
        return "no answer to the first try to connect"
    return ""
