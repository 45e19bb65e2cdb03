"""The group of commands, and what happens to their errors."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click

from rttgeo import __version__
from rttgeo.errors import RttgeoError

COMMANDS = {
    "paper": "Build the paper, on its own data sets or on yours.",
    "data": "List the data sets: what there is, where it comes from.",
}
"""Command to its one-line help: so that `--help` imports none of them."""


class LazyGroup(click.Group):
    """Imports a command only when it is called: start-up stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of the table above."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, from the module of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"rttgeo.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="rttgeo")
def commands() -> None:
    """What round-trip times tell about where you are."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code instead of leaving the process."""
    args = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result = commands.main(args=args, prog_name="rttgeo", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("rttgeo: interrupted", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return 2
    except RttgeoError as error:
        click.echo(f"rttgeo: {error}", err=True)
        return getattr(error, "exit_code", 2)
    except KeyboardInterrupt:
        click.echo("rttgeo: interrupted; the same command again goes on from here", err=True)
        return 130
    except BrokenPipeError:
        # Whoever read our output has seen enough: no message, and none from the interpreter's end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return result if isinstance(result, int) else 0
