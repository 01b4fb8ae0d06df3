"""A queue's campaign with pseudonyms: no number but in ledger, reports, and messages that go back as they came."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.acceptance.stage import Desk
from tests.acceptance.test_pseudonyms import PACE, PEOPLE, STEM, leaks, settings
from tests.campaigns.stage import staged
from tests.databases import database
from tests.queues.hand import Hand


@pytest.mark.parametrize("place", ["file", "database"])
async def test_a_queue_is_worked_off_and_no_line_has_a_number(tmp_path: Path, hand: Hand, place: str) -> None:
    address = await hand.make()
    with ExitStack() as stack:
        async with staged(tmp_path, PEOPLE, "http_500=0.02,http_409@delete=0.05") as stage:
            desk = Desk(tmp_path, settings(stage, tmp_path))
            login = {"AMILI_AMQP_USER": hand.reach.user, "AMILI_AMQP_PASSWORD": hand.reach.password}
            desk.environment = {**desk.environment, **login}
            if place == "database":
                desk.environment["AMILI_LEDGER"] = stack.enter_context(database())
            assert desk.do("keygen", "names.key", "--for", "pseudonyms").code == 0
            run = (
                "run",
                str(address),
                "--campaign",
                "standing",
                "--yes",
                "--max-deletes",
                "99",
                "--until-empty",
                *PACE,
            )
            for turn, form in enumerate(("json", "console")):
                # Who was settled in the first turn is asked for again in the second; one message is none.
                await hand.put(address, *PEOPLE.all, ids=[f"{number}-{turn}" for number in PEOPLE.all])
                await hand.put(address, f"{STEM} is no number")
                ended = await asyncio.to_thread(desk.do, *run, "--log-format", form)
                assert ended.code in {0, 10}, ended.err
            for words in (("status", "standing", "--json"), ("report", "standing"), ("verify", "standing")):
                assert (await asyncio.to_thread(desk.do, *words)).code == 0
            log = (desk.campaigns / "standing/audit.jsonl").read_text("utf-8")
            forget = ("forget", "standing", "--forget-after", "0", "--yes", "--unsettled")
            assert (await asyncio.to_thread(desk.do, *forget)).code == 0
            assert (await asyncio.to_thread(desk.do, "verify", "standing")).code == 0
    assert list(leaks(desk)) == []
    assert log.count('"requested_again"') > 20
    assert await hand.count(address, dead=True) == 2
