"""enqueue as it is typed, on a real broker: judged whole, confirmed, the same again, and everything comes out."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.brokers import PASSWORD, Broker, Reach
from tests.cli.typing_in import Shell
from tests.queues.hand import Hand
from worker.core.customer import DEFAULT_PATTERN
from worker.core.request import parse_request
from worker.sources.queue_url import QueueAddress

LIST = "Kundenr;Navn\n000123;A\nab1;B\nAB1;C\n543210;D\n"


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reach: Reach) -> Shell:
    """A person whose settings let them into the broker, and reach no API."""
    shell = Shell(capsys, monkeypatch, tmp_path)
    shell.export(AMILI_AMQP_USER=reach.user, AMILI_AMQP_PASSWORD=reach.password)
    return shell


def made(hand: Hand) -> QueueAddress:
    return asyncio.run(hand.make("quorum"))


def removed(hand: Hand) -> None:
    asyncio.run(hand.__aexit__())


def test_each_valid_distinct_row_is_one_message_that_reads_back_as_a_request(shell: Shell, reach: Reach) -> None:
    hand = Hand(reach)
    address = made(hand)
    shell.write("list.csv", LIST)
    typed = shell.type("enqueue", "list.csv", str(address), "--client-no", "2218")
    assert (typed.code, typed.err) == (0, "")
    assert [line.split() for line in typed.out.splitlines()[:4]] == [
        ["enqueued", "3"],
        ["duplicate", "1"],
        ["invalid", "0"],
        ["all", "rows", "4"],
    ]
    run = f"amili-purge run {address} --campaign {address.queue} --yes --max-deletes N --client-no 2218"
    assert typed.last_line == run
    messages = asyncio.run(hand.all_of(address.queue))
    digest = typed.out.partition("digest ")[2].split()[0]
    assert [json.loads(message.body) for message in messages] == [
        {"customerNo": number, "clientNo": 2218, "requestId": f"{digest}:{line}"}
        for line, number in ((2, "000123"), (3, "ab1"), (5, "543210"))
    ]
    for message in messages:
        assert message.message_id == json.loads(message.body)["requestId"]
        assert message.delivery_mode == 2
        request = parse_request(message.body, message.message_id, 2218, DEFAULT_PATTERN)
        assert request.id.endswith(str(message.message_id))
    removed(hand)


def test_the_same_file_again_is_the_same_requests(shell: Shell, reach: Reach) -> None:
    hand = Hand(reach)
    address = made(hand)
    shell.write("list.csv", LIST)
    for _ in range(2):
        assert shell.type("enqueue", "list.csv", str(address)).code == 0
    messages = asyncio.run(hand.all_of(address.queue))
    assert len(messages) == 6
    assert len({message.body for message in messages}) == 3
    assert "clientNo" not in json.loads(messages[0].body)
    removed(hand)


def test_an_input_that_a_run_would_refuse_leaves_the_queue_empty(shell: Shell, reach: Reach) -> None:
    hand = Hand(reach)
    address = made(hand)
    shell.write("invalid.csv", "Kundenr\n1\n1.23E+05\n")
    shell.write("zeros.csv", "Kundenr\n" + "".join(f"{number}\n" for number in (*range(543210, 543230), 4711)))
    shell.write("clients.csv", "Kundenr;clientno\n1;2219\n")
    for words in (["invalid.csv"], ["zeros.csv"], ["clients.csv", "--client-no", "2218"], ["missing.csv"]):
        typed = shell.type("enqueue", words[0], str(address), *words[1:])
        assert (typed.code, typed.out) == (65, ""), words
    assert asyncio.run(hand.count(address)) == 0
    removed(hand)


def test_more_than_a_batch_arrives_whole(shell: Shell, reach: Reach) -> None:
    hand = Hand(reach)
    address = made(hand)
    shell.write("list.txt", "".join(f"{number}\n" for number in range(100_000, 101_203)))
    assert shell.type("enqueue", "list.txt", str(address)).code == 0
    assert asyncio.run(hand.settled_count(address, 1203)) == 1203
    removed(hand)


def test_a_queue_that_is_not_there_is_65_and_one_that_is_full_is_69(shell: Shell, reach: Reach) -> None:
    hand = Hand(reach)
    address = asyncio.run(hand.make(arguments={"x-max-length": 0, "x-overflow": "reject-publish"}))
    shell.write("list.csv", "Kundenr\n" + "".join(f"{number}\n" for number in range(543210, 543240)))
    typed = shell.type("enqueue", "list.csv", str(address))
    assert typed.code == 69
    assert "takes no message" in typed.err
    assert shell.type("enqueue", "list.csv", str(address) + "-missing").code == 65
    removed(hand)


def test_half_a_login_is_78_and_a_wrong_one_too(shell: Shell, reach: Reach) -> None:
    shell.write("list.csv", LIST)
    url = str(reach.queue("purge"))
    shell.export(AMILI_AMQP_PASSWORD="wrong")
    assert shell.type("enqueue", "list.csv", url).code == 78
    shell.forget("AMILI_AMQP_PASSWORD")
    typed = shell.type("enqueue", "list.csv", url)
    assert typed.code == 78
    assert "AMILI_AMQP_PASSWORD" in typed.err


def test_a_broker_that_restarts_meanwhile_gets_every_message(
    shell: Shell, own_broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = Hand(own_broker.reach)
    address = made(hand)
    shell.export(AMILI_AMQP_USER=own_broker.reach.user, AMILI_AMQP_PASSWORD=PASSWORD)
    shell.write("list.txt", "".join(f"{number}\n" for number in range(100_000, 103_000)))

    async def story() -> int:
        typing = asyncio.create_task(asyncio.to_thread(shell.type, "enqueue", "list.txt", str(address)))
        while await hand.count(address) == 0:
            assert not typing.done()
        await asyncio.to_thread(own_broker.stop)
        await asyncio.to_thread(own_broker.start)
        return (await typing).code

    assert asyncio.run(story()) == 0
    numbers = {json.loads(message.body)["customerNo"] for message in asyncio.run(hand.all_of(address.queue))}
    assert len(numbers) == 3_000
    removed(hand)
