# SPDX-License-Identifier: Apache-2.0
"""whod installed, not from the checkout, in an environment of its own for each runtime and Python."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

ENVIRONMENTS = {
    "tflite-runtime on this Python": (sys.executable, "tflite"),
    "LiteRT on Python 3.13": (shutil.which("python3.13"), "litert"),
}


@pytest.fixture(params=ENVIRONMENTS)
def installed(request, tmp_path):
    """A fresh environment with whod in it: its folder and the extra."""
    python, extra = ENVIRONMENTS[request.param]
    if python is None or subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode:
        pytest.skip("there is no Python 3.13")
    if extra == "tflite" and sys.version_info >= (3, 12):
        pytest.skip("tflite-runtime has no wheel for this Python")
    subprocess.run([python, "-m", "venv", tmp_path / "env"], check=True)
    pip = [tmp_path / "env" / "bin" / "pip", "install", "-q", "--disable-pip-version-check"]
    done = subprocess.run([*pip, f"{ROOT}[{extra}]"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return tmp_path / "env", extra


def test_each_runtime_sees_the_same(installed, tmp_path):
    env, extra = installed

    def whod(*arguments):
        command = [env / "bin" / "whod", "--state-dir", tmp_path / "state", "--set", "camera.source=demo", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == ""
        return done.stdout

    runtime = {"tflite": "tflite_runtime", "litert": "ai_edge_litert"}[extra]
    assert f"on {runtime} see the golden picture as they should" in whod("doctor")
    golden = env / "share" / "whod" / "models" / "golden.png"
    (face,) = json.loads(whod("embed", golden, "--jsonl"))["faces"]
    assert len(face["embedding"]) == 192
    assert "created" in whod("enrol", "Eileen", golden)
    assert whod("identify", golden).count("Eileen") == 1
    if extra == "tflite":
        # It leaves our int8 operators to slow kernels: 20 times the time of float on a PC.
        config = tmp_path / "whod.toml"
        config.write_text("# ours\n")
        assert "run whod doctor --fix" in whod("doctor")
        assert "Set detector.precision" in whod("--config", config, "doctor", "--fix")
        written = '[detector]\nprecision = "float"\n\n[embedder]\nprecision = "float"\n'
        assert config.read_text() == f"# ours\n\n{written}"
        assert "Nothing to fix." in whod("--config", config, "doctor", "--fix")
