"""The two-person rule on whole campaigns: who may apply what, and that any change of what was signed voids it."""

import asyncio
import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from config import load
from tests.campaigns.judge import files
from tests.campaigns.stage import Stage, cast, staged
from worker.app import approving
from worker.app.approving import advisory
from worker.app.ending import Ending
from worker.core.checkpoint import SignedText
from worker.errors import Exit, SettingsWrong, UsageWrong
from worker.seal import Signer, generate

PEOPLE = cast(free=5, documents=2)


def ruled(stage: Stage) -> Path:
    """From now on the stage's campaigns need an approval by this key."""
    key = stage.directory / "second.key"
    approvers = stage.directory / "approvers.txt"
    approvers.write_text(f"# who may approve\n{generate(key, 'second.example')}\n")
    stage.flags |= {"require_approval": True, "approver_keys": str(approvers)}
    return key


async def approve(stage: Stage, of: Ending, key: Path, **settings: object) -> approving.Approved:
    loaded = load({"campaigns": str(stage.campaigns), **settings}, environ={}, cwd=stage.directory)
    return await asyncio.to_thread(approving.approve, loaded, of.note.name, key, lambda asked: None)


def note(ending: Ending) -> Path:
    return ending.directory / "approval.txt"


async def test_a_plan_that_somebody_else_signed_is_applied_and_the_log_names_the_key(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        key = ruled(stage)
        plan = await stage.plan()
        done = await approve(stage, plan, key)
        assert (done.customers, done.approval.plan) == (5, plan.summary.plan_digest)
        ending = await stage.apply(plan)
        assert (ending.exit, len(stage.deleted)) == (Exit.SETTLED, 5)
        (control,) = files(ending).kinds("control")
        assert (control["action"], control["planDigest"], control["key"]) == ("approve", done.approval.plan, done.key)
        started = files(ending).kinds("campaign")[3]
        assert (started["command"], started["signedBy"]) == ("apply", done.key)
        assert started["signedAt"] == done.approval.approved


async def test_without_a_signature_nothing_is_sent(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        ruled(stage)
        plan = await stage.plan()
        stage.news()
        with pytest.raises(UsageWrong, match="was not approved"):
            await stage.apply(plan)
        assert not stage.news()


async def test_run_is_64_where_an_approval_is_required(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        ruled(stage)
        with pytest.raises(UsageWrong, match="require_approval"):
            await stage.run()
        assert not stage.news()


async def test_a_key_that_is_not_on_the_list_approves_nothing(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        ruled(stage)
        plan = await stage.plan()
        generate(tmp_path / "stranger.key", "second.example")
        await approve(stage, plan, tmp_path / "stranger.key")
        with pytest.raises(UsageWrong, match="no known key"):
            await stage.apply(plan)


async def test_the_person_who_applies_must_still_say_so(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        key = ruled(stage)
        plan = await stage.plan()
        await approve(stage, plan, key)
        with pytest.raises(UsageWrong, match="not approved"):
            await stage.apply(plan, approve="0" * 64)


GUARDS: dict[str, object] = {
    "max_delete_share": 0.99,
    "max_failure_share": 0.5,
    "max_in_doubt": 3,
    "max_invalid_share": 0.5,
    "sentinel": "100001",
    "check_max_age": 9,
    "verify_share": 0.5,
    "empty_list": "200,404",
    "documents_filter": "customer",
    "documents_key": "items",
    "aritems_filter": "customer",
    "aritems_key": "items",
}


@pytest.mark.parametrize("name", GUARDS)
async def test_another_guard_setting_voids_the_approval(tmp_path: Path, name: str) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        key = ruled(stage)
        plan = await stage.plan()
        await approve(stage, plan, key)
        stage.flags[name] = GUARDS[name]
        stage.news()
        with pytest.raises(UsageWrong, match="settings are not those"):
            await stage.apply(plan)
        anew = await stage.plan(None, name=plan.note.name)
        stage.news()
        with pytest.raises(UsageWrong, match="another plan was approved"):
            await stage.apply(anew)
        assert not stage.news()


@pytest.mark.parametrize(("name", "value"), [("base_url", "http://127.0.0.1:9/arm/v1"), ("client_no", 2219)])
async def test_another_host_or_client_voids_the_approval(tmp_path: Path, name: str, value: object) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        key = ruled(stage)
        plan = await stage.plan()
        await approve(stage, plan, key)
        stage.flags[name] = value
        stage.news()
        with pytest.raises(SettingsWrong, match="is bound to"):
            await stage.apply(plan)
        _edit(plan, "UPDATE campaign SET base_url = 'http://127.0.0.1:9/arm/v1', client_no = 2219")
        stage.flags |= {"base_url": "http://127.0.0.1:9/arm/v1", "client_no": 2219}
        with pytest.raises(UsageWrong, match="not those of the plan"):
            await stage.apply(plan)
        assert not stage.news()


def _edit(of: Ending, statement: str) -> None:
    """What somebody could do who owns the ledger."""
    with sqlite3.connect(of.directory / "ledger.db") as ledger:
        ledger.execute(statement)
    ledger.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE campaign SET input_digest = 'ee'",
        "UPDATE customers SET approved = 1",
        "UPDATE customers SET approved = 0 WHERE id = 3",
        "UPDATE campaign SET plan = json_set(plan, '$.guards.max_in_doubt', 9)",
        "UPDATE campaign SET plan = json_set(plan, '$.digest', 'ee')",
        "UPDATE campaign SET plan = json_set(plan, '$.made_at', '2099-01-01T00:00:00Z')",
    ],
)
async def test_another_input_or_an_edited_plan_voids_the_approval(tmp_path: Path, statement: str) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        key = ruled(stage)
        plan = await stage.plan()
        await approve(stage, plan, key)
        _edit(plan, statement)
        stage.news()
        with pytest.raises(UsageWrong):
            await stage.apply(plan)
        assert not stage.news()


async def test_an_approval_of_another_list_is_none_of_this_one(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        key = ruled(stage)
        plan = await stage.plan(name="one")
        other = await stage.plan(stage.file(PEOPLE.free[:2], "other.csv"), name="other")
        await approve(stage, other, key)
        note(plan).write_bytes(note(other).read_bytes())
        with pytest.raises(UsageWrong, match="another campaign was approved"):
            await stage.apply(plan)


async def test_a_plan_that_was_changed_is_not_signed(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        key = ruled(stage)
        plan = await stage.plan()
        _edit(plan, "UPDATE customers SET approved = 1")
        with pytest.raises(UsageWrong, match="somebody changed it"):
            await approve(stage, plan, key)
        _edit(plan, "UPDATE campaign SET plan = NULL")
        with pytest.raises(UsageWrong, match="no complete plan"):
            await approve(stage, plan, key)
        assert not note(plan).exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("client_no 2218", "client_no 2219"),
        lambda text: text.replace("expires 20", "expires 29"),
        lambda text: text[:-20],
        lambda text: "",
    ],
)
async def test_a_signed_text_that_was_changed_approves_nothing(tmp_path: Path, damage: Callable[[str], str]) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        key = ruled(stage)
        plan = await stage.plan()
        await approve(stage, plan, key)
        note(plan).write_text(damage(note(plan).read_text("utf-8")), "utf-8")
        with pytest.raises(UsageWrong, match=r"no approval|is void"):
            await stage.apply(plan)


async def test_an_approval_ends_by_the_stricter_of_both_settings(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        key = ruled(stage)
        plan = await stage.plan()
        await approve(stage, plan, key, plan_max_age="0.001")
        await asyncio.sleep(1.1)  # The plan's time is told in whole seconds.
        with pytest.raises(UsageWrong, match="expired"):
            await stage.apply(plan)
        await approve(stage, plan, key)
        with pytest.raises(UsageWrong, match="plan_max_age"):
            await stage.apply(plan, plan_max_age="0.001")
        assert (await stage.apply(plan)).exit is Exit.SETTLED


async def test_the_cap_may_be_lowered_under_an_approval_and_not_raised(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        key = ruled(stage)
        plan = await stage.plan()
        await approve(stage, plan, key)
        with pytest.raises(UsageWrong, match="not raised to 6"):
            await stage.apply(plan, max_deletes=6)
        assert (await stage.apply(plan, max_deletes=2)).exit is Exit.SAFETY_STOP
        assert len(stage.deleted) == 2


@pytest.mark.parametrize("content", [None, b"", b"# nobody\n", b"second.example\n", b"\xff\xff"])
async def test_a_list_of_approvers_that_names_nobody_is_78(tmp_path: Path, content: bytes | None) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        key = ruled(stage)
        plan = await stage.plan()
        await approve(stage, plan, key)
        (tmp_path / "approvers.txt").unlink()
        if content is not None:
            (tmp_path / "approvers.txt").write_bytes(content)
        with pytest.raises(SettingsWrong, match="approver_keys"):
            await stage.apply(plan)
        with pytest.raises(SettingsWrong, match="nobody may approve"):
            await stage.apply(plan, approver_keys=None)


async def test_a_rule_that_whoever_runs_could_change_is_called_advisory(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        key = ruled(stage)
        plan = await stage.plan()
        await approve(stage, plan, key)
        ending = await stage.apply(plan)
        assert "advisory" in ending.warnings[0]
        assert files(ending).kinds("campaign")[3]["advisory"] is True


def test_a_list_that_cannot_be_written_binds(tmp_path: Path) -> None:
    path = Path("/etc/passwd")  # There, for all to read, and for root alone to write.
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        if os.getuid() == 0:
            os.setuid(65_534)
        os.write(writes, json.dumps([advisory(path), advisory(tmp_path / "x")]).encode())
        os._exit(0)
    os.waitpid(child, 0)
    bound, _ = json.loads(os.read(reads, 10_000))
    for descriptor in (reads, writes):
        os.close(descriptor)
    assert bound == ""
    assert "advisory" in advisory(tmp_path)


def test_signed_texts_are_read_as_they_were_written(tmp_path: Path) -> None:
    generate(tmp_path / "key", "k")
    signer = Signer.read(tmp_path / "key")
    whole = str(SignedText("a\n\nb\n", (signer.sign("a\n\nb\n"),)))
    assert str(SignedText.parse(whole)) == whole
    for wrong in ("", "a\n", whole.removesuffix("\n"), whole.replace("\u2014", "-"), whole + "x"):
        assert SignedText.parse(wrong) is None
