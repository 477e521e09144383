# SPDX-License-Identifier: Apache-2.0
"""How long a client waits for an answer while many other connections are held open that do nothing.

    .venv/bin/python tests/bench/half_open.py [--rounds 15]

Kinds: nothing sent, half a head, half a body, an answered connection kept alive, and an answer that is not taken. All
come from one address, which is the client's too, or from 20 others. Rounds with and without them alternate, each with
a server of its own. Prints medians and the largest, in ms, and how often there was no answer.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import resource
import socket
import statistics
import threading
import time
from typing import TYPE_CHECKING

from flask import Flask, Response

from web_admin import limits
from web_admin.bodies import Allowance
from web_admin.server import serve_tcp

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = {
    "nothing": b"",
    "half a head": b"GET / HTTP/1.1\r\nHost: loc",
    "half a body": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc",
    "kept alive": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "not taken": b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n",
}
COUNTS = (200, 600, 2000)


def site() -> Flask:
    """An app whose answers cost nothing, so that what is measured is the server."""
    app = Flask(__name__)
    app.add_url_rule("/", "small", lambda: "here")
    app.add_url_rule("/large", "large", lambda: Response(b"x" * 1_000_000))
    Allowance(limits.PAGE_BODY_BYTES, limits.PAGE_BODY_BYTES, lambda _bearer, _cookie: limits.PAGE_BODY_BYTES).grant(
        app
    )
    return app


@contextlib.contextmanager
def serving(app: Flask) -> Iterator[int]:
    """Its port."""
    server = serve_tcp(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.address[1]
    finally:
        server.close()
        thread.join()


def hold(held: contextlib.ExitStack, port: int, start: bytes, source: str) -> None:
    """One connection that does no more than `start`."""
    opened = held.enter_context(socket.socket())
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    opened.bind((source, 0))
    opened.settimeout(10)
    opened.connect(("127.0.0.1", port))
    if start:
        with contextlib.suppress(OSError):  # it may have had to go already
            opened.sendall(start)


def asked_ms(port: int) -> float | None:
    """From connecting to the whole of the answer; None if there was none."""
    began = time.perf_counter()
    try:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            connection.request("GET", "/")
            connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return None
    return (time.perf_counter() - began) * 1000


def told(name: str, found: list[float | None]) -> str:
    """In words."""
    answered = [value for value in found if value is not None]
    if not answered:
        return f"{name} none of {len(found)}"
    refused = f", {len(found) - len(answered)} refused" if len(answered) < len(found) else ""
    return f"{name} {statistics.median(answered):.1f} (at most {max(answered):.1f}{refused})"


def measure(kind: str, count: int, sources: list[str], rounds: int) -> None:
    """Print one line."""
    app = site()
    with serving(app) as quiet, serving(app) as crowded, contextlib.ExitStack() as held:
        for i in range(count):
            hold(held, crowded, KINDS[kind], sources[i % len(sources)])
        alone, among = zip(*((asked_ms(quiet), asked_ms(crowded)) for _ in range(rounds)), strict=True)
    address = "one address" if len(sources) == 1 else f"{len(sources)} addresses"
    print(f"{count:5} {kind:12} {address:12} {told('alone', [*alone])}  {told('among them', [*among])}", flush=True)


def main() -> None:
    """Measure all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192), most))
    many = [f"127.0.{i}.7" for i in range(1, 21)]
    for count in COUNTS:
        for kind in KINDS:
            for sources in (["127.0.0.1"], many):
                measure(kind, count, sources, rounds)


if __name__ == "__main__":
    main()
