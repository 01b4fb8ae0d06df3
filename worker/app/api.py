"""Settings become a way to the API: connection, token source, reads, and deletes for those who may.

Decides nothing about customers. Secrets are unwrapped here, where they are handed to the client, and nowhere else.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import assert_never

from config import ApiSettings, ClientCredentials, FixedToken, Settings, TokenFile
from worker.app import inputs
from worker.armrest import credentials, tokens
from worker.armrest.client import Deletes, Endpoint, Reads
from worker.armrest.wire import Connection, WireOptions
from worker.core.replies import AnswerRules
from worker.errors import SettingsWrong


@dataclass(frozen=True, slots=True)
class Api:
    """One open way to the API. `Deletes` is made of it only where a command may delete."""

    connection: Connection
    endpoint: Endpoint
    tokens: tokens.TokenSource

    def reads(self) -> Reads:
        """The client that cannot delete."""
        return Reads(self.connection, self.endpoint, self.tokens)

    def deletes(self) -> Deletes:
        """The client of the one request that cannot be taken back."""
        return Deletes(self.connection, self.endpoint, self.tokens)


def user_agent(api: ApiSettings) -> str:
    """How we name ourselves to the API's owner."""
    return _wire(api, 1, 1.0).user_agent


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Api]:
    """The API as the settings name it; connections are closed at the end."""
    api = settings.api()
    async with Connection(_wire(api, settings.concurrency, settings.check_max_age_in_force)) as connection:
        source = _tokens(api, connection)
        try:
            yield Api(connection, _endpoint(settings, api), source)
        finally:
            if isinstance(source, credentials.ClientCredentials):
                await source.close()
            # aiohttp closes TLS connections a moment after it says so.
            await asyncio.sleep(0)


def _wire(api: ApiSettings, concurrency: int, clearance: float) -> WireOptions:
    return WireOptions(
        version=version("amili-purge"),
        contact=api.contact,
        connect_timeout=api.connect_timeout,
        request_timeout=api.request_timeout,
        connections=concurrency,
        proxy=api.proxy.get_secret_value() if api.proxy else None,
        ca_file=api.ca_file,
        clearance=clearance,
    )


def _endpoint(settings: Settings, api: ApiSettings) -> Endpoint:
    rules = AnswerRules(settings.empty_list, settings.documents_key, settings.aritems_key, inputs.matched(settings)[1])
    return Endpoint(api.base_url, api.client_no, settings.documents_filter, settings.aritems_filter, rules)


def _tokens(api: ApiSettings, connection: Connection) -> tokens.TokenSource:
    way = api.token
    match way:
        case FixedToken(token):
            return tokens.ReadyToken(_usable(token.get_secret_value(), "token"))
        case TokenFile(path):
            return tokens.FileToken(_readable(path))
        case ClientCredentials(url, client_id, client_secret):
            known = credentials.Credentials(url, client_id, client_secret.get_secret_value())
            return credentials.ClientCredentials(connection, known)
        case _:
            assert_never(way)


def _usable(token: str, name: str) -> str:
    if not tokens.usable(token):
        raise SettingsWrong(f"{name} holds no token: it must be one word of visible ASCII")
    return token


def _readable(path: Path) -> Path:
    try:
        _usable(path.read_text(encoding="utf-8").strip(), "token_file")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsWrong(f"token_file {path} cannot be read: {type(error).__name__}") from error
    return path
