#!/usr/bin/env bash
# Sets everything up in this folder, then asks a question about the source of Python's
# standard library with the offline model: no key, no network beyond the package registries.
# It ends with the answer on standard output and the run as a notebook in rlm_demo/.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/environment.sh
make_environment

.venv/bin/python tests/corpus.py rlm_demo/stdlib
.venv/bin/jupyter rlm run "$(cat tests/data/main_question.txt)" \
  --context rlm_demo/stdlib --model offline --notebook rlm_demo/stdlib.ipynb
