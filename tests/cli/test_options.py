"""What `--json` writes and what it never does: the name alone says so."""

from __future__ import annotations

import click
import pytest

from rttgeo.cli.options import sort_out_json


@pytest.mark.parametrize(
    ("pairs", "value", "found"),
    [
        (("a.csv",), None, (("a.csv",), None)),
        (("a.csv",), "-", (("a.csv",), "-")),
        (("a.csv",), "/dev/stdout", (("a.csv",), "-")),
        (("a.csv",), "out.json", (("a.csv",), "out.json")),
        (("a.csv",), "OUT.JSON", (("a.csv",), "OUT.JSON")),
        (("a.csv",), "/dev/null", (("a.csv",), "/dev/null")),
        ((), "a.csv", (("a.csv",), "-")),
        (("b.csv",), "a.parquet", (("a.parquet", "b.csv"), "-")),
        ((), "azure-2026", (("azure-2026",), "-")),
        (("a.csv",), "results", (("results", "a.csv"), "-")),
    ],
)
def test_only_a_json_name_is_written_to(pairs, value, found):
    assert sort_out_json(pairs, value) == found


def test_json_alone_needs_a_table():
    with pytest.raises(click.UsageError, match="PAIRS"):
        sort_out_json((), "out.json")
