"""Fewest requests: thousands of customers against the best order of the lists, which is known only in hindsight."""

import json
from pathlib import Path

from tests.acceptance.stage import Desk, sandbox
from worker.prove.judge import Terms, judge, worst
from worker.sandbox.population import populate

CUSTOMERS, SEED, DOCUMENTS, AR_ITEMS = 5000, 9, 0.05, 0.6
RATE = 10_000.0


def best_in_hindsight() -> int:
    """Requests of the better fixed order: two GETs of who is rejected by the first list, three else, and DELETEs."""
    people = populate(CUSTOMERS, SEED, DOCUMENTS, AR_ITEMS, 0.0).customers
    free = sum(person.deletable for person in people)
    without = (sum(not person.documents for person in people), sum(not person.ar_items for person in people))
    return 2 * len(people) + min(without) + free


def test_five_thousand_customers_cost_at_most_two_in_a_hundred_more_than_the_best_order(tmp_path: Path) -> None:
    world = ("--customers", str(CUSTOMERS), "--seed", str(SEED), "--absent", "0")
    with sandbox(tmp_path, *world, "--with-documents", str(DOCUMENTS), "--with-ar-items", str(AR_ITEMS)) as box:
        desk = Desk(tmp_path, box.api())
        (tmp_path / "all.csv").write_text("\n".join(["Kundenr", *box.state()["existing"], ""]), "utf-8")
        words = ("run", "all.csv", "--campaign", "all", "--yes", "--max-deletes", str(CUSTOMERS), "--rate", str(RATE))
        ended = desk.start(*words, "--verify-share", "0", "--log-level", "warning").ended(patience=300)
        assert ended.code == 0, ended.err
        evidence = desk.evidence("all", box)
    best = best_in_hindsight()
    assert best <= len(evidence.wire) <= 1.02 * best
    # The rate is not this test's matter: it is so high that nothing holds the run back.
    assert worst(judge(evidence, Terms(10 * RATE, killed=False))) == ""
    economy = json.loads((desk.campaigns / "all" / "summary.json").read_text("utf-8"))["economy"]
    assert economy["requests_per_deletion"] == 4
    # What is the least is only estimated: from the customers that began with the list that was asked seldom.
    assert abs(economy["requests_per_rejection"] - economy["least_per_rejection"]) <= 0.1
