"""The offline proof: a true log passes, in a campaign and bare, and each kind of untruth is found and named."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contracts.ledgers import RUN, SqliteHome, deleted, intended, lost, settled, verdict
from worker.audit import AuditFile, Verified, verify_campaign, verify_file
from worker.core.chain import Head, Subject, seal
from worker.core.facts import AttemptFact, CampaignFact, CheckFact, ControlFact, Fact, IntentFact
from worker.core.lifecycle import Verdict
from worker.errors import InputWrong
from worker.ledger import SqliteBooks, SqliteLedger

CREATED = CampaignFact("created", {"format": "amili-purge-audit/1", "campaign": "may", "clientNo": 1, "customers": 2})
STARTED = CampaignFact("started", {"recheck": False})
RECHECK = CampaignFact("started", {"recheck": True})
LOOKED = CheckFact({"customer": "some"}, 1)
SENT = AttemptFact(sent=True, status=200, ms=1, cause="http_200")
UNSENT = AttemptFact(sent=False, status=None, ms=0, cause="run_ended")
Line = tuple[Fact, str | None]


def written(path: Path, *told: Line, client: int = 1) -> Path:
    """A log of these facts whose chain holds, whatever they say."""
    head, lines = Head(), []
    for fact, number in told:
        subject = None if number is None else Subject(client, number)
        head, record = seal(head, "2026-05-01T12:00:00.000000Z", fact, subject)
        lines.append(record.line + b"\n")
    path.write_bytes(b"".join(lines))
    return path


def of(number: str, *facts: Fact) -> list[Line]:
    """These facts about this customer."""
    return [(fact, number) for fact in facts]


@pytest.fixture
def log(tmp_path: Path) -> Callable[..., Path]:
    return lambda *told, client=1: written(tmp_path / "audit.jsonl", (CREATED, None), *told, client=client)


GOOD = [
    *of("A", LOOKED, verdict(Verdict.UNCHECKED)),
    *of("b", LOOKED, IntentFact(1), UNSENT, IntentFact(2), SENT, verdict(Verdict.DELETED)),
    (RECHECK, None),
    *of("a", LOOKED, verdict(Verdict.INELIGIBLE)),
    (ControlFact("resume", {"because": "looked"}), None),
    (RECHECK, None),
    *of("A", LOOKED, IntentFact(1), verdict(Verdict.DELETED_INFERRED)),
]


def test_a_true_log_passes_and_its_last_verdicts_are_counted(log: Callable[..., Path]) -> None:
    found = verify_file(log(*GOOD))
    assert found.ok, found.problems
    assert found.verdicts == {Verdict.DELETED: 1, Verdict.DELETED_INFERRED: 1}
    assert (found.lines, found.head.seq) == (len(GOOD) + 1, len(GOOD) + 1)
    assert "cut off at its end" in found.notes[0]
    assert found.notes[1:] == ("1 customers have an intent whose attempt a kill kept from being recorded.",)


def test_a_bare_file_with_a_torn_end_passes_with_a_word_about_it(log: Callable[..., Path]) -> None:
    path = log(*GOOD)
    path.write_bytes(path.read_bytes()[:-30])
    found = verify_file(path)
    assert found.ok
    assert "torn" in found.notes[1]
    assert found.lines == len(GOOD)


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        (of("a", SENT), "line 2, customer a: an attempt without an earlier intent"),
        (of("a", IntentFact(1), SENT, SENT), "an attempt without an earlier intent"),
        (of("a", IntentFact(2)), "its intent is not number 1"),
        (of("a", IntentFact(1), SENT, IntentFact(1)), "its intent is not number 2"),
        (of("a", verdict(Verdict.DELETED)), "deleted without a DELETE that was sent"),
        (of("a", IntentFact(1), UNSENT, verdict(Verdict.DELETED)), "deleted without a DELETE that was sent"),
        (of("a", verdict(Verdict.DELETED_INFERRED)), "deleted_inferred without an intent"),
        (of("a", verdict(Verdict.NOT_REACHED)), "no verdict that is recorded"),
        (of("a", verdict(Verdict.REFUSED), LOOKED), "named again after refused"),
        ([*of("a", verdict(Verdict.REFUSED)), (STARTED, None), *of("A", LOOKED)], "named again after refused"),
        ([(RECHECK, None), *of("a", verdict(Verdict.REFUSED), LOOKED)], "named again after refused"),
        (
            [*of("a", IntentFact(1), SENT, verdict(Verdict.DELETED)), (RECHECK, None), *of("a", LOOKED)],
            "named again after deleted",
        ),
        ([*of("a", LOOKED), *of("b", LOOKED), *of("c", LOOKED)], "3 customers are named, the campaign has 2"),
        ([(CREATED, None)], "line 2: a campaign is created by the first line, and by no other"),
        ([(LOOKED, None)], "line 2 does not name a customer"),
    ],
)
def test_an_order_of_lines_that_cannot_be_is_named(log: Callable[..., Path], told: list[Line], problem: str) -> None:
    found = verify_file(log(*told))
    assert not found.ok
    assert problem in found.problems[0]


def test_a_line_about_another_clients_customer_is_found(log: Callable[..., Path]) -> None:
    assert (
        "line 2 does not name a customer of this campaign's client"
        in verify_file(log(*of("a", LOOKED), client=2)).problems
    )


def test_what_was_eligible_in_a_plan_is_named_again_by_its_apply(log: Callable[..., Path]) -> None:
    apply = of("a", LOOKED, IntentFact(1), SENT, verdict(Verdict.DELETED))
    assert verify_file(log(*of("a", LOOKED, verdict(Verdict.ELIGIBLE)), (STARTED, None), *apply)).ok


def test_problems_beyond_twenty_are_not_listed(log: Callable[..., Path]) -> None:
    problems = verify_file(log(*of("a", *[SENT] * 50))).problems
    assert (len(problems), problems[-1]) == (21, "… and more")


@pytest.mark.parametrize(
    ("text", "problem"),
    [(b"", "no line that holds"), (b"hello\n", "line 1: the line has no hash"), (b"no newline", "no line that holds")],
)
def test_what_is_no_log_at_all_does_not_pass(tmp_path: Path, text: bytes, problem: str) -> None:
    path = tmp_path / "some.jsonl"
    path.write_bytes(text)
    assert problem in verify_file(path).problems[0]


def test_a_log_that_does_not_begin_with_its_campaign_does_not_pass(tmp_path: Path) -> None:
    problems = verify_file(written(tmp_path / "x.jsonl", (STARTED, None), *of("a", LOOKED))).problems
    assert any("format" in problem for problem in problems)
    problems = verify_file(written(tmp_path / "x.jsonl", *of("a", LOOKED))).problems
    assert "the first line does not say which campaign this is" in problems


def test_a_file_that_cannot_be_read_is_the_inputs_fault(tmp_path: Path) -> None:
    with pytest.raises(InputWrong, match="cannot be read"):
        verify_file(tmp_path / "nowhere.jsonl")


class Campaign:
    """A campaign on SQLite with its audit file, after some work of all kinds."""

    def __init__(self, directory: Path) -> None:
        self.home = SqliteHome(directory)
        self.path = directory / "audit.jsonl"

    async def work(self) -> None:
        ledger = await self.home.begun("1", "x y", "2", "2", "3", "4", "5", "6")
        self.ledger: SqliteLedger = ledger
        self.file = AuditFile.open(self.path, self.home.books().lines, None)
        ledger.attach(self.file.append)
        one, two, three, four, five, _ = await ledger.claim(RUN, count=6, spread=False)
        await deleted(ledger, one)
        await settled(ledger, two, Verdict.INELIGIBLE, "documents")
        await settled(ledger, three, Verdict.UNCHECKED, "customer:http_500")
        await lost(ledger, four)
        await intended(ledger, five)

    async def end(self) -> None:
        await self.ledger.set_audit_mark(self.file.close_clean)

    def proof(self) -> Verified:
        return verify_campaign(self.home.books(), self.path)

    async def alter(self, statement: str) -> None:
        """Edit the ledger, as somebody with a shell could."""
        await self.ledger.call(lambda transaction: transaction.connection.execute(statement).rowcount)


@pytest.fixture
async def campaign(tmp_path: Path) -> AsyncIterator[Campaign]:
    campaign = Campaign(tmp_path)
    await campaign.work()
    yield campaign
    campaign.file.close()
    await campaign.home.close()


async def test_a_true_campaign_passes_while_it_is_worked_and_after_its_end(campaign: Campaign) -> None:
    for _ in range(2):
        found = campaign.proof()
        assert found.ok, found.problems
        assert found.notes == ("1 customers have an intent whose attempt a kill kept from being recorded.",)
        assert found.verdicts == {
            Verdict.DELETED: 1,
            Verdict.INELIGIBLE: 1,
            Verdict.UNCHECKED: 1,
            Verdict.IN_DOUBT: 2,
            Verdict.NOT_REACHED: 1,
            Verdict.INVALID: 1,
            Verdict.DUPLICATE: 1,
        }
        assert found.head == campaign.home.books().head()
        await campaign.end()
        campaign.file = AuditFile.open(campaign.path, campaign.home.books().lines, campaign.home.books().audit_mark())


@pytest.mark.parametrize("cut", [1, 300])
async def test_a_file_behind_is_said_after_a_kill_and_a_fault_after_a_clean_end(campaign: Campaign, cut: int) -> None:
    text = campaign.path.read_bytes()
    campaign.path.write_bytes(text[:-cut])
    found = campaign.proof()
    assert found.ok
    assert "a killed run left it behind" in found.notes[0]
    await campaign.end()
    found = campaign.proof()
    assert not found.ok
    assert "cut off now" in found.problems[0]


class BesideAWriter(SqliteBooks):
    """The books while another process records: the file grows right after the snapshot was taken."""

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        with super().snapshot(), (self.path.parent / "audit.jsonl").open("ab") as file:
            file.write(b"a line that this snapshot does not have\n")
            file.flush()
            yield

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path


async def test_what_is_written_during_the_proof_is_no_fault(campaign: Campaign) -> None:
    books = BesideAWriter(campaign.home.path)
    assert verify_campaign(books, campaign.path).ok
    assert not verify_campaign(books, campaign.path).ok  # By now that line stands in the file, and in no ledger.
    books.close()


async def test_from_the_next_fact_on_the_file_may_be_behind_again(campaign: Campaign) -> None:
    await campaign.end()
    assert campaign.home.books().audit_mark() is not None
    campaign.ledger.attach(lambda _: None)
    await campaign.ledger.lift_latch(ControlFact("resume", {"because": "looked"}))
    assert campaign.home.books().audit_mark() is None
    assert "left it behind" in campaign.proof().notes[0]


async def test_a_missing_file_is_judged_like_one_that_was_cut(campaign: Campaign) -> None:
    campaign.path.unlink()
    assert "holds 0 of the ledger's" in campaign.proof().notes[0]


async def test_a_differing_byte_in_the_file_is_found(campaign: Campaign) -> None:
    text = campaign.path.read_bytes()
    campaign.path.write_bytes(text.replace(b'"deleted"', b'"refused"'))
    assert "differs from the ledger in line" in campaign.proof().problems[0]


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE customers SET state = 'ineligible' WHERE number = '1'", "customer 1: ineligible (confirmed)"),
        ("UPDATE customers SET state = 'open' WHERE number = '1'", "deleted in the log, open in the ledger"),
        ("UPDATE customers SET reason = 'other' WHERE number = '2'", "customer 2: ineligible (other)"),
        ("UPDATE customers SET state = 'deleted' WHERE number = '6'", "customer 6: deleted"),
        ("UPDATE customers SET intents = 0 WHERE number = '4'", "customer 4: 0 intents in the ledger, 1 in the log"),
        ("UPDATE campaign SET rows = 9", "the first line has rows 8, the ledger 9"),
        ("UPDATE campaign SET duplicate = 2", "the first line has duplicate 1, the ledger 2"),
        ("DELETE FROM customers WHERE number = '3'", "1 customers of the log are not in the ledger"),
        ("DELETE FROM customers WHERE number = '3'", "the verdicts add up to 7, the rows are 8"),
    ],
)
async def test_a_ledger_that_somebody_edited_is_found(campaign: Campaign, statement: str, problem: str) -> None:
    await campaign.alter("PRAGMA defer_foreign_keys = ON" if "DELETE" in statement else "SELECT 1")
    if "DELETE" in statement:
        await campaign.alter("UPDATE rows SET customer = NULL WHERE line = 6")
    await campaign.alter(statement)
    assert any(problem in found for found in campaign.proof().problems)


async def test_facts_that_somebody_replaced_are_found_though_file_and_ledger_agree(campaign: Campaign) -> None:
    await campaign.alter("DROP TRIGGER facts_are_never_changed")
    await campaign.alter("UPDATE facts SET line = CAST(replace(line, 'kind', 'mind') AS BLOB) WHERE seq = 6")
    campaign.path.write_bytes(b"".join(line + b"\n" for line in campaign.home.books().lines()))
    assert "line 6: the line's hash does not fit its bytes" in campaign.proof().problems


async def test_a_start_after_the_file_was_moved_away_and_rebuilt_is_a_good_one(campaign: Campaign) -> None:
    await campaign.end()
    campaign.path.rename(campaign.path.with_name("kept.jsonl"))
    campaign.ledger.attach(lambda _: None)
    await campaign.ledger.note(ControlFact("audit_rebuilt", {"why": "moved away"}))
    campaign.file = AuditFile.rebuild(campaign.path, campaign.home.books().lines)
    await campaign.end()
    assert campaign.proof().ok
    assert json.loads(campaign.path.read_bytes().splitlines()[-1])["action"] == "audit_rebuilt"
    assert verify_file(campaign.path.with_name("kept.jsonl")).ok
