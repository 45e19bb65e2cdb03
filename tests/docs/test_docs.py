"""Every code sample of the documentation runs, and the site builds without a warning."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
PAGES = sorted(DOCS.rglob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_samples_run(page, tmp_path, monkeypatch, capsys):
    code = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.M)
    if not code:
        pytest.skip("no code on this page")
    monkeypatch.chdir(tmp_path)
    exec(compile("\n".join(code), str(page), "exec"), {"__name__": "sample"})
    assert capsys.readouterr().out or "print" not in "".join(code)


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path):
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    done = subprocess.run(
        [*command, str(DOCS), str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    asked = re.findall(r'<(?:script|img|link)[^>]*(?:src|href)="((?:https?:)?//[^"]+)', page)
    assert asked == [], "the page asks the network"
