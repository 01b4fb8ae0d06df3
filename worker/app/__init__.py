"""Settings become objects, and commands become runs: the one place where things are joined."""

from worker.app.checkup import doctor
from worker.app.commands import apply, plan, reconcile, run
from worker.app.diagnosis import explain
from worker.app.ending import Accepted, Approve, Ending, Finding, Question
from worker.app.looking import Listed, campaigns, report, resume, status, verify
from worker.app.working import Face

__all__ = [
    "Accepted",
    "Approve",
    "Ending",
    "Face",
    "Finding",
    "Listed",
    "Question",
    "apply",
    "campaigns",
    "doctor",
    "explain",
    "plan",
    "reconcile",
    "report",
    "resume",
    "run",
    "status",
    "verify",
]
