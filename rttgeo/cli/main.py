"""The group of commands, and what happens to their errors."""

from __future__ import annotations

import atexit
import difflib
import gc
import importlib
import io
import os
import resource
import sys
from collections.abc import Sequence

import click

from rttgeo import __version__
from rttgeo.cli import streams
from rttgeo.cli.arguments import json_to_file, ping_hint
from rttgeo.cli.output import complain
from rttgeo.cli.overwriting import guarded
from rttgeo.cli.progress import complain_beside_bars
from rttgeo.errors import RttgeoError
from rttgeo.machine.compiled import spare_linear_algebra, tell_of_compiling
from rttgeo.machine.waiting import tell_of_waiting

COMMANDS = {
    "locate": "Find where targets are, from a table of round-trip times.",
    "circles": "Draw the circles that light allows around the landmarks of a target.",
    "evaluate": "Compare methods on a mesh whose places are known.",
    "audit": "Find landmarks that are not where they are said to be.",
    "anycast": "Find targets that answer from several places: how many, and where.",
    "verify": "Check whether round-trip times allow claimed places.",
    "privacy": "Show what round-trip times give away, and what each mitigation would leave.",
    "sanitise": "Write a table that may be published, and say what can still be inferred.",
    "explain": "Explain why a target is located where it is, and where to measure from next.",
    "next": "Suggest where to measure a target from next: cities, or your own probes.",
    "measure": "Plan RIPE Atlas pings that narrow a target down; --go has them made.",
    "simulate": "Make a mesh of a simulated Internet.",
    "fetch": "Download a RIPE Atlas data set; run it again to continue.",
    "convert": "Make a pairs table from ping, fping, mtr, scamper, RIPE Atlas or MONROE files.",
    "minima": "Reduce samples, such as a day of RIPE Atlas, to one pairs table.",
    "passive": "Round-trip times from packet captures.",
    "data": "List the data sets, where they come from, and whether they are complete.",
    "paper": "Build the paper, on its own data sets or on yours.",
    "doctor": "Check that everything is installed and works.",
    "completion": "Print the completion script for a shell.",
}
"""Command to its one-line help: so that `--help` imports none of them."""

HELP = {"-h", "--help"}

ADDRESS_SPACE_BYTES = 3_000_000_000
"""Compilers and readers reserve far more of it than they use as memory: below, libraries abort."""
SMALL_COMMANDS = {"passive": 2_000_000_000}
"""Commands without compiled code: ten million packets of 200,000 connections took 1.3 GB of it."""

STAYING_OBJECTS = 100_000
"""Objects made before garbage is looked for (Python: 700). Libraries make a million that stay: going
through them again and again takes a tenth of the second in which they load, and once more at the
end, for nothing, half a second."""

EPILOG = """\b
Exit codes:
  0    success (also when the reader of a pipe stops early)
  1    it ran, but something failed: a check, an incomplete download,
       a file that could not be written, or a defect in rttgeo
  2    the arguments or the input cannot be used; one line says why
  130  interrupted

Results go to standard output, everything else to standard error. A pairs table
may be a file (CSV, Parquet), - for standard input, or a data set's name
(`rttgeo data`). Its columns: landmark, landmark_lat, landmark_lon, target,
target_lat, target_lon, rtt_ms; a target of unknown place has empty coordinates,
and both of their columns may be missing.
For the options of a command: rttgeo locate --help, or rttgeo help locate."""


class LazyGroup(click.Group):
    """Imports a command only when it is called: start-up stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List all commands, in the order of the table above.

        Parameters
        ----------
        ctx
            Click's context.

        Returns
        -------
        list of str
            Their names.
        """
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load the command of that name, from the module of that name.

        Parameters
        ----------
        ctx
            Click's context.
        cmd_name
            Name of the command.

        Returns
        -------
        click.Command or None
            None when there is no such command.
        """
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"rttgeo.cli.{cmd_name}")
        command: click.Command = module.command
        # The function is called the same in every module.
        command.name = cmd_name
        if command.callback is not None:
            command.callback = guarded(command.callback)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command meant, or fail with the nearest name.

        Parameters
        ----------
        ctx
            Click's context.
        args
            The arguments, the command's name first.

        Returns
        -------
        tuple of (str or None, click.Command or None, list of str)
            Its name, the command, and the arguments that follow.

        Raises
        ------
        click.UsageError
            When there is no such command.
        """
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"No such command {name!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands into the help, without importing them.

        Parameters
        ----------
        ctx
            Click's context.
        formatter
            Takes the table.
        """
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        """Complete the name of a command, without importing any.

        Parameters
        ----------
        ctx
            Click's context.
        incomplete
            What was typed so far.

        Returns
        -------
        list of click.shell_completion.CompletionItem
            Names with their help, then the options.
        """
        names = [
            click.shell_completion.CompletionItem(name, help=about)
            for name, about in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EPILOG,
)
@click.version_option(__version__, "-V", "--version", prog_name="rttgeo")
def commands() -> None:
    """What round-trip times reveal about where you are."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, without leaving the process.

    Parameters
    ----------
    arguments
        Without the program's name; by default those of the process.

    Returns
    -------
    int
        Exit code: 0 good, 1 something is missing or failed, 2 bad input or usage, 130
        interrupted.
    """
    args = list(sys.argv[1:] if arguments is None else arguments)
    if arguments is None:
        gc.set_threshold(STAYING_OBJECTS)
        atexit.register(gc.freeze)
    streams.open_closed()
    if arguments is None:
        spare_linear_algebra()
        _tell_who_waits()
    try:
        code = _run(args)
        # What is still buffered would otherwise meet a closed pipe after everything is over.
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # The reader of our output has seen enough: no message, and none when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        said = io.StringIO()
        error.show(said)
        complain(said.getvalue().rstrip("\n"))
        return 2
    except RttgeoError as error:
        _say(str(error))
        return getattr(error, "exit_code", 2)
    except (click.exceptions.Abort, KeyboardInterrupt):
        _say("interrupted")
        return 130
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "rttgeo":
            raise
        _say(
            f"{error.name} is not installed; pip install 'rttgeo[paper,explore]' brings everything"
        )
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _say(f"{where}{error.strerror or error}")
        return 1
    except MemoryError as error:
        _say(f"not enough memory: {error}")
        return 1


def _tell_who_waits() -> None:
    """Tell what takes long: at a terminal learning, and everywhere compiling, once for each clone.

    A log or a pipe would otherwise be silent for the minutes that the first run takes.
    """
    tell_of_compiling(complain_beside_bars)
    if sys.stderr.isatty():
        tell_of_waiting(complain_beside_bars)


def _run(args: list[str]) -> int:
    if "_RTTGEO_COMPLETE" in os.environ:
        commands.main(args=args, prog_name="rttgeo")
    if args[:1] == ["help"]:
        args = [*args[1:2], "--help"]
    if args and args[0] in COMMANDS and not HELP & set(args):
        check_room(SMALL_COMMANDS.get(args[0], ADDRESS_SPACE_BYTES))
    try:
        result = _invoked(args)
    except click.UsageError as error:
        # Raised while arguments are read: nothing was done yet.
        if "unexpected extra argument" not in error.message:
            raise
        if hint := ping_hint(args):
            raise click.UsageError(hint, error.ctx) from None
        again = json_to_file(args, error.ctx.command if error.ctx else None)
        if again == args:
            raise
        result = _invoked(again)
    return result if isinstance(result, int) else 0


def _invoked(args: list[str]) -> object:
    # Not `commands.main`: that one ends the process with code 1 at a closed pipe.
    with commands.make_context("rttgeo", args) as context:
        # As typed: what was left of them does not tell which value followed which option.
        context.meta["rttgeo.arguments"] = tuple(args)
        return commands.invoke(context)


def check_room(needed_bytes: int = ADDRESS_SPACE_BYTES) -> None:
    """See that the address space is large enough for compiled code: else it ends in a crash.

    Parameters
    ----------
    needed_bytes
        What the command takes.

    Raises
    ------
    NoRoomError
        When a limit (``ulimit -v``) leaves too little.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit in (resource.RLIM_INFINITY, -1):
        return
    # Arrow's own pool reserves a gigabyte at once, and asks again and again where it is refused.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    if limit < needed_bytes:
        raise NoRoomError(
            f"{limit / 1e9:.1f} GB of address space is too little, expected "
            f"{needed_bytes / 1e9:g} GB or no limit (ulimit -v)"
        )


class NoRoomError(RttgeoError):
    """The machine, not the input, is at fault: exit code 1."""

    exit_code = 1


def _say(line: str) -> None:
    # Names from files and servers are part of messages: nothing of them may steer a terminal.
    complain(f"rttgeo: {' '.join(line.split())}")
