# SPDX-License-Identifier: Apache-2.0
"""The `whod` command, and how it runs the daemon; `daemon.house` puts that together."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

from daemon.quiet import hush, let_through

AGAIN = 75
"""Exit code of a run after which whod begins anew, in this process; nobody outside sees it unless that fails."""
_FIRST_OF_OURS = 3
"""File descriptor after stdin, stdout and stderr."""

if TYPE_CHECKING:
    from pathlib import Path

    from daemon.config import Loaded
    from daemon.house import House
    from daemon.logbook import Logbook
    from daemon.storage import StateFolder
    from daemon.types import OnEvent


def main() -> None:
    """The `whod` command."""
    hush()
    # numpy's products here are small: threads would cost more, spinning between them, than they save.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from daemon.cli import whod  # noqa: PLC0415

    try:
        whod(obj=run_daemon)
    except SystemExit as end:
        if end.code == AGAIN:
            _begin_anew()
        _leave(end.code)
        raise


def _leave(code: str | int | None) -> None:
    """A thread that sits in a call of a library may never return, and the interpreter crash over it: do not wait."""
    if any(thread is not threading.current_thread() for thread in threading.enumerate()):
        import logging  # noqa: PLC0415

        logging.shutdown()
        sys.stdout.flush()
        os._exit(code if isinstance(code, int) else code is not None)


def _begin_anew() -> None:
    """Become what is installed now, called as this process was; returns only if that fails."""
    import logging  # noqa: PLC0415

    logging.shutdown()
    sys.stdout.flush()
    let_through()
    for entry in os.scandir("/proc/self/fd"):
        if int(entry.name) >= _FIRST_OF_OURS:
            with contextlib.suppress(OSError):
                os.set_inheritable(int(entry.name), False)  # libraries do not: the camera would still be in use
    try:
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - it is ourselves
    except OSError as error:
        sys.stderr.write(f"whod: It cannot begin anew: {error}. Start it again by hand.\n")


def run_daemon(loaded: Loaded, state_dir: Path, on_event: OnEvent | None = None) -> int:
    """Build the house, run it until a signal, and take it down in order; gives the exit code.

    That is AGAIN where whod was asked to begin anew, unless systemd sees to it.

    `on_event` is told each decision, in the thread that makes them: it must not wait.
    """
    import logging  # noqa: PLC0415

    from daemon.logbook import Logbook  # noqa: PLC0415
    from daemon.machine import map_large_blocks, share_one_heap  # noqa: PLC0415
    from daemon.storage import StateFolder  # noqa: PLC0415

    share_one_heap()
    map_large_blocks()
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger().addHandler(logbook := Logbook())
    logbook.set_level(loaded.settings.log.level)
    for note in loaded.notes:
        logging.getLogger(__name__).warning("%s", note)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(StateFolder(state_dir))
        house = _build(loaded, folder, stack, on_event, logbook)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: house.supervisor.stop())
        house.supervisor.run()
        house.end()
    return AGAIN if house.supervisor.again and "NOTIFY_SOCKET" not in os.environ else 0


def _build(
    loaded: Loaded, folder: StateFolder, stack: contextlib.ExitStack, on_event: OnEvent | None, logbook: Logbook
) -> House:
    """The house; without the settings that were made on the page where they keep it from being built."""
    import logging  # noqa: PLC0415

    from daemon.errors import ConfigError, ModelRefused  # noqa: PLC0415
    from daemon.house import House  # noqa: PLC0415

    try:
        with contextlib.ExitStack() as attempt:
            house = House(loaded, folder, attempt, on_event, logbook=logbook)
            stack.push(attempt.pop_all())
    except (ConfigError, ModelRefused) as error:
        if not loaded.page:
            raise
        why = f"What was set on the page is left out, because whod could not start with it: {error}"
    else:
        return house
    logging.getLogger(__name__).error("%s", why)
    return House(loaded.without_page(why), folder, stack, on_event, logbook=logbook)


if __name__ == "__main__":
    main()
