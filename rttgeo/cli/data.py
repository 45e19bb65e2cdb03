"""`rttgeo data`."""

from __future__ import annotations

import json

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def command(as_json: bool) -> int:
    """List the data sets that have a name."""
    from rttgeo.datasets import DATASETS

    rows = [{"name": d.name, "kind": d.kind, "about": d.about} for d in DATASETS.values()]
    if as_json:
        click.echo(json.dumps({"datasets": rows}, indent=1, ensure_ascii=False))
        return 0
    for row in rows:
        click.echo(f"{row['name']:<22} {row['kind']:<10} {row['about']}")
    return 0
