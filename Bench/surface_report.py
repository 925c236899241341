"""The targets and tables of the surfaces: heartbeat API, pressure sessions, LeadVille's pages, phones, TLS."""

from heartbeat import FASTAPI, NGINX
from motion import PAHO
from pressure import FLASK, SIZES, SOCKETIO
from results import JOINED, OURS, PLAIN as C_PLAIN, cpu, middle, number, p50, p99, rate, ratio, rows
from tls import CEILING, PLAIN, TLS


def of(field):
    return lambda row: row[field]


def largest(results, key, name, pick):
    """The worst of all rounds."""
    values = [pick(row) for row in rows(results, key, name)]
    return max(values) if values else None


def percent(value):
    return value * 100 if value is not None else None


def thousands(value):
    return value / 1e3 if value is not None else None


def growth(after, before):
    return (ratio(after, before) - 1) * 100 if ratio(after, before) else None


def add_targets(results, t):
    complete_targets(results, t)
    heartbeat_targets(results, t)
    pressure_targets(results, t)
    leadville_targets(results, t)
    motion_targets(results, t)
    tls_targets(results, t)


def complete_targets(results, t):
    memory = middle(results, "complete", OURS, of("rss_idle_kib"))
    t.at_most("idle memory with every surface (RSS)", ratio(memory, 1024), 24, " MiB", "{:.1f}")
    t.at_most("the same: start to serving on the last port", middle(results, "complete", OURS, of("start_s")), 0.3, " s", "{:.3f}")


def heartbeat_targets(results, t):
    def each(name):
        return middle(results, "heartbeat/requests", name, of("requests_per_cpu_s"))

    t.at_least("GET /heartbeat/current, requests per second of CPU against FastAPI", ratio(each(OURS), each(FASTAPI)), 15, " ×", "{:.1f}")
    t.at_least("the same against nginx with a static file", ratio(each(OURS), each(NGINX)), 0.6, " ×")
    t.at_most("1,000 clients of the heartbeat's WebSocket at 2 Hz: CPU",
              percent(middle(results, "heartbeat/listeners", OURS, of("cpu_share"))), 1, " % of a core")
    t.at_least("10,000 missed events, events/s to the client",
               thousands(middle(results, "resume", OURS, of("resumed_per_s"))), 100, " thousand", "{:.0f}")
    change = middle(results, "resume", OURS, lambda row: growth(row["busy_p99_us"], row["calm_p99_us"]))
    t.at_most("the same, again and again: the p99 of other clients grows by", change, 10, " %", "{:.1f}")


def pressure_targets(results, t):
    for size, frames in SIZES.items():
        def each(name, size=size):
            return middle(results, f"pressure/{size}", name, of("cpu_us_per_frame"))

        steady = f"pressure/steady/{size}"
        if size == "13x9":
            t.at_most("pressure 13×9 to 50 viewers, CPU per frame against Flask-SocketIO", ratio(each(OURS), each(FLASK)), 1 / 20,
                      " ×", "{:.3f}")
            t.at_most("the same against python-socketio", ratio(each(OURS), each(SOCKETIO)), 1 / 8, " ×", "{:.3f}")
        what = f"{frames:,} frames/s of {size.replace('x', '×')} to 50 viewers, stored"
        t.at_most(f"{what}: lost or out of order", largest(results, steady, OURS, lambda row: row["missing"] + row["unordered"]),
                  0, "", "{:d}")
        if size == "13x9":
            delay = middle(results, steady, OURS, p99)
            t.at_most("the same: frame in to `frame_processed` out, p99", thousands(delay), 2, " ms")
    t.at_least("frames stored", middle(results, "pressure/stored", OURS, of("stored_per_s")), 5_000, " frames/s", "{:,.0f}")
    t.at_most("bytes written to the disk for each byte of a stored frame",
              middle(results, "pressure/stored", OURS, of("written_per_byte")), 1.3)
    t.at_most("a list with 10,000 workouts stored", middle(results, "pressure/list", OURS, of("list_ms")), 5, " ms")


def leadville_targets(results, t):
    t.at_most("the latest 100 rows of the shot log, with 100,000 shots stored, p99",
              thousands(middle(results, "leadville/shot_log", OURS, p99)), 2, " ms")
    t.at_most("20 of LeadVille's pages, polling as they do: CPU",
              percent(middle(results, "leadville/pages", OURS, of("cpu_share"))), 3, " % of a core")
    for path in ("/ws/live", "/ws"):
        t.at_most(f"an event on LeadVille's socket {path}, after the gateway's own, p99",
                  thousands(middle(results, "leadville/pages", OURS, lambda row, path=path: row["heard"][path]["p99"])), 2, " ms")


def motion_targets(results, t):
    def each(name):
        return middle(results, "motion/flood", name, of("readings_per_cpu_s"))

    t.at_least("phones over MQTT with TLS, readings per second of CPU against paho and Flask", ratio(each(OURS), each(PAHO)), 8, " ×", "{:.1f}")
    t.at_most("10 phones at 840 Hz: CPU", percent(middle(results, "motion/phones", OURS, of("cpu_share"))), 10, " % of a core")
    t.at_most("messages of phones missing", largest(results, "motion/phones", OURS, of("missing")), 0, "", "{:d}")
    t.at_most("a phone's publish to the event at a client, through broker and gateway, p99",
              middle(results, "motion/delay", OURS, lambda row: row["delay_ms"]["p99"]), 3, " ms")
    memory = middle(results, "motion/delay", OURS, of("rss_kib"))
    t.at_most("idle memory with MQTT (RSS)", ratio(memory, 1024), 26, " MiB", "{:.1f}")


def tls_targets(results, t):
    t.at_most("TLS: CPU per delivered event, 1,000 events/s to 10 clients, against plain",
              ratio(middle(results, "tls/steady", TLS, cpu), middle(results, "tls/steady", PLAIN, cpu)), 1.3, " ×")
    t.at_least("TLS: burst to 100 clients, deliveries/s against C with OpenSSL",
               ratio(middle(results, "tls/burst", TLS, rate), middle(results, "tls/burst", CEILING, rate)), 0.85, " ×")
    t.at_least("TLS: resumed handshakes per second of CPU", middle(results, "tls/handshakes", TLS, of("handshakes_per_cpu_s")), 1_000, "",
               "{:,.0f}")
    more = [middle(results, "tls/idle", name, of("kib_per_client")) for name in (TLS, PLAIN)]
    t.at_most("TLS: additional memory per idle client", more[0] - more[1] if None not in more else None, 8, " KiB", "{:.1f}")


# MARK: Tables

def table(results, key, names, columns):
    """One row for each server; columns are (title, function of a row, format)."""
    lines = ["| server | " + " | ".join(title for title, *_ in columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name in names:
        if rows(results, key, name):
            cells = [number(middle(results, key, name, pick), shown) for _, pick, shown in columns]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def pressure_table(results):
    lines = ["| mat, server | CPU, µs per frame | frames/s | p50 µs | p99 µs |", "|---|---|---|---|---|"]
    for size in SIZES:
        for name in (OURS, FLASK, SOCKETIO):
            key = f"pressure/{size}"
            if rows(results, key, name):
                lines.append(
                    f"| {size.replace('x', '×')}, {name} | {number(middle(results, key, name, of('cpu_us_per_frame')))} "
                    f"| {number(middle(results, key, name, lambda row: row['sent'] / row['seconds']))} "
                    f"| {number(middle(results, key, name, p50))} | {number(middle(results, key, name, p99))} |")
    return lines


def steady_table(results):
    lines = ["| frames/s | CPU, % of a core | p50 µs | p99 µs | lost | out of order |", "|---|---|---|---|---|---|"]
    for size, frames in SIZES.items():
        key = f"pressure/steady/{size}"
        if rows(results, key, OURS):
            used = middle(results, key, OURS, lambda row: row["server"]["cpu_s"] / row["seconds"])
            lines.append(
                f"| {frames:,} of {size.replace('x', '×')} | {percent(used):.0f} | {number(middle(results, key, OURS, p50))} "
                f"| {number(middle(results, key, OURS, p99))} | {largest(results, key, OURS, of('missing'))} "
                f"| {largest(results, key, OURS, of('unordered'))} |")
    return lines


def sections(results):
    """Yields the title, the table and the notes of each section."""
    yield ("The heartbeat API", table(results, "heartbeat/requests", (OURS, FASTAPI, NGINX), [
        ("requests/s", of("requests_per_s"), "{:,.0f}"), ("per second of CPU", of("requests_per_cpu_s"), "{:,.0f}"),
        ("CPU, % of a core", lambda row: row["server_share"] * 100, "{:.0f}")]),
        "`GET /heartbeat/current` by `wrk`, over 16 connections that stay open. Where the server's core is not busy, the load "
        "was the limit: use the column per second of CPU.")
    yield ("A thousand clients of the heartbeat's WebSocket", table(results, "heartbeat/listeners", (OURS, C_PLAIN, FASTAPI), [
        ("CPU, % of a core", lambda row: row["cpu_share"] * 100, "{:.2f}"), ("messages", of("messages"), "{:,.0f}"),
        ("wanted", of("wanted"), "{:,.0f}")]),
        "The C program does nothing but send: its row is what this machine's kernel takes for two thousand messages a second.")
    yield ("Missed events", table(results, "resume", (OURS,), [
        ("events/s to the client", of("resumed_per_s"), "{:,.0f}"), ("others' p50 µs", of("calm_p50_us"), "{:,.0f}"),
        ("during resumes", of("busy_p50_us"), "{:,.0f}"), ("others' p99 µs", of("calm_p99_us"), "{:,.0f}"),
        ("during resumes", of("busy_p99_us"), "{:,.0f}")]),
        "A client asks for the last 10,000 events with `since`; then one does so five times a second while ten clients of the "
        "broadcast receive 500 events a second.")
    yield ("Pressure sessions", pressure_table(results),
           "One client sends frames, four of them in flight, and 50 viewers receive each `frame_processed`, all over the "
           "WebSocket of Socket.IO. The others compute their statistics with numpy, and store nothing; neither does the gateway "
           "here.")
    yield ("Pressure at a steady rate, with every frame stored", steady_table(results))
    yield ("Workouts", table(results, "pressure/stored", (OURS,), [
        ("frames stored/s", of("stored_per_s"), "{:,.0f}"), ("bytes written per byte of a frame", of("written_per_byte"), "{:.2f}"),
        ("missing", of("missing"), "{:.0f}")]),
        "One client sends 13×9 frames, 64 of them in flight. The bytes are those that the kernel counts for the process; a "
        "frame's bytes are those before compression.")
    yield ("LeadVille's pages", table(results, "leadville/pages", (OURS,), [
        ("pages", of("pages"), "{:.0f}"), ("requests/s", of("requests_per_s"), "{:,.0f}"),
        ("CPU, % of a core", lambda row: row["cpu_share"] * 100, "{:.2f}"),
        ("without pages", lambda row: row["cpu_share_without"] * 100, "{:.2f}")]),
        "Twenty pages with the requests and sockets of the originals, while strings are shot; one of them asks sixty times a "
        "second for something that does not exist.")
    yield ("The shot log", table(results, "leadville/shot_log", (OURS,), [
        ("shots stored", of("stored"), "{:,.0f}"), ("p50 µs", p50, "{:,.0f}"), ("p99 µs", p99, "{:,.0f}"),
        ("µs of CPU per request", of("cpu_us_per_request"), "{:,.0f}")]))
    yield ("Phones over MQTT with TLS", table(results, "motion/flood", (OURS, PAHO), [
        ("readings/s", of("readings_per_s"), "{:,.0f}"), ("per second of CPU", of("readings_per_cpu_s"), "{:,.0f}")]),
        "One phone publishes 2,000 messages of 200 readings as fast as mosquitto accepts them.")
    yield ("Ten phones at 840 Hz", table(results, "motion/phones", (OURS, PAHO), [
        ("CPU, % of a core", lambda row: row["cpu_share"] * 100, "{:.2f}"), ("messages missing", of("missing"), "{:.0f}")]))
    yield ("TLS", table(results, "tls/steady", (PLAIN, TLS, JOINED, CEILING), [
        ("µs of CPU per delivery", cpu, "{:.3f}"), ("p50 µs", p50, "{:,.0f}"), ("p99 µs", p99, "{:,.0f}")]),
        "1,000 events a second to ten clients.")
    yield ("TLS, bursts to 100 clients", table(results, "tls/burst", (TLS, CEILING), [
        ("deliveries/s", rate, "{:,.0f}"), ("µs of CPU per delivery", cpu, "{:.3f}")]))
    yield ("TLS, handshakes and idle clients", table(results, "tls/handshakes", (TLS,), [
        ("resumed handshakes/s", of("handshakes_per_s"), "{:,.0f}"), ("per second of CPU", of("handshakes_per_cpu_s"), "{:,.0f}"),
        ("CPU, % of a core", lambda row: row["server_share"] * 100, "{:.0f}")]))
