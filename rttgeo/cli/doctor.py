"""`rttgeo doctor`."""

from __future__ import annotations

import json

import click

MARKS = {True: "ok", False: "FAILS", None: "–"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def command(as_json: bool) -> int:
    """Check that everything is installed and works; exit code 1 when something does not."""
    from rttgeo.cli.health import examine

    failed = False
    found = []
    for finding in examine():
        failed |= finding.ok is False
        found.append(finding._asdict())
        if not as_json:
            click.echo(f"{MARKS[finding.ok]:<6} {finding.what:<28} {finding.answer}")
    if as_json:
        click.echo(json.dumps({"findings": found}, indent=1, ensure_ascii=False))
    return int(failed)
