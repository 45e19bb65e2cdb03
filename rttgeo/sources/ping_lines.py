"""Lines of ``ping`` in any language: what a line is, by its numbers and addresses, not its words.

Translations change ``time`` to ``Zeit``, ``temps`` or ``時間``, and put words in another order.
What stays: an address, ``icmp_seq=1``, ``ttl=58``, and a number with a unit behind an equals sign.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from rttgeo.sources.series import canonical, is_address, number, whole

UNIT_MS: Final = {
    **dict.fromkeys(("ms", "msec", "мс", "мсек", "ミリ秒", "毫秒"), 1.0),
    **dict.fromkeys(("us", "µs", "μs", "usec", "мкс"), 1e-3),
    **dict.fromkeys(("s", "sec", "秒"), 1e3),
}
_UNITS = "|".join(sorted(UNIT_MS, key=len, reverse=True))
_STAMP = re.compile(r"\[(?P<time>\d{1,11}\.\d+|\d{9,11})\]\s+")
_REPLY = re.compile(
    r"\d+ bytes from (?P<name>[^\s:,(]\S*?)(?: \((?P<address>[^)]*)\))?[:,]\s+"
    r"(?:icmp_)?(?:seq|req)=(?P<seq>\d+)(?: ident=\d+)?(?: (?:ttl|hlim)=(?P<ttl>\d+))?"
    r"(?:\s+time(?P<sign>[=<])(?P<rtt>-?[\d.,]+) ?(?P<unit>ms|us|s)?\b)?(?P<rest>.*)"
)
_RTT = re.compile(
    rf"(?P<sign>[=<])\s*(?P<rtt>-?\d+(?:[.,]\d+)?)\s*(?P<unit>{_UNITS})(?![^\W\d_])", re.IGNORECASE
)
_SEQ = re.compile(r"icmp_[sr]eq[= ](?P<seq>\d+)")
_TTL = re.compile(r"\b(?:ttl|hlim)=(?P<ttl>\d+)", re.IGNORECASE)
_NAME = re.compile(r"([^\s:：()]+)\s?(?:\([^)]*\))?\s?[:：]")
_WORDS = re.compile(r"[\s()\[\]（）]+")
_HEADER = re.compile(r"PING6?[ (]")
_HEADER_NAME = re.compile(r"PING (?P<name>[^\s(]+)")
_FOREIGN_HEADER = re.compile(r"(?P<name>[^\s\[\]]+)? ?\[(?P<address>[0-9A-Fa-f:.%]+)\]")
_LONE_NUMBER = re.compile(r"(?<![\d.:%])\b\d+\b(?![.:%]\w)")
_COUNTS = re.compile(
    # Whatever stands between numbers is taken whole: no two ways to read a line, however long.
    r"(?<!\d)(?P<sent>\d++)[^\d+]++(?P<got>\d++)[^\d+]++(?:\+\d++[^\d+]++)*+[\d.]+ ?%|"
    r"= ?(?P<w_sent>\d+)\D+= ?(?P<w_got>\d+)\D+= ?\d+ ?[(（][^)）%]*?\d+ ?%"
)
_SPREAD = re.compile(
    r"min/avg/max(?:/[a-z]+)? = (?P<min>[\d.]+)/|"
    rf"= ?(?P<w_min>\d+) ?(?:{_UNITS})\D+= ?\d+ ?(?:{_UNITS})\D+= ?\d+ ?(?:{_UNITS})",
    re.IGNORECASE,
)
_LOST = re.compile(
    r"no answer yet|request time(?:out|d out)|timed? ?out|zeitüberschreitung|délai d.attente|"
    r"tiempo de espera|esgotado|richiesta scaduta|upłynął limit|превышен интервал|"
    r"noch keine antwort|pas encore de réponse|タイムアウト|请求超时|要求等候逾時",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"unreachable|exceeded|expired|sendmsg|general failure|filtered|prohibited|redirect|"
    r"nicht erreichbar|injoignable|inaccess?ible|inaccesible|недоступен|到達できません|无法访问",
    re.IGNORECASE,
)
_IGNORED = re.compile(
    r"\s*$|--- |rtt |round-trip|\s*\^C|(?:Control|Strg|Ctrl)-C|ping: (?:sock\d|ai->)|.*[:：]\s*$"
)


class Reply(NamedTuple):
    """A line that answers: who, which packet, how long; NaN where no time is printed."""

    name: str
    address: str
    rtt_ms: float
    time_s: float
    seq: int | None
    ttl: int | None
    resolution_ms: float
    rest: str


class Header(NamedTuple):
    """The line that states the target of a ``ping``."""

    name: str
    address: str


def split_stamp(line: str) -> tuple[float, str]:
    """Split the time that ``ping -D`` prints from the rest of a line.

    Parameters
    ----------
    line
        A line of the log.

    Returns
    -------
    tuple of (float, str)
        Seconds since 1970 (NaN where there is no time), and the rest of the line.
    """
    if stamp := _STAMP.match(line):
        return number(stamp["time"]), line[stamp.end() :]
    return float("nan"), line


def reply_of(line: str, time_s: float) -> Reply | None:
    """Read a line as a reply, in English or any other language.

    Parameters
    ----------
    line
        A line of the log, without the time that ``ping -D`` prints.
    time_s
        When it came, seconds since 1970, or NaN.

    Returns
    -------
    Reply or None
        With its RTT in ms; None if the line is no reply.
    """
    found = _REPLY.match(line)
    if found is None:
        return _foreign_reply(line, time_s)
    address = found["address"] or (found["name"] if is_address(found["name"]) else "")
    rtt, exact = _milliseconds(found["rtt"], found["unit"] or "ms")
    seq, ttl = whole(found["seq"]), whole(found["ttl"])
    cut = _resolution_ms(found["rtt"], rtt, exact, cut=False)
    return Reply(found["name"], canonical(address), rtt, time_s, seq, ttl, cut, found["rest"])


def _foreign_reply(line: str, time_s: float) -> Reply | None:
    rtt, seq = _RTT.search(line), _SEQ.search(line)
    if rtt is None and not (seq and re.match(r"\d+ ", line)):
        return None
    address = next(iter(addresses_in(line)), "")
    named = _NAME.search(line)
    name = address or (named[1] if named else "")
    if not name or (rtt and rtt["sign"] == "=" and not address and not seq):
        return None
    value, exact = _milliseconds(rtt["rtt"], rtt["unit"].lower()) if rtt else (float("nan"), False)
    ttl = _TTL.search(line)
    cut = 0.0
    if rtt and rtt["sign"] == "=":
        # Windows numbers no packets, and cuts what is behind the whole millisecond.
        cut = _resolution_ms(rtt["rtt"], value, exact, cut=seq is None)
    return Reply(
        name,
        address,
        value,
        time_s,
        whole(seq["seq"]) if seq else None,
        whole(ttl["ttl"]) if ttl else None,
        cut,
        line[rtt.end() :] if rtt else "",
    )


def _milliseconds(text: str | None, unit: str) -> tuple[float, bool]:
    """RTT in ms, and whether it was printed in whole milliseconds."""
    plain = (text or "").replace(",", ".")
    return number(plain) * UNIT_MS[unit], UNIT_MS[unit] == 1.0 and plain.isdigit()


def _resolution_ms(text: str | None, rtt_ms: float, in_whole_ms: bool, *, cut: bool) -> float:
    """By how much the true RTT may be above the printed one.

    Windows prints 1 ms for anything from 1 up to 2. The ``ping`` of iputils prints three digits, so
    from 100 ms on whole milliseconds, rounded: 100 is anything up to 100.5.
    """
    if not in_whole_ms or text is None:
        return 0.0
    if cut:
        return 1.0
    return 0.5 if rtt_ms >= 100 else 0.0


def addresses_in(line: str) -> list[str]:
    """Find the IP addresses in a line.

    Parameters
    ----------
    line
        A line of the log.

    Returns
    -------
    list of str
        In the order of the line, in their usual spelling.
    """
    words = (word.rstrip(":：,，;.") for word in _WORDS.split(line) if "." in word or ":" in word)
    return [canonical(word) for word in words if is_address(word)]


def header_of(line: str) -> Header | None:
    """Read a line as the beginning of a ``ping``.

    Parameters
    ----------
    line
        A line of the log.

    Returns
    -------
    Header or None
        Name and address of the target; None if the line is no beginning.
    """
    if _HEADER.match(line):
        rest = line.partition("-->")[2] or line
        address = next(iter(addresses_in(rest)), "")
        named = _HEADER_NAME.match(line)
        return Header(named["name"] if named else address, address)
    if not line.rstrip().endswith((":", "：")) or "=" in line:
        return None
    address = next(iter(addresses_in(line)), "")
    # 32 bytes of data, in whatever language: a heading of statistics has no number of its own.
    others = " ".join(w for w in _WORDS.split(line) if canonical(w.rstrip(":：")) != address)
    if not address or not _LONE_NUMBER.search(others):
        return None
    named = _FOREIGN_HEADER.search(line)
    return Header((named["name"] or address) if named else address, address)


def counts_of(line: str) -> tuple[int, int] | None:
    """Read how many packets were sent and received from the statistics at the end.

    Parameters
    ----------
    line
        A line of the log.

    Returns
    -------
    tuple of (int, int), or None
        Packets sent and received; None if the line does not say so.
    """
    if "%" not in line or not (found := _COUNTS.search(line)):
        return None
    sent, got = whole(found["sent"] or found["w_sent"]), whole(found["got"] or found["w_got"])
    return None if sent is None or got is None else (sent, got)


def minimum_of(line: str) -> tuple[float, float] | None:
    """Read the lowest RTT from the statistics at the end.

    Parameters
    ----------
    line
        A line of the log.

    Returns
    -------
    tuple of (float, float), or None
        Lowest RTT and its resolution, ms; None if the line does not say so.
    """
    found = _SPREAD.search(line)
    if found is None:
        return None
    return (number(found["min"]), 0.0) if found["min"] else (number(found["w_min"]), 1.0)


def loss_of(line: str) -> tuple[bool, int | None]:
    """Check whether a line says that a packet was lost, and which.

    Parameters
    ----------
    line
        A line of the log.

    Returns
    -------
    tuple of (bool, int or None)
        Whether one was lost, and its sequence number where the line has it.
    """
    seq = re.search(r"icmp_seq[= ](\d+)", line)
    return bool(_LOST.search(line)), whole(seq[1]) if seq else None


def is_error(line: str) -> bool:
    """Check whether a line says that a router or host on the way refused a packet.

    Parameters
    ----------
    line
        A line of the log.

    Returns
    -------
    bool
        True for such a line, in any language.
    """
    if _ERROR.search(line):
        return True
    # In any language: an address, a colon, words, no equals sign; or a packet's number and no time.
    said = (
        bool(addresses_in(line)) and "=" not in line and re.search(r"[:：]\s*\S", line) is not None
    )
    return said or (_SEQ.search(line) is not None and bool(addresses_in(line)))


def is_idle(line: str) -> bool:
    """Check whether a line promises no sample: headings, empty lines, what a terminal adds.

    Parameters
    ----------
    line
        A line of the log.

    Returns
    -------
    bool
        True if nothing is lost when the line is skipped.
    """
    return _IGNORED.match(line) is not None
