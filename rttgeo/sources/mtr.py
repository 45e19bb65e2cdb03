"""Reports of ``mtr --json``.

One object: ``report.mtr`` (``src``, ``dst``, ``tests``) and ``report.hubs``, one entry a hop with
``count``, ``host``, ``Loss%``, ``Snt``, ``Last``, ``Avg``, ``Best``, ``Wrst``, ``StDev`` in ms. mtr
keeps no single samples: the best time of the last hop is the minimum RTT.
"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from rttgeo.errors import BadInputError
from rttgeo.sources.series import MAX_RTT_MS, RttSeries, one_line, read_text, series_frame

_COLUMNS = {
    "loss_percent": "Loss%",
    "sent": "Snt",
    "mean_ms": "Avg",
    "best_ms": "Best",
    "worst_ms": "Wrst",
    "deviation_ms": "StDev",
}


@dataclasses.dataclass(frozen=True, eq=False)
class MtrReport:
    """A report of mtr.

    Attributes
    ----------
    source, target
        As mtr names them.
    hops
        One row a hop: ``hop``, ``host`` (``???`` where nobody answered), ``loss_percent``,
        ``sent``, ``mean_ms``, ``best_ms``, ``worst_ms``, ``deviation_ms``.
    """

    source: str
    target: str
    hops: pd.DataFrame

    @property
    def reached(self) -> bool:
        """Whether the last hop answered at all."""
        last = self.hops.iloc[-1]
        return bool(last["host"] != "???" and 0 < last["best_ms"] <= MAX_RTT_MS)

    def series(self, source: str | None = None) -> RttSeries:
        """Give the minimum RTT as a series of one sample, or of none if nobody answered."""
        last = self.hops.iloc[-1]
        lost = round(last["sent"] * last["loss_percent"] / 100)
        values = [float(last["best_ms"])] if self.reached else []
        dropped = {"no answer": lost, "only in the summary": int(last["sent"]) - lost - len(values)}
        frame = series_frame(
            [float("nan")] * len(values), [None] * len(values), values, [None] * len(values)
        )
        return RttSeries(
            source or self.source,
            self.target,
            frame,
            int(last["sent"]),
            {reason: n for reason, n in dropped.items() if n > 0},
        )


def read_mtr(path: str | Path) -> MtrReport:
    """Read one report.

    Raises
    ------
    BadInputError
        When it is not a report of ``mtr --json``.
    """
    try:
        report = orjson.loads(read_text(path))["report"]
        hops = pd.DataFrame([_hop(hub) for hub in report["hubs"]])
        source, target = str(report["mtr"]["src"]), str(report["mtr"]["dst"])
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        said = f"{type(error).__name__} {error}" if isinstance(error, KeyError) else one_line(error)
        raise BadInputError(f"{path}: expected a report of `mtr --json` ({said})") from error
    if hops.empty:
        raise BadInputError(f"{path}: the report has no hop")
    return MtrReport(source, target, hops)


def _hop(hub: dict[str, Any]) -> dict[str, Any]:
    where = f"hop {str(hub['count'])[:20]}"
    numbers: dict[str, float] = {}
    for name, key in _COLUMNS.items():
        try:
            numbers[name] = float(hub[key])  # Some versions put all numbers in quotes.
        except (ValueError, TypeError, KeyError):
            numbers[name] = math.nan
        if not math.isfinite(numbers[name]):
            raise ValueError(f"{where}, field {key}: no number")
    if not (0 <= numbers["loss_percent"] <= 100 and 0 <= numbers["sent"] < 2**31):
        raise ValueError(f"{where}: sent or lost packets out of range")
    return {"hop": int(hub["count"]), "host": str(hub["host"])} | numbers
