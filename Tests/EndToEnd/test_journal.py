"""The event journal: it survives crashes, and its failures do not affect live operation."""

import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile

import pytest

from clients import receive
from waiting import eventually
from programs import PROGRAM


def read(path):
    """Reads the journal with Python's SQLite after an integrity check: number, kind, source and body of each event."""
    journal = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return journal.execute("SELECT seq, kind, source, body FROM event ORDER BY seq").fetchall()
    finally:
        journal.close()


def send_readings(gateway, count):
    """Sends readings and returns their event ids as a client receives them."""
    board = gateway.board()
    with gateway.heart() as client:
        while receive(client).get("type") != "status":
            pass
        ids = []
        for bpm in range(60, 60 + count):
            board.send(user=1, bpm=bpm)
            ids.append(receive(client)["event_id"])
        return ids


def test_events_are_stored_after_an_orderly_exit(gateway, tmp_path):
    ids = send_readings(gateway, 20)
    assert gateway.terminate() == 0
    entries = read(tmp_path / "state/gateway.db")
    assert [entry[:3] for entry in entries] == [(number, "heart", "heart-board-1") for number in ids]
    bodies = [json.loads(entry[3]) for entry in entries]
    assert [body["data"]["bpm_raw"] for body in bodies] == list(range(60, 80))
    assert [body["id"] for body in bodies] == ids


def test_ids_continue_after_a_crash_and_the_journal_is_complete(run, tmp_path):
    path = tmp_path / "state/gateway.db"
    latest, expected = 0, set()
    for _ in range(3):
        gateway = run()
        ids = send_readings(gateway, 50)
        assert ids[0] > latest and ids == list(range(ids[0], ids[0] + 50))
        latest = ids[-1]
        eventually(lambda: gateway.metrics.value("leadville_journal_waiting_entries") == 0)
        gateway.kill()
        expected |= set(ids)
    # Everything that had been written before a crash is present.
    assert {entry[0] for entry in read(path)} == expected


def test_ids_continue_after_a_crash_during_writes(run, tmp_path):
    first = run()
    ids = send_readings(first, 100)
    first.kill()
    found = [entry[0] for entry in read(tmp_path / "state/gateway.db")]
    assert found == ids[:len(found)]
    assert send_readings(run(), 1)[0] > ids[-1]


def test_ids_continue_if_telemetry_is_not_stored(run, tmp_path):
    first = run({"store.telemetry": "false"})
    ids = send_readings(first, 10)
    assert first.terminate() == 0
    assert read(tmp_path / "state/gateway.db") == []
    assert send_readings(run(), 1)[0] > ids[-1]


def test_the_store_can_be_disabled(run, tmp_path):
    assert send_readings(run({"store.enabled": "false"}), 3) == [1, 2, 3]
    assert not list((tmp_path / "state").glob("gateway.db*"))


def test_a_file_in_place_of_the_state_directory_does_not_stop_the_gateway(run, tmp_path):
    (tmp_path / "state").write_text("in the way")
    gateway = run()
    assert gateway.log.wait_for(f" - ERROR - .*{tmp_path}/state.*: ")
    ids = send_readings(gateway, 3)
    assert ids == list(range(ids[0], ids[0] + 3))
    assert gateway.get("/health")[0] == 200
    assert gateway.terminate() == 0


def test_an_invalid_journal_file_does_not_stop_the_gateway(run, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state/gateway.db").write_text("this is no database, and long enough to be looked at" * 100)
    gateway = run()
    assert len(send_readings(gateway, 3)) == 3
    assert gateway.terminate() == 0


def test_a_read_only_state_directory_does_not_stop_the_gateway(run):
    # Root ignores permissions, so the gateway runs as another user.
    user = "nobody" if os.geteuid() == 0 else None
    try:
        subprocess.run([PROGRAM, "version"], user=user, capture_output=True, check=True)
    except PermissionError:
        pytest.skip(f"user {user} cannot start {PROGRAM}")
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o555)
        gateway = run({"state_directory": directory}, user=user)
        assert gateway.log.wait_for(f" - ERROR - .*{directory}")
        ids = send_readings(gateway, 3)
        assert ids == list(range(ids[0], ids[0] + 3))
        assert gateway.terminate() == 0


def test_the_state_of_an_earlier_version_is_imported(run, tmp_path):
    fixtures = pathlib.Path(__file__).parents[1] / "StoreTests/Fixtures/schema-1"
    shutil.copytree(fixtures, tmp_path / "state")
    shutil.copy(fixtures / "gateway.db", tmp_path / "before.db")
    before = read(tmp_path / "before.db")
    gateway = run({"store.retention_days": "36500"})
    assert gateway.log.wait_for(r"INFO - store: imported \d+ rows from .*/range.db")
    runs = json.loads(gateway.get("/api/runs?state=completed")[2])["runs"]
    assert [(one["run_id"], one["summary"]["hits"]) for one in runs] == [("run_001", 4)]
    targets = json.loads(gateway.get("/api/targets")[2])["targets"]
    assert sorted(target["id"] for target in targets) == ["left-popper", "plate", "right-popper"]
    explained = json.loads(gateway.get("/api/events/152/explain")[2])
    assert explained["id"] == 152
    assert send_readings(gateway, 1)[0] > 1_000
    assert gateway.terminate() == 0
    assert read(tmp_path / "state/gateway.db")[:len(before)] == before
    assert (tmp_path / "state/range.db.migrated").exists()


def test_a_flood_of_readings_erases_no_earlier_timer_impact_or_run_event(run, tmp_path):
    fixtures = pathlib.Path(__file__).parents[1] / "StoreTests/Fixtures/schema-1"
    shutil.copytree(fixtures, tmp_path / "state")
    shutil.copy(fixtures / "gateway.db", tmp_path / "before.db")
    kinds = ("timer", "impact", "run", "device")
    kept = [entry for entry in read(tmp_path / "before.db") if entry[1] in kinds]
    assert {entry[1] for entry in kept} >= {"timer", "impact", "run"}
    gateway = run({"store.maximum_megabytes": 4, "store.retention_days": "36500"})
    board = gateway.board()
    padding = "x" * 230
    users = iter(range(1_000_000))

    def has_deleted():
        for _ in range(300):
            user = next(users) % 50
            board.send(user=user, bpm=72, device_id=f"{user}-{padding}")
        return gateway.metrics.value("leadville_journal_entries_total", result="deleted") >= 1_000

    eventually(has_deleted)
    assert gateway.terminate() == 0
    entries = read(tmp_path / "state/gateway.db")
    assert [entry for entry in entries if entry[1] in kinds][:len(kept)] == kept
    assert entries[-1][0] > kept[-1][0]


def test_one_source_stores_no_more_than_its_quota(run, tmp_path):
    gateway = run()
    board, other = gateway.board(), gateway.board()

    def is_over_quota():
        for number in range(500):
            board.send(user="flood", bpm=72)
        return gateway.metrics.value("leadville_journal_entries_total", result="over_quota") >= 1_000

    eventually(is_over_quota)
    other.send(user="other", bpm=72)
    eventually(lambda: gateway.metrics.value("leadville_heart_users") == 2)
    assert gateway.terminate() == 0
    sources = [entry[2] for entry in read(tmp_path / "state/gateway.db")]
    assert sources.count("heart-board-other") == 1
    # The burst, and ten a second for as long as the test can last.
    assert 10_000 <= sources.count("heart-board-flood") <= 10_000 + 10 * 60
