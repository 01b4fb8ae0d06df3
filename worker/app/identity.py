"""Who runs what, under which settings: the members of the audit's start and end lines.

Decides which settings matter for the audit. No secret is among them, and no URL with user info.
"""

import getpass
import os
import socket
from collections.abc import Mapping
from importlib.metadata import version

from config import Settings
from worker.core.pseudonym import Pseudonyms

PLAN_GUARDS = (
    "max_delete_share",
    "max_failure_share",
    "max_in_doubt",
    "max_invalid_share",
    "sentinel",
    "check_max_age",
    "verify_share",
    "match",
)
"""The guard settings that a plan's digest covers (see docs/decisions/0006-what-an-approval-covers.md)."""
_ANSWERS = ("documents_filter", "documents_key", "aritems_filter", "aritems_key")
"""How the API answers, which it covers as well: under another filter other customers look free to go."""
_AUDITED = (
    "max_deletes",
    "limit",
    "ramp",
    "rate",
    "adaptive",
    "concurrency",
    "attempts",
    "request_timeout",
    "outage_budget",
)


def guards(settings: Settings, pseudonyms: Pseudonyms | None) -> dict[str, object]:
    """The settings under which a plan is made and approved; with pseudonyms the sentinel has one, too."""
    chosen = {name: getattr(settings, name) for name in (*PLAN_GUARDS, *_ANSWERS)}
    return {**chosen, "empty_list": sorted(settings.empty_list), "sentinel": _sentinel(settings, pseudonyms)}


def _sentinel(settings: Settings, pseudonyms: Pseudonyms | None) -> str | None:
    named = settings.sentinel
    return named if named is None or pseudonyms is None else pseudonyms.of(named.strip())


def identity(subject: str | None) -> dict[str, object]:
    """OS user, host, process, version, and whose token it is."""
    return {
        "user": _user(),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "version": version("amili-purge"),
        "tokenSubject": subject,
    }


def audited(settings: Settings, pseudonyms: Pseudonyms | None) -> Mapping[str, object]:
    """The settings that matter to whoever reads the audit later."""
    chosen = {name: getattr(settings, name) for name in _AUDITED} | guards(settings, pseudonyms)
    protect = None if settings.protect is None else str(settings.protect)
    return {**chosen, "protect": protect}


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's numeric user has no name
        return str(os.getuid())
