#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The service with the real Picamera2 on libcamera's virtual camera, in a Debian 13 with a systemd that runs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=tests/platform/lib.sh
source "$here/../lib.sh"
faces=$repo/../shared/faces/lfw # optional: pictures of more people

# What Picamera2 and the camera's stand-ins need, and what they are made with.
packages=(ca-certificates curl dbus gcc libc6-dev libcamera-ipa mosquitto mosquitto-clients procps python3 python3-dev
  python3-jsonschema python3-libarchive-c python3-libcamera python3-numpy python3-pil python3-piexif python3-pip
  python3-prctl python3-av python3-tqdm python3-venv systemd systemd-sysv udev)

# with_picamera2 TAR: such a system, where the system's Python has Picamera2, as on a Pi.
with_picamera2() {
  local tar=$1 root
  root=$(mktemp -d --tmpdir="$work" root.XXXXXX)
  fresh_root "$root" trixie amd64 "${packages[@]}"
  online "$root"
  inside "$root" python3 -m pip install --quiet --break-system-packages --root-user-action=ignore picamera2==0.3.38
  local site=$root/usr/local/lib/python3.13/dist-packages
  cp "$here"/{pykms,virtual_camera}.py "$site/"
  echo 'import virtual_camera' >>"$site/picamera2/__init__.py"
  cp "$here/pretend.c" "$root/usr/local/src/"
  inside "$root" gcc -O2 -Wall -Wextra -Werror -shared -fPIC -o /usr/local/lib/pretend.so /usr/local/src/pretend.c
  install -D -m 644 "$here/virtual.yaml" "$root/usr/share/libcamera/pipeline/virtual/virtual.yaml"
  tar -cpf "$tar" -C "$root" --numeric-owner --xattrs --one-file-system .
  rm -rf --one-file-system "$root"
}

# people FOLDER: in FOLDER/residents/N whom to enrol, each with pictures; FOLDER/N.jpg another picture of each, and of a
# stranger at last: of the people of the demo, whose only pictures they are, or of others.
people() {
  local number=0 person
  if [[ -d $faces ]]; then
    while read -r person; do
      number=$((number + 1))
      mapfile -t pictures < <(find "$person" -name '*.jpg' | sort | head -n 6)
      if [[ $number -le 4 ]]; then
        mkdir -p "$1/residents/resident $number"
        cp "${pictures[@]:1}" "$1/residents/resident $number/"
      fi
      cp "${pictures[0]}" "$1/$number.jpg"
    done < <(find "$faces" -mindepth 2 -name '*_0006.jpg' -printf '%h\n' | sort | head -n 5)
    return
  fi
  for person in "$repo"/models/demo/*.jpg; do
    number=$((number + 1))
    mkdir -p "$1/residents/resident $number"
    cp "$person" "$1/$number.jpg"
    cp "$person" "$1/residents/resident $number/"
  done
  rm -r "$1/residents/resident $number"
}

scratch
[[ $(dpkg --print-architecture) == amd64 ]] || die "this part is for amd64 alone: pretend.c knows how functions are called there."
tar=$roots/picamera-$(key_of "${packages[*]}" "$(declare -f debootstrap_tar with_picamera2)" "$(cat "$here"/{pretend.c,pykms.py,virtual_camera.py,virtual.yaml})").tar
once "$tar" with_picamera2
root=$work/door
mkdir "$root"
tar -xpf "$tar" -C "$root" --numeric-owner --xattrs
wheels=$(wheels trixie amd64 litert)
give_wheels "$root" "$wheels"
checkout "$root/srv/new"
mkdir -p "$root"/srv/{part,pictures,garden,people}
cp "$here/../guest.sh" "$here"/*.{sh,py} "$root/srv/part/"
people "$root/srv/people"
boot "$root" "$here/service.sh" 1500 || die "service.sh: exit status $?"
