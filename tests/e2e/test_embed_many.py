# SPDX-License-Identifier: Apache-2.0
"""`whod embed` on many pictures: the next is decoded while one is looked at, which nobody must notice."""

import json
import signal
import subprocess
import sys

import pytest
from support_daemon import BARACK, EILEEN, JOE, whod


def test_the_lines_are_in_order_and_a_bad_picture_has_its_own(tmp_path):
    given = {"a.jpg": EILEEN, "c.jpg": BARACK, "e.jpg": JOE, "f.jpg": EILEEN}
    for name, picture in given.items():
        (tmp_path / name).symlink_to(picture)
    (tmp_path / "b.jpg").write_bytes(EILEEN.read_bytes()[:5000])
    (tmp_path / "d.png").write_bytes(b"no picture")
    records = [json.loads(line) for line in whod("embed", tmp_path, "--jsonl").stdout.splitlines()]
    assert [record["path"] for record in records] == [
        str(tmp_path / f"{name}") for name in sorted([*given, "b.jpg", "d.png"])
    ]
    assert [bool(record["error"]) for record in records] == [False, True, False, True, False, False]
    assert records[0]["faces"] == records[5]["faces"] != records[2]["faces"]
    (alone,) = [json.loads(line) for line in whod("embed", JOE, "--jsonl").stdout.splitlines()]
    assert {**records[4], "path": str(JOE)} == alone


@pytest.mark.parametrize("end", [signal.SIGINT, None], ids=["Ctrl-C", "the reader goes away"])
def test_it_can_be_stopped_at_once(tmp_path, end):
    for number in range(2000):
        (tmp_path / f"{number}.jpg").symlink_to(EILEEN)
    command = [sys.executable, "-m", "daemon", "embed", str(tmp_path), "--jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        for _ in range(3):
            assert json.loads(process.stdout.readline())["faces"]
        if end:
            process.send_signal(end)
        else:
            process.stdout.close()
        assert process.wait(timeout=10) == 1
        assert "Traceback" not in process.stderr.read()
