"""What the shell needs of the world: the Protocols that adapters implement and `app` joins.

Decides nothing. `deletion` and `campaign` know these and nothing behind them, so that the same code runs against
SQLite and a real API, and against an in-memory ledger on a virtual clock.
"""

from worker.ports.api import CustomerDeletes, CustomerReads, Renewal
from worker.ports.books import Books, CampaignNote, PlanNote, ReportRow, RunNote, WorkerNote
from worker.ports.intake import Delivery, Inbox, Source
from worker.ports.ledger import Claim, Entry, Held, Ledger, Started, Work
from worker.ports.running import Clock, Observer, Pace, RateShare

__all__ = [
    "Books",
    "CampaignNote",
    "Claim",
    "Clock",
    "CustomerDeletes",
    "CustomerReads",
    "Delivery",
    "Entry",
    "Held",
    "Inbox",
    "Ledger",
    "Observer",
    "Pace",
    "PlanNote",
    "RateShare",
    "Renewal",
    "ReportRow",
    "RunNote",
    "Source",
    "Started",
    "Work",
    "WorkerNote",
]
