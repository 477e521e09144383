#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A machine that gets whod, and identifies somebody: run in the booted system.
# shellcheck source=tests/platform/guest.sh
source /srv/part/guest.sh

repo=/srv/whod
release=/opt/whod/current/.venv
pictures=/srv/pictures # what its camera sees, one after the other

# show PICTURE TIMES
shown=1000
show() {
  local end=$((shown + $2))
  for (( ; shown < end; shown++)); do ln -s "$repo/models/demo/$1" "$pictures/$shown.${1##*.}"; done
}

compilers() { command -v cc c99 gcc g++ clang cpp as ld rustc cargo gfortran cmake; }

# Of each compiled file: the processor that it is for, from its header.
processors() { find "$release" -name '*.so*' -type f -exec od -An -j 18 -N 2 -t x2 {} \; | sort -u | tr -d ' '; }

whod_tag() { sed -n 's/^Tag: //p' "$release"/lib/python3*/site-packages/whod-*.dist-info/WHEEL; }

versions() {
  "$release/bin/python" -c 'import importlib.metadata as m, sys; print(*(f"{n} {m.version(n)}" for n in sys.argv[1:]), sep=", ")' "$@"
}

numpy_of() { "$1" -c 'import numpy; print(numpy.__file__)'; }

printf 'allow_anonymous true\nlistener 1883 127.0.0.1\n' >/etc/mosquitto/conf.d/whod.conf
systemctl restart mosquitto
mkdir "$pictures"
show eileen-collins.jpg 10
show eileen-collins-mask.png 4 # nobody
show joe-biden.jpg 10
show joe-biden-mask.png 4
install -D -m 644 /dev/stdin /etc/whod/config.toml <<END
[camera]
source = "folder:$pictures"
fps = 0.3 # emulated, a look and a decision take seconds
loop = true
[mqtt]
host = "127.0.0.1"
node = "door"
fresh_s = 10
END

prove "this is $(uname -m), Debian $(cat /etc/debian_version), $(python3 --version)" same "$(uname -m)" aarch64
prove "nothing here could compile" not compilers
prove "install.sh installs whod as a service" install_sh "$repo"
cat /run/stdout >&2
prove "… which runs" is_up
prove "… and whose models see the golden picture as they should" has "$(cat /run/stdout)" "see the golden picture as they should"
prove "… from wheels alone: all that is compiled is for this processor" same "$(processors)" 00b7
prove "… and whod itself is Python alone" same "$(whod_tag)" py3-none-any
prove "… with $(versions ai-edge-litert opencv-python-headless numpy), the system's own" same \
  "$(numpy_of "$release/bin/python")" "$(numpy_of /usr/bin/python3)"

listen
since=$(now_heard)
prove "somebody is enrolled" whod enrol Eileen "$repo/models/demo/eileen-collins.jpg"
prove "… and identified at the camera, over MQTT" identifies Eileen "$since" 300
prove "… and who is not enrolled is a stranger" within 300 said "$since" '^whod/door/identified .*"event_type": ?"unknown"'
prove "whod ends when it is asked to" systemctl stop whod.service
prove "… as it should" same "$(of Result)" success
