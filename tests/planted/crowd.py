"""Bugs of many workers: no simulated campaign has more than one, so each is looked for by tests of its own."""

from tests.planted.defect import Defect

_WORKERS = "tests/contracts/test_postgres_workers.py"
_STORE = "worker/ledger/postgres/store.py"

CROWD = (
    Defect(
        "a buried worker goes on recording",
        _STORE,
        "        return Fence(_MINE, (self.run, self.run)) if self.run else Fence()\n",
        "        return Fence()\n",
        (f"{_WORKERS}::test_nothing_is_recorded_by_a_worker_that_was_taken_for_dead",),
    ),
    Defect(
        "the ledger gives leave beyond the cap",
        "worker/ledger/leave.py",
        "    return outcome if isinstance(outcome, Stop) else None\n",
        "    return None\n",
        (f"{_WORKERS}::test_workers_that_know_nothing_of_each_other_reach_the_cap_and_no_more",),
    ),
    Defect(
        "what a dead worker meant is forgotten",
        "worker/ledger/postgres/burial.py",
        "        after = recover(before)\n",
        "        after = Standing(State.OPEN, before.unanswered)\n",
        (f"{_WORKERS}::test_a_dead_workers_customers_are_taken_up_by_any_other_and_its_intents_are_doubts",),
    ),
    Defect(
        "a lease never ends by the worker's own clock",
        "worker/ledger/postgres/session.py",
        "        return self.left > 0\n",
        "        return True\n",
        (f"{_WORKERS}::test_a_lease_ends_by_the_workers_own_clock",),
    ),
    Defect(
        "a halt bars nobody else",
        "worker/ledger/leave.py",
        "    if now.halt is not None:\n        return now.halt\n",
        "",
        (f"{_WORKERS}::test_a_halt_of_one_bars_the_intents_of_all_until_the_next_epoch",),
    ),
    Defect(
        "a batch whose COMMIT was not answered is done again",
        _STORE,
        "                if again and self._happened():\n",
        "                if again and not self._happened() and False:\n",
        ("tests/contracts/test_postgres_store.py::test_a_commit_whose_answer_is_lost_is_looked_up_and_not_done_again",),
    ),
    Defect(
        "a pause reaches nobody",
        "worker/steering.py",
        "            self._pace.hold(_PAUSED if orders.paused else None)\n",
        "            self._pace.hold(None)\n",
        ("tests/campaigns/test_steering.py::test_a_pause_stops_all_requests_and_a_resume_goes_on",),
    ),
    Defect(
        "a walk that begins anew takes up who is in hand",
        "worker/ledger/claims.py",
        " if row[0] not in transaction.in_hand]",
        "]",
        ("tests/contracts/test_ledger_queue.py",),
    ),
    Defect(
        "messages are acknowledged before they are durable",
        "worker/inflow.py",
        "        await self._ledger.enlist([request for _, request in read])\n",
        "        await self._inbox.acknowledge([each for each, _ in read])\n"
        "        await self._ledger.enlist([request for _, request in read])\n",
        ("tests/shell/test_inflow.py",),
    ),
)
