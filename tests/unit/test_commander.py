# SPDX-License-Identifier: Apache-2.0
"""What is asked over MQTT: what is done of it, what is refused with which sentence, and what is put on record."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.access import ADMIN_DB, Access
from daemon.clock import FakeClock
from daemon.commanding import Commander, Hands
from daemon.commanding.parsing import name_in, number, switch
from daemon.config import COMMANDS, Current, Kept, load
from daemon.errors import BadCommand, OtherPerson, StorageError
from daemon.service import SettingsDesk
from daemon.types import Change, Command, Enrolment, Person, Snapshot

ALL = "mqtt.commands=[{}]".format(", ".join(f'"{name}"' for name in COMMANDS))
PICTURES = "privacy.publish_snapshots=true"
ALICE = Person("6f1f2a0e-5c1d-4c39-9a55-0c9ad6a5d2f1", "Alice")


class Home:
    """The settings and the record of a state folder, and hands that say what they did."""

    def __init__(self, folder, *overrides) -> None:
        loaded = load(None, overrides, folder)
        self.clock = FakeClock()
        self.current = Current(loaded.settings)
        self.desk = SettingsDesk(loaded, Kept(folder), self.clock, self._prepare)
        self.access = Access(folder / ADMIN_DB, self.clock)
        self.did: list[object] = []
        self.answers: list = []
        self.face: Snapshot | None = Snapshot(b"jpeg", ALICE.id)
        self.contrary: Exception | None = None
        hands = Hands(
            enrol=self._enrol,
            capture=lambda: self.face,
            show=self.did.append,
            answer=self._answer,
            restart=lambda: self.did.append("restart"),
            note=self.access.note,
            last=self.access.last,
        )
        self.commander = Commander(self.current, self.desk, hands, self.clock)

    def ask(self, name, payload=b""):
        """Ask, and give the answer."""
        command = Command(name, payload, correlation=b"7")
        self.commander.do(command)
        assert self.answers[-1].command is command
        return self.answers[-1]

    @property
    def record(self):
        return [(deed.who, deed.action, deed.target) for deed in reversed(self.access.deeds())]

    def _prepare(self, new):
        return lambda: setattr(self.current, "now", new)

    def _enrol(self, name):
        if self.contrary:
            raise self.contrary
        self.did.append(name)
        return Enrolment(Change.CREATED, ALICE, ("s0",))

    def _answer(self, answer):
        self.answers.append(answer)
        self.did.append(answer)


@pytest.fixture
def open_home(tmp_path):
    with contextlib.ExitStack() as stack:

        def opener(*overrides):
            home = Home(tmp_path, *overrides)
            stack.callback(home.access.close)
            return home

        yield opener


@pytest.fixture
def home(open_home):
    return open_home(ALL, PICTURES)


def test_a_pause_is_a_setting_that_is_kept_and_undone_as_any_other(home, tmp_path):
    answer = home.ask("pause", b"ON")
    assert (answer.ok, answer.details) == (True, {"paused": True})
    assert home.current.now.camera.paused
    assert load(None, (), tmp_path).settings.camera.paused
    assert home.record == [("mqtt", "command_pause", "")]
    home.desk.undo()
    assert not home.current.now.camera.paused


def test_what_is_so_already_is_done_and_not_on_record(home):
    assert home.ask("pause", b"OFF").ok
    assert home.ask("threshold", b"0.55").ok
    assert home.record == []


def test_another_threshold_within_the_setting_s_limits(home):
    answer = home.ask("threshold", b" 0.61 ")
    assert (answer.ok, answer.sentence, answer.details) == (True, "The threshold is 0.61.", {"threshold": 0.61})
    assert home.current.now.gallery.threshold == 0.61
    refused = home.ask("threshold", b"1.5")
    assert not refused.ok
    assert "0.95" in refused.sentence
    assert refused.details == {"error": "bad-setting"}
    assert home.current.now.gallery.threshold == 0.61


def test_what_is_given_where_whod_is_started_is_not_changed_from_here(open_home):
    home = open_home(ALL, "camera.paused=false")
    refused = home.ask("pause", b"ON")
    assert not refused.ok
    assert "--set" in refused.sentence
    assert not home.current.now.camera.paused


def test_a_restart_is_answered_before_it_is_done(home):
    answer = home.ask("restart", b"PRESS")
    assert answer.ok
    assert home.did == [answer, "restart"]
    assert home.record == [("mqtt", "command_restart", "")]


def test_who_asks_for_a_restart_each_time_that_whod_is_back_does_not_keep_it_away(open_home):
    home = open_home(ALL)
    assert home.ask("restart").ok
    home.access.close()
    anew = open_home(ALL)
    anew.clock.advance(599)
    refused = anew.ask("restart")
    assert (refused.ok, refused.details) == (False, {"error": "too-many-commands"})
    assert anew.did == [refused]
    anew.clock.advance(2)
    assert anew.ask("restart").ok


def test_a_picture_of_whoever_is_there_now(home):
    answer = home.ask("capture", b"PRESS")
    assert home.did[0] == Snapshot(b"jpeg", ALICE.id)
    assert (answer.ok, answer.details) == (True, {"person_id": ALICE.id, "bytes": 4})
    home.face = None
    assert home.ask("capture").details == {"error": "face-count-error"}
    assert [thing for thing in home.did if isinstance(thing, Snapshot)] == [Snapshot(b"jpeg", ALICE.id)]


def test_no_picture_where_none_may_be_sent(open_home):
    home = open_home(ALL)
    refused = home.ask("capture")
    assert not refused.ok
    assert "privacy.publish_snapshots" in refused.sentence
    assert home.did == [refused]


@pytest.mark.parametrize("payload", [b"Alice", b' "Alice" ', b'{"name": "Alice"}'])
def test_somebody_is_enrolled_by_their_name(home, payload, caplog):
    caplog.set_level("DEBUG")
    answer = home.ask("enrol", payload)
    assert home.did[0] == "Alice"
    assert answer.details == {"person_id": ALICE.id, "name": "Alice", "change": "created"}
    assert home.record == [("mqtt", "command_enrol", ALICE.id)]
    assert "Alice" not in caplog.text


def test_why_somebody_is_not_enrolled_is_answered_and_no_name_is_logged(home, caplog):
    home.contrary = OtherPerson('The face is more like "Bob": merge the two, or force it.')
    refused = home.ask("enrol", b"Alice")
    assert (refused.ok, refused.details) == (False, {"error": "other-person"})
    assert refused.sentence == 'The face is more like "Bob": merge the two, or force it on the page.'
    assert "other-person" in caplog.text
    assert not {"Alice", "Bob"} & set(caplog.text.replace('"', " ").split())
    assert home.record == [("mqtt", "command_refused", "enrol")]


@pytest.mark.parametrize("name", ["capture", "enrol"])
def test_while_it_is_paused_nobody_is_looked_at(home, name):
    home.ask("pause", b"ON")
    home.did.clear()
    refused = home.ask(name, b"Alice")
    assert not refused.ok
    assert "paused" in refused.sentence
    assert home.did == [refused]


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_not_allowed_is_not_done_and_stands_in_log_and_record(open_home, name, caplog):
    allowed = [f'"{other}"' for other in COMMANDS if other != name]
    home = open_home(f"mqtt.commands=[{', '.join(allowed)}]", PICTURES)
    before = home.current.now
    refused = home.ask(name, b"ON" if name == "pause" else b"0.9")
    assert not refused.ok
    assert "mqtt.commands" in refused.sentence
    assert home.did == [refused]
    assert home.current.now is before
    assert home.record == [("mqtt", "command_refused", name)]
    assert name in caplog.text


def test_a_flood_of_what_is_refused_stands_on_record_once_an_hour(home):
    for _ in range(50):
        home.ask("pause", b"off")
        home.clock.advance(60)
    assert home.record == [("mqtt", "command_refused", "pause")]
    home.clock.advance(601)
    home.ask("pause", b"off")
    assert len(home.record) == 2


def test_it_is_done_although_nothing_can_be_put_on_record(home, caplog):
    def full(*_):
        raise StorageError("The disk is full.")

    home.commander._hands = Hands(None, None, None, home._answer, None, full, None)
    assert home.ask("pause", b"ON").ok
    assert "The disk is full." in caplog.text


@pytest.mark.parametrize(
    ("read", "payload"),
    [
        *((switch, payload) for payload in (b"", b"on", b"1", b"true", b"ONOFF", b"\xff", b'{"paused": true}')),
        *((number, payload) for payload in (b"", b"-1", b"nan", b"inf", b"1e3", b"0_5", b"0,5", b"0x1", b"\xd9\xa1")),
        *((number, payload) for payload in (b"9" * 4096, b"0.5\x000.9", b"[0.5]", b".5")),
        *((name_in, payload) for payload in (b"", b"  ", b"\xff\xfe", b"{", b"[" * 4096, b'["Alice"]', b'""', b"{}")),
        *((name_in, payload) for payload in (b'{"name": 7}', b'{"name": "A", "force": true}', b'{"name": ""}')),
    ],
)
def test_what_is_not_understood_is_refused_with_what_to_send(read, payload):
    with pytest.raises(BadCommand, match=r"^Send "):
        read(payload)


@given(st.binary(max_size=100))
def test_no_payload_breaks_anything(payload):
    for read in (switch, number, name_in):
        with contextlib.suppress(BadCommand):
            read(payload)
