"""The ledger: `CampaignLedger` is written, filled by `enrol`, read through `CampaignBooks`; in a file, or shared."""

from worker.ledger.books import CampaignBooks, SqliteBooks
from worker.ledger.campaign_ledger import CampaignLedger
from worker.ledger.enrol import Binding, enrol
from worker.ledger.sqlite import SqliteLedger

__all__ = ["Binding", "CampaignBooks", "CampaignLedger", "SqliteBooks", "SqliteLedger", "enrol"]
