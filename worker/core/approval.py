"""A signed approval: which plan somebody agreed to, until when, and what voids it.

Decides the text that is signed and whether it covers a plan at this moment. Whether the signature holds, and whose it
is, is for others to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime

FORMAT = "amili-purge-approval/1"
"""The first line of every approval."""


@dataclass(frozen=True, slots=True)
class Approval:
    """What is approved: one plan of one campaign. Times are RFC 3339 in UTC; `made` is the plan's."""

    campaign: str
    base_url: str
    client_no: str
    input: str
    plan: str
    made: str
    approved: str
    expires: str

    def text(self) -> str:
        """The text that is signed: the format, then a line for each member."""
        members = (f"{member.name} {getattr(self, member.name)}\n" for member in fields(self))
        return f"{FORMAT}\n{''.join(members)}"

    @classmethod
    def parse(cls, text: str) -> "Approval | None":
        """The approval that was signed, if this is the text of one."""
        first, *rest = text.split("\n")
        members = dict(line.partition(" ")[::2] for line in rest[:-1])
        if first != FORMAT or set(members) != {member.name for member in fields(cls)}:
            return None
        found = cls(**members)
        return found if found.text() == text and found._has_times() else None

    def _has_times(self) -> bool:
        """Whether its times can be read."""
        try:
            return all(_moment(time).tzinfo is not None for time in (self.made, self.approved, self.expires))
        except ValueError:
            return False


def void(approval: Approval, plan: Mapping[str, str], now: datetime, max_age: float) -> str:
    """Why an approval does not cover a plan now; empty if it does.

    `plan` are the members that the campaign has now, `campaign` to `made`; `max_age` (s) counts from the plan's making.
    An approver's own `expires` holds besides, so whoever applies can only shorten it.
    """
    for name, value in plan.items():
        if getattr(approval, name) != value:
            return f"another {name} was approved: {getattr(approval, name)}, not {value}"
    age = (now - _moment(approval.made)).total_seconds()
    if age > max_age:
        return f"the plan was made at {approval.made}, longer ago than plan_max_age allows"
    if now > _moment(approval.expires):
        return f"the approval expired at {approval.expires}"
    return ""


def raises_cap(wanted: int, in_force: int | None, *, approval_required: bool) -> str:
    """Why a cap of deletions may not be set to this; empty if it may.

    Under a required approval somebody else has agreed to a number: whoever runs may only lower it. None is no cap yet.
    """
    if not approval_required or in_force is None or wanted <= in_force:
        return ""
    return f"max_deletes is {in_force} under an approval that is required: it may be lowered, not raised to {wanted}"


def _moment(time: str) -> datetime:
    return datetime.fromisoformat(time)
