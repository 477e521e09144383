# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The part of install.sh that takes the service away again; read by it, and nothing by itself.

: "${opt:?run install.sh}" "${units:?}" "${settings_folder:?}" "${state_folder:?}" "${command_link:?}"

# away PATH…: those that are there are removed; of a folder on a disk of its own, all that is in it.
away() {
  local path
  for path in "$@"; do
    if [[ ! -e $path && ! -L $path ]] || ! may "remove $path"; then continue; fi
    if [[ -d $path ]]; then find "$path/" -mindepth 1 -delete; fi # also through a link that root has made
    mountpoint -q "$path" || rm -rf "$path"
  done
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
  [[ -n $dry || -n ${purging-} ]] || cat <<END
whod is removed. The settings in $settings_folder and all people and visits in $state_folder are kept:
sudo ./install.sh takes them up again, sudo ./install.sh --purge removes them, too.
END
}

purge() {
  local purging=true
  uninstall
  away "$units/whod.service.d" "$settings_folder" "$state_folder"
  local user
  for user in whod whod-https; do
    if id "$user" &>/dev/null && may "remove the user $user"; then userdel "$user"; fi
  done
  [[ -n $dry ]] || echo "whod is removed, with its settings, people and visits. Backups in folders of your own stay."
}
