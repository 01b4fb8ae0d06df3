"""What a shell offers when somebody presses Tab: commands, flags, files, and the names of campaigns.

Decides where names come from: the directories that the settings in force name, never a database, for a key pressed
must open nothing. A fault in the settings offers nothing, and is told when the line is entered.
"""

from typing import Final

import click
from click.shell_completion import CompletionItem, shell_complete

from worker.cli.group import PROGRAM, cli
from worker.errors import CommandFailed, Exit

VARIABLE: Final = "_AMILI_PURGE_COMPLETE"
"""Set by the shell's script: `bash_source`, `zsh_source` or `fish_source` writes it, `…_complete` asks it."""


def completed(instruction: str) -> int:
    """Answer a shell's question; 64 for an instruction that no shell gives."""
    return Exit.USAGE if shell_complete(cli, {}, PROGRAM, VARIABLE, instruction) else Exit.SETTLED


def campaigns(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The campaigns of this machine whose names begin so."""
    from worker.cli.flags import Given
    from worker.place import NAME

    try:
        directory = ctx.ensure_object(Given).load().settings.campaigns
        names = sorted(path.name for path in directory.iterdir() if path.is_dir() and NAME.fullmatch(path.name))
    except (CommandFailed, OSError):
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def files(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Whatever the shell itself offers as files."""
    return [CompletionItem(incomplete, type="file")]


def campaigns_or_files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Campaigns, and where none begins so, files: a shell cannot offer both."""
    return campaigns(ctx, param, incomplete) or files(ctx, param, incomplete)
