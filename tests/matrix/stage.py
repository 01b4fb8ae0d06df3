"""Plays one cell: a campaign of the subject and a healthy customer against the scripted server, and what came of it.

Decides how a campaign is made quick, and what every cell owes whatever its row says: verdicts that are true by the
server's own account, an audit that fits the wire, no request to anywhere else, no waiting beyond the timeout.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from config import Needs, load
from tests.campaigns.judge import GONE, chained, files
from tests.matrix.answers import CLIENT, SUBJECT, Manner
from tests.matrix.rows import SOME, Around, Cell
from tests.matrix.server import PREFIX, Peer, Script, served
from worker.app import commands
from worker.app.ending import Ending
from worker.app.face import Face
from worker.core.replies import Kind

NEIGHBOURS = ("100002", "100003", "100004", "100005", "100006")
ATTEMPTS = 2
TIMEOUT = 0.5
"""Seconds of `request_timeout` where an answer does not come."""
_PATIENT = 5.0
_SLOW = 0.1
"""Seconds that a neighbour's answer takes where others are answered meanwhile."""
_MARGIN = 2.0
"""Seconds by which a busy machine may notice a timeout late."""
_LONGEST = 20.0
_FACE = Face("json", "error", terminal=False)
_WAITED_FOR = frozenset({Manner.HANG, Manner.DRIP})


async def play(cell: Cell, directory: Path) -> tuple[str, ...]:
    """What differs from the table, one line each; none if the cell holds."""
    directory.mkdir()
    row = cell.row
    company = row.around is Around.COMPANY
    people = (SUBJECT, *(NEIGHBOURS if company else NEIGHBOURS[:1]))
    everybody = row.around is Around.NOBODY
    latency = _SLOW if company else 0.0
    script = Script(cell.kind, cell.said, row.times, row.effect, everybody, row.later, latency)
    first = Kind.TOKEN if _by_credentials(cell) else Kind.GET_CUSTOMER
    async with served(script, people, first) as peer:
        async with asyncio.timeout(_LONGEST):
            ending = await _campaign(cell, people, peer, directory)
        return (*_differences(cell, ending, peer), *_untrue(ending, peer), *_owed(cell, ending, peer))


def _by_credentials(cell: Cell) -> bool:
    return cell.row.credentials or cell.kind is Kind.TOKEN


async def _campaign(cell: Cell, people: tuple[str, ...], peer: Peer, directory: Path) -> Ending:
    listed = directory / "list.csv"
    listed.write_text("\n".join(("Kundenr", *people)) + "\n", "utf-8")
    loaded = load(
        {**_settings(cell, peer), "campaigns": str(directory / "campaigns"), **cell.row.settings},
        environ={"AMILI_OAUTH_CLIENT_SECRET" if _by_credentials(cell) else "AMILI_TOKEN": "made-up"},
        cwd=directory,
        needs=Needs(api=True),
    )
    return await commands.run(loaded, str(listed), name=None, recheck=False, face=_FACE, command="run")


def _settings(cell: Cell, peer: Peer) -> dict[str, object]:
    waited_for = cell.said.manner in _WAITED_FOR
    credentials = {"token_url": f"{peer.url}/token", "oauth_client_id": "us"} if _by_credentials(cell) else {}
    return {
        "base_url": f"{peer.url}{PREFIX}",
        "client_no": CLIENT,
        "rate": 1000,
        "concurrency": 2 if cell.row.around is Around.COMPANY else 1,
        "attempts": ATTEMPTS,
        "settle_time": 0.05,
        "request_timeout": TIMEOUT if waited_for else _PATIENT,
        "outage_budget": 0.4 if cell.row.stop == "outage" else _PATIENT,
        "check_max_age": 10,
        "verify_share": 0,
        "max_deletes": len(NEIGHBOURS) + 1,
        **credentials,
    }


def _differences(cell: Cell, ending: Ending, peer: Peer) -> Iterator[str]:
    """Where the outcome is not the row's."""
    row, verdicts = cell.row, files(ending).verdicts()
    sent = peer.arrived[cell.kind, "" if cell.kind is Kind.TOKEN else SUBJECT]
    wanted = max(sent, 1) if row.sent == SOME else row.sent
    told = (*verdicts[SUBJECT], int(ending.exit), ending.stop and ending.stop.why, sent)
    expected = (row.verdict, cell.reason, row.exit, row.stop, wanted)
    if told != expected:
        yield f"{cell.name}: {told} instead of {expected}"
    # Whoever is healthy is deleted unless the run ends before, or nobody is answered otherwise.
    healthy = "not_reached" if row.stop else "deleted"
    if row.around is Around.QUIET and verdicts[NEIGHBOURS[0]][0] != healthy:
        yield f"{cell.name}: the healthy customer is {verdicts[NEIGHBOURS[0]]}"


def _untrue(ending: Ending, peer: Peer) -> Iterator[str]:
    """`deleted…` means gone by us, `in_doubt` may be either, everything else: not deleted by us."""
    for number, (verdict, _) in files(ending).verdicts().items():
        if verdict != "in_doubt" and (verdict in GONE) is not (number in peer.deleted):
            yield f"{number} is {verdict}, and the server {'did' if number in peer.deleted else 'did not'} delete it"


def _owed(cell: Cell, ending: Ending, peer: Peer) -> Iterator[str]:
    """What holds for every campaign: audit and summary fit the wire, and nothing else was asked for or waited for."""
    found = files(ending)
    lines, summary = chained(found.audit.read_bytes()), found.summary
    sent = [line["customerNo"] for line in lines if line["kind"] == "attempt" and line["evidence"]["sent"]]
    wire = Counter({number: count for (kind, number), count in peer.arrived.items() if kind is Kind.DELETE})
    if Counter(sent) != wire:
        yield f"{cell.name}: the audit tells of the DELETEs {sent}, the wire of {dict(wire)}"
    counted = {kind.value: sum(count for (one, _), count in peer.arrived.items() if one is kind) for kind in Kind}
    if summary["requests"] != counted:
        yield f"{cell.name}: summary.json tells of {summary['requests']}, the wire of {counted}"
    if peer.strays:
        yield f"{cell.name}: requests went astray: {peer.strays}"
    if peer.held > TIMEOUT + _MARGIN:
        yield f"{cell.name}: an answer that did not come was waited for {peer.held:.1f} s"
