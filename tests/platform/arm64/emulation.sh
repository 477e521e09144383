# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# An arm64 processor where there is none: QEMU's, for each arm64 program that this machine runs. Read after lib.sh.

: "${roots:?source lib.sh}" "${keyring:?}"

# The models' runtime stops in QEMU before 10; that of Debian 13 is linked statically, and runs on Debian 12 as it is.
qemu_suite=trixie
# What a Pi 3 and a Zero 2 W have, and nothing newer: a wheel that asks for more stops here, too.
export QEMU_CPU=cortex-a53

fetch_qemu() {
  local folder
  folder=$(mktemp -d --tmpdir="${work:?}" qemu.XXXXXX)
  say "fetching QEMU"
  mmdebstrap --quiet --variant=extract --include=qemu-user --keyring="$keyring" "$qemu_suite" "$folder"
  cp "$folder/usr/bin/qemu-aarch64" "$1"
  rm -rf --one-file-system "$folder"
}

# arm64_programs: how Linux knows them, as binfmt_misc wants it, MAGIC:MASK: ELF, 64 bits, little-endian, a program (2) or one
# that can be put anywhere (3), for AArch64 (0xb7).
arm64_programs() {
  local magic='\x7f\x45\x4c\x46\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
  local mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
  printf '%s' "$magic:$mask"
}

# emulate NAME: from now on this machine runs arm64 programs, until this part ends. One that is arm64 does so anyway.
emulate() {
  [[ $(uname -m) != aarch64 ]] || return 0
  need mmdebstrap mmdebstrap
  local qemu
  qemu=$roots/qemu-aarch64-$(key_of "$qemu_suite" "$(declare -f fetch_qemu)")
  once "$qemu" fetch_qemu
  say "$("$qemu" --version | head -n 1)"
  [[ -e /proc/sys/fs/binfmt_misc/register ]] || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc ||
    die "this kernel cannot be told to run arm64 programs (binfmt_misc)."
  emulator=/proc/sys/fs/binfmt_misc/$1
  stop_emulating # of a part that was killed
  at_end stop_emulating
  # F: QEMU is opened now, so that no root needs one of its own. OP: programs see the name that they were called by.
  printf ':%s:M::%s:%s:OPF' "$1" "$(arm64_programs)" "$qemu" >/proc/sys/fs/binfmt_misc/register
}

stop_emulating() { [[ ! -e $emulator ]] || echo -1 >"$emulator"; }

# bootable ROOT: QEMU passes on none of the newer calls that systemd sets up mount namespaces and credentials with. So
# services run without those here; the part `systemd` shows whod in all of its sandbox.
bootable() {
  mkdir -p "$1/etc/systemd/system/service.d"
  cat >"$1/etc/systemd/system/service.d/emulated.conf" <<'END'
[Service]
ImportCredential=
LoadCredential=
SetCredential=
ProtectSystem=no
ProtectHome=no
ProtectProc=default
ProtectControlGroups=no
ProtectKernelLogs=no
ProtectKernelModules=no
ProtectKernelTunables=no
PrivateTmp=no
PrivateMounts=no
PrivateIPC=no
PrivateDevices=no
PrivateNetwork=no
END
  # Emulated, all takes some ten times as long.
  install -D -m 644 /dev/stdin "$1/etc/systemd/system/whod.service.d/slow.conf" <<'END'
[Service]
TimeoutStartSec=900
WatchdogSec=300
END
}
