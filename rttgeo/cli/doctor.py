"""`rttgeo doctor`."""

from __future__ import annotations

import click

from rttgeo.cli import output

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
            output.say(f"{MARKS[finding.ok]:<6} {finding.what:<28} {finding.answer}")
    if as_json:
        output.emit(output.to_json({"findings": found}), None)
    return int(failed)
