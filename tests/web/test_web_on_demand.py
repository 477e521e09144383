# SPDX-License-Identifier: Apache-2.0
"""A page that is loaded for the first who asks for it."""

import socket
import threading
import urllib.request
from functools import partial

import pytest
from support_web import running

from web_admin.listening import listen_tcp
from web_admin.on_demand import OnDemandServer
from web_admin.server import HttpServer


class Made:
    """How often the app was made, and what else is done then."""

    def __init__(self, app, meanwhile=lambda: None):
        self.app, self.meanwhile, self.times = app, meanwhile, 0

    def __call__(self):
        self.times += 1
        self.meanwhile()
        return partial(HttpServer, self.app)


def ask(listener_at):
    with urllib.request.urlopen(f"http://localhost:{listener_at[1]}/health", timeout=5) as answer:
        return answer.status


def test_it_is_made_for_the_first_and_once(page_app):
    listener, made = listen_tcp("127.0.0.1", 0), Made(page_app)
    at = listener.getsockname()
    with running(OnDemandServer(listener, made)):
        assert made.times == 0
        assert [ask(at) for _ in range(3)] == [200] * 3
        assert made.times == 1


def test_who_comes_while_it_is_made_waits(page_app):
    listener, loaded = listen_tcp("127.0.0.1", 0), threading.Event()
    at = listener.getsockname()
    with running(OnDemandServer(listener, Made(page_app, lambda: loaded.wait(5)))):
        answers = []
        asking = [threading.Thread(target=lambda: answers.append(ask(at))) for _ in range(3)]
        for thread in asking:
            thread.start()
        assert not answers
        loaded.set()
        for thread in asking:
            thread.join(5)
    assert answers == [200] * 3


def test_it_ends_before_anybody_came_and_gives_the_port_back(page_app):
    listener, made = listen_tcp("127.0.0.1", 0), Made(page_app)
    port = listener.getsockname()[1]
    with running(OnDemandServer(listener, made)):
        pass
    assert made.times == 0
    listen_tcp("127.0.0.1", port).close()


def test_it_ends_while_it_is_made(page_app):
    listener, begun, loaded = listen_tcp("127.0.0.1", 0), threading.Event(), threading.Event()

    def load():
        begun.set()
        loaded.wait(5)

    server = OnDemandServer(listener, Made(page_app, load))
    with running(server), socket.create_connection(listener.getsockname()):
        assert begun.wait(5)
        server.close()
        loaded.set()


def test_closed_before_it_ran_and_twice(page_app):
    server = OnDemandServer(listen_tcp("127.0.0.1", 0), made := Made(page_app))
    server.close()
    server.close()
    server.run()
    server.close()
    assert made.times == 0


def test_what_cannot_be_made_gives_the_port_back_and_says_why(page_app):
    def fail():
        raise RuntimeError("no memory")

    listener = listen_tcp("127.0.0.1", 0)
    at = listener.getsockname()
    server = OnDemandServer(listener, Made(page_app, fail))
    with socket.create_connection(at), pytest.raises(RuntimeError, match="no memory"):
        server.run()
    server.close()
    listen_tcp("127.0.0.1", at[1]).close()
