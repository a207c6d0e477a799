#!/usr/bin/env bash
# Recordings on a disk that gets full: Scripts/campaign-full.sh [N]
#
# N (50) runs, half of `dump` and half of `relay --record`, each on a tmpfs of its own that is too small. Every file must
# be a finished one: cut back to its last whole tag, with a duration, size and index that say so, and the first tags of
# the source bit by bit. Needs root, to mount.
#
#   CAMPAIGN_SEED=N       the same moments again, as far as the machine allows
#   CAMPAIGN_PARALLEL=N   so many at a time (6)
#   RTMPCTL=PATH          this program, instead of one that is built
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "$(id -u)" != 0 ]; then
    echo "campaign-full.sh mounts small file systems and must be run by root" >&2
    exit 1
fi
seed=${CAMPAIGN_SEED:-$RANDOM$RANDOM}
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
swift build --build-tests >&2
rtmpctl=${RTMPCTL:-$(swift build --show-bin-path)/rtmpctl}
echo "seed $seed, ${1:-50} runs"
python3 Scripts/campaign.py full "$rtmpctl" "$directory" "${1:-50}" "$seed"
RTMP_CAMPAIGN=full RTMP_CAMPAIGN_DIRECTORY=$directory swift test --skip-build --filter CampaignTests
