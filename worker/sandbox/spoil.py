"""What a strike makes of an answer: another status, a damaged body, a false echo.

Pure. It spoils answers only; whether the request had its effect was decided before, by `conduct`.
"""

from dataclasses import replace
from email.utils import formatdate
from http import HTTPStatus

import orjson

from worker.sandbox.answers import Answer, answer, error
from worker.sandbox.faults import Fault, Rule
from worker.sandbox.routes import PREFIX

HUGE = 16 * 1024 * 1024
"""Bytes of padding in a huge body."""
_HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>"
_GATEWAY = (502, 503, 504)


def spoil(strike: Rule, sound: Answer, wall: float) -> Answer:
    """The answer under this strike; `wall` (Unix seconds) is for a Retry-After that is a date."""
    match strike.fault:
        case Fault.REDIRECT:
            return Answer(302, b"", headers=(("Location", f"{PREFIX}/elsewhere"),))
        case Fault.LATE_EFFECT:
            return plain_status(504)
        case Fault.ACCEPTED:
            return answer(202, {"status": "ACCEPTED", "result": "QUEUED", "message": "Will be processed"})
        case Fault.NO_CONTENT:
            return Answer(204, b"")
        case Fault.HTML:
            return Answer(200, _HTML, "text/html")
        case fault if fault.startswith("http_"):
            refused = plain_status(int(fault.removeprefix("http_")))
            return replace(refused, headers=_retry_after(strike, wall))
    return replace(sound, body=_damaged(strike.fault, sound.body))


def plain_status(status: int) -> Answer:
    """An error without a cause: HTML where gateways speak, the API's JSON elsewhere."""
    phrase = HTTPStatus(status).phrase
    if status in _GATEWAY:
        return Answer(status, f"<html><body><h1>{status} {phrase}</h1></body></html>".encode(), "text/html")
    return error(status, phrase.upper().replace(" ", "_"), phrase)


def _retry_after(strike: Rule, wall: float) -> tuple[tuple[str, str], ...]:
    """RFC 9110, 10.2.3: whole seconds or an HTTP-date."""
    if strike.seconds is None:
        return ()
    when = formatdate(wall + strike.seconds, usegmt=True) if strike.dated else f"{strike.seconds:.0f}"
    return (("Retry-After", when),)


def _damaged(fault: Fault, body: bytes) -> bytes:
    match fault:
        case Fault.TRUNCATED:
            return body[: len(body) // 2]
        case Fault.NULL:
            return b"null"
        case Fault.EMPTY_BODY:
            return b""
        case Fault.HUGE_BODY | Fault.WRONG_TYPE | Fault.WRONG_CUSTOMER | Fault.WRONG_CLIENT:
            return orjson.dumps(_changed(fault, orjson.loads(body or b"{}")))
    return body


def _changed(fault: Fault, body: object) -> object:
    if not isinstance(body, dict):
        return {"padding": "x" * HUGE} if fault is Fault.HUGE_BODY else {"value": body}
    match fault:
        case Fault.HUGE_BODY:
            return {"padding": "x" * HUGE} | body
        case Fault.WRONG_CUSTOMER if "customerNo" in body:
            return body | {"customerNo": f"{body['customerNo']}9"}
        case Fault.WRONG_CLIENT if "clientNo" in body:
            return body | {"clientNo": body["clientNo"] + 1}
        case Fault.WRONG_TYPE:
            return {name: _other_type(value) for name, value in body.items()}
    return body


def _other_type(value: object) -> object:
    """Lists become objects, objects become lists, all else a list of itself."""
    return {"0": value} if isinstance(value, list) else [value]
