#!/usr/bin/env bash
# Builds the wheel and the source archive of a tag into a folder; refuses a tag that is not the version.
#   build.sh v1.2.3 FOLDER
set -euo pipefail
tag=$1 folder=$2
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' cloudstock/__init__.py)
if [ "$tag" != "v$version" ]; then
  echo "build: the tag is $tag, the program says $version" >&2
  exit 2
fi
if ! grep -qx "## $version" cloudstock/docs/changelog.md; then
  echo "build: cloudstock/docs/changelog.md has no section \`## $version\`" >&2
  exit 2
fi
python3 -m venv "$folder.venv"
"$folder.venv/bin/pip" install --quiet build
"$folder.venv/bin/python" -m build --outdir "$folder" .
rm -rf "$folder.venv"
