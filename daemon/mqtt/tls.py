# SPDX-License-Identifier: Apache-2.0
"""TLS to the broker: whom to believe that it is the broker, and how to show who whod is."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from daemon.config import private_file
from daemon.errors import ConfigError

if TYPE_CHECKING:
    from daemon.config import MqttSettings


class TlsSocket(ssl.SSLSocket):
    """Remembers why it broke: a broker may say after the greeting that it wants another certificate."""

    fault: ssl.SSLError | None = None

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - as it is in SSLSocket
        """Agree on keys. Raises OSError: SSLEOFError also where the other side just hangs up."""
        try:
            super().do_handshake(block)
        except OSError as error:
            self.close()  # paho does not
            if isinstance(error, ConnectionError):
                raise ssl.SSLEOFError(error.errno, error.strerror) from error
            raise

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Read what came. Raises OSError."""
        try:
            return super().recv(buflen, flags)
        except ssl.SSLError as error:
            if not isinstance(error, (ssl.SSLWantReadError, ssl.SSLWantWriteError)):
                self.fault = error
            raise


def tls_context(settings: MqttSettings) -> ssl.SSLContext:
    """What the files say now. Raises ConfigError if one of them cannot be used.

    The broker's certificate must be valid today and for `settings.host`, and be signed by one in `settings.ca_file`
    (else the system's), or stand there itself.
    """
    # Not create_default_context, which from Python 3.13 on refuses certificates as most instructions make them.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = TlsSocket
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if settings.ca_file:
        try:
            context.load_verify_locations(settings.ca_file)
        except ssl.SSLError as error:
            raise ConfigError([f"mqtt.ca_file: {settings.ca_file} holds no certificate in PEM."]) from error
        except OSError as error:
            raise _unreadable("mqtt.ca_file", settings.ca_file, error) from error
    else:
        context.load_default_certs()
    if settings.cert_file:
        _load_own_certificate(context, settings.cert_file, settings.key_file)
    elif settings.key_file:
        raise ConfigError(["mqtt.key_file: a key needs its certificate: set mqtt.cert_file too."])
    return context


def _load_own_certificate(context: ssl.SSLContext, cert_file: str, key_file: str) -> None:
    setting, path = ("mqtt.key_file", key_file) if key_file else ("mqtt.cert_file", cert_file)
    private_file(setting, path)

    def passphrase() -> str:
        raise ConfigError([f"{setting}: the key in {path} has a passphrase: write it without one (openssl pkey)."])

    try:
        context.load_cert_chain(cert_file, key_file or None, passphrase)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            said = f"{cert_file} is not the certificate of the key in {path}."
        else:
            said = f"{cert_file} and {path} do not hold a certificate and its key in PEM."
        raise ConfigError([f"mqtt.cert_file: {said}"]) from error
    except OSError as error:
        raise _unreadable("mqtt.cert_file", cert_file, error) from error


def _unreadable(setting: str, path: str, error: OSError) -> ConfigError:
    return ConfigError([f"{setting}: {path} cannot be read: {error.strerror}."])
