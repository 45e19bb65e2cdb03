"""Talking to the RIPE Atlas API, through `ripe.atlas.cousteau` and one lasting session.

cousteau builds the requests and walks the pages; what it lacks is here: one session,
time-outs, bounded retries that honour Retry-After, answers that are checked, and results that
are streamed. Unknown filters are silently ignored by the API: callers filter again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
import requests
from ripe.atlas.cousteau import (
    AnchorRequest,
    AtlasRequest,
    AtlasResultsRequest,
    MeasurementRequest,
    ProbeRequest,
)
from ripe.atlas.cousteau.api_listing import RequestGenerator

from rttgeo import __version__
from rttgeo.atlas.session import (
    MAX_DOCUMENT_BYTES,
    RETRY_STATUSES,
    BusyError,
    KeyHeader,
    Patience,
    RefusedError,
    ResultStream,
    Session,
    TemporaryError,
    UnreachableError,
    retries,
    why_unreachable,
)
from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of

PAGE_SIZE = 500


class AnchorMeasurementRequest(RequestGenerator):
    """Listing of the anchoring measurements, which cousteau lacks."""

    url = "/api/v2/anchor-measurements/"
    id_filter = "id__in"
    object_class = None


LISTINGS: Mapping[str, type[RequestGenerator]] = {
    "anchors": AnchorRequest,
    "anchor-measurements": AnchorMeasurementRequest,
    "measurements": MeasurementRequest,
    "probes": ProbeRequest,
}


class AtlasClient:
    """A connection to the API.

    Parameters
    ----------
    host
        ``name`` or ``name:port``; always HTTPS.
    certificate
        Path of the certificate to trust in place of the usual ones.
    key
        API key, if any. It is sent as a header and appears nowhere else.
    patience
        Time-outs and retries.
    """

    def __init__(
        self,
        host: str = "atlas.ripe.net",
        *,
        certificate: str | None = None,
        key: str | None = None,
        patience: Patience | None = None,
    ):
        self.host = host
        self.patience = patience or Patience()
        self.reached = False
        self.session = Session()
        self.session.trust_env = certificate is None
        self.session.verify = certificate if certificate is not None else True
        self.session.headers["User-Agent"] = f"rttgeo {__version__}"
        # Set even without a key: else passwords of a .netrc would be sent along with it or in its place.
        self.session.auth = KeyHeader(key)
        adapter = requests.adapters.HTTPAdapter(max_retries=retries(self.patience))
        self.session.mount("https://", adapter)

    def __repr__(self) -> str:
        return f"AtlasClient({self.host!r})"

    def close(self) -> None:
        """Close all connections."""
        self.session.close()

    def listing(self, what: str, **filters: Any) -> list[dict[str, Any]]:
        """Fetch all objects of a paginated listing, each once, by increasing number.

        Parameters
        ----------
        what
            One of `LISTINGS`.
        **filters
            Filters of the API, which ignores those that it does not know.

        Returns
        -------
        list
            The objects as the API describes them, by increasing ``id``.

        Raises
        ------
        TemporaryError
            When the pages keep repeating, breaking off, or lacking objects.
        RefusedError
            When the server says no.
        """
        problem = ""
        for attempt in range(self.patience.attempts):
            self.patience.wait(attempt)
            request = _walker(LISTINGS[what])(self, **filters, page_size=PAGE_SIZE)
            try:
                found = {int(item["id"]): item for item in request}
            except (TypeError, KeyError, ValueError, AttributeError, OverflowError):
                problem = "objects without a number"
                continue
            except _RepeatedPageError as error:
                problem = str(error)
                continue
            if len(found) == request.total_count:
                return [found[number] for number in sorted(found)]
            problem = f"{number_of(len(found), 'object')} received, {request.total_count} announced"
        raise TemporaryError(f"{self.host}: listing of {what}: {problem}")

    def json(self, path: str) -> Any:
        """Fetch one JSON document, trying again when the answer is garbled.

        Parameters
        ----------
        path
            Path on the server, with its query, such as ``/api/v2/probes/?page=2``.

        Returns
        -------
        object
            What the document holds.

        Raises
        ------
        TemporaryError
            When no good answer comes, however often it is asked for.
        RefusedError
            When the server says no.
        """
        return self._document(path, orjson.loads, "JSON")

    def document(self, path: str) -> bytes:
        """Fetch one document, trying again when the answer breaks off.

        Parameters
        ----------
        path
            Path on the server.

        Returns
        -------
        bytes
            What it holds.

        Raises
        ------
        TemporaryError
            When no whole answer comes, however often it is asked for.
        RefusedError
            When the server says no.
        """
        found: bytes = self._document(path, bytes, "document")
        return found

    def _document(self, path: str, read: Callable[[bytes], Any], what: str) -> Any:
        problem = ""
        for attempt in range(self.patience.attempts):
            self.patience.wait(attempt)
            try:
                with _Get(self, path).response(stream=True) as response:
                    stream = ResultStream(response, self.patience, MAX_DOCUMENT_BYTES)
                    return read(b"".join(stream))
            except BusyError:
                raise
            except TemporaryError as error:
                problem = str(error)
            except ValueError:
                problem = f"no {what} at {path[:100]}"
        raise TemporaryError(f"{self.host}: {problem}")

    @contextmanager
    def results(
        self, measurement: int, start: int, stop: int, probes: tuple[int, ...] = ()
    ) -> Iterator[ResultStream]:
        """Open the stream of results of a measurement, one record per line.

        Parameters
        ----------
        measurement
            Its number.
        start, stop
            First and last second, since 1970.
        probes
            Only these; none means all.

        Yields
        ------
        ResultStream
            The bytes as they come; the connection is closed afterwards.

        Raises
        ------
        TemporaryError
            When there is no answer, or a busy server's.
        UnreachableError
            When the server was never reached.
        RefusedError
            When the server says no.
        """
        request = _ResultsGet(
            msm_id=measurement, start=start, stop=stop, probe_ids=list(probes), client=self
        )
        response = request.response(stream=True)
        try:
            yield ResultStream(response, self.patience)
        finally:
            response.close()


class _SessionMixin:
    """Sends what cousteau built through the client's session."""

    client: AtlasClient
    url: str
    http_method_args: dict[str, Any]

    def response(self, *, stream: bool) -> requests.Response:
        """Make the request; the answer has a good status and is not a web page."""
        self.build_url()  # type: ignore[attr-defined]
        patience = self.client.patience
        try:
            response = self.client.session.get(
                self.url,
                params=self.http_method_args["params"],
                headers={"Accept": "application/json, text/plain"},
                # Said here too: from the environment, requests would take others first.
                verify=self.client.session.verify,
                timeout=(patience.connect_s, patience.read_s),
                stream=stream,
            )
        except requests.RequestException as error:
            if not self.client.reached and (why := why_unreachable(error)):
                raise UnreachableError(
                    f"{self.client.host}: {why}; is the network up? "
                    "What is complete is kept, and the same command continues from there"
                ) from error
            raise TemporaryError(f"no answer ({type(error).__name__})") from error
        self.client.reached = True
        status = response.status_code
        if status in RETRY_STATUSES or "text/html" in response.headers.get("Content-Type", ""):
            response.close()
            said = "a web page" if status < 400 else f"HTTP {status}"
            if 400 <= status < 500 and status != 429:
                raise RefusedError(f"HTTP {status} for {self._path()}", status)
            if status in RETRY_STATUSES:
                raise BusyError(f"{said}, {number_of(patience.attempts, 'time')}")
            raise TemporaryError(f"{said} instead of data")
        if status != 200:
            response.close()
            raise RefusedError(f"HTTP {status} for {self._path()}", status)
        return response

    def _path(self) -> str:
        return self.url.split("?")[0].split("/api/", 1)[-1][:120]


class _Get(_SessionMixin, AtlasRequest):
    def __init__(self, client: AtlasClient, path: str):
        AtlasRequest.__init__(self, url_path=path, server=client.host)
        self.client = client


class _ResultsGet(_SessionMixin, AtlasResultsRequest):
    def __init__(self, *, client: AtlasClient, **kwargs: Any):
        AtlasResultsRequest.__init__(self, server=client.host, **kwargs)
        self.client = client
        self.http_method_args["params"]["format"] = "txt"


class _RepeatedPageError(Exception):
    """A page came that had come before."""


def _walker(listing: type[RequestGenerator]) -> type[RequestGenerator]:
    """Make cousteau's listing walk its pages through a client, and notice a repeated one."""

    class Walker(listing):
        atlas_url: str

        def __init__(self, client: AtlasClient, **filters: Any):
            self.client, self.seen = client, set[tuple[Any, ...]]()
            super().__init__(server=client.host, **filters)

        def next_batch(self) -> None:
            page = self.client.json(self.atlas_url)
            if not isinstance(page, dict) or not isinstance(page.get("results"), list):
                raise TypeError("a page without results")
            numbers = tuple(item["id"] for item in page["results"])
            if numbers and numbers in self.seen:
                raise _RepeatedPageError(f"page repeats: {self.atlas_url[:80]}")
            self.seen.add(numbers)
            self.total_count = page.get("count")
            self.atlas_url = self.build_next_url(page.get("next")) or ""
            if self.atlas_url and not self.atlas_url.startswith("/"):
                raise ValueError("the next page's address is not a URL")
            self.current_batch = list(page["results"])

    return Walker


def key_from(environment: Mapping[str, str], name: str) -> str | None:
    """Read the API key from an environment, checked but never shown.

    Parameters
    ----------
    environment
        Variables by name, such as `os.environ`.
    name
        Name of the variable that may hold the key.

    Returns
    -------
    str | None
        The key, None where there is none.

    Raises
    ------
    BadInputError
        When it holds characters that no key has.
    """
    key = environment.get(name, "").strip()
    if key and not all(c.isalnum() or c == "-" for c in key):
        raise BadInputError(f"the API key in ${name} has characters that are not allowed in a key")
    return key or None
