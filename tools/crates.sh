#!/bin/sh
# Write accelerator/Cargo.lock from accelerator/crates.lock, which holds versions and hashes and no addresses.
#
# Cargo wants an address beside each hash, and gets that of the registry which this machine uses; every build then runs with
# --locked, so a crate of another hash or version is refused.
set -eu
cd "$(dirname "$0")/../accelerator"
[ Cargo.lock -nt crates.lock ] && exit 0
rm -f Cargo.lock
cargo generate-lockfile --quiet
address="$(sed -n '/^source = /{p;q;}' Cargo.lock)"
awk -v address="$address" '/^checksum = / { print address } { print }' crates.lock > Cargo.lock.new
mv Cargo.lock.new Cargo.lock
