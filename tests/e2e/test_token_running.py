# SPDX-License-Identifier: Apache-2.0
"""Tokens made by the command line, and what they open at a daemon that runs."""

import json
import socket
import threading

from support_daemon import EILEEN, play


def test_tokens_with_and_without_a_daemon(daemon, tmp_path):
    made = daemon.whod("token", "create", "grafana", "--scope", "read")
    bearer = made.stdout.strip()
    token_id = bearer.split("_")[1]
    assert f"whod token revoke {token_id} ends it" in made.stderr
    assert "never used" in daemon.whod("token", "list").stdout
    daemon.start(play(tmp_path / "day", (EILEEN, 2)))
    assert daemon.get("/api/v1/people", Authorization="")[0] == 401
    read = {"Authorization": f"Bearer {bearer}"}
    assert daemon.get("/api/v1/people", **read) == (200, b"[]\n")
    assert b"whod_people 0.0" in daemon.get("/metrics", **read)[1]
    assert daemon.get("/api/v1/tokens", **read)[0] == 403
    other = daemon.whod("token", "create", "all", "--scope", "admin", "--days", "1").stdout.strip()
    admin = {"Authorization": f"Bearer {other}"}
    listed = json.loads(daemon.get("/api/v1/tokens", **admin)[1])
    assert [(token["id"], token["scope"]) for token in listed] == [(token_id, "read"), (other.split("_")[1], "admin")]
    assert daemon.whod("token", "revoke", token_id).stdout == f"grafana is revoked ({token_id})\n"
    assert daemon.get("/api/v1/people", **read)[0] == 401
    assert daemon.whod("token", "revoke", token_id).returncode == 2
    (deed, before) = json.loads(daemon.whod("token", "audit", "--json").stdout)
    assert (deed["who"], deed["action"], deed["target"]) == ("socket", "revoke_token", token_id)
    assert before["action"] == "create_token"
    assert daemon.end() == 0
    assert [token["id"] for token in json.loads(daemon.whod("token", "list", "--json").stdout)] == [listed[1]["id"]]
    assert bearer not in daemon.log.read_text()


def test_a_damaged_file_is_said_and_left(daemon, tmp_path):
    daemon.whod("token", "create", "x", "--scope", "read")
    path = daemon.state / "admin.db"
    path.write_bytes(b"rubbish" * 1000)
    daemon.start(play(tmp_path / "day", (None, 2)))
    assert "no token is accepted" in str(daemon.health())
    assert daemon.get("/api/v1/people", Authorization="Bearer whod_12345678_00")[0] == 503
    assert daemon.whod("people").returncode == 0
    assert "is damaged" in daemon.whod("token", "list").stderr
    assert path.read_bytes() == b"rubbish" * 1000


def test_events_of_a_running_daemon_and_its_end(daemon, tmp_path):
    daemon.whod("enrol", "Eileen", EILEEN)
    bearer = daemon.whod("token", "create", "x", "--scope", "read").stdout.strip()
    daemon.start(play(tmp_path / "day", (None, 2), (EILEEN, 40), (None, 200)), "tracking.sighting_gap_s=0.5")
    with socket.create_connection(("127.0.0.1", daemon.page), timeout=30) as stream:
        head = f"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {bearer}\r\n"
        stream.sendall(f"{head}Last-Event-ID: from-the-beginning\r\n\r\n".encode())
        seen = b""
        while b"event: sighting" not in seen:
            got = stream.recv(65_536)
            assert got, seen
            seen += got
        assert b"event: identified\ndata: {" in seen
        assert b'"name": "Eileen"' in seen
        ended = []
        reader = threading.Thread(target=lambda: ended.extend(iter(lambda: stream.recv(65_536), b"")))
        reader.start()
        assert daemon.end(timeout_s=5) == 0
        reader.join(5)
        assert not reader.is_alive()
