#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Within the booted system: install.sh, and the service with that camera.
# shellcheck source=tests/platform/guest.sh
source /srv/part/guest.sh

python=/opt/whod/current/.venv/bin/python
pulled=/run/pulled
drop_in=/etc/systemd/system/whod.service.d
pretend=(LD_PRELOAD=/usr/local/lib/pretend.so PRETEND_PULLED="$pulled")
folders=(/srv/people/residents/*/)
residents=${#folders[@]}

# pace FPS [LINE…]: what the camera gives, and whod takes, from the next start on; LINE: a further setting of the camera, or
# a further table.
pace() {
  printf '[Service]\nEnvironment=%s %s PRETEND_FPS=%s\n' "${pretend[@]}" "$1" >"$drop_in/camera.conf"
  printf '%s\n' '[detector]' 'still_s = 0' '[tracking]' 'sighting_gap_s = 0.5' \
    '[mqtt]' 'host = "127.0.0.1"' 'node = "door"' 'username = "whod"' '[camera]' 'source = "picamera2"' "fps = $1" "${@:2}" \
    >/etc/whod/config.toml
  systemctl daemon-reload
}

api() { curl -sS --unix-socket /var/lib/whod/whod.sock "http://localhost/api/v1/$1"; }
camera_is() { api health | python3 -c 'import json, re, sys
part = next(part for part in json.load(sys.stdin)["parts"] if part["name"] == "camera")
print(part)
sys.exit(part["state"] != sys.argv[1] or not re.search(sys.argv[2], part["detail"] or ""))' "$@"; } # STATE PATTERN
both_are() { [[ $(api status | python3 -c 'import json, sys
print(*(f"{name} {camera["state"]}" for name, camera in json.load(sys.stdin)["cameras"].items()), sep=", ")') == "main $1, garden $1" ]]; } # STATE
frames() { api metrics | awk '/^whod_frames(_dropped)?_total / { n += $2 } END { printf "%d", n }'; }
passed() { [[ $(frames) -ge $1 ]]; }
logged() { journalctl --boot --unit=whod --no-pager | grep -qE -- "$1"; }

# visitors SINCE [CAMERA]: who was said to be there, in turn: the number of a resident, or "-".
visitors() { tail -c +$(($1 + 1)) "$heard" | grep -E "^whod/door/identified .*\"camera\": ?\"${2-main}\"" | sed -E 's/.*"event_type": ?"unknown".*/-/; s/.*"name": ?"resident ([0-9]+)".*/\1/'; }
many() { [[ $(visitors "$1" "${3-main}" | wc -l) -ge $2 ]]; } # SINCE COUNT [CAMERA]

# in_turn SINCE: whether each was said to be who is played, one after the other.
in_turn() {
  visitors "$1" | tr '\n' ' '
  visitors "$1" | python3 -c 'import sys
turn = [str(number + 1) for number in range(int(sys.argv[1]))] + ["-"]
told = sys.stdin.read().split()
sys.exit(not told or any(told[i] != turn[(turn.index(told[0]) + i) % len(turn)] for i in range(len(told))))' "$residents"
}

# --- installed --------------------------------------------------------------------------------------------------------

mkdir -p /etc/whod "$drop_in"
install -m 600 /dev/stdin /etc/whod/mqtt_password <<<"quite-a-secret-$RANDOM$RANDOM"
printf '[Service]\nLoadCredential=mqtt_password:/etc/whod/mqtt_password\n' >"$drop_in/password.conf"
pace 10
start_broker
listen
touch "$pulled"
prove "install.sh, where the system's Python has Picamera2" install_sh /srv/new
"$python" /srv/part/pictures.py /srv/pictures /srv/people/*.jpg
"$python" /srv/part/pictures.py /srv/garden "/srv/people/$residents.jpg"
systemctl restart "$unit" # which has looked for the pictures
versions=$(env "${pretend[@]}" "$python" -c 'import sys, numpy, picamera2, ai_edge_litert, importlib.metadata as m
print(f"Picamera2 {m.version("picamera2")} on Python {sys.version_info[0]}.{sys.version_info[1]}, LiteRT {ai_edge_litert.__version__},",
      f"numpy {numpy.__version__} of {numpy.__path__[0]}")')
prove "… whod sees it: $versions" has "$versions" /usr/lib/python3/dist-packages/numpy
prove "libcamera knows what whod may ask for of light" env "${pretend[@]}" "$python" -c 'from libcamera import controls as c
print(c.AeExposureMode.name, c.ExposureValue.name, c.ExposureTime.name, c.AnalogueGain.name, c.FrameDurationLimits.name)
assert [int(mode) for mode in (c.AeExposureModeEnum.Normal, c.AeExposureModeEnum.Short, c.AeExposureModeEnum.Long)] == [0, 1, 2]'

# --- the camera comes, and whod identifies ----------------------------------------------------------------------------------

prove "without a camera it runs, and says so" within 30 camera_is waiting 'The Pi.s camera is not connected'
start=$SECONDS
rm "$pulled"
prove "it is plugged in: whod has it" within 30 camera_is ok ''
prove "… $((SECONDS - start)) s after, in the service's sandbox" test $((SECONDS - start)) -le 15
prove "… and says what it is" has "$(api status)" 'Picamera2 virtual 1280x720'
whod import /srv/people/residents >&2 || true # of the demo or of others, of whom a picture may show somebody else, too
prove "$residents residents are enrolled" same "$(people | cut -d ' ' -f 2,3 | sort)" "$(ls /srv/people/residents)"
since=$(now_heard)
prove "it identifies people that the camera shows" within 120 many "$since" $((2 * residents + 3))
prove "… each by the right name, and the stranger as one: $(visitors "$since" | tr '\n' ' ')" in_turn "$since"
pid=$(of MainPID) since=$(now_heard)
systemctl restart "$unit"
prove "it is restarted" pid_is_not "$pid"
prove "… and identifies" within 60 many "$since" 2

# --- the camera goes, and comes back --------------------------------------------------------------------------------------

# held: descriptors, threads, MB; of each the least of some seconds, as a request or a write holds some for a moment.
held() {
  local process least=()
  process=/proc/$(of MainPID)
  for _ in {1..8}; do
    least+=("$(find "$process/fd" -type l | wc -l) $(awk '/^Threads/ { print $2 }' "$process/status") $(awk '/^VmRSS/ { print int($2 / 1024) }' "$process/status")")
    sleep 0.5
  done
  for column in 1 2 3; do printf '%s\n' "${least[@]}" | cut -d ' ' -f $column | sort -n | head -n 1; done | paste -s -d ' '
}
no_more() { python3 -c 'import sys
before, after = (list(map(int, text.split())) for text in sys.argv[1:])
print(before, after)
sys.exit(any(now > then + more for then, now, more in zip(before, after, (2, 0, 8))))' "$@"; }

pid=$(of MainPID) before=$(held) start=$SECONDS
touch "$pulled"
prove "the camera's cable is pulled: health says so" within 30 camera_is waiting 'gave no frame for 5 s: check its cable'
prove "… $((SECONDS - start)) s after" test $((SECONDS - start)) -le 15
sleep 20
since=$(now_heard) start=$SECONDS
rm "$pulled"
prove "… and plugged in again: it has it back" within 60 camera_is ok ''
prove "… $((SECONDS - start)) s after, and identifies" within 60 many "$since" 2
prove "… in the same process" same "$(of MainPID)" "$pid"
after=$(held)
prove "… which holds no more descriptors and threads: ${before% *} before, ${after% *} after" no_more "${before% *}" "${after% *}"

# --- two cameras ----------------------------------------------------------------------------------------------------------

pace 10 '[cameras.garden]' 'source = "picamera2:1"'
sed -i 's/PRETEND_FPS=10/PRETEND_FPS=20/' "$drop_in/camera.conf" # of both together
systemctl daemon-reload
systemctl restart "$unit"
prove "with a second camera, whod has both" within 30 both_are ok
since=$(now_heard)
prove "… and identifies people at the first" within 120 many "$since" $((residents + 2))
prove "… each by the right name: $(visitors "$since" | tr '\n' ' ')" in_turn "$since"
prove "… and at the second" within 60 many "$since" 2 garden
prove "… the one who is there, and nobody else: $(visitors "$since" garden | tr '\n' ' ')" same \
  "$(visitors "$since" garden | sort -u)" "$residents"

# --- for long -------------------------------------------------------------------------------------------------------------

pace 100 'gain = 2'
systemctl restart "$unit"
prove "a wish that the camera cannot meet is told" within 30 logged 'camera.gain is left alone: this camera has no such control'
prove "frames come as fast as they can" within 120 passed 2000
early=$(held) before=$(frames) start=$SECONDS
prove "10,000 frames" within 600 passed $((before + 10000))
late=$(held)
prove "… in $((SECONDS - start)) s; descriptors, threads, MB: $early before, $late after" no_more "$early" "$late"

# --- looked at --------------------------------------------------------------------------------------------------------------

systemctl stop "$unit"
doctor=$(env "${pretend[@]}" whod doctor 2>&1)
prove "whod doctor sees the camera" grep -qE 'Picamera2 virtual 1280x720 gives pictures of 1280 x 720' <<<"$doctor"
prove "… and that it cannot do as wished" grep -q 'camera.gain is left alone' <<<"$doctor"
