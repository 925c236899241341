"""Datagrams that are no heart readings: counted by reason, logged in moderation, and nobody else notices."""

import json

import pytest

from clients import hear
from patience import PATIENCE

REFUSED = {
    "empty": [b""],
    "not_json": [
        b"1,72,1000", b"{'user':1,'bpm':72}", b'{"user":1,"bpm":72', b'{"user":1,"bpm":72}\0',
        b'{"user":1,"bpm":72}{"user":1,"bpm":72}', b'{"user":1,"bpm":72}\n{"user":1,"bpm":72}',
        b'\xef\xbb\xbf{"user":1,"bpm":72}', b'{"user":1,"bpm":072}', b"\0" * 100],
    "not_an_object": [b"[]", b"72", b"72.5", b'"text"', b"null", b"true"],
    "not_finite": [
        b'{"user":1,"bpm":NaN}', b'{"user":1,"bpm":Infinity}', b'{"user":1,"bpm":-Infinity}', b'{"user":1,"bpm":1e400}',
        b'{"user":1,"bpm":72,"x":[{"y":NaN}]}', b'{"user":NaN,"bpm":72}'],
    "bad_encoding": [b'{"user":1,"bpm":72,"x":"\xff"}', b'{"user":1,"bpm":72,"x":"\\ud800"}'],
    "missing_user": [b'{"bpm":72}', b'{"User":1,"bpm":72}', b"{}"],
    "missing_bpm": [b'{"user":1}', b'{"user":1,"BPM":72}'],
    "wrong_type_of_user": [b'{"user":[1],"bpm":72}', b'{"user":{},"bpm":72}'],
    "wrong_type_of_bpm": [b'{"user":1,"bpm":"72"}', b'{"user":1,"bpm":null}', b'{"user":1,"bpm":[72]}'],
    "user_too_long": [b'{"user":"' + b"x" * 257 + b'","bpm":72}'],
    "too_large": [
        b'{"user":1,"bpm":72,"x":"' + b"x" * 16_384 + b'"}', b'{"user":1,"bpm":72,"x":"' + b"x" * 65_000 + b'"}',
        b'{"user":1,"bpm":72,"x":' + b"[" * 100 + b"]" * 100 + b"}"],
}


@pytest.fixture
def client(gateway):
    with gateway.heart() as client:
        hear(client)
        yield client


@pytest.mark.parametrize("reason", REFUSED)
def test_refused_and_counted_while_good_ones_go_on(gateway, client, reason):
    board = gateway.board()
    for number, datagram in enumerate(REFUSED[reason], 1):
        board.send(datagram)
        board.send(user=1, bpm=72)
        message = hear(client)
        # Nothing came out of the refused one, and it moved nothing.
        assert (message["event_id"], message["bpm"], message["signal_stats"]["mean"]) == (number, 72.0, 72.0)
        metrics = gateway.metrics
        assert metrics.value("leadville_heart_refused_total", reason=reason) == number, datagram
        assert metrics.value("leadville_heart_readings_total", transport="udp") == number
    assert gateway.log.wait_for(r" - WARNING - A datagram from 127\.0\.0\.1 is no heart reading: ")


def test_a_flood_of_nonsense_does_not_flood_the_log(gateway, client):
    board = gateway.board()
    for number in range(500):
        board.send(b"nonsense")
        if number % 50 == 0:
            board.send(user=1, bpm=72)
            hear(client)
    board.send(user=1, bpm=72)
    hear(client)
    assert gateway.metrics.value("leadville_heart_refused_total", reason="not_json") == 500
    assert 1 <= gateway.log.count("is no heart reading") < 20


def test_a_line_of_the_log_cannot_be_forged(gateway, client):
    board = gateway.board()
    board.send(b'{"user":1,"bpm":72,"\n2026-01-01T00:00:00.000Z - ERROR - forged\x1b[2J":1}')
    board.send(user=1, bpm=72)
    hear(client)
    gateway.terminate()
    assert "\x1b" not in gateway.log.all()
    assert gateway.log.count(r"^2026-01-01") == 0


def test_there_is_room_for_so_many_users(run):
    gateway = run({"heart.maximum_users": 2})
    board = gateway.board()
    with gateway.heart() as client:
        hear(client)
        for user in (1, 2, 3, 4, 1):
            board.send(user=user, bpm=72)
        assert [hear(client)["user"] for _ in range(3)] == [1, 2, 1]
    assert gateway.metrics.value("leadville_heart_refused_total", reason="too_many_users") == 2


def test_nothing_that_is_not_a_number_ever_leaves(gateway, client):
    """Whatever comes in, what goes out is JSON that a browser reads."""
    def refuse(literal):
        raise AssertionError(f"{literal} has left the gateway")

    def hear_strictly():
        return json.loads(client.recv(PATIENCE), parse_constant=refuse)

    board = gateway.board()
    for number in ["NaN", "Infinity", "-Infinity", "1e309", "-1e309", "1" + "0" * 60, "1e308", "5e-324", "-0"] * 3:
        board.send('{"user":1,"bpm":%s,"nested":[{"x":%s}]}' % (number, number))
        board.send('{"user":2,"bpm":%s}' % number)
        board.send('{"user":3,"bpm":72,"finger_detected":%s}' % number)
    board.send(user="the last", bpm=72)
    while hear_strictly()["user"] != "the last":
        pass
    for command in (
            '{"type":"get_status"}', '{"type":"get_all_statistics"}', '{"type":"get_latest","user_id":1}',
            '{"type":"get_signal_history","user_id":3}'):
        client.send(command)
        hear_strictly()
    assert "nan" not in gateway.metrics.text.lower()
