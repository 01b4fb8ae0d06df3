"""The judge's door beside the API: the state of the world, the journal, and other faults.

It is outside the API's prefix, needs no token, and is not in the journal. It never changes a customer.
"""

from typing import Protocol

import orjson
from aiohttp import web

from worker.sandbox.faults import Faults
from worker.sandbox.journal import Journal, line
from worker.sandbox.world import World

DOOR = "/sandbox/"


class Inside(Protocol):
    """What the door shows of a sandbox."""

    faults: Faults
    world: World
    journal: Journal

    @property
    def late_effects(self) -> int:
        """How many effects are still to come."""


async def knock(inside: Inside, request: web.BaseRequest) -> web.Response:
    """Answer `GET state`, `GET journal` and `POST faults` (the new faults' text as the body)."""
    match request.method, request.raw_path.removeprefix(DOOR):
        case "GET", "state":
            return _json(200, state(inside))
        case "GET", "journal":
            lines = b"".join(line(record) for record in inside.journal.records)
            return web.Response(body=lines, content_type="application/x-ndjson")
        case "POST", "faults":
            return _replace_faults(inside, (await request.read()).decode("utf-8", "replace"))
    return _json(404, {"error": "there is GET state, GET journal, POST faults"})


def state(inside: Inside) -> dict[str, object]:
    """The world as a judge needs it; numbers folded, `deleted` with the monotonic time of each effect."""
    return {
        "existing": sorted(inside.world.existing()),
        "deletable": sorted(inside.world.deletable()),
        "deleted": inside.world.deleted_by_request(),
        "late_effects": inside.late_effects,
        "requests": len(inside.journal.records),
        "counts": inside.journal.counts(),
        "most_in_a_second": inside.journal.most_in_a_second(),
        "faults": str(inside.faults),
    }


def _replace_faults(inside: Inside, text: str) -> web.Response:
    try:
        inside.faults = Faults.parse(text)
    except ValueError as wrong:
        return _json(400, {"error": str(wrong)})
    return _json(200, {"faults": str(inside.faults)})


def _json(status: int, body: dict[str, object]) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")
