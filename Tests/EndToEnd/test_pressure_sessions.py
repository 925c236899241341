"""Pressure sessions on port 5001: the events of the original's page, with python-socketio and raw requests."""

import contextlib
import json
import socket
import statistics
import threading

import pytest

from clients import connect
from socketio_clients import PythonClient, RawSession
from terminals import Terminal, m1616
from test_api_messages import Messages
from test_workouts import create, request
from waiting import TIMEOUT, eventually

MATRIX = [[row * 9 + column for column in range(9)] for row in range(13)]
REGIONS = ["Toe1", "Toe2345", "M1", "M2", "M3", "M4", "M5", "Mid Foot", "Med Heel", "Lat Heel"]


def client(gateway, transports=("websocket",), **options):
    client = PythonClient(gateway.pressure_port, transports=list(transports), **options)
    assert client.receive() == ("connection_response", {"data": "Connected to pressure data stream"})
    return client


def emit(client, event, **payload):
    client.client.emit(event, payload)


def join(client, workout="demo", **members):
    emit(client, "join_session", workout_id=workout, **members)
    assert client.receive("session_joined")[1] == {"workout_id": workout, "status": "ready"}


def error(client):
    return client.receive("error")[1]["reason"]


@pytest.mark.parametrize("transports", [["polling"], ["websocket"], ["polling", "websocket"]])
def test_a_workout_as_the_page_sends_it(gateway, transports):
    workout = create(gateway, name="Morning Run")["_id"]
    with client(gateway, transports) as page:
        assert page.client.call("join_session", {"workout_id": workout}) is None
        assert page.receive() == ("session_joined", {"workout_id": workout, "status": "ready"})
        for number in range(3):
            emit(page, "pressure_frame", workout_id=workout, matrix=MATRIX, timestamp=1000 + number)
            event, answer = page.receive()
            assert event == "frame_processed"
            assert (answer["frame_count"], answer["timestamp"]) == (number + 1, 1000 + number)
            assert list(answer["stats"]) == list(answer["raw_stats"]) == REGIONS
        toe = [value for row in MATRIX[:2] for value in row[:3]]
        assert answer["raw_stats"]["Toe1"] == pytest.approx({
            "mean_force": 2 * statistics.mean(toe), "max": max(toe), "sum_pressure": sum(toe),
            "mean": statistics.mean(toe), "std": statistics.pstdev(toe), "min": min(toe)})
        emit(page, "leave_session", workout_id=workout)
        assert page.receive() == ("session_ended", {"workout_id": workout})
    frames = request(gateway, "GET", f"/workouts/{workout}/frames")[2]
    assert [frame["frame"] for frame in frames["frames"]] == [0, 1, 2]


def test_viewers_change_nothing_and_only_the_owner_ends_the_session(gateway):
    with client(gateway) as owner, client(gateway) as viewer:
        join(owner)
        emit(owner, "pressure_frame", workout_id="demo", matrix=[[1]])
        assert owner.receive()[1]["frame_count"] == 1
        join(viewer)
        emit(owner, "pressure_frame", workout_id="demo", matrix=[[3]])
        for each in (owner, viewer):
            assert each.receive("frame_processed")[1]["frame_count"] == 2
        emit(viewer, "pressure_frame", workout_id="demo", matrix=[[9]])
        assert error(viewer) == "other_owner"
        emit(viewer, "leave_session", workout_id="demo")
        assert viewer.receive() == ("session_ended", {"workout_id": "demo"})
        join(viewer)
        emit(owner, "leave_session", workout_id="demo")
        assert viewer.receive() == ("session_ended", {"workout_id": "demo"})


def test_a_lost_owner_comes_back(gateway):
    with client(gateway) as viewer:
        with client(gateway) as owner:
            join(owner)
            join(viewer)
            emit(owner, "pressure_frame", workout_id="demo", matrix=[[4]])
            assert viewer.receive("frame_processed")[1]["frame_count"] == 1
        eventually(lambda: gateway.metrics.value("leadville_socketio_sessions", server="pressure", transport="websocket") == 1)
        with client(gateway) as owner:
            join(owner)
            emit(owner, "pressure_frame", workout_id="demo", matrix=[[4]])
            assert viewer.receive("frame_processed")[1]["frame_count"] == 2


def test_a_lost_owner_that_stays_away_ends_the_session(run):
    gateway = run({"pressure.owner_grace": "100 ms"})
    with client(gateway) as viewer:
        with client(gateway) as owner:
            join(owner)
            join(viewer)
            emit(owner, "pressure_frame", workout_id="demo", matrix=[[4]])
            assert viewer.receive("frame_processed")[1]["frame_count"] == 1
        assert viewer.receive() == ("session_ended", {"workout_id": "demo"})
        assert gateway.metrics.value("leadville_pressure_sessions") == 0
        # The next client that joins begins a new session.
        join(viewer)
        emit(viewer, "pressure_frame", workout_id="demo", matrix=[[4]])
        assert viewer.receive("frame_processed")[1]["frame_count"] == 1


def test_a_lost_viewer_and_a_lost_owner_of_another_session_change_nothing(run):
    gateway = run({"pressure.owner_grace": "100 ms"})
    with client(gateway) as owner, client(gateway) as viewer:
        join(owner)
        join(viewer)
        with client(gateway) as lost:
            join(lost)
            join(lost, "other")
            join(viewer, "other")
        assert viewer.receive() == ("session_ended", {"workout_id": "other"})
        emit(owner, "pressure_frame", workout_id="demo", matrix=[[1]])
        assert viewer.receive("frame_processed")[1]["frame_count"] == 1


def test_joins_after_leaves_and_leaves_after_leaves(gateway):
    with client(gateway) as page, client(gateway) as other:
        for _ in range(20):
            join(page)
            emit(page, "pressure_frame", workout_id="demo", matrix=[[1]])
            assert page.receive("frame_processed")[1]["frame_count"] == 1
            emit(page, "leave_session", workout_id="demo")
            assert page.receive() == ("session_ended", {"workout_id": "demo"})
        emit(page, "leave_session", workout_id="demo")
        assert page.receive() == ("session_ended", {"workout_id": "demo"})
        # Of two that join, the first is the owner; the other becomes it when the first has left.
        join(other)
        join(page)
        emit(page, "pressure_frame", workout_id="demo", matrix=[[1]])
        assert error(page) == "other_owner"
        emit(other, "leave_session", workout_id="demo")
        assert page.receive("session_ended")[1] == {"workout_id": "demo"}
        emit(page, "pressure_frame", workout_id="demo", matrix=[[1]])
        join(page)
        emit(page, "pressure_frame", workout_id="demo", matrix=[[1]])
        assert page.receive("frame_processed")[1]["frame_count"] == 2
        emit(other, "stats_frame", workout_id="demo", stats={"Heel": {"mean": 1}})
        assert error(other) == "other_owner"


def test_several_mats_sessions_and_viewers_at_once(run, tmp_path):
    """Two mats with a session each and a session of a client's own frames, each with three viewers of which one sees all."""
    links = [tmp_path / "left", tmp_path / "right"]
    mats = [Terminal(link) for link in links]
    gateway = run({
        "serial.enabled": "true", "serial.probe": "[]", "serial.tare_frames": 0,
        "serial.ports": ",".join(f"{link} pressure-mat m1616" for link in links)})
    ids = ["port-" + str(link).removeprefix("/").replace("/", "-") for link in links]

    def frames(mat):
        return gateway.metrics.value("leadville_mat_frames_total", mat=mat)

    for mat, pressure in zip(mats, (512, 256)):
        mat.write(m1616([pressure] * 256))
    eventually(lambda: all(frames(mat) == 1 for mat in ids))
    counts = {"left": 30, "right": 20, "own": 40}
    with contextlib.ExitStack() as stack:
        owner = stack.enter_context(client(gateway))
        for workout, source in zip(("left", "right"), ids):
            join(owner, workout, source=source)
        join(owner, "own")
        emit(owner, "join_session", workout_id="which", source=True)
        assert error(owner) == "unknown_mat"
        viewers = {workout: [stack.enter_context(client(gateway)) for _ in range(2)] for workout in counts}
        for workout, clients in viewers.items():
            for each in clients:
                join(each, workout)
        # Together, and in pieces that end anywhere.
        data = [m1616([512] * 256) * counts["left"], m1616([256] * 256) * counts["right"]]
        writers = [threading.Thread(target=mat.write, args=(bytes_,)) for mat, bytes_ in zip(mats, data)]
        for writer in writers:
            writer.start()
        for number in range(counts["own"]):
            emit(owner, "pressure_frame", workout_id="own", matrix=[[number, 7]], timestamp=number)
        for workout, pressure in (("left", 100), ("right", 50), ("own", None)):
            for each in viewers[workout]:
                received = [each.receive("frame_processed")[1] for _ in range(counts[workout])]
                assert [frame["frame_count"] for frame in received] == list(range(1, counts[workout] + 1))
                for number, frame in enumerate(received):
                    assert frame["raw_stats"]["Toe1"]["max"] == (max(number, 7) if pressure is None else pressure)
                    assert frame["timestamp"] == number or pressure is not None
        seen = [owner.receive("frame_processed")[1]["raw_stats"]["Toe1"]["max"] for _ in range(sum(counts.values()))]
        assert (seen.count(100), seen.count(50)) == (30, 20)
        for writer in writers:
            writer.join()
        # The end of one session is told to its clients alone.
        emit(owner, "leave_session", workout_id="right")
        for each in viewers["right"]:
            assert each.receive() == ("session_ended", {"workout_id": "right"})
        mats[0].write(m1616([512] * 256))
        mats[1].write(m1616([256] * 256))
        eventually(lambda: frames(ids[1]) == 22)
        for each in viewers["left"]:
            assert each.receive()[1]["frame_count"] == 31
        assert all(each.events.empty() for workout in ("right", "own") for each in viewers[workout])


def test_bad_payloads_have_a_reason(gateway):
    with client(gateway) as page:
        join(page)
        for matrix, reason in [
            ([[1], [1, 2]], "ragged_matrix"), (7, "not_a_matrix"), ([[[1]]], "three_dimensional"), (None, "missing_matrix"),
            ([["x"]], "not_a_number"), ([], "empty_matrix"), ([[0] * 100] * 100, "too_many_cells"), ([1], "flat_matrix"),
            ([[float("nan")]], "not_a_number"),
        ]:
            emit(page, "pressure_frame", workout_id="demo", matrix=matrix)
            # NaN is no JSON: the gateway reports the whole payload.
            assert error(page) in (reason, "invalid_json"), matrix
        for workout in (None, "", 0, [], {}, "x" * 100):
            emit(page, "join_session", workout_id=workout)
            assert page.receive("error")[1] == {"message": "Missing workout_id", "reason": "missing_workout_id"}
        page.client.emit("join_session", "demo")
        assert error(page) == "not_an_object"
        emit(page, "stats_frame", workout_id="demo")
        assert page.receive("error")[1]["message"] == "Missing workout_id or stats"
        emit(page, "unknown", workout_id="demo")
        assert error(page) == "unknown_event"
        emit(page, "pressure_frame", workout_id="demo", matrix=[[1]])
        assert page.receive("frame_processed")[1]["frame_count"] == 1


def test_ten_thousand_joins_of_one_client(gateway):
    with client(gateway) as page:
        join(page)
        with connect(f"ws://127.0.0.1:{gateway.pressure_port}/socket.io/?EIO=4&transport=websocket") as session:
            session.recv(TIMEOUT)
            session.send("40")
            opened = [session.recv(TIMEOUT) for _ in range(2)]
            assert opened[0].startswith("40{")

            def send():
                for number in range(10_000):
                    session.send(f'42["join_session",{{"workout_id":"w{number}"}}]')
            sender = threading.Thread(target=send)
            sender.start()
            answers = [json.loads(session.recv(TIMEOUT)[2:]) for _ in range(10_000)]
            sender.join()
            assert [answer[0] for answer in answers[:32]] == ["session_joined"] * 32
            assert {answer[1]["reason"] for answer in answers[32:]} == {"too_many_joins"}
            assert gateway.metrics.value("leadville_pressure_rejects_total", reason="too_many_joins") == 9_968
            assert gateway.metrics.value("leadville_pressure_sessions") == 33
            # Nobody else notices.
            emit(page, "pressure_frame", workout_id="demo", matrix=[[1]])
            assert page.receive()[0] == "frame_processed"


def test_a_matrix_of_a_million_cells_is_too_long(gateway):
    frame = json.dumps(["pressure_frame", {"workout_id": "demo", "matrix": [[0] * 1_000] * 1_000}], separators=(",", ":"))
    with client(gateway) as page:
        join(page)
        session = RawSession(gateway.pressure_port)
        session.post("40")
        assert session.post("42" + frame)[0] == 413
        with connect(f"ws://127.0.0.1:{gateway.pressure_port}/socket.io/?EIO=4&transport=websocket") as other:
            other.recv(TIMEOUT)
            other.send("40")
            other.send("42" + frame)
            with pytest.raises(Exception, match="1009"):
                while True:
                    other.recv(TIMEOUT)
        assert request(gateway, "POST", "/stats", body=b'{"session_id":"demo","matrix":' + b"[" * 2_000_000)[0] == 413
        emit(page, "pressure_frame", workout_id="demo", matrix=[[1]])
        assert page.receive()[0] == "frame_processed"
        assert gateway.resident_bytes < 200 << 20


def test_a_post_that_is_torn_in_the_middle_of_a_frame_changes_nothing(gateway):
    session = RawSession(gateway.pressure_port)
    session.post("40", '42["join_session",{"workout_id":"demo"}]')
    session.receive(3)
    frame = b'42["pressure_frame",{"workout_id":"demo","matrix":[[1,2],[3,4]]}]'
    for length in (1, 20, len(frame) - 1):
        stream = socket.create_connection(("127.0.0.1", gateway.pressure_port), TIMEOUT)
        stream.sendall(
            f"POST {session.path}?EIO=4&transport=polling&sid={session.id} HTTP/1.1\r\nHost: localhost\r\n"
            f"Content-Length: {len(frame)}\r\n\r\n".encode() + frame[:length])
        stream.close()
    assert session.post(frame.decode()) == (200, "ok")
    event, answer = json.loads(session.receive(1)[0][2:])
    assert (event, answer["frame_count"]) == ("frame_processed", 1)


def test_a_session_polls_and_has_a_web_socket_at_once(gateway):
    """During the upgrade, frames come over both ways; afterwards only the WebSocket is open."""
    session = RawSession(gateway.pressure_port)
    session.post("40", '42["join_session",{"workout_id":"demo"}]')
    session.receive(3)
    frame = '42["pressure_frame",{"workout_id":"demo","matrix":[[1]]}]'
    url = f"ws://127.0.0.1:{gateway.pressure_port}/socket.io/?EIO=4&transport=websocket&sid={session.id}"
    with connect(url) as upgraded:
        upgraded.send("2probe")
        assert upgraded.recv(TIMEOUT) == "3probe"
        assert session.post(frame, frame) == (200, "ok")
        upgraded.send("5")
        upgraded.send(frame)
        counts = [json.loads(upgraded.recv(TIMEOUT)[2:])[1]["frame_count"] for _ in range(3)]
        assert counts == [1, 2, 3]
        assert session.post(frame)[0] == 400
        assert session.request("GET")[0] == 400
        upgraded.send(frame)
        assert json.loads(upgraded.recv(TIMEOUT)[2:])[1]["frame_count"] == 4


def test_statistics_of_a_client_are_smoothed_and_sent(gateway):
    with client(gateway) as page:
        join(page)
        for value, smoothed in [(10, 10), (30, 11)]:
            emit(page, "stats_frame", workout_id="demo", stats={"Heel": {"mean": value, "name": "x"}}, timestamp="now")
            update = page.receive("stats_update")[1]
            assert update["raw_stats"] == {"Heel": {"mean": value}} and update["timestamp"] == "now"
            assert update["stats"]["Heel"]["mean"] == pytest.approx(smoothed)


def test_events_are_as_the_document_of_messages_describes_them(gateway):
    messages = Messages(gateway)

    def check(event, name):
        messages.validator("pressure_socket_io", [name]).validate(event[1])
        assert f"`{event[0]}`" in messages.document["channels"]["pressure_socket_io"]["messages"][name]["summary"]

    assert messages.document["channels"]["pressure_socket_io"]["address"] == "/socket.io/"
    page = PythonClient(gateway.pressure_port, transports=["websocket"])
    with page:
        check(page.receive(), "connectionResponse")
        emit(page, "join_session", workout_id="demo")
        check(page.receive(), "sessionJoined")
        emit(page, "pressure_frame", workout_id="demo", matrix=MATRIX, timestamp="now")
        frame = page.receive()
        assert frame[1]["events"]
        check(frame, "frameProcessed")
        emit(page, "stats_frame", workout_id="demo", stats={"Heel": {"mean": 1}})
        check(page.receive(), "statsUpdate")
        emit(page, "pressure_frame", workout_id="demo", matrix=7)
        check(page.receive(), "error")
        emit(page, "leave_session", workout_id="demo")
        check(page.receive(), "sessionEnded")
    received = messages.document["operations"]["pressure_socket_io_receive"]["messages"]
    assert [reference["$ref"].rsplit("/", 1)[1] for reference in received] == [
        "joinSession", "pressureFrame", "statsFrame", "leaveSession"]


def test_changes_need_the_token(run):
    gateway = run({"http.token": "the-secret-of-this-test"})
    with client(gateway) as viewer, client(gateway, auth={"token": "the-secret-of-this-test"}) as owner:
        emit(viewer, "join_session", workout_id="demo")
        assert error(viewer) == "missing_token"
        join(owner)
        join(viewer)
        emit(owner, "pressure_frame", workout_id="demo", matrix=[[1]])
        assert viewer.receive("frame_processed")[1]["frame_count"] == 1
        emit(viewer, "pressure_frame", workout_id="demo", matrix=[[1]])
        assert error(viewer) == "missing_token"


def test_a_mat_of_the_gateway_is_the_source(run):
    gateway = run({"serial.enabled": "true"}, "--demo")
    with client(gateway) as page:
        eventually(lambda: gateway.metrics.text.count("leadville_mat_frames_total{") > 0)
        join(page, source=True)
        first, second = (page.receive("frame_processed")[1]["frame_count"] for _ in range(2))
        assert (first, second) == (1, 2)
        emit(page, "join_session", workout_id="other", source="no such mat")
        assert error(page) == "unknown_mat"
