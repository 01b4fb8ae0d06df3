"""How a moment is written: RFC 3339 in UTC, as the audit, plans and approvals have it.

Decides the spelling alone. It asks no clock.
"""

from datetime import UTC, datetime


def stamped(moment: datetime) -> str:
    """To the microsecond, as facts are stamped: of two of these the later one is the greater text."""
    return _written(moment, "microseconds")


def to_the_second(moment: datetime) -> str:
    """As a person reads it, or signs it."""
    return _written(moment, "seconds")


def _written(moment: datetime, precision: str) -> str:
    return moment.astimezone(UTC).isoformat(timespec=precision).removesuffix("+00:00") + "Z"
