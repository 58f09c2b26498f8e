#!/usr/bin/env bash
# Does on another machine what deploy.sh does on one: builds the wheel of this checkout, takes it and
# deploy.sh there, and runs it. The other machine's user may `sudo` without a password.
#   over_ssh.sh deploy|stop|start USER@HOST [OPTIONS OF SSH]
set -euo pipefail
action=$1 target=$2
shift 2
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
folder=/tmp/cloudstock-deploy-$(date -u +%Y%m%dT%H%M%SZ)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp cloudstock/deploy/deploy.sh "$work"
line=(sudo "$folder/deploy.sh" "$action")
if [ "$action" = deploy ]; then
  python3 -m pip wheel --quiet --no-deps --wheel-dir "$work" .
  line+=("$folder/$(cd "$work" && echo cloudstock-*.whl)")
fi
ssh "$@" "$target" mkdir -m 700 "$folder"
scp -q "$@" "$work"/* "$target:$folder/"
# shellcheck disable=SC2029 # the other machine is given the words as they are here
ssh "$@" "$target" "${line[*]}; code=\$?; rm -rf $folder; exit \$code"
