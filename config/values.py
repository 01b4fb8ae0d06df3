"""What one value may be: the types of the settings, and how each is read from text.

Decides bounds and spellings of single values. Never knows a setting's name or where a value came from,
and never repeats a value in an error: it might be a secret.
"""

import re
from ipaddress import ip_address
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from worker.core.hosts import is_address, is_host

LARGEST: Final = 2**53 - 1  # every JSON reader holds this number exactly
FILES_OF_A_CAMPAIGN: Final = frozenset({"audit.jsonl", "report.csv", "report.html", "summary.json"})
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
DELIMITERS: Final = {",": ",", ";": ";", "|": "|", "\t": "\t", "\\t": "\t", "tab": "\t"}


def mask_url(text: str) -> str:
    """The text with the user info of a URL in it replaced by `***`; masks too much rather than too little."""
    return re.sub(r"://\S*@", "://***@", text)


def has_user_info(text: str) -> bool:
    """Whether the text holds a URL with a user or password before its host."""
    return re.search(r"://[^/?#\s]*@", text) is not None


def plainly(message: str) -> str:
    """What the library says of a value, without its own words for text that is no number."""
    found = re.search(r"unable to parse string as an? (integer|number)", message)
    if found:
        return f"is not {'a whole number' if found[1] == 'integer' else 'a number'}"
    return message.removeprefix("Value error, ").replace("Input should be", "must be")


def _split(url: str) -> SplitResult:
    """The parts of an HTTP URL; ValueError if it is none."""
    # urlsplit drops line ends and tabs silently, and clients disagree about backslashes.
    if not (url.isascii() and url.isprintable()) or " " in url or "\\" in url:
        raise ValueError("must be a URL without blanks, backslashes and non-ASCII characters")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("is not a URL that can be read") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise ValueError("must begin with https:// or http://")
    if port == 0 or not is_host(host):
        raise ValueError("must name a host after the ://")
    return parts


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by name or number: localhost, 127.0.0.0/8, ::1."""
    return host == "localhost" or (is_address(host) and ip_address(host).is_loopback)


def _authority(parts: SplitResult) -> str:
    """Host and port in one spelling: lower case, without the scheme's own port."""
    host = parts.hostname or ""
    bracketed = f"[{host}]" if ":" in host else host
    own = parts.port is None or parts.port == DEFAULT_PORTS[parts.scheme]
    return bracketed if own else f"{bracketed}:{parts.port}"


def _guarded(url: str) -> SplitResult:
    """The parts of a URL that a token or a secret may be sent to."""
    parts = _split(url)
    if "@" in parts.netloc:
        raise ValueError("must not hold user info: the token has settings of its own")
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise ValueError("must begin with https:// (http:// only towards loopback)")
    if "#" in url:
        raise ValueError("must not have a fragment")
    return parts


def _base_url(url: str) -> str:
    parts = _guarded(url)
    if "?" in url:
        raise ValueError("must not have a query")
    if {".", ".."} & set(parts.path.split("/")):
        raise ValueError("must not have the path segments . and ..")
    return f"{parts.scheme}://{_authority(parts)}{parts.path.rstrip('/')}"


def _token_url(url: str) -> str:
    _guarded(url)
    return url


def _checkpoint_to(text: str) -> str:
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
        _guarded(text)
    return text


def _proxy(url: SecretStr) -> SecretStr:
    parts = _split(url.get_secret_value())
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError("must be a scheme, a host and a port only")
    return url


def _gateway(url: str) -> str:
    parts = _split(url)
    if "@" in parts.netloc:
        raise ValueError("must not hold user info: it is shown in messages")
    if parts.query or parts.fragment:
        raise ValueError("must not have a query or a fragment")
    return f"{parts.scheme}://{_authority(parts)}{parts.path.rstrip('/')}"


def _token(token: SecretStr) -> SecretStr:
    text = token.get_secret_value()
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError("must be one word of visible ASCII characters")
    return token


def _comma_list(value: object) -> object:
    """`200,204` of text, 204 and [200, 204] of TOML: all a list."""
    match value:
        case str():
            return [part.strip() for part in value.split(",")]
        case int():
            return [value]
        case _:
            return value


def _with_200(statuses: frozenset[int]) -> frozenset[int]:
    if statuses - {200, 204, 404}:
        raise ValueError("must be a comma list of 200, 204 and 404")
    return statuses | {200}


def _delimiter(text: str) -> str:
    if text not in DELIMITERS:
        raise ValueError("must be one of , ; | or the word tab")
    return DELIMITERS[text]


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError):
        raise ValueError("is not a regular expression that Python can compile") from None
    return text


def _encoding(text: str) -> str:
    try:
        "".encode(text)
    except (LookupError, ValueError):
        raise ValueError("is not a text encoding that Python knows; try utf-8 or windows-1252") from None
    return text


def is_postgres(ledger: str) -> bool:
    """Whether a ledger is a PostgreSQL database, not a file."""
    return re.match(r"postgres(ql)?://", ledger, re.IGNORECASE) is not None


def _ledger(text: str) -> str:
    if is_postgres(text):
        if not (text.isascii() and text.isprintable()) or " " in text:
            raise ValueError("must be a URL without blanks and non-ASCII characters")
        return text
    if "://" in text or re.match(r"postgres\w*(\+\w+)?:", text, re.IGNORECASE):
        raise ValueError("must be a bare file name, or a URL that begins with postgresql://")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", text) or text.lower() in FILES_OF_A_CAMPAIGN:
        raise ValueError("must be a bare file name in the campaign's directory, and not one of its reports")
    return text


def _duration(value: object) -> object:
    """`24h`, `30m`, `90s` or `7d` as seconds; a bare number is seconds already."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([smhd]?)", value.strip())
    if found is None:
        raise ValueError("must be a number with s, m, h or d behind it, such as 24h")
    return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}[found[2]]


def _visible(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        raise ValueError("must hold visible ASCII characters only")
    return text


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Whole = Annotated[int, Field(ge=1, le=LARGEST)]
Count = Annotated[int, Field(ge=0, le=LARGEST)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Window = Annotated[float, Field(ge=1, le=366 * 86_400, allow_inf_nan=False), BeforeValidator(_duration)]
Keeping = Annotated[float, Field(ge=0, le=36_600 * 86_400, allow_inf_nan=False), BeforeValidator(_duration)]
Pause = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Age = Annotated[float, Field(gt=0, le=31_536_000, allow_inf_nan=False)]
Rate = Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
TokenUrl = Annotated[str, AfterValidator(_token_url)]
CheckpointTo = Annotated[str, AfterValidator(_checkpoint_to)]
Proxy = Annotated[SecretStr, AfterValidator(_proxy)]
Gateway = Annotated[str, AfterValidator(_gateway)]
JobName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
Token = Annotated[SecretStr, AfterValidator(_token)]
Header = Annotated[str, Field(max_length=200), AfterValidator(_visible)]
QueryName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
Match = Annotated[str, Field(pattern=r"^[^=]+=[A-Za-z][A-Za-z0-9_]*$", max_length=200)]
Statuses = Annotated[frozenset[int], AfterValidator(_with_200), BeforeValidator(_comma_list)]
Lengths = Annotated[frozenset[Annotated[int, Field(ge=1, le=64)]], Field(min_length=1), BeforeValidator(_comma_list)]
Delimiter = Annotated[str, AfterValidator(_delimiter)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Encoding = Annotated[str, AfterValidator(_encoding)]
LedgerName = Annotated[str, AfterValidator(_ledger)]
Folded = BeforeValidator(_lower)
