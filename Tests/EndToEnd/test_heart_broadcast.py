"""The BPM broadcast: every WebSocket client receives the readings that boards send by UDP."""

import contextlib
import json
import re
import socket
import time

import pytest

from clients import receive
from waiting import TIMEOUT

FIRMWARE = (
    '{"user":1,"bpm":72,"timestamp":1000,"signal_strength":-45,"ir_value":95000,"red_value":88000,'
    '"finger_detected":true,"sensor_type":"MAX30102"}')


@pytest.fixture
def client(gateway):
    with gateway.heart() as client:
        assert receive(client)["type"] == "status"
        yield client


@pytest.fixture
def board(gateway):
    return gateway.board()


def test_fields_have_the_order_and_spacing_of_the_original(client, board):
    before = time.time()
    board.send(FIRMWARE)
    text = client.recv(TIMEOUT)
    after = time.time()
    message = json.loads(text)
    # Spacing and numbers as Python's json writes them, and therefore as the original wrote them.
    assert text == json.dumps(message)
    assert before - 0.001 <= message.pop("server_timestamp") <= after + 0.001
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", message.pop("received_at"))
    assert list(message.items()) == list({
        "user": 1, "bpm": 72.0, "timestamp": 1000, "signal_strength": -45, "ir_value": 95000, "red_value": 88000,
        "finger_detected": True, "sensor_type": "MAX30102", "bpm_raw": 72.0, "bpm_smoothed": True,
        "signal_stats": {"mean": 72.0, "std": 0.0, "min": 72.0, "max": 72.0, "last": 72.0}, "no_heart_rate": False,
        "source_ip": "127.0.0.1", "event_id": 1}.items())
    assert '"bpm": 72.0, "timestamp"' in text and '"bpm_raw": 72.0, "bpm_smoothed"' in text
    names = list(json.loads(text))
    assert names[names.index("bpm_raw"):] == [
        "bpm_raw", "bpm_smoothed", "signal_stats", "no_heart_rate", "server_timestamp", "source_ip", "received_at",
        "event_id"]


def test_additional_members_pass_through(client, board):
    """Numbers keep every digit; spacing and escapes follow Python's json, as in the original."""
    board.send(
        r'{"user":1,"a":[1, 2.50,{"b":null}],"text":"gr\u00fc\u00df \"dich\" grüß \u2665\ud83d\udc93","bpm":72,'
        '"large":123456789012345678901234567890,"exponent":1E+2,"":false}')
    text = client.recv(TIMEOUT)
    assert text.startswith(
        r'{"user": 1, "a": [1, 2.50, {"b": null}], "text": "gr\u00fc\u00df \"dich\" gr\u00fc\u00df \u2665\ud83d\udc93", '
        '"bpm": 72.0, "large": 123456789012345678901234567890, "exponent": 1E+2, "": false, "bpm_raw": 72.0, ')


def test_reserved_members_are_overwritten_in_place(client, board):
    board.send('{"source_ip":"10.0.0.1","no_heart_rate":"x","user":1,"event_id":-5,"bpm":72,"received_at":0}')
    message = receive(client)
    assert list(message)[:6] == ["source_ip", "no_heart_rate", "user", "event_id", "bpm", "received_at"]
    assert message["source_ip"] == "127.0.0.1"
    assert message["no_heart_rate"] is False
    assert message["event_id"] == 1
    assert message["received_at"].endswith("Z")


def test_the_last_of_repeated_members_is_used(client, board):
    board.send('{"user":1,"bpm":50,"bpm":72}')
    assert receive(client)["bpm"] == 72.0


@pytest.mark.parametrize("around", [" %s ", "%s\n", "\r\n\t%s\r\n"])
def test_whitespace_around_a_datagram_is_accepted(client, board, around):
    board.send(around % '{"user":1,"bpm":72}')
    assert receive(client)["bpm"] == 72.0


def test_a_new_client_receives_the_latest_reading_of_each_user_in_order_of_first_appearance(gateway, client, board):
    for user, bpm in ((3, 70), ("anna", 71), (1, 72), (3, 73), (None, 74)):
        board.send(user=user, bpm=bpm)
        receive(client)
    with gateway.heart() as new_client:
        replayed = [receive(new_client) for _ in range(4)]
        assert [(message["user"], message["bpm_raw"]) for message in replayed] == [
            (3, 73.0), ("anna", 71.0), (1, 72.0), (None, 74.0)]
        text = new_client.recv(TIMEOUT)
        status = json.loads(text)
        assert text == json.dumps(status)
        assert abs(status.pop("timestamp") - time.time()) < TIMEOUT
        assert list(status.items()) == [
            ("type", "status"), ("message", "Connected to BPM Broker"), ("active_devices", [3, "anna", 1, None])]


def test_a_replayed_message_equals_the_broadcast_one(gateway, client, board):
    board.send(FIRMWARE)
    text = client.recv(TIMEOUT)
    with gateway.heart() as new_client:
        assert new_client.recv(TIMEOUT) == text


def test_all_clients_receive_all_readings_in_order(gateway, board):
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(gateway.heart()) for _ in range(5)]
        for client in clients:
            receive(client)
        for bpm in range(60, 160):
            board.send(user=bpm, bpm=bpm)
        for client in clients:
            assert [receive(client)["event_id"] for _ in range(100)] == list(range(1, 101))


def test_users_are_distinguished_as_python_compares_them(client, board):
    """1, 1.0 and true are one user; "1" is another; 0 and false are one user; null is one."""
    for user in ("1", "1.0", "true", "1e0", '"1"', "0", "false", "-0.0", "null", "1.5"):
        board.send('{"user":%s,"bpm":72}' % user)
        receive(client)
    client.send('{"type":"get_status"}')
    assert json.dumps(receive(client)["active_devices"]) == '[1, "1", 0, null, 1.5]'


def test_readings_without_a_finger_have_no_rate_from_the_third_on(client, board):
    messages = []
    for finger in (True, False, None, 0, "", [], {}, "false", True):
        board.send(user=1, bpm=72, finger_detected=finger)
        messages.append(receive(client))
    assert [message["bpm"] for message in messages] == [72.0, 72.0, 72.0, "--", "--", "--", "--", 72.0, 72.0]
    assert [message["finger_detected"] for message in messages] == [
        True, False, None, False, False, False, False, "false", True]
    without = messages[3]
    assert (without["no_heart_rate"], without["bpm_smoothed"], without["bpm_raw"]) == (True, False, 72)
    assert "signal_stats" not in without


def test_the_raw_number_is_kept_if_there_is_no_rate(client, board):
    for number, shown in (("0", "0"), ("0.0", "0.0"), ("-5", "-5"), ("-2.50", "-2.50"), ("250", "250")):
        board.send('{"user":1,"bpm":%s}' % number)
        text = client.recv(TIMEOUT)
        assert f'"bpm": "--", "bpm_raw": {shown}, "bpm_smoothed": false, "no_heart_rate": true, ' in text


def test_booleans_count_as_one_and_zero(client, board):
    board.send('{"user":1,"bpm":true}')
    board.send('{"user":1,"bpm":false}')
    assert [receive(client)["bpm"] for _ in range(2)] == ["--", "--"]


def test_a_datagram_of_eight_kilobytes_is_broadcast(client, board):
    board.send(user=1, bpm=72, padding="x" * 8_150)
    message = receive(client)
    assert len(message["padding"]) == 8_150
    assert message["bpm"] == 72.0


def test_a_board_can_send_over_ipv6(gateway, client):
    try:
        board = gateway.board("::1")
        board.send(user=1, bpm=72)
    except OSError as error:
        pytest.skip(f"this machine has no IPv6: {error}")
    assert receive(client)["source_ip"] == "::1"


def test_a_client_can_connect_over_ipv6(gateway, board):
    try:
        socket.create_connection(("::1", gateway.heart_port), TIMEOUT).close()
    except OSError as error:
        pytest.skip(f"this machine has no IPv6: {error}")
    with gateway.heart(host="[::1]") as client:
        receive(client)
        board.send(user=1, bpm=72)
        assert receive(client)["user"] == 1


@pytest.mark.parametrize("path", ["/", "/anything/at%20all?and=more", "/ws/live"])
def test_any_path_is_accepted(gateway, path):
    with gateway.heart(path) as client:
        assert receive(client)["message"] == "Connected to BPM Broker"
