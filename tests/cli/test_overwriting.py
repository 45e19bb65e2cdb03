"""No command writes over a file that it reads."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

import rttgeo
from rttgeo.cli.main import COMMANDS, commands, main
from rttgeo.cli.overwriting import is_written

READS_AND_WRITES = [
    ["locate", "{}", "-o", "{}"],
    ["locate", "{}", "--map", "{}"],
    ["sanitise", "{}", "--mechanism", "floor", "-o", "{}"],
    ["audit", "{}", "--clean", "{}"],
    ["convert", "pairs", "{}", "-o", "{}"],
    ["explain", "{}", "UK South", "--map", "{}"],
    ["circles", "{}", "--map", "{}"],
    ["privacy", "{}", "--html", "{}"],
    ["anycast", "{}", "--map", "{}"],
    ["passive", "{}", "--pairs", "{}"],
    ["verify", "azure-2026", "--pairs", "{}", "--output", "{}"],
    ["next", "azure-2026", "UK South", "--probes", "{}", "--output", "{}"],
]


@pytest.mark.parametrize("line", READS_AND_WRITES, ids=lambda line: " ".join(line[:1] + line[2:]))
def test_the_original_is_still_there(line: list[str], tmp_path: Path, capsys):
    path = tmp_path / "pairs.csv"
    rttgeo.write_mesh(rttgeo.open_dataset("azure-2026"), path)
    before = path.read_bytes()
    (tmp_path / "other.csv").symlink_to(path)
    read = [str(tmp_path / "other.csv") if part == "{}" else part for part in line[:-1]]
    assert main([*read, str(path)]) == 2
    assert path.read_bytes() == before
    error = capsys.readouterr().err
    assert "names the same file as" in error and str(path) in error


def test_every_command_is_guarded():
    context = click.Context(commands)
    for name in COMMANDS:
        command = commands.get_command(context, name)
        assert command is not None
        if command.callback is not None and not isinstance(command, click.Group):
            assert getattr(command.callback, "is_guarded", False), name


READ = {"--places", "--candidates", "--probes", "--mesh", "--certificate"}


def test_every_option_that_names_a_file_is_known_as_read_or_written():
    context = click.Context(commands)
    for name in COMMANDS:
        command = commands.get_command(context, name)
        assert command is not None
        for param in command.params:
            if isinstance(param, click.Option) and "FILE" in (param.metavar or ""):
                assert is_written(param) != (param.opts[0] in READ), (name, param.opts)
