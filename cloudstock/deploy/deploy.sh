#!/usr/bin/env bash
# Puts a version of cloudstock to work on this machine, or the former one back where that fails.
#
#   deploy.sh deploy PACKAGE    a wheel, or what pip knows by name: backup, a new environment beside
#                               the one at work, the database's tables, a look at all of it, the switch
#   deploy.sh stop              no round is started any more
#   deploy.sh start             rounds are started again
#
# CLOUDSTOCK_ROOT     where versions live (/opt/cloudstock): releases/, backups/, and `bin`, a link to
#                     the programs of the one at work, which timers and people call
# CLOUDSTOCK_CONFIG   the configuration (/etc/cloudstock/config.yaml)
# CLOUDSTOCK_USER     whom the database belongs to (cloudstock); commands run as this user
# CLOUDSTOCK_TIMERS   systemd timers that start rounds; empty where something else does
# CLOUDSTOCK_PYTHON   the interpreter of new environments (python3)
set -euo pipefail

root=${CLOUDSTOCK_ROOT:-/opt/cloudstock}
config=${CLOUDSTOCK_CONFIG:-/etc/cloudstock/config.yaml}
user=${CLOUDSTOCK_USER-cloudstock}
timers=${CLOUDSTOCK_TIMERS-cloudstock-sync.timer cloudstock-catalog.timer cloudstock-status.timer}
python=${CLOUDSTOCK_PYTHON:-python3}
KEPT=3

say() { printf 'deploy: %s\n' "$*"; }

stop() {
  # shellcheck disable=SC2086 # a list of words
  [ -z "$timers" ] || systemctl stop $timers
}

start() {
  # shellcheck disable=SC2086
  [ -z "$timers" ] || systemctl start $timers
}

# Runs a version of the program as the user whom the database belongs to.
program() {
  local environment=$1
  shift
  local line=("$environment/bin/cloudstock" --config "$config" "$@")
  if [ -n "$user" ] && [ "$(id -un)" != "$user" ]; then
    line=(runuser --user "$user" -- "${line[@]}")
  fi
  "${line[@]}"
}

# Whether a version of the program can work with the database as it is.
works() { program "$1" check --database --quiet; }

switch_to() {
  ln -sfn "$1/bin" "$root/bin.new"
  mv -T "$root/bin.new" "$root/bin"
}

deploy() {
  local package=$1 name new former='' copy code=0
  name=$(date -u +%Y%m%dT%H%M%SZ)
  new=$root/releases/$name copy=$root/backups/before-$name.db
  if [ -e "$root/bin" ] && [ ! -L "$root/bin" ]; then
    say "$root/bin is a folder, not a link to a version: move what is there away first"
    return 2
  fi
  [ ! -L "$root/bin" ] || former=$(dirname "$(readlink -f "$root/bin")")
  mkdir -p "$root/releases" "$root/backups"
  [ -z "$user" ] || [ "$(id -u)" != 0 ] || chown "$user" "$root/backups"

  say "$package goes into $new"
  if ! { "$python" -m venv "$new" && "$new/bin/pip" install --quiet "$package"; }; then
    rm -rf "$new"
    say 'it could not be installed; nothing was changed'
    return 1
  fi

  stop
  # Whatever happens from here on, rounds go on afterwards.
  trap start EXIT
  if [ -n "$former" ] && ! program "$former" backup "$copy" --quiet; then
    rm -rf "$new"
    say "no backup could be made; $former goes on"
    return 1
  fi
  works "$new" || code=$?
  # 78: there is no database yet, nor was one expected.
  if [ "$code" = 0 ] || { [ -z "$former" ] && [ "$code" = 78 ]; }; then
    code=0
    switch_to "$new"
    # 1 says that something is wrong with the goods or the marketplaces, and so it was before.
    program "$new" status --quiet || code=$?
    if [ "$code" -le 1 ] || [ -z "$former" ]; then
      say "$("$new/bin/cloudstock" --version) is at work"
      [ -z "$former" ] || say "the database as it was before: $copy"
      forget
      return 0
    fi
  fi
  back "$former" "$new" "$copy"
  return 1
}

back() {
  local former=$1 new=$2 copy=$3
  if [ -z "$former" ]; then
    rm -f "$root/bin"
    say 'it does not work; there is no former version to go back to'
  else
    switch_to "$former"
    # The new version has changed the tables, unless that failed as well.
    works "$former" || program "$former" restore "$copy" --quiet
    say "it does not work; $former is back, with the database as it was"
  fi
  rm -rf "$new"
}

# Deletes versions and backups but for the newest, and never the one at work.
forget() {
  local old at_work
  at_work=$(dirname "$(readlink -f "$root/bin")")
  find "$root/releases" -mindepth 1 -maxdepth 1 -type d | sort | head -n "-$KEPT" |
    while read -r old; do [ "$old" = "$at_work" ] || rm -rf "$old"; done
  find "$root/backups" -name 'before-*.db' -type f | sort | head -n "-$KEPT" |
    while read -r old; do rm -f "$old"; done
}

case "${1-} $#" in
  'deploy 2') deploy "$2" ;;
  'stop 1') stop ;;
  'start 1') start ;;
  *)
    sed -n '2,16s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
