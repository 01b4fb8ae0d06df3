"""What `approve` does before it signs: it refuses a key that nobody accepts, and shows what it is about to sign."""

import asyncio
from pathlib import Path

import pytest

from config import load
from tests.campaigns.judge import files
from tests.campaigns.stage import staged
from tests.campaigns.test_approval import PEOPLE, approve, note, ruled
from worker.app import approving
from worker.errors import UsageWrong
from worker.seal import generate


async def test_a_key_that_is_not_on_the_list_does_not_even_sign_where_the_list_is_known(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        ruled(stage)
        plan = await stage.plan()
        generate(tmp_path / "stranger.key", "second.example")
        with pytest.raises(UsageWrong, match="may not approve"):
            await approve(stage, plan, tmp_path / "stranger.key", approver_keys=str(tmp_path / "approvers.txt"))
        assert not note(plan).exists()
        assert not files(plan).kinds("control")


async def test_what_is_signed_is_shown_first(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        key = ruled(stage)
        plan = await stage.plan()
        loaded, shown = load({"campaigns": str(stage.campaigns)}, environ={}, cwd=stage.directory), list[object]()

        def show(asked: approving.Approved) -> None:
            shown.append((asked, note(plan).exists()))

        done = await asyncio.to_thread(approving.approve, loaded, plan.note.name, key, show)
        assert shown == [(done, False)]
