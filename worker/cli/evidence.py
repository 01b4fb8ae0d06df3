"""verify, receipt, keygen: what proves a campaign to others.

Decides how a proof is shown, and that one that does not hold is 70.
"""

import socket
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

import click

from worker.app import evidence
from worker.cli import closing
from worker.cli.completing import campaigns, campaigns_or_files
from worker.cli.flags import Given, command
from worker.cli.streams import say, tell
from worker.cli.telling import message
from worker.core.lifecycle import Verdict
from worker.errors import Exit, UsageWrong


@command("verify", "verify customers-3f2a --checkpoint FILE --key KEY", "verify 500001.receipt.json", looks=True)
@click.argument("what", metavar="CAMPAIGN_OR_FILE", shell_complete=campaigns_or_files)
@click.option(
    "--checkpoint",
    "checkpoints",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Checkpoints that were kept elsewhere: they find a log that was cut or written anew.",
)
@click.option("--key", "keys", metavar="KEY", multiple=True, help="Verifier key, or a file with it; any number.")
def verify_command(given: Given, what: str, checkpoints: Path | None, keys: tuple[str, ...]) -> int:
    """Prove offline that the audit log is whole and the counts add up.

    An argument with a / in it, or ending in .jsonl, is a file; a receipt is known by its ending .receipt.json, or by
    what it says. 0 if it holds, 70 if not.
    """
    if evidence.is_receipt(what):
        told = evidence.verify_receipt(Path(what), keys=keys)
        say(f"{'FAULT' if told.problems else 'ok'}: {told.told}")
        return _ended(f"the receipt {what} does not verify", told.problems, told.notes)
    if keys and checkpoints is None:
        raise UsageWrong(
            "--key is the key of checkpoints or of a receipt, and neither was given",
            closing.line("verify", quote(what), "--checkpoint", "FILE", "--key", "KEY"),
        )
    proof = evidence.verify(given.load(), what, checkpoints=checkpoints, keys=keys)
    say(f"{'ok' if proof.ok else 'FAULT'}: {proof.lines} lines, head {proof.head.hash}")
    for verdict, count in proof.verdicts.items():
        if count:
            say(f"  {verdict.value} {count}{_doubt(verdict)}")
    notes = proof.notes if checkpoints else (*proof.notes, evidence.UNWITNESSED)
    return _ended(f"the audit log of {what} does not verify", proof.problems, notes)


def _ended(what: str, problems: Sequence[str], notes: Sequence[str]) -> int:
    for note in notes:
        say(closing.wrapped(f"note: {note}"))
    if not problems:
        return Exit.SETTLED
    tell(message(what, Exit.BROKEN, problems))
    return Exit.BROKEN


def _doubt(verdict: Verdict) -> str:
    return " (we may have deleted them)" if verdict is Verdict.IN_DOUBT else ""


@command("receipt", "receipt customers-3f2a 500001", "receipt customers-3f2a 500001 --to DIR/case-17.receipt.json")
@click.argument("campaign", shell_complete=campaigns)
@click.argument("number", metavar="CUSTOMERNO")
@click.option("--to", "to", metavar="FILE", type=click.Path(path_type=Path), help="Where to write it.")
def receipt_command(given: Given, campaign: str, number: str, to: Path | None) -> int:
    """Write a small file that proves one customer's verdict.

    It holds that customer's lines of the audit log, the proof that they stand in it, and a checkpoint signed with
    checkpoint_key. Of other customers it holds hashes only. Where the log has pseudonyms, so has the receipt.
    """
    path = evidence.receipt(given.load(), campaign, number, to)
    say(f"Written: {path}")
    say()
    say(closing.line("verify", str(path) if "/" in str(path) else f"./{path}"))
    return Exit.SETTLED


@command("keygen", "keygen purge.key --name purge.example.com", "keygen names.key --for pseudonyms", looks=True)
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--for", "use", type=click.Choice(["signing", "pseudonyms"]), default="signing", show_default=True)
@click.option("--name", metavar="NAME", help="What a signing key is called; without it the name of the host.")
def keygen_command(given: Given, path: Path, use: str, name: str | None) -> int:
    """Make a key in FILE, for its owner alone; it is refused where campaigns lie.

    For signing it is an Ed25519 key: prints the verifier key, for whoever is to verify. For pseudonyms it is a secret
    without which nobody can tell whom a pseudonym stands for: prints its id. Once it is destroyed, nobody can.
    """
    if use == "pseudonyms":
        if name is not None:
            raise UsageWrong("a key of pseudonyms has no name, but an id", "leave --name out")
        say(evidence.keygen_for_pseudonyms(given.load(), path))
        say()
        say(f'pseudonym_key = "{path}"')
        return Exit.SETTLED
    say(evidence.keygen(given.load(), path, name or f"amili-purge/{socket.gethostname()}"))
    say()
    say("For checkpoints and receipts put the line below into the settings;")
    say("or, for an approver: give the line above to whoever keeps approver_keys.")
    say()
    say(f'checkpoint_key = "{path}"')
    return Exit.SETTLED
