#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The service as install.sh makes it, in a Debian 12 with a systemd that runs: three boots of one machine.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=tests/platform/lib.sh
source "$here/../lib.sh"
before=047281c # the last commit of whod with a gallery of form 2, and of others of its time

packages=(adduser ca-certificates curl dbus mosquitto mosquitto-clients nginx-light openssl procps python3 python3-venv
  systemd systemd-sysv)

# old_checkout FOLDER: what the machine ran before: that daemon, with an installer that did not exist then.
old_checkout() {
  git -C "$repo" cat-file -e "$before" 2>/dev/null || die "the upgrade needs the project's history: git fetch --unshallow"
  checkout "$1" "$before"
  cp -r "$repo"/{install.sh,systemd} "$1"
  sed -i 's/^version = .*/version = "0.0.9"/' "$1/pyproject.toml"
}

# A release that passes what install.sh tries before it is switched to, and ends as soon as it is a service.
broken_checkout() {
  checkout "$1"
  sed -i 's/^version = .*/version = "9.9.9"/' "$1/pyproject.toml"
  sed -i 's/^    sys.exit(context.run_daemon.*/    sys.exit(1)/' "$1/daemon/cli/run.py"
  if cmp -s "$1/daemon/cli/run.py" "$repo/daemon/cli/run.py"; then die "whod run is not where it was: break it otherwise."; fi
}

scratch
root=$work/door
fresh_root "$root" bookworm amd64 "${packages[@]}"
wheels=$(wheels bookworm amd64 litert)
give_wheels "$root" "$wheels"
mkdir -p "$root/srv/part"
cp "$here/../guest.sh" "$root/srv/part/"
checkout "$root/srv/new"
old_checkout "$root/srv/old"
broken_checkout "$root/srv/broken"
for script in upgrade service remove; do
  say "boot: $script"
  boot "$root" "$here/$script.sh" 900 || die "$script: exit status $?"
done
