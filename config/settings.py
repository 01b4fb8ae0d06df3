"""Every setting, declared once: its type, bounds, default and the sentence that explains it.

The declarations feed the flags, the environment, the files, the help, the examples and the README.
Decides what is possible and what a command that talks to the API must have; never reads anything.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from config.reach import ApiSettings, ClientCredentials, FixedToken, TokenFile
from config.values import (
    Age,
    BaseUrl,
    CheckpointTo,
    Count,
    Delimiter,
    Encoding,
    Folded,
    Gateway,
    Header,
    JobName,
    Keeping,
    LedgerName,
    Lengths,
    Match,
    Pattern,
    Pause,
    Proxy,
    QueryName,
    Rate,
    Seconds,
    Share,
    Statuses,
    Token,
    TokenUrl,
    Whole,
    Window,
)
from worker.errors import SettingsWrong

OAUTH = ("token_url", "oauth_client_id", "oauth_client_secret")
SECRETS = frozenset({"token", "oauth_client_secret", "ledger_password", "amqp_password"})
YES_OR_NO = frozenset({"adaptive", "allow_empty", "audit_pseudonyms", "ramp", "require_approval", "until_empty"})


TOML_FILE = "amili-purge.toml"
"""Where settings are read from when no other file is named."""


def spellings(name: str, toml: str = TOML_FILE) -> str:
    """The places in which a setting can be given, in words; `toml` is the settings file in use."""
    variable = f"AMILI_{name.upper()}"
    if name in SECRETS:
        return f"{variable}, or a file {name} in --secrets-dir"
    return f"--{name.replace('_', '-')}, {variable}, or {name} in {toml}"


def api_faults(given: AbstractSet[str], toml: str = TOML_FILE) -> list[str]:
    """What stops these settings from reaching the API, one line a fault; `toml` is the settings file in use."""
    faults = [f"{name} is missing: {spellings(name, toml)}" for name in ("base_url", "client_no") if name not in given]
    oauth = [name for name in OAUTH if name in given]
    ways = [name for name in ("token", "token_file") if name in given] + [" + ".join(oauth)] * bool(oauth)
    if not ways:
        faults.append(f"no way to a token: one of token ({spellings('token')}), token_file, or {' + '.join(OAUTH)}")
    if len(ways) > 1:
        faults.append(f"more than one way to a token: {'; '.join(ways)}. Keep one")
    if oauth:
        missing = [name for name in OAUTH if name not in given]
        faults += [f"{name} is missing beside {' + '.join(oauth)}: {spellings(name, toml)}" for name in missing]
    return faults


class Settings(BaseSettings):
    """All settings of a command, each within its bounds. Durations in seconds, shares from 0 to 1."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # a value may be a secret, or a URL with a password
        use_attribute_docstrings=True,
    )

    base_url: BaseUrl | None = None
    """Address of the API with its path prefix; https, but towards loopback. It has no default."""
    client_no: Whole | None = None
    """Number of the client whose customers are worked on."""
    token: Token | None = None
    """A ready bearer token. It is not renewed, so it must outlive the work."""
    token_file: Path | None = None
    """File that holds a bearer token; it is read again whenever it changes."""
    token_url: TokenUrl | None = None
    """Address of the token service that gives tokens for client credentials; https, but towards loopback."""
    oauth_client_id: str | None = None
    """Client id for the token service."""
    oauth_client_secret: SecretStr | None = None
    """Client secret for the token service."""
    connect_timeout: Seconds = 10.0
    """Seconds to wait for a connection to the API."""
    request_timeout: Seconds = 30.0
    """Seconds to wait for the whole answer to one request."""
    attempts: Annotated[int, Field(ge=1, le=20)] = 3
    """Tries of one read, and DELETEs of one customer, in one run."""
    proxy: Proxy | None = None
    """HTTP proxy to reach the API through. Proxies named by the system's environment are not used."""
    ca_file: Path | None = None
    """File of certificate authorities (PEM) to trust instead of the system's."""
    contact: Header | None = None
    """Whom the API's owner may write to about this traffic; it goes into the User-Agent."""

    rate: Rate = 10.0
    """Requests to the API a second, at most. Fractions are allowed; the token service is not counted."""
    adaptive: bool = True
    """Whether the rate is lowered while the API answers 429, 503, not at all or far too slowly."""
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 8
    """Customers worked on at the same time."""
    rate_group: Header | None = None
    """Name of those who share one rate on one PostgreSQL. Without it all who have the same API and token subject."""
    outage_budget: Pause = 300.0
    """Seconds without an HTTP answer from anybody, or of Retry-After, after which the run ends with 69."""

    max_deletes: Count | None = None
    """Deletions of a campaign, over all its runs, at most. `run` needs it; `apply` takes the plan's count."""
    max_deletes_window: Window | None = None
    """Span of time, such as 24h, that max_deletes counts over. Without it all runs of the campaign count."""
    max_delete_share: Share | None = None
    """Deletions divided by customers, at most; one more stops the run."""
    max_failure_share: Share = 0.05
    """Share of the last 100 customers that may end unchecked, refused or in doubt (we may have deleted them)."""
    max_in_doubt: Count | None = None
    """Customers in doubt (we may have deleted them), at most; one more stops the run."""
    max_invalid_share: Share = 0.01
    """Share of the input's rows that may be invalid before the input is refused."""
    protect: Path | None = None
    """File of customer numbers that must never be deleted; it is read anew at each start."""
    sentinel: str | None = None
    """A customer number known to exist. While it cannot be found, no 404 is believed; it is never deleted."""
    check_max_age: Seconds = 2.0
    """Seconds that a customer's last check may be old when the DELETE leaves; never less than 3 / rate."""
    verify_share: Share = 0.01
    """Share of the deletions that are read back."""
    require_approval: bool = False
    """Whether `apply` needs a plan that somebody else has signed with `approve`; `run` is refused then."""
    approver_keys: Path | None = None
    """File of the verifier keys that may approve, one a line; whoever runs should not be able to write it."""
    plan_max_age: Age = 259_200.0
    """Seconds after its making that an approved plan may be applied, at most, where an approval is required."""
    limit: Whole | None = None
    """Only the first so many customers of the input; the rest stay not reached."""
    ramp: bool = False
    """Whether each run deletes 1 customer first, then 10, then 100, then the rest; a stage that fails stops it."""
    match: Match | None = None
    """COLUMN=FIELD: a customer whose record does not say there what the list's column says is left alone."""
    settle_time: Pause = 1.0
    """Seconds to wait before a DELETE without a clear answer is read back."""

    empty_list: Statuses = frozenset({200})
    """Statuses with which the API may answer an empty list: a comma list of 200, 204, 404; 200 always is."""
    documents_filter: QueryName = "customerno"
    """Query name that narrows the list of documents to one customer."""
    documents_key: str = "documents"
    """Key of the records in the list of documents. If it is not found, the only array of an answer is taken."""
    aritems_filter: QueryName = "customerno"
    """Query name that narrows the list of AR items to one customer."""
    aritems_key: str = "arItems"
    """Key of the records in the list of AR items. If it is not found, the only array of an answer is taken."""

    column: str | None = None
    """Header of the column that holds the customer numbers. Without it the column is found by its name."""
    delimiter: Delimiter | None = None
    """What separates the columns: one of , ; | or the word tab. Without it the header tells."""
    encoding: Encoding | None = None
    """Text encoding of the input, such as utf-8 or windows-1252. Without it the bytes tell."""
    sheet: str | None = None
    """Name of the sheet of an .xlsx file. Without it the first sheet is read."""
    customer_pattern: Pattern | None = None
    """Regular expression that a whole customer number must match. Saying it admits short numbers too."""
    accept_lengths: Lengths | None = None
    """Lengths of customer numbers that are meant as they stand: a comma list, such as 5,6."""
    allow_empty: bool = False
    """Whether an input with a header alone is accepted as a campaign of no customers."""

    amqp_user: str | None = None
    """User at the queue's broker. Without user and password it is RabbitMQ's own guest, who may come from loopback."""
    amqp_password: SecretStr | None = None
    """Password at the queue's broker."""
    prefetch: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Messages of a queue that may be here and not acknowledged yet, at most."""
    until_empty: bool = False
    """Whether a run on a queue ends once the queue is drained and all is settled. Without it the run stands."""

    campaigns: Path = Path("./campaigns")
    """Directory that holds one directory for each campaign."""
    ledger: LedgerName = "ledger.db"
    """Name of a SQLite file in the campaign's directory, or postgresql://HOST/DATABASE for many workers."""
    ledger_password: SecretStr | None = None
    """Password for the PostgreSQL ledger."""
    lease: Annotated[float, Field(ge=1, le=3_600, allow_inf_nan=False)] = 30.0
    """Seconds after which a worker on PostgreSQL that gives no sign of life is taken for dead."""
    metrics_host: str = "127.0.0.1"
    """Address that metrics and probes are served on."""
    metrics_port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """Port that metrics, /healthz and /readyz are served on. Without it none are served."""
    push_gateway: Gateway | None = None
    """Address of a Prometheus Pushgateway; it is sent the figures of a run once the run has ended."""
    push_job: JobName = "amili-purge"
    """Job under which the Pushgateway keeps the figures: one name for each schedule, as the next run replaces them."""
    log_format: Annotated[Literal["console", "json"], Folded] | None = None
    """How the log is written: console or json. Without it console on a terminal, else json."""
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Folded] = "info"
    """The least serious log lines that are written: debug, info, warning or error."""
    termination_log: Path = Path("/dev/termination-log")
    """File that the summary's line is written to at the end, if it is there already; Kubernetes shows it."""

    checkpoint_key: Path | None = None
    """Private key file that signs (`keygen` makes it), not where campaigns lie; a run needs checkpoint_to with it."""
    checkpoint_to: CheckpointTo | None = None
    """Where signed checkpoints go: a file elsewhere, - for standard output, or a webhook (https, but to loopback)."""
    audit_pseudonyms: bool = False
    """Whether audit log, log lines and receipts call customers by pseudonyms instead of their numbers."""
    pseudonym_key: Path | None = None
    """File of the key that makes pseudonyms (`keygen --for pseudonyms` makes it), not where campaigns lie."""
    forget_after: Keeping | None = None
    """Span of time after a campaign's last work, such as 90d, that must have passed before `forget`."""

    @field_validator("*", mode="before")
    @classmethod
    def _says_something(cls, value: object, info: ValidationInfo) -> object:
        """An empty text is an oversight, and TOML's true is not the number 1."""
        if value == "":
            raise ValueError("is empty: give a value, or leave the setting out")
        if isinstance(value, bool) and info.field_name not in YES_OR_NO:
            raise ValueError("cannot be true or false")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """`Settings(rate=5)` reads nothing but its arguments; only `config.sources` reads the places."""
        return (init_settings,)

    @property
    def check_max_age_in_force(self) -> float:
        """Seconds a clearance may be old: the setting, but never less than three requests take."""
        return max(self.check_max_age, 3 / self.rate)

    def api(self) -> ApiSettings:
        """The typed view for commands that talk to the API; SettingsWrong names all that is missing."""
        faults = api_faults({name for name in type(self).model_fields if getattr(self, name) is not None})
        if faults or self.base_url is None or self.client_no is None:
            raise SettingsWrong("The settings do not reach the API", *faults)
        return ApiSettings(
            base_url=self.base_url,
            client_no=self.client_no,
            token=self._way_to_a_token(),
            connect_timeout=self.connect_timeout,
            request_timeout=self.request_timeout,
            attempts=self.attempts,
            proxy=self.proxy,
            ca_file=self.ca_file,
            contact=self.contact,
        )

    def _way_to_a_token(self) -> FixedToken | TokenFile | ClientCredentials:
        """The one way that `api_faults` has made sure of."""
        if self.token:
            return FixedToken(self.token)
        if self.token_file:
            return TokenFile(self.token_file)
        if self.token_url and self.oauth_client_id and self.oauth_client_secret:
            return ClientCredentials(self.token_url, self.oauth_client_id, self.oauth_client_secret)
        raise AssertionError("api_faults lets no settings through without a way to a token")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings in force, where each of them came from, by field, and the faults that stop nothing, a line each."""

    settings: Settings
    origins: Mapping[str, str]
    passed_over: tuple[str, ...] = ()
