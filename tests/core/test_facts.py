"""What the audit's lines are made of: kinds, members and their order, as the contract names them."""

import pytest

from worker.core.facts import (
    AttemptFact,
    CampaignFact,
    CheckFact,
    ControlFact,
    Fact,
    FactKind,
    IntentFact,
    Json,
    VerdictFact,
)
from worker.core.lifecycle import Verdict

FACTS: list[tuple[Fact, str, Json]] = [
    (
        CampaignFact("started", {"process": 17, "version": "0.1.0"}),
        "campaign",
        {"event": "started", "process": 17, "version": "0.1.0"},
    ),
    (ControlFact("resume", {"because": "asked"}), "control", {"action": "resume", "because": "asked"}),
    (CheckFact({"customer": "some"}, 2), "check", {"findings": {"customer": "some"}, "gets": 2}),
    (IntentFact(1), "intent", {"attempt": 1}),
    (
        AttemptFact(sent=True, status=200, ms=12, cause="http_200"),
        "attempt",
        {"cause": "http_200", "evidence": {"sent": True, "method": "DELETE", "status": 200, "ms": 12}},
    ),
    (
        AttemptFact(sent=False, status=None, ms=0, cause="refused"),
        "attempt",
        {"cause": "refused", "evidence": {"sent": False, "method": "DELETE", "status": None, "ms": 0}},
    ),
    (
        VerdictFact(Verdict.REFUSED, "http_409", {"customer": "some", "status": 409}),
        "verdict",
        {"verdict": "refused", "reason": "http_409", "evidence": {"customer": "some", "status": 409}},
    ),
]


@pytest.mark.parametrize(("fact", "kind", "body"), FACTS)
def test_a_fact_says_what_its_line_will_say_in_that_order(fact: Fact, kind: str, body: Json) -> None:
    assert fact.kind == kind
    assert list(fact.body().items()) == list(body.items())


def test_every_kind_of_line_has_its_fact() -> None:
    assert {kind for _, kind, _ in FACTS} == set(FactKind)
