# SPDX-License-Identifier: Apache-2.0
"""Which connections go where many are open at once, so that nobody can hold up the others by being slow.

waitress takes no more connections at its limit, until those that are there have been silent for long. Here some make
room for new ones before that: of the kind that there are most of, those that have done nothing for longest. So a
crowd of one kind costs itself alone, and whoever has just come gets in.
"""

from __future__ import annotations

from collections import defaultdict
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from web_admin import limits
from web_admin.lingering import LingeringChannel

if TYPE_CHECKING:
    from collections.abc import Iterable

_REFUSED, _HALF_OPEN, _BETWEEN, _SENDING, _TAKING = range(5)
"""What one waits for whose request is not being answered: for nothing, for the head of its first request, for another
request, for the rest of a body, or for its client to take the answer."""


class CrowdedChannel(LingeringChannel):
    """A channel that knows what it waits for."""

    served = False
    """Whether a request has come in whole."""

    def received(self, data: bytes) -> bool:
        """Take in what has come."""
        taken: bool = super().received(data)
        self.served = self.served or bool(self.requests)
        if len(self.requests) > limits.PIPELINED:
            self.will_close = True
        return taken

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being answered."""
        return not self.requests

    @property
    def waits(self) -> tuple[int, float]:
        """For what, and since when."""
        if self.lingers_until_s is not None:
            return _REFUSED, self.lingers_until_s
        if self.total_outbufs_len:
            return _TAKING, self.last_activity
        if self.request is not None and self.request.headers_finished:
            return _SENDING, self.last_activity
        # By its beginning, so that a byte now and then does not keep it.
        return (_BETWEEN, self.last_activity) if self.served else (_HALF_OPEN, self.creation_time)


def accept_waves(server: Any) -> None:
    """Let a server of waitress accept many connections at a time.

    One at a time, between two looks at all, takes seconds when hundreds come.
    """
    accept = server.handle_accept

    def accept_wave() -> None:
        channels = server.active_channels
        for _ in range(limits.WAVE):
            before = len(channels)
            accept()
            if len(channels) == before:
                break

    server.handle_accept = accept_wave


def make_room(server: Any) -> None:
    """Close those connections of a server of waitress that are too many.

    To be called between two looks at all: not while there is news to read, of which the number of one that is closed
    could be a new one's; and not only after new ones have come, for where there is no room, none come.
    """
    channels = server.active_channels
    if len(channels) > limits.IDLE_OF_ADDRESS:
        for leaver in leavers(list(channels.values())):
            leaver.handle_close()


def leavers(channels: Iterable[CrowdedChannel]) -> list[CrowdedChannel]:
    """Which connections go: of each address those that are too many, then of all."""
    addresses: defaultdict[str, list[CrowdedChannel]] = defaultdict(list)
    for channel in channels:
        if channel.is_idle:
            addresses[channel.addr[0]].append(channel)
    going: list[CrowdedChannel] = []
    staying: list[CrowdedChannel] = []
    for crowd in addresses.values():
        stay, go = _thinned(crowd, limits.IDLE_OF_ADDRESS)
        staying += stay
        going += go
    return going + _thinned(staying, limits.IDLE)[1]


def _thinned(crowd: list[CrowdedChannel], most: int) -> tuple[list[CrowdedChannel], list[CrowdedChannel]]:
    """Who stays, and who goes."""
    if len(crowd) <= most:
        return crowd, []
    kinds: defaultdict[int, list[CrowdedChannel]] = defaultdict(list)
    for (kind, _), channel in sorted(((each.waits, each) for each in crowd), key=itemgetter(0), reverse=True):
        kinds[kind].append(channel)
    going = [max(kinds.values(), key=len).pop() for _ in range(len(crowd) - most)]
    return [channel for kind in kinds.values() for channel in kind], going
