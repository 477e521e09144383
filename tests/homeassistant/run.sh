#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The tests with Home Assistant's own code: its discovery schemas, and its core with a real broker and whod's publisher.
#
#   tests/homeassistant/run.sh [PYTEST ARGUMENT…]
#
# Needs `./install.sh dev`, mosquitto, and Python 3.12, 3.13 or 3.14 ($PYTHON, else the newest that is found). The first run
# makes an environment for it, .venv-homeassistant (about 600 MB, a few minutes): Home Assistant wants other versions of
# what whod needs, so whod runs beside it in its own.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
venv=$root/.venv-homeassistant

die() {
  echo "$*" >&2
  exit 1
}

runs() {
  "$1" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 12), (3, 13), (3, 14)))' 2>/dev/null
}

find_python() {
  local candidate candidates=("${PYTHON-}" python3.14 python3.13 python3.12)
  candidates+=("$HOME"/.pyenv/versions/3.{14,13,12}.*/bin/python)
  for candidate in "${candidates[@]}"; do
    if runs "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  die "No Python 3.12 to 3.14 was found: say where one is, as PYTHON=… $0"
}

# The newest release for each Python; each has its own version of Home Assistant, which its number does not say.
package() {
  case $("$1" -c 'import sys; print(sys.version_info[1])') in
    12) echo pytest-homeassistant-custom-component==0.13.205 ;; # 2025.1.4
    13) echo pytest-homeassistant-custom-component==0.13.316 ;; # 2026.2.3
    14) echo pytest-homeassistant-custom-component==0.13.375 ;; # 2026.10.4
  esac
}

[[ -x $root/.venv/bin/whod ]] || die "whod is not installed here: ./install.sh dev"
if [[ -n ${PYTHON-} || ! -x $venv/bin/python ]]; then python=$(find_python); else python=$venv/bin/python; fi
wanted=$(package "$python")
if [[ $(cat "$venv/made-of" 2>/dev/null) != "$wanted" ]]; then
  echo "Installing $wanted into $venv"
  rm -rf "$venv"
  "$python" -m venv "$venv"
  # 2026.2 asks for a later 3.13 than some systems have, and runs with the first.
  "$venv/bin/pip" install --quiet --ignore-requires-python "$wanted"
  echo "$wanted" >"$venv/made-of"
fi
"$venv/bin/python" -c 'from homeassistant.const import __version__ as version; print("Home Assistant", version)'
cd "$here"
WHOD_PYTHON=$root/.venv/bin/python exec "$venv/bin/python" -m pytest -c ha.ini --confcutdir "$here" "$@"
