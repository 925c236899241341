"""The commands for the database: check, backup, restore, export and compact, beside a running gateway and without one."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess

import pytest

from programs import PLAIN_ENVIRONMENT, PROGRAM
from test_workouts import create, request
from waiting import TIMEOUT


@pytest.fixture
def store(tmp_path):
    """Runs a command for the database of a state directory."""
    def store(*arguments, state=tmp_path / "state"):
        environment = PLAIN_ENVIRONMENT | {"LEADVILLE_STATE_DIRECTORY": str(state)}
        return subprocess.run(
            [PROGRAM, "store", *map(str, arguments)], env=environment, capture_output=True, text=True, timeout=60,
            check=False)
    return store


def test_a_backup_of_a_running_gateway_is_restored_on_a_new_machine(run, store, tmp_path):
    gateway = run()
    workout = create(gateway, name="kept", data=list(range(1_000)))
    result = store("backup", tmp_path / "copy")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{tmp_path}/copy: a backup of {tmp_path}/state/gateway.db\n")
    assert "  workouts: 1, with 0 frames\n" in result.stdout
    create(gateway, name="later")

    result = store("restore", tmp_path / "copy", state=tmp_path / "new" )
    assert (result.returncode, result.stderr) == (0, "")
    other = run({"state_directory": tmp_path / "new"})
    assert request(other, "GET", f"/workouts/{workout['_id']}")[2]["data"] == workout
    assert request(other, "GET", "/workouts")[2]["total"] == 1


def test_a_restoration_needs_a_stopped_gateway_and_keeps_what_was_there(run, store, tmp_path):
    gateway = run()
    create(gateway, name="kept")
    assert store("backup", tmp_path / "copy").returncode == 0
    create(gateway, name="later")
    for command in ("restore", tmp_path / "copy"), ("compact",):
        result = store(*command)
        assert (result.returncode, result.stdout) == (1, "")
        assert "another gateway uses it" in result.stderr
    gateway.terminate()

    result = store("restore", tmp_path / "copy")
    assert result.returncode == 0
    replaced, = (tmp_path / "state").glob("gateway.db.replaced-*[0-9]Z")
    assert f"  the previous database is now {replaced}\n" in result.stdout
    assert "workouts: 2," in store("check", replaced).stdout
    assert "workouts: 1," in store("check").stdout
    assert store("compact").stdout.endswith(" bytes now\n")
    gateway = run()
    assert [workout["name"] for workout in request(gateway, "GET", "/workouts")[2]["data"]] == ["kept"]


def read_all(terminal):
    """What was written to a terminal that the program has closed; it may come in several parts."""
    shown = b""
    with contextlib.suppress(OSError):
        while part := os.read(terminal, 65_536):
            shown += part
    os.close(terminal)
    return shown


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_restoration_that_is_stopped_half_way_leaves_everything_as_it_was(run, store, tmp_path, name):
    gateway = run()
    create(gateway, name="kept")
    assert store("backup", tmp_path / "copy").returncode == 0
    create(gateway, name="later")
    gateway.terminate()
    for megabytes in (32, 64, 128, 256):
        with contextlib.closing(sqlite3.connect(tmp_path / "copy")) as database, database:
            database.execute("CREATE TABLE IF NOT EXISTS padding(body)")
            database.executemany("INSERT INTO padding VALUES(zeroblob(1000000))", [()] * megabytes)
        state = tmp_path / str(megabytes)
        shutil.copytree(tmp_path / "state", state)
        before = {path.name: path.read_bytes() for path in state.iterdir()}
        partial = state / "gateway.db.restored.partial"
        # Its progress goes to a terminal.
        own, terminal = os.openpty()
        restore = subprocess.Popen(
            [PROGRAM, "store", "restore", tmp_path / "copy"], env=PLAIN_ENVIRONMENT | {"LEADVILLE_STATE_DIRECTORY": str(state)},
            stdout=subprocess.PIPE, stderr=terminal, text=True)
        os.close(terminal)
        while not partial.exists() and restore.poll() is None:
            pass
        restore.send_signal(signal.Signals[name])
        output, shown = restore.communicate(timeout=TIMEOUT)[0], read_all(own).decode()
        # It was over before it could be stopped: the next one takes longer.
        if restore.returncode == 0:
            continue
        assert (restore.returncode, output) == (1, "")
        assert shown.endswith("leadville-gateway: stopped: nothing was replaced\r\n")
        assert "checking" in shown or "copying: " in shown
        assert {path.name: path.read_bytes() for path in state.iterdir()} == before
        gateway = run({"state_directory": state})
        assert {workout["name"] for workout in request(gateway, "GET", "/workouts")[2]["data"]} == {"kept", "later"}
        return
    pytest.fail("no restoration was slow enough to be stopped")


def test_a_damaged_database_is_found(run, store, tmp_path):
    gateway = run()
    for number in range(50):
        create(gateway, number=number, text="x" * 900)
    gateway.terminate()
    path = tmp_path / "state" / "gateway.db"
    assert store("check").stdout.splitlines()[0] == f"{path}: sound"
    with open(path, "r+b") as file:
        file.seek(3 * 4_096)
        file.write(b"\xff" * 4_096 * 4)
    result = store("check")
    assert (result.returncode, result.stdout) == (1, "")
    assert "it is damaged" in result.stderr
    assert store("restore", path, state=tmp_path / "new").returncode == 1


def test_an_export_has_every_row_as_a_line_of_json(run, store, tmp_path):
    gateway = run()
    workout = create(gateway, name="Čaj")
    assert gateway.post("/api/targets", {"name": "Plate"})[0] == 201
    to_output = store("export").stdout
    assert store("export", tmp_path / "lines").returncode == 0
    rows = [json.loads(line) for line in (tmp_path / "lines").read_text(encoding="utf-8").splitlines()]
    assert [json.loads(line) for line in to_output.splitlines()] == rows
    kept, = (row for row in rows if row["table"] == "workout")
    assert (kept["id"], kept["workout"]) == (workout["_id"], {"name": "Čaj"})
    gateway.terminate()
    database = sqlite3.connect(tmp_path / "state" / "gateway.db")
    for table in ("run", "document", "workout"):
        count, = database.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert sum(row["table"] == table for row in rows) == count


@pytest.mark.parametrize("arguments, status, line", [
    (["check"], 1, "it cannot be opened"), (["backup", "/tmp/x"], 1, "it cannot be opened"),
    (["backup"], 2, "FILE is missing"), ([], 2, "a command is required: store check"),
])
def test_errors_say_what_is_wrong(store, arguments, status, line):
    result = store(*arguments)
    assert (result.returncode, result.stdout) == (status, "")
    assert line in result.stderr


def test_root_uses_the_database_of_the_service(run, store, tmp_path):
    """In a mount namespace with a /var/lib of its own. Without root's rights outside, those of a user namespace do."""
    gateway = run({"state_directory": tmp_path / "lib" / "leadville-gateway"})
    create(gateway, name="kept")
    home = tmp_path / "home"
    home.mkdir()

    def as_root(*arguments, **variables):
        script = 'mount --bind "$0" /var/lib && exec "$@"'
        return subprocess.run(
            ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c", script,
             tmp_path / "lib", PROGRAM, "store", *arguments], env=PLAIN_ENVIRONMENT | {"HOME": str(home)} | variables,
            capture_output=True, text=True, timeout=60, check=False)

    result = as_root("check")
    if "unshare" in result.stderr or "mount:" in result.stderr:
        pytest.skip("this user may not make a mount namespace")
    assert result.stdout.startswith("/var/lib/leadville-gateway/gateway.db: sound\n") and "workouts: 1," in result.stdout
    assert as_root("backup", tmp_path / "copy").returncode == 0
    assert not list(home.iterdir())
    other = as_root("check", LEADVILLE_STATE_DIRECTORY="/var/lib/elsewhere")
    assert other.returncode == 1 and "/var/lib/elsewhere/gateway.db" in other.stderr
    gateway.terminate()
    state = pathlib.Path(tmp_path / "lib" / "leadville-gateway")
    if os.geteuid() == 0:
        # What root restores belongs to the service, which could not open it otherwise.
        for path in [state, *state.iterdir()]:
            os.chown(path, 12_345, 12_345)
        (state / "gateway.db.lock").unlink()
    result = as_root("restore", tmp_path / "copy")
    assert result.returncode == 0, result.stderr
    assert {path.stat().st_uid for path in state.glob("gateway.db*")} == {12_345 if os.geteuid() == 0 else os.geteuid()}
