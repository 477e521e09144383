# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the parts of `make platform` are made of: Debian systems in folders ("roots"), and ways into them. A part begins with
#   set -euo pipefail; source ".../lib.sh"; scratch
# Its standard output is for the lines "ok - …"; standard error is its log.

shopt -s inherit_errexit
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
roots=${WHOD_ROOTS:-${XDG_CACHE_HOME:-$HOME/.cache}/whod/roots}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
certificates=/etc/ssl/certs/ca-certificates.crt

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

die() {
  say "$*"
  exit 1
}

proved() { printf 'ok - %s\n' "$*"; }

# refuted WHAT: says so, and ends the part.
refuted() {
  printf 'NOT ok - %s\n' "$*"
  exit 1
}

# need COMMAND PACKAGE: has the command installed.
need() {
  PATH=$PATH:/usr/sbin command -v "$1" >/dev/null && return
  say "installing $2"
  {
    flock 9 # parts run side by side
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$2"
  } 9>/var/lock/whod-platform >&2 </dev/null || die "$2 is needed: apt install $2"
}

# scratch: a new folder $work for this part. However the part ends, this goes (it is kept, with KEEP=1), with whatever
# runs in it, after what `at_end` was told.
scratch() {
  [[ $EUID -eq 0 ]] || die "this makes systems and boots them, which takes root: sudo make platform"
  work=$(mktemp -d --tmpdir="${TMPDIR:-/var/tmp}" whod-platform.XXXXXX)
  chmod 755 "$work"
  trap leave EXIT
}

leaving=()
at_end() { leaving+=("$1"); } # FUNCTION

leave() {
  local function
  for function in end_boot "${leaving[@]}"; do "$function" || true; done
  if [[ ${KEEP-} ]]; then say "kept: $work"; else rm -rf --one-file-system "$work"; fi
}

key_of() { printf '%s\n' "$@" | sha256sum | cut -c1-16; }

# once FILE COMMAND…: runs COMMAND… FILE.new unless there is FILE, also where another part wants the same. Not to be called
# where Bash does not care for failures (if, &&, ||): it would keep what was made by halves.
once() {
  local file=$1
  shift
  mkdir -p "$roots"
  (
    trap '[[ -e $file ]] || say "$file was not made."' EXIT
    flock 9
    [[ ! -e $file ]] || exit 0
    rm -rf "$file.new"
    "$@" "$file.new" >&2
    mv "$file.new" "$file"
  ) 9>"$file.lock"
}

# --- roots ----------------------------------------------------------------------------------------------------------

debootstrap_tar() {
  local suite=$1 arch=$2 packages=$3 file=$4
  say "making $suite $arch: $packages"
  # With the system's own Python, and not one of this user's: it is started for each package.
  PATH=/usr/sbin:/usr/bin:/sbin:/bin mmdebstrap --quiet --format=tar --variant=minbase --architectures="$arch" --include="$packages" --keyring="$keyring" \
    --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --aptopt='APT::Install-Recommends "false"' "$suite" "$file"
}

# root_tar SUITE ARCH PACKAGE…: prints the path of a tar of such a system; made once.
root_tar() {
  need mmdebstrap mmdebstrap
  local suite=$1 arch=$2 packages file
  shift 2
  packages=$(IFS=, && echo "$*")
  file=$roots/$suite-$arch-$(key_of "$packages" "$(declare -f debootstrap_tar)").tar
  once "$file" debootstrap_tar "$suite" "$arch" "$packages"
  echo "$file"
}

# fresh_root FOLDER SUITE ARCH PACKAGE…: such a system, unpacked into the new FOLDER.
fresh_root() {
  local folder=$1 tar
  shift
  tar=$(root_tar "$@")
  mkdir -p "$folder"
  tar -xpf "$tar" -C "$folder" --numeric-owner --xattrs --exclude='./dev/*'
}

# online ROOT: lets it reach what this machine reaches, when entered with `inside`.
online() {
  mkdir -p "$1/etc/ssl/certs"
  cp -L /etc/resolv.conf "$1/etc/resolv.conf"
  cp "$certificates" "$1/etc/ssl/certs/"
  printf '[global]\ncert = %s\ndisable-pip-version-check = true\n' "$certificates" >"$1/etc/pip.conf"
}

# inside ROOT COMMAND…: runs it there, with the kernel's file systems; they are gone when it ends. $OFFLINE: no network.
inside() {
  local root=$1
  shift
  # shellcheck disable=SC2016 # the inner shell's
  unshare --mount ${OFFLINE:+--net} --propagation private -- bash -euc '
    mkdir -p "$1"/{proc,sys,dev}
    mount -t proc proc "$1/proc"; mount --rbind /sys "$1/sys"; mount --rbind /dev "$1/dev"
    root=$1; shift
    exec chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
      LANG=C.UTF-8 ${QEMU_CPU:+QEMU_CPU="$QEMU_CPU"} "$@"' inside "$root" "$@"
}

# --- what goes into a root ------------------------------------------------------------------------------------------

# checkout FOLDER [COMMIT]: the project as it stands, without what git ignores; or as of COMMIT.
checkout() {
  mkdir -p "$1"
  if [[ ${2-} ]]; then
    git -C "$repo" archive "$2" | tar -x -C "$1"
  else
    git -C "$repo" ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
      if [[ -e $repo/$file || -L $repo/$file ]]; then printf '%s\0' "$file"; fi # not what was removed since
    done | tar -c -C "$repo" --null --verbatim-files-from -T - | tar -x -C "$1"
  fi
}

# What pip has to find for whod: what it needs, what builds it, and pip itself.
requirements() {
  python3 - "$repo/pyproject.toml" "$@" <<'END'
import sys, tomllib
project = tomllib.load(open(sys.argv[1], "rb"))
lines = project["build-system"]["requires"] + project["project"]["dependencies"] + ["pip", "editables"]
for extra in sys.argv[2:]:
    lines += project["project"]["optional-dependencies"].get(extra, [extra])
print(*lines, sep="\n")
END
}

download_wheels() {
  local suite=$1 arch=$2 wanted=$3 folder=$4 machine platforms=() glibc root
  case $arch in amd64) machine=x86_64 ;; arm64) machine=aarch64 ;; *) die "no wheels for $arch" ;; esac
  for glibc in 2014 _2_17 _2_24 _2_26 _2_27 _2_28 _2_31 _2_34 _2_35 _2_36; do
    platforms+=(--platform "manylinux${glibc}_$machine")
  done
  say "fetching wheels for $suite $arch: ${wanted//$'\n'/ }"
  root=$(mktemp -d --tmpdir="$work" pip.XXXXXX)
  # pip judges "python_version" by its own: so with the suite's Python, though not on its processor.
  fresh_root "$root" "$suite" "$(dpkg --print-architecture)" ca-certificates python3 python3-pip
  online "$root"
  printf '%s\n' "$wanted" >"$root/wanted"
  inside "$root" python3 -m pip download --quiet --dest /wheels --only-binary=:all: --implementation cp "${platforms[@]}" \
    --python-version "$(inside "$root" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')" -r /wanted ||
    die "there is no wheel for something of this on $suite $arch."
  cp -r "$root/wheels" "$folder"
  rm -rf --one-file-system "$root"
}

# wheels SUITE ARCH [EXTRA or REQUIREMENT…]: prints the path of a folder with all wheels for whod there; fetched once. That
# it exists shows that nothing has to be compiled.
wheels() {
  local suite=$1 arch=$2 wanted folder
  shift 2
  wanted=$(requirements "$@")
  folder=$roots/wheels-$suite-$arch-$(key_of "$wanted" "$(declare -f download_wheels)")
  once "$folder" download_wheels "$suite" "$arch" "$wanted"
  echo "$folder"
}

# give_wheels ROOT FOLDER: every pip of the root takes its packages from these, and from nowhere else.
give_wheels() {
  mkdir -p "$1/srv"
  cp -r "$2" "$1/srv/wheels"
  printf '[global]\nno-index = true\nfind-links = /srv/wheels\ndisable-pip-version-check = true\n' >"$1/etc/pip.conf"
}

# --- booting --------------------------------------------------------------------------------------------------------

# The control groups of what a part boots. In shared ones, two systems would take each other's processes for their own.
cgroups=(/sys/fs/cgroup{,/unified,/systemd}/whod-platform-$$)

enter_cgroups() {
  local group
  for group in "${cgroups[@]}"; do
    [[ -e ${group%/*}/cgroup.procs ]] || continue
    mkdir -p "$group"
    echo "$BASHPID" >"$group/cgroup.procs"
  done
}

# end_boot: nothing that was booted goes on, also where systemd-nspawn itself was killed.
end_boot() {
  local group left end=$((SECONDS + 60))
  for group in "${cgroups[@]}"; do
    [[ -d $group ]] || continue
    for (( ; SECONDS < end; )); do # who was killed takes a moment to be gone
      mapfile -t left < <(find "$group" -name cgroup.procs -exec cat {} +)
      kill -KILL "${left[@]}" 2>/dev/null || true
      ! find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || break
      sleep 0.1
    done
  done
}

# boot ROOT SCRIPT [SECONDS [NSPAWN OPTION…]]: boots the root's own systemd, without a network, and runs SCRIPT (a path of
# this machine) in it as a service of root's. Gives on what it prints when it has ended, and its exit status (124: it took
# longer than SECONDS, 300 by itself). The root keeps its state: a second boot is a reboot.
boot() {
  need systemd-nspawn systemd-container
  local root=$1 script=$2 limit=${3:-300} code=0 reader
  shift $(($# < 3 ? $# : 3))
  install -m 755 "$script" "$root/boot-script"
  rm -f "$root"/boot-{output,errors}
  mkfifo "$root/boot-output"
  cat "$root/boot-output" &
  reader=$!
  cat >"$root/etc/systemd/system/boot-script.service" <<'END'
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c '/boot-script; exec systemctl exit $$?'
StandardOutput=append:/boot-output
StandardError=append:/boot-errors
Environment=HOME=/root LANG=C.UTF-8
[Install]
WantedBy=default.target
END
  mkdir -p "$root/etc/systemd/system/default.target.wants"
  ln -sf ../boot-script.service "$root/etc/systemd/system/default.target.wants/"
  (
    enter_cgroups
    # Of version 2, as on a Pi, where this machine has both.
    SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 exec timeout --foreground --kill-after=20 "$limit" systemd-nspawn --quiet --directory "$root" \
      --register=no --keep-unit --boot --link-journal=no --private-network --resolv-conf=off --timezone=off "$@" \
      ${QEMU_CPU:+--setenv=QEMU_CPU="$QEMU_CPU"}
  ) >"$root/boot-console" 2>&1 </dev/null || code=$?
  end_boot
  : <>"$root/boot-output" # the reader ends, also where nobody has written
  wait "$reader"
  cat "$root/boot-errors" >&2 || tail -n 20 "$root/boot-console" >&2
  return "$code"
}
