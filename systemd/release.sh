# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The part of install.sh that makes releases, below /opt/whod/releases, and lets one take the place of another; read by
# it, and nothing by itself.

: "${here:?run install.sh}" "${opt:?}" "${current:?}" "${units:?}"

releases=$opt/releases
needs_mb=900 # a release while it is made, with what pip downloads
settle_s=5   # how long a service must run to be believed
making=      # the release that is being made

# What whod is made of; a release is named by it.
sources=(daemon web_admin models systemd docs install.sh pyproject.toml README.md CHANGELOG.md SECURITY.md LICENSE)
# What of it lies beside the environment.
beside=(systemd docs install.sh README.md CHANGELOG.md SECURITY.md LICENSE daemon/config.default.toml)

# release_name: VERSION-STAMP. The same sources with the same Python give the same release.
release_name() {
  local version stamp
  version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$here/pyproject.toml" | head -n 1)
  stamp=$({
    cd "$here" || exit
    find "${sources[@]}" -name __pycache__ -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
    "$base" -c 'import sys; print(sys.base_prefix, *sys.version_info[:2])'
    printf '%s\n' "${system_packages[*]} $numpy_pin"
  } | sha256sum)
  printf '%s-%.12s' "$version" "$stamp"
}

# release_at LINK: the name of the release that it leads to, if that is whole. The links: current, previous, and proven,
# which is there while the current one has still to show that it comes up, and leads to the last that has.
release_at() {
  local name
  name=$(basename "$(readlink "$opt/$1" 2>/dev/null)")
  if [[ -n $name && -e $releases/$name/whole ]]; then printf '%s' "$name"; fi
}

# point LINK NAME: at one moment from one release to the other, for good; what was written before it is there for good, too.
point() { ln -sfn "releases/$2" "$opt/$1.new" && sync -f "$opt" && mv -T "$opt/$1.new" "$opt/$1" && sync -f "$opt"; }

free_mb() { echo $(($(df -k --output=avail "$opt" | tail -n 1) / 1024)); }

check_room() {
  local free
  free=$(free_mb)
  [[ $free -ge $needs_mb ]] ||
    die "only $free MB are free for $opt, and $needs_mb are needed: free some space, then run this again."
}

# abandon: of a release that cannot be made nothing stays; what was downloaded does, unless that leaves too little room.
abandon() {
  rm -rf "$making" "$opt/tmp"
  [[ $(free_mb) -ge $needs_mb ]] || rm -rf "$opt/cache"
}

# check_owner: whoever else may change what lies there could have root run it.
check_owner() {
  local path
  for path in "$opt" "$releases"; do
    [[ ! -e $path || ($(stat -Lc %u "$path") -eq 0 && -z $(find -H "$path" -maxdepth 0 -perm /022)) ]] ||
      die "$path can be changed by others than root: move it away, then run this again."
  done
}

# as_nobody COMMAND…: with no right but that of everybody, as the service has none either.
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"; }

# as_service COMMAND…: as the user whod, without root's terminal, into which it could type, its environment, and the lock.
as_service() {
  (cd / && exec 9>&- && exec env -i PATH="$PATH" LANG=C.UTF-8 setsid --wait runuser -u whod -- "$@")
}

# make_release NAME: complete, or not marked as whole.
make_release() {
  local folder=$releases/$1
  if [[ -e $folder/whole && -x $folder/.venv/bin/python ]]; then return 0; fi # its Python may be gone from the system
  need_venv_module
  may "make $folder; some minutes on a Pi" || return 0
  making=$folder
  trap abandon EXIT
  rm -rf "$folder" "$opt/tmp"
  mkdir -p "$folder" "$opt/tmp"
  prune "$1"
  check_room
  in_folder "$folder"
  log=$opt/install.log
  golden=$venv/share/whod/models/golden.png
  as_whom=(as_nobody)
  # Nothing is compiled. /tmp may be memory, of which there is little; what was downloaded stays until all is done.
  how=(--only-binary :all:)
  export TMPDIR=$opt/tmp PIP_CACHE_DIR=${PIP_CACHE_DIR:-$opt/cache}
  make_venv
  fill_venv ''
  (cd "$here" && cp -R "${beside[@]}" "$folder")
  find "$folder" -mindepth 1 -maxdepth 1 ! -name .venv -exec chmod -R u=rwX,go=rX {} +
  rm -rf "$TMPDIR"
  sync -f "$folder"
  touch "$folder/whole"
  sync -f "$folder"
  trap - EXIT
}

# prune [NAME]: of the releases only those stay that a link leads to, and NAME.
prune() {
  local folder kept
  kept=" ${1-} $(release_at current) $(release_at previous) $(release_at proven) "
  for folder in "$releases"/*; do
    if [[ $kept != *" ${folder##*/} "* ]]; then rm -rf "$folder"; fi
  done
}

# --- the state folder -----------------------------------------------------------------------------------------------

# state RELEASE… -- WORDS…: daemon.storage's own command, as the user it belongs to, of the first release that has it.
state() {
  local release found=''
  while [[ $1 != -- ]]; do
    release=$releases/$1/.venv/bin/python
    if [[ -z $found ]] && as_nobody "$release" -I -m daemon.storage --help &>/dev/null; then found=$release; fi
    shift
  done
  shift
  [[ -n $found ]] || return 0
  as_service "$found" -I -m daemon.storage "$@"
}

# hand_over FROM TO: the databases, from one release to the other; those that TO cannot read as they are become again
# what they were before FROM changed them.
hand_over() {
  local from=$1 to=$2
  if [[ -n $from ]]; then
    state "$from" "$to" -- versions "$state_folder" >"$releases/$from/schemas.new" || return 1
    mv "$releases/$from/schemas.new" "$releases/$from/schemas" || return 1
  fi
  if [[ -s $releases/$to/schemas ]]; then
    state "$from" "$to" -- step-back "$state_folder" <"$releases/$to/schemas" || return 1
  fi
}

# --- which one runs -------------------------------------------------------------------------------------------------

main_pid() { systemctl show --property=MainPID --value whod.service; }

runs() { systemctl is-active --quiet whod.service; }

# check_settings NAME: whether it can read them, before the one that runs is stopped, which may have started with others.
# whod reads them first, whatever it is told to do, and ends with 78 where they are wrong.
check_settings() {
  local code=0
  as_service "$releases/$1/.venv/bin/whod" run --help >/dev/null || code=$?
  [[ $code -ne 78 ]] ||
    die "$1 would not start with these settings: put them right, then run this again. Until then all stays as it is."
}

# come_up: starts the service; whether it is ready and stays so. A camera or a broker may be missing.
come_up() {
  local pid
  systemctl restart whod.service &>/dev/null || return 1
  pid=$(main_pid)
  sleep "$settle_s"
  runs && [[ $(main_pid) == "$pid" ]]
}

# activate NAME: from now on this release is the one that runs; whether it comes up.
activate() {
  local name=$1 from
  from=$(release_at current)
  if [[ $from != "$name" ]]; then
    if may "let $name be the one that runs"; then
      if [[ -n $starts ]]; then systemctl stop whod.service &>/dev/null || true; fi
      hand_over "$from" "$name" || return 1
      renew_front "$from" "$name" || return 1
      point current "$name" || return 1
    fi
    changed=true
  fi
  place_units "$releases/$name" || return 1
  [[ -n $starts ]] || return 0
  if [[ -n $changed && -z $dry ]]; then systemctl try-restart whod-https.service &>/dev/null || true; fi
  if [[ -z $changed && ! -L $opt/proven ]] && runs; then return 0; fi
  may "start whod.service" || return 0
  come_up
}

# change_over NAME: it runs from now on; where it does not come up, the one before does so again.
change_over() {
  local name=$1 before
  [[ -n $dry ]] || check_settings "$name"
  before=$(release_at proven)
  if [[ -n $before ]]; then
    say "a change of release was cut short before; the last that was seen to come up is $before"
  else
    before=$(release_at current)
  fi
  if [[ -z $dry && -n $before && $before != "$name" ]]; then point proven "$before"; fi
  trap '' HUP INT PIPE TERM # a lost connection must not leave the house without a service
  if activate "$name"; then
    [[ -z $dry ]] || return 0
    if [[ -n $before && $before != "$name" ]]; then point previous "$before"; fi
    rm -f "$opt/proven"
    trap - HUP INT PIPE TERM
    return 0
  fi
  last_words
  [[ -n $before && $before != "$name" && -e $releases/$before/whole ]] ||
    die "whod.service does not come up: see above, and journalctl -u whod."
  say "$name does not come up: back to $before"
  activate "$before" || {
    last_words
    die "$before does not come up either: see above, and journalctl -u whod."
  }
  rm -f "$opt/proven"
  prune
  say "$before runs again, as before; what was wrong with $name is above, and in journalctl -u whod."
  exit 3
}

last_words() { journalctl --unit=whod.service --lines=12 --output=cat --no-pager >&2 2>/dev/null || true; }

rollback() {
  check_system
  local name now
  now=$(release_at current)
  name=$(release_at proven)
  if [[ -z $name || $name == "$now" ]]; then name=$(release_at previous); fi
  [[ -n $name && $name != "$now" ]] || die "there is no version before this one to go back to."
  change_over "$name"
  [[ -z $dry ]] || return 0
  echo "whod is $name again."
  [[ $(release_at previous) != "$now" ]] || echo "What it was before is kept: --rollback once more leads there."
}
