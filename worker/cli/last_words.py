"""What machines read at a command's end: the summary's line, the termination message, the pushed figures.

Decides when each is due. None of them changes how the command ended; what fails is told on standard error.
"""

from config import Settings
from worker.app.ending import Ending
from worker.cli.running import face
from worker.cli.streams import say, tell
from worker.observe.pushed import Gateway, push
from worker.report import as_line, leave_word
from worker.report.termination import LONGEST


def hand_over(ending: Ending, settings: Settings, command: str) -> None:
    """Leave the account where a cluster looks for it; before anything is printed, as nobody may be reading that."""
    trouble = leave_word(settings.termination_log, as_line(ending.summary, LONGEST))
    if trouble:
        tell(f"the termination message was not left: {trouble}")
    if settings.push_gateway is not None:
        trouble = push(Gateway(settings.push_gateway, settings.push_job), ending.summary, command)
        if trouble:
            tell(f"the figures were not pushed to {settings.push_gateway}: {trouble}")


def close(ending: Ending, settings: Settings) -> None:
    """The last line on standard output: the summary, where lines are for machines."""
    if face(settings).log_format == "json":
        say(as_line(ending.summary))
