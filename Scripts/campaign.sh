#!/usr/bin/env bash
# Recordings that end badly, and what is left of them: Scripts/campaign.sh kill|full [N]
#
# N runs (200 or 50), half of `dump` and half of `relay --record`, each into one file or into segments of a second.
#
#   kill   Each is killed with SIGKILL at a random moment. Every file must open in ffprobe without error, know its
#          duration within 1.1 s of its last tag, and have an index that leads to keyframes; together they must hold the
#          first tags of the source bit by bit. Only the very last tag may be cut short.
#   full   Each writes to a tmpfs of its own that is too small. Every file must be a finished one: cut back to its last
#          whole tag, with a duration, size and index that say so. Needs root, to mount.
#
#   CAMPAIGN_SEED=N       the same moments again, as far as the machine allows
#   CAMPAIGN_PARALLEL=N   so many at a time (6)
#   RTMPCTL=PATH          this program, instead of one that is built
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in
kill) runs=${2:-200} ;;
full)
    runs=${2:-50}
    [ "$(id -u)" = 0 ] || { echo "campaign.sh full mounts small file systems and must be run by root" >&2; exit 1; }
    ;;
*)
    echo "usage: Scripts/campaign.sh kill|full [N]" >&2
    exit 64
    ;;
esac
seed=${CAMPAIGN_SEED:-$RANDOM$RANDOM}
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
swift build --build-tests >&2
rtmpctl=${RTMPCTL:-$(swift build --show-bin-path)/rtmpctl}
echo "seed $seed, $runs runs"
python3 Scripts/campaign.py "$1" "$rtmpctl" "$directory" "$runs" "$seed"
RTMP_CAMPAIGN=$1 RTMP_CAMPAIGN_DIRECTORY=$directory swift test --skip-build --filter CampaignTests
