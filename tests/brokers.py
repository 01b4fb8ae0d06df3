"""A real RabbitMQ for tests: one that they start for themselves, or one that AMILI_TEST_AMQP names.

Decides nothing about what is tested. A broker that is started here has its own node, ports, directories and port
mapper, listens on loopback only, and is gone when the tests are. In CI a missing one is a failure.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Self
from urllib.parse import unquote, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from worker.sources.queue_url import QueueAddress

PASSWORD: Final = "pass-word"
"""Of every user of a broker that is started here."""

SECOND_VHOST: Final = "second/vhost"
_PLACES: Final = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/local/sbin/rabbitmq-server")
_PATIENCE: Final = 60.0  # seconds to start or to end
_MISSING: Final = "there is no RabbitMQ to test with: apt-get install rabbitmq-server, or set AMILI_TEST_AMQP"


@dataclass(frozen=True, slots=True)
class Reach:
    """How a broker is reached: where, as whom."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    vhost: str = "/"

    def queue(self, name: str) -> QueueAddress:
        """The address of one of its queues."""
        return QueueAddress(secure=False, host=self.host, port=self.port, vhost=self.vhost, queue=name)


class Broker:
    """A RabbitMQ of our own, in a directory of its own."""

    def __init__(self, program: str, home: Path) -> None:
        self._program = program
        self._home = home
        self.port, self.tls_port, self._epmd_port, self._dist_port = _free_ports(4)
        self.reach = Reach("127.0.0.1", self.port, "amili", PASSWORD)
        self.ca_file = home / "ca.pem"
        self._server: subprocess.Popen[bytes] | None = None
        self._mapper: subprocess.Popen[bytes] | None = None
        _certificate(home)
        _configuration(home, self.port, self.tls_port)

    def __enter__(self) -> Self:
        mapper = ["epmd", "-port", str(self._epmd_port), "-address", "127.0.0.1"]
        self._mapper = subprocess.Popen(mapper, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self._mapper is not None:
            self._mapper.terminate()
            self._mapper.wait()

    def start(self) -> None:
        """Start the server if it is not there, and wait until it takes connections."""
        if self._server is not None:
            return
        with (self._home / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                [self._program], env=self._environment(), stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + _PATIENCE
        while not _answers(self.port):
            if self._server.poll() is not None or time.monotonic() > until:
                pytest.fail(f"RabbitMQ did not start: {(self._home / 'server.log').read_text()[-2000:]}")
            time.sleep(0.1)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the server in good order, or with another signal; its messages stay."""
        if self._server is None:
            return
        os.killpg(self._server.pid, how)
        self._server.wait(_PATIENCE)
        self._server = None

    def freeze(self) -> None:
        """Stop it from answering, with all connections open."""
        if self._server is not None:
            os.killpg(self._server.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        if self._server is not None:
            os.killpg(self._server.pid, signal.SIGCONT)

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
        return {
            **kept,
            "HOME": str(self._home),
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_NODENAME": f"amili{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_CONF_ENV_FILE": str(self._home / "none.conf"),
            "RABBITMQ_CONFIG_FILE": str(self._home / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._home / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(self._home / "data"),
            "RABBITMQ_LOG_BASE": str(self._home / "log"),
            "RABBITMQ_PID_FILE": str(self._home / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1",
        }


def started(home: Path) -> Broker:
    """A broker of our own; a skip, or in CI a failure, where there is no program for one."""
    program = next((place for place in _PLACES if Path(place).exists()), shutil.which("rabbitmq-server"))
    if program is None or shutil.which("epmd") is None:
        missing(_MISSING)
    return Broker(program or "", home)


def missing(what: str) -> None:
    """A service that tests need is not there: in CI that is a failure, elsewhere a skip that says what to do."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


def named(url: str) -> Reach:
    """The broker that AMILI_TEST_AMQP names: `amqp://user:password@host:port/vhost`."""
    parts = urlsplit(url)
    vhost = unquote(parts.path.removeprefix("/")) or "/"
    user, password = unquote(parts.username or "guest"), unquote(parts.password or "guest")
    return Reach(parts.hostname or "127.0.0.1", parts.port or 5672, user, password, vhost)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _answers(port: int) -> bool:
    """Whether a broker takes connections: it answers the greeting of the protocol."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return bool(connection.recv(1))
    except OSError:
        return False


def _configuration(home: Path, port: int, tls_port: int) -> None:
    salt = b"salt"
    scrambled = b64encode(salt + sha256(salt + PASSWORD.encode()).digest()).decode()
    user = {"password_hash": scrambled, "hashing_algorithm": "rabbit_password_hashing_sha256"}
    rights: Mapping[str, str] = {"configure": ".*", "write": ".*", "read": ".*"}
    few = {"configure": r".*\.dead", "write": r".*\.dead|amq\.default", "read": ".*"}
    definitions = {
        "vhosts": [{"name": "/"}, {"name": SECOND_VHOST}],
        "users": [{"name": name, "tags": "", **user} for name in ("amili", "reader", "writer")],
        "permissions": [
            {"user": "amili", "vhost": "/", **rights},
            {"user": "amili", "vhost": SECOND_VHOST, **rights},
            {"user": "reader", "vhost": "/", **few},
            {"user": "writer", "vhost": "/", "configure": ".*", "write": ".*", "read": ""},
        ],
    }
    (home / "definitions.json").write_text(json.dumps(definitions))
    (home / "plugins").write_text("[].")
    (home / "rabbitmq.conf").write_text(
        f"listeners.tcp.default = 127.0.0.1:{port}\n"
        f"listeners.ssl.default = 127.0.0.1:{tls_port}\n"
        f"ssl_options.cacertfile = {home}/ca.pem\n"
        f"ssl_options.certfile = {home}/ca.pem\n"
        f"ssl_options.keyfile = {home}/key.pem\n"
        f"load_definitions = {home}/definitions.json\n"
        "disk_free_limit.absolute = 10MB\n"
    )


def _certificate(home: Path) -> None:
    """A certificate for 127.0.0.1 that only whoever is given `ca.pem` can trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "broker of the tests")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (home / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (home / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
