"""verify, receipt, keygen: what proves a campaign to others, and the key that it is proved with.

Decides what is held against what: a log against its ledger, checkpoints against the log, a receipt against the
checkpoint in it. Asks no API, and changes nothing but that a key or a receipt is written.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import orjson

from config import Loaded
from worker.app import pseudonyms
from worker.app.shelf import find, shelf
from worker.app.witnessing import signer
from worker.audit import Verified, verify_campaign, verify_file
from worker.core.chain import Head
from worker.core.checkpoint import Checkpoint, Note, VerifierKey, judge, notes_in
from worker.core.customer import fold
from worker.core.facts import CUSTOMER_NO, CUSTOMER_REF
from worker.core.merkle import Prover
from worker.core.receipt import FORMAT, Proved, Receipt, faults, parse
from worker.core.trace import Trace
from worker.core.values import replace
from worker.errors import InputWrong, LogBroken, SettingsWrong, UsageWrong
from worker.ledger import CampaignBooks
from worker.place import Place
from worker.seal import Log, Signer, generate, generate_pseudonym_key, kept_in, unsigned

_KEYGEN = "`amili-purge keygen` printed one, and summary.json has it"
_PEEP = 200  # bytes in which a receipt says what it is
UNWITNESSED = (
    "no checkpoint was given. This proves that the log agrees with itself; whoever can write the campaign's directory "
    "can write it anew with hashes that fit. Checkpoints kept elsewhere prove more: --checkpoint FILE"
)
"""What a proof without a kept checkpoint cannot say."""


@dataclass(frozen=True, slots=True)
class ReceiptProof:
    """What a receipt proves: `told` in one line, unless there are `problems`; `notes` are no faults."""

    told: str
    problems: tuple[str, ...]
    notes: tuple[str, ...]


def verify(loaded: Loaded, argument: str, *, checkpoints: Path | None = None, keys: Sequence[str] = ()) -> Verified:
    """Prove a campaign's log, or a bare file's: an argument with `/`, or that ends in `.jsonl`.

    `checkpoints` is a file that holds kept checkpoints; `keys` are verifier keys, or files that hold them. `InputWrong`
    for a file that cannot be read or holds none, `UsageWrong` for what is no key.
    """
    known = tuple(_key(each) for each in keys)
    notes = [] if checkpoints is None else _notes(checkpoints)
    sizes = {note.checkpoint.size for note in notes}
    if "/" in argument or argument.endswith(".jsonl"):
        proof = verify_file(Path(argument), sizes)
    else:
        place = find(loaded.settings, argument)
        with shelf(loaded.settings).books(place) as books:
            proof = verify_campaign(books, place.audit, sizes)
    return _held_against(proof, notes, known) if notes else proof


def is_receipt(argument: str) -> bool:
    """Whether an argument of `verify` means a receipt: by its ending, or because a file says so."""
    if argument.endswith(".receipt.json"):
        return True
    return "/" in argument and _begins_as_receipt(Path(argument))


def _begins_as_receipt(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return FORMAT.encode() in file.read(_PEEP)
    except OSError:
        return False


def _held_against(proof: Verified, notes: Sequence[Note], keys: Sequence[VerifierKey]) -> Verified:
    """The proof with what the checkpoints add to it."""
    said = list(proof.notes)
    if not keys:
        keys = [key for text in proof.tree.keys if isinstance(key := VerifierKey.parse(text), VerifierKey)]
        said.append(
            "The key of the checkpoints was taken from the log itself; give the one that you were handed: --key KEY"
        )
    problems = list(proof.problems)
    ours = [note for note in notes if note.checkpoint.origin == proof.tree.origin]
    unfit = ((note.checkpoint.size, unsigned(note, keys)) for note in ours)
    problems += [f"checkpoint of {size} lines: {why}" for size, why in unfit if why]
    judged = judge([note.checkpoint for note in notes], proof.tree.origin, proof.lines, proof.tree.roots)
    if judged.covered < proof.lines:
        said.append(f"Lines {judged.covered + 1} to {proof.lines} stand after the last checkpoint that fits.")
    if judged.others:
        said.append(f"{judged.others} checkpoints are of other logs.")
    return replace(proof, problems=(*problems, *judged.problems), notes=tuple(said))


def _notes(path: Path) -> list[Note]:
    try:
        notes = list(notes_in(path.read_text("utf-8", "replace")))
    except OSError as error:
        raise InputWrong(f"{path} cannot be read: {error.strerror}.") from error
    if not notes:
        raise InputWrong(f"{path} holds no checkpoint.")
    return notes


def _key(given: str) -> VerifierKey:
    """A verifier key as it is, or from a file that holds nothing else."""
    text = given
    if "+" not in given:
        try:
            text = Path(given).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputWrong(
                f"--key {given}: this is neither a verifier key (NAME+HEX+BASE64) nor a file that can be read", _KEYGEN
            ) from error
    key = VerifierKey.parse(text)
    if isinstance(key, str):
        raise UsageWrong(f"that is no verifier key: {key}", _KEYGEN)
    return key


def verify_receipt(path: Path, *, keys: Sequence[str] = ()) -> ReceiptProof:
    """Prove a receipt by itself; `keys` as in `verify`. `InputWrong` if the file cannot be read."""
    known = tuple(_key(each) for each in keys)
    try:
        receipt = parse(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputWrong(f"{path} cannot be read: {type(error).__name__}.") from error
    if isinstance(receipt, str):
        return ReceiptProof("", (receipt,), ())
    notes = ["It cannot show whether later lines name the customer; the campaign's log can."]
    if not known:
        notes.append("The key was taken from the receipt itself; give the one that you were handed: --key KEY")
    why = unsigned(receipt.note, known or (receipt.key,))
    told = f"customer {receipt.customer_no} of client {receipt.client_no}: {receipt.verdict} ({receipt.reason})"
    log = f"{receipt.note.checkpoint.origin}, as signed at {receipt.note.checkpoint.size} lines"
    return ReceiptProof(f"{told}, in {log}", (*([why] if why else []), *faults(receipt)), tuple(notes))


def keygen(loaded: Loaded, path: Path, name: str) -> str:
    """Write a new private key to a file (mode 0600) that is not there yet; the verifier key that goes with it.

    `UsageWrong` where campaigns lie.
    """
    return str(generate(_apart(loaded, path), name))


def keygen_for_pseudonyms(loaded: Loaded, path: Path) -> str:
    """Write a new key of pseudonyms to a file (mode 0600) that is not there yet; its id. `UsageWrong` as above."""
    return generate_pseudonym_key(_apart(loaded, path)).key_id


def _apart(loaded: Loaded, path: Path) -> Path:
    """The path, if it is not with the campaigns: whoever is handed these would have the key as well."""
    campaigns = loaded.settings.campaigns
    if path.resolve().is_relative_to(campaigns.resolve()):
        raise UsageWrong(
            f"{path} lies where campaigns lie ({campaigns}), and a key must not",
            "whoever holds a campaign could sign it anew, or tell its pseudonyms; name a place elsewhere",
        )
    return path


def receipt(loaded: Loaded, campaign: str, number: str, to: Path | None) -> Path:
    """Write what proves one customer's verdict; the path.

    `UsageWrong` if no line names the customer, or if something else than a receipt stands at the path. Without `to` it
    is written beside the report. The whole log is proved first: what does not hold is not signed.
    """
    place = find(loaded.settings, campaign)
    key = signer(loaded.settings, place)
    with shelf(loaded.settings).books(place) as books:
        proof = verify_campaign(books, place.audit)
        if not proof.ok:
            raise LogBroken("the log does not verify, so nothing of it is signed", *proof.problems)
        target, note = loaded.settings.checkpoint_to, books.campaign()
        if note.pseudonym_key is not None:
            number = pseudonyms.of_campaign(pseudonyms.the_key(loaded.settings), note).of(number.strip())
        made = _made(books, proof.head, number, key, kept_in(target) if target else ())
    path = to or _default(place, number)
    _spare(path)
    try:
        path.write_text(made.as_json(), encoding="utf-8")
    except OSError as error:
        raise SettingsWrong(f"{path} cannot be written: {error.strerror}", "name another with --to FILE") from error
    return path


def _spare(path: Path) -> None:
    """`UsageWrong` if what stands there is no receipt: it may be a log, a key, or checkpoints that prove the others."""
    if path.is_file() and path.stat().st_size and not _begins_as_receipt(path):
        raise UsageWrong(f"{path} is there already, and it is no receipt", "name another with --to FILE")


def _default(place: Place, number: str) -> Path:
    """A customer number may hold letters that no file name should; what is left of it tells enough."""
    kept = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in number)
    return place.directory / f"{kept}.receipt.json"


def _made(books: CampaignBooks, head: Head, number: str, key: Signer, kept: Iterable[Note]) -> Receipt:
    """Go through the log: for the customer's lines, for what was signed before, for the paths to the root.

    `number` is what the log calls the customer.
    """
    note, trace = books.campaign(), Trace()
    member = CUSTOMER_NO if note.pseudonym_key is None else CUSTOMER_REF
    lines, text = {}, number
    for line in _until(books, head):
        members = orjson.loads(line)
        if fold(str(members.get(member))) == fold(number):
            lines[members["seq"] - 1], text = line, members[member]
            trace.take_in(members, members["seq"], rechecked=head.seq)
    if not lines:
        raise UsageWrong(f"no line of {note.name} names customer {number}", f"amili-purge status {note.name}")
    log, prover = Log.read(_until(books, head), key, kept), Prover(lines)
    for line in _until(books, head):
        prover.add(line)
    paths = prover.paths()
    signed = key.note(Checkpoint(log.origin, prover.size, prover.root()))
    proved = tuple(Proved(place + 1, line, paths[place]) for place, line in lines.items())
    whom = (note.client_no, text)
    return Receipt(*whom, trace.verdict, trace.reason, proved, signed, key.key, is_ref=member == CUSTOMER_REF)


def _until(books: CampaignBooks, head: Head) -> Iterator[bytes]:
    """The lines that were proved: a run beside may write on."""
    return islice(books.lines(), head.seq)
