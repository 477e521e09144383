# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The part of install.sh that puts whod into a system as a service; read by it, and nothing by itself.

: "${here:?run install.sh}" "${opt:?}" "${current:?}" "${units:?}"

settings_folder=/etc/whod
state_folder=/var/lib/whod
sysusers=/etc/sysusers.d/whod.conf
command_link=/usr/local/bin/whod

starts=true # empty: nothing is started
changed=''  # whether anything was done that the service must be started anew for

# put SOURCE PLACE: a file of the system, if it is not there as it should be; whole at each moment.
put() {
  ! cmp -s "$1" "$2" || return 0
  may "write $2" || return 0
  command install -D -m 644 "$1" "$2.new" && mv -T "$2.new" "$2" || return 1
  changed=true
}

# --- what it takes --------------------------------------------------------------------------------------------------

# check_root: or only looking.
check_root() {
  [[ $EUID -eq 0 || -n $dry ]] || die "this is for root: sudo ./install.sh (without root, ./install.sh try plays in this folder)."
}

check_system() {
  check_arch
  if ! has systemctl || ! has systemd-sysusers; then
    die "whod's service is run by systemd, which is not installed here: ./install.sh try runs it without."
  fi
  if [[ -n $starts && ! -d /run/systemd/system ]]; then
    die "systemd does not run here, so nothing can be started: in an image that is being made, use --no-start."
  fi
  if [[ -z $starts && -d /run/systemd/system ]] && runs; then
    die "whod runs here already: leave --no-start away, and it is brought up to date."
  fi
  check_owner
}

# --- what lies outside of /opt --------------------------------------------------------------------------------------

# place_units RELEASE: the unit and its user are the release's own.
place_units() {
  if [[ ! -d $1 ]]; then set -- "$here"; fi # a release that was only said to be made
  put "$1/systemd/whod.service" "$units/whod.service" || return 1
  mend_front || return 1
  if [[ -n $changed && -n $starts && -z $dry ]]; then systemctl daemon-reload || return 1; fi
  if ! systemctl is-enabled --quiet whod.service 2>/dev/null && may "enable whod.service"; then
    systemctl enable --quiet whod.service || return 1
  fi
}

make_user() {
  put "$here/systemd/whod.sysusers" "$sysusers"
  local groups
  groups=" $(id -nG whod 2>/dev/null || true) "
  if [[ $groups != *' video '* || $groups != *' render '* ]] && may "make the user whod, in the groups video and render"; then
    systemd-sysusers "$sysusers"
  fi
}

make_folders() {
  if [[ ! -d $state_folder ]] && may "make $state_folder"; then
    command install -d -o whod -g whod -m 700 "$state_folder"
  fi
  if [[ ! -e $settings_folder/config.toml ]] && may "write $settings_folder/config.toml"; then
    mkdir -p "$settings_folder"
    command install -o root -g whod -m 640 /dev/stdin "$settings_folder/config.toml" <<END
# The settings of whod. What there is, with its meaning and default: $current/config.default.toml
# What is set on the page is kept elsewhere, and goes before this. After a change: sudo systemctl restart whod
END
  fi
  local program=$current/.venv/bin/whod
  [[ $(readlink "$command_link") != "$program" ]] || return 0
  if [[ -e $command_link && ! -L $command_link ]]; then
    say "$command_link is another program, and stays: the command is $program."
  elif may "make $command_link, a link to the command"; then
    ln -sfn "$program" "$command_link"
  fi
}

# --- what it was called for -----------------------------------------------------------------------------------------

install_service() {
  check_system
  [[ $here != "$opt" ]] || die "$opt is where whod is put: move this checkout elsewhere, then run this again."
  [[ -d $here/daemon && -d $here/models ]] ||
    die "$here is no checkout of whod: here, only --rollback, --uninstall, --purge and --https can be done."
  pythons=(/usr/bin/python3{,.13,.12,.11} /usr/local/bin/python3{,.13,.12,.11}) # one in a home the service may not see
  choose_python
  local name
  name=$(release_name)
  make_release "$name"
  [[ -n $dry ]] || rm -rf "$opt/cache"
  make_user
  make_folders
  change_over "$name"
  [[ -z $dry ]] || return 0
  prune
  if [[ -n $starts ]]; then tell; else say "whod is in place, and starts with this system; then: sudo whod admin code"; fi
}

# whod WORDS…: the command, as the service's user.
whod() { as_service "$current/.venv/bin/whod" "$@"; }

# tell: how to go on, and how it is.
tell() {
  printf '\n%s, runs as a service: systemctl status whod. The page:\n' "$(whod --version)"
  whod admin code --first 2>&1 || true
  printf '\nwhod doctor says:\n'
  whod doctor 2>&1 || true
}

service() {
  local deed=install_service word
  for word in "$@"; do
    case $word in
      --dry-run) dry=true ;;
      --no-start) starts='' ;;
      --rollback) deed=rollback ;;
      --uninstall) deed=uninstall ;;
      --purge) deed=purge ;;
      *)
        say "there is no '$word' here"
        usage >&2
        exit 2
        ;;
    esac
  done
  check_root
  lock
  "$deed"
  if [[ -n $dry ]]; then echo "Nothing was changed."; fi
}
