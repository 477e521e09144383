# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The part of install.sh that puts HTTPS before whod's page, and keeps it up to date; read by it, and nothing by itself.

: "${here:?run install.sh --https}" "${current:?}" "${units:?}"

# Everything is put below $DESTDIR, if that is set, and then nothing of the machine is changed.
front=/etc/whod/https
page_port=8737    # where the page was before, and is led on from
upstream_port=8738 # where whod listens, for this machine alone
days=820           # iPhones refuse certificates of more than 825
names=()

# Whether this may be the name or the address of a machine; nothing else gets into files.
is_name() { [[ $1 =~ ^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$ || $1 =~ ^[0-9A-Fa-f:]+:[0-9A-Fa-f:]*$ ]]; }

is_address() { [[ $1 =~ ^[0-9.]+$ || $1 == *:* ]]; }

# Sets names: those given, this machine's own, and its IPv4 addresses (of IPv6 it has new ones every day).
all_names() {
  local host address
  host=$(uname -n)
  names=("$@" "${host%%.*}.local" "${host%%.*}" localhost 127.0.0.1)
  [[ $host != *.* ]] || names+=("$host")
  for address in $(hostname -I 2>/dev/null || true); do
    [[ $address == *:* ]] || names+=("$address")
  done
}

# cert_fits FOLDER: whether there is a certificate, with its key, for all names that is good for another two months.
cert_fits() {
  local cert=$1/cert.pem key=$1/key.pem name kind
  [[ $(openssl x509 -in "$cert" -noout -pubkey 2>/dev/null) == "$(openssl pkey -in "$key" -pubout 2>&1)" ]] || return 1
  openssl x509 -in "$cert" -noout -checkend $((60 * 86400)) &>/dev/null || return 1
  for name in "${names[@]}"; do
    kind=-checkhost
    if is_address "$name"; then kind=-checkip; fi
    [[ $(openssl x509 -in "$cert" -noout "$kind" "$name" 2>/dev/null) == *"does match"* ]] || return 1
  done
}

make_cert() {
  local folder=$1 name alternatives=()
  for name in "${names[@]}"; do
    if is_address "$name"; then alternatives+=("IP:$name"); else alternatives+=("DNS:$name"); fi
  done
  (
    umask 077
    IFS=,
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -days "$days" \
      -keyout "$folder/key.new" -out "$folder/cert.new" -config /dev/stdin 2>/dev/null <<END
[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = whod
[extensions]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
subjectAltName = ${alternatives[*]}
END
  ) || die "openssl cannot make a certificate for ${names[*]}."
  chmod 644 "$folder/cert.new"
  mv "$folder/key.new" "$folder/key.pem"
  mv "$folder/cert.new" "$folder/cert.pem"
}

# toml_list WORD…: as TOML writes it.
toml_list() {
  local words
  words=$(printf '"%s", ' "$@")
  printf '[%s]' "${words%, }"
}

# page_url PORT: where the page is, under the name that works most often.
page_url() {
  local host=${names[0]} suffix=''
  if [[ $host == *:* ]]; then host=[$host]; fi
  [[ $1 -eq 443 ]] || suffix=:$1
  printf 'https://%s%s/' "$host" "$suffix"
}

# drop_in URL NAME…: the settings under which whod listens to the front alone; over those of the file, which stays as it
# is.
drop_in() {
  local options=(--set "web.listen=127.0.0.1:$upstream_port" --set "'web.trusted_proxies=$(toml_list 127.0.0.1)'")
  options+=(--set "'web.url=$1'")
  shift
  [[ $# -eq 0 ]] || options+=(--set "'web.hosts=$(toml_list "$@")'")
  printf '# Made by install.sh --https.\n[Service]\nExecStart=\nExecStart="%s" %s run\n' "$current/.venv/bin/whod" "${options[*]}"
}

# front_settings TEMPLATE PORT: those of nginx.
front_settings() {
  local suffix=''
  [[ $2 == 443 ]] || suffix=:$2
  sed "/^#/!{s/@UPSTREAM@/$upstream_port/; s/@PLAIN@/$page_port/; s/@HTTPS@/$2/; s/@SUFFIX@/$suffix/}" "$1"
}

# mend_front: one that was made before there were releases starts a whod that lies elsewhere.
mend_front() {
  local file=$units/whod.service.d/https.conf
  if [[ ! -e $file ]] || grep -qF "\"$current/" "$file"; then return 0; fi
  may "let $file start $current" || return 0
  sed -i "s#^ExecStart=\"[^\"]*\"#ExecStart=\"$current/.venv/bin/whod\"#" "$file" || return 1
  changed=true
}

# renew_front FROM TO: from one release to the other it gets the unit and the settings of that one; settings that
# somebody has changed stay.
renew_front() {
  local settings=$front/nginx.conf template=systemd/whod-https.nginx port
  if [[ ! -e $settings || ! -e $releases/$2/$template ]]; then return 0; fi
  put "$releases/$2/systemd/whod-https.service" "$units/whod-https.service" || return 1
  port=$(sed -n 's/^ *listen \([0-9]*\) ssl .*/\1/p' "$settings")
  if front_settings "$releases/$2/$template" "$port" | cmp -s - "$settings"; then return 0; fi
  if ! front_settings "$releases/$1/$template" "$port" 2>/dev/null | cmp -s - "$settings"; then
    say "$settings is not as it was made, and stays: sudo ./install.sh --https makes it anew."
    return 0
  fi
  say "write $settings"
  front_settings "$releases/$2/$template" "$port" >"$settings.new" || return 1
  chown --reference="$settings" "$settings.new" && chmod --reference="$settings" "$settings.new" || return 1
  mv -T "$settings.new" "$settings" || return 1
}

start_front() {
  systemd-sysusers
  # To be read by it, and not to be changed: root writes there.
  chown -R root:whod-https "$front"
  chmod 750 "$front"
  chmod 640 "$front"/*
  systemctl daemon-reload
  systemctl try-restart whod.service
  systemctl enable --quiet whod-https.service
  systemctl restart whod-https.service
  sleep 1
  systemctl is-active --quiet whod-https.service ||
    die "nginx does not start: journalctl -u whod-https says why. Is port $1 another program's? Then take --port."
}

https() {
  local given=() hosts=() port=443 url root=${DESTDIR-}
  while [[ $# -gt 0 ]]; do
    case $1 in
      --name | --port) [[ $# -ge 2 ]] || die "$1 needs a value: ./install.sh --help" ;;
      *) die "there is no '$1' for --https: ./install.sh --help" ;;
    esac
    if [[ $1 == --port ]]; then port=$2; else given+=("$2"); fi
    shift 2
  done
  local name
  for name in "${given[@]}"; do
    is_name "$name" || die "'$name' is no name of a machine: such as door.example, without https:// and port."
    is_address "$name" || hosts+=("$name") # whod takes every address for its own behind this front
  done
  if [[ ! $port =~ ^[1-9][0-9]{0,4}$ || $port -gt 65535 || $port -eq $page_port || $port -eq $upstream_port ]]; then
    die "--port must be a number from 1 to 65535, but not $page_port or $upstream_port, not '$port'."
  fi
  [[ $EUID -eq 0 || -n $root ]] || die "this is for root: sudo ./install.sh --https"
  [[ -e $root$current || -n $root ]] || die "whod is no service here yet: sudo ./install.sh, then run this again."
  has openssl || apt openssl || die "the certificate is made by openssl: sudo apt install openssl, then run this again."
  get_nginx || die "whod's HTTPS needs nginx: sudo apt install nginx-light, then run this again."

  [[ -n $root ]] || lock # not earlier: what Debian starts with a package would hold it
  umask 022
  mkdir -p "$root$front" "$root$units/whod.service.d" "$root/etc/sysusers.d"
  chmod 700 "$root$front"
  [[ -n $root ]] || chown -R root: "$front"
  all_names "${given[@]}"
  if cert_fits "$root$front"; then
    say "the certificate is still good, and kept"
  else
    make_cert "$root$front"
  fi
  front_settings "$here/systemd/whod-https.nginx" "$port" >"$root$front/nginx.new"
  mv "$root$front/nginx.new" "$root$front/nginx.conf"
  command install -m 644 "$here/systemd/whod-https.service" "$root$units/whod-https.service"
  command install -m 644 "$here/systemd/whod-https.sysusers" "$root/etc/sysusers.d/whod-https.conf"
  url=$(page_url "$port")
  drop_in "$url" "${hosts[@]}" >"$root$units/whod.service.d/https.new"
  mv "$root$units/whod.service.d/https.new" "$root$units/whod.service.d/https.conf"
  if [[ -z $root ]]; then
    [[ -d /run/systemd/system ]] || die "all is put in its place, but there is no systemd here to start it."
    start_front "$port"
  fi
  printf 'The page is at %s now, and at the other names of the certificate.\n' "$url"
  printf 'Browsers warn once, as nobody vouches for it. What they show must be this (SHA-256):\n  %s\n' \
    "$(openssl x509 -in "$root$front/cert.pem" -noout -fingerprint -sha256 | cut -d= -f2)"
  printf 'It is good until %s: run this again before.\n' \
    "$(openssl x509 -in "$root$front/cert.pem" -noout -enddate | cut -d= -f2)"
}
