"""A receipt proves its customer's lines by itself, and nothing in it can be changed, left out of a line, or moved."""

import base64
import json
from collections.abc import Callable
from hashlib import sha256

import pytest

from worker.core.chain import Head, Subject, seal
from worker.core.checkpoint import Checkpoint, Note, Signature, VerifierKey, origin_of
from worker.core.facts import AttemptFact, CampaignFact, CheckFact, Fact, IntentFact, VerdictFact
from worker.core.lifecycle import Verdict
from worker.core.merkle import Prover
from worker.core.receipt import FORMAT, Receipt, faults, parse
from worker.core.receipt import Proved as ProvedLine
from worker.core.values import replace

TIME = "2025-01-02T03:04:05.678901Z"
OURS, THEIRS = Subject(2218, "Bø-7"), Subject(2218, "500002")
KEY = VerifierKey("k", bytes(32))
SENT = AttemptFact(sent=True, status=200, ms=1, cause="http_200")
DELETED = VerdictFact(Verdict.DELETED, "confirmed", {})
STORY: tuple[tuple[Fact, Subject | None], ...] = (
    (CampaignFact("created", {}), None),
    *((CheckFact({}, 3), whom) for whom in (OURS, THEIRS)),
    *((IntentFact(1), whom) for whom in (OURS, THEIRS)),
    *((SENT, whom) for whom in (OURS, THEIRS)),
    *((DELETED, whom) for whom in (OURS, THEIRS)),
)


def log(story: tuple[tuple[Fact, Subject | None], ...] = STORY) -> list[bytes]:
    head, lines = Head(), []
    for place, (fact, subject) in enumerate(story):
        head, record = seal(head, TIME, fact, subject, f"salt{place}")
        lines.append(record.line)
    return lines


def receipt(lines: list[bytes], *places: int, verdict: str | None = "deleted", reason: str = "confirmed") -> Receipt:
    """A receipt over these places (from 0) of a log."""
    prover = Prover(places)
    for line in lines:
        prover.add(line)
    paths = prover.paths()
    checkpoint = Checkpoint(origin_of("https://arm.example/v1", 2218, "spring", "ab" * 32), len(lines), prover.root())
    note = Note(checkpoint, checkpoint.text(), (Signature("k", KEY.key_id, b"s" * 64),))
    proved = tuple(ProvedLine(place + 1, lines[place], paths[place]) for place in places)
    return Receipt(2218, "Bø-7", verdict, reason, proved, note, KEY)


WHOLE = receipt(log(), 1, 3, 5, 7)


def test_a_customers_lines_prove_its_verdict() -> None:
    assert faults(WHOLE) == ()


def test_a_receipt_is_read_as_it_was_written() -> None:
    assert parse(WHOLE.as_json()) == WHOLE


def test_a_receipt_holds_no_word_of_another_customers_lines() -> None:
    text = WHOLE.as_json()
    assert THEIRS.customer not in text
    for line in (line for line in log() if b"500002" in line):
        assert json.loads(line)["salt"] not in text


@pytest.mark.parametrize("place", range(4))
def test_no_line_may_differ_by_a_byte(place: int) -> None:
    proved = list(WHOLE.proved)
    proved[place] = replace(proved[place], line=proved[place].line.replace(b"2025", b"2026"))
    assert "hash does not fit" in faults(replace(WHOLE, proved=tuple(proved)))[0]


def test_a_line_with_a_fitting_hash_that_the_log_does_not_hold_is_found() -> None:
    forged = receipt(log((*STORY[:1], (CheckFact({}, 4), OURS), *STORY[2:])), 1, 3, 5, 7)
    assert "does not stand there" in faults(replace(WHOLE, proved=(forged.proved[0], *WHOLE.proved[1:])))[0]


def test_a_line_of_another_customer_does_not_belong_in_it() -> None:
    assert faults(receipt(log(), 1, 2, 3, 5, 7)) == ("line 3: it names another customer",)


def test_a_line_of_the_campaign_does_not_belong_in_it() -> None:
    assert "not a line of that place" in faults(receipt(log(), 0, 1, 3, 5, 7))[0]


@pytest.mark.parametrize(
    ("places", "what"),
    [
        ((1, 3, 7), "deleted without a DELETE"),
        ((1, 5, 7), "without an earlier intent"),
        ((1, 3, 5), "the lines do not say deleted"),
        ((), "the lines do not say deleted"),
        ((3, 1, 5, 7), "does not come after"),
    ],
)
def test_lines_that_were_left_out_are_missed_where_the_others_need_them(places: tuple[int, ...], what: str) -> None:
    assert what in faults(receipt(log(), *places))[0]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda one: replace(one, verdict="already_absent"), "the lines do not say already_absent"),
        (lambda one: replace(one, reason="read_back"), "the lines do not say"),
        (lambda one: replace(one, client_no=2219), "not one of client 2219"),
        (lambda one: replace(one, customer_no="Bø-8"), "names another customer"),
    ],
)
def test_what_is_written_above_the_lines_must_be_what_they_say(change: Callable[[Receipt], Receipt], what: str) -> None:
    assert what in faults(change(WHOLE))[0]


def test_the_customers_number_may_be_written_in_another_case() -> None:
    assert faults(replace(WHOLE, customer_no="bØ-7")) == ()


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: "[]",
        lambda text: "[" * 100_000,
        lambda text: text.replace(FORMAT, "amili-purge-receipt/2"),
        lambda text: text.replace('"lines"', '"rows"'),
        lambda text: text.replace('"seq": 2', '"seq": "2"'),
        lambda text: text.replace('"path": [', '"path": ["",'),
        lambda text: text.replace('"path": [', '"path": ["%",'),
        lambda text: text.replace('"key": "k+', '"key": "l+'),
        lambda text: text.replace("arm.example", "arm.example\\n"),
        lambda text: text.replace('"checkpoint": "', '"checkpoint": "x'),
    ],
)
def test_what_is_no_receipt_says_why(damage: Callable[[str], str]) -> None:
    found = parse(damage(WHOLE.as_json()))
    assert isinstance(found, str) or faults(found) or found.note.checkpoint.origin.startswith("x")


def test_paths_are_written_in_base64() -> None:
    [first, *_] = json.loads(WHOLE.as_json())["lines"]
    assert [base64.b64decode(each) for each in first["path"]] == list(WHOLE.proved[0].path)


def test_a_receipt_of_a_log_with_pseudonyms_names_nobody_else_either() -> None:
    whom, other = Subject(2218, "ab" * 32, is_ref=True), Subject(2218, "cd" * 32, is_ref=True)
    story = tuple((fact, {OURS: whom, THEIRS: other}.get(said) if said else None) for fact, said in STORY)
    found = replace(receipt(log(story), 1, 3, 5, 7), customer_no=whom.customer, is_ref=True)
    assert faults(found) == ()
    assert parse(found.as_json()) == found
    assert '"customerRef": "abab' in found.as_json()
    assert '"customerNo"' not in found.as_json().replace("\\", "")
    assert "names another customer" in faults(replace(found, customer_no=other.customer))[0]
    assert "not a line of that place" in faults(replace(found, is_ref=False))[0]


def test_a_receipt_is_read_by_people_too() -> None:
    text = WHOLE.as_json()
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n"
    assert '"customerNo": "Bø-7"' in text


def test_the_same_line_twice_is_no_longer_story() -> None:
    twice = replace(WHOLE, proved=(WHOLE.proved[0], *WHOLE.proved))
    assert faults(twice)[0] == "line 2 does not come after line 2"


def test_a_line_that_says_another_place_does_not_belong_in_it() -> None:
    """Its hash fits, and it stands in the tree: whoever signed this log numbered a line wrongly."""
    lines = log()
    opened = lines[1].partition(b',"hash":')[0].replace(b'"seq":2', b'"seq":9')
    lines[1] = b'%b,"hash":"%b"}' % (opened, sha256(opened).hexdigest().encode())
    assert "is not a line of that place" in faults(receipt(lines, 1, 3, 5, 7))[0]


def test_a_customer_that_was_taken_up_again_has_the_whole_story_in_its_receipt() -> None:
    blocked = VerdictFact(Verdict.INELIGIBLE, "has_aritems", {})
    again = ((CheckFact({}, 3), OURS), (blocked, OURS), (CheckFact({}, 3), OURS), (blocked, OURS))
    assert faults(receipt(log(again), 0, 1, 2, 3, verdict="ineligible", reason="has_aritems")) == ()


@pytest.mark.parametrize(
    ("member", "value"), [("seq", "2"), ("line", 5), ("path", "AAAA"), ("path", ["AA*AA"]), ("path", {})]
)
def test_the_members_of_a_line_are_what_they_must_be(member: str, value: object) -> None:
    members = json.loads(WHOLE.as_json())
    members["lines"][0][member] = value
    told = parse(json.dumps(members))
    assert isinstance(told, str)
    assert told in {"it is no receipt: TypeError", "it is no receipt: ValueError", "it is no receipt: Error"}


def test_a_hash_has_one_spelling() -> None:
    members = json.loads(WHOLE.as_json())
    path = members["lines"][0]["path"]
    path[0] = f"{path[0][:4]}*{path[0][4:]}"
    assert str(parse(json.dumps(members))).startswith("it is no receipt: ")
