"""Phrases that read as translated stay out of what people read: docstrings, messages, documentation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NODE = r"(landmark|target|pair|node|probe|sample|row|mesh|cell|core)"
THING = rf"{NODE[1:-1]}|place|kind|line|letter|method|target|city|country|region|vantage point|fold"
PHRASES = {
    rf"\bone( row| line| entry| value| object| file| place)? an? {NODE}\b(?! of| is)": "one per …",
    rf"\b[Aa] (value|line|text|bool|number|record|row|column|panel|claim|name|path) an? ({THING})\b": (
        "one … per …"
    ),
    r"\bonce an? (target|landmark|member|pair|row|mesh|record)\b": "once per …",
    r"\b(is|are) to be seen\b": "is visible, or must be visible",
    r"\b[Nn]one of nothing\b": "None if there is nothing",
    r"\b(at )?one and the same\b": "the same",
    r"\bin sight\b": "a plain word",
    r"\bto and fro\b": "back and forth",
    r"\bstands? twice\b": "appears twice",
    r"\bin one move\b": "atomically",
    r"\bgoes on from\b": "continues from, or resumes",
    r"\bin vain\b": "without success",
    r"\bsuch as are\b": "those that are",
    r"\band its kin\b": "and others, or similar ones",
    r"\b(that|which) (is|are) no (number|packet|sample|record|text|file|echo|place|mesh|model)s?\b": (
        "that is not a …"
    ),
    r"\bthat cannot be\b(?! \w)": "invalid, or impossible",
    r"\bnobody (can tell|knows|has checked|has calibrated)\b": "unknown, or not checked",
    r"\b(asks?|asked|finds?|found|tells?|says|blames?|learnt) whom\b": "which landmarks …",
    r"\bof (whom|which) no\b": "none of which, or a plain clause",
    r"\bby lot\b": "at random, or by a hash",
    r"(?:^|[.:] )(Read|Used|Asked|Kept|Located) (is|are)\b": "the subject before the verb",
    r"\bno place in common\b": "no point in common",
    r"\bwhat (stood|stands) there\b": "the existing file, or the text found",
    r"\bwhoever (asks|waits|types|names)\b": "a plain subject",
}
"""Patterns, each with what to write instead."""

PAGES = [
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "docs" / "howto").glob("*.md"),
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
]


def told(source: str) -> Iterator[tuple[int, str]]:
    """Docstrings and messages of a module, with their lines; words that programs exchange are not."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, " ".join(node.value.split())


def foreign(text: str) -> list[str]:
    """Each phrase of the list in a text, with what to write instead."""
    return [
        f"{found.group(0)!r}: {instead}"
        for pattern, instead in PHRASES.items()
        if (found := re.search(pattern, text))
    ]


def test_docstrings_and_messages_keep_to_plain_english():
    seen, lacking = 0, []
    for path in sorted((ROOT / "rttgeo").rglob("*.py")):
        for line, text in told(path.read_text(encoding="utf-8")):
            seen += 1
            lacking += [f"{path.relative_to(ROOT)}:{line} {one}" for one in foreign(text)]
    assert seen > 5000
    assert not lacking, "\n".join(lacking)


def test_documentation_keeps_to_plain_english():
    assert len(PAGES) > 20
    lacking = []
    for path in sorted(PAGES):
        for part in path.read_text(encoding="utf-8").split("\n\n"):
            lacking += [
                f"{path.relative_to(ROOT)}: {one}" for one in foreign(" ".join(part.split()))
            ]
    assert not lacking, "\n".join(lacking)


@pytest.mark.parametrize(
    "text",
    [
        "One row a target, sorted.",
        "UDP that is no packet of ours",
        "column 'a' stands twice",
        "Read are anchors and probes.",
        "TCP header that cannot be",
        "NaN where nobody can tell",
        "Gives a bool a place.",
        "Each method is fitted once a target.",
        "The curve is to be seen.",
    ],
)
def test_the_list_finds_what_it_is_for(text):
    assert foreign(text[0].lower() + text[1:]) or foreign(text)


def test_plain_sentences_pass():
    assert not foreign("One row per target. The name appears twice, and nobody else is asked.")


def test_no_place_is_said_by_two_numbers_that_may_be_taken_for_one_another():
    """Latitude or longitude first? `rttgeo.sphere.in_words` says which is which."""
    sources = (ROOT / "rttgeo").rglob("*.py")
    bare = [path.name for path in sources if re.search(r"f}°, \{", path.read_text("utf-8"))]
    assert not bare


def test_a_space_stands_before_each_percent_sign():
    """Python's own format for shares sets none, and pages are read beside figures that have one."""
    tight = re.compile(r"\{[^{}\n]*:[^{}\n]*%\}")
    assert tight.search('f"{share:.0%}"') and not tight.search('f"{100 * share:.0f} %"')
    sources = [
        path
        for folder in ("rttgeo", "benchmarks", "tools")
        for path in (ROOT / folder).rglob("*.py")
    ]
    assert len(sources) > 200
    bare = [str(path) for path in sources if tight.search(path.read_text("utf-8"))]
    for path in PAGES:
        text = re.sub(r"```.*?```|`[^`]*`", "", path.read_text("utf-8"), flags=re.DOTALL)
        bare += [f"{path.name}: {found}" for found in re.findall(r"\d%", text)]
    assert not bare
