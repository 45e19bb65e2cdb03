"""`rttgeo completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> int:
    # Not raw: click looks for the character \b itself.
    """Print the completion script of a shell; put it where the shell finds it.

    \b
    bash: rttgeo completion bash > ~/.local/share/bash-completion/completions/rttgeo
    zsh:  rttgeo completion zsh > ~/.zfunc/_rttgeo   (with ~/.zfunc in $fpath)
    fish: rttgeo completion fish > ~/.config/fish/completions/rttgeo.fish

    Or for this session only: eval "$(rttgeo completion bash)"
    """  # noqa: D301
    from rttgeo.cli.main import commands

    maker = get_completion_class(shell)
    assert maker is not None
    # `source` would ask an installed bash for its version; the script itself needs no such thing.
    script = maker(commands, {}, "rttgeo", "_RTTGEO_COMPLETE")
    click.echo(script.source_template % script.source_vars())
    return 0
