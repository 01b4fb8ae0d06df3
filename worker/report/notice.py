"""A plan's extra page: what `apply` will take, and what to tell the API's owner beforehand.

Decides the words. It knows neither when `apply` will be started nor from which public address its traffic will
come, so it leaves blanks for both instead of guessing.
"""

from dataclasses import dataclass
from typing import Final

from worker.core.forecast import about, for_deletion, spoken

BLANK: Final = "____________"
_NAME: Final = 12


@dataclass(frozen=True, slots=True)
class Notice:
    """What the page is made of. `rate` is requests a second, `token_seconds` what a fixed token has left to live.

    `host` is the name of the machine that this plan ran on; `contact` whom the API's owner may write to.
    """

    base_url: str
    client_no: int
    eligible: int
    rate: float
    concurrency: int
    verify_share: float
    user_agent: str
    host: str
    contact: str | None = None
    token_seconds: float | None = None


def notice(facts: Notice) -> str:
    """The page as plain text, at most 80 columns but for long addresses; without a last line end."""
    if not facts.eligible:
        return "Nothing is eligible: apply would send no DELETE."
    forecast = for_deletion(facts.eligible, facts.rate, facts.verify_share)
    time = about(forecast.seconds)
    takes = f"apply will take {time}: {forecast.requests} requests at {facts.rate:g} a second."
    return "\n".join([takes, *_token(facts, forecast.seconds), "", *_beforehand(facts, forecast.requests, time)])


def _token(facts: Notice, seconds: float) -> list[str]:
    """A fixed token that dies on the way ends the run with 77; that is better known now."""
    if facts.token_seconds is None:
        return []
    left = "has expired" if facts.token_seconds <= 0 else f"lives for {spoken(facts.token_seconds)} more"
    if facts.token_seconds > seconds:
        return [f"The token {left}."]
    return [
        f"WARNING: the token {left}, so it will expire before apply can end.",
        "Get one that lives longer, or let the worker renew it (token_file, token_url).",
    ]


def _deletes(count: int) -> str:
    return "1 DELETE of a customer" if count == 1 else f"{count} DELETEs of customers"


def _beforehand(facts: Notice, requests: int, time: str) -> list[str]:
    told = {
        "window": f"from {BLANK} on, for {time}",
        "sent to": f"{facts.base_url}, client {facts.client_no}",
        "sent from": f"{BLANK} (our public address; host {facts.host})",
        "rate": f"at most {facts.rate:g} requests a second, {facts.concurrency} at the same time",
        "count": f"{_deletes(facts.eligible)}; {requests} requests in all, GETs included",
        "User-Agent": facts.user_agent,
        "contact": facts.contact or BLANK,
    }
    lines = [f"  {name:<{_NAME}}{what}" for name, what in told.items()]
    return ["To tell the API's owner beforehand:", *lines]
