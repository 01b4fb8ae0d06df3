"""Settings become objects, and commands become runs: the one place where things are joined."""

from worker.app.checkup import doctor
from worker.app.commands import apply, plan, reconcile, run
from worker.app.diagnosis import explain
from worker.app.ending import Accepted, Approve, Ending, Finding, Question
from worker.app.feeding import Fed, enqueue
from worker.app.looking import Listed, campaigns, report, status, verify
from worker.app.queues import campaign_for
from worker.app.shelf import find
from worker.app.steering import Steered, pause, resume, set_max_deletes, set_rate, stop
from worker.app.working import Face

__all__ = [
    "Accepted",
    "Approve",
    "Ending",
    "Face",
    "Fed",
    "Finding",
    "Listed",
    "Question",
    "Steered",
    "apply",
    "campaign_for",
    "campaigns",
    "doctor",
    "enqueue",
    "explain",
    "find",
    "pause",
    "plan",
    "reconcile",
    "report",
    "resume",
    "run",
    "set_max_deletes",
    "set_rate",
    "status",
    "stop",
    "verify",
]
