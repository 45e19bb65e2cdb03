"""What each mitigation leaves an attacker, what it costs, and whom it deceives, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rttgeo.machine.counting import number_of
from rttgeo.privacy.intervals import intervals
from rttgeo.privacy.mechanism import Mechanism
from rttgeo.privacy.mechanisms import title
from rttgeo.privacy.mitigation import Mitigation
from rttgeo.privacy.recommending import SLACK

LEFT: Final = ("published", "off by", "city", "region", "country", "bits", "exposed")
COST: Final = ("published", "percentiles off by", "10 ms rise seen", "nearest server")
DECEIVED: Final = (
    "published", "off by, believed", "off by, true", "city right, believed", "true",
    "country right, believed", "true",
)  # fmt: skip
LEFT_TITLE: Final = "What each mitigation would leave an attacker who knows of it"
COST_TITLE: Final = "What it would cost readers of the table"
DECEIVED_TITLE: Final = "What an attacker who does not know of it would wrongly believe"
UNKNOWN: Final = "–"
PROBABILITIES: Final = ("p_city", "p_region", "p_country")
MOST_NAMED: Final = 3
"""More mechanisms than this are counted in a sentence, not named."""


def left_rows(rows: Sequence[Mitigation], n: int) -> list[list[str]]:
    """Make the cells of the table of what is left to an attacker who knows the mechanism.

    Parameters
    ----------
    rows
        What each mechanism achieves, as `rttgeo.privacy.assessing.assess` lists it.
    n
        Number of targets that they were judged on.

    Returns
    -------
    list of list of str
        One row per mechanism, for `LEFT`.
    """
    return [_left(one, n) for one in _known(rows)]


def cost_rows(rows: Sequence[Mitigation]) -> list[list[str]]:
    """Make the cells of the table of costs.

    Parameters
    ----------
    rows
        What each mechanism achieves, as `rttgeo.privacy.assessing.assess` lists it.

    Returns
    -------
    list of list of str
        One row per mechanism, for `COST`.
    """
    return [_cost(one) for one in _known(rows)]


def deceived_rows(rows: Sequence[Mitigation]) -> list[list[str]]:
    """Make the cells of the table of what a deceived attacker believes, and of what is true.

    Parameters
    ----------
    rows
        What each mechanism achieves, as `rttgeo.privacy.assessing.assess` lists it.

    Returns
    -------
    list of list of str
        One row per mechanism, for `DECEIVED`; empty where nobody was deceived.
    """
    return [_deceived(one) for one in rows if one.attacker != "optimal"]


def deceived_sentence(rows: Sequence[Mitigation]) -> str:
    """Say of whom the table of the deceived attacker speaks.

    Parameters
    ----------
    rows
        What each mechanism achieves, as `rttgeo.privacy.assessing.assess` lists it.

    Returns
    -------
    str
        Sentences; empty where nobody was deceived.
    """
    deceived = [one for one in rows if one.attacker != "optimal"]
    if not deceived:
        return ""
    said = (
        "An attacker who does not know that times were changed takes them for true and is deceived: "
        '"believed" is what this attacker thinks, not how near the guess is. Never judge a '
        "mitigation by it."
    )
    if all("error_km" not in one.metrics for one in deceived):
        said += " What is true cannot be said here, since the table states no places of targets."
    return said


def better_sentence(rows: Sequence[Mitigation], n: int) -> str:
    """Explain why a mitigation seems to help the attacker, where one does.

    Parameters
    ----------
    rows
        What each mechanism achieves, as `rttgeo.privacy.assessing.assess` lists it.
    n
        Number of targets that they were judged on.

    Returns
    -------
    str
        Sentences; empty where every mitigation leaves the attacker worse off.
    """
    none, *others = _known(rows)
    helped = [one for one in others if _helps(one, none)]
    at_home = [one for one in others if one not in helped and _gains(one, none, "p_country")]
    said = []
    if helped:
        whose = "this target" if n == 1 else "these targets"
        said.append(
            f'After {_named(helped)} an attacker does better than with the times "as they are". On average '
            "over many targets, withholding or changing times cannot help an attacker whose model of "
            f"delays is right; it may for {whose}, when a time that misled the attacker is withheld or "
            "changed. Count such a mitigation as none."
        )
    if at_home:
        said.append(
            f'After {_named(at_home)} the country is guessed better than "as they are", though the place '
            "is not: a larger region can hold more of one large country."
        )
    return " ".join(said)


def _named(some: list[Mitigation]) -> str:
    """Their titles, or how many there are."""
    if len(some) > MOST_NAMED:
        return number_of(len(some), "mitigation")
    return " or ".join(f'"{title(one.mechanism)}"' for one in some)


def _known(rows: Sequence[Mitigation]) -> list[Mitigation]:
    return [one for one in rows if one.attacker == "optimal"]


def _helps(one: Mitigation, none: Mitigation) -> bool:
    """Whether the place is guessed better, by more than what would decide a choice."""
    error_km = none.metrics["expected_error_km"] or 0.0
    nearer = (one.metrics["expected_error_km"] or 0.0) < (1 - SLACK) * error_km
    return nearer or any(_gains(one, none, name) for name in ("p_city", "p_region"))


def _gains(one: Mitigation, none: Mitigation, name: str) -> bool:
    return (one.metrics[name] or 0.0) > (none.metrics[name] or 0.0) + SLACK


def _left(one: Mitigation, n: int) -> list[str]:
    metrics, ends = one.metrics, intervals(one.resamples)
    return [
        title(one.mechanism),
        f"{metrics['expected_error_km']:,.0f}{_ends(ends, 'expected_error_km', ',.0f')}\u00a0km",
        *(f"{metrics[name]:.2f}{_ends(ends, name, '.2f')}" for name in PROBABILITIES),
        f"{metrics['entropy_bits']:.1f}{_ends(ends, 'entropy_bits', '.1f')}",
        f"{one.exposed['city']}, {one.exposed['region']} of {n}",
    ]


def _cost(one: Mitigation) -> list[str]:
    use = one.utility
    auc = use["regression_auc"] or 0.5
    return [
        title(one.mechanism),
        _ms(use["percentile_error_ms"], ""),
        f"{100 * max(2 * auc - 1, 0):.0f} %",
        _ms(use["nearest_extra_ms"], "+"),
    ]


def _deceived(one: Mitigation) -> list[str]:
    metrics = one.metrics
    true_km = metrics.get("error_km")
    return [
        title(one.mechanism),
        f"{metrics['expected_error_km']:,.0f}\u00a0km",
        UNKNOWN if true_km is None else f"{true_km:,.0f}\u00a0km",
        f"{metrics['p_city']:.2f}",
        _share(metrics.get("right_city")),
        f"{metrics['p_country']:.2f}",
        _share(metrics.get("right_country")),
    ]


def _share(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.2f}"


def _ends(ends: dict[str, list[float]], name: str, form: str) -> str:
    """Ends of the interval, if there is one: a single target has none."""
    if name not in ends:
        return ""
    low, high = (f"{end:{form}}" for end in ends[name])
    return "" if low == high else f" ({low}–{high})"


def _ms(value: float | None, before: str) -> str:
    return "none left" if value is None else f"{before}{value:.1f}\u00a0ms"


def dominated_sentence(beaten: dict[Mechanism, Mechanism]) -> str:
    """Name the mechanisms that another one beats.

    Parameters
    ----------
    beaten
        As `rttgeo.privacy.recommending.dominated_ones` finds them.

    Returns
    -------
    str
        A sentence; empty where none is beaten.
    """
    if not beaten:
        return ""
    pairs = "; ".join(f'"{title(one)}" by "{title(other)}"' for one, other in beaten.items())
    return f"Worse in privacy and no better in utility, by more than such an interval: {pairs}."
