"""Other names that a list filter could have: tried by `doctor` where the one in force does not work. GETs only.

Decides when a name is believed: it must find something of a customer that has some, and nothing of one that has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from worker.app.api import Api
from worker.app.diagnosis import Looker
from worker.armrest.client import Reads
from worker.core.customer import CustomerNo
from worker.core.replies import Kind, Meaning
from worker.core.values import replace
from worker.pace import Pacer

NAMES: Final = ("customerno", "customernumber", "customer", "customerid")
"""Names are lower case in this API's URLs."""


@dataclass(frozen=True, slots=True)
class Couple:
    """A customer that has documents and AR items, and one that has neither."""

    some: CustomerNo
    none: CustomerNo


async def other_names(api: Api, pacer: Pacer, couple: Couple, kinds: tuple[Kind, ...]) -> Mapping[Kind, str]:
    """For each of these lists a name under which it tells the two customers apart, where one was found."""
    found: dict[Kind, str] = {}
    for kind in kinds:
        for name in NAMES:
            if await _works(_looker(api, pacer, name), couple, kind):
                found[kind] = name
                break
    return found


def _looker(api: Api, pacer: Pacer, name: str) -> Looker:
    """Both lists are asked with this name; only one of them is looked at."""
    endpoint = replace(api.endpoint, documents_filter=name, aritems_filter=name)
    return Looker(Reads(api.connection, endpoint, api.tokens), pacer)


async def _works(looker: Looker, couple: Couple, kind: Kind) -> bool:
    if (await looker.look(kind, couple.some)).meaning is not Meaning.PRESENT:
        return False
    other = await looker.look(kind, couple.none)
    return other.meaning is Meaning.CLEAR or other.cause in ("http_204", "http_404")
