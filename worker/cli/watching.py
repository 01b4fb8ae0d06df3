"""The same thing shown again and again, until somebody has seen enough.

Decides how: in place on a terminal, one after the other elsewhere. It never decides what.
"""

import time
from collections.abc import Callable
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.text import Text

from worker.cli.streams import say
from worker.observe.progress import is_live

EVERY: Final = 2.0
"""Seconds between two looks."""


def again(shown: Callable[[], str], every: float = EVERY) -> None:
    """Show it until interrupted, which is a good end."""
    console = Console()
    try:
        if is_live(console):
            _in_place(console, shown, every)
        else:
            _one_by_one(shown, every)
    except KeyboardInterrupt:
        return


def _in_place(console: Console, shown: Callable[[], str], every: float) -> None:
    with Live(Text(shown()), console=console, auto_refresh=False) as live:
        while True:
            time.sleep(every)
            live.update(Text(shown()), refresh=True)


def _one_by_one(shown: Callable[[], str], every: float) -> None:
    while True:
        say(shown())
        say()
        time.sleep(every)
