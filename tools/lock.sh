#!/bin/sh
# Renew the locks in requirements/ and accelerator/: versions and hashes for every platform, no addresses. Needs uv and cargo.
set -eu
cd "$(dirname "$0")/.."
compile() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
        --no-emit-index-url --no-emit-find-links --upgrade "$@"
}
compile requirements/build.in -o requirements/build.txt
compile requirements/accelerator.in -o requirements/accelerator.txt
compile --extra town pyproject.toml -o requirements/runtime.txt
compile --extra town --extra documents --group test pyproject.toml -c requirements/runtime.txt -o requirements/test.txt
(cd accelerator && cargo update --quiet && sed '/^source = /d' Cargo.lock > crates.lock)
