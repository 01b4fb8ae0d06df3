"""The queues of a broker: that ours is there, that its dead letters have one, and what a refusal means.

Decides which failures no waiting mends. Never makes the queue itself: who makes it decides of which kind it is.
"""

import re
import ssl
from shlex import quote
from typing import Final

from aio_pika.abc import AbstractConnection
from aiormq.exceptions import (
    AMQPError,
    AuthenticationError,
    ChannelAccessRefused,
    ChannelLockedResource,
    ChannelNotFoundEntity,
    ChannelPreconditionFailed,
    ConnectionNotAllowed,
    InvalidFrameError,
    ProbableAuthenticationError,
)

from worker.core.customer import shown
from worker.errors import CommandFailed, InputWrong, SettingsWrong
from worker.sources.queue_url import QueueAddress

_UNLIKE: Final = re.compile(r"inequivalent arg '([^']+)'.* current is (?:the value )?'([^']*)'(?: of type '(\w+)')?")
_MOST_ARGUMENTS: Final = 12
_TEXTS: Final = frozenset({"longstr", "None"})


async def look_up(connection: AbstractConnection, address: QueueAddress) -> None:
    """See that the queue is there and may be read."""
    async with connection.channel() as channel:
        await channel.declare_queue(address.queue, passive=True)


async def declare_dead(connection: AbstractConnection, address: QueueAddress) -> None:
    """Make the queue of the dead letters if there is none: durable, and of the same kind as the queue."""
    try:
        async with connection.channel() as channel:
            await channel.declare_queue(address.dead, passive=True)
            return
    except ChannelNotFoundEntity:
        pass
    kind = await kind_of(connection, address)
    async with connection.channel() as channel:
        await channel.declare_queue(address.dead, durable=True, arguments={"x-queue-type": kind})


async def kind_of(connection: AbstractConnection, address: QueueAddress) -> str:
    """`quorum`, or `classic` (also where it cannot be found out).

    The protocol has no question for this. But a declaration that is unlike the queue that is there is refused, and the
    refusal names one thing that is unlike: so the declaration comes to be like it, thing by thing.
    """
    arguments: dict[str, str | int] = {"x-queue-type": "quorum"}
    for _ in range(_MOST_ARGUMENTS):
        try:
            async with connection.channel() as channel:
                await channel.declare_queue(address.queue, durable=True, arguments=dict(arguments))
                break
        except ChannelPreconditionFailed as unlike:
            found = _UNLIKE.search(str(unlike))
            if found is None or found[1] == "x-queue-type":
                return "classic"
            if found[1] == "durable":
                raise _transient(address) from None
            arguments[found[1]] = found[2] if found[3] in _TEXTS else int(found[2])
        except ChannelAccessRefused:
            return "classic"
    return arguments["x-queue-type"] if isinstance(arguments["x-queue-type"], str) else "classic"


def meaning_of(error: BaseException, address: QueueAddress) -> CommandFailed | None:
    """The failure that no waiting mends; None for whatever may be over in a while."""
    match error:
        case ProbableAuthenticationError() | AuthenticationError():
            return SettingsWrong(
                f"the broker at {address.host} refuses the login",
                "amqp_user and amqp_password: are they this broker's?",
            )
        case ConnectionNotAllowed():
            return _no_vhost(address)
        case InvalidFrameError() if "Connection.OpenOk" in str(error):
            return _no_vhost(address)
        case ChannelNotFoundEntity() if "down or inaccessible" not in str(error):
            return InputWrong(
                f"there is no queue {shown(address.queue)} at {address}",
                "Make it first, durable:",
                f"  {_made(address)}",
                "in a cluster as a quorum queue, with this at the end of that line:",
                """  arguments='{"x-queue-type": "quorum"}'""",
            )
        case ChannelAccessRefused():
            return SettingsWrong(
                f"the broker does not let us: {_reason(error)}", "Let its owner give amqp_user the right."
            )
        case ChannelLockedResource():
            return InputWrong(f"the queue {shown(address.queue)} belongs to another connection alone")
        case _ if isinstance(error.__cause__, ssl.SSLCertVerificationError):
            return SettingsWrong(
                f"the certificate of {address.host} is not trusted: {error.__cause__.verify_message}",
                "If its authority is your own, name it with ca_file.",
            )
        case _:
            return None


def _no_vhost(address: QueueAddress) -> CommandFailed:
    return SettingsWrong(
        f"the broker at {address.host} does not open the virtual host {shown(address.vhost)} to us",
        "amqp[s]://host/VHOST/QUEUE names it (default /); amqp_user must have rights in it.",
    )


def _transient(address: QueueAddress) -> CommandFailed:
    return InputWrong(
        f"the queue {shown(address.queue)} is not durable: its messages are gone when the broker restarts",
        "Make it anew as a durable one.",
    )


def _made(address: QueueAddress) -> str:
    """The line that makes the queue."""
    host = "" if address.vhost == "/" else f"--vhost={quote(shown(address.vhost))} "
    return f"rabbitmqadmin {host}declare queue name={quote(shown(address.queue))} durable=true"


def _reason(error: AMQPError) -> str:
    return shown(str(error.args[0]) if error.args else str(error), 200)
