"""What reaches the API, as a command that talks to it needs it: all of it there, and one way to a token.

Decides nothing: `Settings.api` makes these values, or says what is missing.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class FixedToken:
    """A ready token; it cannot be renewed."""

    token: SecretStr


@dataclass(frozen=True, slots=True)
class TokenFile:
    """A file that somebody else keeps fresh; read again when it changes."""

    path: Path


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """How to ask the token service for a token."""

    url: str
    client_id: str
    client_secret: SecretStr


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """What the API client needs, all of it there. Timeouts in seconds."""

    base_url: str
    client_no: int
    token: FixedToken | TokenFile | ClientCredentials
    connect_timeout: float
    request_timeout: float
    attempts: int
    proxy: SecretStr | None
    ca_file: Path | None
    contact: str | None
