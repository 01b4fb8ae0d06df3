"""Generated input files: no crash, and no request but to the customer's own paths, by the server's raw request line."""

from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from tests.armrest.peer import answer, clients, peer
from tests.campaigns.stage import FACE, cast, staged
from tests.fuzz.reading import PERMISSIVE, REFUSALS, customer_of, numbers, permissive, written
from worker.app import commands
from worker.core.customer import CustomerNo, fold
from worker.errors import CommandFailed
from worker.sandbox.world import Customer

FILES = 900
CAMPAIGNS = 25


async def test_generated_files_are_read_or_refused_and_their_customers_alone_are_asked_for(tmp_path: Path) -> None:
    settings, outcomes, found = permissive(tmp_path), Counter[str](), list[CustomerNo]()
    for seed in range(FILES):
        path, _ = written(tmp_path, seed)
        found += numbers(path, settings, outcomes)
        path.unlink()
    assert min(outcomes["accepted"], outcomes["invalid"]) > 200
    assert outcomes["refused 65"] > FILES / 10
    wanted = list(dict.fromkeys(found))
    async with peer(answer(404)) as server, clients(server.url) as client:
        for number in wanted:
            server.requests.clear()
            for ask in (client.reads.get_customer, client.reads.get_documents, client.reads.get_aritems):
                await ask(number)
            await client.deletes.delete(number)
            lines = [raw.partition(b" HTTP/1.1\r\n")[0].decode("ascii") for raw in server.requests]
            assert [customer_of(line) for line in lines] == [number.text] * 4, lines
    assert len(wanted) > 150
    assert sum(not number.text.isalnum() for number in wanted) > 40


async def test_whole_campaigns_on_generated_files_ask_for_nobody_else(tmp_path: Path) -> None:
    endings = Counter[int]()
    for seed in range(CAMPAIGNS):
        path, _ = written(tmp_path, seed)
        known = {fold(number.text) for number in numbers(path, permissive(tmp_path), Counter())}
        async with staged(tmp_path, cast()) as stage:
            for number in known:
                stage.sandbox.world.add(Customer(number, 500_000))
            settings = stage.loaded(**PERMISSIVE, max_deletes=1000)
            try:
                ending = await commands.run(
                    settings, str(path), name=f"s{seed}", recheck=False, face=FACE, command="run"
                )
                assert ending.summary.adds_up
                endings[int(ending.exit)] += 1
            except CommandFailed as refused:
                if refused.code not in REFUSALS:
                    raise
                endings[int(refused.code)] += 1
            lines = [f"{record.method} {record.target}" for record in stage.sandbox.journal.records]
            asked = {customer_of(line) for line in lines}
            assert None not in asked, lines
            assert {fold(str(number)) for number in asked} <= known
            assert stage.deleted <= known
    assert endings[0] > 5
    assert endings[65] > 0


@pytest.mark.parametrize("seed", [3640])
def test_a_file_that_once_crashed_the_reader_is_refused(tmp_path: Path, seed: int) -> None:
    outcomes = Counter[str]()
    path, _ = written(tmp_path, seed)
    assert numbers(path, permissive(tmp_path), outcomes) == []
    assert outcomes == {"refused 65": 1}


@pytest.mark.parametrize(
    ("flags", "method"), [(1, 8), (0, 99)], ids=["a part that is encrypted", "an unknown compression"]
)
def test_a_workbook_that_cannot_be_unpacked_is_refused(tmp_path: Path, flags: int, method: int) -> None:
    path, file = tmp_path / "list.xlsx", openpyxl.Workbook()
    file.save(path)
    content = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + at], content[place + at + 2] = flags, method
            place = content.find(mark, place + 1)
    path.write_bytes(content)
    outcomes = Counter[str]()
    assert numbers(path, permissive(tmp_path), outcomes) == []
    assert outcomes == {"refused 65": 1}


@pytest.mark.parametrize(
    "request_line",
    [
        "DELETE /arm/v1/clients/2218/customers/",
        "DELETE /arm/v1/clients/2218/customers/..",
        "DELETE /arm/v1/clients/2218/customers/%2E%2E",
        "DELETE /arm/v1/clients/2218/customers/a/b",
        "DELETE /arm/v1/clients/2218/customers/a%2Fb",
        "DELETE /arm/v1/clients/2218/customers/..%252f1",
        "DELETE /arm/v1/clients/2218/customers/1?options=x",
        "DELETE /arm/v1/clients/2218/customers/1%0D%0AX",
        "DELETE /arm/v1/clients/2219/customers/1",
        "DELETE /arm/v1/clients/2218/documents?customerno=1&pagesize=5",
        "GET /arm/v1/clients/2218/documents?customerno=1&customerno=2&pagesize=5",
        "GET /arm/v1/clients/2218/aritems?customerno=%E2%80%AE1&pagesize=5",
        "POST /arm/v1/clients/2218/customers/1",
    ],
)
def test_a_request_that_could_be_about_something_else_would_be_found(request_line: str) -> None:
    assert customer_of(request_line) is None
