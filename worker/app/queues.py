"""The settings of a queue, as the parts that speak with its broker take them.

Decides who we are at the broker, and which name its campaign is offered. Opens nothing.
"""

import re

from config import Settings
from config.settings import spellings
from worker.errors import SettingsWrong
from worker.place import NAME
from worker.sources.queue_url import Credentials, QueueAddress, QueueOptions


def credentials(settings: Settings) -> Credentials:
    """User and password; the library's guest if neither is named, `SettingsWrong` if only one is."""
    user, password = settings.amqp_user, settings.amqp_password
    if user is None and password is None:
        return Credentials()
    if user is None or password is None:
        missing = "amqp_user" if user is None else "amqp_password"
        raise SettingsWrong(f"{missing} is missing beside the other one", f"{missing}: {spellings(missing)}")
    return Credentials(user, password.get_secret_value())


def options(settings: Settings) -> QueueOptions:
    """How the broker is reached."""
    return QueueOptions(
        prefetch=settings.prefetch,
        outage_budget=settings.outage_budget,
        answer_timeout=settings.connect_timeout,
        ca_file=settings.ca_file,
    )


def campaign_for(address: QueueAddress) -> str:
    """A name for a queue's campaign: the queue's own as far as it can be one."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", address.queue).strip("._-")[:100]
    return name if NAME.fullmatch(name) else "NAME"
