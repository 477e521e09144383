#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Third boot: HTTPS before the page, and then whod goes: first the program, then all of it.
# shellcheck source=tests/platform/guest.sh
source /srv/part/guest.sh

prove "whod is up again" within 60 is_up
known=$(people)

# --- HTTPS ----------------------------------------------------------------------------------------------------------

front=whod-https.service
page() { curl --silent --show-error --output /dev/null --write-out '%{http_code} %{redirect_url}' "$@"; }
prove "--https puts its front before the page" install_sh /opt/whod/current --https --name door.example
prove "… which runs as a user of its own" same "$(of ActiveState $front) $(stat -c %U "/proc/$(of MainPID $front)")" "active whod-https"
page_is_there() {
  has "$(page --cacert /etc/whod/https/cert.pem --resolve door.example:443:127.0.0.1 https://door.example/health)" 200
}
prove "… with a certificate for each name, that curl can check" page_is_there
prove "… leads the old address to the new one" has "$(page http://localhost:8737/)" "307 https://localhost/"
prove "… and whod itself is heard from this machine alone" same "$(python3 - <<'END'
for line in open("/proc/net/tcp"):
    if line.split()[1:4:2][0].endswith(f":{8738:04X}") and line.split()[3] == "0A":
        print(line.split()[1])
END
)" "0100007F:2222"
prove "systemd-analyze verify has nothing to say of it" empty "$(systemd-analyze verify --man=no $front 2>&1)"
systemctl kill --signal=KILL $front
prove "it is started again when it is killed" within 60 page_is_there
prove "the key is read by nobody else, and whoever takes the front over changes nothing" same "$(stat -c '%U:%G %a' /etc/whod/https /etc/whod/https/key.pem | tr '\n' ' ')" "root:whod-https 750 root:whod-https 640 "

# --- going ----------------------------------------------------------------------------------------------------------

settings=$(cat /etc/whod/config.toml)
leftover() { find / -xdev \( -path /srv -o -path /proc -o -path /sys -o -path /var/log -o -path /run \) -prune -o -name '*whod*' -print; }
prove "--uninstall" install_sh "$newest" --uninstall
prove "… stops and removes the services" empty "$(systemctl list-unit-files --no-legend 'whod*'; pgrep -u whod; ls /opt/whod /usr/local/bin/whod 2>/dev/null)"
prove "… keeps the settings" same "$(cat /etc/whod/config.toml)" "$settings"
prove "… and the people, as private as they were" same "$(stat -c '%U %a' /var/lib/whod /var/lib/whod/gallery.db | tr '\n' ' ')" "whod 700 whod 600 "
prove "--uninstall again" install_sh "$newest" --uninstall
prove "whod is installed again" install_sh "$newest"
prove "… and knows everybody" same "$(people)" "$known"
prove "--purge" install_sh "$newest" --purge
prove "… leaves nothing of it" empty "$(leftover | grep -v '^/etc/mosquitto/'; getent passwd whod whod-https; getent group whod whod-https)"
prove "--purge again" install_sh "$newest" --purge

# --- from nothing, as most will meet it -----------------------------------------------------------------------------

pip_is_there() { compgen -G '/opt/whod/releases/*/.venv/bin/pip' >/dev/null; }
setsid "$newest/install.sh" </dev/null &>/dev/null &
within 60 pip_is_there && sleep 1
kill -KILL -- -$!
prove "an installation that is killed is no whod yet" empty "$(readlink /opt/whod/current; systemctl is-active "$unit" | grep -x active)"
prove "whod is installed after it, on a machine without camera, network or broker" install_sh "$newest"
prove "… runs" is_up
prove "… after the next start, too" systemctl is-enabled --quiet "$unit"
prove "… the installer has told where the page is" has "$(cat /run/stdout)" "http://"
prove "… and what whod doctor found" has "$(cat /run/stdout)" "camera"
code=$(grep -oE '\b[0-9A-Z]{4}(-[0-9A-Z]{4}){2}\b' /run/stdout | tail -n 1)
words="seven-quiet-otters-$RANDOM"
prove "… and the one-time code, with which the page takes a password" has \
  "$(page --data "code=$code" --data "password=$words" --data "again=$words" http://localhost:8737/first)" "303 http://localhost:8737/"
prove "… that is nowhere to be found" not grep -qraF "$words" /var/lib/whod /opt/whod/install.log /var/log /run/log
