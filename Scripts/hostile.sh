#!/usr/bin/env bash
# A relay under attack: hostile peers of every kind at once, beside one honest publisher and ten honest players, whose
# bytes are compared. Prints what the relay's memory was before, at the end of it and after.
#
#   Scripts/hostile.sh [PEERS [SECONDS]]      500 peers, 60 s
#
# The relay is built for release. The same test runs with a debug build, for a shorter time, in `swift test`.
set -euo pipefail
cd "$(dirname "$0")/.."

swift build -c release --product rtmpctl
RTMPCTL=$(swift build -c release --show-bin-path)/rtmpctl
export RTMPCTL RTMP_HOSTILE_COUNT=${1:-500} RTMP_HOSTILE_SECONDS=${2:-60}
swift test --filter 'RTMPCtlTests\.HostileTests'
