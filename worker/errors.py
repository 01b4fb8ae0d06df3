"""What ends a command early: its meaning, its exit code, and what to do about it.

Decides nothing and prints nothing. An exception here means that *this command cannot go on*; a bad
result of one customer is a value with a reason, never an exception.
"""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of the contract. A Kubernetes Job's `podFailurePolicy` is built on them."""

    SETTLED = 0
    UNSETTLED = 10
    SAFETY_STOP = 20
    USAGE = 64
    INPUT = 65
    OUT_OF_REACH = 69
    BROKEN = 70
    BUSY = 73
    NOT_DURABLE = 74
    INTERRUPTED = 75
    PROTOCOL = 76
    FORBIDDEN = 77
    SETTINGS = 78


class CommandFailed(Exception):
    """A command cannot go on. `str()` is what happened; `advice` is what to do, one line each."""

    code = Exit.BROKEN

    def __init__(self, what: str, *advice: str) -> None:
        super().__init__(what)
        self.advice = advice


class UsageWrong(CommandFailed):
    """The words of the command are off; nothing was sent."""

    code = Exit.USAGE


class InputWrong(CommandFailed):
    """The input cannot be accepted as it is; nothing was sent."""

    code = Exit.INPUT


class SettingsWrong(CommandFailed):
    """A setting is missing, unknown or impossible; nothing was sent. One line of advice a fault."""

    code = Exit.SETTINGS


class OutOfReach(CommandFailed):
    """The API, the token service, the queue or the database could not be reached within the budget."""

    code = Exit.OUT_OF_REACH


class LogBroken(CommandFailed):
    """The audit log does not verify, or a rule of the worker itself was violated: a bug or tampering."""

    code = Exit.BROKEN


class Busy(CommandFailed):
    """The campaign is being worked by another process."""

    code = Exit.BUSY


class NotDurable(CommandFailed):
    """The local ledger or audit log could not be made durable; never retried on the same file."""

    code = Exit.NOT_DURABLE
