"""The token service: who gets a token, and whether one is still good.

Pure: times are arguments. Tokens are shaped like JWTs and signed with a key of the seed, so that a client can
read their expiry; whether a token is good is looked up here, not read from it. It never forgives: an expired,
worn-out or unknown token is refused.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from worker.sandbox.answers import Answer, answer

CLIENT_ID = "sandbox-client"


@dataclass(slots=True)
class _Issued:
    expires: float
    uses_left: int | None


class Tokens:
    """Tokens that live `seconds` and for `uses` requests (None: any number), whichever ends first."""

    def __init__(self, seed: int, seconds: float = 3600.0, uses: int | None = None) -> None:
        """The client's secret is made from the seed."""
        self._key = hashlib.sha256(f"sandbox-{seed}".encode()).digest()
        self.client_secret = f"sandbox-secret-{self._key.hex()[:16]}"
        self._seconds = seconds
        self._uses = uses
        self._issued: dict[str, _Issued] = {}

    def issue(self, now: float, wall: float) -> str:
        """A new token; `now` is the clock that ends it, `wall` (Unix seconds) what it says of itself."""
        claims = {
            "sub": CLIENT_ID,
            "jti": str(len(self._issued) + 1),
            "iat": int(wall),
            "exp": int(wall + self._seconds),
        }
        token = self._signed(claims)
        self._issued[token] = _Issued(now + self._seconds, self._uses)
        return token

    def accept(self, header: str | None, now: float) -> bool:
        """Whether an Authorization header holds a good token; this is one of its uses."""
        scheme, _, token = (header or "").partition(" ")
        issued = self._issued.get(token.strip())
        if scheme.casefold() != "bearer" or issued is None or now >= issued.expires:
            return False
        if issued.uses_left is not None:
            issued.uses_left -= 1
            return issued.uses_left >= 0
        return True

    def grant(self, form: Mapping[str, str], now: float, wall: float) -> Answer:
        """Answer a client-credentials request (RFC 6749, 4.4 and 5.2)."""
        if form.get("grant_type") != "client_credentials":
            return answer(400, {"error": "unsupported_grant_type"})
        known = form.get("client_id") == CLIENT_ID
        if not known or not hmac.compare_digest(form.get("client_secret", "").encode(), self._secret()):
            return answer(401, {"error": "invalid_client"})
        return answer(
            200,
            {
                "access_token": self.issue(now, wall),
                "token_type": "Bearer",
                "not_before": int(wall),
                "expires_in": int(self._seconds),
                "expires_on": int(wall + self._seconds),
                "resource": "sandbox-armrest",
            },
        )

    def _secret(self) -> bytes:
        return self.client_secret.encode()

    def _signed(self, claims: Mapping[str, object]) -> str:
        body = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
        return f"{body}.{_base64(hmac.digest(self._key, body.encode(), 'sha256'))}"


def _part(value: Mapping[str, object]) -> str:
    return _base64(orjson.dumps(value))


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
