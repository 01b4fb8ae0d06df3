"""How an input becomes a campaign: all its rows in one transaction, or none.

Decides what a campaign is bound to, and that enrolling the same input again changes nothing. Duplicates are found
by the unique key; which text is a number is for the caller's parser to say. Memory does not grow with the input.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TypeVar

import orjson

from worker.core.chain import FORMAT
from worker.core.customer import CustomerNo, Rejected
from worker.core.facts import CampaignFact, Record
from worker.core.intake import Header, Row
from worker.core.steps import Purpose
from worker.errors import InputWrong, SettingsWrong
from worker.ledger.sqlite import SqliteLedger
from worker.ledger.transaction import Transaction

T = TypeVar("T")
_CHUNK = 5_000
_CUSTOMER = "INSERT OR IGNORE INTO customers (key, number, line) VALUES (?, ?, ?)"
_ROW = "INSERT INTO rows VALUES (?, (SELECT id FROM customers WHERE key = ?), ?, ?)"
_CAMPAIGN = "INSERT INTO campaign VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL)"
_BOUND = "SELECT base_url, client_no, input_digest FROM campaign"
_COUNTS = """
SELECT (SELECT count(*) FROM rows), (SELECT count(*) FROM customers),
       (SELECT count(*) FROM rows WHERE invalid IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a campaign is bound to for good, and how many `blank` lines its input had. `base_url` holds no secret."""

    name: str
    base_url: str
    client_no: int
    input_digest: str
    begun_by: Purpose
    blank: int = 0


async def enrol(
    ledger: SqliteLedger,
    binding: Binding,
    header: Header,
    rows: Iterable[Row],
    number_of: Callable[[Row], CustomerNo | Rejected],
) -> Record | None:
    """Enrol an input: the campaign's first fact, or None if the same is enrolled already.

    `InputWrong` if another input is, `SettingsWrong` if it is for another base URL or client. An error of `rows`
    leaves nothing behind. `rows` is read on the ledger's own thread.
    """

    def act(transaction: Transaction) -> Record | None:
        bound = transaction.connection.execute(_BOUND).fetchone()
        if bound is not None:
            _same(binding, *bound)
            return None
        for chunk in _chunks(rows):
            _insert(transaction, [(row, number_of(row)) for row in chunk])
        return _create(transaction, binding, header)

    return await ledger.call(act)


def _same(binding: Binding, base_url: str, client_no: int, input_digest: str) -> None:
    if (base_url, client_no) != (binding.base_url, binding.client_no):
        raise SettingsWrong(
            f"Campaign {binding.name} is bound to {base_url}, client {client_no}; "
            f"the settings say {binding.base_url}, client {binding.client_no}.",
            "Set base_url and client_no back, or begin another campaign with --campaign NAME.",
        )
    if input_digest != binding.input_digest:
        raise InputWrong(
            f"Campaign {binding.name} is bound to an input with digest {input_digest[:12]}; "
            f"this one has {binding.input_digest[:12]}.",
            "Give the campaign's own input, or none; another input needs another --campaign NAME.",
        )


def _insert(transaction: Transaction, parsed: list[tuple[Row, CustomerNo | Rejected]]) -> None:
    execute = transaction.connection.executemany
    execute(_CUSTOMER, ((n.key, n.text, row.line) for row, n in parsed if isinstance(n, CustomerNo)))
    execute(_ROW, (_row(row, number) for row, number in parsed))


def _row(row: Row, number: CustomerNo | Rejected) -> tuple[int, str | None, str | None, str]:
    cells = orjson.dumps(row.cells).decode()
    if isinstance(number, Rejected):
        return row.line, None, number.why.value, cells
    return row.line, number.key, None, cells


def _create(transaction: Transaction, binding: Binding, header: Header) -> Record:
    rows, customers, invalid = transaction.connection.execute(_COUNTS).fetchone()
    counts = (rows, customers, invalid, rows - customers - invalid, binding.blank)
    bound = (binding.name, binding.base_url, binding.client_no, binding.input_digest)
    planning = binding.begun_by is Purpose.PLAN
    layout = orjson.dumps(asdict(header)).decode()
    transaction.connection.execute(_CAMPAIGN, (*bound, binding.begun_by, layout, *counts, planning))
    transaction.bind()
    names = ("campaign", "baseUrl", "clientNo", "inputDigest", "rows", "customers", "invalid", "duplicate", "blank")
    members = dict(zip(names, (*bound, *counts), strict=True))
    return transaction.seal(CampaignFact("created", {"format": FORMAT, **members}))


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    left = iter(items)
    while chunk := list(islice(left, _CHUNK)):
        yield chunk
