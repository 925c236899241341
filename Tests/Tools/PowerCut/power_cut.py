#!/usr/bin/env python3
"""Simulates a power failure while a journal is written, and checks that acknowledged entries are on the disk.

    sudo Tests/Tools/PowerCut/power_cut.py .build/debug/store-crash-writer [ROUNDS]

The journal is on its own file system on a loop device. The writer is stopped at a random time, and the file behind the
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


def write_until_cut(writer, image, copy, folder, output):
    """Runs the writer and copies the disk while the writer is stopped."""
    with Mount(image, folder + "/before"), open(output, "wb") as lines:
        process = subprocess.Popen([writer, folder + "/before/gateway.db"], stdout=lines)
        # The power fails within a second after the first commits.
        while len(numbers(open(output).read().splitlines(), "through")) < 3 and process.poll() is None:
            time.sleep(0.01)
        time.sleep(random.random())
        process.send_signal(signal.SIGSTOP)
        shutil.copyfile(image, copy)
        process.kill()
        process.wait()
    return open(output).read().splitlines()


def stored(copy, folder):
    with Mount(copy, folder + "/after"):
        database = sqlite3.connect(folder + "/after/gateway.db")
        try:
            (verdict,) = database.execute("PRAGMA integrity_check").fetchone()
            return verdict, [row[0] for row in database.execute("SELECT seq FROM event ORDER BY seq")]
        except sqlite3.Error as error:
            return str(error), []
        finally:
            database.close()


def main():
    writer = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    failures = 0
    for number in range(1, rounds + 1):
        with tempfile.TemporaryDirectory() as folder:
            image, copy = folder + "/disk", folder + "/disk-after-the-cut"
            with open(image, "wb") as file:
                file.truncate(64 << 20)
            run("mkfs.ext4", "-q", "-F", image)
            lines = write_until_cut(writer, image, copy, folder, folder + "/output")
            (start,) = numbers(lines, "start")
            safe = numbers(lines, "through")[-1]
            verdict, sequences = stored(copy, folder)
            last = sequences[-1] if sequences else start
            good = verdict == "ok" and last >= safe and sequences == list(range(start + 1, last + 1))
            failures += not good
            print(f"round {number}: {safe} acknowledged, {last} found, {verdict}: {'complete' if good else 'LOST'}")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
