# SPDX-License-Identifier: Apache-2.0
"""Does what is asked, if it may be asked; tells what came of it, and puts it on record."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from daemon.commanding import parsing
from daemon.errors import BadCommand, FaceCountError, StorageError, TooManyCommands, WhodError
from daemon.types import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from daemon.clock import Clock
    from daemon.config import InForce
    from daemon.types import Command, Deed, Enrolment, SettingsChange, Snapshot

log = logging.getLogger(__name__)

WHO = "mqtt"
"""In the record of changes: the broker says who may command, and tells nobody who did."""
_REFUSED_EVERY_S = 3600.0
"""Between two entries of one kind of refusal: a flood must not drive what else is on record out of it."""

_RESTARTED_EVERY = timedelta(minutes=10)
"""By the record, which outlives the restart: whoever asks each time that whod is back must not keep it away."""


class Settings(Protocol):
    """See `daemon.service.SettingsDesk`."""

    def change(self, values: Mapping[str, object]) -> SettingsChange: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Hands:
    """What is done besides changing settings; any of it may raise WhodError."""

    enrol: Callable[[str], Enrolment]
    """See `InViewEnrolment.enrol`."""
    capture: Callable[[], Snapshot | None]
    """Gives the face in view now; None if there is none."""
    show: Callable[[Snapshot], None]
    """Sends a picture."""
    answer: Callable[[Answer], None]
    """Sends an answer."""
    restart: Callable[[], None]
    """Ends in good order, and begins anew."""
    note: Callable[[str, str, str], None]
    """Puts on record who changed what of whom."""
    last: Callable[[str], Deed | None]
    """The newest of these on record."""


@dataclass(frozen=True, slots=True)
class _Done:
    """What a command led to."""

    sentence: str
    details: dict[str, Any] = field(default_factory=dict)
    target: str = ""
    """Id of whom it was done to."""
    changed: bool = True
    """False: it was so before."""


class Commander:
    """One command at a time, by one thread; each is answered."""

    def __init__(self, in_force: InForce, settings: Settings, hands: Hands, clock: Clock) -> None:
        self._in_force = in_force
        self._settings = settings
        self._hands = hands
        self._clock = clock
        self._ways: dict[str, Callable[[bytes], _Done]] = {
            "pause": self._pause,
            "threshold": self._threshold,
            "restart": self._restart,
            "capture": self._capture,
            "enrol": self._enrol,
        }
        self._refused_s: dict[tuple[str, str], float] = {}

    def do(self, command: Command) -> None:
        """Do it, or refuse it."""
        try:
            done = self._way(command.name)(command.payload)
        except WhodError as error:
            self.refuse(command, error)
            return
        log.info("Command %s was done", command.name)
        if done.changed:
            self._note(f"command_{command.name}", done.target)
        self._hands.answer(Answer(command, ok=True, sentence=done.sentence, details=done.details))
        if command.name == "restart":  # once it is answered
            self._hands.restart()

    def refuse(self, command: Command, error: WhodError) -> None:
        """Say why it is not done."""
        # What is wrong with an enrolment may say a name.
        why = error.slug if command.name == "enrol" else str(error)
        log.warning("Command %s was refused: %s", command.name, why)
        now_s, kind = self._clock.monotonic(), (command.name, error.slug)
        if now_s - self._refused_s.get(kind, -_REFUSED_EVERY_S) >= _REFUSED_EVERY_S:
            self._refused_s[kind] = now_s
            self._note("command_refused", command.name)
        # What others can do where they are asked again, whoever commands cannot.
        sentence = str(error).replace("force it", "force it on the page")
        self._hands.answer(Answer(command, ok=False, sentence=sentence, details={"error": error.slug}))

    def _way(self, name: str) -> Callable[[bytes], _Done]:
        """Raises BadCommand where it may not be asked."""
        if name not in self._in_force.now.mqtt.commands:
            raise BadCommand("That is not among the commands that are allowed: see mqtt.commands in the settings.")
        return self._ways[name]

    def _pause(self, payload: bytes) -> _Done:
        paused = parsing.switch(payload)
        changed = bool(self._settings.change({"camera.paused": paused}).names)
        words = "whod looks at nothing: the camera is closed." if paused else "whod looks at the camera."
        return _Done(words, {"paused": paused}, changed=changed)

    def _threshold(self, payload: bytes) -> _Done:
        threshold = parsing.number(payload)
        changed = bool(self._settings.change({"gallery.threshold": threshold}).names)
        return _Done(f"The threshold is {threshold:g}.", {"threshold": threshold}, changed=changed)

    def _restart(self, _: bytes) -> _Done:
        last = self._hands.last("command_restart")
        if last and timedelta() <= self._clock.now() - last.at < _RESTARTED_EVERY:
            minutes = _RESTARTED_EVERY // timedelta(minutes=1)
            raise TooManyCommands(f"whod began anew a moment ago: ask for it once in {minutes} minutes at most.")
        return _Done("whod begins anew.")

    def _capture(self, _: bytes) -> _Done:
        if not self._in_force.now.privacy.publish_snapshots:
            raise BadCommand("Pictures are not sent: turn privacy.publish_snapshots on, in the settings.")
        self._see()
        snapshot = self._hands.capture()
        if snapshot is None:
            raise FaceCountError("There is no face in view: nothing was sent.", 0)
        self._hands.show(snapshot)
        details = {"person_id": snapshot.person_id, "bytes": len(snapshot.jpeg)}
        return _Done("The picture is sent.", details, snapshot.person_id or "")

    def _enrol(self, payload: bytes) -> _Done:
        name = parsing.name_in(payload)
        self._see()
        enrolment = self._hands.enrol(name)
        person = enrolment.person
        details = {"person_id": person.id, "name": person.name, "change": enrolment.change.value}
        return _Done(f"{person.name} is enrolled.", details, person.id)

    def _see(self) -> None:
        if self._in_force.now.camera.paused:
            raise BadCommand("whod is paused, and sees nobody: have it look again first.")

    def _note(self, action: str, target: str) -> None:
        try:
            self._hands.note(WHO, action, target)
        except StorageError as error:
            log.warning("Command %s is not on record: %s", action, error)
