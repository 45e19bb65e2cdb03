"""Pages that quote what a command prints quote what it prints today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rttgeo.cli.main import main
from rttgeo.data.shipped import data_path

HOWTO = Path(__file__).parents[2] / "docs" / "howto"
CAPTURES = [str(data_path(f"captures/{one}.pcap.gz")) for one in ("quic-lossy-vec", "tcp-lossy")]
QUOTED = {
    "privacy": ("begins like this:", ["privacy", "azure-2026"]),
    "explain": ("as small as it is:", ["explain", "azure-2026", "UK South"]),
    "passive": ("the first command prints:", ["passive", *CAPTURES]),
}
"""Page, the end of the sentence before the quotation, and the command."""


def quoted(page: str, before: str) -> list[str]:
    """Words of a quotation: its lines are broken as by a window."""
    text = (HOWTO / f"{page}.md").read_text("utf-8")
    words = r"\s+".join(before.split(" "))
    found = re.search(rf"{words}\n\n```text\n(.*?)```", text, re.DOTALL)
    assert found, page
    return found[1].split()


@pytest.mark.slow
@pytest.mark.parametrize("page", QUOTED)
def test_the_quoted_beginning_is_that_of_the_command(page, capsys):
    before, command = QUOTED[page]
    words = quoted(page, before)
    assert len(words) > 20 and main(command) == 0
    assert capsys.readouterr().out.split()[: len(words)] == words


@pytest.mark.slow
def test_the_quoted_manifest_is_that_of_the_census(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["simulate", "--full-mesh", "60", "--output", "pairs.parquet"]) == 0
    located = ["locate", "pairs.parquet", "--method", "exclusion", "--output", "RESULTS/"]
    assert main(located) == 0
    # The size and the digest are those of a library's version of Parquet.
    drop = re.compile(r'"(bytes|sha256)": [^,\s]+')
    written = drop.sub("", Path("RESULTS/manifest.json").read_text("utf-8"))
    assert (
        written.split() == drop.sub("", " ".join(quoted("census", "the manifest reads:"))).split()
    )
