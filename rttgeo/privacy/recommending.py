"""Which mitigation to use and at what cost, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from rttgeo.load.rates import rate
from rttgeo.machine.counting import agreeing, number_of
from rttgeo.privacy.intervals import interval
from rttgeo.privacy.mechanism import Mechanism
from rttgeo.privacy.mitigation import Mitigation

FEW_REGIONS: Final = 0.1
"""Share of targets exposed at the size of a region up to which a table counts as safe at that
size."""
FAR_DEARER: Final = 4
"""Certainty may cost at most this many times what seems to be enough."""
PRIVACY: Final = (
    ("expected_error_km", 1), ("p_city", -1), ("p_region", -1), ("p_country", -1),
    ("entropy_bits", 1), ("min_entropy_bits", 1),
)  # fmt: skip
"""The metrics that count as privacy when mechanisms are compared, with their signs."""
USE: Final = (
    ("percentile_error_ms", -1), ("regression_auc", 1), ("nearest_extra_ms", -1),
    ("published_share", 1), ("landmark_error_km", -1),
)  # fmt: skip
"""The metrics that count as utility."""
SLACK: Final = 0.02
"""Two values within 2 % of each other count as equal: such a difference would not decide a
choice."""


class Advice(NamedTuple):
    """Advice on publishing a table.

    Attributes
    ----------
    sentence
        Whether the table may be published as it is, in one sentence.
    chosen
        The recommended mechanism; None if none is needed or none is enough.
    cost
        What it costs, in words.
    dominated
        Mechanisms that another one beats in privacy without being worse in utility: from the former
        to the latter.
    doubt
        What so few targets cannot tell, in words; may be empty.
    """

    sentence: str
    chosen: Mitigation | None
    cost: str
    dominated: dict[Mechanism, Mechanism]
    doubt: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Convert to plain values.

        Returns
        -------
        dict
            Values for the JSON of the report.
        """
        chosen = None if self.chosen is None else self.chosen.mechanism
        return {
            "sentence": self.sentence,
            "mechanism": None if chosen is None else chosen.name,
            "parameter": None if chosen is None else chosen.parameter,
            "cost": self.cost,
            "doubt": self.doubt,
        }


def recommend(
    exposed: Mapping[str, int],
    n: int,
    mitigations: Sequence[Mitigation],
    sample: int,
    *,
    generic: bool = False,
    stated: bool = False,
) -> Advice:
    """Advise a publisher.

    Parameters
    ----------
    exposed
        Number of targets exposed in the table as it is, by size.
    n
        Number of targets.
    mitigations
        What each mechanism achieves; the first entry is no mechanism at all.
    sample
        Number of targets that they were judged on.
    generic
        Whether the attacker knows generic delays only, because the table teaches none. That a table
        is safe is not claimed then: whoever knows the network better is stronger.
    stated
        Whether the table gives places of targets away by itself: then it is the round-trip times
        alone of which it is said that they can be published.

    Returns
    -------
    Advice
        Advises the cheapest mechanism under which no target is exposed at the size of a city, and
        few at that of a region.
    """
    optimal = [one for one in mitigations if one.attacker == "optimal"]
    dominated = dominated_ones(optimal)
    safe = exposed["city"] == 0 and exposed["region"] <= FEW_REGIONS * n
    if safe:
        none = (
            "the only target is exposed neither to the size of a city nor to that of a region"
            if n == 1
            else f"no target of {n:,} is exposed to the size of a city, {exposed['region']:,} to that "
            "of a region"
        )
        sentence = (
            "This table alone does not show whether these round-trip times can be published: "
            f"to an attacker who knows only generic delays {none}, but the table states too few "
            "places to learn what someone who knows the network could do."
            if generic
            else f"{_as_they_are(stated)}: {none}."
        )
        return Advice(sentence, None, "", dominated)
    if exposed["city"]:
        who, size = exposed["city"], "city"
    else:
        who, size = exposed["region"], "region"
    told = f"{_some(who, n)} exposed to the size of a {size}"
    if not optimal:
        return Advice(f"As this table stands, {told}.", None, "", dominated)
    chosen, doubt = _cheapest(optimal[1:], sample)
    if chosen is None:
        sentence = (
            f"Do not publish these as they are: {told}, and no mitigation tried here protects "
            "all targets from a guess the size of a city and most from one the size of a region."
        )
        return Advice(sentence, None, "", dominated)
    sentence = f"Do not publish these as they are: {told}; publish them {_words(chosen)}."
    return Advice(sentence, chosen, cost_of(chosen), dominated, doubt)


def _some(who: int, n: int) -> str:
    """So many of all targets, with the verb."""
    if n == 1:
        return "the only target is"
    return f"{who:,} of {number_of(n, 'target')} {agreeing(who, 'is')}"


def _as_they_are(stated: bool) -> str:
    if stated:
        return "As far as round-trip times go, this table can be published as it is"
    return "These round-trip times can be published as they are"


TOO_FEW = 5
"""Targets below which no share of all is given, since its interval says next to nothing."""


def _words(one: Mitigation) -> str:
    said = one.mechanism.describe()
    return said if said.startswith("rounded") else f"with {said}"


def _cheapest(rows: list[Mitigation], n: int) -> tuple[Mitigation | None, str]:
    """The cheapest that certainly protects, unless one that seems to is far cheaper; and the doubt."""
    good = [
        one for one in rows if not one.exposed["city"] and one.exposed["region"] <= FEW_REGIONS * n
    ]
    if not good:
        return None, ""
    seems = min(good, key=price)
    sure = [one for one in good if rate(one.exposed["region"], n).high <= FEW_REGIONS]
    surest = min(sure, key=price, default=None)
    if surest is not None and price(surest) <= FAR_DEARER * price(seems):
        cheaper = [_words(one) for one in good if price(one) < price(surest)]
        doubt = (
            f"{number_of(n, 'target', 'is')} too few to tell whether it would be enough to publish "
            f"them {' or '.join(cheaper)}."
        )
        return surest, doubt if cheaper else ""
    most = 100 * rate(seems.exposed["region"], n).high
    doubt = (
        f"Judging by {number_of(n, 'target')}: {seems.exposed['region']:,} of them stay exposed to a "
        f"region, which may be {most:.0f} % of all."
    )
    if n < TOO_FEW:
        some = "A single target does" if n == 1 else number_of(n, "target", "does")
        doubt = f"{some} not show how many others would stay exposed."
    return (
        seems,
        doubt
        if surest is None
        else f"{doubt} Certainly enough, but far more costly: to publish them {_words(surest)}.",
    )


def price(one: Mitigation) -> float:
    """Compute the cost of a mechanism to its users, to choose among those that protect enough.

    Parameters
    ----------
    one
        The mechanism.

    Returns
    -------
    float
        The cost, 0 for no loss. Each of these counts 1: percentiles off by 10 ms, a server that is
        10 ms slower, half of all regressions missed, all pairs withheld, landmarks off by 100 km.
    """
    use = one.utility
    lost = 10.0 if use["percentile_error_ms"] is None else use["percentile_error_ms"] / 10
    lost += 1.0 if use["nearest_extra_ms"] is None else use["nearest_extra_ms"] / 10
    lost += 2 * (1 - (use["regression_auc"] or 0.0)) * 2
    lost += 1 - (use["published_share"] or 0.0)
    return lost + (use["landmark_error_km"] or 0.0) / 100


def cost_of(one: Mitigation) -> str:
    """Describe in words what a mechanism costs.

    Parameters
    ----------
    one
        The mechanism.

    Returns
    -------
    str
        A sentence.
    """
    use, parts = one.utility, []
    if use["percentile_error_ms"] is not None:
        parts.append(f"percentiles of latency are off by {use['percentile_error_ms']:.1f} ms")
    auc = use["regression_auc"] or 0.5
    parts.append(
        f"a rise of 10 ms of a single pair is noticed {100 * max(2 * auc - 1, 0):.0f} % of the time"
    )
    if use["nearest_extra_ms"] is not None:
        parts.append(f"the server that looks nearest is {use['nearest_extra_ms']:.1f} ms slower")
    if (use["published_share"] or 0.0) < 1:
        parts.append(f"{100 * (1 - (use['published_share'] or 0)):.0f} % of the pairs are withheld")
    if use["landmark_error_km"]:
        parts.append(f"landmarks are {use['landmark_error_km']:.0f} km off on average")
    return "Cost: " + "; ".join(parts) + "."


def dominated_ones(rows: list[Mitigation]) -> dict[Mechanism, Mechanism]:
    """Find the mechanisms that another one dominates.

    Parameters
    ----------
    rows
        Results of mechanisms against the same attacker on the same targets.

    Returns
    -------
    dict
        From each mechanism that is worse in some metric of privacy or utility and better in none, to
        the one that beats it.
    """
    found: dict[Mechanism, Mechanism] = {}
    for loser in rows:
        for winner in rows:
            if winner is not loser and _beats(winner, loser):
                found[loser.mechanism] = winner.mechanism
                break
    return found


def _beats(a: Mitigation, b: Mitigation) -> bool:
    better = False
    for source, names in (("metrics", PRIVACY), ("utility", USE)):
        for name, sign in names:
            x, y = getattr(a, source)[name], getattr(b, source)[name]
            if x is None or y is None:
                if x is None and y is not None:
                    return False
                better |= y is None and x is not None
                continue
            slack = SLACK * max(abs(x), abs(y))
            low = sign * (x - y)
            if source == "metrics" and name in a.resamples and name in b.resamples:
                # On the same targets: other targets would give another result.
                low, _ = interval(sign * (a.resamples[name] - b.resamples[name]))
            if low < -slack:
                return False
            better |= low > slack
    return better
