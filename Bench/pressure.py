"""Pressure sessions over Socket.IO, and the workouts that store their frames."""

import http.client
import json
import os
import sqlite3
import statistics
import sys
import time

import servers
from loads import SERVER_CPU
from ports import cpu_seconds, wait_until
from servers import HERE, Running, Server

VIEWERS, WINDOW, STORING_WINDOW = 50, 4, 64
# The size of a mat, and the frames a second that all viewers must receive.
SIZES = {"13x9": 1_000, "32x32": 250}
WORKOUTS, LISTINGS = 10_000, 100
FLASK, SOCKETIO = "Flask-SocketIO", "python-socketio and uvicorn"
URL = "ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"


def ours(name, daemon, *settings):
    found = servers.ours(
        name, daemon, "bluetooth.enabled=false", "serial.enabled=false", "heart.enabled=false", *settings)

    def command(place):
        return [*found.command(place), "--set", f"pressure.port={place.port}", "--set", "pressure.host=127.0.0.1"]

    return Server(name, command, url=URL, has_metrics=True)


def originals(python):
    """The servers that the gateway stands in for, with the statistics in numpy."""
    return [Server(name, lambda place, script=script: [python, f"{HERE}/originals/{script}", str(place.port)], url=URL)
            for name, script in ((FLASK, "pressure_flask.py"), (SOCKETIO, "pressure_socketio.py"))]


def viewers(workout):
    return ["-s", "40", "-s", json.dumps(["join_session", {"workout_id": workout}]).join(["42", ""]), "-a", "2=3"]


def feed(running, workout, size):
    return f"socketio:127.0.0.1:{running.place.port}/{workout}/{size}"


def sessions(bench, server, size):
    """CPU for each frame, which is answered to fifty viewers: a few frames are always in flight."""
    with Running(server, bench.length, SERVER_CPU) as running:
        report = bench.load(running, "-n", VIEWERS, *viewers("bench"), "-d", feed(running, "bench", size), "-w", WINDOW,
                            "-W", 20, "-t", bench.seconds)
    report["cpu_us_per_frame"] = report["server"]["cpu_s"] * 1e6 / max(1, report["sent"])
    return report


def steady(bench, daemon, size):
    """Frames at a steady rate to fifty viewers, stored in a workout: what is lost, out of order and late."""
    rate = SIZES[size]
    with Running(ours("pressure", daemon), bench.length, SERVER_CPU) as running:
        workout = post_workouts(running, 1)
        report = bench.load(
            running, "-n", VIEWERS, *viewers(workout), "-W", rate // 2, "-q", 1000, "-t", bench.seconds + 10,
            sender=["-f", feed(running, workout, size), "-r", rate, "-c", rate * bench.seconds])
        report["missing"] = (rate * bench.seconds - rate // 2) * VIEWERS - report["events"]
        return report


def stored(bench, daemon):
    """Frames a second that one client can store, and the bytes that this writes to the disk."""
    with Running(ours("pressure", daemon), bench.length, SERVER_CPU) as running:
        workout = post_workouts(running, 1)
        written, began = bytes_written(running), time.monotonic()
        report = bench.load(running, "-n", 1, *viewers(workout), "-d", feed(running, workout, "13x9"), "-w", STORING_WINDOW,
                            "-t", bench.seconds)
        frames, bytes_of_frames = 0, 0

        def all_stored():
            nonlocal frames, bytes_of_frames
            frames, bytes_of_frames = frames_in(running)
            return frames >= report["sent"]

        wait_until(all_stored, 10)
        return {
            "stored_per_s": frames / (time.monotonic() - began), "missing": report["sent"] - frames,
            "written_per_byte": (bytes_written(running) - written) / max(1, bytes_of_frames),
        }


def listing(_, daemon):
    """The time of a list when ten thousand workouts are stored."""
    with Running(ours("pressure", daemon), 400, SERVER_CPU) as running:
        post_workouts(running, WORKOUTS)
        connection = http.client.HTTPConnection("127.0.0.1", running.place.port, timeout=30)
        took = []
        for _ in range(LISTINGS):
            began = time.monotonic()
            connection.request("GET", "/workouts")
            body = connection.getresponse().read()
            took.append(time.monotonic() - began)
        connection.close()
        return {"list_ms": statistics.median(took) * 1e3, "list_max_ms": max(took) * 1e3, "list_bytes": len(body)}


def post_workouts(running, count):
    """Returns the id of the last."""
    connection = http.client.HTTPConnection("127.0.0.1", running.place.port, timeout=30)
    for number in range(count):
        connection.request("POST", "/workouts", json.dumps({"name": f"Run {number}", "type": "Running"}),
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"POST /workouts was answered {answer.status}: {body[:200].decode()}")
    connection.close()
    return json.loads(body)["data"]["_id"]


def bytes_written(running):
    with open(f"/proc/{running.process.pid}/io", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("write_bytes"))


def frames_in(running):
    """The number of stored frames, and their bytes."""
    path = os.path.join(running.place.directory, "gateway.db")
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return database.execute("SELECT coalesce(sum(count), 0), coalesce(sum(size), 0) FROM workout_frames").fetchone()
    finally:
        database.close()


if __name__ == "__main__":
    from loads import Bench
    bench = Bench(sys.argv[2], 3)
    for s in [ours("ours", sys.argv[1], "store.enabled=false"), *originals(sys.argv[3])]:
        print(s.name, {k: v for k, v in sessions(bench, s, "13x9").items() if k in ("cpu_us_per_frame", "sent", "unordered", "missing")})
    for size in SIZES:
        print(size, steady(bench, sys.argv[1], size))
    print(stored(bench, sys.argv[1]))
    print(listing(bench, sys.argv[1]))
