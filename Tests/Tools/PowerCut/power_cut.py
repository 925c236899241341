#!/usr/bin/env python3
"""Cuts the power of a machine that writes a journal, and looks for what was said to be safe.

    sudo Tests/Tools/PowerCut/power_cut.py .build/debug/store-crash-writer [ROUNDS]

The journal lies on a file system of its own, on a loop device. The writer is stopped at a random moment, and the file
behind the device is copied: the copy holds what had reached the disk, and nothing of what the kernel still meant to
write. It is mounted like a disk after a power cut. Killing a process does not show this: the kernel goes on writing.
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
    """A disk image, mounted on a folder as long as the block lasts."""

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
    """Lets the writer write, and copies the disk while it does not know."""
    with Mount(image, folder + "/before"), open(output, "wb") as lines:
        process = subprocess.Popen([writer, folder + "/before/gateway.db"], stdout=lines)
        # The moment of the cut: anywhere in the second after the first commits.
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
            print(f"round {number}: {safe} said to be safe, {last} found, {verdict}: {'kept' if good else 'LOST'}")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
