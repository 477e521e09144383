# SPDX-License-Identifier: Apache-2.0
"""`whod try` as its user sees it: a screen, lines that come, a Ctrl-C."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from support_broker import wait_until

if TYPE_CHECKING:
    import signal
    from collections.abc import Sequence


class Play:
    """A `whod try` that runs; `command` is what the user typed."""

    def __init__(self, command: Sequence[str | Path], cwd: Path) -> None:
        self._lines: list[str] = []
        self.process = subprocess.Popen(
            list(map(str, command)),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def screen(self) -> str:
        """All that was printed."""
        return "".join(self._lines)

    def wait_for(self, pattern: str, timeout_s: float) -> re.Match[str]:
        """Wait until something like `pattern` was printed."""

        def found() -> re.Match[str] | None:
            match = re.search(pattern, self.screen)
            assert match or self.process.poll() is None, self.screen
            return match

        return wait_until(found, f"{pattern!r} in:\n{self.screen}", timeout_s)

    def children(self) -> list[int]:
        """Process ids of what it has started."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        return [int(pid) for pid in listed.split()]

    def end(self, number: signal.Signals) -> tuple[int, float]:
        """Send the signal; gives the exit code, and how long it took in seconds."""
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(30)
        return code, time.monotonic() - began

    def close(self) -> None:
        """End it, if it runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        if self.process.stdout:
            self.process.stdout.close()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self._lines.append(line)


def lives(pid: int) -> bool:
    """Whether there is such a process, other than one that has ended and is yet to be buried."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
