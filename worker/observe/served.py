"""Metrics and probes over HTTP, on a thread of their own, for as long as a run lasts.

Decides how they are served: silently, and without asking any name service. It knows nothing of what they say.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import TCPServer, ThreadingMixIn
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import WSGIApplication

from prometheus_client import make_wsgi_app

from worker.errors import SettingsWrong
from worker.observe.health import Health, answering
from worker.observe.metrics import Metrics


class _Handler(WSGIRequestHandler):
    timeout = 10  # seconds; whoever connects and says nothing must not keep a thread

    def log_message(self, *_: object, **__: object) -> None:
        """A scrape each minute is not worth a line."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind without looking up this machine's own name: a slow name service must not hold up a start."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()


@contextmanager
def serving(metrics: Metrics, health: Health, host: str, port: int) -> Iterator[int]:
    """Serve metrics and probes while the block lasts; gives the port (0 finds a free one).

    `SettingsWrong` if the address cannot be had.
    """
    try:
        server = _opened(host, port, answering(health, make_wsgi_app(metrics.registry)))
    except OSError as error:
        raise SettingsWrong(
            f"metrics cannot be served on {host}:{port}: {error.strerror or error}",
            "Give another metrics_host or metrics_port, or leave metrics_port out.",
        ) from error
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="metrics", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _opened(host: str, port: int, application: WSGIApplication) -> _Server:
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    # The standard library takes the family of addresses from the class.
    kind = type("_ServerOfAFamily", (_Server,), {"address_family": family})
    server: _Server = kind((host, port), _Handler)
    server.set_app(application)
    return server
