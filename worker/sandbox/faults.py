"""Faults of choice: what can go wrong, how often, for which requests, and which of it strikes one request.

Pure: the dice is an argument. It decides only; what is done about it is in `conduct`, `spoil` and `server`.

A fault is written `NAME[@KIND][#FIRST-LAST][=RATE[:SECONDSs]]`, several parted by commas: `http_500=0.02`,
`http_429@get_documents=0.1:3s` (Retry-After: 3), `http_503=0.1:3date` (Retry-After as a date),
`hang_after@delete` (always), `outage#100-200` (requests 100 to 200), `http_404#500-` (everything is 404 from
the 500th request on). `latency=0.02` and `jitter=0.01` take seconds in the place of the rate. Without a KIND
a fault strikes the API and never the token service, which is another house: `http_500@token` is asked for by
name.
"""

import enum
import re
from collections.abc import Callable
from dataclasses import dataclass, field


class Kind(enum.StrEnum):
    """What a request asks for; `other` is whatever is not routed."""

    GET_CUSTOMER = "get_customer"
    GET_DOCUMENTS = "get_documents"
    GET_ARITEMS = "get_aritems"
    LIST_CUSTOMERS = "list_customers"
    DELETE = "delete"
    TOKEN = "token"
    OTHER = "other"


class Fault(enum.StrEnum):
    """Everything that can go wrong; at most one strike a request, and any number of habits beside it."""

    HTTP_400 = "http_400"
    HTTP_401 = "http_401"
    HTTP_403 = "http_403"
    HTTP_404 = "http_404"
    HTTP_405 = "http_405"
    HTTP_408 = "http_408"
    HTTP_409 = "http_409"
    HTTP_410 = "http_410"
    HTTP_422 = "http_422"
    HTTP_429 = "http_429"
    HTTP_500 = "http_500"
    HTTP_502 = "http_502"
    HTTP_503 = "http_503"
    HTTP_504 = "http_504"
    REDIRECT = "redirect"
    """302 to another path of this server; nothing is done."""
    OUTAGE = "outage"
    """The connection is closed in good order without an answer; nothing is done."""
    REFUSED = "refused"
    """As an outage, and for SECONDS every connection is dropped and every new one refused."""
    RESET_BEFORE = "reset_before"
    """TCP RST; nothing is done."""
    RESET_AFTER = "reset_after"
    """The request is performed, then TCP RST."""
    HANG_BEFORE = "hang_before"
    """Silence for SECONDS, then performed and answered: an effect that may come after the client has gone."""
    HANG_AFTER = "hang_after"
    """Performed at once, answered after SECONDS."""
    LATE_EFFECT = "late_effect"
    """Answered 504 now, performed after SECONDS."""
    LATE_SILENT = "late_silent"
    """Connection closed now, performed after SECONDS."""
    ACCEPTED = "accepted"
    """Answered 202 now, performed after SECONDS."""
    NO_CONTENT = "no_content"
    """Performed, answered 204."""
    LYING_SUCCESS = "lying_success"
    """A DELETE is answered PROCESSED/DELETED, and nothing is done."""
    TRUNCATED = "truncated"
    """Half of the JSON as a whole HTTP answer."""
    CUT_SHORT = "cut_short"
    """Half of the promised bytes, then the connection is closed."""
    DRIP = "drip"
    """One byte every SECONDS (a second when not named)."""
    HTML = "html"
    NULL = "null"
    WRONG_TYPE = "wrong_type"
    EMPTY_BODY = "empty_body"
    HUGE_BODY = "huge_body"
    WRONG_CUSTOMER = "wrong_customer"
    """The answer names another customerNo."""
    WRONG_CLIENT = "wrong_client"
    """The answer names another clientNo."""
    TOTAL_WITHOUT_PAGE = "total_without_page"
    """A list says totalCount 3 and has an empty page."""
    LATENCY = "latency"
    JITTER = "jitter"
    """Up to SECONDS more, evenly spread."""
    IGNORE_FILTER = "ignore_filter"
    """Lists hold everybody's records."""
    FILTER_EMPTY = "filter_empty"
    """A filter name that this server does not know gives an empty list (without this: everybody's)."""
    EMPTY_404 = "empty_404"
    EMPTY_204 = "empty_204"
    """An empty list is answered so, without a body."""
    OTHER_KEY = "other_key"
    """The array of a list stands under `items`."""
    BARE_ARRAY = "bare_array"
    ARRIVES = "arrives"
    """A document arrives right before the DELETE is looked at: it will be 422."""


HABITS = frozenset({
    Fault.IGNORE_FILTER, Fault.FILTER_EMPTY, Fault.EMPTY_404, Fault.EMPTY_204,
    Fault.OTHER_KEY, Fault.BARE_ARRAY, Fault.ARRIVES,
})  # fmt: skip
"""They colour whatever answer is given, each with a roll of its own."""
DELAYS = frozenset({Fault.LATENCY, Fault.JITTER})
_LISTS = frozenset({Kind.GET_DOCUMENTS, Kind.GET_ARITEMS, Kind.LIST_CUSTOMERS})
_FILTERED = frozenset({Kind.GET_DOCUMENTS, Kind.GET_ARITEMS})
_DELETES = frozenset({Kind.DELETE})
SCOPE = {
    Fault.LYING_SUCCESS: _DELETES,
    Fault.ARRIVES: _DELETES,
    Fault.IGNORE_FILTER: _FILTERED,
    Fault.FILTER_EMPTY: _FILTERED,
    Fault.TOTAL_WITHOUT_PAGE: _LISTS,
    Fault.EMPTY_404: _LISTS,
    Fault.EMPTY_204: _LISTS,
    Fault.OTHER_KEY: _LISTS,
    Fault.BARE_ARRAY: _LISTS,
    Fault.WRONG_CUSTOMER: frozenset({Kind.GET_CUSTOMER, Kind.DELETE}),
    Fault.WRONG_CLIENT: frozenset({Kind.GET_CUSTOMER, Kind.DELETE}),
}
"""Faults that mean nothing for other kinds of request never strike these."""
_WRITTEN = re.compile(
    r"(?P<name>[a-z0-9_]+)(?:@(?P<kind>[a-z_]+))?(?:#(?P<first>\d+)-(?P<last>\d*))?"
    r"(?:=(?P<rate>\d+(?:\.\d+)?|\.\d+)(?::(?P<seconds>\d+(?:\.\d+)?)(?P<unit>s|date))?)?"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One fault: how often (0 to 1), for which kind (None: any), from which request number to which."""

    fault: Fault
    rate: float = 1.0
    seconds: float | None = None
    kind: Kind | None = None
    first: int = 1
    last: int | None = None
    dated: bool = False

    def covers(self, kind: Kind, number: int) -> bool:
        """Whether a request of that kind and number can be struck at all."""
        if number < self.first or (self.last is not None and number > self.last):
            return False
        if self.kind is not kind and (self.kind is not None or kind is Kind.TOKEN):
            return False
        scope = SCOPE.get(self.fault)
        return scope is None or kind in scope

    def __str__(self) -> str:
        """As it is written, see the module."""
        kind = f"@{self.kind}" if self.kind else ""
        window = "" if (self.first, self.last) == (1, None) else f"#{self.first}-{self.last or ''}"
        if self.fault in DELAYS:
            return f"{self.fault}{kind}{window}={_plain(self.seconds or 0.0)}"
        unit = "date" if self.dated else "s"
        seconds = "" if self.seconds is None else f":{_plain(self.seconds)}{unit}"
        return f"{self.fault}{kind}{window}={_plain(self.rate)}{seconds}"


@dataclass(frozen=True, slots=True)
class Hit:
    """What befalls one request: seconds of delay, at most one strike, and the habits."""

    delay: float = 0.0
    strike: Rule | None = None
    habits: frozenset[Fault] = field(default_factory=frozenset)


UNHURT = Hit()


@dataclass(frozen=True, slots=True)
class Faults:
    """All rules in force. Of strikes whose rates add up to more than 1 the first ones win."""

    rules: tuple[Rule, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Faults":
        """Read the form shown at the top of the module; ValueError names the part that is wrong."""
        return cls(tuple(_parse_rule(part.strip()) for part in text.split(",") if part.strip()))

    def __str__(self) -> str:
        """The text that `parse` reads to an equal value."""
        return ",".join(str(rule) for rule in self.rules)

    def hit(self, kind: Kind, number: int, dice: Callable[[], float]) -> Hit:
        """What befalls request `number`; `dice` gives numbers from 0 up to, not including, 1."""
        if not self.rules:
            return UNHURT
        rules = [rule for rule in self.rules if rule.covers(kind, number)]
        delay = sum(_delay(rule, dice) for rule in rules if rule.fault in DELAYS)
        habits = frozenset(rule.fault for rule in rules if rule.fault in HABITS and dice() < rule.rate)
        return Hit(delay, _strike(rules, dice), habits)


NO_FAULTS = Faults()


def _strike(rules: list[Rule], dice: Callable[[], float]) -> Rule | None:
    """One roll for all strikes, so that their rates add up."""
    roll = dice()
    for rule in rules:
        if rule.fault in DELAYS or rule.fault in HABITS:
            continue
        roll -= rule.rate
        if roll < 0:
            return rule
    return None


def _delay(rule: Rule, dice: Callable[[], float]) -> float:
    seconds = rule.seconds or 0.0
    return seconds * dice() if rule.fault is Fault.JITTER else seconds


def _parse_rule(part: str) -> Rule:
    written = _WRITTEN.fullmatch(part)
    if written is None:
        raise ValueError(f"not a fault: {part!r} (write NAME[@KIND][#FIRST-LAST][=RATE[:SECONDSs]])")
    try:
        fault = Fault(written["name"])
        kind = Kind(written["kind"]) if written["kind"] else None
    except ValueError as unknown:
        raise ValueError(f"{unknown} in {part!r}") from None
    return _checked(part, fault, kind, written)


def _checked(part: str, fault: Fault, kind: Kind | None, written: re.Match[str]) -> Rule:
    first, last = int(written["first"] or 1), int(written["last"]) if written["last"] else None
    value = float(written["rate"]) if written["rate"] else None
    if fault in DELAYS:
        if value is None or written["seconds"]:
            raise ValueError(f"{part!r} needs its seconds, as in {fault}=0.02")
        return Rule(fault, 1.0, value, kind, first, last)
    rate = 1.0 if value is None else value
    if rate > 1:
        raise ValueError(f"the rate in {part!r} is above 1")
    seconds = float(written["seconds"]) if written["seconds"] else None
    return Rule(fault, rate, seconds, kind, first, last, dated=written["unit"] == "date")


def _plain(value: float) -> str:
    return f"{value:.12f}".rstrip("0").rstrip(".")
