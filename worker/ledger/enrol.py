"""How an input becomes a campaign: all its rows in one transaction, or none.

Decides what a campaign is bound to, and that enrolling the same input again changes nothing. Duplicates are found
by the unique key; which text is a number is for the caller's parser to say. Memory does not grow with the input.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from itertools import chain, islice

import orjson

from worker.core.chain import FORMAT
from worker.core.customer import CustomerNo, Rejected
from worker.core.facts import CampaignFact, Record
from worker.core.intake import Header, Row
from worker.core.pseudonym import Pseudonyms, refuse_other_key
from worker.core.steps import Purpose
from worker.errors import InputWrong, SettingsWrong
from worker.ledger.campaign_ledger import CampaignLedger
from worker.ledger.transaction import NewRow, Transaction

_CHUNK = 10_000
_CAMPAIGN = """
INSERT INTO campaign (id, name, base_url, client_no, input_digest, begun_by, header,
                      rows, customers, invalid, duplicate, blank, planning, pseudonym_key)
VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_BOUND = "SELECT base_url, client_no, input_digest, pseudonym_key FROM campaign"
_COUNTS = """
SELECT (SELECT count(*) FROM rows), (SELECT count(*) FROM customers),
       (SELECT count(*) FROM rows WHERE invalid IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a campaign is bound to for good, and how many `blank` lines its input had. `base_url` holds no secret.

    `pseudonyms` are what its log calls customers; None where it calls them by their numbers.
    """

    name: str
    base_url: str
    client_no: int
    input_digest: str
    begun_by: Purpose
    blank: int = 0
    pseudonyms: Pseudonyms | None = None

    @property
    def key_id(self) -> str | None:
        """Which key the pseudonyms are made with."""
        return None if self.pseudonyms is None else self.pseudonyms.key_id


async def enrol(
    ledger: CampaignLedger,
    binding: Binding,
    header: Header,
    rows: Callable[[], Iterable[Row]],
    number_of: Callable[[Row], CustomerNo | Rejected],
) -> Record | None:
    """Enrol an input: the campaign's first fact, or None if the same is enrolled already.

    `InputWrong` if another input is, `SettingsWrong` if it is for another base URL or client. An error of `rows`
    leaves nothing behind. `rows` is read on the ledger's own thread, anew each time that the transaction is tried.
    """

    def act(transaction: Transaction) -> Record | None:
        bound = transaction.connection.execute(_BOUND).fetchone()
        if bound is not None:
            _same(binding, *bound)
            return None
        transaction.pseudonyms = binding.pseudonyms
        found = (_parsed(row, number_of(row), transaction.ref) for row in rows())
        for first in found:
            transaction.add_rows(chain((first,), islice(found, _CHUNK - 1)))
        transaction.rows_added()
        return _create(transaction, binding, header)

    return await ledger.call(act)


def _same(binding: Binding, base_url: str, client_no: int, input_digest: str, key_id: str | None) -> None:
    if (base_url, client_no) != (binding.base_url, binding.client_no):
        raise SettingsWrong(
            f"Campaign {binding.name} is bound to {base_url}, client {client_no}; "
            f"the settings say {binding.base_url}, client {binding.client_no}.",
            "Set base_url and client_no back, or begin another campaign with --campaign NAME.",
        )
    refuse_other_key(binding.name, key_id, binding.key_id)
    if input_digest != binding.input_digest:
        raise InputWrong(
            f"Campaign {binding.name} is bound to an input with digest {input_digest[:12]}; "
            f"this one has {binding.input_digest[:12]}.",
            "Give the campaign's own input, or none; another input needs another --campaign NAME.",
        )


def _parsed(row: Row, number: CustomerNo | Rejected, ref: Callable[[str], str | None]) -> NewRow:
    cells = orjson.dumps(row.cells).decode()
    if isinstance(number, Rejected):
        return row.line, None, None, number.why.value, cells, None
    key = number.key
    return row.line, key, number.text, None, cells, ref(key)


def _create(transaction: Transaction, binding: Binding, header: Header) -> Record:
    rows, customers, invalid = transaction.connection.execute(_COUNTS).fetchone()
    counts = (rows, customers, invalid, rows - customers - invalid, binding.blank)
    bound = (binding.name, binding.base_url, binding.client_no, binding.input_digest)
    planning = binding.begun_by is Purpose.PLAN
    layout = orjson.dumps(asdict(header)).decode()
    begun = (binding.begun_by.value, layout, *counts, int(planning), binding.key_id)
    transaction.connection.execute(_CAMPAIGN, (*bound, *begun))
    transaction.bind()
    names = ("campaign", "baseUrl", "clientNo", "inputDigest", "rows", "customers", "invalid", "duplicate", "blank")
    members: dict[str, object] = dict(zip(names, (*bound, *counts), strict=True))
    if binding.key_id is not None:
        members["pseudonymKey"] = binding.key_id
    return transaction.seal(CampaignFact("created", {"format": FORMAT, **members}))
