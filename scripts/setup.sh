#!/bin/sh
# Makes .venv with the locked packages: setup.sh runtime|dev. Uses uv when it is there, else pip.
set -eu
cd "$(dirname "$0")/.."
case "${1:-runtime}" in
runtime) lock=requirements.lock ;;
dev) lock=requirements-dev.lock ;;
*) echo "setup.sh: expected runtime or dev, got '$1'." >&2 && exit 2 ;;
esac
stamp=".venv/.jianwei-$(cat "$lock" pyproject.toml | sha256sum | cut -c1-16)"
if [ -e "$stamp" ]; then exit 0; fi
if [ -e .venv/.jianwei-dev ] && [ "$lock" = requirements.lock ]; then lock=requirements-dev.lock; fi
if command -v uv >/dev/null 2>&1; then
    echo "setup: installing $lock into .venv with uv"
    [ -x .venv/bin/python ] || uv venv -q -p 3.11 .venv
    uv pip install -q -p .venv --compile-bytecode --require-hashes -r "$lock"
    uv pip install -q -p .venv --no-deps -e .
else
    echo "setup: uv not found, installing $lock into .venv with pip (about a minute)"
    python=$(command -v python3.11 || command -v python3)
    [ -x .venv/bin/pip ] || "$python" -m venv --clear .venv
    .venv/bin/pip install -q --disable-pip-version-check --require-hashes -r "$lock"
    .venv/bin/pip install -q --disable-pip-version-check --no-deps -e .
fi
rm -f .venv/.jianwei-????????????????
[ "$lock" = requirements.lock ] || touch .venv/.jianwei-dev
touch "$stamp"
