#!/usr/bin/env bash
# A long run of the relay: Scripts/soak.sh [MINUTES]
#
# Two publishers without a pause, and groups of players that come and leave at random, some properly and some killed,
# for MINUTES (60). Prints the relay's resident memory as it goes; fails when it differs by 3 % or more between the end
# and the time after the first five minutes (a tenth of a shorter run), or when a player that stayed missed anything.
#
#   SOAK_SEED=N    the same comings and goings again
set -euo pipefail
cd "$(dirname "$0")/.."
minutes=${1:-60}
make -s -C Benchmarks/load
swift build -c release --product rtmpctl >&2
rtmpctl=$(swift build -c release --show-bin-path)/rtmpctl
exec python3 - "$rtmpctl" Benchmarks/load/rtmpload "$minutes" <<'PYTHON'
import json, os, random, re, signal, subprocess, sys, tempfile, time

rtmpctl, rtmpload, minutes = sys.argv[1], sys.argv[2], float(sys.argv[3])
seed = int(os.environ.get("SOAK_SEED", random.randrange(1 << 32)))
draw = random.Random(seed)
length = minutes * 60
settled = min(300, length / 10)
average = max(int(settled / 5), 5)
work = tempfile.mkdtemp()
relay = subprocess.Popen([rtmpctl, "relay", "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
port = None
for line in relay.stderr:
    found = re.search(r"listening on .*:(\d+)", line)
    if found:
        port = found.group(1)
        break
if port is None: sys.exit("the relay did not start")
# The relay goes on writing its log; somebody has to read it.
drain = subprocess.Popen(["cat"], stdin=relay.stderr, stdout=subprocess.DEVNULL)

children = []
def start(*arguments):
    name = os.path.join(work, "%d.json" % len(os.listdir(work)))
    child = subprocess.Popen([rtmpload, *map(str, arguments), "--port", port, "--json", name],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    child.report = name
    return child

def resident():
    for line in open("/proc/%d/status" % relay.pid):
        if line.startswith("VmRSS"): return int(line.split()[1])
    return 0

print("seed %d, relay %d on port %s, %g minutes" % (seed, relay.pid, port, minutes), flush=True)
status = 0
try:
    # The publishers, and ten players that stay and have every byte looked at.
    steady = start("both", "--publishers", 2, "--players", 10, "--verify", "--duration", int(length), "--setup", 60)
    time.sleep(2)
    begin = time.monotonic()
    first, samples, next_print, joined, killed = None, [], 0, 0, 0
    while (now := time.monotonic() - begin) < length - 5:
        if relay.poll() is not None: sys.exit("the relay ended with %s" % relay.returncode)
        if len(children) < 12:
            children.append(start("play", "--streams", 2, "--players", draw.randint(1, 20), "--setup", 10,
                "--duration", draw.randint(2, 30), *(["--slow", 1, "--slow-rate", 20000] if draw.random() < 0.2 else [])))
            joined += 1
            children[-1].killed_at = now + draw.uniform(1, 20) if draw.random() < 0.3 else None
        for child in list(children):
            if child.poll() is None and child.killed_at is not None and now > child.killed_at:
                child.kill()
                killed += 1
            if child.poll() is not None:
                children.remove(child)
                if os.path.exists(child.report): os.unlink(child.report)
        samples.append(resident())
        # Single readings move by what is under way; a minute of them (less in a short run) does not.
        window = samples[-average:]
        mean = sum(window) / len(window)
        if first is None and now >= settled: first = mean
        if now >= next_print:
            print("%5.0f s  %8.0f kB  %d groups came, %d were killed" % (now, mean, joined, killed), flush=True)
            next_print += max(length / 20, 5)
        time.sleep(1)
    last = sum(samples[-average:]) / len(samples[-average:])
    change = (last - first) / first
    print("resident: %.0f kB after %.0f s, %.0f kB at the end: %+.2f %%" % (first, settled, last, 100 * change))
    if abs(change) >= 0.03:
        print("FAILED: memory changed by 3 % or more")
        status = 1
    steady.wait(timeout=120)
    report = json.load(open(steady.report))
    print("ten players that stayed: %d gaps, %d errors" % (report["gap_frames"], report["errors"]["total"]))
    if report["gap_frames"] or report["errors"]["total"]: status = 1
finally:
    for child in children + [steady]:
        if child.poll() is None: child.kill()
    relay.send_signal(signal.SIGTERM)
    relay.wait()
    drain.kill()
sys.exit(status)
PYTHON
