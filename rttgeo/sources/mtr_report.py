"""`MtrReport`: what one run of ``mtr`` says of its target and each hop, whatever form it was written in."""

from __future__ import annotations

import dataclasses
import ipaddress
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from rttgeo.machine.escaping import whole_characters
from rttgeo.sources.leftout import LeftOut
from rttgeo.sources.series import (
    MAX_RTT_MS,
    RttSeries,
    Sample,
    canonical,
    is_address,
    series_frame,
)

LAST_HOP = "last hop is not the target"
NAMES_NOTE = (
    "mtr names its last hop and its target differently, so nothing shows that they are one machine: "
    "run mtr -n with an address as the target"
)
_NEEDED = {"sent": "Snt", "best_ms": "Best", "loss_percent": "Loss%"}
_OPTIONAL = {"mean_ms": "Avg", "worst_ms": "Wrst", "deviation_ms": "StDev"}
_NOBODY = "???"
_BOTH = re.compile(r"(?P<name>\S+) \((?P<address>[^)\s]+)\)")
# Of private and shared address space (RFC 1918, 6598, 3927, 4193), where routers stand.
_INSIDE = tuple(
    ipaddress.ip_network(net)
    for net in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16",
        "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
_AS = re.compile(r"AS\S+\s+")


@dataclasses.dataclass(frozen=True, eq=False)
class MtrReport:
    """A report of mtr.

    Attributes
    ----------
    source, target
        As mtr names them.
    hops
        One row per hop: ``hop``, ``host`` (``???`` where there was no answer), ``loss_percent``,
        ``sent``, ``mean_ms``, ``best_ms``, ``worst_ms``, ``deviation_ms``; NaN where ``-o`` left a
        column out.
    rtt_ms
        Single round-trip times of the last hop, where the form has them (``--raw``).
    shared
        Whether the last hop answered from another address too, so that its best time may be either's.
    dropped
        Lines that were not understood.
    """

    source: str
    target: str
    hops: pd.DataFrame
    rtt_ms: tuple[float, ...] | None = None
    shared: bool = False
    dropped: LeftOut = dataclasses.field(default_factory=LeftOut)

    @property
    def is_target(self) -> bool | None:
        """Whether the last hop is the target; None where its name does not tell."""
        host = str(self.hops.iloc[-1]["host"])
        if host == _NOBODY or self.shared:
            return False
        return _is_same(host, self.target)

    @property
    def reached(self) -> bool:
        """Whether the last hop answered and is not known to be another machine."""
        last = self.hops.iloc[-1]
        return self.is_target is not False and bool(0 < last["best_ms"] <= MAX_RTT_MS)

    def series(self, source: str | None = None) -> RttSeries:
        """Give the minimum RTT as a series of one sample, or of none if the target did not answer.

        A report of ``--raw`` has every sample.

        Parameters
        ----------
        source
            Name of the place that it ran at; by default what the report says.

        Returns
        -------
        RttSeries
            At most one sample, in ms, but of ``--raw``; all other packets are counted as left out.
        """
        if self.rtt_ms is not None:
            return self._raw_series(source)
        last = self.hops.iloc[-1]
        sent = int(last["sent"])
        lost = round(sent * last["loss_percent"] / 100)
        dropped = LeftOut(self.dropped)
        dropped.add("no answer", lost)
        samples = [Sample(float(last["best_ms"]))] if self.reached else []
        strange = self.is_target is False and last["host"] != _NOBODY
        dropped.add(LAST_HOP if strange else "only in the summary", sent - lost - len(samples))
        return RttSeries(
            source or self.source,
            canonical(self.target),
            series_frame(samples),
            sent,
            dropped,
            (NAMES_NOTE,) if samples and self.is_target is None else (),
        )

    def _raw_series(self, source: str | None) -> RttSeries:
        sent, dropped = int(self.hops.iloc[-1]["sent"]), LeftOut(self.dropped)
        times = self.rtt_ms or ()
        samples = [Sample(rtt) for rtt in times if 0 < rtt <= MAX_RTT_MS and self.is_target]
        dropped.add("no answer", sent - len(times))
        strange = len(times) - len(samples)
        dropped.add("time not plausible" if self.is_target else LAST_HOP, strange)
        return RttSeries(
            source or self.source, canonical(self.target), series_frame(samples), sent, dropped
        )


def _is_same(host: str, target: str) -> bool | None:
    """Whether a hop is the target, by name and address; None where one has a name only."""
    host = _AS.sub("", host)
    both = _BOTH.fullmatch(host)
    names = [canonical(name) for name in (both.groups() if both else (host,))]
    target = canonical(target)
    if target in names or target.rstrip(".").lower() in (n.rstrip(".").lower() for n in names):
        return True
    addresses = [name for name in names if is_address(name)]
    if addresses and is_address(target):
        return False
    # The name that systemd gives to the nearest router, and addresses that no target out there has.
    if host == "_gateway" or any(_is_inside(address) for address in addresses):
        return False
    return None


def _is_inside(address: str) -> bool:
    found = ipaddress.ip_address(address)
    return any(found.version == net.version and found in net for net in _INSIDE)


def report_of(
    source: str, target: str, hubs: Iterable[Mapping[str, Any]], **more: Any
) -> MtrReport:
    """Make a report of hops that are called as mtr calls them.

    Parameters
    ----------
    source, target
        As mtr names them.
    hubs
        One mapping per hop: ``count``, ``host``, ``Snt``, ``Best``, ``Loss%``, and where there
        ``Avg``, ``Wrst``, ``StDev``.
    **more
        Other fields of `MtrReport`.

    Returns
    -------
    MtrReport
        The report.

    Raises
    ------
    ValueError, TypeError, KeyError
        When a field is missing, or is no number.
    """
    hops = pd.DataFrame([_hop(hub) for hub in hubs])
    return MtrReport(whole_characters(source), whole_characters(target), hops, **more)


def _hop(hub: Mapping[str, Any]) -> dict[str, Any]:
    where = f"hop {str(hub['count'])[:20]}"
    numbers: dict[str, float] = {}
    for name, key in (_NEEDED | _OPTIONAL).items():
        if name in _OPTIONAL and key not in hub:
            numbers[name] = math.nan
            continue
        try:
            numbers[name] = float(hub[key])  # Some versions put all numbers in quotes.
        except (ValueError, TypeError, KeyError):
            numbers[name] = math.nan
        if not math.isfinite(numbers[name]):
            missing = "" if key in hub else "; mtr -o must name L, S and B"
            raise ValueError(f"{where}, field {key}: no number{missing}")
    if not (0 <= numbers["loss_percent"] <= 100 and 0 <= numbers["sent"] < 2**31):
        raise ValueError(f"{where}: sent or lost packets out of range")
    return {"hop": int(hub["count"]), "host": whole_characters(str(hub["host"]))} | numbers
