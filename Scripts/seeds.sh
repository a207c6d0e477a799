#!/usr/bin/env bash
# Simulated worlds in a release build, one for each seed: Scripts/seeds.sh [COUNT]
#
# Publishers, players, pushes, pulls and recordings in one to three shards, under the faults of
# Tests/TestSupport/Simulation/FaultLibrary.swift. A failing seed is printed with the command that runs it again:
# RTMP_SEED=N Scripts/seeds.sh runs that one alone.
set -euo pipefail
cd "$(dirname "$0")/.."
count=${1:-10000}
folder=.build/seeds
mkdir -p "$folder"
trace=$(mktemp -d)
trap 'rm -rf "$trace"' EXIT
swift build -c release --build-path "$folder" --build-tests -Xswiftc -enable-testing >"$folder/build.log" 2>&1 ||
    { tail -n 50 "$folder/build.log"; exit 1; }
started=$SECONDS
if RTMP_SEEDS=$count RTMP_SEED_TRACE=$trace swift test -c release --build-path "$folder" --skip-build \
    -Xswiftc -enable-testing --filter RelaySeedsTests >"$folder/test.log" 2>&1; then
    echo "${RTMP_SEED:+seed $RTMP_SEED of }$count seeds in $((SECONDS - started)) s"
else
    grep -aE 'Issue|↳ seed|again:|Fatal error|crashed' "$folder/test.log" | cut -c 1-500 | head -n 60
    # A crash says no seed.
    echo "the last ones begun: $(cat "$trace"/* | paste -sd ' '); again: RTMP_SEED=… Scripts/seeds.sh"
    exit 1
fi
