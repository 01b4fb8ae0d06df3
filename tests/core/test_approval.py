"""What was signed is read as it was written, covers its own plan only, and for so long only."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from worker.core.approval import Approval, raises_cap, void
from worker.core.values import replace

MADE = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PLAN = {
    "campaign": "spring",
    "base_url": "https://arm.example/v1",
    "client_no": "2218",
    "input": "d1" * 32,
    "plan": "ab" * 32,
    "made": "2026-11-22T10:00:00Z",
}
APPROVAL = Approval(**PLAN, approved="2026-11-22T11:00:00Z", expires="2026-11-25T10:00:00Z")
DAY = 86_400.0


def test_the_text_names_everything_that_is_approved_a_line_each() -> None:
    first, *lines = APPROVAL.text().splitlines()
    assert first == "amili-purge-approval/1"
    assert lines[:2] == ["campaign spring", "base_url https://arm.example/v1"]
    assert Approval.parse(APPROVAL.text()) == APPROVAL


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("approval/1", "approval/2"),
        lambda text: text.replace("client_no 2218\n", ""),
        lambda text: text + "more 1\n",
        lambda text: text.replace("plan ", "plan  ").replace("plan  ", "plan\t"),
        lambda text: text.removesuffix("\n"),
        lambda text: text.replace("client_no 2218\n", "client_no 2218\nclient_no 2218\n"),
        lambda text: text.replace("2026-11-25T10:00:00Z", "tomorrow"),
        lambda text: text.replace("2026-11-25T10:00:00Z", "2026-11-25T10:00:00"),
        lambda text: "",
    ],
)
def test_another_text_is_no_approval(damage: Callable[[str], str]) -> None:
    assert Approval.parse(damage(APPROVAL.text())) is None


def test_an_approval_covers_its_plan_until_it_is_too_old() -> None:
    assert void(APPROVAL, PLAN, MADE + timedelta(days=2), 3 * DAY) == ""
    assert void(APPROVAL, PLAN, MADE + timedelta(days=3), 3 * DAY) == ""
    assert "expired" in void(APPROVAL, PLAN, MADE + timedelta(days=3, seconds=1), 9 * DAY)
    assert "plan_max_age" in void(APPROVAL, PLAN, MADE + timedelta(days=2), DAY)


def test_whoever_applies_can_shorten_the_time_and_not_lengthen_it() -> None:
    assert "expired" in void(APPROVAL, PLAN, MADE + timedelta(days=30), 365 * DAY)
    assert "plan_max_age" in void(
        replace(APPROVAL, expires="2099-01-01T00:00:00Z"), PLAN, MADE + timedelta(days=2), 1.0
    )


@pytest.mark.parametrize("member", PLAN)
def test_another_plan_is_not_covered_whatever_differs(member: str) -> None:
    assert f"another {member}" in void(APPROVAL, {**PLAN, member: "other"}, MADE, DAY)


@pytest.mark.parametrize(
    ("wanted", "in_force", "required", "raised"),
    [
        (5, 4, True, True),
        (4, 4, True, False),
        (3, 4, True, False),
        (5, 4, False, False),
        (5, None, True, False),
    ],
)
def test_under_a_required_approval_the_cap_may_only_be_lowered(
    wanted: int, in_force: int | None, *, required: bool, raised: bool
) -> None:
    assert bool(raises_cap(wanted, in_force, approval_required=required)) is raised
