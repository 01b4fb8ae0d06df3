"""With pseudonyms no customer number stands in anything that a campaign writes or prints, but in ledger and reports."""

import asyncio
import json
import re
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.error import URLError

import pytest

from tests.acceptance.stage import Desk, Ended, Running
from tests.campaigns.stage import Cast, Stage, staged
from tests.evidence.second_verifier import faults
from worker.sandbox.faults import Kind
from worker.seal import generate

STEM = "Qwzxkvjq"
"""In every number, and in nothing else: no hash and no signature is likely to hold it."""
PEOPLE = Cast(*(tuple(f"{STEM}{sort}ø{place:02}" for place in range(many)) for sort, many in enumerate((30, 5, 4, 5))))
CLEAR = re.compile(r"report\.(csv|html)|ledger\.db.*")
"""Files that hold numbers, and are documented as such."""
ESCAPED = (STEM.lower().encode(), b"\\u00f8", b"%c3%b8")
FAULTS = "http_500=0.03,truncated=0.02,reset_after=0.02,http_409@delete=0.05,late_effect@delete=0.03:0.1s,latency=0.01"
PACE = (
    "--rate",
    "400",
    "--settle-time",
    "0.1",
    "--max-failure-share",
    "1",
    "--concurrency",
    "4",
    "--log-level",
    "debug",
)
PORT = 39_417


def settings(stage: Stage, directory: Path) -> dict[str, str]:
    generate(directory / "purge.key", "purge.example")
    return {
        "AMILI_BASE_URL": stage.sandbox.base_url,
        "AMILI_CLIENT_NO": str(stage.sandbox.world.client_no),
        "AMILI_TOKEN": stage.sandbox.token,
        "AMILI_AUDIT_PSEUDONYMS": "true",
        "AMILI_PSEUDONYM_KEY": "names.key",
        "AMILI_CHECKPOINT_KEY": "purge.key",
        "AMILI_CHECKPOINT_TO": "kept.txt",
        "AMILI_SENTINEL": PEOPLE.documents[0],
    }


@asynccontextmanager
async def seated(directory: Path, people: Cast = PEOPLE, faults: str = FAULTS) -> AsyncIterator[tuple[Stage, Desk]]:
    """A world, and somebody at a desk who has a key of pseudonyms."""
    async with staged(directory, people, faults) as stage:
        desk = Desk(directory, settings(stage, directory))
        assert (await do(desk, "keygen", "names.key", "--for", "pseudonyms")).code == 0
        yield stage, desk


async def do(desk: Desk, *words: str, **more: str) -> Ended:
    return await asyncio.to_thread(desk.do, *words, **more)


async def killed(running: Running, stage: Stage, kind: Kind, after: int) -> None:
    """Strike a command down once so many more requests of a kind have come."""
    before = stage.sandbox.journal.counts()[kind]
    while stage.sandbox.journal.counts()[kind] < before + after:
        assert not running.is_over()
        await asyncio.sleep(0.005)
    await asyncio.to_thread(running.kill)


def scraped() -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics", timeout=5) as answer:
        return bytes(answer.read())


async def watched(desk: Desk, running: Running) -> None:
    """What a person and a monitor see of a run while it goes on."""
    seen = list[bytes]()
    while not running.is_over():
        assert (await do(desk, "status", "spring", "--json")).code == 0
        try:
            seen.append(await asyncio.to_thread(scraped))
        except (URLError, OSError):
            await asyncio.sleep(0.05)
    assert seen
    (desk.directory / "said" / "metrics.txt").write_bytes(b"".join(seen))


def written(desk: Desk) -> list[Path]:
    places = (desk.campaigns, desk.directory / "said", desk.directory / "kept.txt")
    return [path for place in places for path in (place, *place.rglob("*")) if path.is_file()]


def leaks(desk: Desk) -> Iterator[str]:
    """Each file, but for those that may, that holds a number: as it is, or as JSON or a URL would spell it."""
    for path in written(desk):
        text = path.read_bytes().lower()
        found = [needle.decode() for needle in ESCAPED if needle in text]
        if found and not CLEAR.fullmatch(path.name):
            yield f"{path.name}: {found}"


async def worked(stage: Stage, desk: Desk) -> None:
    """A campaign from its plan to its receipts: killed twice, resumed, watched, with lines for machines and people."""
    plan = ("plan", stage.list, "--campaign", "spring", *PACE)
    await killed(desk.start(*plan, "--log-format", "json"), stage, Kind.GET_CUSTOMER, 10)
    planned = await do(desk, *plan, "--log-format", "console")
    assert planned.code in {0, 10}, planned.err
    digest = json.loads((desk.campaigns / "spring/summary.json").read_bytes())["plan_digest"]
    apply = ("apply", "spring", "--approve", digest, *PACE)
    await killed(desk.start(*apply, "--log-format", "console"), stage, Kind.DELETE, 5)
    running = desk.start(*apply, "--rate", "30", "--log-format", "json", "--metrics-port", str(PORT))
    await watched(desk, running)
    assert (await asyncio.to_thread(running.ended)).code in {0, 10}
    assert (await do(desk, "plan", "--campaign", "spring", "--recheck", *PACE)).code in {0, 10, 64}
    assert (await do(desk, "reconcile", "spring", *PACE)).code in {0, 10}
    for words in (
        ("status", "spring"),
        ("list",),
        ("report", "spring"),
        ("verify", "spring", "--checkpoint", "kept.txt"),
    ):
        assert (await do(desk, *words)).code == 0, words


async def proved(desk: Desk) -> None:
    """Who holds the key finds a customer, and can prove it to others; the log verifies without any key."""
    ours = PEOPLE.documents[1]
    looked = await do(desk, "lookup", "spring", ours.upper())
    assert (looked.code, looked.out.split()[1]) == (0, "ineligible")
    made = await do(desk, "receipt", "spring", ours)
    assert made.code == 0, made.err
    path = made.out.splitlines()[0].removeprefix("Written: ")
    assert Path(path).name == f"{looked.out.split()[0]}.receipt.json"
    told = await do(desk, "verify", path)
    assert (told.code, looked.out.split()[0] in told.out) == (0, True)
    bare = await do(desk, "verify", str(desk.campaigns / "spring/audit.jsonl"))
    assert bare.code == 0
    assert faults((desk.campaigns / "spring/audit.jsonl").read_bytes()) == []


async def test_a_whole_campaign_writes_no_number_but_into_ledger_and_reports(tmp_path: Path) -> None:
    async with seated(tmp_path) as (stage, desk):
        await worked(stage, desk)
        await proved(desk)
    assert list(leaks(desk)) == []
    # There was something to scan, in every form; and what may hold numbers does.
    names = {path.name for path in written(desk)}
    assert names >= {"audit.jsonl", "summary.json", "kept.txt", "metrics.txt", "001.out", "report.csv", "ledger.db"}
    text = b"".join(path.read_bytes() for path in written(desk) if not CLEAR.fullmatch(path.name))
    assert all(word in text for word in (b'"customerRef":"', b'"oldest_in_flight": {', b"customerRef=", b"verdict"))
    assert STEM.encode() in (desk.campaigns / "spring/report.csv").read_bytes()


@pytest.mark.parametrize("fault", ["wrong_customer@delete", "http_404@get_customer#9-"])
async def test_a_stop_names_nobody_wherever_it_is_told(tmp_path: Path, fault: str) -> None:
    async with seated(tmp_path, faults=fault) as (stage, desk):
        run = ("run", stage.list, "--campaign", "spring", "--yes", "--max-deletes", "90", *PACE)
        ended = await do(desk, *run, "--log-format", "console")
        assert ended.code == 20, ended.err
        for words in (("status", "spring"), ("resume", "spring", "--because", "we looked"), ("report", "spring")):
            await do(desk, *words)
        await do(desk, *run, "--log-format", "json")
    assert list(leaks(desk)) == []
    assert re.search(r"[0-9a-f]{64}", ended.err.replace("\n", " ").rpartition("stopped:")[2])


async def test_an_input_that_is_refused_shows_no_row(tmp_path: Path) -> None:
    async with seated(tmp_path, faults="") as (stage, desk):
        wrong = stage.file([f"{number} or so" for number in PEOPLE.all], "wrong.csv")
        ended = await do(desk, "plan", wrong, "--campaign", "spring")
        assert (ended.code, "line 2" in ended.err) == (65, True)
        bare = tmp_path / "bare.csv"
        bare.write_text("".join(f"{number};Oslo\n" for number in PEOPLE.all), encoding="utf-8")
        for words, code in ((("plan", str(bare)), 65), (("plan", stage.list, "--protect", str(bare)), 78)):
            ended = await do(desk, *words, "--campaign", "spring")
            assert (ended.code, "2 cells" in ended.err) == (code, True)
    assert list(leaks(desk)) == []


async def test_without_pseudonyms_the_scan_finds_the_numbers(tmp_path: Path) -> None:
    async with seated(tmp_path, faults="") as (stage, desk):
        clear = {"AMILI_AUDIT_PSEUDONYMS": "false"}
        ended = await do(
            desk, "run", stage.list, "--campaign", "spring", "--yes", "--max-deletes", "90", *PACE, **clear
        )
        assert ended.code == 0, ended.err
    found = {line.partition(":")[0] for line in leaks(desk)}
    assert found == {"audit.jsonl", "002.err"}
