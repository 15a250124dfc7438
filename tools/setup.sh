#!/bin/sh
# Prepare .venv for `make demo` (runtime lock only), `make accelerator` (and the optional native kernel of the group) or
# `make test` (runtime and test locks, and the kernel).
#
#   tools/setup.sh runtime|accelerator|test
#
# What is installed is fixed by hashes in requirements/. A stamp per lock makes a second run free. libsodium comes
# from the system: through apt where it is missing and rights allow, else one line says what to install.
set -eu
cd "$(dirname "$0")/.."
want="$1"
say() { printf '%s\n' "$*" >&2; }

need_cargo() {
    rust="$(cargo --version 2>/dev/null | sed 's/^cargo 1\.\([0-9]*\)\..*/\1/')"
    case "$rust" in '' | *[!0-9]*) rust=0 ;; esac
    [ "$rust" -ge 85 ] && return 0
    say "error: cargo of Rust 1.85 or newer is missing (the accelerator of the ristretto255 group is built with it)"
    say "hint: install it with rustup and put its bin folder on PATH; running a network needs no compiler: make demo"
    exit 2
}

install_debian_package() {  # package, what it is for
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "installing $1 ($2)"
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$1" >/dev/null 2>&1 ||
            { apt-get update -q >/dev/null 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$1" >/dev/null; }
    else
        say "error: $1 is missing ($2)"
        say "hint: install it, for example: sudo apt-get install $1"
        exit 2
    fi
}

python="${PYTHON:-python3}"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    { say "error: Python 3.11 or newer is needed"; say "hint: set PYTHON=/path/to/python3.11"; exit 2; }
"$python" -c 'import ensurepip, venv' 2>/dev/null || install_debian_package python3-venv "virtual environments"
"$python" -c 'import ctypes.util, sys; sys.exit(not ctypes.util.find_library("sodium"))' ||
    install_debian_package libsodium23 "the ristretto255 group"

[ "$want" = runtime ] || need_cargo
if [ "$want" = test ]; then
    command -v openssl >/dev/null 2>&1 || install_debian_package openssl "an independent look at certificates"
    command -v curl >/dev/null 2>&1 || install_debian_package curl "the README's session"
    command -v unshare >/dev/null 2>&1 || install_debian_package util-linux "hiding folders from processes"
    command -v chromium >/dev/null 2>&1 || install_debian_package chromium "the portal's pages in a real browser"
    [ -n "$(find /usr/share/fonts -iname 'NotoSansCJK*' 2>/dev/null)" ] ||
        install_debian_package fonts-noto-cjk "Japanese text in that browser"
    command -v npm >/dev/null 2>&1 || install_debian_package npm "the accessibility checks axe-core"
fi

[ -x .venv/bin/python ] || "$python" -m venv .venv
stamp_of() { cat "$@" pyproject.toml | sha256sum | cut -d' ' -f1; }
install_lock() {  # name, pip arguments...
    name="$1"; shift
    stamp="$(stamp_of "requirements/$name.txt")"
    [ "$(cat ".venv/.$name" 2>/dev/null || true)" = "$stamp" ] && return 0
    say "installing requirements/$name.txt"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes "$@" -r "requirements/$name.txt"
    printf '%s\n' "$stamp" > ".venv/.$name"
}
install_lock build
install_lock runtime --no-build-isolation
[ "$want" != test ] || install_lock test --no-build-isolation
[ "$(cat .venv/.self 2>/dev/null || true)" = "$(stamp_of pyproject.toml)" ] || {
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
    stamp_of pyproject.toml > .venv/.self
}
[ "$want" != test ] || [ "$(cat .venv/.axe 2>/dev/null || true)" = "$(stamp_of tools/axe/package-lock.json)" ] || {
    say "installing tools/axe/package-lock.json"
    mkdir -p .venv/axe
    cp tools/axe/package.json tools/axe/package-lock.json .venv/axe/
    npm ci --prefix .venv/axe --ignore-scripts --no-audit --no-fund --silent
    stamp_of tools/axe/package-lock.json > .venv/.axe
}
[ "$want" = runtime ] || {
    install_lock accelerator
    stamp="$(stamp_of requirements/accelerator.txt accelerator/Cargo.toml accelerator/crates.lock accelerator/py* accelerator/*.pyi accelerator/src/*)"
    [ "$(cat .venv/.native 2>/dev/null || true)" = "$stamp" ] || {
        say "building accelerator/ (some minutes the first time)"
        tools/crates.sh
        CARGO_TARGET_DIR="$PWD/.venv/cargo" PATH="$PWD/.venv/bin:$PATH" .venv/bin/python -m pip install --quiet \
            --disable-pip-version-check --no-build-isolation --no-deps --force-reinstall ./accelerator
        printf '%s\n' "$stamp" > .venv/.native
    }
}
