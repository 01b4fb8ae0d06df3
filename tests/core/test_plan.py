"""What an approval covers: each part of a plan changes its digest, and each drift of a guard is named."""

from hashlib import sha256

import pytest

from worker.core.plan import Binding, digest, drift

BINDING = Binding("https://api.example/arm/v1", 2218, "ab" * 32)
GUARDS = {"max_delete_share": 0.5, "limit": None}
DIGEST = digest(BINDING, GUARDS, ["1", "2"])


def test_the_digest_is_fixed_so_that_an_approval_outlives_an_update() -> None:
    covered = (
        f'["amili-purge-plan/1","https://api.example/arm/v1",2218,"{"ab" * 32}",'
        '{"limit":null,"max_delete_share":0.5,"sentinel":"Ø9"}]\n1\n2'
    )
    assert digest(BINDING, GUARDS | {"sentinel": "Ø9"}, ["1", "2"]) == sha256(covered.encode()).hexdigest()


@pytest.mark.parametrize(
    "other",
    [
        digest(Binding("https://api.example/arm/v2", 2218, "ab" * 32), GUARDS, ["1", "2"]),
        digest(Binding("https://api.example/arm/v1", 2219, "ab" * 32), GUARDS, ["1", "2"]),
        digest(Binding("https://api.example/arm/v1", 2218, "cd" * 32), GUARDS, ["1", "2"]),
        digest(BINDING, GUARDS | {"limit": 1}, ["1", "2"]),
        digest(BINDING, GUARDS, ["1"]),
        digest(BINDING, GUARDS, ["1", "2", "3"]),
        digest(BINDING, GUARDS, ["12"]),
    ],
)
def test_whatever_an_approval_covers_changes_the_digest(other: str) -> None:
    assert other != DIGEST


def test_the_order_of_the_guards_does_not_matter() -> None:
    orders = (GUARDS, dict(reversed(GUARDS.items())))
    assert {digest(BINDING, guards, iter(["1", "2"])) for guards in orders} == {DIGEST}


def test_each_guard_that_drifted_has_its_line() -> None:
    assert drift(GUARDS, {"max_delete_share": 0.6, "sentinel": "9"}) == (
        "max_delete_share was 0.5 when the plan was made and is 0.6 now",
        "sentinel was not set when the plan was made and is 9 now",
    )
    assert drift(GUARDS, GUARDS) == ()
