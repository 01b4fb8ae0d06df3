"""The token service, without its socket: who gets a token and how long it is good."""

from base64 import urlsafe_b64decode

import orjson
import pytest

from worker.sandbox.tokens import CLIENT_ID, Tokens


def form(tokens: Tokens, **other: str) -> dict[str, str]:
    sound = {"grant_type": "client_credentials", "client_id": CLIENT_ID}
    return sound | {"client_secret": tokens.client_secret} | other


def test_a_token_is_good_until_its_last_second() -> None:
    tokens = Tokens(1, seconds=60)
    token = tokens.issue(now=100.0, wall=1e9)
    assert tokens.accept(f"Bearer {token}", 159.9)
    assert not tokens.accept(f"Bearer {token}", 160.0)


def test_a_token_with_uses_wears_out() -> None:
    tokens = Tokens(1, uses=2)
    bearer = f"Bearer {tokens.issue(0.0, 0.0)}"
    assert [tokens.accept(bearer, 1.0) for _ in range(4)] == [True, True, False, False]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer made-up", "Basic {token}", "{token}"])
def test_only_a_bearer_token_that_was_issued_is_accepted(header: str | None) -> None:
    tokens = Tokens(1)
    token = tokens.issue(0.0, 0.0)
    assert not tokens.accept(header and header.format(token=token), 1.0)


def test_a_token_tells_its_subject_and_its_end() -> None:
    payload = Tokens(1, seconds=60).issue(0.0, 1e9).split(".")[1]
    claims = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert (claims["sub"], claims["exp"]) == (CLIENT_ID, 10**9 + 60)


def test_no_two_tokens_are_equal() -> None:
    tokens = Tokens(1)
    assert len({tokens.issue(0.0, 0.0) for _ in range(5)}) == 5


def test_a_grant_names_its_lifetime_in_both_ways() -> None:
    tokens = Tokens(1, seconds=60)
    granted = orjson.loads(tokens.grant(form(tokens), 0.0, 1e9).body)
    assert (granted["expires_in"], granted["expires_on"]) == (60, 10**9 + 60)
    assert tokens.accept(f"Bearer {granted['access_token']}", 59.0)


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"grant_type": "password"}, 400),
        ({"client_id": "somebody"}, 401),
        ({"client_secret": "guessed"}, 401),
        ({"client_secret": "gjettet ø"}, 401),
    ],
)
def test_wrong_credentials_get_no_token(wrong: dict[str, str], status: int) -> None:
    tokens = Tokens(1)
    refused = tokens.grant(form(tokens, **wrong), 0.0, 0.0)
    assert refused.status == status
    assert b"access_token" not in refused.body
