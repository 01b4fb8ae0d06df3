"""The API's answers about one thing: errors, a customer's record, a deletion.

Pure: values in, bytes out. It never decides whether something is allowed.
"""

from dataclasses import dataclass

import orjson

from worker.sandbox.population import personal
from worker.sandbox.world import Customer

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer before it goes to the wire."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


def answer(status: int, body: object) -> Answer:
    """An answer with a JSON body."""
    return Answer(status, orjson.dumps(body))


def error(status: int, result: str, message: str) -> Answer:
    """An error in the API's form."""
    return answer(status, {"status": "ERROR", "result": result, "message": message})


def unauthorised() -> Answer:
    """401, as for a missing, unknown, expired or worn-out token."""
    refused = error(401, "UNAUTHORIZED", "Access token is missing or not valid")
    return Answer(refused.status, refused.body, headers=(("WWW-Authenticate", "Bearer"),))


def customer_record(client_no: int, customer: Customer) -> dict[str, object]:
    """The record of a customer, personal fields and all."""
    numbers = {"clientNo": client_no, "accountNo": customer.account_no, "customerNo": customer.number}
    return {**numbers, "customerType": "PRIVATE", **personal(customer.account_no)}


def deleted(client_no: int, customer: Customer) -> Answer:
    """The one documented answer to a DELETE that was done."""
    return answer(
        200,
        {
            "status": "PROCESSED",
            "result": "DELETED",
            "message": "Customer deleted",
            "clientNo": client_no,
            "accountNo": customer.account_no,
            "customerNo": customer.number,
        },
    )
