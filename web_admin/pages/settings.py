# SPDX-License-Identifier: Apache-2.0
"""The settings: `/settings`."""

from collections.abc import Iterable
from http import HTTPStatus

from flask import Response, request, url_for
from werkzeug.exceptions import NotFound

from daemon.errors import BadSetting, NoSuchUndo
from daemon.types import Scope, Setting, Trial
from web_admin import limits
from web_admin.context import service
from web_admin.frame import Api, Media
from web_admin.hosts import LOCAL, address
from web_admin.pages import words
from web_admin.pages.frame import HTML, done, page
from web_admin.pages.settings_form import PASSWORD, WAS, Typed, fields
from web_admin.pages.state import camera_facts
from web_admin.schemas.pages_settings import PictureQuery, SectionPath
from web_admin.schemas.settings import SettingPath
from web_admin.texts import t

pages = Api("settings_pages", url_prefix=None)

SECTIONS = (
    ("camera", "camera"),
    ("mqtt", "external"),
    ("gallery", "people"),
    ("tracking", "visits"),
    ("detector", "search"),
    ("embedder", "chart"),
    ("privacy", "eye"),
    ("backup", "backup"),
    ("web", "key"),
    ("machine", "sun"),
    ("log", "log"),
)
"""With an icon each."""

FURTHER = frozenset(
    {
        *(
            "camera.name",
            "camera.fps",
            "camera.cpu_share",
            "camera.size",
            "camera.buffers",
            *("camera.exposure", "camera.exposure_value", "camera.exposure_ms", "camera.gain"),
            "camera.loop",
            "camera.open_timeout_s",
            "camera.read_timeout_s",
        ),
        *("detector.still_s", "detector.precision", "detector.threads"),
        *("gallery.k", "gallery.max_samples"),
        *("mqtt.base", "mqtt.password_file", "mqtt.fresh_s", "mqtt.keepalive_s"),
        *("mqtt.cert_file", "mqtt.key_file", "mqtt.plain_password", "mqtt.birth_topic"),
        *("web.url", "web.trusted_proxies", "web.frame_ancestors", "web.max_upload_mb", "web.lazy"),
    }
)
"""Settings that few need: they are folded away."""

TRIAL_KINDS = (
    *("works", "no-host", "unknown-name", "refused", "unreachable", "silent", "strange", "no-entry", "old", "closed"),
    *("lost", "no-greeting", "no-password", "busy", "denied-write", "denied-read", "plain-password", "files"),
    *("cert-early", "cert-expired", "cert-name", "cert-unknown", "cert-bad", "cert-own", "tls-old", "no-tls"),
)
"""How a broker may answer; see `daemon.types.BrokerTrial`."""

FOLLOWED = {"camera": ("camera", "picture", "groups"), "mqtt": ("broker",)}
"""By section, the parts of whod whose health shows at once what a change has done."""

CARDS = {
    "camera": (("camera.source",), ("camera.rotation", "camera.hflip", "camera.vflip", "camera.zone")),
    "mqtt": (
        ("mqtt.host", "mqtt.port", "mqtt.tls", "mqtt.ca_file", "mqtt.username"),
        ("mqtt.node", "mqtt.discovery_prefix"),
    ),
}
"""What stands together, in this order; the other settings of a section follow."""

SHOWN_CHANGES = 8
"""Of past visits that would have ended otherwise."""


@pages.serve("GET /settings", Scope.ADMIN, HTML)
def show_settings() -> str:
    """The sections."""
    return page("settings/index.html", view=service().settings.view(), sections=SECTIONS)


@pages.serve("GET /settings/<section>", Scope.ADMIN, HTML)
def show_section(path: SectionPath) -> str:
    """The settings of a section, with what the address suggests filled in."""
    return _section(path.section, Typed.of_address(request.args, service().settings.view().of(path.section)))


@pages.serve("GET /settings/<section>/state", Scope.ADMIN, HTML)
def show_state(path: SectionPath) -> str:
    """How the camera, or the broker, is with the settings as they are."""
    return page("settings/_state.html", section=path.section, **_state(path.section))


@pages.serve("POST /settings/<section>", Scope.ADMIN, HTML, (BadSetting,), body_bytes=limits.JSON_BODY_BYTES)
def change_settings(path: SectionPath) -> Response:
    """Save a section, all of it or nothing."""
    sent = _sent(path.section)
    try:
        _stay_reachable(sent.values.get("web.listen", ""))
        change = service().settings.change(sent.values, sent.password)
    except BadSetting as error:
        return Response(_section(path.section, sent, error), HTTPStatus.UNPROCESSABLE_ENTITY)
    said = "settings.saved_at_start" if change.at_start else "settings.saved"
    here = url_for("settings_pages.show_section", section=path.section)
    return done(here, said if change.names else "settings.nothing_changed")


@pages.serve("POST /settings/<section>/try", Scope.ADMIN, HTML, is_deed=False, body_bytes=limits.JSON_BODY_BYTES)
def try_settings(path: SectionPath) -> Response:
    """What they would have made of past visits; saves nothing."""
    sent = _sent(path.section)
    different = sent.different(service().settings.view())
    try:
        replay = service().visits.replay(Trial(settings=different)) if different else None
    except ValueError as error:
        return Response(_section(path.section, sent, error), HTTPStatus.UNPROCESSABLE_ENTITY)
    return Response(_section(path.section, sent, replay=replay, tried=True, shown=SHOWN_CHANGES))


@pages.serve("POST /settings/<section>/test", Scope.ADMIN, HTML, is_deed=False, body_bytes=limits.JSON_BODY_BYTES)
def test_settings(path: SectionPath) -> Response:
    """Whether the broker can be used with them; saves nothing."""
    sent = _sent(path.section)
    try:
        trial = service().settings.try_broker(sent.values, sent.password)
    except BadSetting as error:
        return Response(_section(path.section, sent, error), HTTPStatus.UNPROCESSABLE_ENTITY)
    return Response(_section(path.section, sent, trial=trial))


@pages.serve("POST /settings/<name>/reset", Scope.ADMIN, HTML, (BadSetting,), body_bytes=limits.JSON_BODY_BYTES)
def reset_setting(path: SettingPath) -> Response:
    """Take back what was set here."""
    service().settings.reset([path.name])
    section = path.name.partition(".")[0]
    return done(url_for("settings_pages.show_section", section=section), "settings.was_reset")


@pages.serve("POST /settings/undo", Scope.ADMIN, HTML, (BadSetting, NoSuchUndo))
def undo_settings() -> Response:
    """Take back the last change."""
    change = service().settings.undo()
    sections = {name.partition(".")[0] for name in change.names}
    where = (
        url_for("settings_pages.show_section", section=sections.pop())
        if len(sections) == 1
        else url_for("settings_pages.show_settings")
    )
    return done(where, "settings.undone")


@pages.serve("GET /settings/camera.jpg", Scope.ADMIN, {200: Media("image/jpeg"), 204: None}, is_deed=False)
def whole_picture(query: PictureQuery) -> Response:
    """The first camera's picture, turned as asked, and not cut."""
    jpeg = service().whole_picture(int(query.rotation), hflip=query.hflip, vflip=query.vflip)
    return Response(jpeg, mimetype="image/jpeg") if jpeg else Response(status=HTTPStatus.NO_CONTENT)


def _stay_reachable(listen: str) -> None:
    """Raise BadSetting if the page could not be opened from here any more, after the next start."""
    if "werkzeug.proxy_fix.orig" in request.environ:
        return  # how a proxy gets to us, it does not say
    host, here = listen.rpartition(":")[0].strip("[]"), address(request.environ.get(LOCAL, ""))
    there = address("127.0.0.1" if host == "localhost" else host)
    if there and here and not there.is_unspecified and there != here:
        raise BadSetting(
            {
                "web.listen": f"web.listen must let you in from where you are: 0.0.0.0, or {here}. "
                "For another one, open the page there, or use whod settings on the device."
            }
        )


def _sent(section: str) -> Typed:
    view = service().settings.view()
    return Typed.of_form(request.form, view.of(section))


def _section(section: str, sent: Typed, error: ValueError | None = None, **more: object) -> str:
    view = service().settings.view()
    settings = view.of(section)
    if not settings:
        raise NotFound(t("settings.no_settings"))
    wrong = error.wrong if isinstance(error, BadSetting) else {}
    return page(
        "settings/section.html",
        view=view,
        section=section,
        settings=settings,
        sent=sent,
        wrong=wrong,
        error=error,
        further=FURTHER,
        cards=_cards(section, settings),
        trial_kinds=TRIAL_KINDS,
        password_field=PASSWORD,
        fields=fields,
        was=WAS,
        followed=FOLLOWED,
        **_state(section),
        **more,
    )


def _state(section: str) -> dict[str, object]:
    names = FOLLOWED.get(section, ())
    status = service().status()
    return {
        "words": words,
        "troubles": [part for part in words.troubles(status) if part.kind in names],
        "well": any(part.name == name for part in status.parts for name in names[:1]),
        "paused": status.paused and "camera" in names,
        "cameras": list(zip(camera_facts(status), status.cameras, strict=True)) if section == "camera" else [],
    }


def _cards(section: str, settings: Iterable[Setting]) -> list[list[Setting]]:
    """Those that many need, as they stand together."""
    left = {setting.name: setting for setting in settings if setting.name not in FURTHER}
    cards = [[left.pop(name) for name in names] for names in CARDS.get(section, ())]
    return [*cards, list(left.values())]
