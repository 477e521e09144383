# SPDX-License-Identifier: Apache-2.0
"""Whether the time that a login takes tells anything: wrong, right, and while no password is set.

    .venv/bin/python tests/bench/login.py [ROUNDS]

Medians in ms, and the median of each round's ratio to a wrong password; through the whole app, one after the other in
an order that changes.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "web"))

from support_owner import PASSWORD
from support_web import FakeService

from daemon.access import ADMIN_DB, Access
from daemon.clock import FakeClock
from daemon.types import Visitor
from web_admin import WebSettings, create_app


def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        clients, clocks = {}, []
        for name in ("set", "unset"):
            service, clock = FakeService(), FakeClock()
            (Path(folder) / name).mkdir()
            service.access = stack.enter_context(contextlib.closing(Access(Path(folder) / name / ADMIN_DB, clock)))
            service.owner = service.access.owner
            clients[name] = create_app(service, WebSettings()).test_client(use_cookies=False)
            clocks.append(clock)
            if name == "set":
                service.owner.first(service.owner.new_code().code, PASSWORD, Visitor())
        kinds = {"wrong": ("set", "another door"), "right": ("set", PASSWORD), "none is set": ("unset", PASSWORD)}
        took: dict[str, list[float]] = {kind: [] for kind in kinds}
        for number in range(rounds + 3):
            order = list(kinds)[number % 3 :] + list(kinds)[: number % 3]
            for kind in order:
                name, password = kinds[kind]
                for clock in clocks:
                    clock.advance(60)
                begin = time.perf_counter()
                status = clients[name].post("/login", data={"password": password}).status_code
                took[kind].append(1000 * (time.perf_counter() - begin))
                assert status == (303 if kind == "right" else 403), status
    for kind, times in took.items():
        ratio = median(ms / wrong for ms, wrong in zip(times[3:], took["wrong"][3:], strict=True))
        print(f"{kind:<12} {median(times[3:]):7.1f} ms  {ratio:.3f}")


if __name__ == "__main__":
    main()
