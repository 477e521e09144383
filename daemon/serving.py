# SPDX-License-Identifier: Apache-2.0
"""The owner's socket and the page, as workers."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from daemon import machine
from daemon.errors import WhodError
from daemon.workers import ServerWorker
from web_admin import WebSettings, create_app
from web_admin.listening import listen_tcp, listen_unix
from web_admin.on_demand import OnDemandServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from socket import socket

    from daemon.config import WebSection
    from daemon.service import Service
    from daemon.workers import Worker
    from web_admin.server import HttpServer

log = logging.getLogger(__name__)


def servers(service: Service, web: WebSection, path: Path) -> list[Worker]:
    """The owner's socket at `path`, and the page if it is wanted."""
    most = web.max_upload_mb * 1_000_000
    owner = WebSettings(trusted=True, max_upload_bytes=most)
    workers: list[Worker] = [_worker("socket", partial(listen_unix, path), service, owner, lazy=web.lazy)]
    if listen := web.listen:
        host, _, port = listen.rpartition(":")
        page = WebSettings(
            hosts=(*machine.names(), *web.hosts),
            max_upload_bytes=most,
            trusted_proxies=web.trusted_proxies,
            frame_ancestors=web.frame_ancestors,
        )
        workers.append(_worker("page", partial(listen_tcp, host, int(port)), service, page, lazy=web.lazy))
        log.info("The page is at %s", " or ".join(machine.urls(listen, web.url)))
        _ask_for_password(service)
    return workers


def _worker(
    name: str, listen: Callable[[], socket], service: Service, settings: WebSettings, *, lazy: bool
) -> ServerWorker:
    """With an app that is made now, or, if it is to be lazy, for the first who asks it."""
    make = partial(_app, service, settings)
    if lazy:
        return ServerWorker(name, lambda: OnDemandServer(listen(), make))
    serve = make()
    return ServerWorker(name, lambda: serve(listen()))


def _app(service: Service, settings: WebSettings) -> Callable[[socket], HttpServer]:
    """Serves an app."""
    from web_admin.server import HttpServer  # noqa: PLC0415 - with the app, 30 MB that a small machine may not need

    return partial(HttpServer, create_app(service, settings))


def _ask_for_password(service: Service) -> None:
    try:
        if not service.owner.has_password():
            log.info("No password is set yet: whod admin code, on this machine, gives a code to set one with")
    except WhodError as error:
        log.warning("Nobody can log in: %s", error)
