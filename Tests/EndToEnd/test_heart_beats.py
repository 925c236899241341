"""Events that a heart board sends only over its serial cable: single beats and finger contact."""

import json

from clients import receive

DEMO = {"serial.enabled": "true", "serial.probe": "[]"}
BOARD_ON_A_CABLE = 4


def test_beats_and_contact_are_sent_on_the_heart_channel(run):
    gateway = run(DEMO, "--demo")
    events = {}
    with gateway.live() as client:
        client.send(json.dumps({"type": "subscribe", "channels": ["heart_rate"]}))
        while not {"heart_beat", "contact_changed"} <= events.keys() or "user" not in events["heart_beat"]:
            event = receive(client)
            if event["type"] == "heart_rate":
                events[event["event_type"]] = event
    beat, contact = events["heart_beat"], events["contact_changed"]
    assert (beat["user"], beat["device_id"]) == (BOARD_ON_A_CABLE, f"heart-board-{BOARD_ON_A_CABLE}")
    assert 0 <= beat["data"]["bpm"] < 1000
    if beat["data"]["believable"]:
        assert abs(beat["data"]["interval"] - 60 / beat["data"]["bpm"]) < 0.001
    assert contact["data"]["contact"] in ("good", "weak", "none") and contact["data"]["ir_value"] > 0


def test_the_heart_broadcast_contains_only_rates(run):
    gateway = run(DEMO, "--demo")
    with gateway.live() as live, gateway.heart() as client:
        live.send(json.dumps({"type": "subscribe", "channels": ["heart_rate"]}))
        messages = []
        while receive(live).get("event_type") != "heart_beat":
            pass
        while sum(message.get("user") == BOARD_ON_A_CABLE for message in messages) < 2:
            messages.append(receive(client))
        assert all("bpm" in message or message["type"] == "status" for message in messages)
