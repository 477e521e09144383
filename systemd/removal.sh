# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The part of install.sh that takes the service away again; read by it, and nothing by itself.

: "${opt:?run install.sh}" "${units:?}" "${settings_folder:?}" "${state_folder:?}" "${command_link:?}" "${front:?}"

stays=() # why something could not be removed

# remove PATH: of a folder on a disk of its own, all that is in it; what is on yet another disk within is not touched.
remove() {
  if [[ -d $1 ]]; then find "$1/" -xdev -mindepth 1 -delete || return 1; fi # also through a link that root has made
  if [[ ! -L $1 ]] && mountpoint -q "$1"; then return 0; fi
  rm -rf "$1"
}

# away PATH…: those that are there are removed, as far as that is possible.
away() {
  local path why
  for path in "$@"; do
    if [[ ! -e $path && ! -L $path ]] || ! may "remove $path"; then continue; fi
    why=$(LC_ALL=C remove "$path" 2>&1) || stays+=("$why")
  done
}

# all_away: or what is not.
all_away() {
  [[ ${#stays[@]} -ne 0 ]] || return 0
  printf '%s\n' "${stays[@]}" >&2
  die "the rest is removed. What stays is above; where another disk is mounted there, unmount it, then run this again."
}

# end UNIT: it runs no more, and is not started any more.
end() {
  [[ -e $units/$1 ]] || return 0
  may "end $1" || return 0
  if [[ -d /run/systemd/system ]]; then systemctl stop "$1"; fi
  systemctl disable --quiet "$1" &>/dev/null || true
}

uninstall() {
  local unit
  for unit in whod-https.service whod.service; do
    end "$unit"
    away "$units/$unit" "/etc/sysusers.d/${unit%.service}.conf"
  done
  away "$units/whod.service.d/https.conf"
  if [[ -z $dry ]]; then rmdir "$units/whod.service.d" 2>/dev/null || true; fi # unless it holds what is not ours
  if [[ $(readlink "$command_link") == "$opt"/* ]]; then away "$command_link"; fi
  away "$opt"
  if [[ -z $dry && -d /run/systemd/system ]]; then
    systemctl daemon-reload
    systemctl reset-failed whod.service whod-https.service 2>/dev/null || true
  fi
  if [[ -n $dry || -n ${purging-} ]]; then return 0; fi
  all_away
  cat <<END
whod is removed. The settings in $settings_folder and all people and visits in $state_folder are kept:
sudo ./install.sh takes them up again, sudo ./install.sh --purge removes them, too.
END
  [[ ! -e $front/cert.pem ]] || echo "HTTPS, with its certificate, is there again after sudo ./install.sh --https as before."
}

purge() {
  local purging=true
  uninstall
  away "$units/whod.service.d" "$settings_folder" "$state_folder"
  local user why
  for user in whod whod-https; do
    if ! id "$user" &>/dev/null || ! may "remove the user $user"; then continue; fi
    why=$(userdel "$user" 2>&1) || stays+=("$why")
  done
  all_away
  [[ -n $dry ]] || echo "whod is removed, with its settings, people and visits. Backups in folders of your own stay."
}
