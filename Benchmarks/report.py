#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The table of a run of Benchmarks/server, and RESULTS.md.

    Benchmarks/report.py results.json                 the table
    Benchmarks/report.py results.json RESULTS.md [inmemory.json]      the document
"""
import json, statistics, sys

from rows import ROWS, VALUES


def text(name, value):
    if value is None: return "–"
    return "%.*f" % (VALUES[name][2], value)


def read(name, result):
    try: return VALUES[name][3](result)
    except (KeyError, TypeError): return None


def line(row, result):
    found = [(name, read(name, result)) for name in row.values]
    return "  ".join("%s %s" % (name, text(name, value)) for name, value in found if value is not None)


def fault(result):
    """What must never happen to players that keep up."""
    return bool(result["gap_frames"] or result["errors"]["total"] or result["backward_seq"]
                or result["nonmonotonic_ts"] or result["setup_timeout"])


def medians(results):
    """{row: {who: {value: (median, all)}}}"""
    found = {}
    for run in results["runs"]:
        row = next((row for row in ROWS if row.name == run["row"]), None)
        if row is None: continue
        for name in row.values:
            value = read(name, run["result"])
            if value is not None:
                found.setdefault(row.name, {}).setdefault(run["who"], {}).setdefault(name, []).append(value)
    return {row: {who: {name: (statistics.median(values), values) for name, values in of.items()}
                  for who, of in whose.items()} for row, whose in found.items()}


def judge(bar, values):
    """What a bar asks, what was reached, and whether that is met; None where something was not measured."""
    ours = values.get("ours", {}).get(bar.value)
    peer = values.get("peer", {}).get(bar.value)
    if ours is None or bar.of == "peer" and not (peer and peer[0]): return None
    reached = ours[0] / peer[0] if bar.of == "peer" else ours[0]
    is_least = bar.limit < 0  # a negative limit is a least one
    limit = abs(bar.limit)
    met = reached >= limit - 1e-9 if is_least else reached <= limit + 1e-9
    words, unit, digits, _ = VALUES[bar.value]
    shown = "%.2f x" % reached if bar.of == "peer" else "%.*f%s" % (digits, reached, " " + unit if unit else "")
    asked = "%s %g%s" % ("≥" if is_least else "≤", limit, " x the peer's" if bar.of == "peer" else
                         " " + unit if unit else "")
    return words, asked, shown, met


def lines(results):
    """(row, value's words, ours, peer, bar, reached, met) for every value that has a bar or is the row's first."""
    found = medians(results)
    for row in ROWS:
        if row.name not in found or row.group != "table": continue
        values = found[row.name]
        asked = [bar.value for bar in row.bars]
        for name in [row.values[0]] * (row.values[0] not in asked) + list(dict.fromkeys(asked)):
            ours, peer = (values.get(who, {}).get(name, (None,))[0] for who in ("ours", "peer"))
            bars = [b for b in (judge(bar, values) for bar in row.bars if bar.value == name) if b]
            words, unit = VALUES[name][:2]
            yield (row, words + (", " + unit if unit else ""), text(name, ours), text(name, peer),
                   "; ".join(b[1] for b in bars), "; ".join(b[2] for b in bars),
                   "" if not bars else "met" if all(b[3] for b in bars) else "MISSED")


def stall(results):
    """What one stalled player changes for the others: (p99 in per cent, memory in MB)."""
    found = medians(results)
    try:
        calm, stalled = (found[name]["ours"] for name in ("calm400", "stalled400"))
        return (100 * (stalled["p99"][0] / calm["p99"][0] - 1), stalled["anon"][0] - calm["anon"][0],
                calm["p99"][0], stalled["p99"][0], calm["anon"][0], stalled["anon"][0])
    except KeyError: return None


def table(results, out):
    shape = "%-52s %-28s %9s %9s  %-26s %10s  %s\n"
    out.write(shape % ("work", "", "ours", "peer", "bar", "reached", ""))
    last = None
    for row, words, ours, peer, bar, reached, met in lines(results):
        out.write(shape % (row.text if row is not last else "", words, ours, peer, bar, reached, met))
        last = row
    found = stall(results)
    if found:
        out.write("one stalled player among 400: p99 %+.1f %% (%.1f to %.1f ms; less than 10 %%: %s), memory %+.2f MB "
                  "(%.1f to %.1f; less than 2 MB: %s)\n" % (
                      found[0], found[2], found[3], "met" if found[0] < 10 else "MISSED", found[1], found[4], found[5],
                      "met" if found[1] < 2 else "MISSED"))


def times(results):
    """The rows by when and from which commit they were run."""
    found = {}
    for run in results["runs"]:
        rows = found.setdefault((run["started"], run["commit"]), [])
        if run["row"] not in rows: rows.append(run["row"])
    return found


def write(results, path, memory=None):
    machine = results["machine"]
    with open(path, "w") as out:
        out.write("# Results\n\nWritten by `%s` on %s. Do not edit.\n\n" % (results["command"], results["started"]))
        out.write("%(processor)s, %(cores)s cores, %(system)s; %(nginx)s with nginx-rtmp, chunk_size 4096; "
                  "%(swift)s.\n\n" % machine)
        for (started, commit), rows in times(results).items():
            out.write("* Commit %s, %s: %s.\n" % (commit, started, ", ".join(rows)))
        out.write("\n")
        out.write("Server on the first core, load generator on the second, over loopback; a stream of 2.6 Mbit/s in "
                  "messages of 4.2 kB on average; medians of the runs, interleaved. \"Peer\" is nginx-rtmp, for the "
                  "recording rtmpdump. CPU is the server's own, the kernel's share included.\n\n")
        out.write("| work | value | ours | peer | bar | reached | |\n|---|---|---|---|---|---|---|\n")
        last = None
        for row, words, ours, peer, bar, reached, met in lines(results):
            out.write("| %s | %s | %s | %s | %s | %s | %s |\n" % (
                row.text if row is not last else "", words, ours, peer, bar, reached, met))
            last = row
        found = stall(results)
        if found:
            out.write("\nOne stalled player among 400: p99 of the others %.1f ms instead of %.1f (%+.1f %%), anonymous "
                      "memory %.2f MB instead of %.2f (%+.2f MB).\n" % (
                          found[3], found[2], found[0], found[5], found[4], found[1]))
        scale(results, out)
        every(results, out)
        if memory: inmemory(memory, out)


def scale(results, out):
    found = medians(results)
    rows = [row for row in ROWS if row.group == "scale" and row.name in found]
    if not rows: return
    out.write("\n## From few players to many\n\n![CPU per delivered GB and memory per player](scale.svg)\n\n")
    out.write("| players | ours: CPU-s/GB | core | p99, ms | resident, MB | peer: CPU-s/GB | core | p99, ms | resident, MB "
              "|\n|---|---|---|---|---|---|---|---|---|\n")
    for row in rows:
        cells = [row.text.split()[0]]
        for who in ("ours", "peer"):
            of = found[row.name].get(who, {})
            cells += [text(name, of.get(name, (None,))[0]) for name in ("out", "core", "p99", "rss")]
        out.write("| %s |\n" % " | ".join(cells))


def every(results, out):
    out.write("\n## Every run\n\n| row | who | value | runs |\n|---|---|---|---|\n")
    found = medians(results)
    for row in ROWS:
        for who, values in sorted(found.get(row.name, {}).items()):
            for name in row.values:
                if name in values and (name in [bar.value for bar in row.bars] or name in ("load", "core")):
                    out.write("| %s | %s | %s | %s |\n" % (
                        row.name, who, VALUES[name][0], ", ".join(text(name, value) for value in values[name][1])))


def inmemory(memory, out):
    out.write("\n## In memory\n\n`Benchmarks/.build/release/inmemory`: one thread, processor time, medians of the "
              "rounds, each of which measures ours, C and memcpy of the same bytes in turn.\n\n")
    out.write("| what | ours | C | ours / C | memcpy | ours / memcpy |\n|---|---|---|---|---|---|\n")
    def number(value, unit=""): return "" if value is None else "%.3g%s" % (value, unit) if value < 1000 else "%.0f%s" % (value, unit)
    for item in memory:
        unit = " " + item["unit"]
        out.write("| %s | %s | %s | %s | %s | %s |\n" % (
            item["name"], number(item["ours"], unit), number(item["c"], unit), number(item["to_c"]),
            number(item["memcpy"], unit), number(item["to_memcpy"])))


if __name__ == "__main__":
    loaded = json.load(open(sys.argv[1]))
    if len(sys.argv) > 2: write(loaded, sys.argv[2], json.load(open(sys.argv[3])) if len(sys.argv) > 3 else loaded.get("inmemory"))
    else: table(loaded, sys.stdout)
