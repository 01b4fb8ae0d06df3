"""Settings become the manner of a run: its guards, its patience, its rules, and what earlier runs have learned for it.

Decides how each setting is handed to the shell. It opens nothing and starts nothing.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Callable

from config import Settings
from worker.core.forecast import READS
from worker.core.guards import Limits
from worker.core.ordering import Lists
from worker.core.retry import Patience
from worker.core.steps import Purpose, Rules
from worker.core.values import replace
from worker.deletion import Deletion, Manner
from worker.oversight import Terms
from worker.pace import Pacer
from worker.ports import Books, Claim, Work


def terms(settings: Settings, books: Books, work: Work, *, customers: int, cap: int | None) -> Terms:
    """What a run is bound by; `cap` is what this worker counts by itself, None where the ledger does."""
    limits = Limits(
        customers=customers,
        max_deletes=cap,
        # `apply` takes up little but deletions: its share was judged by the plan, before the first DELETE.
        max_delete_share=None if work.approved else settings.max_delete_share,
        max_failure_share=settings.max_failure_share,
        max_in_doubt=settings.max_in_doubt,
        ramp=settings.ramp,
    )
    patience = Patience(attempts=settings.attempts, outage=settings.outage_budget)
    return Terms(limits, patience, random.random, _learned(books), settings.adaptive)


def manner(settings: Settings, purpose: Purpose) -> Manner:
    """How each customer is worked."""
    rules = Rules(
        check_max_age=settings.check_max_age_in_force,
        settle_time=settings.settle_time,
        deletes=settings.attempts,
    )
    return Manner(purpose, rules, _sampled(settings.verify_share), settings.request_timeout)


def keep_fresh(deletion: Deletion, settings: Settings, pacer: Pacer) -> None:
    """How old a check may be follows the rate that is in force: its requests must fit."""
    age = max(settings.check_max_age, READS / pacer.share)
    deletion.rules = replace(deletion.rules, check_max_age=age)


def _learned(books: Books) -> Lists:
    """What the runs before this one have learned of the lists."""
    total: Counter[str] = Counter()
    for run in books.runs():
        total.update(run.requests)
    return Lists.of(total)


def _sampled(share: float) -> Callable[[Claim], bool]:
    """Which deletions are read back: a share of them that a number's hash decides, the same in every run."""
    if not share:
        return lambda _: False

    def chosen(claim: Claim) -> bool:
        digest = hashlib.sha256(claim.number.key.encode()).digest()
        return int.from_bytes(digest[:8]) < share * 2**64

    return chosen
