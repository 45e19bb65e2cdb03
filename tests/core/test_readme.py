"""The README's example prints what the README says it prints."""

import contextlib
import hashlib
import io
import re

import pytest


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_example_prints_what_is_shown(root):
    text = (root / "README.md").read_text(encoding="utf-8")
    (code,), (shown,) = blocks(text, "python"), blocks(text, "text")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {})
    assert printed.getvalue() == shown


def test_the_example_table_is_a_good_pairs_table(root):
    from rttgeo.pairs import read_mesh

    (table,) = blocks((root / "README.md").read_text(encoding="utf-8"), "csv")
    assert len(read_mesh(io.BytesIO(table.encode()))) == 1


def test_links_lead_somewhere(root):
    for page in ("README.md", "CONTRIBUTING.md", "data/README.md"):
        text = (root / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            assert ((root / page).parent / target).exists(), f"{page}: {target}"


def test_every_data_file_is_accounted_for(root):
    text = (root / "data" / "README.md").read_text(encoding="utf-8")
    stated = dict(re.findall(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", text, re.MULTILINE))
    files = {
        path.relative_to(root / "data").as_posix(): path
        for path in (root / "data").rglob("*")
        if path.is_file() and path != root / "data" / "README.md"
    }
    assert sorted(stated) == sorted(files)
    wrong = [
        name
        for name, path in files.items()
        if hashlib.sha256(path.read_bytes()).hexdigest() != stated[name]
    ]
    if wrong:
        pytest.fail(f"data/README.md states another checksum for {', '.join(wrong)}")
