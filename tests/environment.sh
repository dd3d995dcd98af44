# Makes the virtual environment .venv beside the README; sourced by the other scripts.
# Nothing outside this folder is touched.

make_environment() { # the groups of development dependencies to install, if any
  local python=${PYTHON:-python3}
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "rlm-kernel needs Python 3.11 or newer; set PYTHON to one" >&2
    return 1
  }
  [ -x .venv/bin/python ] || echo "Setting up .venv; the first time this takes a minute or two." >&2
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
  forget_stale_labextension
  local groups=()
  for group in "$@"; do groups+=(--group "$group"); done
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable . "${groups[@]}"
}

forget_stale_labextension() { # the install builds it where it is missing
  local built=rlm_kernel/labextension
  [ -d "$built" ] || return 0
  local sources=(labextension/{schema,src,style} labextension/package.json)
  [ -z "$(find "${sources[@]}" -type f -newer "$built/package.json" -print -quit)" ] || rm -rf "$built"
}
