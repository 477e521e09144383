#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests.sh TOOL…: the tests of `selection`, in the environment that install.sh made, with these tools: run in the system.
set -euo pipefail
release=/opt/whod/current/.venv
unlimited=tests/unit/test_passwords.py::test_too_little_memory_is_said # QEMU sets its programs no limit of memory
cd /srv/whod
"$release/bin/python" -m pip install --quiet --no-compile --only-binary=:all: "$@"
mapfile -t chosen < <(grep -v '^#' tests/platform/arm64/selection)
exec "$release/bin/pytest" -m 'not slow' -q --durations=10 -p no:cacheprovider --deselect "$unlimited" "${chosen[@]}"
