"""The three reads and the one DELETE: how each is written, and nothing else that the API can do.

Decides paths and queries. What an answer means is `core.replies`; retries, waits and stops are the shell's. A request
never waits for a token, as its permit would be used late, together with others: `ready` waits, before the permit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from worker.armrest.tokens import TokenSource
from worker.armrest.wire import Connection, Outgoing
from worker.core.customer import CustomerNo, encoded, path_segment
from worker.core.replies import AnswerRules, Asked, Kind, NoAnswer, Reply, understand
from worker.ports import Renewal

SMALLEST_PAGE: Final = 5
"""ARMrest makes 10 of a page size under 5. One record is enough to know."""

_NO_TOKEN: Final = NoAnswer(sent=False, cause="no_token")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the customers are, and how this API is known to answer; the filters are query names of the lists."""

    base_url: str
    client_no: int
    documents_filter: str = "customerno"
    aritems_filter: str = "customerno"
    rules: AnswerRules = field(default_factory=AnswerRules)

    def customer(self, number: CustomerNo) -> str:
        """The URL of one customer."""
        return f"{self._client}/customers/{path_segment(number)}"

    def documents(self, number: CustomerNo) -> str:
        """The URL of the customer's documents."""
        return f"{self._client}/documents?{_filtered(self.documents_filter, number)}"

    def aritems(self, number: CustomerNo) -> str:
        """The URL of the customer's AR items."""
        return f"{self._client}/aritems?{_filtered(self.aritems_filter, number)}"

    @property
    def _client(self) -> str:
        return f"{self.base_url}/clients/{self.client_no}"


def _filtered(name: str, number: CustomerNo) -> str:
    return f"{encoded(name)}={path_segment(number)}&pagesize={SMALLEST_PAGE}"


class _Caller:
    """What both clients share: one request with the token at hand, and its meaning."""

    __slots__ = ("_connection", "_endpoint", "_tokens")

    def __init__(self, connection: Connection, endpoint: Endpoint, tokens: TokenSource) -> None:
        self._connection = connection
        self._endpoint = endpoint
        self._tokens = tokens

    def _asked(self, number: CustomerNo, expected: str | None = None) -> Asked:
        return Asked(self._endpoint.client_no, number, expected)

    async def _call(
        self, kind: Kind, method: str, url: str, asked: Asked, withheld: Callable[[], str | None] | None = None
    ) -> Reply:
        """One request or none; nothing is awaited before it is handed over."""
        rules = self._endpoint.rules
        bearer = self._tokens.at_hand()
        if bearer is None:
            return understand(kind, _NO_TOKEN, asked, rules)
        headers: Mapping[str, str] = {"Authorization": f"Bearer {bearer.value}"}
        answer = await self._connection.exchange(Outgoing(kind, method, url, headers, withheld=withheld))
        return understand(kind, answer, asked, rules, bearer.number)


class Reads(_Caller):
    """The three GETs, and the token that they and the DELETE need. It has no method that deletes."""

    __slots__ = ()

    async def ready(self) -> Reply | None:
        """None when a usable token is at hand, obtained or renewed if need be; else why there is none."""
        return await self._tokens.ready()

    async def renew(self, reply: Reply) -> Renewal:
        """After a 401: one shared renewal of the token that was used."""
        return await self._tokens.renew(reply.credential)

    async def get_customer(self, number: CustomerNo, expected: str | None = None) -> Reply:
        """GET one customer; the record is held against what is expected, and goes no further."""
        asked = self._asked(number, expected)
        return await self._call(Kind.GET_CUSTOMER, "GET", self._endpoint.customer(number), asked)

    async def get_documents(self, number: CustomerNo) -> Reply:
        """GET the smallest page of the customer's documents."""
        return await self._call(Kind.GET_DOCUMENTS, "GET", self._endpoint.documents(number), self._asked(number))

    async def get_aritems(self, number: CustomerNo) -> Reply:
        """GET the smallest page of the customer's AR items."""
        return await self._call(Kind.GET_ARITEMS, "GET", self._endpoint.aritems(number), self._asked(number))


class Deletes(_Caller):
    """The one request that cannot be taken back."""

    __slots__ = ()

    async def delete(self, number: CustomerNo, withheld: Callable[[], str | None] | None = None) -> Reply:
        """DELETE one customer: one request on the wire without body or query, or NOT_SENT."""
        return await self._call(Kind.DELETE, "DELETE", self._endpoint.customer(number), self._asked(number), withheld)
