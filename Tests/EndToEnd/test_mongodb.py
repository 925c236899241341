"""leadville-gateway-mongodb, which copies workouts to MongoDB; the server is a double that speaks the wire protocol."""

import datetime
import http.server
import json
import os
import subprocess
import threading
import types

import pytest

from programs import ARCHIVER, PROGRAM, Process
from test_workouts import create, read_frames, request, stream
from waiting import TIMEOUT, eventually

if not os.access(ARCHIVER, os.X_OK):
    pytest.skip("leadville-gateway-mongodb is not built (docs/mongodb.md)", allow_module_level=True)

import bson  # noqa: E402
from mongodb_double import MongoDBDouble  # noqa: E402


@pytest.fixture
def mongodb():
    with MongoDBDouble() as double:
        yield double


@pytest.fixture
def follow(mongodb):
    """Starts the program; it is killed after the test."""
    programs = []

    def follow(gateway, **environment):
        programs.append(Process(
            ARCHIVER, "--gateway", f"http://127.0.0.1:{gateway.pressure_port}", "--interval", "0.1",
            environment={"LEADVILLE_MONGODB_URI": mongodb.uri} | environment))
        return programs[-1]
    yield follow
    for program in programs:
        assert program.is_running or program.exit_was_expected, program.log.all()
        program.kill()


def value(bson_value):
    """A value of MongoDB as the gateway's JSON has it."""
    if isinstance(bson_value, dict):
        return {name: value(member) for name, member in bson_value.items()}
    if isinstance(bson_value, list):
        return [value(member) for member in bson_value]
    if isinstance(bson_value, bson.ObjectId):
        return str(bson_value)
    if isinstance(bson_value, datetime.datetime):
        return bson_value.isoformat(timespec="milliseconds") + "Z"
    return bson_value


def copied(mongodb, gateway, *identities):
    """Whether MongoDB has what the gateway has, to the last member."""
    workouts, frames, cursors = mongodb["workouts"], mongodb["pressure_frames"], mongodb["gateway_cursors"]
    kept = {}
    for identity in identities:
        document = request(gateway, "GET", f"/workouts/{identity}")[2]["data"]
        if not document.get("pressure_frames_truncated"):
            document.pop("pressure_frames_truncated", None)
        if value(workouts.get(bson.ObjectId(identity))) != {"pressure_frames": []} | document:
            return False
        if cursors.get(bson.ObjectId(identity), {}).get("document") != {
                "updated_at": document["updated_at"], "frame_count": document["frame_count"]}:
            return False
        for frame in json.loads(read_frames(gateway, identity))["frames"]:
            kept[f"{identity}:{frame['frame']}"] = {"workout_id": identity} | frame
    return {key: {name: member for name, member in value(frame).items() if name != "_id"}
            for key, frame in frames.items()} == kept


def test_workouts_and_their_frames_are_copied_and_followed(gateway, mongodb, follow):
    first = create(gateway, name="Čaj", **{"nested": {"$oid": "no id", "a.b": [1, 2.5, None, True, 1 << 40]}})["_id"]
    stream(gateway, first, range(60))
    follow(gateway)
    eventually(lambda: copied(mongodb, gateway, first))
    document = mongodb["workouts"][bson.ObjectId(first)]
    assert isinstance(document["created_at"], datetime.datetime)
    assert document["nested"] == {"$oid": "no id", "a.b": [1, 2.5, None, True, 1 << 40]}
    frame = document["pressure_frames"][7]
    assert {"pressure_matrix", "calculated_stats", "smoothed_stats", "timestamp"} <= set(frame)
    # What happens later follows.
    second = create(gateway, name="second")["_id"]
    stream(gateway, first, range(60, 80))
    request(gateway, "PUT", f"/workouts/{first}", {"status": "completed"})
    eventually(lambda: copied(mongodb, gateway, first, second))
    # What the gateway no longer has is kept.
    request(gateway, "DELETE", f"/workouts/{second}")
    third = create(gateway, name="third")["_id"]
    eventually(lambda: bson.ObjectId(third) in mongodb["workouts"])
    assert bson.ObjectId(second) in mongodb["workouts"]


def test_nothing_is_lost_or_doubled_while_the_server_the_gateway_and_the_program_come_and_go(run, mongodb, follow):
    gateway = run()
    workout = create(gateway, name="interrupted")["_id"]
    program = follow(gateway)
    stream(gateway, workout, range(20))
    # Replies are lost after the writes have happened.
    mongodb.lost_replies = 2
    program.log.wait_for("MongoDB: .*: retrying until it works")
    stream(gateway, workout, range(20, 50))
    eventually(lambda: copied(mongodb, gateway, workout) and not mongodb.lost_replies)
    # The server is absent for a while.
    interruptions = program.log.count("MongoDB: .*: retrying until it works")
    mongodb.stop()
    stream(gateway, workout, range(50, 60))
    eventually(lambda: program.log.count("MongoDB: .*: retrying until it works") > interruptions)
    mongodb.start()
    eventually(lambda: copied(mongodb, gateway, workout))
    # The program is killed while it copies.
    stream(gateway, workout, range(60, 120))
    program.kill()
    program = follow(gateway)
    eventually(lambda: copied(mongodb, gateway, workout))
    # The gateway restarts.
    gateway.terminate()
    program.log.wait_for("the gateway is unreachable: .*: retrying until it works")
    gateway = run({key: port for key, port in gateway.settings.items() if key.endswith("port")})
    stream(gateway, workout, range(120, 130))
    eventually(lambda: copied(mongodb, gateway, workout))
    assert len(mongodb["pressure_frames"]) == 130


def test_a_workout_that_the_server_rejects_does_not_stop_the_others(gateway, mongodb, follow):
    first = create(gateway, name="first")["_id"]
    mongodb.rejected_collection = "workouts"
    program = follow(gateway)
    program.log.wait_for(f"Workout {first} is not copied until it changes: .*Document failed validation")
    mongodb.rejected_collection = None
    second = create(gateway, name="second")["_id"]
    eventually(lambda: copied(mongodb, gateway, second))
    assert bson.ObjectId(first) not in mongodb["workouts"]
    request(gateway, "PUT", f"/workouts/{first}", {"name": "better"})
    eventually(lambda: copied(mongodb, gateway, first, second))


class ProtectedGateway(http.server.BaseHTTPRequestHandler):
    """Lists no workouts, and that only to those with the token."""

    def do_GET(self):
        is_allowed = self.headers["Authorization"] == "Bearer the-token"
        self.send_response(200 if is_allowed else 401)
        self.end_headers()
        self.wfile.write(b'{"data":[],"next_before":null}' if is_allowed else b"{}")

    def log_message(self, *_):
        pass


def test_a_gateway_that_protects_everything_is_read_with_a_token(follow):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), ProtectedGateway) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        gateway = types.SimpleNamespace(pressure_port=server.server_port)
        follow(gateway).log.wait_for("the gateway answered with status 401: retrying until it works")
        follow(gateway, LEADVILLE_TOKEN="the-token").log.wait_for("are in the database leadville")
        server.shutdown()


@pytest.mark.parametrize("arguments, status, line", [
    (["--gateway", "ftp://x"], 2, "--gateway is an address"), (["--interval", "0"], 2, "--interval is a number"),
    (["--database", "a.b"], 2, "--database is a name"), (["--nothing"], 2, "unknown option"), (["--mongodb"], 2, "needs a value"),
    (["--mongodb", "http://x"], 1, "the address of MongoDB is invalid"),
])
def test_errors_of_the_command_line(arguments, status, line):
    result = subprocess.run([ARCHIVER, *arguments], capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert (result.returncode, result.stdout) == (status, "")
    assert line in result.stderr
    shown = subprocess.run([ARCHIVER, "--help"], capture_output=True, text=True, timeout=TIMEOUT, check=True)
    assert shown.stdout.startswith("usage: leadville-gateway-mongodb")


def test_the_gateway_itself_does_not_need_libmongoc():
    libraries = subprocess.run(["ldd", PROGRAM], capture_output=True, text=True, check=True).stdout
    assert "libsqlite3" in libraries and "mongoc" not in libraries and "bson" not in libraries
    assert "libmongoc" in subprocess.run(["ldd", ARCHIVER], capture_output=True, text=True, check=True).stdout
