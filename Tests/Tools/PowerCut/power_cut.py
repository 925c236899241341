#!/usr/bin/env python3
"""Simulates a power failure while the store is written, and checks that acknowledged events or frames are on the disk.

    sudo Tests/Tools/PowerCut/power_cut.py .build/debug/store-crash-writer [ROUNDS [events|workouts]]

The store is on its own file system on a loop device. The writer is stopped at a random time, and the file behind the
device is copied: the copy contains what had reached the disk, without data still cached by the kernel. It is then mounted
like a disk after a power failure. Killing the process alone would not test this, since the kernel would still write.
"""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Mount:
    """A disk image, mounted on a folder within a `with` block."""

    def __init__(self, image, folder):
        self.image, self.folder = image, folder
        os.makedirs(folder, exist_ok=True)

    def __enter__(self):
        run("mount", "-o", "loop", self.image, self.folder)
        return self.folder

    def __exit__(self, *_):
        run("umount", self.folder)


def numbers(lines, word):
    return [int(line.split()[1]) for line in lines if line.startswith(word + " ")]


def write_until_cut(writer, arguments, image, copy, folder, output):
    """Runs the writer and copies the disk while the writer is stopped."""
    with Mount(image, folder + "/before"), open(output, "wb") as lines:
        process = subprocess.Popen([writer, folder + "/before/gateway.db", *arguments], stdout=lines)
        # The power fails within a second after the first commits.
        while len(numbers(open(output).read().splitlines(), "through")) < 3 and process.poll() is None:
            time.sleep(0.01)
        time.sleep(random.random())
        process.send_signal(signal.SIGSTOP)
        shutil.copyfile(image, copy)
        process.kill()
        process.wait()
    return open(output).read().splitlines()


def stored(copy, folder, read):
    """The verdict on the copy, and what `read` finds in it."""
    with Mount(copy, folder + "/after"):
        database = sqlite3.connect(folder + "/after/gateway.db")
        try:
            (verdict,) = database.execute("PRAGMA integrity_check").fetchone()
            return verdict, read(database)
        except sqlite3.Error as error:
            return str(error), None
        finally:
            database.close()


def check_events(lines, found):
    """What was acknowledged, the last that was found, and whether they are complete."""
    (start,) = numbers(lines, "start")
    safe = numbers(lines, "through")[-1]
    last = found[-1] if found else start
    return safe, last, last >= safe and found == list(range(start + 1, last + 1))


def read_events(database):
    return [row[0] for row in database.execute("SELECT seq FROM event ORDER BY seq")]


def check_workouts(lines, found):
    """The same for the frames of all workouts."""
    safe, workout = {}, 0
    for line in lines:
        word, _, number = line.partition(" ")
        if word == "workout":
            workout = int(number)
        elif word == "through":
            safe[workout] = int(number)
    complete = all(found.get(workout, 0) >= through for workout, through in safe.items())
    return sum(safe.values()), sum(found.values()), complete


def read_workouts(database):
    """The frames of each workout, up to the first gap."""
    frames = {}
    for key, count in database.execute("SELECT key, count FROM workout_frames ORDER BY key"):
        if frames.setdefault(key >> 32, 0) == key & 0xFFFFFFFF:
            frames[key >> 32] += count
    return frames


MODES = {"events": ([], read_events, check_events), "workouts": (["--workouts", "yes"], read_workouts, check_workouts)}


def main():
    writer = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    arguments, read, check = MODES[sys.argv[3] if len(sys.argv) > 3 else "events"]
    failures = 0
    for number in range(1, rounds + 1):
        with tempfile.TemporaryDirectory() as folder:
            image, copy = folder + "/disk", folder + "/disk-after-the-cut"
            with open(image, "wb") as file:
                file.truncate(64 << 20)
            run("mkfs.ext4", "-q", "-F", image)
            lines = write_until_cut(writer, arguments, image, copy, folder, folder + "/output")
            verdict, found = stored(copy, folder, read)
            safe, last, complete = check(lines, found) if found is not None else (0, 0, False)
            good = verdict == "ok" and complete
            failures += not good
            print(f"round {number}: {safe} acknowledged, {last} found, {verdict}: {'complete' if good else 'LOST'}", flush=True)
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
