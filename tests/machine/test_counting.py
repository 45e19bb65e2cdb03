"""Counts in messages agree with their nouns: "1 packet", never "1 packets"."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import rttgeo
from rttgeo.machine.counting import agreeing, counted, number_of, plural

PACKAGE = Path(rttgeo.__file__).parent

#: What follows a value in a message and ends in s, but is no plural: verbs, units, pronouns.
NO_PLURAL = frozenset(
    re.findall(
        r"\w+",
        """is was has does its this as ms answers holds allows uses gives puts describes needs takes
        belongs says costs appears points states lies leaves names seems excludes moves means ends
        fits exceeds begins differs reaches wants expects returns fails keeps makes unpacks""",
    )
)

#: Values that are words and no counts, by the functions and forms that make them.
WORDS = re.compile(r"(number_of|agreeing|plural|printable)\(|'.*' if |[A-Z_.]+$|(name|path|form)$")

#: A noun in the plural, with up to two words before it.
FIRST_WORDS = re.compile(
    r"^ ((?:(?!of |in |by |to |and |or |with |from )[a-z-]+ ){0,2}?)([a-z]+s)\b"
)

#: Plurals put together by hand.
BY_HAND = re.compile(r"""\{['"](?:e?s|ies)['"] \* |['"]{2} if \w+ == 1 else ['"](?:e?s|ies)['"]""")


def counts_without_agreement(source: str) -> Iterator[str]:
    """Find ``{n} things`` in the f-strings of a module: wrong where n is one."""
    for node in ast.walk(ast.parse(source)):
        parts = node.values if isinstance(node, ast.JoinedStr) else []
        for value, after in itertools.pairwise(parts):
            if not isinstance(value, ast.FormattedValue) or not isinstance(after, ast.Constant):
                continue
            form = "" if value.format_spec is None else ast.unparse(value.format_spec)
            found = FIRST_WORDS.match(str(after.value))
            if form not in ("", "f','") or not found or found[2] in NO_PLURAL:
                continue
            if not WORDS.match(ast.unparse(value.value)):
                yield f"line {node.lineno}: {{{ast.unparse(value.value)}}}{found[0]}"


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_every_count_in_a_message_agrees_with_its_noun(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    found = list(counts_without_agreement(source))
    assert not found, f"{path.name}: use rttgeo.machine.counting.number_of: {found}"
    assert path.name == "counting.py" or not BY_HAND.search(source)


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ('f"{n} packets: {why}"', True),
        ('f"{len(rows):,} more bad rows"', True),
        ('f"of {n} " f"targets"', True),
        ("f\"{number_of(n, 'packet')}: {why}\"", False),
        ('f"{MOST} pairs"', False),
        ('f"{name} has no place"', False),
        ('f"{rtt:.1f} ms"', False),
    ],
)
def test_the_lint_finds_the_next_one(source: str, wrong: bool) -> None:
    assert bool(list(counts_without_agreement(source))) is wrong


def test_plurals_made_by_hand_are_found() -> None:
    assert BY_HAND.search("""f"{n} row{'s' * (n > 1)}" """)
    assert BY_HAND.search("""f"{n} other{'' if n == 1 else 's'}" """)


@pytest.mark.parametrize(
    ("count", "thing", "verb", "said"),
    [
        (0, "packet", "", "0 packets"),
        (1, "packet", "is", "1 packet is"),
        (1234, "packet", "was", "1,234 packets were"),
        (2, "log density", "has", "2 log densities have"),
        (2, "address", "answers", "2 addresses answer"),
        (2, "small patch", "", "2 small patches"),
        (2, "series", "lies", "2 series lie"),
        (3, "day", "does", "3 days do"),
    ],
)
def test_nouns_and_verbs_agree(count: int, thing: str, verb: str, said: str) -> None:
    assert number_of(count, thing, verb) == said
    assert not verb or said.endswith(agreeing(count, verb))
    assert count == 1 or plural(thing) in said


@pytest.mark.parametrize(
    ("reason", "one"),
    [
        ("packets: no reply (*)", "1 packet: no reply (*)"),
        ("rows without a probe or a target", "1 row without a probe or a target"),
        ("anchors and probes without a place", "1 anchor or probe without a place"),
        ("bins without a ping", "1 bin without a ping"),
        ("no answer", "1 no answer"),
    ],
)
def test_a_reason_agrees_with_its_count(reason: str, one: str) -> None:
    assert counted(1, reason) == one
    assert counted(1200, reason) == f"1,200 {reason}"


def test_every_reason_that_begins_with_a_plural_has_its_singular() -> None:
    reasons = {
        text
        for room in ("sources", "passive", "atlas")
        for path in (PACKAGE / room).glob("*.py")
        for text in re.findall(r"""(?:add\(|left_out\[)\s*f?["']([a-z]+s)\b""", path.read_text())
    }
    reasons -= {"logs", "captures"}  # "--places names …" and the like are no reasons
    assert {"rows", "lines", "samples", "places"} <= reasons
    assert {reason for reason in reasons if counted(1, reason) == f"1 {reason}"} == set()
