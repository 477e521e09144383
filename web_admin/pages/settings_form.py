# SPDX-License-Identifier: Apache-2.0
"""What was typed into the fields of settings, and as which values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from daemon.types import Origin, Setting, SettingKind, SettingsView

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

PASSWORD = "mqtt_password"  # noqa: S105 - the name of a field
FORGET = "forget_password"
WAS = "was:"
"""Before the name of a setting: the field's value when the page was made."""
ON, OFF = "1", "0"
NONE = ""
"""Of several choices."""
_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of a section in which something else was typed; empty for one that is only looked at."""

    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By the name of the setting."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """The same as values; what is none stays a text, and the service says what is wrong."""
    password: str | None = None
    suggested: bool = False
    """It was not typed, but stands in the address."""

    @classmethod
    def of_form(cls, form: "MultiDict[str, str]", settings: Sequence[Setting]) -> "Typed":
        """As a browser sends the form of a section: with what each field held when the page was made.

        What somebody else has changed since then is not touched by who left it alone.
        """
        texts = {}
        for setting in settings:
            sent, before = _texts(form, setting.name), _texts(form, WAS + setting.name)
            if setting.kind is SettingKind.SWITCH and before:
                sent = sent or [OFF]  # browsers send nothing for one that is off
            if setting.kind is SettingKind.SOME and before:
                sent = sent or [NONE]
            if sent and sent != (before or fields(setting)) and setting.origin is not Origin.PINNED:
                texts[setting.name] = sent
        values = {setting.name: _value(setting, texts[setting.name]) for setting in settings if setting.name in texts}
        password = "" if FORGET in form else form.get(PASSWORD) or None
        return cls(texts, values, password)

    @classmethod
    def of_address(cls, args: "MultiDict[str, str]", settings: Sequence[Setting]) -> "Typed":
        """Suggestions, as ``?threshold=0.6``: of what can be tried before, not of whom to send a password to."""
        keys = (setting for setting in settings if setting.can_be_tried and setting.key in args)
        texts = {setting.name: args.getlist(setting.key) for setting in keys}
        return cls(texts, suggested=bool(texts))

    def text(self, setting: Setting, place: int = 0) -> str:
        """What stands in a field; `place` is that of one of several numbers."""
        sent = self.texts.get(setting.name, ())
        if place < len(sent):
            return sent[place]
        return shown(setting, place)

    def is_on(self, setting: Setting) -> bool:
        """Whether a switch is on."""
        if setting.name not in self.texts:
            return bool(setting.value)
        return _is_on(self.texts[setting.name])

    def is_chosen(self, setting: Setting, choice: str) -> bool:
        """Whether one of several choices is."""
        return choice in self.texts.get(setting.name, setting.value)

    def different(self, view: SettingsView) -> tuple[str, ...]:
        """Those that are not as they are, as ``section.key=value``."""
        now = {setting.name: setting.value for setting in view.settings if setting.can_be_tried}
        return tuple(f"{name}={value}" for name, value in self.values.items() if name in now and value != now[name])


def fields(setting: Setting) -> list[str]:
    """A value as a browser sends it if nothing is changed."""
    if setting.kind is SettingKind.SOME:
        return [choice for choice in setting.choices if choice in setting.value] or [NONE]
    several = setting.kind in (SettingKind.ZONE, SettingKind.SIZE)
    return [shown(setting, place) for place in range(len(setting.value) if several else 1)]


def shown(setting: Setting, place: int = 0) -> str:
    """A value as it stands in its field; `place` is that of one of several numbers."""
    match setting.kind:
        case SettingKind.ZONE:
            return f"{_PERCENT * setting.value[place]:g}"
        case SettingKind.SIZE:
            return str(setting.value[place])
        case SettingKind.NAMES:
            return "\n".join(setting.value)
        case SettingKind.SWITCH:
            return ON if setting.value else OFF
        case SettingKind.NUMBER:
            return f"{setting.value:.10g}"
        case _:
            return str(setting.value)


def _texts(form: "MultiDict[str, str]", name: str) -> list[str]:
    return [text.replace("\r\n", "\n") for text in form.getlist(name)]


def _is_on(texts: Sequence[str]) -> bool:
    return texts[0] != OFF


def _value(setting: Setting, texts: Sequence[str]) -> Any:
    read = _READERS.get(setting.kind)
    if read is not None:
        return read(texts)
    first = texts[0].strip()
    return next((choice for choice in setting.choices if str(choice) == first), first)


def _lines(texts: Sequence[str]) -> list[str]:
    return [line.strip() for line in texts[0].splitlines() if line.strip()]


def _zone(texts: Sequence[str]) -> list[float | str]:
    parts = map(_number, texts)
    return [round(part / _PERCENT, 4) if isinstance(part, float) else part for part in parts]


def _whole(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text


def _number(text: str) -> float | str:
    """Also as in languages with a decimal comma."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text


_READERS: Mapping[SettingKind, Callable[[Sequence[str]], Any]] = {
    SettingKind.SWITCH: _is_on,
    SettingKind.WHOLE: lambda texts: _whole(texts[0]),
    SettingKind.NUMBER: lambda texts: _number(texts[0]),
    SettingKind.NAMES: _lines,
    SettingKind.SOME: lambda texts: [text for text in texts if text != NONE],
    SettingKind.ZONE: _zone,
    SettingKind.SIZE: lambda texts: [_whole(text) for text in texts],
}
"""Values of what was typed."""
