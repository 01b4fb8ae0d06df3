"""Inputs that are refused leave nothing behind; those that are accepted become campaigns."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.campaigns.judge import counted, files
from tests.campaigns.stage import cast, staged
from worker.errors import Exit, InputWrong, UsageWrong

PEOPLE = cast(free=3)
REFUSED: dict[str, bytes | None] = {
    "a missing file": None,
    "zero bytes": b"",
    "blank lines alone": b"\n\n",
    "a header alone": b"Kundenr\n",
    "more invalid rows than allowed": b"Kundenr\n100001\n12/34\n",
    "another client's rows": b"Kundenr;Klientnr\n100001;2218\n100002;7\n",
    "no column of a known name": b"Navn;Sted\na;b\n",
    "an old workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "a torn gzip file": b"\x1f\x8b\x08\x00",
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("command", ["plan", "run"])
async def test_an_input_that_is_refused_is_65_and_leaves_nothing_behind(
    tmp_path: Path, what: str, command: str
) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        path, data = tmp_path / "input.csv", REFUSED[what]
        if data is not None:
            path.write_bytes(data)
        with pytest.raises(InputWrong):
            await (stage.plan(str(path)) if command == "plan" else stage.run(str(path)))
        assert not stage.campaigns.exists()
        assert not stage.news()


async def test_a_refusal_shows_three_invalid_lines(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        with pytest.raises(InputWrong) as refused:
            await stage.plan(stage.file(["1.23E+05", "12/34", "..", "a b", *PEOPLE.free]))
        assert sum(line.startswith("line ") for line in refused.value.advice) == 3
        assert "decimal" in refused.value.advice[0]


async def test_national_identity_numbers_are_65(tmp_path: Path) -> None:
    valid = [number for number in map(_national_id, range(100)) if number]
    async with staged(tmp_path, PEOPLE) as stage:
        with pytest.raises(InputWrong):
            await stage.plan(stage.file(valid))
        assert not stage.campaigns.exists()


def _national_id(individual: int) -> str | None:
    """A number of 1 January 1970 with the control digits that Norway's registry defines, if it has any."""
    digits = [int(sign) for sign in f"010170{individual:03}"]
    for weights in ((3, 7, 6, 1, 8, 9, 4, 5, 2), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)):
        control = -sum(weight * digit for weight, digit in zip(weights, digits, strict=True)) % 11
        if control > 9:
            return None
        digits.append(control)
    return "".join(map(str, digits))


async def test_lost_zeros_are_listed_by_plan_and_refused_by_run_until_they_are_meant(tmp_path: Path) -> None:
    people = cast(free=20)
    async with staged(tmp_path, people) as stage:
        rows = stage.file([*people.free, "4321"])
        plan = await stage.plan(rows, name="planned")
        assert any("lines 22" in warning for warning in plan.warnings)
        with pytest.raises(InputWrong):
            await stage.run(rows, name="run")
        ending = await stage.run(rows, name="run", accept_lengths="4")
        assert counted(ending)["deleted"] == 20


async def test_an_empty_input_is_a_campaign_of_nobody_where_that_is_allowed(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        ending = await stage.plan(stage.file([]), allow_empty=True)
        assert (ending.exit, files(ending).summary["rows"]) == (Exit.SETTLED, 0)
        assert not stage.news()


async def test_a_pattern_of_the_users_own_must_match_the_whole_number(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        ending = await stage.run(
            stage.file([*PEOPLE.free[:2], "100003X"]), customer_pattern=r"\d{6}", max_invalid_share=0.5
        )
        assert counted(ending) == {"deleted": 2, "invalid": 1}


async def test_standard_input_needs_a_name(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        with _typed("\n".join(PEOPLE.free)), pytest.raises(UsageWrong):
            await stage.run("-")
        assert not stage.campaigns.exists()
        with _typed("\n".join(PEOPLE.free)):
            ending = await stage.run("-", name="typed")
        assert (ending.exit, counted(ending)) == (0, {"deleted": 3})


@contextmanager
def _typed(text: str) -> Iterator[None]:
    """Standard input as a pipe would give it."""
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(text.encode()))
    try:
        yield
    finally:
        sys.stdin = before


async def test_no_input_needs_a_name(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        with pytest.raises(UsageWrong):
            await stage.run(None)


@pytest.mark.parametrize("name", ["../up", ".hidden", "", "a" * 101, "blank name"])
async def test_a_name_that_no_campaign_can_have_is_64(tmp_path: Path, name: str) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        with pytest.raises(UsageWrong):
            await stage.plan(name=name)
        assert not stage.campaigns.exists()
        assert not stage.news()
