#!/usr/bin/env bash
# Puts a version of cloudstock to work on this machine, or the former one back where that fails.
#
#   deploy.sh deploy PACKAGE    a wheel, or what pip knows by name: backup, a new environment beside
#                               the one at work, the database's tables, a look at all of it, the switch
#   deploy.sh stop              no round is started any more, one at work ends
#   deploy.sh start             rounds are started again
#
# CLOUDSTOCK_ROOT     where versions live (/opt/cloudstock): releases/, backups/, and `bin`, a link to
#                     the programs of the one at work, which timers and people call
# CLOUDSTOCK_CONFIG   the configuration (/etc/cloudstock/config.yaml)
# CLOUDSTOCK_KEYS     its keys, as lines like OZON_API_KEY=... (keys.env beside it, where there is one)
# CLOUDSTOCK_EXTRAS   optional parts that are installed (notify,sheets,web)
# CLOUDSTOCK_USER     whom the database belongs to (cloudstock); commands run as this user
# CLOUDSTOCK_UNITS    systemd units that are at work; empty where something else starts rounds
# CLOUDSTOCK_PYTHON   the interpreter of new environments (python3)
set -euo pipefail

root=$(realpath -ms "${CLOUDSTOCK_ROOT:-/opt/cloudstock}")
config=$(realpath -ms "${CLOUDSTOCK_CONFIG:-/etc/cloudstock/config.yaml}")
keys=${CLOUDSTOCK_KEYS:-$(dirname "$config")/keys.env}
extras=${CLOUDSTOCK_EXTRAS-notify,sheets,web}
user=${CLOUDSTOCK_USER-cloudstock}
python=${CLOUDSTOCK_PYTHON:-python3}
KEPT=3

say() { printf 'deploy: %s\n' "$*" || :; }

# The timers, and the browser's service where it was enabled.
if [ -z "${CLOUDSTOCK_UNITS+given}" ]; then
  CLOUDSTOCK_UNITS='cloudstock-sync.timer cloudstock-catalog.timer cloudstock-status.timer'
  ! systemctl is-enabled --quiet cloudstock-web.service 2>/dev/null ||
    CLOUDSTOCK_UNITS+=' cloudstock-web.service'
fi
read -ra units <<< "$CLOUDSTOCK_UNITS"

stop() {
  [ ${#units[@]} = 0 ] || systemctl stop "${units[@]}" 'cloudstock@*.service'
}

start() {
  [ ${#units[@]} = 0 ] || systemctl start "${units[@]}"
}

# Takes the keys into the environment as systemd's EnvironmentFile= does.
take_keys() {
  local line value
  while IFS= read -r line || [ -n "$line" ]; do
    [[ $line =~ ^[[:space:]]*([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]] || continue
    value=${BASH_REMATCH[2]%"${BASH_REMATCH[2]##*[![:space:]]}"}
    case $value in
      \"*\" | \'*\') value=${value:1:-1} ;;
    esac
    export "${BASH_REMATCH[1]}=$value"
  done < "$keys"
}

# Runs a version of the program as the user whom the database belongs to, with the keys.
program() (
  line=("$1/bin/cloudstock" --config "$config" "${@:2}")
  if [ -n "$user" ] && [ "$(id -un)" != "$user" ]; then
    line=(runuser --user "$user" -- "${line[@]}")
  fi
  [ ! -e "$keys" ] || take_keys
  # Where this was called may be closed to that user.
  cd /
  exec "${line[@]}"
)

# Whether a version of the program can work with the database as it is.
works() { program "$1" check --database --quiet; }

at_work() { [ ! -L "$root/bin" ] || dirname "$(readlink -f "$root/bin")"; }

switch_to() {
  [ "$(at_work)" != "$1" ] || return 0
  ln -sfn "$1/bin" "$root/bin.new"
  mv -T "$root/bin.new" "$root/bin"
}

deploy() {
  local package=$1 name code=0
  if [ -e "$root/bin" ] && [ ! -L "$root/bin" ]; then
    say "$root/bin is a folder, not a link to a version: move what is there away first"
    return 2
  fi
  name=$(date -u +%Y%m%dT%H%M%SZ)
  new=$root/releases/$name copy=$root/backups/before-$name.db former=$(at_work) stage=installing
  # A connection that is lost ends nothing in the middle.
  trap '' HUP PIPE
  trap finish EXIT
  umask 022
  mkdir -p "$root/releases" "$root/backups"
  chmod 700 "$root/backups"
  [ -z "$user" ] || [ "$(id -u)" != 0 ] || chown "$user" "$root/backups"

  package+=${extras:+[$extras]}
  say "$package goes into $new"
  if ! { "$python" -m venv "$new" && "$new/bin/python" -m pip install --quiet "$package"; }; then
    say 'it could not be installed; nothing was changed'
    return 1
  fi

  stage=stopped
  stop
  if [ -n "$former" ] && ! program "$former" backup "$copy" --quiet; then
    say "no backup could be made; $former goes on"
    return 1
  fi
  stage=switching
  works "$new" || code=$?
  # 78: there is no database yet, nor was one expected.
  [ "$code" = 0 ] || { [ -z "$former" ] && [ "$code" = 78 ]; } || return 1
  switch_to "$new"
  code=0
  # 1 says that something is wrong with the goods or the marketplaces, and so it was before.
  program "$new" status --quiet || code=$?
  [ "$code" -le 1 ] || [ -z "$former" ] || return 1
  stage=over
  say "$("$new/bin/cloudstock" --version) is at work"
  [ -z "$former" ] || say "the database as it was before: $copy"
  forget
}

# Leaves a version at work, however the deployment has ended: by a failure, a signal, a full disk.
finish() {
  trap '' INT TERM
  case $stage in
    switching) back || : ;;
    installing | stopped) rm -rf "$new" ;;
  esac
  [ "$stage" = installing ] || start
}

back() {
  if [ -z "$former" ]; then
    rm -rf "${root:?}/bin" "$new"
    say 'it does not work; there is no former version to go back to'
    return
  fi
  switch_to "$former"
  rm -rf "$new"
  # The new version has changed the tables, unless that failed as well.
  if works "$former" 2>/dev/null || program "$former" restore "$copy" --quiet; then
    say "it does not work; $former is back, with the database as it was"
  else
    say "it does not work; $former is back, but the database is not: cloudstock restore $copy"
  fi
}

# Deletes versions and backups but for the newest, and never the one at work.
forget() {
  local old
  find "$root/releases" -mindepth 1 -maxdepth 1 -type d | sort | head -n "-$KEPT" |
    while read -r old; do [ "$old" = "$(at_work)" ] || rm -rf "$old"; done
  find "$root/backups" -name 'before-*.db' -type f | sort | head -n "-$KEPT" |
    while read -r old; do rm -f "$old"; done
}

case "${1-} $#" in
  'deploy 2') deploy "$2" ;;
  'stop 1') stop ;;
  'start 1') start ;;
  *)
    sed -n '2,18s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
