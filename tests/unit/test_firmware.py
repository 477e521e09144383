# SPDX-License-Identifier: Apache-2.0
"""What a Pi's firmware says of its processor, asked by a kernel that is played: there is no Pi here."""

import errno
import struct
from pathlib import Path

import pytest

from daemon import firmware
from daemon.firmware import throttled, was_throttled

GET_GENCMD_RESULT = 0x00030080
HELD_NOW, HELD_ONCE, FREE = b"throttled=0x50005", b"throttled=0x50000", b"throttled=0x0"


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch):
    """A machine of files, which is no Pi yet."""
    monkeypatch.setattr(firmware, "_MAILBOXES", (tmp_path / "vcio_gencmd", tmp_path / "vcio"))
    monkeypatch.setattr(firmware, "_PLATFORM", tmp_path)
    return tmp_path


@pytest.fixture
def mailbox(machine, monkeypatch):
    """Puts a mailbox there that answers as told: with text, or with an errno of the kernel."""
    answers = {}

    def ioctl(device, request, message):
        assert request == (0xC0086400 if struct.calcsize("P") == 8 else 0xC0046400)
        size, code, tag, room, _, _ = struct.unpack_from("=6I", message)
        assert (size, code, tag) == (len(message), 0, GET_GENCMD_RESULT)
        assert message[24 : 24 + len(b"get_throttled\0")] == b"get_throttled\0"
        # The tag ends where its room ends, and a word of 0 follows: no further one.
        assert message[20 + room :].strip(b"\0") == b""
        assert size - (20 + room) >= 4
        answer = answers[Path(f"/proc/self/fd/{device}").readlink().name]
        if isinstance(answer, int):
            raise OSError(answer, "as the test says")
        struct.pack_into("=I", message, 4, 0x80000000)
        struct.pack_into("=2I", message, 16, 0x80000000 | len(answer), 0)
        message[24 : 24 + room - 4] = answer.ljust(room - 4, b"\0")

    def put(name, answer):
        (machine / name).touch()
        answers[name] = answer

    monkeypatch.setattr(firmware.fcntl, "ioctl", ioctl)
    return put


def in_sysfs(machine, text, soc="soc"):
    node = machine / soc / f"{soc}:firmware" / "get_throttled"
    node.parent.mkdir(parents=True)
    node.write_text(text)


def test_a_machine_without_such_a_firmware_does_not_tell():
    assert (throttled(), was_throttled()) == (None, None)


@pytest.mark.parametrize(
    ("answer", "now", "once"),
    [
        (HELD_NOW, True, True),
        (HELD_ONCE, False, True),
        (FREE, False, False),
        (b"throttled=0x8\n", True, False),
        (b'error=1 error_msg="Command not registered"', None, None),
        (b"", None, None),
    ],
)
@pytest.mark.parametrize("name", ["vcio_gencmd", "vcio"])
def test_the_mailbox_is_asked_by_either_name(mailbox, name, answer, now, once):
    mailbox(name, answer)
    assert (throttled(), was_throttled()) == (now, once)


@pytest.mark.parametrize("refusal", [errno.EPERM, errno.EINVAL, errno.ETIMEDOUT])
def test_where_one_refuses_the_next_is_asked(mailbox, machine, refusal):
    mailbox("vcio_gencmd", refusal)
    assert throttled() is None
    mailbox("vcio", HELD_NOW)
    assert throttled() is True


def test_a_device_that_is_no_mailbox_does_not_tell(monkeypatch):
    monkeypatch.setattr(firmware, "_MAILBOXES", (Path("/dev/null"),))
    assert throttled() is None


@pytest.mark.parametrize("soc", ["soc", "soc@107c000000"])
def test_an_older_kernel_tells_it_in_sysfs_by_either_name(machine, soc):
    in_sysfs(machine, "50005\n", soc)
    assert throttled() is True


@pytest.mark.parametrize(("text", "now"), [("0x50005", True), ("50000", False), ("0\n", False), ("?", None)])
def test_what_sysfs_says(machine, text, now):
    in_sysfs(machine, text)
    assert throttled() is now


def test_sysfs_is_not_read_where_the_mailbox_answers(mailbox, machine):
    mailbox("vcio", FREE)
    in_sysfs(machine, "50005\n")
    assert throttled() is False
