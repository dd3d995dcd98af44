#!/usr/bin/env bash
# Sets everything up in this folder and runs every check: lint, types, import contracts, the
# labextension's own tests, and those of the core, the edges, real kernels, the notebooks and
# the browser.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/environment.sh
make_environment dev test

# Browser tests need Chromium, which comes from the system's packages where we may install.
if ! command -v chromium > /dev/null && command -v apt-get > /dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && apt-get install -y -qq chromium > /dev/null
fi
if ! command -v chromium > /dev/null; then
  echo "chromium is not on this machine: the browser tests in tests/browser will not run" >&2
fi

export PATH="$PWD/.venv/bin:$PATH"
mkdir -p .artifacts

# The labextension's checks, and beside them Python's.
(cd labextension && jlpm install --immutable > /dev/null && jlpm check) > .artifacts/labextension.log 2>&1 &
labextension=$!
ruff check .
ruff format --check .
mypy
lint-imports --no-logo
wait "$labextension" || failed=1
cat .artifacts/labextension.log
[ -z "${failed:-}" ]

if [ $# -gt 0 ]; then
  (cd labextension && jlpm test)
  python -m pytest "$@"
  exit
fi

# Two halves side by side, because kernels and browsers mostly wait: what is seen in a browser,
# whose report comes last, and the rest.
seen=(tests/browser tests/notebooks)
python -m pytest "${seen[@]}" > .artifacts/seen.log 2>&1 &
half=$!
failed=0
python -m pytest "${seen[@]/#/--ignore=}" || failed=1
(cd labextension && jlpm test) || failed=1
wait "$half" || failed=1
cat .artifacts/seen.log
exit "$failed"
