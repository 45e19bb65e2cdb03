"""Can these round-trip times be published? The answer in words, as tables and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rttgeo.estimators.api import locate_many
from rttgeo.figures.privacy import tradeoff_curves
from rttgeo.machine import escaping
from rttgeo.machine.counting import number_of
from rttgeo.machine.files import write_atomically
from rttgeo.papers.sizes import SIZES_KM
from rttgeo.privacy.assessment import Assessment
from rttgeo.privacy.metrics import SIZES
from rttgeo.report import mitigations
from rttgeo.report.html_table import html_table
from rttgeo.report.page import figure_section, page_of
from rttgeo.report.places import REACH_KM, likely_places

MORE_SURE = 0.2
"""Difference of two probabilities of a city from which on a reader would act otherwise."""

EXPOSED = ("a guess of the size of a", "radius", "exposed targets", "bounded by light in fibre")
WORST = ("target", "lowest RTT", "best guess off by", "right city", "right region", "country")


def located_otherwise(found: Assessment) -> str:
    """Say by which number to go where `rttgeo locate` is surer of a city than the attacker.

    Where too few places are known, both assume the same generic curve of delay and the same cities.
    They differ in what they call a city (attraction up to 50 km, a disc of 25 km), and in that the
    default method expects some targets at the sites of landmarks and tempers the times of landmarks
    otherwise: of two such answers, a publisher should go by the more exposed one. Where a mechanism
    has changed what is published, `locate` is deceived by it, and the attacker who knows it is not.

    Parameters
    ----------
    found
        The assessment.

    Returns
    -------
    str
        A sentence; empty where the attacker's delays were learnt, or its guess is the surer one.
    """
    if not found.generic:
        return ""
    worst = {str(one["target"]): float(one["p_city"]) for one in found.worst()}
    seen = found.readable
    answered = set(seen.targets.index[np.unique(seen.pairs["target"])].astype(str))
    estimates = locate_many(seen, [name for name in worst if name in answered])
    surest = [
        (cities[0].p - worst[one.target], one.target, cities[0])
        for one in estimates
        if (cities := likely_places(one, 1).cities) and cities[0].p is not None
    ]
    more, target, city = max(surest, default=(0.0, "", None), key=lambda one: one[0])
    if city is None or more < MORE_SURE:
        return ""
    told = f"in or around {city.name} with probability {city.p:.2f}"
    if found.published_by.alters:
        return (
            f"Go by the attacker's {worst[target]:.2f} for the right city of {target}, and not by "
            f"`rttgeo locate`, which places it {told}: it takes the published times and places for "
            "true ones, and they are not."
        )
    return (
        f"Take the risk for {target} as {city.p:.2f}, not {worst[target]:.2f}: `rttgeo locate` places "
        f"it {told}, because it counts places up to {REACH_KM:g} km away as the city (this attacker: "
        f"{SIZES_KM['city']:g} km) and expects some targets at the sites of landmarks."
    )


def sentences(found: Assessment) -> list[str]:
    """Say whether the table can be published, how large the error may be, and what to do.

    Parameters
    ----------
    found
        The assessment.

    Returns
    -------
    list of str
        The first is the answer.
    """
    advice, mean = found.advice, found.metrics
    low, high = found.intervals["expected_error_km"]
    # Resamples of a single target are all the same.
    spread = f" (95 % interval {low:,.0f} to {high:,.0f})" if low < high else ""
    hides = "the target hides" if len(found.cases) == 1 else "half of the targets hide"
    said = [
        advice.sentence,
        f"An attacker's best guess is off by {mean['expected_error_km']:,.0f} km on average"
        f"{spread}; it names the right city with probability {mean['p_city']:.2f}, the right country with "
        f"{mean['p_country']:.2f}; {hides} among fewer than "
        f"{_people(mean['people_median'])}.",
    ]
    if otherwise := located_otherwise(found):
        said.append(otherwise)
    if found.stated_places:
        said[1:1] = [_given_away(found)]
    if advice.chosen is not None:
        way = advice.chosen.mechanism
        do = f"--mechanism {way.name} --parameter {way.parameter:g}"
        doubt = [advice.doubt] if advice.doubt else []
        said[1:1] = [f"To do so: `rttgeo sanitise PAIRS -o public.csv {do}`.", advice.cost, *doubt]
    checked = found.checked()
    if checked:
        said.append(
            f"Compared with {number_of(checked['targets'], 'place')} that the table states, "
            "the guesses "
            f"are off by {checked['error_km']:,.0f} km and name the right country for "
            f"{100 * checked['country']:.0f} %; {100 * checked['within_95']:.0f} % of the places "
            "lie in the 95 % region."
        )
    if found.database:
        said.append(_database(found.database))
    return said


def _given_away(found: Assessment) -> str:
    """The table may say what its round-trip times hide."""
    places, n = found.stated_places, len(found.cases)
    whose = (
        "the target is a landmark"
        if n == 1
        else f"{places:,} of the {number_of(n, 'target')} are landmarks"
    )
    return (
        f"But {whose} too, so the table itself gives the place away, whatever the round-trip times "
        "reveal. This report is about a target like these whose place is kept secret."
    )


def _people(count: float) -> str:
    """Round to two digits, the precision of the city table."""
    for unit, size in (("billion", 1e9), ("million", 1e6)):
        if count >= size:
            return (
                f"{count / size:.2g} {unit} people"
                if count < 99 * size
                else (f"{10 * round(count / size / 10):,} {unit} people")
            )
    return f"{float(f'{count:.2g}'):,.0f} people"


def _database(told: dict[str, Any]) -> str:
    checked = told["checked"]
    said = (
        f"A database of IP geolocation places {told['targets']:,} of the targets; these "
        f"round-trip times move {told['moved_by_rtt']:,} of its guesses by more than 100 km."
    )
    if checked:
        said += (
            f" Compared with the stated places, it is off by {checked['database_error_km']:,.0f} km "
            f"on average, together with the round-trip times by {checked['both_error_km']:,.0f} "
            f"km; they halve its error for {number_of(checked['halved_by_rtt'], 'target')}: that is what "
            "publishing adds."
        )
    return said


def exposed_rows(found: Assessment) -> list[list[str]]:
    """Make the cells of the table of sizes.

    Parameters
    ----------
    found
        The assessment.

    Returns
    -------
    list of list of str
        One row per size, for `EXPOSED`.
    """
    n = len(found.cases)
    return [
        [
            size, f"{SIZES_KM[size]:,.0f}\u00a0km", f"{found.exposed[size]:,} of {n:,}",
            f"{found.certain[size]:,}",
        ]
        for size in SIZES
    ]  # fmt: skip


def worst_rows(found: Assessment) -> list[list[str]]:
    """Make the cells of the table of the worst cases.

    Parameters
    ----------
    found
        The assessment.

    Returns
    -------
    list of list of str
        One row per target, for `WORST`.
    """
    return [
        [
            one["target"], f"{one['lowest_rtt_ms']:.3g}\u00a0ms",
            f"{one['expected_error_km']:,.0f}\u00a0km",
            f"{one['p_city']:.2f}", f"{one['p_region']:.2f}",
            f"{one['country'] or 'none'} ({one['p_country']:.2f})",
        ]
        for one in found.worst()
    ]  # fmt: skip


def reading(found: Assessment) -> list[str]:
    """Explain the words in the tables.

    Parameters
    ----------
    found
        The assessment.

    Returns
    -------
    list of str
        Sentences, the notes last.
    """
    said = [
        "Exposed, to a guess of the size of a city and to one of the size of a region: that guess is "
        "more likely right than wrong. Bounded by light in fibre: a circle no larger than that holds "
        "the target, whatever the law of delays and whatever noise was drawn.",
        "Off by: expected error of the optimal Bayes attacker. City, region, country: probability "
        "that the best guess is right. Bits: entropy over cells of 25 km.",
        f"The attacker assumes that targets are {found.prior.name}; delays from {found.laws.learnt}.",
    ]
    if found.mitigations:
        judged = f"Mitigations were judged on {number_of(found.sample, 'target')}"
        said += [
            f"{judged}; in brackets, the range that holds 95 % of resamples of these."
            if found.sample > 1
            else f"{judged}.",
            mitigations.better_sentence(found.mitigations, found.sample),
            mitigations.dominated_sentence(found.advice.dominated),
        ]
    return [one for one in said if one] + list(found.notes)


def save_page(found: Assessment, path: str | Path) -> Path:
    """Write the report as a self-contained page.

    Parameters
    ----------
    found
        The assessment.
    path
        File to write.

    Returns
    -------
    pathlib.Path
        The file.
    """
    return write_atomically(path, page(found))


def page(found: Assessment) -> str:
    """Write the report as HTML.

    Parameters
    ----------
    found
        The assessment.

    Returns
    -------
    str
        The page.
    """
    first, *others = sentences(found)
    parts = [
        f"<p><strong>{escaping.html_prose(first)}</strong></p>",
        *(f"<p>{escaping.html_prose(one)}</p>" for one in others),
        "<h2>How many are exposed</h2>", _table(EXPOSED, exposed_rows(found)),
        "<h2>Worst cases</h2>", _table(WORST, worst_rows(found)),
    ]  # fmt: skip
    if found.mitigations:
        parts += [
            f"<h2>{mitigations.LEFT_TITLE}</h2>",
            _table(
                mitigations.LEFT,
                mitigations.left_rows(found.mitigations, found.sample),
                ranges=True,
            ),
            f"<h2>{mitigations.COST_TITLE}</h2>",
            _table(mitigations.COST, mitigations.cost_rows(found.mitigations)),
        ]
        if deceived := mitigations.deceived_rows(found.mitigations):
            parts += [
                f"<h2>{mitigations.DECEIVED_TITLE}</h2>",
                f"<p>{escaping.html_prose(mitigations.deceived_sentence(found.mitigations))}</p>",
                _table(mitigations.DECEIVED, deceived),
            ]
        drawn, narrow = (
            tradeoff_curves(found.mitigations, found.mesh.provenance, width=width)
            for width in ("full", "column")
        )
        parts.append(figure_section(drawn, narrow=narrow))
    notes = "".join(f"<li>{escaping.html_prose(one)}</li>" for one in reading(found))
    parts.append(f"<h2>How to read this</h2>\n<ul>{notes}</ul>")
    title = f"May {found.mesh.provenance.name} be published?"
    return page_of("\n".join(parts), title, found.mesh.provenance.label())


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, ranges: bool = False) -> str:
    return html_table(columns, rows, cell=lambda text: _cell(str(text), ranges))


def _cell(text: str, ranges: bool) -> str:
    """What is in brackets goes below, in one piece."""
    escaped = escaping.html(text)
    before, bracket, behind = escaped.partition(" (")
    if not (ranges and bracket):
        return escaped
    inside, _, unit = behind.partition(")")
    return f'{before}{unit}<br><small class="range">{inside}</small>'
