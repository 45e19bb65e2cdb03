"""The schedule of downloads published for the load experiment of 17 October 2017 (PAM 2018)."""

from __future__ import annotations

from typing import Final, NamedTuple


class Step(NamedTuple):
    """One period of the schedule.

    Attributes
    ----------
    start_s, stop_s
        Seconds since the schedule's start; the last step ends when it starts.
    label
        As published, such as ``3.6 MB/s``.
    rate_bytes_s
        What the download is limited to; 0 where nothing limits it.
    kind
        ``idle``, ``full`` or ``limited``.
    """

    start_s: float
    stop_s: float
    label: str
    rate_bytes_s: float
    kind: str


_STARTS: Final = (
    ("13:51:05", "idle", 0),
    ("13:51:30", "full", 0),
    ("13:52:31", "full", 0),
    ("13:53:03", "full", 0),
    ("13:53:33", "3.6 MB/s", 3_600_000),
    ("13:54:04", "3.3 MB/s", 3_300_000),
    ("13:54:54", "3.0 MB/s", 3_000_000),
    ("13:55:24", "2.7 MB/s", 2_700_000),
    ("13:56:05", "2.4 MB/s", 2_400_000),
    ("13:56:39", "2.0 MB/s", 2_000_000),
    ("13:57:21", "1.5 MB/s", 1_500_000),
    ("13:58:01", "700 kB/s", 700_000),
    ("13:58:44", "300 kB/s", 300_000),
    ("13:59:24", "100 kB/s", 100_000),
    ("13:59:54", "idle", 0),
)


def _seconds(clock: str) -> int:
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    return hours * 3600 + minutes * 60 + seconds


def _steps() -> tuple[Step, ...]:
    begins = [_seconds(clock) - _seconds(_STARTS[0][0]) for clock, _, _ in _STARTS]
    return tuple(
        Step(start, stop, label, rate, label if label in ("idle", "full") else "limited")
        for start, stop, (_, label, rate) in zip(
            begins, [*begins[1:], begins[-1]], _STARTS, strict=True
        )
    )


PUBLISHED: Final = _steps()
STARTS_AT_UTC: Final = f"2017-10-17T{_STARTS[0][0]}"
LINK_MBIT_S: Final = 30.0
