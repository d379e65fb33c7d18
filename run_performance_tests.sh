#!/usr/bin/env bash
# Runs the load tests of CQLite, prints a verdict for each target and writes a report: target/performance/report.html.
# `./run_performance_tests.sh --help` tells the options and the exit codes; docs/load-tests.md what is measured, and how.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

cannot() {
    echo "error: $1" >&2
    exit 2
}

[ "$(uname -s)" = Linux ] || cannot "the load tests read what the Linux kernel tells of memory and disks, and this is $(uname -s)"
command -v cargo >/dev/null || cannot "there is no cargo: install Rust, https://rustup.rs tells how"

# A build that fails for want of room tells less than this.
build_directory=${CARGO_TARGET_DIR:-target}
mkdir -p "$build_directory"
free_mb=$(df --output=avail -B 1000000 "$build_directory" | tail -1 | tr -d ' ')
if [ ! -x "$build_directory/release/performance" ] && [ "$free_mb" -lt 3000 ]; then
    cannot "$build_directory has $free_mb MB left, and the build needs 3,000: make room, or name another place with CARGO_TARGET_DIR"
fi

echo "building with $(nproc) cores (the first time takes some minutes)" >&2
cargo build --quiet --release --package cqlite-benches --bin performance || cannot "the build failed"

# Peers are a workspace of their own, and nothing else builds them: RocksDB takes half an hour and more.
for argument in "$@"; do
    if [ "$argument" = --peers ]; then
        (cd benches/peers && cargo build --release) || cannot "the peers cannot be built: benches/peers/README.md tells what they need"
    fi
done

exec "$build_directory/release/performance" "$@"
