"""amili-purge: checks, deletes and accounts for customers of an ARMrest API, one verdict a row.

For programs that embed it these names are public, and kept as the version says; docs/library.md shows them at work.
Each is loaded when it is first asked for: importing the package loads nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worker.app.adding import Added, Customer
    from worker.app.ending import Ending
    from worker.app.looking import Listed
    from worker.app.steering import Steered
    from worker.core.lifecycle import Verdict
    from worker.core.summary import Summary
    from worker.errors import (
        Busy,
        CommandFailed,
        Exit,
        InputWrong,
        LogBroken,
        NotDurable,
        OutOfReach,
        SettingsWrong,
        UsageWrong,
    )
    from worker.library import Campaign, Row, open_campaign

__all__ = [
    "Added",
    "Busy",
    "Campaign",
    "CommandFailed",
    "Customer",
    "Ending",
    "Exit",
    "InputWrong",
    "Listed",
    "LogBroken",
    "NotDurable",
    "OutOfReach",
    "Row",
    "SettingsWrong",
    "Steered",
    "Summary",
    "UsageWrong",
    "Verdict",
    "open_campaign",
]

_FAILURES = ("Busy", "CommandFailed", "Exit", "InputWrong", "LogBroken", "NotDurable", "OutOfReach")
_LIGHT = {
    **dict.fromkeys((*_FAILURES, "SettingsWrong", "UsageWrong"), "errors"),
    "Summary": "core.summary",
    "Verdict": "core.lifecycle",
}
"""Where the names are that need nothing of a campaign's parts; the others are the library's."""

if not TYPE_CHECKING:  # a type checker must still find fault with a name that is not there

    def __getattr__(name: str) -> object:
        """One of the names above, loaded now."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_LIGHT.get(name, 'library')}"), name)
