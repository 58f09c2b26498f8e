#!/usr/bin/env bash
# Does on another machine what deploy.sh does on one: builds the wheel of this checkout, takes it and
# deploy.sh there, and runs it with the CLOUDSTOCK_ variables that are set here. The other machine's
# user is root, or may `sudo` without a password.
#   over_ssh.sh deploy|stop|start USER@HOST [OPTIONS OF SSH]
# CLOUDSTOCK_WHEEL    a wheel that was built before, to be deployed instead
set -euo pipefail
action=$1 target=$2
shift 2
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp cloudstock/deploy/deploy.sh "$work"
line=(env)
for name in ROOT CONFIG KEYS EXTRAS USER UNITS PYTHON; do
  name=CLOUDSTOCK_$name
  [ -z "${!name+given}" ] || line+=("$name=${!name}")
done
wheel=
if [ "$action" = deploy ]; then
  if [ -n "${CLOUDSTOCK_WHEEL-}" ]; then
    cp "$CLOUDSTOCK_WHEEL" "$work"
  else
    python3 -m pip wheel --quiet --no-deps --wheel-dir "$work" .
  fi
  wheel=$(cd "$work" && echo cloudstock-*.whl)
fi
# One connection brings the files and runs them; the folder goes away with the shell there.
# shellcheck disable=SC2029 # the other machine is given the words as they are here
tar -C "$work" -c . | ssh "$@" "$target" "
  set -e
  folder=\$(mktemp -d)
  trap 'rm -rf \"\$folder\"' EXIT
  tar -x -C \"\$folder\" --no-same-owner
  [ \"\$(id -u)\" = 0 ] || sudo=sudo
  \${sudo-} ${line[*]@Q} bash \"\$folder/deploy.sh\" '$action' ${wheel:+\"\$folder/$wheel\"}"
