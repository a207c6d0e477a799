#!/usr/bin/env bash
# Recordings whose program is killed: Scripts/campaign-kill.sh [N]
#
# N (200) runs, half of `dump` and half of `relay --record`, each into one file or into segments of a second, each killed
# with SIGKILL at a random moment. Every file must open in ffprobe without error, know its duration within 1.1 s of its
# last tag, and have an index that leads to keyframes; together they must hold the first tags of the source bit by bit.
# Only the very last tag may be cut short.
#
#   CAMPAIGN_SEED=N       the same moments again, as far as the machine allows
#   CAMPAIGN_PARALLEL=N   so many at a time (6)
#   RTMPCTL=PATH          this program, instead of one that is built
set -euo pipefail
cd "$(dirname "$0")/.."
seed=${CAMPAIGN_SEED:-$RANDOM$RANDOM}
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
swift build --build-tests >&2
rtmpctl=${RTMPCTL:-$(swift build --show-bin-path)/rtmpctl}
echo "seed $seed, ${1:-200} runs"
python3 Scripts/campaign.py kill "$rtmpctl" "$directory" "${1:-200}" "$seed"
RTMP_CAMPAIGN=kill RTMP_CAMPAIGN_DIRECTORY=$directory swift test --skip-build --filter CampaignTests
