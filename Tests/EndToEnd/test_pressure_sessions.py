"""Pressure sessions on port 5001: the events of the original's page, with python-socketio and raw requests."""

import json
import statistics

import pytest

from socketio_clients import PythonClient, RawSession
from test_workouts import create, request
from waiting import eventually

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
    session = RawSession(gateway.pressure_port)
    session.post("40")
    session.receive(2)
    packets = [f'42["join_session",{{"workout_id":"w{number}"}}]' for number in range(1_000)]
    assert session.send("POST", "\x1e".join(packets).encode()) is not None
    answers = [json.loads(packet[2:]) for packet in session.receive(1_000)]
    assert [answer[0] for answer in answers[:32]] == ["session_joined"] * 32
    assert {answer[1]["reason"] for answer in answers[32:]} == {"too_many_joins"}
    assert gateway.metrics.value("leadville_pressure_sessions") == 32


def test_statistics_of_a_client_are_smoothed_and_told(gateway):
    with client(gateway) as page:
        join(page)
        for value, smoothed in [(10, 10), (30, 11)]:
            emit(page, "stats_frame", workout_id="demo", stats={"Heel": {"mean": value, "name": "x"}}, timestamp="now")
            update = page.receive("stats_update")[1]
            assert update["raw_stats"] == {"Heel": {"mean": value}} and update["timestamp"] == "now"
            assert update["stats"]["Heel"]["mean"] == pytest.approx(smoothed)


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
