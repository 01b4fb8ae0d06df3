"""The offline proof: the chain holds, the file is the ledger's, and the lines add up to the verdicts.

Decides nothing but that; it prints nothing, changes nothing and asks nobody. What cannot be proved is said.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, assert_never

from worker.audit.account import Account
from worker.audit.likeness import Behind, Differs, Likeness, Whole, compare
from worker.audit.tree import Tree
from worker.core.chain import FORMAT, Flaw, Head, follow
from worker.core.lifecycle import DELETED_BY_US, Verdict
from worker.errors import InputWrong
from worker.ports import Books, CampaignNote

_COUNTS = {"campaign": "name", "inputDigest": "input_digest", "clientNo": "client_no", "baseUrl": "base_url"} | {
    name: name for name in ("rows", "customers", "invalid", "duplicate", "blank")
}


class Evidence(Books, Protocol):
    """The books with what a proof needs besides."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Within it all methods see the same moment."""

    def audit_mark(self) -> str | None:
        """What the file looked like after the last clean end; None while a run goes on, or after a kill."""

    def endings(self) -> Iterator[tuple[str, Verdict | None, str, int]]:
        """Each customer as the log calls it, its recorded verdict, its reason, and how many intents it had."""


@dataclass(frozen=True, slots=True)
class Verified:
    """The outcome of a proof. `notes` are no faults; `verdicts` counts a campaign's rows, a bare file's customers.

    `tree` is what a checkpoint is held against.
    """

    problems: tuple[str, ...]
    notes: tuple[str, ...]
    lines: int
    head: Head
    verdicts: Mapping[Verdict, int] = field(default_factory=dict)
    tree: Tree = field(default_factory=Tree)

    @property
    def ok(self) -> bool:
        """Whether nothing was found that cannot be."""
        return not self.problems


def verify_campaign(books: Evidence, path: Path, sizes: Iterable[int] = ()) -> Verified:
    """Prove a campaign's log against its ledger, also beside a run. Reads the file once, the ledger's facts twice.

    `sizes` are those of the checkpoints that the log is to be held against.
    """
    tree = Tree(sizes)
    # The ledger is written first: what the file holds by now must stand in any later snapshot of the ledger.
    size = path.stat().st_size if path.exists() else 0
    with books.snapshot(), Account() as account:
        head = _follow(account, tree, (line + b"\n" for line in books.lines()))
        notes = _likeness(account, compare(path, books.lines(), size), books, path)
        note = books.campaign()
        _bound(account, note)
        _customers(account, books)
        verdicts = books.verdicts()
        if sum(verdicts.values()) != note.rows:
            account.fault(f"the verdicts add up to {sum(verdicts.values())}, the rows are {note.rows}")
        return Verified(tuple(account.problems), (*notes, *_open(account)), head.seq, head, verdicts, tree)


def verify_file(path: Path, sizes: Iterable[int] = ()) -> Verified:
    """Prove what can be proved of a bare file; `InputWrong` if it cannot be read. `sizes` as for a campaign."""
    torn: list[bytes] = []
    tree = Tree(sizes)
    with Account() as account:
        try:
            with path.open("rb") as file:
                head = _follow(account, tree, _whole(file, torn))
        except OSError as error:
            raise InputWrong(f"{path} cannot be read: {error.strerror}.") from error
        verdicts = account.verdicts()
        _plausible(account)
        notes = ["A bare file cannot show whether lines were cut off at its end; the campaign's ledger can."]
        if torn:
            notes.append("The last line is torn: a killed run left it so, or the file was cut.")
        return Verified(tuple(account.problems), (*notes, *_open(account)), head.seq, head, verdicts, tree)


def _follow(account: Account, tree: Tree, lines: Iterator[bytes]) -> Head:
    """Take all lines up to the first that does not hold; returns the end of what holds."""
    members: Mapping[str, object] = {}
    for found in follow(lines):
        if isinstance(found, Flaw):
            account.fault(f"line {found.line}: {found.what}")
        else:
            members = found.members
            account.take(members)
            if tree.grows or members.get("kind") == "campaign":
                tree.take(found.line, members)
    head = Head(account.lines, str(members["hash"])) if account.lines else Head()
    if head.seq == 0:
        account.fault("there is no line that holds")
    elif account.created.get("format") != FORMAT:
        account.fault(f"the first line does not name the format {FORMAT}")
    return head


def _whole(lines: Iterator[bytes], torn: list[bytes]) -> Iterator[bytes]:
    """The lines that end in a newline; a last one that does not is put aside in `torn`."""
    for line in lines:
        if line.endswith(b"\n"):
            yield line
        else:
            torn.append(line)


def _likeness(account: Account, likeness: Likeness, books: Evidence, path: Path) -> list[str]:
    match likeness:
        case Whole():
            return []
        case Differs(line):
            account.fault(f"{path.name} differs from the ledger in line {line}")
            return []
        case Behind(lines) if books.audit_mark() is not None:
            account.fault(f"{path.name} was whole at the last end; after line {lines} it is cut off now")
            return []
        case Behind(lines):
            said = f"{path.name} holds {lines} of the ledger's {account.lines} lines: a killed run left it behind,"
            return [f"{said} or one is at work. The next start completes it."]
        case _:
            assert_never(likeness)


def _bound(account: Account, note: CampaignNote) -> None:
    for member, name in _COUNTS.items():
        if account.created.get(member) != (told := getattr(note, name)):
            account.fault(f"the first line has {member} {account.created.get(member)!r}, the ledger {told!r}")


def _customers(account: Account, books: Evidence) -> None:
    """Each customer of the ledger stands as its last lines say, and the lines name nobody else."""
    named = 0
    for key, verdict, reason, intents in books.endings():
        trace = account.trace(key)
        named += trace.named
        if intents != trace.intents:
            account.fault(f"customer {key}: {intents} intents in the ledger, {trace.intents} in the log")
        if verdict is not None and (trace.verdict, trace.reason) != (verdict, reason):
            account.fault(f"customer {key}: {verdict} ({reason}) in the ledger, not so in the log")
        if verdict is None and trace.verdict in DELETED_BY_US:
            account.fault(f"customer {key}: {trace.verdict} in the log, open in the ledger")
    if account.named() > named:
        account.fault(f"{account.named() - named} customers of the log are not in the ledger")


def _plausible(account: Account) -> None:
    """What the first line promises bounds what the others may name."""
    customers, named = account.created.get("customers"), account.named()
    if isinstance(customers, int) and named > customers:
        account.fault(f"{named} customers are named, the campaign has {customers}")


def _open(account: Account) -> list[str]:
    """Intents without an attempt are no fault: a kill leaves them, and their customers are read back."""
    count = account.unfinished()
    return [f"{count} customers have an intent whose attempt a kill kept from being recorded."] if count else []
