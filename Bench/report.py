"""Renders the results as docs/benchmarks.md: targets, measured values and tables."""

import surface_report
from loads import median
from results import (JOINED, OURS, PLAIN, READER, WITH_JOURNAL, Targets, cpu, inside, middle, number, p50, p99, rate, ratio,
                     rows, share)

# The loads of decoder-speed: description, and target in frames or bytes per second.
DECODERS = {
    "amg-commander": ("AMG Commander, a push in each notification", "frames", 1e6),
    "bt50": ("BT50, four frames in each notification", "frames", 1e6),
    "bt50-now-data": ("BT50 in now data, four frames in each notification", "frames", 1e6),
    "mat-jq-64x64": ("pressure mat 64×64 with a trailer, 4 KiB in each read", "bytes", 200e6),
    "mat-grid-12x8": ("pressure mat 12×8 with `EF BE`, 4 KiB in each read", "bytes", 200e6),
    "mat-grid-12x8-packets": ("the same, 64 bytes in each read", None, None),
}


def targets(results):
    t = Targets()
    t.at_most("CPU per delivered event, 1,000 events/s to 10 clients, against C",
              ratio(middle(results, "steady", OURS, cpu), middle(results, "steady", JOINED, cpu)), 1.15, " ×")
    t.at_most("inside the daemon, datagram read to last send done, p50 (end of its bucket)", inside(results, 0.5), 0.2,
              " ms", "≤ {:.3g}")
    t.at_most("the same, p99", inside(results, 0.99), 1, " ms", "≤ {:.3g}")
    for n in bursts(results):
        key = f"burst/{n}"
        t.at_least(f"burst to {n:,} clients, deliveries/s against C with joined sends",
                   ratio(middle(results, key, OURS, rate), middle(results, key, JOINED, rate)), 0.85, " ×")
        t.at_least("the same, deliveries per second of the server's CPU",
                   ratio(middle(results, key, JOINED, cpu), middle(results, key, OURS, cpu)), 0.85, " ×")
        for other in neighbours(results):
            t.above(f"the same, deliveries/s against {other}",
                    ratio(middle(results, key, OURS, rate), middle(results, key, other, rate)), 1, " ×")
        missing = [row["missing"] + row["lost"] for row in rows(results, key, OURS)]
        t.at_most(f"burst to {n:,} clients, deliveries lost", max(missing) if missing else None, 0, "", "{:d}")
    calm, stalled = middle(results, "stalled/0", OURS, p99), middle(results, "stalled/1", OURS, p99)
    change = (ratio(stalled, calm) - 1) * 100 if ratio(stalled, calm) else None
    t.below("one stalled client among 100: the others' p99 grows by", change, 10, " %", "{:.1f}")
    t.at_most("idle memory (RSS)", ratio(middle(results, "idle", OURS, lambda r: r["rss_idle_kib"]), 1024), 17, " MiB",
              "{:.1f}")
    t.at_most("memory per idle client", middle(results, "idle", OURS, lambda r: r["kib_per_client"]), 16, " KiB",
              "{:.1f}")
    t.at_most("start to serving", middle(results, "start", OURS, lambda r: r["start_s"]), 0.5, " s", "{:.3f}")
    decoder_targets(results, t)
    port_targets(results, t)
    surface_report.add_targets(results, t)
    return t


def port_targets(results, t):
    t.at_most("a mat 64×64 at 3 Mbaud: CPU of the daemon", middle(results, "mats/1", OURS, share), 5, " % of a core")
    t.at_most("ten of them at once", middle(results, "mats/10", OURS, share), 50, " % of a core")
    for n, what in ((1, "one mat"), (10, "ten mats")):
        missing = [row["missing"] for row in rows(results, f"mats/{n}", OURS)]
        t.at_most(f"{what}: frames lost", max(missing) if missing else None, 0, "", "{:d}")
    t.at_most("one mat: from a frame's last bytes until its event is published, p99 (end of its bucket)",
              inside(results, 0.99, "mats/1"), 1, " ms", "≤ {:.3g}")
    ours, alone = middle(results, "cable", OURS, p50), middle(results, "cable", READER, p50)
    t.at_most("a heart board on a cable: delay added by daemon and socket to that of the port, p50",
              (ours - alone) / 1000 if ours is not None and alone is not None else None, 0.5, " ms")
    t.at_most("six sensors at 100 Hz, a timer and a strap: CPU of the daemon", middle(results, "range", OURS, share), 5,
              " % of a core")
    lost = middle(results, "range", OURS, lambda row: 1 - row["samples_per_s"] / 600)
    t.at_most("the same: samples missing", lost * 100 if lost is not None else None, 1, " %")
    t.at_most("the same: from a readable notification to its event's last send, p99 (end of its bucket)",
              inside(results, 0.99, "range"), 1, " ms", "≤ {:.3g}")


def per_second(what):
    return lambda row: row[what] / row["seconds"]


def nanoseconds(row):
    return row["seconds"] * 1e9 / row["frames"]


def decoder_targets(results, t):
    for load, (what, measure, aim) in DECODERS.items():
        if measure is None:
            continue
        speed = middle(results, f"decoders/{load}", OURS, per_second(measure))
        unit = " million frames/s" if measure == "frames" else " MB/s"
        t.at_least(f"decoder of {what}", ratio(speed, 1e6), aim / 1e6, unit, "{:,.1f}")
        allocations = [row["allocations"] / row["frames"] for row in rows(results, f"decoders/{load}", OURS)]
        t.at_most("the same, allocations per frame", max(allocations) if allocations else None, 0, "", "{:g}")


def bursts(results):
    return sorted(int(key.split("/")[1]) for key in results["runs"] if key.startswith("burst/")) or [100, 1000]


def neighbours(results):
    return [name for name in results["servers"] if name not in (OURS, WITH_JOURNAL, JOINED, PLAIN)]


def load_table(results, key):
    lines = ["| server | deliveries/s | against joined C | server CPU, µs per delivery | against joined C | p50 µs | p99 µs "
             "| best p99 µs | missing | load's CPU |", "|---|---|---|---|---|---|---|---|---|---|"]
    base_rate, base_cpu = middle(results, key, JOINED, rate), middle(results, key, JOINED, cpu)
    for name in results["servers"]:
        found = rows(results, key, name)
        if not found:
            continue
        r, c = middle(results, key, name, rate), middle(results, key, name, cpu)
        busy = median([row["own_cpu_s"] / row["seconds"] if row["seconds"] else 0 for row in found])
        lines.append(
            f"| {name} | {number(r)} | {number(ratio(r, base_rate), '{:.2f}')} | {number(c, '{:.3f}')} | "
            f"{number(ratio(c, base_cpu), '{:.2f}')} | {number(middle(results, key, name, p50))} | "
            f"{number(middle(results, key, name, p99))} | {min(p99(row) for row in found):,.0f} | "
            f"{max(row['missing'] + row['lost'] for row in found)} | {busy * 100:.0f} % |")
    return lines


def stalled_table(results):
    lines = ["| 100 clients, 500 events/s | p50 µs | p99 µs | best p99 µs | memory at the end, MiB |", "|---|---|---|---|---|"]
    for stalled, what in ((0, "all read"), (1, "one never reads")):
        found = rows(results, f"stalled/{stalled}", OURS)
        if found:
            key = f"stalled/{stalled}"
            memory = median([row["server"]["rss_end_kib"] / 1024 for row in found])
            lines.append(f"| {what} | {number(middle(results, key, OURS, p50))} | {number(middle(results, key, OURS, p99))} "
                         f"| {min(p99(row) for row in found):,.0f} | {memory:.1f} |")
    return lines


def idle_table(results):
    lines = ["| server | idle RSS, MiB | KiB per idle client | after 5 events each | wake-ups/s, no client "
             "| start to serving, ms |", "|---|---|---|---|---|---|"]
    for name in results["servers"]:
        if rows(results, "idle", name):
            def of(field, name=name):
                return middle(results, "idle", name, lambda row: row[field])
            lines.append(f"| {name} | {of('rss_idle_kib') / 1024:.1f} | {of('kib_per_client'):.1f} | "
                         f"{of('kib_per_client_after_events'):.1f} | {of('wakeups_per_s'):.1f} | {of('start_s') * 1000:.0f} |")
    return lines


def decoder_table(results):
    lines = ["| decoder and input | frames/s | MB/s | ns per frame | C copy, ns per frame | ratio "
             "| allocations per frame |", "|---|---|---|---|---|---|---|"]
    for load, (what, *_) in DECODERS.items():
        key = f"decoders/{load}"
        found = rows(results, key, OURS)
        if found:
            ours, copy = middle(results, key, OURS, nanoseconds), median([nanoseconds(row["copy"]) for row in found])
            allocations = max(row["allocations"] / row["frames"] for row in found)
            lines.append(
                f"| {what} | {number(middle(results, key, OURS, per_second('frames')))} | "
                f"{number(ratio(middle(results, key, OURS, per_second('bytes')), 1e6))} | {number(ours, '{:,.1f}')} | "
                f"{number(copy, '{:,.1f}')} | {number(ratio(ours, copy), '{:.1f} ×')} | {allocations:g} |")
    return lines


def mats_table(results):
    lines = ["| | frames/s | CPU, µs per frame | against C | CPU, % of a core | frames lost | last bytes to event, p50 "
             "| p99 |", "|---|---|---|---|---|---|---|---|"]
    for n in (1, 10):
        key = f"mats/{n}"
        base = middle(results, key, READER, lambda row: row["cpu_us_per_frame"])
        for name in (OURS, READER):
            found = rows(results, key, name)
            if not found:
                continue
            each = middle(results, key, name, lambda row: row["cpu_us_per_frame"])
            delays = [inside(results, q, key) if name == OURS else None for q in (0.5, 0.99)]
            lines.append(
                f"| {n} × 64×64, {name} | {middle(results, key, name, lambda row: row['frames_per_s']):,.0f} | {each:,.1f} "
                f"| {number(ratio(each, base), '{:.2f} ×')} | {middle(results, key, name, share):.2f} "
                f"| {max(row['missing'] for row in found)} "
                f"| {number(delays[0], '≤ {:.3g} ms')} | {number(delays[1], '≤ {:.3g} ms')} |")
    return lines


def cable_table(results):
    lines = ["| 100 readings/s, into | p50 µs | p99 µs | best p99 µs |", "|---|---|---|---|"]
    for name, what in ((OURS, f"{OURS}, and to one client"), (READER, "C, only reading")):
        found = rows(results, "cable", name)
        if found:
            lines.append(f"| {what} | {number(middle(results, 'cable', name, p50))} "
                         f"| {number(middle(results, 'cable', name, p99))} | {min(p99(row) for row in found):,.0f} |")
    return lines


def range_table(results):
    lines = ["| samples/s | CPU, % of a core | events to the client | notification to last send, p50 | p99 |",
             "|---|---|---|---|---|"]
    found = rows(results, "range", OURS)
    if found:
        delays = [number(inside(results, q, "range"), "≤ {:.3g} ms") for q in (0.5, 0.99)]
        lines.append(f"| {number(middle(results, 'range', OURS, lambda row: row['samples_per_s']))} "
                     f"| {middle(results, 'range', OURS, share):.2f} "
                     f"| {number(middle(results, 'range', OURS, lambda row: row['events']))} | {delays[0]} | {delays[1]} |")
    return lines


def section(title, table, *notes):
    """A section of the page, or nothing if its table has no rows."""
    return [f"## {title}", "", *table, "", *(line for note in notes for line in (note, ""))] if len(table) > 2 else []


def page(results):
    """Returns the page and the summary line."""
    t = targets(results)
    verdict = f"{t.met} targets met, {t.missed} not met"
    facts = list(results["machine"])
    if results["message_bytes"]:
        size, stripped = results["binary"]
        facts += [("message", f"{results['message_bytes']} bytes, the same for every server"),
                  ("binary", f"{size / 1e6:.1f} MB with a static Swift runtime, {stripped / 1e6:.1f} MB stripped")]
    parts = [
        "# Benchmarks", "",
        "Generated by `make bench`; do not edit. `Bench/README.md` describes the loads and how to read the ratios.", "",
        f"Measured on {results['date']} at commit `{results['commit']}`, medians of {results['rounds']} alternating rounds "
        f"of {results['seconds']} s, over the loopback, with one core each for server and load.", "",
        "| | |", "|---|---|", *(f"| {what} | {value} |" for what, value in facts), "",
        "## Targets", "", verdict + ".", "",
        "| what | target | measured | |", "|---|---|---|---|", *t.lines, "",
        *section("1,000 events/s to 10 clients", load_table(results, "steady"),
                 "The gateway and the C program with joined sends run three times a round."),
    ]
    for n in bursts(results):
        parts += section(f"Bursts to {n:,} clients, 32 events in flight", load_table(results, f"burst/{n}"))
    if results["message_bytes"]:
        parts += [
            "The other servers store nothing, so the journal is off (`store.enabled: false`) unless it is named.",
            "",
            "With a window of events in flight the delay measures the queue, not the server. Where the load's own CPU is "
            "near 100 %, the load was the limit: use the CPU column.", "",
        ]
    parts += section("A stalled client", stalled_table(results))
    parts += section("At rest", idle_table(results))
    parts += section(
        "Decoders", decoder_table(results),
        "The input comes from the virtual devices; time is CPU time of one core. The C loop only copies each frame into a "
        "buffer.")
    parts += section(
        "Serial ports", mats_table(results),
        "Mats of 64×64 cells write 4,100 bytes per frame at 3 Mbaud to pseudo terminals, with the timing of USB: each "
        "millisecond the bytes that such a line carries in that time. The daemon decodes, tares, checks for broken cells and "
        "creates an event of 4,096 numbers from each frame; the C program steps from frame to frame and reads four bytes of "
        "each. The delay is the daemon's own histogram: from the read that completed a frame until its event was delivered "
        "to all subscribers. No client receives the frames, so no socket is included.")
    parts += section(
        "From a cable to a client", cable_table(results),
        "From just before a heart board's line is written to its port until a client of the broadcast has read the message: "
        "terminal, daemon and socket. The second row is the terminal alone: the kernel forwards its bytes on a worker "
        "thread.")
    parts += section(
        "A whole range", range_table(results),
        "Six BT50 at 100 Hz, a timer and a strap, and one client of the live socket on all channels. The virtual devices "
        "run in a separate process on the other processor, connected by pairs of packet sockets, which the daemon uses like "
        "the kernel's links. The radio, the controller and the kernel's Bluetooth are not included. The delay is the daemon's "
        "own histogram: from the wake-up for the readable notification to the last send of its event.")
    for title, table, *notes in surface_report.sections(results):
        parts += section(title, table, *notes)
    return "\n".join(parts), verdict
