# SPDX-License-Identifier: Apache-2.0
"""Why there is no connection to the broker, in a sentence that says what to do."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass

from daemon.errors import ConfigError

FAILURE = 0x80
"""MQTT 5 reason codes from here on are failures."""
PROTOCOL_ERROR = 0x82
UNSUPPORTED_PROTOCOL = 0x84
BAD_CREDENTIALS = 0x86
NOT_AUTHORISED = 0x87
BANNED = 0x8A
KEEP_ALIVE_TIMEOUT = 0x8D
TAKEN_OVER = 0x8E

_UNSIGNED = (2, 18, 19, 20, 21)
"""How OpenSSL says that nobody trusted has signed a certificate (openssl-verify)."""
_CERTIFICATES = {
    9: ("cert-early", "is not valid yet: check the date of this device"),
    10: ("cert-expired", "has expired: renew it, or check the date of this device"),
    62: ("cert-name", "is for another name: set mqtt.host to the one in it, or have one made for this"),
    64: ("cert-name", "is for another address: set mqtt.host to the name in it, or have one made for this"),
    **dict.fromkeys(
        _UNSIGNED,
        ("cert-unknown", "is signed by nobody whom whod trusts: set mqtt.ca_file to that of who signed it"),
    ),
}
"""What we dislike about a broker's certificate: a word and a sentence."""
_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST")
"""What OpenSSL calls answers that are none."""
_OLD_TLS = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "KEY_TOO_SMALL", "UNSAFE_LEGACY")


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps us from the broker."""

    sentence: str
    lasting: bool = False
    """Trying again soon would not help: somebody has to change something."""
    kind: str = ""
    """The same in a word, for those who have sentences of their own; see `daemon.types.BrokerTrial`."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, and the sentences about it."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def failed(self, error: Exception) -> Problem:
        """No connection could be made, or what came over it was no MQTT."""
        match error:
            case ConfigError():
                problem = Problem(str(error), lasting=True, kind="files")
            case ssl.SSLCertVerificationError():
                problem = self._distrusted(error)
            case ssl.SSLError():
                problem = self._no_tls(error)
            case socket.gaierror() | UnicodeError():
                problem = Problem(
                    f"The broker's name {self.host} is not known: check mqtt.host and the network.",
                    kind="unknown-name",
                )
            case ConnectionRefusedError():
                problem = Problem(
                    f"Nothing listens at {self}: start the broker, or correct mqtt.host and mqtt.port.",
                    kind="refused",
                )
            case TimeoutError():
                problem = self.silent
            case OSError():
                problem = Problem(
                    f"The broker at {self} cannot be reached ({error.strerror or error}): check the network.",
                    kind="unreachable",
                )
            case _:
                problem = self.strange
        return problem

    def refused(self, code: int, words: str) -> Problem:
        """The broker answered, and does not want us."""
        if code in (BAD_CREDENTIALS, NOT_AUTHORISED, BANNED):
            return Problem(
                f"The broker at {self} does not let us in ({words}): check mqtt.username and its password.",
                lasting=True,
                kind="no-entry",
            )
        if code == UNSUPPORTED_PROTOCOL:
            return Problem(
                f"The broker at {self} does not speak MQTT 5, nor 3.1.1: update it.",
                lasting=True,
                kind="old",
            )
        return Problem(f"The broker at {self} refuses the connection ({words}): see its log.", kind="closed")

    def dropped(self, code: int) -> Problem:
        """We have ended the connection, because of what came, or did not come."""
        return {KEEP_ALIVE_TIMEOUT: self.silent, PROTOCOL_ERROR: self.strange}.get(code, self.lost)

    def closed(self, code: int, words: str) -> Problem:
        """The broker has ended the connection."""
        if code == TAKEN_OVER:
            return Problem(
                f"Another device at {self} has the name of this one: give each its own mqtt.node.", lasting=True
            )
        return Problem(f"The broker at {self} has closed the connection ({words}): see its log.", kind="closed")

    @property
    def lost(self) -> Problem:
        """The connection ended, nobody said why. mosquitto 2.0 says nothing of a name that is used twice."""
        return Problem(
            f"The connection to the broker at {self} is lost: "
            "see whether it is up, and that no other device has this mqtt.node.",
            kind="lost",
        )

    def no_greeting(self, *, tls: bool) -> Problem:
        """The connection ended, and the broker had neither let us in nor said why not."""
        wants, setting = ("a certificate of whod's", "mqtt.cert_file") if tls else ("TLS at this port", "mqtt.tls")
        return Problem(
            f"What answers at {self} is no MQTT broker, or not up, or wants {wants}: "
            f"see mqtt.host, mqtt.port and {setting}.",
            kind="no-greeting",
        )

    @property
    def strange(self) -> Problem:
        """Something answers in another language."""
        return Problem(f"What answers at {self} is no MQTT broker: correct mqtt.host and mqtt.port.", kind="strange")

    @property
    def silent(self) -> Problem:
        """Something is there, or on the way to there, and does not answer."""
        return Problem(f"The broker at {self} does not answer: check that it is well, and mqtt.host.", kind="silent")

    @property
    def plain(self) -> Problem:
        """The password would go over the network for all to read."""
        return Problem(
            f"The broker at {self} is on another machine, and the password would go there for all to read: "
            "set mqtt.tls, or mqtt.plain_password if nobody else is in that network.",
            lasting=True,
            kind="plain-password",
        )

    @property
    def without_mqtt5(self) -> str:
        """What a broker that speaks 3.1.1 only cannot do; docs/mqtt.md."""
        return (
            f"The broker at {self} speaks MQTT 3.1.1, not 5: it may keep old messages for clients that sleep, and "
            "does not say what it denies."
        )

    def _distrusted(self, error: ssl.SSLCertVerificationError) -> Problem:
        """We do not believe that it is this broker."""
        kind, sentence = _CERTIFICATES.get(
            error.verify_code, ("cert-bad", f"is no good ({error.verify_message}): have another made")
        )
        return Problem(f"The certificate of the broker at {self} {sentence}.", lasting=True, kind=kind)

    def _no_tls(self, error: ssl.SSLError) -> Problem:
        """The greeting went wrong, or what was said right after it."""
        reason = getattr(error, "reason", None) or ""
        if any(word in reason for word in _OLD_TLS):
            return Problem(
                f"The broker at {self} offers only old TLS ({reason}): update it, 1.2 is the least.",
                lasting=True,
                kind="tls-old",
            )
        if "ALERT" in reason:
            return Problem(
                f"The broker at {self} does not accept who we are ({reason}): "
                "check mqtt.cert_file and mqtt.key_file.",
                lasting=True,
                kind="cert-own",
            )
        return Problem(
            f"What answers at {self} does not speak TLS: set mqtt.port to one that does (mostly 8883), "
            "or have it do so.",
            lasting=any(word in reason for word in _NO_TLS),
            kind="no-tls",
        )

    def denied(self, doing: str, topic: str) -> str:
        """The broker lets us in, but not to this topic; `doing` is ``write`` or ``read``."""
        return f"The broker at {self} does not let us {doing} {topic}: allow it in its access list (docs/mqtt.md)."

    def too_long(self, topic: str, most_bytes: int) -> str:
        """The broker would end the connection over a message of this length."""
        return f"The broker at {self} takes {most_bytes} bytes at most, too few for {topic}: raise its limit."
