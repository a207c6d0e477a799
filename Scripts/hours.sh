#!/usr/bin/env bash
# A thousand simulated hours in a release build, in a few minutes: Scripts/hours.sh [HOURS]
#
# Four relays (one, two and three shards; an edge that pulls) for a quarter of the hours each, with two streams and eight
# players who join and leave, stalls, and restarts: see Tests/RTMPRelayTests/Seeds/LongRun.swift. Messages are thinned by
# 36. RTMP_SEED=N draws another course of events.
set -euo pipefail
cd "$(dirname "$0")/.."
hours=${1:-1000}
folder=.build/seeds
mkdir -p "$folder"
swift build -c release --build-path "$folder" --build-tests -Xswiftc -enable-testing >"$folder/build.log" 2>&1 ||
    { tail -n 50 "$folder/build.log"; exit 1; }
started=$SECONDS
status=0
RTMP_HOURS=$hours swift test -c release --build-path "$folder" --skip-build -Xswiftc -enable-testing \
    --filter LongRunTests >"$folder/hours.log" 2>&1 || status=$?
grep -aE 'frames compared|Issue|↳ |Fatal error|crashed' "$folder/hours.log" |
    grep -avE 'Testing Library|Target Platform' | cut -c 1-400 | head -n 60
echo "$hours hours in $((SECONDS - started)) s"
exit $status
