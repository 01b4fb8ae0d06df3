"""Many real workers on one campaign in a real PostgreSQL, killed and frozen: every account is held to the server's."""

import asyncio
import csv
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.brokers import Broker, started
from tests.cli.typing_in import started as typed
from tests.databases import Server, database
from tests.prove import planted
from tests.queues.hand import Hand
from worker.cli.prove import besieged
from worker.prove.box import Box
from worker.prove.crowd import Muster, Toll, muster

TOO_MANY = re.compile(r"G: (\d+) requests within 1 s, (\d+) are allowed")
SLACK = 1.05
"""A machine that other tests keep busy holds processes up for longer than the rate's slack; `prove` knows no mercy."""


def violations(toll: Toll) -> list[str]:
    """What is wrong, but for a second that a busy machine made a little too full."""
    full = {breach: TOO_MANY.fullmatch(breach) for breach in toll.breaches}
    return [breach for breach, found in full.items() if not found or int(found[1]) > SLACK * int(found[2])]


def report(toll: Toll, given: Muster) -> str:
    """What to show when it fails."""
    return "\n".join([toll.table(given, 0), *toll.breaches[:20]])


def test_prove_with_workers_shows_an_account_that_holds(tmp_path: Path) -> None:
    with database() as url:
        words = ["--workers", "4", "--ledger", url, "--kills", "4", "--customers", "150", "--rate", "80"]
        code, out, err = typed("prove", *words, "--directory", ".", here=tmp_path, environ={})
        assert (code, err) == (0, ""), f"{out}\n{err}"
        assert re.search(r"^violations +0 +none of the invariants", str(out), re.MULTILINE)
        assert re.search(r"^kills +4 ", str(out), re.MULTILINE)
        assert re.search(r"^pauses +1 ", str(out), re.MULTILINE)
        code, out, err = typed("prove", *words, "--directory", ".", here=tmp_path, environ={})
        assert (code, out) == (64, "")
        assert "holds campaigns (proof)" in str(err)
        assert "dropdb" in str(err)


def test_a_campaign_that_is_over_before_all_were_struck_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with database() as url:
        given = Muster(url, tmp_path, workers=2, kills=0, pauses=400, customers=20, rate=400.0)
        assert besieged(given) == 10
    shown = capsys.readouterr()
    assert re.search(r"^pauses +\d+  400 were asked for; the campaign was over$", shown.out, re.MULTILINE)
    assert re.search(r"^violations +0 ", shown.out, re.MULTILINE)
    assert "less was struck than asked for" in shown.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--workers", "4"], "go together"),
        (["--workers", "4", "--ledger", "postgresql://u:p@db/x"], "user info"),
        (["--workers", "4", "--ledger", "ledger.db"], "no PostgreSQL"),
        (["--customers", "200", "--rate", "10"], "--customers and --rate: of a crowd only"),
        (["--pauses", "0"], "--pauses: of a crowd only"),
    ],
)
def test_a_crowd_needs_a_database_of_its_own(tmp_path: Path, words: list[str], told: str) -> None:
    code, out, err = typed("prove", *words, here=tmp_path, environ={})
    assert (code, out) == (64, "")
    assert told in str(err)


def test_a_worker_that_deletes_on_its_own_account_is_found_out_in_a_crowd(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with database() as url:
        given = Muster(url, tmp_path, workers=2, kills=0, pauses=0, customers=30, rate=200.0)
        assert besieged(given, planted.reckless) == 70
    assert re.search(r"A: DELETE 1 of \w+ \(request \d+\) has no earlier intent", capsys.readouterr().err)


async def test_eight_workers_under_kills_and_pauses_keep_the_rate_and_the_account(tmp_path: Path) -> None:
    with database() as url:
        given = Muster(url, tmp_path, kills=10, pauses=5, customers=500, rate=100.0)
        toll = Toll()
        await muster(given, toll)
    assert violations(toll) == [], report(toll, given)
    assert (toll.late, toll.effects == toll.deletions) == (0, True)
    assert toll.kills > 5


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    home = tmp_path / "broker"
    home.mkdir()
    with started(home) as broker:
        yield broker


@pytest.mark.alone
@pytest.mark.timeout(900)
async def test_a_queue_of_five_thousand_is_settled_while_workers_database_and_broker_fall(
    tmp_path: Path, broker: Broker
) -> None:
    """Eight workers, 40 kills, 20 pauses beyond the lease; database and broker fall and come back twice each."""
    with ExitStack() as stack:
        server = Server()
        url = stack.enter_context(database(server.url))
        async with Hand(broker.reach) as hand:
            address = await hand.make("quorum")
            given = Muster(
                url,
                tmp_path,
                customers=5_000,
                rate=100.0,
                text=str(address),
                column="customerno",
                flags={"until_empty": "true", "prefetch": "200", "outage_budget": "120"},
                environ={"AMILI_AMQP_USER": broker.reach.user, "AMILI_AMQP_PASSWORD": broker.reach.password},
            )

            def feed(_: Box, sample: Path) -> None:
                with sample.open(encoding="utf-8-sig", newline="") as file:
                    numbers = [row["Kundenr"] for row in csv.DictReader(file, delimiter=";")]
                # The list names some customers twice. That is one request sent twice: another id would open it again.
                ids = [f"for-{number.casefold()}" for number in numbers]
                asyncio.run(hand.put(address, *numbers, ids=ids))

            async def unrest() -> None:
                for _ in range(2):
                    await asyncio.sleep(25)
                    await asyncio.to_thread(server.strike_down)
                    await asyncio.sleep(2)
                    await asyncio.to_thread(server.start)
                    await asyncio.sleep(15)
                    await asyncio.to_thread(broker.stop)
                    await asyncio.to_thread(broker.start)

            toll = Toll()
            await muster(given, toll, disturb=unrest, feed=feed)
            assert violations(toll) == [], report(toll, given)
            assert (toll.late, toll.effects == toll.deletions) == (0, True)
            assert toll.kills >= 30
            assert toll.pauses >= 15
            assert await hand.count(address) == 0
            print(toll.table(given, 0))  # noqa: T201 - the figures are what this run is for
