"""The journal of events: it outlives a crash, and nothing waits for it."""

import json
import os
import sqlite3
import subprocess
import tempfile

import pytest

from clients import hear
from patience import eventually
from programs import PROGRAM


def read(path):
    """The journal, as Python's own SQLite finds it: every event's number, kind and body."""
    journal = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return journal.execute("SELECT seq, kind, source, body FROM event ORDER BY seq").fetchall()
    finally:
        journal.close()


def say(gateway, count):
    """The ids of so many readings, as a client hears them."""
    board = gateway.board()
    with gateway.heart() as client:
        while hear(client).get("type") != "status":
            pass
        ids = []
        for bpm in range(60, 60 + count):
            board.send(user=1, bpm=bpm)
            ids.append(hear(client)["event_id"])
        return ids


def test_what_happened_is_there_after_an_orderly_end(gateway, tmp_path):
    ids = say(gateway, 20)
    assert gateway.terminate() == 0
    entries = read(tmp_path / "state/gateway.db")
    assert [entry[:3] for entry in entries] == [(number, "heart", "heart-board-1") for number in ids]
    bodies = [json.loads(entry[3]) for entry in entries]
    assert [body["data"]["bpm_raw"] for body in bodies] == list(range(60, 80))
    assert [body["id"] for body in bodies] == ids


def test_ids_go_on_after_a_crash_and_the_journal_is_whole(run, tmp_path):
    path = tmp_path / "state/gateway.db"
    latest, kept = 0, set()
    for _ in range(3):
        gateway = run()
        ids = say(gateway, 50)
        assert ids[0] > latest and ids == list(range(ids[0], ids[0] + 50))
        latest = ids[-1]
        eventually(lambda: gateway.metrics.value("leadville_journal_waiting_entries") == 0)
        gateway.kill()
        kept |= set(ids)
    # All that had been written down by then is there, in any order of crashes.
    assert {entry[0] for entry in read(path)} == kept


def test_ids_go_on_after_a_crash_in_the_middle_of_everything(run, tmp_path):
    first = run()
    ids = say(first, 100)
    first.kill()
    found = [entry[0] for entry in read(tmp_path / "state/gateway.db")]
    assert found == ids[:len(found)]
    assert say(run(), 1)[0] > ids[-1]


def test_telemetry_can_be_left_out_and_ids_still_go_on(run, tmp_path):
    first = run({"store.telemetry": "false"})
    ids = say(first, 10)
    assert first.terminate() == 0
    assert read(tmp_path / "state/gateway.db") == []
    assert say(run(), 1)[0] > ids[-1]


def test_without_a_store(run, tmp_path):
    assert say(run({"store.enabled": "false"}), 3) == [1, 2, 3]
    assert not list((tmp_path / "state").glob("gateway.db*"))


def test_a_file_where_the_directory_should_be_stops_nothing(run, tmp_path):
    (tmp_path / "state").write_text("in the way")
    gateway = run()
    assert gateway.log.wait_for(f" - ERROR - .*{tmp_path}/state.*: ")
    ids = say(gateway, 3)
    assert ids == list(range(ids[0], ids[0] + 3))
    assert gateway.get("/health")[0] == 200
    assert gateway.terminate() == 0


def test_a_file_that_is_no_journal_stops_nothing(run, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state/gateway.db").write_text("this is no database, and long enough to be looked at" * 100)
    gateway = run()
    assert len(say(gateway, 3)) == 3
    assert gateway.terminate() == 0


def test_a_directory_that_may_not_be_written_stops_nothing(run):
    # Root may write everywhere, and so somebody else has to try.
    user = "nobody" if os.geteuid() == 0 else None
    try:
        subprocess.run([PROGRAM, "version"], user=user, capture_output=True, check=True)
    except PermissionError:
        pytest.skip(f"{user} may not start {PROGRAM}")
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o555)
        gateway = run({"state_directory": directory}, user=user)
        assert gateway.log.wait_for(f" - ERROR - .*{directory}")
        ids = say(gateway, 3)
        assert ids == list(range(ids[0], ids[0] + 3))
        assert gateway.terminate() == 0
