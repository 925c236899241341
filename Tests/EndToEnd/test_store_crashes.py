"""Kills and power cuts while workouts are written. `make torture` runs the same in many more rounds."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import threading

import websockets

from clients import connect
from programs import PLAIN_ENVIRONMENT, PROGRAM
from test_workouts import create, read_frames, request
from waiting import TIMEOUT, eventually

ROUNDS = int(os.environ.get("TORTURE_ROUNDS", "3"))
# Frames wait in memory until there are so many, and the writer may have another group before it.
UNSAVED = 2 * 256


class Sender:
    """Sends frames of a workout in the background, as fast as they are processed, until the gateway is gone."""

    def __init__(self, gateway, workout, first):
        self.gateway, self.workout, self.first = gateway, workout, first
        self.processed = 0
        self.stopping = False
        self.error = None
        self.thread = threading.Thread(target=self._send)
        self.thread.start()

    def _send(self):
        try:
            with connect(f"ws://127.0.0.1:{self.gateway.pressure_port}/socket.io/?EIO=4&transport=websocket") as socket:
                socket.recv(TIMEOUT)
                socket.send("40")
                socket.send(f'42["join_session",{{"workout_id":"{self.workout}"}}]')
                self._wait_for("session_joined", socket)
                number = self.first
                while not self.stopping:
                    for _ in range(16):
                        socket.send(f'42["pressure_frame",{{"workout_id":"{self.workout}","matrix":{json.dumps(matrix(number))}}}]')
                        number += 1
                    for _ in range(16):
                        self._wait_for("frame_processed", socket)
                    self.processed += 16
        except (OSError, EOFError, websockets.exceptions.WebSocketException) as error:
            self.error = error

    @staticmethod
    def _wait_for(event, socket):
        while event not in (message := socket.recv(TIMEOUT)):
            if message == "2":
                # A ping of Engine.IO.
                socket.send("3")

    def has_sent(self, count):
        """Whether so many frames have been processed."""
        assert self.error is None, self.error
        return self.processed >= count

    def stop(self):
        self.stopping = True
        self.thread.join()


def matrix(number):
    """The number of a frame, as pressures."""
    return [[number >> 8 & 127, number & 255, number % 7 / 2] for _ in range(4)]


def checked(path):
    """What `store check` says of a database."""
    result = subprocess.run(
        [PROGRAM, "store", "check", str(path)], env=PLAIN_ENVIRONMENT, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    assert result.stdout.startswith(f"{path}: sound\n")
    return result.stdout


def stored(path):
    """The number of the frames of each workout in a database, which follow each other without a gap."""
    frames = {}
    with sqlite3.connect(path) as database:
        names = dict(database.execute("SELECT number, id FROM workout"))
        for key, count in database.execute("SELECT key, count FROM workout_frames ORDER BY key"):
            name = names[key >> 32]
            assert key & 0xFFFFFFFF == frames.get(name, 0), f"a gap in {name}"
            frames[name] = frames.get(name, 0) + count
    return frames


def test_killed_while_workouts_are_written(run, tmp_path):
    """At random moments: nothing that was safe is lost, nothing is damaged, and the next start goes on."""
    generator = random.Random(14)
    path = tmp_path / "state" / "gateway.db"
    gateway = run()
    total = 0
    workout = create(gateway, name="killed")["_id"]
    for _ in range(ROUNDS):
        sender = Sender(gateway, workout, total)
        wanted = generator.randrange(0, 1_200)
        eventually(lambda: sender.has_sent(wanted))
        safe = request(gateway, "GET", f"/workouts?limit=1")[2]["data"][0]["frame_count"]
        gateway.kill()
        sender.stop()
        checked(path)
        gateway = run()
        frames = json.loads(read_frames(gateway, workout, **{"from": total}))["frames"]
        found = total + len(frames)
        assert found >= max(safe, total + sender.processed - UNSAVED), f"{found} of {total} + {sender.processed}, {safe} were safe"
        assert [frame["pressure_matrix"] for frame in frames] == [matrix(number) for number in range(total, found)]
        total = found
    gateway.terminate()
    assert "workouts: 1," in checked(path)


def test_the_power_is_cut_while_workouts_are_written(run, tmp_path):
    """The files as they are at a random moment open, are sound, and miss at most what had not been committed yet."""
    generator = random.Random(15)
    gateway = run()
    workout = create(gateway, name="cut")["_id"]
    sender = Sender(gateway, workout, 0)
    for number in range(2 * ROUNDS):
        wanted = sender.processed + generator.randrange(16, 500)
        eventually(lambda: sender.has_sent(wanted))
        gateway.signal(19)  # SIGSTOP, so that all files are of the same moment.
        eventually(lambda: stopped(gateway.pid))
        processed = sender.processed
        copy = tmp_path / f"cut-{number}"
        copy.mkdir()
        for file in (tmp_path / "state").glob("gateway.db*"):
            shutil.copyfile(file, copy / file.name)
        gateway.signal(18)  # SIGCONT
        checked(copy / "gateway.db")
        found = stored(copy / "gateway.db").get(workout, 0)
        assert found >= processed - UNSAVED, f"{found} of {processed}"
    sender.stop()
    assert sender.error is None
    # The last copy is a database to go on with.
    gateway.terminate()
    gateway = run({"state_directory": copy})
    frames = json.loads(read_frames(gateway, workout))["frames"]
    assert [frame["pressure_matrix"] for frame in frames] == [matrix(number) for number in range(found)]


def stopped(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rsplit(")", 1)[1].split()[0] == "T"
