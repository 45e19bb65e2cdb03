"""What round-trip times add to what an IP geolocation database reveals anyway."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from rttgeo import sphere
from rttgeo.errors import BadInputError
from rttgeo.papers.sizes import SIZES_KM
from rttgeo.privacy.cases import Case, Setting
from rttgeo.privacy.clues import DatabaseEntry
from rttgeo.privacy.mechanism import Mechanism
from rttgeo.privacy.metrics import mean_metrics
from rttgeo.privacy.sanitising import Published
from rttgeo.typing import IntArray

MOVED_KM: Final = 100.0
"""If round-trip times move the best guess of a database farther than this, it counts as a different
one."""


def with_database(
    setting: Setting,
    shown: Published | None,
    way: Mechanism,
    targets: IntArray,
    cases: Sequence[Case],
    database: dict[str, DatabaseEntry] | None,
) -> dict[str, Any] | None:
    """Attack with the database alone, and with both database and round-trip times.

    Parameters
    ----------
    setting
        The mesh, and what the attacker assumes.
    shown, way
        What was published, and the mechanism that published it.
    targets
        Row numbers of the attacked targets.
    cases
        The attack on each of them by round-trip times alone.
    database
        Entries by target; None or empty without a database.

    Returns
    -------
    dict or None
        ``targets`` (number with an entry); metrics for ``database_alone``, ``rtt_alone`` and
        ``both``; ``moved_by_rtt``; ``checked`` against stated places, if there are any.

    Raises
    ------
    BadInputError
        When the database has none of the targets.
    """
    if not database:
        return None
    names = [str(setting.mesh.targets.index[target]) for target in targets]
    rows = [row for row, name in enumerate(names) if name in database]
    if not rows:
        raise BadInputError("the IP geolocation table has none of the targets")
    alone = [setting.alone(int(targets[row]), database[names[row]]) for row in rows]
    both = [setting.case(shown, way, int(targets[row]), database[names[row]]) for row in rows]
    delays = [cases[row] for row in rows]
    return {
        "targets": len(rows),
        "database_alone": mean_metrics([case.found for case in alone]),
        "rtt_alone": mean_metrics([case.found for case in delays]),
        "both": mean_metrics([case.found for case in both]),
        "moved_by_rtt": sum(_apart_km(a, b) > MOVED_KM for a, b in zip(alone, both, strict=True)),
        "checked": _checked(alone, delays, both),
    }


def _checked(
    alone: Sequence[Case], delays: Sequence[Case], both: Sequence[Case]
) -> dict[str, Any] | None:
    """Errors compared with stated places, km."""
    errors = np.array(
        [
            [one.truth.error_km for one in three if one.truth is not None]
            for three in zip(alone, delays, both, strict=True)
            if three[0].truth is not None
        ]
    )
    if not len(errors):
        return None
    by_database, by_rtt, by_both = errors.T
    halved = (by_both < 0.5 * by_database) & (by_database > SIZES_KM["city"])
    return {
        "targets": len(errors),
        "database_error_km": float(by_database.mean()),
        "rtt_error_km": float(by_rtt.mean()),
        "both_error_km": float(by_both.mean()),
        "halved_by_rtt": int(halved.sum()),
    }


def _apart_km(a: Case, b: Case) -> float:
    return float(sphere.distance_km(a.found.lon, a.found.lat, b.found.lon, b.found.lat))
