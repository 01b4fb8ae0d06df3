"""What may stand as a host in a URL: a name, or an address of IPv4 or IPv6.

Decides spelling alone, in lower case as URLs are split; it looks up nothing.
"""

import re
from ipaddress import ip_address
from typing import Final

_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")


def is_host(text: str) -> bool:
    """Whether the text is a host's name or address."""
    return _NAME.fullmatch(text) is not None or is_address(text)


def is_address(text: str) -> bool:
    """Whether it is an address; one with a zone belongs to a single machine, and is none."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text
