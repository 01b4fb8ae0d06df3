"""A webhook on loopback that keeps what it is sent, and answers as it is told to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """What arrived, and which status is answered next."""

    url: str = ""
    status: int = 200
    bodies: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver for as long as the block lasts."""
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            told.paths.append(self.path)
            self.send_response(told.status)
            self.send_header("Content-Length", "0")
            self.send_header("Location", told.url)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}/hook?to=us"
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
