#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# First boot: a machine that runs an older whod gets today's, and what may become of that.
# shellcheck source=tests/platform/guest.sh
source /srv/part/guest.sh

prove "the version before is installed, and runs" install_sh "$older"
prove "… by its name for everybody" same "$(whod --version | grep -o '[0-9.]*$')" 0.0.9

install -m 600 /dev/stdin /etc/whod/mqtt_password <<<"quite-a-secret-$RANDOM$RANDOM"
cat >/etc/whod/config.toml <<'END'
[camera]
source = "demo"
[mqtt]
host = "127.0.0.1"
node = "door"
username = "whod"
END
mkdir -p /etc/systemd/system/whod.service.d
printf '[Service]\nLoadCredential=mqtt_password:/etc/whod/mqtt_password\n' >/etc/systemd/system/whod.service.d/password.conf
systemctl daemon-reload
start_broker
listen
since=$(now_heard)
systemctl restart "$unit"
demo=$newest/models/demo
prove "people are enrolled in it" whod enrol "Eileen" "$demo/eileen-collins.jpg"
prove "… in any script" whod enrol "Zoë 王" "$demo/barack-obama.jpg"
prove "it identifies them, over MQTT" identifies Eileen "$since"
known=$(people)
form() { python3 -c 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("PRAGMA user_version").fetchone()[0])' "$1"; }
gallery=/var/lib/whod/gallery.db
old_form=$(form "$gallery")

listing >/run/before
prove "a rehearsal of the upgrade" install_sh "$newest" --dry-run
prove "… changes nothing" diff /run/before <(listing)

since=$(now_heard)
prove "the upgrade" install_sh "$newest"
version=$(whod --version)
prove "… is another release, and the one before is kept" differs "$(readlink /opt/whod/current)" "$(readlink /opt/whod/previous)"
prove "… has brought the gallery to a newer form" differs "$(form $gallery)" "$old_form"
prove "… keeping a copy of the older" same "$(stat -c %a "$gallery.schema-$old_form") $(form "$gallery.schema-$old_form")" "600 $old_form"
prove "… everybody is still known" same "$(people)" "$known"
prove "… and identified" identifies Eileen "$since"

listing >/run/before
prove "the same again" install_sh "$newest"
prove "… changes nothing, and lets whod run" diff /run/before <(listing)

since=$(now_heard)
prove "--rollback, from the release itself" install_sh /opt/whod/current --rollback
prove "… brings back the version before" same "$(whod --version | grep -o '[0-9.]*$')" 0.0.9
prove "… with a gallery that it can read, and all people" same "$(people) $(form $gallery)" "$known $old_form"
prove "… who are identified" identifies Eileen "$since"
prove "--rollback again" install_sh "$newest" --rollback
prove "… is the newer one, and all people" same "$(whod --version) $(people)" "$version $known"

before=$(readlink /opt/whod/current) since=$(now_heard)
prove "an upgrade that does not come up ends with 3" ends_with 3 install_sh /srv/broken
prove "… leaves the release that ran" same "$(readlink /opt/whod/current) $(whod --version)" "$before $version"
prove "… and the people, who are identified" same "$(people)" "$known"
prove "… at once" identifies Eileen "$since"
systemctl stop "$unit"
