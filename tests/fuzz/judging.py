"""The worker's reading of generated answers, held against the oracle's.

Decides what counts as a fault: a deletion or an eligible customer that the answers do not bear out, and a documented
answer that is not taken for what it is.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.fuzz.answers import ASKED, CLIENT, Generated, answer, honest
from tests.fuzz.json_text import written
from tests.fuzz.oracle import is_deletion, is_empty, is_there
from worker.armrest.answers import decoded
from worker.core.customer import CustomerNo
from worker.core.eligibility import Eligible, Findings, judge, with_reply
from worker.core.replies import Answer, AnswerRules, Asked, Kind, Meaning, Reply, understand

US = Asked(CLIENT, CustomerNo(ASKED))
READS = (Kind.GET_CUSTOMER, Kind.GET_DOCUMENTS, Kind.GET_ARITEMS)
RULES = (AnswerRules(), AnswerRules(frozenset({200, 204})), AnswerRules(frozenset({200, 204, 404})))
Decode = Callable[[bytes], object]
Understand = Callable[[Kind, Answer, Asked, AnswerRules], Reply]


@dataclass(slots=True)
class Series:
    """What a series of answers came to: how many, what they were taken for, and the faults."""

    answers: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def series(answers: int, first: int = 0, decode: Decode = decoded, understanding: Understand = understand) -> Series:
    """That many generated answers: by fours, a DELETE's and the three reads of one pass."""
    found = Series()
    for seed in range(first, first + (answers + 3) // 4):
        dice = Random(seed)
        pass_ = {kind: answer(kind, dice) for kind in (Kind.DELETE, *READS)}
        rules = dice.choice(RULES)
        found.answers += len(pass_)
        found.faults += _faults(seed, pass_, rules, _readers(decode, understanding, rules), found.taken)
    return found


def _readers(decode: Decode, understanding: Understand, rules: AnswerRules) -> Callable[[Generated], Reply]:
    def reply(one: Generated) -> Reply:
        return understanding(one.kind, Answer(one.status, decode(one.body), 1, one.retry_after), US, rules)

    return reply


def _faults(
    seed: int,
    pass_: dict[Kind, Generated],
    rules: AnswerRules,
    reply: Callable[[Generated], Reply],
    taken: Counter[str],
) -> list[str]:
    faults, findings = [], Findings()
    deleting = pass_[Kind.DELETE]
    meaning = reply(deleting).meaning
    taken[f"delete {meaning}"] += 1
    if meaning is Meaning.DELETED and not is_deletion(deleting):
        faults.append(f"seed {seed}: DELETE taken for {meaning}: {deleting.status} {deleting.body[:300]!r}")
    for kind in READS:
        replied = reply(pass_[kind])
        taken[f"{kind} {replied.meaning}"] += 1
        findings = with_reply(findings, replied)
    eligible = isinstance(judge(findings), Eligible)
    taken["eligible"] += eligible
    if eligible and not _borne_out(pass_, rules):
        faults.append(f"seed {seed}: eligible after {[(one.status, one.body[:200]) for one in pass_.values()][1:]}")
    return faults + _unread(seed, findings, pass_, rules)


def _borne_out(pass_: dict[Kind, Generated], rules: AnswerRules) -> bool:
    lists = (pass_[Kind.GET_DOCUMENTS], pass_[Kind.GET_ARITEMS])
    return is_there(pass_[Kind.GET_CUSTOMER]) and all(is_empty(one, rules.empty_list) for one in lists)


def _unread(seed: int, findings: Findings, pass_: dict[Kind, Generated], rules: AnswerRules) -> list[str]:
    """Each list alone: most passes have something else that keeps the customer, and would hide a fault here."""
    told = {Kind.GET_DOCUMENTS: findings.documents, Kind.GET_ARITEMS: findings.aritems}
    return [
        f"seed {seed}: {kind} taken for empty: {pass_[kind].status} {pass_[kind].body[:300]!r}"
        for kind, finding in told.items()
        if finding == "none" and not is_empty(pass_[kind], rules.empty_list)
    ]


def documented(dice: Random) -> Generated:
    """The one answer that is a deletion."""
    return Generated(Kind.DELETE, 200, written(honest(Kind.DELETE, dice)).encode())
