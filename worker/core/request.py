"""What one message of a queue asks for."""

from dataclasses import dataclass

from worker.core.customer import CustomerNo, Rejected


@dataclass(frozen=True, slots=True)
class Request:
    """One request: its identity, what stood there (bounded, for the report), and the number or why there is none."""

    id: str
    raw: str
    number: CustomerNo | Rejected
