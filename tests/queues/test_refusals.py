"""What no waiting mends is said at once, with what to do; and the ways in that work."""

import asyncio
import subprocess
import sys

import pytest

from tests.brokers import PASSWORD, SECOND_VHOST, Broker
from tests.cli.typing_in import surroundings
from tests.queues.hand import QUICK, Hand
from worker.core.values import replace
from worker.errors import CommandFailed, Exit, InputWrong, OutOfReach, SettingsWrong
from worker.sources.queue_url import Credentials, QueueAddress, QueueOptions
from worker.sources.rabbitmq import RabbitMq

SHORT = replace(QUICK, outage_budget=1.0)


async def refused(address: QueueAddress, login: Credentials, options: QueueOptions = QUICK) -> CommandFailed:
    """How opening failed, within a moment: nothing of this may wait for the outage budget."""
    with pytest.raises(CommandFailed) as caught:
        async with asyncio.timeout(20), RabbitMq.open(address, login, options):
            pass
    assert PASSWORD not in f"{caught.value!r} {caught.value.advice}"
    return caught.value


async def test_a_queue_that_is_not_there_is_65_and_is_not_made(hand: Hand) -> None:
    address = replace(await hand.make(), queue="amili-nobody-made-this")
    failure = await refused(address, hand.login)
    assert isinstance(failure, InputWrong)
    assert failure.code is Exit.INPUT
    assert "there is no queue amili-nobody-made-this" in str(failure)
    made = "declare queue name=amili-nobody-made-this durable=true"
    assert failure.advice[1].strip().startswith("rabbitmqadmin ")
    assert failure.advice[1].endswith(made)
    assert isinstance(await refused(address, hand.login), InputWrong)


async def test_a_queue_that_would_not_outlive_a_restart_is_65(hand: Hand) -> None:
    address = await hand.make(durable=False)
    failure = await refused(address, hand.login)
    assert isinstance(failure, InputWrong)
    assert "not durable" in str(failure)


async def test_a_wrong_password_is_78_and_names_the_settings(hand: Hand) -> None:
    failure = await refused(await hand.make(), Credentials(hand.login.user, "wrong"))
    assert isinstance(failure, SettingsWrong)
    assert "amqp_user and amqp_password" in failure.advice[0]


async def test_a_virtual_host_that_is_not_there_or_not_ours_is_78(own_hand: Hand) -> None:
    address = await own_hand.make()
    nowhere = await refused(replace(address, vhost="nowhere"), own_hand.login)
    not_ours = await refused(replace(address, vhost=SECOND_VHOST), Credentials("reader", PASSWORD))
    for failure in (nowhere, not_ours):
        assert isinstance(failure, SettingsWrong)
        assert "virtual host" in str(failure)


async def test_a_right_that_is_missing_is_78_and_says_which(own_broker: Broker, own_hand: Hand) -> None:
    address = await own_hand.make()
    failure = await refused(address, Credentials("writer", PASSWORD))
    assert isinstance(failure, SettingsWrong)
    assert f"access to queue '{address.queue}'" in str(failure)


async def test_the_right_to_read_and_to_the_dead_letters_is_enough(own_hand: Hand) -> None:
    address = await own_hand.make("quorum")
    await own_hand.put(address, "[]")
    async with RabbitMq.open(address, Credentials("reader", PASSWORD), QUICK) as inbox:
        (poison,) = await inbox.take(1, 5.0)
        await inbox.bury(poison, "not_a_request")
        assert await inbox.drained()
    assert await own_hand.is_of_kind(address.dead, "classic")


async def test_a_queue_of_another_virtual_host_is_reached(own_hand: Hand) -> None:
    address = await own_hand.make(vhost=SECOND_VHOST)
    await own_hand.put(address, "543210")
    async with RabbitMq.open(address, own_hand.login, QUICK) as inbox:
        assert [each.body for each in await inbox.take(1, 5.0)] == [b"543210"]


async def test_a_certificate_is_verified_against_ca_file(own_broker: Broker, own_hand: Hand) -> None:
    address = replace(await own_hand.make(), secure=True, port=own_broker.tls_port)
    failure = await refused(address, own_hand.login)
    assert isinstance(failure, SettingsWrong)
    assert "certificate of 127.0.0.1 is not trusted" in str(failure)
    assert "ca_file" in failure.advice[0]
    async with RabbitMq.open(address, own_hand.login, replace(QUICK, ca_file=own_broker.ca_file)) as inbox:
        assert await inbox.drained()


async def test_a_certificate_of_another_name_is_not_taken(own_broker: Broker, own_hand: Hand) -> None:
    address = replace(await own_hand.make(), secure=True, port=own_broker.tls_port, host="localhost")
    failure = await refused(address, own_hand.login, replace(QUICK, ca_file=own_broker.ca_file))
    assert isinstance(failure, SettingsWrong)


async def test_a_ca_file_that_cannot_be_read_is_78(own_broker: Broker, own_hand: Hand) -> None:
    address = replace(await own_hand.make(), secure=True, port=own_broker.tls_port)
    failure = await refused(address, own_hand.login, replace(QUICK, ca_file=own_broker.ca_file / "missing"))
    assert isinstance(failure, SettingsWrong)
    assert str(failure).startswith("ca_file")


async def test_no_broker_at_all_is_69_once_the_budget_is_over() -> None:
    address = QueueAddress(secure=False, host="127.0.0.1", port=9, vhost="/", queue="purge")
    failure = await refused(address, Credentials(), SHORT)
    assert isinstance(failure, OutOfReach)
    assert "amqp://127.0.0.1:9/purge" in str(failure)
    assert "outage_budget" in failure.advice[0]


async def test_a_peer_that_says_nothing_or_something_else_is_69(unused_peer: tuple[int, int]) -> None:
    for port in unused_peer:
        address = QueueAddress(secure=False, host="127.0.0.1", port=port, vhost="/", queue="purge")
        failure = await refused(address, Credentials(), replace(SHORT, answer_timeout=0.5))
        assert isinstance(failure, OutOfReach)


def test_without_the_library_it_is_78_with_the_line_to_type() -> None:
    program = (
        "import sys; sys.modules['aio_pika'] = None\n"
        "from worker.sources.rabbitmq import keeper_of\n"
        "from worker.errors import SettingsWrong\n"
        "try: keeper_of()\n"
        "except SettingsWrong as wrong: print(wrong.advice[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=surroundings(), capture_output=True, text=True, check=True
    )
    assert done.stdout == "in the clone: pip install '.[amqp]'\n"


def test_the_library_is_loaded_only_for_whoever_names_a_queue() -> None:
    program = (
        "import sys, worker.library, worker.cli.feed, worker.cli.work, worker.sources.rabbitmq; "
        "sys.exit('aio_pika' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], env=surroundings(), check=False).returncode == 0
