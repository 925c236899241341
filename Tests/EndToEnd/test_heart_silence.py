"""Users who are not heard any more: marked, announced, and in the end forgotten."""

import json

from clients import ask, hear
from patience import PATIENCE


def test_a_silent_user_is_announced_marked_and_heard_again(run):
    gateway = run({"heart.stale_after": "200 ms"})
    board = gateway.board()
    with gateway.heart() as client:
        hear(client)
        board.send(user=1, bpm=72)
        fresh = client.recv(PATIENCE)
        text = client.recv(PATIENCE)
        notice = json.loads(text)
        assert text == json.dumps(notice)
        # Existing clients pass over what has the type "status".
        assert list(notice) == ["type", "message", "user", "stale", "timestamp"]
        assert (notice["type"], notice["user"], notice["stale"]) == ("status", 1, True)
        assert ask(client, {"type": "get_status"})["stale_devices"] == [1]
        assert gateway.log.wait_for(" - INFO - User 1 has fallen silent")

        with gateway.heart() as newcomer:
            replayed = newcomer.recv(PATIENCE)
            assert replayed.startswith(fresh[:-1] + ', "stale": true, "age_seconds": ')
            assert json.loads(replayed)["age_seconds"] >= 0.2
            assert hear(newcomer)["active_devices"] == [1]

        board.send(user=1, bpm=73)
        assert "stale" not in hear(client)
        assert gateway.log.wait_for(" - INFO - User 1 is heard again")
        assert hear(client)["stale"] is True


def test_a_user_who_stays_silent_is_forgotten(run):
    gateway = run({"heart.stale_after": "100 ms", "heart.forget_after": "1 s"})
    board = gateway.board()
    with gateway.heart() as client:
        hear(client)
        board.send(user=1, bpm=72)
        hear(client)
        assert hear(client)["stale"] is True
        assert gateway.log.wait_for(" - INFO - User 1 is forgotten")
        status = ask(client, {"type": "get_status"})
        assert (status["active_devices"], status["latest_data"], status["stale_devices"]) == ([], {}, [])
        assert ask(client, {"type": "get_latest", "user_id": 1})["error"] == "User not found"
        with gateway.heart() as newcomer:
            assert hear(newcomer)["active_devices"] == []
        # Who comes back begins anew.
        board.send(user=1, bpm=90)
        assert hear(client)["signal_stats"]["mean"] == 90.0
    assert gateway.metrics.value("leadville_heart_users") == 1
