#!/usr/bin/env bash
# Recordings that are interrupted and continued: Scripts/campaign-resume.sh [N]
#
# N (24) times a film that nginx-rtmp plays is recorded by `dump --resume`, which is killed with SIGKILL again and again at
# random moments, and its file cut off at a random byte every other time, until it comes to an end. Every file must be,
# bit by bit, that of a recording which nobody disturbed.
#
#   CAMPAIGN_SEED=N       the same moments again, as far as the machine allows
#   CAMPAIGN_PARALLEL=N   so many at a time (8)
#   RTMPCTL=PATH          this program, instead of one that is built
set -euo pipefail
cd "$(dirname "$0")/.."
seed=${CAMPAIGN_SEED:-$RANDOM$RANDOM}
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
rtmpctl=${RTMPCTL:-}
if [ -z "$rtmpctl" ]; then
    swift build --product rtmpctl >&2
    rtmpctl=$(swift build --show-bin-path)/rtmpctl
fi
echo "seed $seed, ${1:-24} files"
python3 - "$rtmpctl" "$directory" "${1:-24}" "$seed" <<'PYTHON'
import concurrent.futures, os, random, shutil, socket, subprocess, sys, time

rtmpctl, directory, count, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
module = "/usr/lib/nginx/modules/ngx_rtmp_module.so"
nginx = shutil.which("nginx") or "/usr/sbin/nginx"
if not os.path.exists(module): sys.exit("nginx with its RTMP module is not on this machine")
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
configuration = os.path.join(directory, "nginx.conf")
with open(configuration, "w") as file:
    file.write("""load_module %s; daemon off; master_process off; pid %s/nginx.pid; error_log stderr crit; events {}
rtmp { access_log off; server { listen 127.0.0.1:%d; application vod { play %s; } } }
""" % (module, directory, port, directory))
subprocess.run(
    ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-f", "lavfi", "-i", "sine=440",
     "-t", "40", "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac", "-flvflags",
     "add_keyframe_index", os.path.join(directory, "film.flv")], check=True)
server = subprocess.Popen([nginx, "-p", directory, "-e", "stderr", "-c", configuration])
url = "rtmp://127.0.0.1:%d/vod/film.flv" % port


def dump(path, *options):
    return subprocess.Popen(
        [rtmpctl, "dump", "-q", "-e", "-r", url, "-o", path, *options], stderr=subprocess.PIPE, text=True)


def content(path):
    with open(path, "rb") as file: return file.read()


def one(number):
    draw = random.Random("%d/%d" % (seed, number))
    path = os.path.join(directory, "%d.flv" % number)
    for kills in range(1000):
        # A short buffer has nginx send as fast as the film plays, once that is full.
        process = dump(path, "-b", draw.choice(["500", "1000", "3000"]))
        try:
            _, said = process.communicate(timeout=draw.uniform(0.05, 4))
            if process.returncode: return kills, "status %d: %s" % (process.returncode, said.strip())
            return kills, "" if content(path) == whole else "%s is another file" % path
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        if draw.random() < 0.5 and os.path.exists(path):
            os.truncate(path, max(0, os.path.getsize(path) - draw.randrange(20_000)))
    return kills, "it came to no end"


try:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError: time.sleep(0.05)
    first = os.path.join(directory, "whole.flv")
    if dump(first).wait(): sys.exit("the film cannot be recorded at all")
    whole = content(first)
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("CAMPAIGN_PARALLEL", 8))) as pool:
        results = list(pool.map(one, range(count)))
finally:
    server.kill()
    server.wait()
for number, (kills, problem) in enumerate(results):
    if problem: print("file %d: %s" % (number, problem))
bad = sum(1 for _, problem in results if problem)
print("%d of %d files are whole after %d kills" % (count - bad, count, sum(kills for kills, _ in results)))
sys.exit(1 if bad else 0)
PYTHON
