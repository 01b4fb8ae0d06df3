"""Makes aioresponses work with the aiohttp that we use; everything else stands beside the tests that need it.

Never imports the worker: a test folder must run while another part of the worker is broken.
"""

from types import SimpleNamespace
from typing import Any

import aioresponses.core
from aiohttp import ClientResponse
from yarl import URL


class _AnsweredResponse(ClientResponse):
    """A response as aioresponses 0.7.9 makes it, with the `stream_writer` that aiohttp 3.14 wants as well."""

    def __init__(self, method: str, url: URL, **parts: Any) -> None:  # noqa: ANN401 - aiohttp's own parts, passed on unread
        parts.setdefault("stream_writer", SimpleNamespace(output_size=0))
        super().__init__(method, url, **parts)


# aioresponses looks the class up by this name for each answer, so callbacks are served too.
setattr(aioresponses.core, "ClientResponse", _AnsweredResponse)  # noqa: B010 - a plain assignment is refused by mypy
