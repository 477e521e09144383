# SPDX-License-Identifier: Apache-2.0
"""The log: `/log`."""

from flask import Response, url_for

from daemon.types import Scope
from web_admin.context import service
from web_admin.frame import Api
from web_admin.pages.frame import HTML, done, page
from web_admin.schemas.pages_settings import DetailForm, ShownQuery
from web_admin.texts import t

pages = Api("log_pages", url_prefix=None)

SHOWN = 300
PARTS = (
    *("camera", "recognition", "people", "broker", "backup", "jobs"),
    *("access", "page", "history", "whod", "other"),
)
"""Of whod that speak; see `daemon.types.LogRecord.part`."""
LEVELS = ("debug", "info", "warning", "error", "critical")
DETAIL_S = 600


@pages.serve("GET /log", Scope.ADMIN, HTML)
def show_log(query: ShownQuery) -> str:
    """The newest messages."""
    logs = service().logs
    entries = logs.recent(SHOWN, level=query.level, text=query.text)
    newest = logs.recent(1)
    return page(
        "log/log.html",
        entries=entries,
        level=query.level,
        text=query.text,
        most=SHOWN,
        newest=newest[0].seq if newest else 0,
        detailed_s=logs.detailed_s(),
        words=_words(),
    )


@pages.serve("POST /log/detail", Scope.ADMIN, HTML)
def log_details(form: DetailForm) -> Response:
    """Log everything for a while, or no longer."""
    on = form.on == "1"
    service().logs.detail(DETAIL_S if on else 0)
    here = url_for("log_pages.show_log", level="debug") if on else url_for("log_pages.show_log")
    return done(here, "log.detail_on_done" if on else "log.detail_off_done")


def _words() -> dict[str, str]:
    """What the script writes of a message that has come since."""
    parts = {part: t(f"log.part.{part}") for part in PARTS}
    return {**parts, **{level: t(f"log.levels.{level}") for level in LEVELS}}
