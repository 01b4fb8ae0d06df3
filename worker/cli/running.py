"""How a command runs: its event loop, and the face that it shows.

Decides between the standard event loop and uvloop, if the extra is installed, and what kind of log is written where
no setting says so. Knows nothing of what is run.
"""

import asyncio
import gc
import sys
from collections.abc import Callable, Coroutine
from importlib import import_module
from typing import TypeVar

from config import Settings
from worker.app.face import Face

T = TypeVar("T")
_NEW_OBJECTS = 20_000
"""So many new containers before the collector of cycles looks at them."""


def wait_for(work: Coroutine[object, object, T]) -> T:
    """Run it to its end on an event loop of its own."""
    # What is there by now stays to the end, and hardly any garbage comes in cycles: the collector need not look often.
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(work)


def face(settings: Settings) -> Face:
    """Lines for a person on a terminal, JSON elsewhere, unless `log_format` says otherwise; standard error decides."""
    terminal = sys.stderr.isatty()
    return Face(settings.log_format or ("console" if terminal else "json"), settings.log_level, terminal)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        found: Callable[[], asyncio.AbstractEventLoop] = import_module("uvloop").new_event_loop
    except ImportError:
        return None
    return found
