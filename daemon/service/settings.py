# SPDX-License-Identifier: Apache-2.0
"""The settings, shown and changed while whod runs."""

from __future__ import annotations

import logging
import threading
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Protocol

from daemon.config import read_secret, without_password
from daemon.errors import BadSetting, ConfigError, ModelRefused, NoSuchUndo
from daemon.service.settings_list import listed, takes_a_start
from daemon.types import BrokerTrial, PartHealth, SettingsChange, SettingsView, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from daemon.clock import Clock
    from daemon.config import Kept, Loaded, Settings


log = logging.getLogger(__name__)


class SettingsApi(Protocol):
    """The settings, by name (``section.key``); by the owner of the state folder, or by one who asks it.

    A change is kept before it takes effect, and is done as a whole or not at all. Raises StorageError.
    """

    def view(self) -> SettingsView:
        """All settings as they are."""
        ...

    def change(self, values: Mapping[str, object], password: str | None = None) -> SettingsChange:
        """Set these, and the broker's password if one is given ("" for none). Raises BadSetting."""
        ...

    def reset(self, names: Iterable[str]) -> SettingsChange:
        """Take back what was set on the page. Raises BadSetting."""
        ...

    def undo(self) -> SettingsChange:
        """Take back the last change, an undo too. Raises NoSuchUndo, and BadSetting if it cannot be any more."""
        ...

    def try_broker(self, values: Mapping[str, object], password: str | None = None) -> BrokerTrial:
        """Whether a broker can be used with these [mqtt] settings over those in force; takes some seconds at most.

        Without a `password` the one that is kept is used. Raises BadSetting.
        """
        ...


def _at_once(_: Settings) -> Callable[[], None]:
    return lambda: None


class SettingsDesk:
    """`SettingsApi` over the files of a state folder.

    `prepare` makes what other settings need, and gives what puts them in force; it may raise ConfigError and
    ModelRefused, and then they are not kept.
    """

    def __init__(
        self,
        loaded: Loaded,
        kept: Kept,
        clock: Clock,
        prepare: Callable[[Settings], Callable[[], None]] = _at_once,
    ) -> None:
        self._loaded = loaded
        self._started_with = loaded.settings
        self._kept = kept
        self._clock = clock
        self._prepare = prepare
        self._lock = threading.Lock()
        self._trying = threading.Lock()

    def view(self) -> SettingsView:
        """See `SettingsApi.view`."""
        with self._lock:
            loaded, page, before = self._loaded, self._page(), self._kept.before()
        undo = () if before is None else _differing(page, loaded.layers.sifted(before)[0])
        settings = listed(loaded, page, self._started_with)
        return SettingsView(tuple(settings), undo, loaded.notes)

    def change(self, values: Mapping[str, object], password: str | None = None) -> SettingsChange:
        """See `SettingsApi.change`."""
        with self._lock:
            page = self._page()
            wanted = self._checked(values, password)
            if password:
                wanted["mqtt.password_file"] = str(self._kept.keep_secret(password))
            elif password is not None:
                wanted["mqtt.password_file"] = ""
            for name, value in wanted.items():
                self._put(page, name, value)
            return self._keep(page)

    def reset(self, names: Iterable[str]) -> SettingsChange:
        """See `SettingsApi.reset`."""
        with self._lock:
            page, names = self._page(), tuple(names)
            wrong = {name: f"{name} {problem}." for name in names if (problem := self._cannot_be_changed(name))}
            if wrong:
                raise BadSetting(wrong)
            for name in names:
                section, _, key = name.partition(".")
                page.get(section, {}).pop(key, None)
            return self._keep(page)

    def undo(self) -> SettingsChange:
        """See `SettingsApi.undo`."""
        with self._lock:
            before = self._kept.before()
            page = None if before is None else self._loaded.layers.sifted(before)[0]
            if page is None or page == self._page():
                raise NoSuchUndo("No setting was changed, so there is nothing to undo.")
            return self._keep(page)

    def try_broker(self, values: Mapping[str, object], password: str | None = None) -> BrokerTrial:
        """See `SettingsApi.try_broker`."""
        from daemon.mqtt.trial import try_broker  # noqa: PLC0415 - paho takes its time

        wanted = self._checked(values, None)
        mqtt = replace(
            self._loaded.settings.mqtt,
            **{name.partition(".")[2]: value for name, value in wanted.items() if name.startswith("mqtt.")},
        )
        if password is None:
            try:
                password = read_secret("mqtt.password_file", mqtt.password_file, "mqtt_password")
            except ConfigError as error:
                return BrokerTrial(works=False, sentence=str(error), kind="no-password")
        if not self._trying.acquire(blocking=False):  # each takes a thread of the page's, for seconds
            return BrokerTrial(works=False, sentence="Another test is under way: wait some seconds.", kind="busy")
        try:
            return try_broker(mqtt, password, self._clock)
        finally:
            self._trying.release()

    def part(self) -> PartHealth:
        """The settings' part of the health."""
        notes = " ".join(self._loaded.notes)
        return PartHealth("settings", State.DEGRADED if notes else State.OK, notes)

    def _page(self) -> dict[str, dict[str, Any]]:
        """What is set on the page, as the file has it."""
        return self._loaded.layers.sifted(self._kept.read()[0])[0]

    def _checked(self, values: Mapping[str, object], password: str | None) -> dict[str, Any]:
        """Those that would be different. Raises BadSetting."""
        now = asdict(self._loaded.settings)
        wanted: dict[str, Any] = {}
        wrong: dict[str, str] = {}
        for name, value in values.items():
            section, _, key = name.partition(".")
            if _is_same(now.get(section, {}).get(key), value):
                continue
            problem = self._cannot_be_changed(name) or self._loaded.layers.problem(section, key, value)
            if problem:
                wrong[name] = f"{name} {problem}."
            wanted[name] = value
        if password is not None and (problem := self._cannot_be_changed("mqtt.password_file")):
            wrong["mqtt.password_file"] = f"mqtt.password_file {problem}."
        if wrong:
            raise BadSetting(wrong)
        return wanted

    def _cannot_be_changed(self, name: str) -> str | None:
        section, _, key = name.partition(".")
        layers = self._loaded.layers
        if key in layers.pinned.get(section, {}):
            return "is given with --set where whod is started: change it there"
        if key not in layers.lower.get(section, {}):
            return layers.problem(section, key, None)
        return None

    def _put(self, page: dict[str, dict[str, Any]], name: str, value: object) -> None:
        """Note it; not where it is so without the page."""
        section, _, key = name.partition(".")
        if self._loaded.layers.lower[section][key] == value:
            page.get(section, {}).pop(key, None)
        else:
            page.setdefault(section, {})[key] = value

    def _keep(self, page: dict[str, dict[str, Any]]) -> SettingsChange:
        """Make this what is set on the page: on disk first, then in force."""
        was = self._page()
        new = self._loaded.layers.under(page)
        names = _differing(was, page)
        if not names and not self._loaded.notes:
            return SettingsChange((), ())
        try:
            put_in_force = self._prepared(new.settings, names)
            self._kept.write(page, self._clock.now())
            self._loaded = new
            put_in_force()
            log.info("Settings were changed: %s", ", ".join(names) or "what had been left out")
        finally:
            self._kept.tidy()
        return SettingsChange(names, tuple(name for name in names if takes_a_start(name)))

    def _prepared(self, settings: Settings, names: tuple[str, ...]) -> Callable[[], None]:
        try:
            return self._prepare(settings)
        except ConfigError as error:
            raise BadSetting({problem.partition(":")[0]: problem for problem in error.problems}) from error
        except ModelRefused as error:
            models = (name for name in names if name.startswith(("detector.", "embedder.")))
            raise BadSetting({next(models, "detector.precision"): str(error)}) from error


def _differing(one: Mapping[str, Mapping[str, Any]], other: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """The names that are not the same in both."""
    flat = [
        {f"{section}.{key}": value for section, values in table.items() for key, value in values.items()}
        for table in (one, other)
    ]
    names = dict.fromkeys((*flat[0], *flat[1]))
    return tuple(name for name in names if flat[0].get(name) != flat[1].get(name))


def _is_same(now: object, value: object) -> bool:
    """Whether a value is the one that there is, or the one that is shown of it."""
    if isinstance(now, str):
        return value in (now, without_password(now))
    if isinstance(now, tuple):
        return isinstance(value, list | tuple) and list(value) == list(now)
    return now is not None and value == now and isinstance(now, bool) == isinstance(value, bool)
