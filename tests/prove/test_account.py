"""The account shows what happened, and nothing that was violated is left out."""

from collections import Counter

from worker.prove.account import Account, untrue
from worker.prove.box import State
from worker.prove.evidence import Evidence, Row, Told
from worker.prove.points import RANDOM
from worker.sandbox.faults import Kind
from worker.sandbox.journal import Record

ROWS = [Row("A1", "deleted"), Row("B2", "deleted_inferred"), Row("C3", "ineligible"), Row("D4", "already_absent")]
BEFORE = State(frozenset({"a1", "b2", "c3"}), frozenset({"a1", "b2"}), 0)


def evidence(rows: list[Row]) -> Evidence:
    wire = [
        Record(1, 1.0, 1.0, "DELETE", "/", Kind.DELETE, "a1", effect_at=1.0),
        Record(2, 2.0, 2.0, "DELETE", "/", Kind.DELETE, "b2", effect_at=2.0),
        Record(3, 3.0, 3.0, "DELETE", "/", Kind.DELETE, "b2"),
    ]
    return Evidence([], [], Told(5, 4, {}, {}, 0, ""), rows, wire, frozenset({"c3"}))


def test_the_table_has_every_figure_and_where_the_kills_fell() -> None:
    account = Account(kills=Counter({RANDOM: 3, "DELETE on its way": 2}))
    account.add(evidence([*ROWS, Row("x/", "invalid")]))
    lines = [line.split() for line in account.table(61).splitlines() if line]
    figures = {words[0]: words[1] for words in lines}
    assert figures | {"kills": "5", "campaigns": "1", "customers": "4", "deletions": "2", "inferred": "1"} == figures
    assert figures["violations"] == "0"
    assert "journal has 2" in account.table(61)
    assert "3 at random, 2 at 1 named points" in account.table(61)
    assert lines[-2:] == [["random", "moment", "3"], ["DELETE", "on", "its", "way", "2"]]


def test_violations_are_counted_and_the_first_of_them_shown() -> None:
    account = Account(breaches=[f"A: {place}" for place in range(30)])
    assert "violations" in account.table(1)
    assert "none of the invariants" not in account.table(1)
    assert account.worst().splitlines() == [*account.breaches[:20], "… 30 in all"]
    assert Account(breaches=["A: one"]).worst() == "A: one"
    assert account.progress(40).endswith("violations 30")


def test_customers_that_ended_as_the_world_says_are_no_violation() -> None:
    assert list(untrue(evidence([*ROWS, Row("x/", "invalid"), Row("a1", "duplicate")]), BEFORE)) == []


def test_a_customer_that_ended_otherwise_is_a_violation() -> None:
    wrong = [Row("A1", "refused"), Row("B2", "not_reached"), Row("C3", "deleted"), Row("D4", "unchecked")]
    told = list(untrue(evidence(wrong), BEFORE))
    assert [line.partition(" is ")[0] for line in told] == ["end: A1", "end: B2", "end: C3", "end: D4"]
    assert told[0].endswith("should be deleted or deleted_inferred")
