# The one entry point for people: `just` lists what there is.

_default:
    @just --list --unsorted

# Everything that must hold before a change lands
check: format-check lint docs test schedules

# Run all tests; those that need a JDK and Maven say so where they are skipped
test:
    cargo test

# Play the storage under many schedules of threads: CQLITE_SCHEDULES says how many for each test
schedules:
    cargo test -p cqlite-schedules

# Format the code
format:
    cargo fmt --all

format-check:
    cargo fmt --all --check

# Warnings are errors
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# Build the API documentation, with warnings as errors
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# The binary for this machine: target/release/cqlite
build:
    cargo build --release -p cqlite-cli

# One static file that runs on any Linux of this processor: target/dist/cqlite
dist:
    tools/dist

# All benchmarks, or those whose name contains FILTER
bench FILTER="":
    cargo bench -p cqlite-benches -- {{FILTER}}

# Count instructions against benches/instructions.json (needs valgrind); `just instructions --accept` accepts what is counted
instructions *ARGUMENTS:
    cargo bench --profile counted -p cqlite-benches --bench instructions -- {{ARGUMENTS}}

# Make the fixtures anew with a real Cassandra (needs a JDK and Maven)
fixtures:
    cargo run --release -p cqlite-tests --bin make-fixtures

# Fuzz TARGET for SECONDS (needs nightly Rust and cargo-fuzz)
fuzz TARGET SECONDS="60":
    cd fuzz && cargo +nightly fuzz run {{TARGET}} -- -max_total_time={{SECONDS}}
