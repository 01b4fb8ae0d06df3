"""Receipts of whole campaigns: what they prove, what they do not tell, and when none is made."""

import json
from pathlib import Path

import pytest

from tests.campaigns.judge import files
from tests.campaigns.signing import OURS, PEOPLE, receipt, signing, told
from tests.campaigns.stage import staged
from worker.app import evidence
from worker.core.receipt import parse
from worker.errors import InputWrong, LogBroken, SettingsWrong, UsageWrong
from worker.seal import generate


async def test_a_receipt_proves_one_customer_and_tells_nothing_of_the_others(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        signing(stage)
        ending = await stage.run()
        path = await receipt(stage, ending, OURS)
        assert path == ending.directory / f"{OURS}.receipt.json"
        proof = evidence.verify_receipt(path, keys=[str(told(ending)["key"])])
        assert proof.problems == ()
        assert f"customer {OURS} of client 2218: deleted (confirmed)" in proof.told
        text = path.read_text("utf-8")
        assert [number for number in PEOPLE.all if number in text] == [OURS]
        salts = {line["salt"] for line in files(ending).lines if line.get("customerNo") != OURS}
        assert [salt for salt in salts if salt in text] == []


async def test_every_customer_has_a_receipt_that_holds_whatever_became_of_it(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        signing(stage)
        ending = await stage.run()
        verdicts = files(ending).verdicts()
        for place, number in enumerate(PEOPLE.all):
            path = await receipt(stage, ending, number, tmp_path / f"{place}.receipt.json")
            found = parse(path.read_text("utf-8"))
            assert not isinstance(found, str)
            assert (found.verdict, found.reason) == verdicts[number]
            assert evidence.verify_receipt(path).problems == ()


async def test_a_receipt_is_not_believed_under_another_key_or_with_another_word(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        signing(stage)
        ending = await stage.run()
        path = await receipt(stage, ending, OURS)
        stranger = str(generate(tmp_path / "stranger.key", "purge.example"))
        assert "no known key" in evidence.verify_receipt(path, keys=[stranger]).problems[0]
        members = json.loads(path.read_text("utf-8"))
        path.write_text(json.dumps(members | {"verdict": "already_absent"}))
        assert evidence.verify_receipt(path).problems
        path.write_text("{}")
        assert evidence.verify_receipt(path).problems
        with pytest.raises(InputWrong):
            evidence.verify_receipt(tmp_path / "none.receipt.json")


async def test_a_receipt_needs_a_key_a_customer_and_a_place(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        ending = await stage.run()
        with pytest.raises(SettingsWrong, match="no key"):
            await receipt(stage, ending, OURS)
        signing(stage)
        with pytest.raises(UsageWrong, match="names customer"):
            await receipt(stage, ending, "999999")
        with pytest.raises(SettingsWrong, match="cannot be written"):
            await receipt(stage, ending, OURS, tmp_path / "none" / "x.receipt.json")


async def test_a_receipt_is_not_made_of_a_log_that_does_not_verify(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        signing(stage)
        ending = await stage.run()
        files(ending).audit.write_bytes(files(ending).audit.read_bytes()[:-200])
        with pytest.raises(LogBroken, match="nothing of it is signed"):
            await receipt(stage, ending, OURS)


@pytest.mark.parametrize(
    ("argument", "expected"),
    [("x.receipt.json", True), ("./said.json", True), ("said.json", False), ("./kept.txt", False), ("spring", False)],
)
def test_a_receipt_is_known_by_its_ending_or_because_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argument: str, *, expected: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "said.json").write_text('{"format": "amili-purge-receipt/1"}')
    (tmp_path / "kept.txt").write_text("checkpoints")
    assert evidence.is_receipt(argument) is expected


async def test_a_receipt_takes_the_place_of_nothing_but_a_receipt(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        signing(stage)
        ending = await stage.run()
        for path in (ending.directory / "audit.jsonl", ending.directory / "ledger.db", tmp_path / "purge.key"):
            before = path.read_bytes()
            with pytest.raises(UsageWrong, match="is there already"):
                await receipt(stage, ending, OURS, path)
            assert path.read_bytes() == before
        path = await receipt(stage, ending, OURS)
        path.write_bytes(path.read_bytes() + b"\n")
        assert await receipt(stage, ending, OURS) == path
        assert not path.read_bytes().endswith(b"\n\n")
