#!/usr/bin/env bash
# Runs the browser tests that need jupyter-collaboration and jupyter-server-nbmodel, which are
# no dependencies of ours, in an environment that has them: .venv with the two beside it.
# The gate has no time for them; arguments are passed to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/environment.sh
make_environment dev test
.venv/bin/python -m venv .venv-together
.venv-together/bin/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
.venv-together/bin/python -m pip install --quiet --disable-pip-version-check --editable . --group test \
  "jupyter-collaboration>=5,<6" "jupyter-server-nbmodel>=0.2.9,<0.3"
.venv-together/bin/python -m pytest -m together tests/browser "$@"
