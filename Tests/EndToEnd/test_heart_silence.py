"""Users without new readings: announced, marked as stale, and finally removed."""

import json

from clients import request, receive
from waiting import TIMEOUT, eventually


def test_a_stale_user_is_announced_marked_and_recovers(run):
    gateway = run({"heart.stale_after": "200 ms"})
    board = gateway.board()
    with gateway.heart() as client:
        receive(client)
        board.send(user=1, bpm=72)
        fresh = client.recv(TIMEOUT)
        text = client.recv(TIMEOUT)
        notice = json.loads(text)
        assert text == json.dumps(notice)
        # Existing clients ignore messages of type "status".
        assert list(notice) == ["type", "message", "user", "stale", "timestamp"]
        assert (notice["type"], notice["user"], notice["stale"]) == ("status", 1, True)
        assert request(client, {"type": "get_status"})["stale_devices"] == [1]
        assert gateway.log.wait_for(" - INFO - User 1 is silent")

        with gateway.heart() as new_client:
            replayed = new_client.recv(TIMEOUT)
            assert replayed.startswith(fresh[:-1] + ', "stale": true, "age_seconds": ')
            assert json.loads(replayed)["age_seconds"] >= 0.2
            assert receive(new_client)["active_devices"] == [1]

        board.send(user=1, bpm=73)
        assert "stale" not in receive(client)
        assert gateway.log.wait_for(" - INFO - User 1 sends readings again")
        assert receive(client)["stale"] is True


def test_a_user_without_readings_is_removed(run):
    gateway = run({"heart.stale_after": "100 ms", "heart.forget_after": "1 s"})
    board = gateway.board()
    with gateway.heart() as client:
        receive(client)
        board.send(user=1, bpm=72)
        receive(client)
        assert receive(client)["stale"] is True
        assert gateway.log.wait_for(" - INFO - User 1 is removed")
        status = request(client, {"type": "get_status"})
        assert (status["active_devices"], status["latest_data"], status["stale_devices"]) == ([], {}, [])
        assert request(client, {"type": "get_latest", "user_id": 1})["error"] == "User not found"
        with gateway.heart() as new_client:
            assert receive(new_client)["active_devices"] == []
        # A removed user who sends again starts without history.
        board.send(user=1, bpm=90)
        assert receive(client)["signal_stats"]["mean"] == 90.0

    def is_counted():
        # It is removed again a second after its last reading.
        board.send(user=1, bpm=90)
        return gateway.metrics.value("leadville_heart_users") == 1
    eventually(is_counted)


def test_many_users_that_fall_silent_do_not_flood_the_log(run):
    gateway = run({"heart.stale_after": "300 ms"})
    board = gateway.board()
    with gateway.heart() as client:
        receive(client)
        for user in range(60):
            board.send(user=user, bpm=72)
        notices = 0
        while notices < 60:
            message = receive(client)
            notices += message.get("type") == "status" and message.get("stale", False)
    assert gateway.log.wait_for(" is silent")
    assert gateway.log.count(" is silent") < 20
