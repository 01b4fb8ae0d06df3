"""What a token says of itself, for `doctor` and for warnings.

Nothing here is verified and nothing depends on it: a token that says nothing is as good as any other.
"""

import math
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Final

import orjson

from worker.core.customer import shown

_SUBJECTS: Final = ("sub", "oid", "appid", "client_id")
_LONGEST: Final = 100  # characters of a subject


@dataclass(frozen=True, slots=True)
class Peek:
    """A token's end (Unix seconds) and whom it speaks for, as far as it says so."""

    expires_at: float | None = None
    subject: str | None = None


def peek(token: str) -> Peek:
    """Read a JWT's claims without verifying them; any other text says nothing."""
    claims = _claims(token)
    if not isinstance(claims, dict):
        return Peek()
    return Peek(_time(claims.get("exp")), _subject(claims))


def _claims(token: str) -> object:
    parts = token.split(".")
    if len(parts) != 3:  # header, claims and signature: RFC 7515, 7.1
        return None
    try:
        found: object = orjson.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:  # binascii and orjson raise kinds of it
        return None
    return found


def _time(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _subject(claims: dict[str, object]) -> str | None:
    found = (claims.get(name) for name in _SUBJECTS)
    return next((shown(value, _LONGEST) for value in found if isinstance(value, str) and value), None)
