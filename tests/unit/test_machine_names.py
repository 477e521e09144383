# SPDX-License-Identifier: Apache-2.0
"""Where a browser finds this machine."""

from __future__ import annotations

import ipaddress
import platform
import socket

import pytest

from daemon import machine


@pytest.fixture(autouse=True)
def _door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "node", lambda: "Door.example.org")


def test_its_names() -> None:
    assert machine.names() == ("door", "door.local")


def test_a_machine_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "node", lambda: "")
    assert machine.names() == ()
    assert len(machine.urls("0.0.0.0:8737")) == 1


@pytest.mark.parametrize("listen", ["127.0.0.1:8737", "localhost:80", "[::1]:8737", "192.168.1.7:8737"])
def test_one_address_is_that_address(listen: str) -> None:
    assert machine.urls(listen) == [f"http://{listen}/"]


@pytest.mark.parametrize("url", ["https://door.example", "https://door.example/"])
def test_behind_a_proxy_it_is_the_one_of_that(url: str) -> None:
    assert machine.urls("127.0.0.1:8738", url) == ["https://door.example/"]


@pytest.mark.parametrize("listen", ["0.0.0.0:8737", "[::]:8737"])
def test_all_addresses_are_a_number_and_a_name(listen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "address", lambda: "192.168.1.7")
    assert machine.urls(listen) == ["http://192.168.1.7:8737/", "http://door.local:8737/"]


def test_its_own_address_is_one_that_it_has() -> None:
    found = machine.address()
    if found is None:
        pytest.skip("there is no network")
    assert not ipaddress.ip_address(found).is_unspecified
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((found, 0))


def test_without_a_network_there_is_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unplugged(socket.socket):
        def connect(self, *_: object) -> None:
            raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(socket, "socket", Unplugged)
    assert machine.address() is None
    assert machine.urls("0.0.0.0:8737")[0] == "http://127.0.0.1:8737/"
