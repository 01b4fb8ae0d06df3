"""How an answer leaves, or does not: whole, by the byte, cut off, or as a dropped connection.

It looks at no customer and no fault; it does what an `Ending` says to the connection.
"""

import asyncio
import socket
import struct

from aiohttp import web

from worker.sandbox.answers import Answer
from worker.sandbox.conduct import Conduct, Ending

_LINGER_NOT = struct.pack("ii", 1, 0)
"""SO_LINGER with no seconds: closing sends RST in the place of FIN."""


async def send(request: web.BaseRequest, answer: Answer, course: Conduct) -> web.StreamResponse:
    """End the request as the course says; aiohttp finds the connection done with or gone."""
    match course.ending:
        case Ending.CUT | Ending.DRIPPED:
            return await _in_parts(request, answer, course)
        case Ending.RESET:
            _reset(request.transport)
        case Ending.CLOSED:
            _close(request.transport)
        case Ending.ANSWERED | Ending.PENDING:
            pass
    return _whole(answer)


def _whole(answer: Answer) -> web.Response:
    body = answer.body if answer.status not in {204, 304} else None
    response = web.Response(status=answer.status, body=body, content_type=answer.content_type)
    for name, value in answer.headers:
        response.headers[name] = value
    return response


async def _in_parts(request: web.BaseRequest, answer: Answer, course: Conduct) -> web.StreamResponse:
    """Cut off or byte by byte; a client that goes away meanwhile is no fault of the server."""
    try:
        if course.ending is Ending.CUT:
            return await _part(request, answer, len(answer.body) // 2)
        return await _drip(request, answer, course.seconds)
    except ConnectionError:
        return _whole(answer)


async def _begin(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    """Send the head, with the length of the whole body."""
    response = web.StreamResponse(status=answer.status)
    response.content_type = answer.content_type
    response.content_length = len(answer.body)
    await response.prepare(request)
    return response


async def _part(request: web.BaseRequest, answer: Answer, length: int) -> web.StreamResponse:
    response = await _begin(request, answer)
    await response.write(answer.body[:length])
    _close(request.transport)
    return response


async def _drip(request: web.BaseRequest, answer: Answer, seconds: float) -> web.StreamResponse:
    response = await _begin(request, answer)
    for place in range(len(answer.body)):
        await response.write(answer.body[place : place + 1])
        await asyncio.sleep(seconds)
    return response


def _reset(transport: asyncio.Transport | None) -> None:
    if transport is None:
        return
    connection: socket.socket | None = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.abort()


def _close(transport: asyncio.Transport | None) -> None:
    if transport is not None:
        transport.close()
