"""Settings become objects, and commands become runs: the one place where things are joined."""

from worker.app.adding import Added, Customer, add
from worker.app.approving import Approved, Signed, approve
from worker.app.checkup import doctor
from worker.app.commands import apply, plan, reconcile, run
from worker.app.diagnosis import explain
from worker.app.ending import Accepted, Approve, Ending, Finding, Question
from worker.app.evidence import (
    UNWITNESSED,
    ReceiptProof,
    is_receipt,
    keygen,
    keygen_for_pseudonyms,
    receipt,
    verify,
    verify_receipt,
)
from worker.app.feeding import Fed, enqueue
from worker.app.looking import Listed, campaigns, report, status, verdicts
from worker.app.personal import Forgetting, Forgotten, Looked, forget, lookup
from worker.app.planning import repeated
from worker.app.queues import campaign_for
from worker.app.shelf import find
from worker.app.steering import Steered, pause, resume, set_max_deletes, set_rate, stop
from worker.app.working import Face

__all__ = [
    "UNWITNESSED",
    "Accepted",
    "Added",
    "Approve",
    "Approved",
    "Customer",
    "Ending",
    "Face",
    "Fed",
    "Finding",
    "Forgetting",
    "Forgotten",
    "Listed",
    "Looked",
    "Question",
    "ReceiptProof",
    "Signed",
    "Steered",
    "add",
    "apply",
    "approve",
    "campaign_for",
    "campaigns",
    "doctor",
    "enqueue",
    "explain",
    "find",
    "forget",
    "is_receipt",
    "keygen",
    "keygen_for_pseudonyms",
    "lookup",
    "pause",
    "plan",
    "receipt",
    "reconcile",
    "repeated",
    "report",
    "resume",
    "run",
    "set_max_deletes",
    "set_rate",
    "status",
    "stop",
    "verdicts",
    "verify",
    "verify_receipt",
]
