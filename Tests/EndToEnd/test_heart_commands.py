"""Commands of BPM broadcast clients, and the answers to invalid ones."""

import json
import time

import pytest

from clients import request, receive
from waiting import TIMEOUT


@pytest.fixture
def client(gateway):
    """A client that has received two readings of user 1, one of user "1", and one of user 2 without a finger."""
    board = gateway.board()
    with gateway.heart() as client:
        receive(client)
        for user, bpm in ((1, 70), (1, 72), ("1", 80), (2, 0)):
            board.send(user=user, bpm=bpm)
            receive(client)
        yield client


def test_get_status(client):
    client.send('{"type": "get_status", "and": "more"}')
    text = client.recv(TIMEOUT)
    status = json.loads(text)
    assert list(status) == [
        "type", "active_devices", "connected_clients", "latest_data", "smoothing_enabled", "smoothing_config",
        "timestamp", "stale_devices"]
    assert text == json.dumps(status)
    assert status["type"] == "status_response"
    assert status["active_devices"] == [1, "1", 2]
    assert status["connected_clients"] == 1
    # The key of user "1" keeps its quotes because user 1 uses the plain key.
    assert {user: message["bpm"] for user, message in status["latest_data"].items()} == {
        "1": 72.0, '"1"': 80.0, "2": "--"}
    assert status["smoothing_enabled"] is True
    assert status["smoothing_config"] == {
        "alpha": 0.3, "history_length": 100, "outlier_threshold": 15.0, "min_bpm": 40.0, "max_bpm": 200.0}
    assert abs(status["timestamp"] - time.time()) < TIMEOUT
    assert status["stale_devices"] == []


@pytest.mark.parametrize("user, bpm", [("1", 72.0), ("1.0", 72.0), ("true", 72.0), ('"1"', 80.0), ("2", "--")])
def test_get_latest(client, user, bpm):
    answer = request(client, '{"type": "get_latest", "user_id": %s}' % user)
    assert answer["bpm"] == bpm
    assert "type" not in answer


def test_get_latest_returns_the_broadcast_message(gateway, client):
    gateway.board().send(user="anna", bpm=72)
    text = client.recv(TIMEOUT)
    client.send('{"type": "get_latest", "user_id": "anna"}')
    assert client.recv(TIMEOUT) == text


@pytest.mark.parametrize("user", ["7", "0", "null", '""', "[1]", "{}", '"2"'])
def test_get_latest_of_an_unknown_user_is_an_error(client, user):
    assert request(client, '{"type": "get_latest", "user_id": %s}' % user) == {"type": "error", "error": "User not found"}
    assert request(client, '{"type": "get_latest"}') == {"type": "error", "error": "User not found"}


def test_get_signal_history(client):
    client.send('{"type": "get_signal_history", "user_id": 1}')
    text = client.recv(TIMEOUT)
    answer = json.loads(text)
    assert text == json.dumps(answer)
    assert abs(answer.pop("timestamp") - time.time()) < TIMEOUT
    assert list(answer.items()) == [
        ("type", "signal_history_response"), ("user_id", 1), ("history", [70.0, 72.0]),
        ("statistics", {"mean": 71.0, "std": 1.0, "min": 70.0, "max": 72.0, "last": 72.0})]


@pytest.mark.parametrize("user", ["2", "7", "[1]"])
def test_get_signal_history_of_a_user_without_a_signal_is_an_error(client, user):
    assert request(client, '{"type": "get_signal_history", "user_id": %s}' % user) == {
        "type": "error", "error": "User not found or no signal data"}


def test_the_history_holds_a_hundred_readings(gateway, client):
    board = gateway.board()
    for number in range(101):
        board.send(user="anna", bpm=70 + number % 2)
        receive(client)
    assert len(request(client, {"type": "get_signal_history", "user_id": "anna"})["history"]) == 100


def test_get_all_statistics(client):
    answer = request(client, {"type": "get_all_statistics"})
    assert list(answer) == ["type", "user_statistics", "timestamp"]
    assert answer["type"] == "all_statistics_response"
    assert {user: statistics["mean"] for user, statistics in answer["user_statistics"].items()} == {
        "1": 71.0, '"1"': 80.0}
    assert list(answer["user_statistics"]["1"]) == ["mean", "std", "min", "max", "last"]


@pytest.mark.parametrize("command, error", [
    ('{"type": "get_nothing"}', "Unknown command type: get_nothing"),
    ('{"type": "GET_STATUS"}', "Unknown command type: GET_STATUS"),
    ('{"type": 5}', "Unknown command type: 5"),
    ("{}", "Unknown command type: None"),
    ('{"type": "get_status"', "Invalid JSON"),
    ("[]", "Invalid JSON"),
    ("5", "Invalid JSON"),
    ("null", "Invalid JSON"),
    (b"\xff\xfe", "Invalid JSON"),
    ('{"type": "get_status", "x": NaN}', "Invalid JSON"),
    ("[" * 1_000, "Invalid JSON"),
])
def test_invalid_commands_are_answered_and_the_connection_stays_open(gateway, client, command, error):
    answer = request(client, command)
    assert (answer["type"], answer["error"]) == ("error", error)
    assert ("detail" in answer) == (error == "Invalid JSON")
    reason = "invalid_json" if error == "Invalid JSON" else "unknown_type"
    assert gateway.metrics.value("leadville_commands_refused_total", surface="heart", reason=reason) == 1
    assert request(client, {"type": "get_status"})["type"] == "status_response"


@pytest.mark.parametrize("message", ["", " ", "\r\n\t ", b"", b"\n"])
def test_blank_messages_are_ignored(gateway, client, message):
    client.send(message)
    assert request(client, {"type": "get_status"})["type"] == "status_response"
    assert gateway.metrics.value("leadville_commands_refused_total", surface="heart", reason="invalid_json") == 0


@pytest.mark.parametrize("user", ["0", "null", '""'])
def test_get_latest_finds_every_user(gateway, client, user):
    gateway.board().send('{"user":%s,"bpm":72}' % user)
    receive(client)
    assert request(client, '{"type": "get_latest", "user_id": %s}' % user)["bpm"] == 72.0


def test_binary_frames_are_accepted_as_commands(client):
    assert request(client, b'{"type": "get_latest", "user_id": 1}')["bpm"] == 72.0


def test_only_the_requesting_client_is_answered(gateway, client):
    with gateway.heart() as other:
        while receive(other).get("type") != "status":
            pass
        assert request(client, {"type": "get_status"})["connected_clients"] == 2
        gateway.board().send(user=9, bpm=72)
        assert receive(other)["user"] == 9
