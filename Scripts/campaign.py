#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The runs of campaign.sh: recordings that end badly.

    campaign.py kill|full RTMPCTL DIRECTORY COUNT SEED

Half of the runs are of `dump`, the others of `relay --record`, several at a time. Those that are killed record into one
file or into segments of a second. What they leave is in DIRECTORY, called by the number of the run, how it was made and
the number of the segment, with `.done` when the file had its name for good; `source.flv` there is what was published.
"""
import concurrent.futures, os, random, re, shutil, signal, subprocess, sys, threading, time

mode, rtmpctl, directory, count, seed = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
source = os.path.join(directory, "source.flv")
parallel = int(os.environ.get("CAMPAIGN_PARALLEL", 6))
seconds = 12


class Program:
    """A child whose messages are read as they come."""

    def __init__(self, *arguments):
        self.child = subprocess.Popen(
            [rtmpctl, *map(str, arguments)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        self.lines, self.news, self.ended = [], threading.Condition(), False
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.child.stderr:
            with self.news:
                self.lines.append(line.rstrip())
                self.news.notify_all()
        with self.news:
            self.ended = True
            self.news.notify_all()

    def expect(self, pattern, limit=30):
        def found():
            return next((match for line in self.lines if (match := re.search(pattern, line))), None)
        with self.news:
            self.news.wait_for(lambda: found() or self.ended, limit)
            match = found()
        if match is None:
            raise RuntimeError("no line like %r in: %s" % (pattern, "\n".join(self.lines)))
        return match

    def kill(self):
        self.child.kill()
        self.child.wait()


def relay(*options):
    program = Program("relay", "--listen", "127.0.0.1:0", "--threads", 1, *options)
    port = program.expect(r"listening on \S*:(\d+)").group(1)
    return program, "rtmp://127.0.0.1:%s/live" % port


def publish(url, draw):
    return Program("publish", source, url, "--rate", draw.choice(["1", "2", "4", "8"]), "--quiet")


def files(place):
    """What is in a directory, the segments in order."""
    return sorted(os.path.join(root, name) for root, _, names in os.walk(place) for name in names)


class Full:
    """A small file system of its own."""

    def __init__(self, place, draw):
        self.place = place
        os.makedirs(place)
        kilobytes = draw.randint(120, 700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%dk" % kilobytes, "tmpfs", place], check=True)

    def clear(self):
        subprocess.run(["umount", self.place], check=True)
        os.rmdir(self.place)


class Ample:
    def __init__(self, place, draw):
        self.place = place
        os.makedirs(place)

    def clear(self):
        shutil.rmtree(self.place)


def wait_for_frames(place):
    """Until a head and something behind it are there; a process that is killed before leaves nothing to look at."""
    limit = time.monotonic() + 30
    while not any(os.path.getsize(path) >= 66_000 for path in files(place)):
        if time.monotonic() > limit: raise RuntimeError("no file with frames")
        time.sleep(0.002)


def record(name, kind, place, is_cut):
    """Starts a recording; returns it and the URL to publish to."""
    cutting = ["--segment", "1"] if is_cut else []
    if kind == "relay":
        recorder, url = relay("--record", place, *(["--record-name", "x-{index}.flv"] if is_cut else []), *cutting)
        return recorder, "%s/%s" % (url, name)
    target = "%s/%s" % (base, name)
    path = os.path.join(place, "x-{index}.flv" if is_cut else "x.flv")
    recorder = Program("dump", target, path, "--wait", "--timeout", 60, *cutting)
    players.expect(r"\bplay .*%s" % name)
    return recorder, target


def run(name, kind, place, draw, is_cut):
    """One recording until its bad end."""
    recorder, target = record(name, kind, place, is_cut)
    publisher = publish(target, draw)
    try:
        if mode == "kill":
            wait_for_frames(place)
            time.sleep(draw.uniform(0, 2.5))
            recorder.kill()
        elif kind == "dump":
            status = recorder.child.wait(60)
            if status != 74: raise RuntimeError("dump ended with %d: %s" % (status, recorder.lines))
        else:
            recorder.expect(r"record end ", 60)
            recorder.child.terminate()
            recorder.child.wait(30)
    finally:
        recorder.kill()
        publisher.kill()


def one(number):
    draw = random.Random("%d/%d" % (seed, number))
    kind = "dump" if number % 2 else "relay"
    is_cut = mode == "kill" and number % 4 > 1
    name = "%04d-%s" % (number, kind)
    place = os.path.join(directory, "run-%04d" % number)
    disk = (Full if mode == "full" else Ample)(place, draw)
    empty = 0
    try:
        run(name, kind, place, draw, is_cut)
        for index, path in enumerate(files(place)):
            # A segment that was opened and has nothing in it: its first write is its head and a frame in one.
            if os.path.getsize(path) == 0:
                empty += 1
                continue
            done = ".done" if is_cut and path.endswith(".flv") else ""
            shutil.copy(path, os.path.join(directory, "%s-%03d%s.flv" % (name, index, done)))
    finally:
        disk.clear()
    return empty


subprocess.run(
    ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-f", "lavfi", "-i",
     "sine=frequency=440:sample_rate=44100", "-t", str(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-g", "10",
     "-b:v", "900k", "-minrate", "900k", "-maxrate", "900k", "-bufsize", "900k", "-c:a", "aac", "-f", "flv", source],
    check=True)
players, base = relay()
begin = time.monotonic()
try:
    with concurrent.futures.ThreadPoolExecutor(parallel) as pool:
        empty = sum(pool.map(one, range(1, count + 1)))
finally:
    players.kill()
print("%d runs in %.0f s, %d files were just opened" % (count, time.monotonic() - begin, empty), flush=True)
bad = 0
names = sorted(name for name in os.listdir(directory) if re.match(r"\d{4}-", name))
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    def probe(name):
        return subprocess.run(
            ["ffprobe", "-v", "error", "-show_entries", "format=duration:stream=codec_name", "-of", "csv",
             os.path.join(directory, name)], capture_output=True, text=True)
    for name, result in zip(names, pool.map(probe, names)):
        if result.returncode or result.stderr or "h264" not in result.stdout or "aac" not in result.stdout:
            bad += 1
            print("ffprobe %s: %s %s" % (name, result.returncode, result.stderr.strip() or result.stdout), flush=True)
print("ffprobe: %d of %d files without error" % (len(names) - bad, len(names)), flush=True)
sys.exit(1 if bad or len({name[:4] for name in names}) != count else 0)
