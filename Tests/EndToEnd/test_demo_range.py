"""The range of the demonstration: virtual devices that enter by the radio, as real ones do, and what clients hear of it."""

import pytest

from clients import hear
from patience import eventually

SETTINGS = {"bluetooth.enabled": "true", "store.enabled": "false"}
CONNECTED = {"amg-commander": 1, "bt50": 3, "heart-rate-strap": 1, "pressure-mat": 1}


@pytest.fixture(name="gateway")
def demo(run, tmp_path):
    return run(SETTINGS | {"state_directory": str(tmp_path)}, "--demo")


def test_everybody_is_found_and_connected_and_a_string_is_shot(gateway):
    def links():
        return {family: gateway.metrics.value("leadville_bluetooth_links", device=family) for family in CONNECTED}
    eventually(lambda: links() == CONNECTED)
    assert gateway.metrics.value("leadville_bluetooth_adapter_ready") == 1
    # The beep, and some shots.
    eventually(lambda: gateway.metrics.value("leadville_timer_actions_total", source="pushed") >= 3)
    eventually(lambda: gateway.metrics.value("leadville_sensor_samples_total") > 500)


def test_the_strap_is_a_heart_like_any_other(gateway):
    with gateway.heart() as client:
        while True:
            message = hear(client)
            if ":" in str(message.get("user", "")):
                break
    assert 30 <= message["bpm_raw"] <= 220 or message["no_heart_rate"]


def test_the_insole_is_a_mat_like_any_other(gateway):
    frames = eventually(lambda: gateway.metrics.value("leadville_mat_frames_total", mat="C0:DE:00:00:00:30"))
    eventually(lambda: gateway.metrics.value("leadville_mat_frames_total", mat="C0:DE:00:00:00:30") > frames)
    assert gateway.post("/api/mats/tare", {"mat": "C0:DE:*"}) == (200, {"tared": 1})
