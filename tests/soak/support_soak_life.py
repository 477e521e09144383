# SPDX-License-Identifier: Apache-2.0
"""What goes on in a household while a soak runs: each thing again and again, beside the frames."""

from __future__ import annotations

import io
import itertools
import socket
import threading
import time
import traceback
import zipfile
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support_daemon import EILEEN, JOE
from support_login import PASSWORD
from support_routes import address, rules

from daemon.types import Photo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support_soak_home import Home

    from daemon.types import Job

_TURN_S = 0.1


@dataclass(frozen=True)
class Deed:
    """Something that is done every so many seconds."""

    name: str
    every_s: float
    do: Callable[[], None]


class Life:
    """Does its deeds in three threads: those of the page, those of the people, those of the broker.

    With `hurry` each is done so many times as often. A deed that fails is counted, and written to `failures` with its
    traceback; the rest goes on.
    """

    def __init__(self, home: Home, days: int, failures: Path, hurry: float = 1.0) -> None:
        self.done: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self._home = home
        self.days = days
        self._failures = failures
        self._hurry = hurry
        self._ended = threading.Event()
        self._pages = self._all_pages()
        self._jobs = itertools.cycle((self._train, self._back_up, self._import))
        self._numbers = itertools.count()
        self._threads = [threading.Thread(target=self._run, args=(deeds,)) for deeds in self._deeds()]

    def _deeds(self) -> tuple[tuple[Deed, ...], ...]:
        return (
            (
                Deed("page loaded", 1, self._load_page),
                Deed("live picture and state", 0.5, self._watch),
                Deed("listener of events come and gone", 10, self._listen),
                Deed("login and logout", 60, self._log_in),
            ),
            (
                Deed("person enrolled and forgotten", 8, self._enrol_and_forget),
                Deed("unknown visitor named and forgotten", 90, self._name_and_forget),
                Deed("photo looked at", 3, self._identify),
                Deed("job (training, backup, import)", 20, self._do_job),
                Deed("setting changed", 15, self._change_settings),
                Deed("camera paused", 60, self._pause),
                Deed("models loaded anew", 120, self._change_models),
            ),
            (Deed("broker killed", 15, self._kill_broker),),
        )

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """After the deeds that are being done."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _run(self, deeds: tuple[Deed, ...]) -> None:
        due_s = {deed: time.monotonic() + deed.every_s / self._hurry for deed in deeds}
        while not self._ended.wait(_TURN_S):
            for deed in deeds:
                if time.monotonic() >= due_s[deed] and not self._ended.is_set():
                    self._try(deed)
                    due_s[deed] = time.monotonic() + deed.every_s / self._hurry

    def _try(self, deed: Deed) -> None:
        try:
            deed.do()
        except Exception:  # noqa: BLE001 - it is told at the end, and fails the run
            self.failed[deed.name] += 1
            with self._failures.open("a", encoding="utf-8") as file:
                file.write(f"{deed.name}\n{traceback.format_exc()}\n")
        else:
            self.done[deed.name] += 1

    # The page

    def _all_pages(self) -> Iterator[str]:
        while True:
            for rule in rules():
                path = address(rule, self._home)  # type: ignore[arg-type]  # a household as far as it asks
                if path:
                    yield path

    def _load_page(self) -> None:
        status, text = self._home.browser.get(next(self._pages))
        assert status < 500, text  # what it is about may be gone by now

    def _watch(self) -> None:
        for path in ("/live.jpg", "/state.json", "/health"):
            status, _ = self._home.daemon.get(path)
            assert status in (200, 204, 503), (path, status)

    def _listen(self) -> None:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.settimeout(30)
            listener.connect(str(self._home.daemon.state / "whod.sock"))
            listener.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert listener.recv(65_536).startswith(b"HTTP/1.1 200")
            time.sleep(1)

    def _log_in(self) -> None:
        browser = self._home.browser
        assert browser.post("/logout")[0] == 303
        status, text = browser.post("/login", password=PASSWORD)
        assert status == 303, text
        assert browser.get("/")[0] == 200

    # The people

    def _enrol_and_forget(self) -> None:
        people = self._home.people
        people.enrol(f"Joe {next(self._numbers)}", [Photo(JOE.name, JOE.read_bytes())], force=True)
        time.sleep(1)
        for person in people.people():
            if person.name.startswith("Joe"):
                people.forget(person.id)

    def _name_and_forget(self) -> None:
        people = self._home.people
        for unknown in people.unknowns.all()[:1]:
            named = people.unknowns.assign(unknown.id, f"Stranger {next(self._numbers)}")
            people.forget(named.person.id)

    def _identify(self) -> None:
        (looked,) = self._home.people.photos.identify([Photo(EILEEN.name, EILEEN.read_bytes())])
        assert looked.faces, looked

    def _do_job(self) -> None:
        job = next(self._jobs)()
        ended = self._home.people.jobs.wait(job.id, 300)
        assert ended.state.ended, ended
        assert ended.state.value == "done", ended

    def _train(self) -> Job:
        return self._home.people.jobs.train()

    def _back_up(self) -> Job:
        return self._home.people.backups.make()

    def _import(self) -> Job:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.write(JOE, f"Joe {next(self._numbers)}/1.jpg")
        archive.seek(0)
        return self._home.people.jobs.import_zip(archive, force=True)

    def _change_settings(self) -> None:
        """The days of the history one less and back: each time what is too old goes at once."""
        for days in (self.days, self.days + 1):
            self._home.settings.change({"privacy.history_days": days, "gallery.threshold": 0.5 + days / 1000})

    def _pause(self) -> None:
        for paused in (True, False):
            self._home.settings.change({"camera.paused": paused})
            time.sleep(0.5)

    def _change_models(self) -> None:
        for precision in ("float", "int8"):
            self._home.settings.change({"detector.precision": precision, "embedder.precision": precision})
            time.sleep(2)

    # The broker

    def _kill_broker(self) -> None:
        self._home.broker.kill()
        time.sleep(1)
        self._home.broker.start()
