"""The API itself: a call in, an answer out, and the world changed where a DELETE is allowed.

Pure: the time is an argument. Its rules are those of the documentation; faults reach it only as habits, as a
lie and as a document that arrives. It never looks at a socket.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import chain
from urllib.parse import urlencode

from worker.sandbox import answers, pages
from worker.sandbox.answers import Answer
from worker.sandbox.faults import Fault, Hit, Kind
from worker.sandbox.options import SandboxOptions
from worker.sandbox.routes import Call
from worker.sandbox.world import Customer, Deleting, World, key

_NO_CUSTOMER = answers.error(404, "NOT_FOUND", "Customer not found")
_NO_CLIENT = answers.error(404, "NOT_FOUND", "Client not found")
_NO_RESOURCE = answers.error(404, "NOT_FOUND", "No such resource")
_NO_METHOD = answers.error(405, "METHOD_NOT_ALLOWED", "Method not allowed")
_ATTACHED = answers.error(422, "NOT_DELETED", "Customer has documents or AR items")


@dataclass(frozen=True, slots=True)
class Moment:
    """When a call is performed (monotonic seconds), as which request, and under which faults."""

    now: float
    number: int
    hit: Hit


class Api:
    """The API over one world; `origin` (scheme, host, port) is for the links in lists."""

    def __init__(self, world: World, options: SandboxOptions) -> None:
        """Filter names and array keys come from the options."""
        self.world = world
        self.origin = ""
        self._client = str(world.client_no)
        self._filters = {
            Kind.GET_DOCUMENTS: options.documents_filter,
            Kind.GET_ARITEMS: options.aritems_filter,
            Kind.LIST_CUSTOMERS: "customerno",
        }
        self._keys = {
            Kind.GET_DOCUMENTS: options.documents_key,
            Kind.GET_ARITEMS: options.aritems_key,
            Kind.LIST_CUSTOMERS: "customers",
        }

    def asked(self, call: Call) -> str | None:
        """The customer that a call is about (folded), by path or by a filter this server knows."""
        name = self._filters.get(call.kind)
        number = call.customer if name is None else call.query.get(name)
        return None if number is None else key(number)

    def perform(self, call: Call, at: Moment) -> Answer:
        """Do what an authorised call asks for."""
        if call.kind is Kind.OTHER:
            return _NO_METHOD if call.known else _NO_RESOURCE
        if key(call.client) != self._client:
            return _NO_CLIENT
        if call.kind is Kind.GET_CUSTOMER:
            return self._get(call.customer or "")
        if call.kind is Kind.DELETE:
            return self._delete(call.customer or "", at)
        return self._list(call, at.hit)

    def _get(self, number: str) -> Answer:
        customer = self.world.find(number)
        if customer is None:
            return _NO_CUSTOMER
        return answers.answer(200, answers.customer_record(self.world.client_no, customer))

    def _delete(self, number: str, at: Moment) -> Answer:
        if Fault.ARRIVES in at.hit.habits:
            self.world.attach(number, documents=1)
        customer = self.world.find(number)
        if customer is None:
            return _NO_CUSTOMER
        lying = at.hit.strike is not None and at.hit.strike.fault is Fault.LYING_SUCCESS
        if not lying and self.world.delete(number, at.now, at.number) is Deleting.ATTACHED:
            return _ATTACHED
        return answers.deleted(self.world.client_no, customer)

    def _list(self, call: Call, hit: Hit) -> Answer:
        found = self._matching(call, hit.habits)
        total = sum(_count(call.kind, customer) for customer in found)
        rows = chain.from_iterable(self._rows(call.kind, customer) for customer in found)
        if hit.strike is not None and hit.strike.fault is Fault.TOTAL_WITHOUT_PAGE:
            rows, total = chain(()), 3
        if total == 0 and hit.habits & {Fault.EMPTY_404, Fault.EMPTY_204}:
            return Answer(404 if Fault.EMPTY_404 in hit.habits else 204, b"")
        shown = pages.window(call.query)
        return answers.answer(200, pages.page(self._key(call.kind, hit), rows, total, shown, self._link(call)))

    def _matching(self, call: Call, habits: frozenset[Fault]) -> Collection[Customer]:
        """Whose records belong on the list; without a filter that this server knows: everybody's."""
        wanted = call.query.get(self._filters[call.kind])
        if Fault.IGNORE_FILTER in habits:
            wanted = None
        elif wanted is None and Fault.FILTER_EMPTY in habits:
            return ()
        if wanted is None:
            return self._everybody(call.kind)
        customer = self.world.find(wanted)
        return () if customer is None else (customer,)

    def _everybody(self, kind: Kind) -> Collection[Customer]:
        customers = self.world.customers()
        if kind is Kind.LIST_CUSTOMERS:
            return customers.values()
        holders = self.world.with_documents() if kind is Kind.GET_DOCUMENTS else self.world.with_ar_items()
        return [customers[holder] for holder in holders]

    def _rows(self, kind: Kind, customer: Customer) -> Iterator[dict[str, object]]:
        if kind is Kind.LIST_CUSTOMERS:
            return iter((answers.customer_record(self.world.client_no, customer),))
        rows = pages.documents if kind is Kind.GET_DOCUMENTS else pages.ar_items
        return rows(self.world.client_no, customer)

    def _key(self, kind: Kind, hit: Hit) -> str | None:
        if Fault.BARE_ARRAY in hit.habits:
            return None
        return "items" if Fault.OTHER_KEY in hit.habits else self._keys[kind]

    def _link(self, call: Call) -> Callable[[int], str]:
        return lambda page: f"{self.origin}{call.path}?{urlencode({**call.query, 'pageno': page})}"


def _count(kind: Kind, customer: Customer) -> int:
    """How many rows of a list are this customer's."""
    if kind is Kind.LIST_CUSTOMERS:
        return 1
    return customer.documents if kind is Kind.GET_DOCUMENTS else customer.ar_items
