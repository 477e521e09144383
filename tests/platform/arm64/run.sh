#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# whod on an arm64 processor, that of a Pi 3: `run.sh bookworm` or `run.sh trixie`, with that Debian's Python and numpy, as
# Raspberry Pi OS has them. It shows that all works there, and nothing of how fast.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=tests/platform/lib.sh
source "$here/../lib.sh"
# shellcheck source=tests/platform/arm64/emulation.sh
source "$here/emulation.sh"

suite=${1:?bookworm or trixie}
packages=(dbus mosquitto mosquitto-clients python3 python3-numpy python3-venv systemd systemd-sysv)
tools=('pytest>=8,<10' 'hypothesis>=6.100,<7' 'scikit-image>=0.24,<1') # what these tests import

# as_on_a_pi ROOT: Python's packages of the system are whod's, too, where Picamera2 is one of them. Debian has none: it is a
# name here, which no camera of this part asks for more.
as_on_a_pi() {
  install -D -m 644 /dev/stdin "$1/usr/lib/python3/dist-packages/picamera2/__init__.py" <<<'# For arm64 in tests/platform'
}

# numpy_of ROOT: the requirement that the system's own is.
numpy_of() {
  local found
  found=$(basename "$1"/usr/lib/python3/dist-packages/numpy-*-info)
  [[ $found =~ ^numpy-([0-9.]+)\.(dist|egg)-info$ ]] || die "$suite has no numpy: $found"
  printf 'numpy==%s' "${BASH_REMATCH[1]}"
}

scratch
emulate "whod-$suite"
root=$work/$suite
fresh_root "$root" "$suite" arm64 "${packages[@]}"
as_on_a_pi "$root"
wheels=$(wheels "$suite" arm64 litert "$(numpy_of "$root")" "${tools[@]}")
give_wheels "$root" "$wheels"
bootable "$root"
mkdir -p "$root/srv/part"
cp "$here/../guest.sh" "$root/srv/part/"
checkout "$root/srv/whod"
say "boot: a door"
boot "$root" "$here/door.sh" 1200 || die "door.sh: exit status $?"
say "tests"
start=$SECONDS
OFFLINE=1 inside "$root" /srv/whod/tests/platform/arm64/tests.sh "${tools[@]}" >"$work/tests" || failed=true
cat "$work/tests" >&2
result="$(tail -n 1 "$work/tests"), with their tools $((SECONDS - start)) s"
[[ -z ${failed-} ]] || refuted "the tests of what computes, is compiled, or is kept: $result"
proved "the tests of what computes, is compiled, or is kept: $result"
