# SPDX-License-Identifier: Apache-2.0
"""The rows of the server table: what is run, what is measured, and what it must reach.

A value is a number that a run gives; a bar says what ours must be, alone or as a ratio to nginx-rtmp in the same run.
"""
import collections

Bar = collections.namedtuple("Bar", "value limit of", defaults=(None,))  # of: "peer" for a ratio, else a number
Row = collections.namedtuple("Row", "name text kind load options peer values bars group", defaults=("table",))


def path(*keys):
    """A value at keys in the JSON of the load generator."""
    def get(result):
        for key in keys: result = result[key]
        return result
    return get


# name: (words, unit, digits, how to find it)
VALUES = {
    "out": ("CPU per GB delivered", "s", 2, path("server", "cpu_s_per_GB_out")),
    "in": ("CPU per GB received", "s", 2, path("server", "cpu_s_per_GB_in")),
    "rate": ("received", "GB/s", 2, lambda r: r["ingest_Bps"] / 1e9),
    "core": ("of the core", "%", 1, lambda r: 100 * r["server"]["cpu_util"]),
    "p50": ("latency p50", "ms", 2, path("latency_ms", "p50")),
    "p99": ("latency p99", "ms", 1, path("latency_ms", "p99")),
    "delivered": ("delivered", "of 1", 3, path("delivered_ratio")),
    "gaps": ("frames missed", "", 0, path("gap_frames")),
    "rss": ("resident", "MB", 1, lambda r: r["server"]["rss_peak_kB"] / 1e3),
    "anon": ("anonymous memory", "MB", 2, lambda r: r["server"]["anon_kB"] / 1e3),
    "each": ("resident per connection", "kB", 2, path("server", "rss_kB_per_conn")),
    "key50": ("first keyframe p50", "ms", 2, path("first_key_ms", "p50")),
    "key99": ("first keyframe p99", "ms", 1, path("first_key_ms", "p99")),
    "client": ("client's CPU per GB", "s", 2, path("client_cpu_s_per_GB")),
    "ratio": ("of the C reader's speed", "x", 2, path("to_c")),
    "load": ("load generator's core", "%", 0, lambda r: 100 * r["load"]["cpu_util"]),
}
FANOUT = ("out", "core", "p50", "p99", "delivered", "gaps", "rss", "each", "key50", "load")


def fan(name, players, text, options, bars, parse=1, group="table", values=FANOUT):
    load = ["both", "--publishers", "1", "--players", str(players), "--parse-every", str(parse)]
    return Row(name, text, "load", load, options, True, values, bars, group)


ROWS = [
    fan("fan10", 10, "10 players, default", [], [Bar("out", 0.85, "peer"), Bar("p50", 1)]),
    fan("fan100", 100, "100 players, default", [],
        [Bar("out", 0.65, "peer"), Bar("p50", 3), Bar("key50", 2)]),
    fan("fan800-immediate", 800, "800 players, --max-merge 0", ["--max-merge", "0"],
        [Bar("out", 1.0, "peer"), Bar("p50", 0.85, "peer"), Bar("p99", 20)], parse=8),
    fan("fan800", 800, "800 players, default", [],
        [Bar("out", 0.45, "peer"), Bar("p50", 25), Bar("p99", 50), Bar("each", 3)], parse=8),
    fan("fan800-merged", 800, "800 players, --max-merge 350", ["--max-merge", "350"],
        [Bar("out", 0.20, "peer")], parse=8),
    fan("fan3600", 3600, "3,600 players, default", [],
        [Bar("gaps", 0), Bar("delivered", -0.98), Bar("p99", 90), Bar("core", 80)], parse=20),
    Row("many300", "300 publishers, one player each, default", "load",
        ["both", "--publishers", "300", "--players", "300"], [], True, FANOUT,
        [Bar("out", 0.50, "peer"), Bar("rss", 220)]),
    Row("ingest200", "200 publishers, no player, default", "load", ["publish", "--publishers", "200"], [], True,
        ("in", "core", "rate", "rss", "load"), [Bar("in", 0.50, "peer")]),
    Row("ingestmax", "one publisher at full speed", "load", ["publish", "--rate", "max"], [], True,
        ("in", "rate", "core", "rss", "load"), [Bar("in", 0.55, "peer"), Bar("rate", -1.0, "peer")]),
    Row("record50", "50 publishers recorded, no player", "load",
        ["publish", "--publishers", "50", "--app", "recorded"], ["--record", "RECORDED"], True,
        ("in", "core", "rate", "rss", "load"), [Bar("in", 1.0, "peer")]),
    Row("idle1000", "1,000 idle connections", "load", ["idle", "--idle", "1000"], [], True, ("each", "core"),
        [Bar("each", 3)]),
    Row("join800", "joining while 800 play", "join", ["both", "--publishers", "1", "--players", "800", "--parse-every",
        "8"], [], False, ("key50", "key99"), [Bar("key50", 5), Bar("key99", 20)]),
    Row("dump", "dump of a stream sent at 50 x real time, beside rtmpdump", "dump", [], [], True, ("client",),
        [Bar("client", 0.50, "peer")]),
    Row("chunks128", "chunk reading beside C, 64 MB copied into a buffer, chunk size 128", "memory",
        "64 MB into a buffer, chunk size 128", [], False, ("ratio",), [Bar("ratio", -0.5)]),
    Row("chunks4096", "chunk reading beside C, 64 MB copied into a buffer, chunk size 4096", "memory",
        "64 MB into a buffer, chunk size 4096", [], False, ("ratio",), [Bar("ratio", -0.8)]),
    Row("cached128", "chunk reading beside C, 2 MB that stay in the cache, chunk size 128", "memory",
        "reading, into a buffer, chunk size 128", [], False, ("ratio",), [Bar("ratio", -0.5)]),
    Row("cached4096", "chunk reading beside C, 2 MB that stay in the cache, chunk size 4096", "memory",
        "reading, into a buffer, chunk size 4096", [], False, ("ratio",), [Bar("ratio", -0.8)]),
    fan("calm400", 400, "400 players", [], [], parse=4, group="stall", values=("p99", "p50", "anon", "gaps")),
    Row("stalled400", "400 players and one that takes nothing", "load",
        ["both", "--publishers", "1", "--players", "401", "--parse-every", "4", "--slow", "1", "--slow-rate", "0"], [],
        False, ("p99", "p50", "anon", "gaps"), [], "stall"),
] + [
    fan("scale%d" % n, n, "%s players" % format(n, ","), [], [], parse=max(1, n // 100), group="scale")
    for n in (10, 25, 50, 100, 200, 400, 800, 1600, 2400, 3200, 4000)
]
