# SPDX-License-Identifier: Apache-2.0
"""age files under a passphrase, as streams: what `age -p` makes and `age -d` opens.

The format is age-encryption.org/v1 of https://github.com/C2SP/C2SP/blob/main/age.md, with its scrypt recipient only:
a passphrase stands alone there. Keys for others can always be added by piping a backup through `age`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
from typing import IO, TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from daemon.errors import BadBackup, BadPassphrase

if TYPE_CHECKING:
    from collections.abc import Iterator

INTRO = b"age-encryption.org/v1\n"
"""How each age file begins."""

WORK_FACTOR = 16
"""Of what is written: 2^16 rounds of scrypt, which take 64 MB. A Pi Zero 2 W has 512 MB in all."""
MOST_WORK = 18
"""Of what is read: 256 MB, which is what `age -p` asks for."""

_CHUNK = 64 * 1024
_TAG = 16
_SEALED_CHUNK = _CHUNK + _TAG
_NONCE = 16
_FILE_KEY = 16
_SCRYPT_R = 8

_HEADER = re.compile(
    rb"(?P<signed>" + re.escape(INTRO) + rb"-> scrypt (?P<salt>[A-Za-z0-9+/]{22}) (?P<work>[1-9][0-9]?)\n"
    rb"(?P<key>[A-Za-z0-9+/]{43})\n---) (?P<mac>[A-Za-z0-9+/]{43})\n"
)
_HEADER_LINES, _LONGEST_LINE = 4, 80


class Sink(Protocol):
    """What takes bytes: all that it is given."""

    def write(self, data: bytes, /) -> int: ...  # noqa: D102


class Sealed:
    """What is written to it goes to `out` under a passphrase; it is no whole file before `finish`."""

    def __init__(self, out: Sink, passphrase: str, work_factor: int = WORK_FACTOR) -> None:
        file_key, nonce = os.urandom(_FILE_KEY), os.urandom(_NONCE)
        out.write(_header(file_key, passphrase, work_factor) + nonce)
        self._out = out
        self._cipher = _payload_cipher(file_key, nonce)
        self._number = 0
        self._waiting = bytearray()

    def write(self, data: bytes, /) -> int:
        """Take all of it."""
        self._waiting += data
        # The last chunk is marked as such, and may not be empty: one always waits.
        while len(self._waiting) > _CHUNK:
            self._put(last=False)
        return len(data)

    def finish(self) -> None:
        """Write what waits, as the last chunk."""
        self._put(last=True)

    def _put(self, *, last: bool) -> None:
        chunk = bytes(self._waiting[:_CHUNK])
        del self._waiting[:_CHUNK]
        self._out.write(self._cipher.encrypt(_nonce(self._number, last=last), chunk, None))
        self._number += 1


def opened(file: IO[bytes], passphrase: str) -> Iterator[bytes]:
    """What an age file holds, in pieces of 64 KiB, each checked before it is given.

    That a file was cut off shows at its end: only what was read to the end may be used.

    Raises:
        BadPassphrase: it is not the file's.
        BadBackup: the file is damaged, or not made with a passphrase.
    """
    lines = [file.readline(_LONGEST_LINE) for _ in range(_HEADER_LINES)]
    found = _HEADER.fullmatch(b"".join(lines))
    if found is None:
        for_a_key = lines[0] == INTRO and lines[1].startswith(b"-> ") and not lines[1].startswith(b"-> scrypt ")
        raise BadBackup(_FOR_A_KEY if for_a_key else _DAMAGED)
    file_key = _unwrapped(found, passphrase)
    if not hmac.compare_digest(_mac(file_key, found["signed"]), _decoded(found["mac"])):
        raise BadBackup(_DAMAGED)
    yield from _payload(_payload_cipher(file_key, file.read(_NONCE)), file)


def _payload(cipher: ChaCha20Poly1305, file: IO[bytes]) -> Iterator[bytes]:
    sealed, number, last = file.read(_SEALED_CHUNK), 0, False
    while not last:
        following = file.read(_SEALED_CHUNK)
        last = not following
        try:
            chunk = cipher.decrypt(_nonce(number, last=last), sealed, None)
        except InvalidTag:
            raise BadBackup(_DAMAGED) from None
        if last and number and not chunk:
            raise BadBackup(_DAMAGED)
        yield chunk
        sealed, number = following, number + 1


_DAMAGED = "The backup is damaged or was cut off: take another copy of it."
_FOR_A_KEY = "The backup was made for a key, not with a passphrase: open it with `age -d -i KEY` first."


def _header(file_key: bytes, passphrase: str, work_factor: int) -> bytes:
    salt = os.urandom(16)
    key = _cipher_of(passphrase, salt, work_factor).encrypt(bytes(12), file_key, None)
    signed = INTRO + b"-> scrypt %s %d\n%s\n---" % (_encoded(salt), work_factor, _encoded(key))
    return signed + b" " + _encoded(_mac(file_key, signed)) + b"\n"


def _unwrapped(header: re.Match[bytes], passphrase: str) -> bytes:
    """The key of the file."""
    work = int(header["work"])
    if work > MOST_WORK:
        raise BadBackup(
            f"To open this backup takes 2^{work} rounds of scrypt, more memory than whod gives to it "
            f"(2^{MOST_WORK}): open it with `age -d` on a larger machine, and encrypt it again."
        )
    try:
        return _cipher_of(passphrase, _decoded(header["salt"]), work).decrypt(
            bytes(12), _decoded(header["key"]), None
        )
    except InvalidTag:
        raise BadPassphrase("This is not the passphrase of the backup: try another.") from None


def _cipher_of(passphrase: str, salt: bytes, work_factor: int) -> ChaCha20Poly1305:
    """What wraps a file's key."""
    rounds = 2**work_factor
    key = hashlib.scrypt(
        passphrase.encode(),
        salt=b"age-encryption.org/v1/scrypt" + salt,
        n=rounds,
        r=_SCRYPT_R,
        p=1,
        maxmem=128 * _SCRYPT_R * (rounds + 64),
        dklen=32,
    )
    return ChaCha20Poly1305(key)


def _payload_cipher(file_key: bytes, nonce: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(_hkdf(file_key, nonce, b"payload"))


def _mac(file_key: bytes, signed: bytes) -> bytes:
    return hmac.digest(_hkdf(file_key, None, b"header"), signed, "sha256")


def _hkdf(key: bytes, salt: bytes | None, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(key)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _encoded(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _decoded(text: bytes) -> bytes:
    """The opposite; each value has one spelling."""
    try:
        data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise BadBackup(_DAMAGED) from None
    if _encoded(data) != text:
        raise BadBackup(_DAMAGED)
    return data
