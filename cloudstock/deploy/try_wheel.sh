#!/usr/bin/env bash
# Tries the wheel in a folder as a seller has it: by pip, pipx and uv without extras, then with the
# extra that it asks for, added by the command that it names; every other extra alone; and the tests
# against the installed package instead of the checkout.
#   try_wheel.sh FOLDER [--without-tests]
# PYTHON    the interpreter (python3)
set -euo pipefail
wheel=$(realpath "$1"/cloudstock-*.whl)
tests=${2-}
python=${PYTHON:-python3}
checkout=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$checkout/cloudstock/__init__.py")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Whether a program is the version of the checkout, with its pages and its licence.
whole() {
  [ "$("$1" --version)" = "cloudstock $version" ]
  "$1" help > pages
  "$1" help operations > page
  [ -s pages ] && [ -s page ]
  "$(dirname "$(realpath "$1")")/python" - << 'END'
from importlib.metadata import distribution

package = distribution("cloudstock")
(licence,) = package.metadata.get_all("License-File")
assert package.metadata["License-Expression"] == "MIT"
(path,) = [p for p in package.files if "licenses" in p.parts]
assert "Permission is hereby granted" in path.read_text(), licence
END
}

# Asks a program for what it lacks, does what it says, and asks again.
adds_the_sandbox() {
  local words
  if "$1" demo > said 2>&1; then
    echo "try_wheel: $1 demo went without its extra" >&2
    return 1
  fi
  words=$(sed -n 's/^.*; run: //p' said)
  printf 'try_wheel: %s\n' "$words"
  bash -euc "$words"
  "$1" demo > said
  tail -n 3 said
  whole "$1"
}

"$python" -m venv tools
tools/bin/pip install --quiet pipx uv
export PATH=$work/tools/bin:$PATH PIPX_HOME=$work/pipx PIPX_BIN_DIR=$work/pipx-bin
export PIPX_DEFAULT_PYTHON=$python UV_TOOL_DIR=$work/uv UV_TOOL_BIN_DIR=$work/uv-bin UV_PYTHON=$python

"$python" -m venv pip
pip/bin/pip install --quiet "$wheel"
uv venv --quiet uv-venv
uv pip install --quiet --python uv-venv/bin/python "$wheel"
pipx install "$wheel"
uv tool install --quiet "$wheel"
for program in pip/bin uv-venv/bin pipx-bin uv-bin; do
  whole "$work/$program/cloudstock"
  adds_the_sandbox "$work/$program/cloudstock"
done

for extra in web sheets notify; do
  uv venv --quiet "with-$extra"
  uv pip install --quiet --python "with-$extra/bin/python" "${wheel}[$extra]"
  whole "with-$extra/bin/cloudstock"
done
[ -z "$tests" ] || exit 0

"$python" -m venv test
test/bin/pip install --quiet "${wheel}[test]"
# Without the checkout's own package, so that what is imported is what was installed.
mkdir checkout
(cd "$checkout" && tar -c --exclude=./cloudstock --exclude=./.git .) | tar -x -C checkout
cd checkout
"$work/test/bin/pytest" -q tests/domain tests/store tests/changes tests/jobs tests/lists
