# SPDX-License-Identifier: Apache-2.0
"""`daemon.client` against the real API on a real Unix socket."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support_web import ALICE, ASIDE, FOUND, NASTY_NAMES, NOW, SAMPLE, STRANGER, UNDO, running, summary

from daemon import errors
from daemon.client import RemotePeople
from daemon.errors import (
    BadName,
    FaceCountError,
    InputError,
    NoSuchPerson,
    OwnerFault,
    OwnerUnreachable,
    PhotoTooLarge,
    WorldError,
)
from daemon.types import Change, Enrolment, ForgetReceipt, Person, Photo, Removal, SampleKind
from web_admin.server import serve_unix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from support_web import FakeService

    from daemon.service import PeopleApi

PHOTO = Photo("a.jpg", b"\xff\xd8\r\n--not the boundary\r\n\x00\xff")


@pytest.fixture
def socket_path(api_app: Flask, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "whod.sock"
    with running(serve_unix(api_app, path)):
        yield path


@pytest.fixture
def remote(socket_path: Path) -> PeopleApi:
    return RemotePeople(socket_path)


def leaves(root: type[errors.WhodError]) -> list[type[errors.WhodError]]:
    ours = [kind for kind in root.__subclasses__() if kind.__module__ == errors.__name__]
    return [root, *(leaf for kind in ours for leaf in leaves(kind))]


def test_enrol(remote: PeopleApi, service: FakeService) -> None:
    enrolment = remote.enrol("Bob", [PHOTO, Photo("b.png", b"")], "import")
    assert enrolment == Enrolment(Change.CREATED, Person("id-1", "Bob"), ("s0", "s1"))
    assert service.asked == [("enrol", "Bob", [("a.jpg", PHOTO.data), ("b.png", b"")], "import", False)]
    assert remote.enrol("Bob", [PHOTO], force=True).change is Change.UPDATED
    assert service.asked[-1][-2:] == ("upload", True)


@pytest.mark.parametrize("kind", SampleKind)
def test_samples_come_and_go(remote: PeopleApi, service: FakeService, kind: SampleKind) -> None:
    added = remote.add_samples("Alice", kind, [PHOTO], "cli", force=True)
    assert added == Enrolment(Change.UPDATED, ALICE, ("s0",), set_aside=1)
    assert service.asked == [("people",), ("add", ALICE.id, kind, [("a.jpg", PHOTO.data)], "cli", True)]
    assert remote.samples("Alice") == [SAMPLE, ASIDE]
    assert remote.delete_sample("Alice", "a b") == Removal(ALICE, UNDO)
    assert service.asked[-1] == ("delete", ALICE.id, "a b")
    assert remote.restore_sample(ALICE.id, "s1") == ALICE
    assert service.asked[-1] == ("restore", ALICE.id, "s1")


def test_a_familiar_person(remote: PeopleApi) -> None:
    assert remote.set_familiar("Alice", familiar=True) == Person(ALICE.id, "Alice", familiar=True)
    assert remote.people()[0].familiar
    assert remote.rename("Alice", "Al").familiar
    assert not remote.set_familiar("Al", familiar=False).familiar


def test_people(remote: PeopleApi) -> None:
    assert remote.people() == [summary(ALICE)]
    assert remote.people()[0].last_seen_at == NOW


@pytest.mark.parametrize("ref", [ALICE.id, "Alice"])
def test_rename(remote: PeopleApi, ref: str) -> None:
    assert remote.rename(ref, "Alice B.") == Person(ALICE.id, "Alice B.")


@pytest.mark.parametrize("into", [ALICE.id, "Alice"])
def test_merge(remote: PeopleApi, service: FakeService, into: str) -> None:
    service.enrol("Bob", [])
    assert remote.merge("Bob", into) == Removal(ALICE, None)
    assert [person.name for person in remote.people()] == ["Alice"]


def test_create(remote: PeopleApi, service: FakeService) -> None:
    assert remote.create("Zoë", familiar=True) == Person("id-Zoë", "Zoë", familiar=True)
    assert service.asked == [("create", "Zoë", True)]


def test_forget(remote: PeopleApi) -> None:
    assert remote.forget("Alice") == ForgetReceipt(ALICE, 2, 1, 7, 0, NOW)
    assert remote.people() == []


def test_identify(remote: PeopleApi, service: FakeService) -> None:
    (found,) = remote.photos.identify([PHOTO])
    assert (found.image, found.faces, found.error) == ("a.jpg", (FOUND, STRANGER), None)
    assert service.asked == [("identify", "a.jpg", PHOTO.data)]


@pytest.mark.parametrize("name", [*NASTY_NAMES, "AC/DC", "a//b/", "..", "100 % & more?#", "tab\tand\r\nline"])
def test_any_name_arrives_as_it_is(remote: PeopleApi, service: FakeService, name: str) -> None:
    person = remote.enrol(name, [PHOTO]).person
    assert person.name == name
    assert remote.rename(name, f"{name}!").name == f"{name}!"
    assert remote.merge(f"{name}!", "Alice").person == ALICE
    service.enrolled[person.id] = person
    assert remote.forget(name).person == person


@pytest.mark.parametrize(
    "file_name",
    ["pics/my cat.jpg", 'the "one".jpg', "Zoë 🦊.jpg", "back\\slash\\.jpg", "a;b=c.jpg", "C:\\Users\\x.jpg", "'"],
)
def test_any_file_name_arrives_as_it_is(remote: PeopleApi, service: FakeService, file_name: str) -> None:
    remote.photos.identify([Photo(file_name, b"JPEG")])
    assert service.asked == [("identify", file_name, b"JPEG")]


def test_a_file_name_that_is_no_text_does_not_matter(remote: PeopleApi, service: FakeService) -> None:
    remote.photos.identify([Photo("caf\udce9.jpg", b"JPEG")])
    assert service.asked == [("identify", "caf?.jpg", b"JPEG")]


@given(name=st.text(max_size=100).filter(lambda text: "\0" not in text), data=st.binary(max_size=2000))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_arrive_as_they_are(remote: PeopleApi, service: FakeService, name: str, data: bytes) -> None:
    remote.enrol(name, [Photo("a.jpg", data)])
    assert service.asked[-1] == ("enrol", name, [("a.jpg", data)], "upload", False)


@pytest.mark.parametrize("kind", [*leaves(InputError), *leaves(WorldError)], ids=lambda kind: kind.__name__)
def test_errors_come_back_as_they_were_raised(
    remote: PeopleApi, service: FakeService, kind: type[errors.WhodError]
) -> None:
    sentence = 'It is "wrong" — change it, Zoë: 100 %.'
    service.error = kind(sentence, 2) if kind is FaceCountError else kind(sentence)
    calls: list[Callable[[], object]] = [
        remote.people,
        lambda: remote.enrol("Bob", [PHOTO]),
        lambda: remote.rename("Alice", "Bob"),
        lambda: remote.merge("Alice", "Bob"),
        lambda: remote.forget("Alice"),
        lambda: remote.photos.identify_embeddings("model", [[1.0]]),
    ]
    for call in calls:
        with pytest.raises(kind) as raised:
            call()
        assert type(raised.value) is kind
        assert str(raised.value) == sentence
        assert raised.value.exit_code == kind.exit_code
        if isinstance(raised.value, FaceCountError):
            assert raised.value.count == 2


def test_nobody_of_that_name(remote: PeopleApi) -> None:
    with pytest.raises(NoSuchPerson, match='Nobody is called "Zed"'):
        remote.forget("Zed")


def test_somebody_forgotten_in_between(remote: PeopleApi, service: FakeService) -> None:
    service.people = list  # type: ignore[method-assign]
    with pytest.raises(NoSuchPerson, match='"Alice" any more'):
        remote.forget("Alice")


@pytest.mark.parametrize("name", ["Z\udce9d"])
def test_a_name_that_is_no_text(remote: PeopleApi, service: FakeService, name: str) -> None:
    with pytest.raises(BadName, match="UTF-8"):
        remote.enrol(name, [PHOTO])
    with pytest.raises(BadName, match="UTF-8"):
        remote.forget(name)
    assert service.asked == []


def test_a_bug_of_the_daemon(remote: PeopleApi, service: FakeService) -> None:
    service.error = ZeroDivisionError("secret")
    with pytest.raises(OwnerFault, match="its log has the details"):
        remote.people()


def test_no_pictures(remote: PeopleApi) -> None:
    with pytest.raises(InputError, match="no picture"):
        remote.enrol("Bob", [])


@pytest.mark.parametrize("megabytes", [64, 100])
def test_more_than_one_call_takes(remote: PeopleApi, service: FakeService, megabytes: int) -> None:
    """The app refuses what is a little too much; the server below it cuts off what is more."""
    photos = [Photo(f"{i}.jpg", bytes(1_000_000)) for i in range(megabytes)]
    with pytest.raises(PhotoTooLarge, match=r"too (much|large) for one call"):
        remote.enrol("Bob", photos)
    assert service.asked == []
    assert remote.people()


def test_a_full_size_call(remote: PeopleApi, service: FakeService) -> None:
    photos = [Photo(f"{i}.jpg", bytes([i]) * 3_000_000) for i in range(21)]
    assert len(remote.enrol("Bob", photos).sample_ids) == 21
    assert service.asked[0][2] == [(photo.name, photo.data) for photo in photos]


def test_nobody_listens(tmp_path: Path) -> None:
    with pytest.raises(OwnerUnreachable, match=r"No whod listens at .*whod\.sock: start it"):
        RemotePeople(tmp_path / "whod.sock").people()


def test_a_socket_that_a_dead_daemon_left(tmp_path: Path) -> None:
    path = tmp_path / "whod.sock"
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as left:
        left.bind(str(path))
    with pytest.raises(OwnerUnreachable, match="No whod listens"):
        RemotePeople(path).people()


@contextlib.contextmanager
def answering(path: Path, answer: bytes) -> Iterator[RemotePeople]:
    """Something else on the socket, which answers one request with these bytes."""
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield RemotePeople(path)
        thread.join(5)


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"]
)
def test_something_that_breaks_off(tmp_path: Path, answer: bytes) -> None:
    with answering(tmp_path / "s", answer) as remote, pytest.raises(OwnerUnreachable, match="broke off"):
        remote.people()


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"null", b"[7]", b'[{"id": "x"}]', b"\xff"])
def test_answers_of_another_shape(tmp_path: Path, body: bytes) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    with answering(tmp_path / "s", answer) as remote, pytest.raises(OwnerFault, match="cannot be read"):
        remote.people()


@pytest.mark.parametrize("body", [b"", b"Bad Gateway", b"[]", b'{"type": []}', b'{"type": "/problems/bad-name"}'])
def test_errors_of_another_shape(tmp_path: Path, body: bytes) -> None:
    answer = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    with answering(tmp_path / "s", answer) as remote, pytest.raises(OwnerFault, match="HTTP 502"):
        remote.people()


def test_a_kind_of_error_that_is_new(tmp_path: Path) -> None:
    body = b'{"type": "/problems/from-the-future", "title": "", "status": 409, "detail": "Do this."}'
    answer = b"HTTP/1.1 409 Conflict\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    with answering(tmp_path / "s", answer) as remote, pytest.raises(InputError, match=r"^Do this\.$"):
        remote.people()


def test_a_daemon_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daemon.client.connection._ANSWER_S", 0.1)
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        with pytest.raises(OwnerUnreachable, match="did not answer in time"):
            RemotePeople(tmp_path / "s").people()
