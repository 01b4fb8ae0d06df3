"""Where campaigns live: names, directories and locks."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from worker.errors import Busy, NotDurable, UsageWrong
from worker.place import NAME, Place, all_of, checked_name, create, default_name, pick

HOLDER = """
import sys, time
from pathlib import Path
from worker.place import Place
with Place(Path(sys.argv[1])).lock():
    print("locked", flush=True)
    time.sleep(60)
"""


def found(campaigns: Path, beginning: str) -> Place:
    """What a beginning of a name means among the campaigns of a directory."""
    return pick(all_of(campaigns), beginning, str(campaigns))


def a_campaign(campaigns: Path, name: str) -> None:
    create(campaigns, name).ledger.touch()


def test_a_campaign_has_a_directory_for_its_owner_alone(tmp_path: Path) -> None:
    place = create(tmp_path / "new" / "campaigns", "may-2026")
    assert place.directory.stat().st_mode & 0o777 == 0o700
    assert list(place.directory.iterdir()) == []
    assert create(tmp_path / "new" / "campaigns", "may-2026") == place


def test_its_files_have_the_names_of_the_contract(tmp_path: Path) -> None:
    place = create(tmp_path, "may")
    files = (place.ledger, place.audit, place.report, place.summary, place.page)
    assert [file.name for file in files] == ["ledger.db", "audit.jsonl", "report.csv", "summary.json", "report.html"]
    assert {file.parent for file in files} == {tmp_path / "may"}
    assert place.name == "may"


@pytest.mark.parametrize("name", ["a", "2026.05_x-Y", "a" * 100])
def test_a_fit_name_is_taken_as_it_is(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["", ".", "..", "-a", "_a", "a/b", "a b", "å", "a" * 101, "a\n"])
def test_any_other_name_is_a_usage_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageWrong, match="name"):
        create(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("input_name", "stem"),
    [
        ("/data/Kunder mai.csv", "Kunder-mai"),
        ("list.csv.gz", "list"),
        ("LIST.XLSX", "LIST"),
        ("v1.2.csv", "v1.2"),
        ("åæø.csv", "campaign"),
        (".hidden.txt", "hidden"),
        ("x" * 300 + ".csv", "x" * 88),
    ],
)
def test_by_default_a_campaign_is_called_after_its_file(input_name: str, stem: str) -> None:
    name = default_name(input_name, "https://arm.example", 2218, "d" * 64)
    assert name.rpartition("-")[0] == stem
    assert NAME.fullmatch(name)


def test_the_default_name_tells_url_client_and_input_apart() -> None:
    names = {
        default_name("a.csv", url, client, digest)
        for url in ("https://one.example", "https://two.example")
        for client in (1, 2)
        for digest in ("d", "e")
    }
    assert len(names) == 8
    assert default_name("a.csv", "https://one.example", 1, "d") in names


def test_a_unique_beginning_of_a_name_will_do(tmp_path: Path) -> None:
    for name in ("may", "may-2", "june"):
        a_campaign(tmp_path, name)
    assert found(tmp_path, "j").name == "june"
    assert found(tmp_path, "may-").name == "may-2"
    assert found(tmp_path, "may").name == "may"


def test_a_beginning_of_several_names_them(tmp_path: Path) -> None:
    for number in range(12):
        a_campaign(tmp_path, f"may-{number:02}")
    with pytest.raises(UsageWrong, match="12 campaigns begin with 'm'") as refused:
        found(tmp_path, "m")
    assert refused.value.advice == (*(f"may-{number:02}" for number in range(10)), "… and 2 more")


def test_an_unknown_campaign_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageWrong, match="no campaign 'x'") as refused:
        found(tmp_path / "nowhere", "x")
    assert "plan INPUT" in refused.value.advice[0]
    a_campaign(tmp_path, "june")
    with pytest.raises(UsageWrong) as refused:
        found(tmp_path, "../june")
    assert refused.value.advice == ("june",)


def test_a_directory_without_a_ledger_is_no_campaign(tmp_path: Path) -> None:
    a_campaign(tmp_path, "b")
    a_campaign(tmp_path, "a")
    (tmp_path / "notes").mkdir()
    assert [place.name for place in all_of(tmp_path)] == ["a", "b"]


def test_a_second_process_is_told_who_works_the_campaign(tmp_path: Path) -> None:
    place = create(tmp_path, "may")
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(place.directory)], stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(Busy, match=f"process {holder.pid}"), place.lock():
            pass
        assert place.worked()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert not place.worked()
    with place.lock():  # A killed process holds nothing.
        assert (place.directory / "lock").read_text() == f"{os.getpid()}\n"


def test_a_lock_is_free_again_after_an_error(tmp_path: Path) -> None:
    place = create(tmp_path, "may")
    with pytest.raises(RuntimeError), place.lock():
        raise RuntimeError
    with place.lock(), pytest.raises(Busy), place.lock():
        pass


def test_asking_whether_a_campaign_is_worked_changes_nothing(tmp_path: Path) -> None:
    place = create(tmp_path, "may")
    assert not place.worked()
    assert list(place.directory.iterdir()) == []


def test_a_look_at_the_lock_does_not_turn_a_start_away(tmp_path: Path) -> None:
    place = create(tmp_path, "may")
    with place.lock():
        pass
    looking = os.open(place.directory / "lock", os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    threading.Timer(0.02, os.close, (looking,)).start()
    with place.lock():
        assert place.worked()


def test_a_place_that_cannot_be_written_is_not_durable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotDurable, match="cannot be written"):
        create(tmp_path / "file", "may")
    place = create(tmp_path, "may")
    place.directory.rmdir()
    with pytest.raises(NotDurable, match="cannot be written"), place.lock():
        pass
