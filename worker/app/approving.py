"""The two-person rule: somebody signs a plan, and `apply` asks for that signature where the settings say so.

Decides whose signature counts and whether the rule binds: keys that whoever runs could write bind nobody, and the run
says so. What an approval covers is `core.approval`'s to say.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config import Loaded, Settings
from worker.app import planning
from worker.app.desk import at_desk
from worker.app.identity import identity
from worker.app.shelf import find
from worker.core.approval import Approval, void
from worker.core.checkpoint import SignedText, VerifierKey
from worker.core.facts import ControlFact
from worker.core.times import to_the_second
from worker.errors import NotDurable, SettingsWrong, UsageWrong
from worker.ledger.forgetting import refuse_gone
from worker.place import Place
from worker.ports import CampaignNote, PlanNote
from worker.report import replacing
from worker.seal import Signer, unsigned


@dataclass(frozen=True, slots=True)
class Approved:
    """A plan that is approved: what is signed, for how many customers, with which key."""

    approval: Approval
    customers: int
    key: str


@dataclass(frozen=True, slots=True)
class Signed:
    """Under whose approval a run is. `advisory` is why the rule does not bind whoever runs, or empty."""

    key: str
    approved: str
    advisory: str

    def members(self) -> Mapping[str, object]:
        """What the run's first line says of it."""
        return {"signedBy": self.key, "signedAt": self.approved, "advisory": bool(self.advisory)}


def approve(loaded: Loaded, campaign: str, key: Path, show: Callable[[Approved], None]) -> Approved:
    """Sign the campaign's plan as it stands, once it was shown; recorded first, then put beside the ledger.

    `UsageWrong` if there is no plan, if it is not what its digest says, if the campaign has been forgotten, or if the
    key is none of `approver_keys`, where they are set.
    """
    settings, signer = loaded.settings, Signer.read(key)
    place = find(settings, campaign)
    _refuse_stranger(settings, signer.key)

    async def sign() -> Approved:
        async with at_desk(settings, place) as desk:
            refuse_gone(desk.note)
            plan = planning.untouched(desk)
            now = datetime.now(UTC)
            expires = datetime.fromisoformat(plan.made_at) + timedelta(seconds=settings.plan_max_age)
            times = {"approved": to_the_second(now), "expires": to_the_second(expires)}
            approval = Approval(**_members(desk.note, plan), **times)
            approved = Approved(approval, plan.eligible, str(signer.key))
            show(approved)
            who = {**identity(None), "planDigest": plan.digest, "key": approved.key}
            await desk.ledger.note(ControlFact("approve", who))
            _put(place, SignedText(approval.text(), (signer.sign(approval.text()),)))
            await desk.close_clean()
            return approved

    return asyncio.run(sign())


def _refuse_stranger(settings: Settings, key: VerifierKey) -> None:
    """`UsageWrong` for a key with which nobody may approve here; where no keys are named, `apply` judges alone."""
    if settings.approver_keys is not None and key not in _approvers(settings)[0]:
        raise UsageWrong(
            f"{key.name} may not approve: approver_keys {settings.approver_keys} does not hold this key",
            f"nothing was signed; the line that is missing there: {key}",
        )


def refuse_run(settings: Settings) -> None:
    """`UsageWrong` if deletions without a plan are not to be: nobody could have approved them."""
    if settings.require_approval:
        raise UsageWrong(
            "run deletes without a plan, and require_approval asks for one that was approved",
            "make a plan, let it be approved, apply it: amili-purge plan INPUT",
        )


def standing(place: Place, note: CampaignNote, settings: Settings) -> Signed | str | None:
    """Under whose approval the plan may be applied now, or why under nobody's; None if no approval is asked for."""
    try:
        return None if note.plan is None else signed(place, note, settings, note.plan)
    except (UsageWrong, SettingsWrong) as missing:
        return str(missing)


def signed(place: Place, note: CampaignNote, settings: Settings, plan: PlanNote) -> Signed | None:
    """Under whose approval this plan may be applied now; None if none is required, `UsageWrong` if there is none."""
    if not settings.require_approval:
        return None
    keys, advisory = _approvers(settings)
    name = place.name
    again = f"let it be approved: amili-purge approve {name} --key FILE"
    try:
        text = SignedText.parse(_path(place).read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise UsageWrong(f"the plan of {name} was not approved, and require_approval asks for it", again) from None
    approval = None if text is None else Approval.parse(text.text)
    if text is None or approval is None:
        raise UsageWrong(f"{_path(place)} holds no approval", again)
    why = unsigned(text, keys) or void(approval, _members(note, plan), datetime.now(UTC), settings.plan_max_age)
    if why:
        raise UsageWrong(f"the approval of {name} is void: {why}", again)
    by = next(str(key) for key in keys if any(key.key_id == one.key_id for one in text.signatures))
    return Signed(by, approval.approved, advisory)


def _approvers(settings: Settings) -> tuple[tuple[VerifierKey, ...], str]:
    """The keys that may approve, and why the rule binds nobody, if it does not."""
    path = settings.approver_keys
    if path is None:
        raise SettingsWrong("require_approval is set, and nobody may approve", "set approver_keys = FILE")
    try:
        lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsWrong(f"approver_keys {path} cannot be read: {type(error).__name__}") from error
    found = [VerifierKey.parse(line) for line in lines if line and not line.startswith("#")]
    wrong = [each for each in found if isinstance(each, str)]
    keys = tuple(each for each in found if not isinstance(each, str))
    if wrong or not keys:
        raise SettingsWrong(f"approver_keys {path} holds no keys, or others besides", *wrong)
    return keys, advisory(path.resolve())


def advisory(path: Path) -> str:
    """Why this file binds nobody: we can write it, or a directory in which it could be put aside; or nothing."""
    open_to_us = [each for each in (path, *path.parents) if os.access(each, os.W_OK)]
    if not open_to_us:
        return ""
    return f"the two-person rule is advisory here: whoever runs this can write {open_to_us[0]}, and so say who approves"


def _members(note: CampaignNote, plan: PlanNote) -> dict[str, str]:
    return {
        "campaign": note.name,
        "base_url": note.base_url,
        "client_no": str(note.client_no),
        "input": note.input_digest,
        "plan": plan.digest,
        "made": plan.made_at,
    }


def _path(place: Place) -> Path:
    return place.directory / "approval.txt"


def _put(place: Place, text: SignedText) -> None:
    try:
        with replacing(_path(place)) as file:
            file.write(str(text))
    except OSError as error:
        raise NotDurable(f"{_path(place)} could not be written: {error.strerror}") from error
