#!/usr/bin/env bash
# Tries the wheel in a folder as a seller has it: each extra in an environment of its own, the demo,
# and the tests against the installed package instead of the checkout.
#   try_wheel.sh FOLDER
set -euo pipefail
wheel=$(realpath "$1"/cloudstock-*.whl)
checkout=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for extra in '' sandbox web sheets notify; do
  python3 -m venv "$work/venv-$extra"
  "$work/venv-$extra/bin/pip" install --quiet "${wheel}${extra:+[$extra]}"
  (cd "$work" && "venv-$extra/bin/cloudstock" --version && "venv-$extra/bin/cloudstock" --help > /dev/null)
done
(cd "$work" && venv-sandbox/bin/cloudstock demo)
python3 -m venv "$work/venv-test"
"$work/venv-test/bin/pip" install --quiet "${wheel}[test]"
# Without the checkout's own package, so that what is imported is what was installed.
mkdir "$work/checkout"
(cd "$checkout" && tar -c --exclude=./cloudstock --exclude=./.git .) | tar -x -C "$work/checkout"
cd "$work/checkout"
"$work/venv-test/bin/pytest" -q tests/domain tests/store tests/changes tests/jobs tests/lists
