"""What a heart board tells only by its cable: single beats, and how the finger lies."""

import json

from clients import hear

DEMO = {"serial.enabled": "true", "serial.probe": "[]"}
BOARD_ON_A_CABLE = 4


def test_beats_and_contact_are_events_of_the_heart_channel(run):
    gateway = run(DEMO, "--demo")
    heard = {}
    with gateway.live() as client:
        client.send(json.dumps({"type": "subscribe", "channels": ["heart_rate"]}))
        while not {"heart_beat", "contact_changed"} <= heard.keys() or "user" not in heard["heart_beat"]:
            event = hear(client)
            if event["type"] == "heart_rate":
                heard[event["event_type"]] = event
    beat, contact = heard["heart_beat"], heard["contact_changed"]
    assert (beat["user"], beat["device_id"]) == (BOARD_ON_A_CABLE, f"heart-board-{BOARD_ON_A_CABLE}")
    assert 0 <= beat["data"]["bpm"] < 1000
    if beat["data"]["believable"]:
        assert abs(beat["data"]["interval"] - 60 / beat["data"]["bpm"]) < 0.001
    assert contact["data"]["contact"] in ("good", "weak", "none") and contact["data"]["ir_value"] > 0


def test_the_broadcast_of_rates_stays_as_its_clients_know_it(run):
    gateway = run(DEMO, "--demo")
    with gateway.live() as live, gateway.heart() as client:
        live.send(json.dumps({"type": "subscribe", "channels": ["heart_rate"]}))
        messages = []
        while hear(live).get("event_type") != "heart_beat":
            pass
        while sum(message.get("user") == BOARD_ON_A_CABLE for message in messages) < 2:
            messages.append(hear(client))
        assert all("bpm" in message or message["type"] == "status" for message in messages)
