"""The list of planted defects is current, and a few are looked for; `python -m tests.planted` takes them all."""

import pytest

from tests.planted.__main__ import ALL, row, searched
from tests.planted.behaviour import BEHAVIOUR
from tests.planted.checks import ROOT, look_for
from tests.planted.defect import Defect, Outdated

HARMLESS = Defect(
    "a docstring says less", "worker/campaign.py", "One run over the open customers", "One run over customers"
)
SAMPLE = (
    "the intent is not waited for",
    "any 2xx is a success",
    "the cap is off by one",
    "the sentinel is not read",
)


@pytest.mark.parametrize("defect", ALL, ids=lambda defect: defect.name)
def test_the_text_that_a_defect_replaces_is_there_exactly_once(defect: Defect) -> None:
    text = (ROOT / defect.path).read_text("utf-8")
    assert defect.planted(text) != text


def test_a_text_that_is_not_there_or_twice_is_an_error() -> None:
    for old in ("no such text", "self._oversight"):
        defect = Defect("outdated", "worker/campaign.py", old, "")
        with pytest.raises(Outdated):
            defect.planted((ROOT / defect.path).read_text("utf-8"))


def test_there_are_enough_of_them_and_each_has_a_name_of_its_own() -> None:
    assert len(ALL) >= 25
    assert len({defect.name for defect in ALL}) == len(ALL)


@pytest.mark.parametrize("name", SAMPLE)
def test_simulated_campaigns_find(name: str) -> None:
    found = look_for(next(defect for defect in BEHAVIOUR if defect.name == name), seeds=60)
    assert (found.by, found.seeds is not None) == ("seeds", True), found


def test_what_is_no_defect_is_not_found() -> None:
    [(defect, found)] = searched([HARMLESS], seeds=5)
    assert found.by == ""
    assert "NOT FOUND" in row(defect, found)


def test_a_tree_that_is_not_healthy_is_not_searched() -> None:
    broken = Defect("-", "worker/campaign.py", "One run over the open customers", "-", ("tests/no_such_test.py",))
    with pytest.raises(SystemExit):
        list(searched([broken], seeds=1))
