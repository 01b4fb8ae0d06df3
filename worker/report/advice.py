"""What to do about customers that could not be checked: one line for each cause.

Decides the words, and which causes time alone can mend. It knows the causes by their reasons, and no customer.
"""

from collections.abc import Iterator, Mapping
from textwrap import wrap

from worker.core.customer import shown
from worker.core.guards import accepting, is_answer
from worker.core.lifecycle import Verdict
from worker.report.table import WIDTH


def advice(reasons: Mapping[tuple[Verdict, str], int]) -> str:
    """The lines for what stands under `unchecked`, the commonest first; empty if nothing does."""
    causes = {reason: count for (verdict, reason), count in reasons.items() if verdict is Verdict.UNCHECKED and count}
    commonest = sorted(causes, key=lambda reason: (-causes[reason], reason))
    return "\n".join(line for reason in commonest for line in _lines(reason))


def _lines(reason: str) -> Iterator[str]:
    yield from wrap(f"{shown(reason)}: {_mending(reason)}", WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def is_unbelieved(reason: str) -> bool:
    """Whether it was a 404, and nobody who exists was seen to vouch for it."""
    return reason.endswith(":http_404_not_believed")


def _mending(reason: str) -> str:
    if is_unbelieved(reason):
        return 'a 404 is believed once a customer that must exist was seen; name one: sentinel = "NUMBER"'
    if is_answer(reason):
        return accepting(reason)
    return "no setting mends this; a later run asks again"
