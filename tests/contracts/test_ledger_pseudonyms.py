"""Any real ledger: pseudonyms in every line, none recorded without their key, and a campaign that forgets."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psycopg
import pytest

from tests.contracts.ledgers import BINDING, HEADER, RUN, PostgresHome, SqliteHome, deleted, lost, moved, rows, settled
from worker.audit import verify_campaign
from worker.core.customer import CustomerNo
from worker.core.facts import CampaignFact, CheckFact, ControlFact, VerdictFact
from worker.core.intake import number_of
from worker.core.lifecycle import Move, Verdict
from worker.core.pseudonym import PseudonymKey
from worker.core.request import Request
from worker.core.values import replace
from worker.errors import Busy, LogBroken, SettingsWrong, UsageWrong
from worker.ledger import Binding, CampaignBooks, CampaignLedger, enrol
from worker.ports import Entry, Held, Started

Home = PostgresHome | SqliteHome
HOMES: dict[str, Callable[[Path], Home]] = {"postgres": PostgresHome, "sqlite": SqliteHome}
KEY = PseudonymKey(bytes(range(32)))
NAMES = KEY.campaign(BINDING.base_url, BINDING.client_no, BINDING.name, BINDING.input_digest)
BOUND = replace(BINDING, pseudonyms=NAMES)
OURS = [f"Qwzxkvjq{place:04}" for place in range(300)]
DONE = ControlFact("forget", {"user": "anna"})


@pytest.fixture(params=sorted(HOMES))
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Home]:
    home = HOMES[request.param](tmp_path)
    yield home
    await home.close()


def lines(books: CampaignBooks) -> list[dict[str, object]]:
    return [json.loads(line) for line in books.lines()]


async def ended(ledger: CampaignLedger) -> None:
    await ledger.end_run(CampaignFact("ended", {}), exit_code=0, stopped_by=None, requests={})
    await ledger.leave_work()


async def worked(home: Home) -> CampaignLedger:
    """A campaign in which most are deleted, one is left alone, one is held and released, and one is in flight."""
    ledger = await home.begun(*OURS, protect=(OURS[5].casefold(),), binding=BOUND)
    for place, claim in enumerate(await ledger.claim(RUN, count=60, spread=False)):
        match place:
            case 0:
                await settled(ledger, claim, Verdict.INELIGIBLE, "documents")
            case 1:
                await moved(ledger, claim, Move.HOLD, CheckFact({"customer": "none"}, 1))
            case 2:
                await lost(ledger, claim)
            case _:
                await deleted(ledger, claim)
    await ledger.release_held(Held(Verdict.ALREADY_ABSENT, "http_404"))
    return ledger


async def test_each_line_about_a_customer_has_its_pseudonym_and_no_number(home: Home) -> None:
    ledger = await worked(home)
    await ledger.enlist([Request("request:x:1", OURS[0].upper(), CustomerNo(OURS[0].upper()))])
    found = lines(home.books())
    about = [line for line in found if "clientNo" in line and line["kind"] != "campaign"]
    assert {line["customerRef"] for line in about} == {NAMES.of(number) for number in OURS[:60]}
    assert OURS[0][:8].casefold() not in json.dumps(found).casefold()
    assert found[0]["pseudonymKey"] == KEY.key_id
    again = next(line for line in found if line.get("action") == "requested_again")
    assert again["request"] == NAMES.of_request("request:x:1")


async def test_a_record_says_no_number_to_whoever_looks_on(home: Home) -> None:
    ledger = await home.begun("AB1", binding=BOUND)
    (claim,) = await ledger.claim(RUN, count=1, spread=False)
    fact = VerdictFact(Verdict.UNCHECKED, "timeout", {})
    (record,) = await ledger.record(Entry(claim, (fact,), claim.standing.after(Move.UNCHECKED), over=True))
    assert (record.customer_no, record.customer_ref) == (None, NAMES.of("ab1"))


async def test_without_the_key_nothing_is_recorded_of_a_customer(home: Home) -> None:
    await home.begun("1", binding=BOUND)
    ledger = await home.restarted()
    (claim,) = await ledger.claim(RUN, count=1, spread=False)
    head = home.books().head()
    for other in (None, PseudonymKey(bytes(32)).campaign(*_bound())):
        await ledger.use(other)
        with pytest.raises(LogBroken, match="without the key"):
            await settled(ledger, claim, Verdict.INELIGIBLE)
    assert home.books().head() == head
    await ledger.use(NAMES)
    await settled(ledger, claim, Verdict.INELIGIBLE)


def _bound() -> tuple[str, int, str, str]:
    return BINDING.base_url, BINDING.client_no, BINDING.name, BINDING.input_digest


@pytest.mark.parametrize(
    "exchanged", ["UPDATE customers SET number = 'X9'", "UPDATE customers SET number = 'X9', key = 'x9'"]
)
async def test_a_customer_whose_number_was_exchanged_is_not_taken_up_under_its_pseudonym(
    home: Home, exchanged: str
) -> None:
    ledger = await home.begun("AB1", binding=BOUND)
    await ledger.use(NAMES)
    await ledger.call(lambda transaction: transaction.connection.execute(exchanged).rowcount)
    with pytest.raises(LogBroken, match="another's number") as refused:
        await ledger.claim(RUN, count=1, spread=False)
    assert "x9" not in str(refused.value).casefold()


async def test_a_number_that_is_not_that_of_its_key_is_not_taken_up(home: Home) -> None:
    ledger = await home.begun("AB1")
    await ledger.call(lambda transaction: transaction.connection.execute("UPDATE customers SET number = 'X9'").rowcount)
    with pytest.raises(LogBroken, match="another's number"):
        await ledger.claim(RUN, count=1, spread=False)


@pytest.mark.parametrize(("first", "second"), [(BINDING, BOUND), (BOUND, BINDING)])
async def test_a_campaign_keeps_to_what_it_was_begun_with(home: Home, first: Binding, second: Binding) -> None:
    ledger = await home.begun("1", binding=first)
    with pytest.raises(SettingsWrong, match="pseudonyms"):
        await enrol(ledger, second, HEADER, rows("1"), number_of)


async def test_the_log_is_proved_without_the_key(home: Home, tmp_path: Path) -> None:
    await worked(home)
    assert verify_campaign(home.books(), tmp_path / "audit.jsonl").problems == ()


async def test_what_is_forgotten_is_gone_from_every_byte_and_the_log_still_verifies(home: Home, tmp_path: Path) -> None:
    ledger = await worked(home)
    await ended(ledger)
    before, eligible = home.books().verdicts(), list(home.books().approved_keys())
    assert home.holds(OURS[0])
    assert home.holds("Ola")
    record = await ledger.forget(DONE)
    home.scrub()
    done = await ledger.forgotten(ControlFact("forgotten", {}))
    for text in (OURS[0], OURS[299], OURS[5].casefold(), "Ola", "Navn"):
        assert not home.holds(text), text
    note = home.books().campaign()
    assert (note.closed_at, note.forgotten_at) == (record.time, done.time)
    assert home.books().verdicts() == before
    assert list(home.books().approved_keys()) == eligible
    assert {row.cells for row in home.books().rows()} == {()}
    assert verify_campaign(home.books(), tmp_path / "audit.jsonl").problems == ()
    assert [line["action"] for line in lines(home.books())[-2:]] == ["forget", "forgotten"]


async def test_forgetting_again_after_a_kill_changes_nothing_more(home: Home) -> None:
    ledger = await worked(home)
    await ended(ledger)
    await ledger.forget(DONE)
    await ledger.close()  # what would have come after it did not
    home.scrub()
    home.scrub()
    assert not home.holds(OURS[0])


async def test_a_campaign_that_forgot_begins_no_run_and_takes_nobody_in(home: Home) -> None:
    ledger = await worked(home)
    await ended(ledger)
    await ledger.forget(DONE)
    with pytest.raises(UsageWrong, match="forgotten at"):
        await ledger.begin_run(Started("run", deleting=True), CampaignFact("started", {}))
    with pytest.raises(UsageWrong, match="forgotten at"):
        await ledger.enlist([Request("request:x:1", "1", CustomerNo("1"))])


async def test_the_servers_samples_of_what_stood_in_the_tables_go_with_it(tmp_path: Path) -> None:
    home = PostgresHome(tmp_path)
    try:
        ledger = await home.begun(*OURS, binding=BOUND)
        await ended(ledger)
        home.sample()
        assert home.sampled(OURS[0])
        await ledger.forget(DONE)
        home.scrub()
        assert not home.sampled(OURS[0])
    finally:
        await home.close()


async def test_a_campaign_that_somebody_works_on_another_machine_forgets_nothing(tmp_path: Path) -> None:
    home = PostgresHome(tmp_path)
    try:
        ledger = await worked(home)
        with pytest.raises(Busy, match="is being worked by run"):
            await ledger.forget(DONE)
        assert home.books().campaign().closed_at is None
    finally:
        await home.close()


async def test_a_campaign_of_an_older_version_is_read_and_gets_what_it_lacks(tmp_path: Path) -> None:
    home = PostgresHome(tmp_path)
    try:
        ledger = await home.begun("1")
        await ended(ledger)
        await ledger.close()
        with psycopg.connect(home.address.url, autocommit=True) as connection:
            connection.execute("SET search_path TO amili_purge_1")
            connection.execute("DROP VIEW found_free")
            connection.execute("ALTER TABLE customers DROP COLUMN ref")
            for column in ("pseudonym_key", "closed_at", "forgotten_at"):
                connection.execute(f"ALTER TABLE campaign DROP COLUMN {column}".encode())
            connection.execute(
                "CREATE VIEW found_free AS SELECT id, key FROM customers "
                "WHERE state = 'eligible' OR (state = 'in_doubt' AND reason = 'still_there')"
            )
            connection.execute("UPDATE amili_purge.campaigns SET version = 1")
        assert home.books().campaign().pseudonym_key is None
        assert list(home.books().eligible_keys()) == []
    finally:
        await home.close()
