"""Bluetooth failures, and how the gateway recovers from them."""

import pytest

from bluetooth_helpers import STRAP, TIMER, frames, losses, sensor, wait_for_links
from waiting import eventually
from serial_helpers import changes

SENSOR_ID, TIMER_ID = "F0:AB:00:00:00:11", TIMER["address"]
CREATE_CONNECTION = "200d"


@pytest.fixture
def linked(gateway, air):
    """A gateway that is connected to a timer and to a sensor that sends samples."""
    air.start({"devices": [TIMER, sensor(1)]})
    wait_for_links(gateway, amg_commander=1, bt50=1)
    send_samples(air)
    return gateway


def send_samples(air):
    """The sensor sends ten samples per second while a client is subscribed."""
    air("stream", device="sensor-1", hz=10, hex="5561" + "00" * 12 + "6e09" + "00" * 6 + "09000b000a000000" + "9c01")


def wait_for_reconnect(gateway, client, air, device):
    events = changes(client, device)
    assert next(events) == "device_lost"
    assert next(events) == "device_connected"
    wait_for_links(gateway, amg_commander=1, bt50=1)


def test_a_device_reconnects_after_being_out_of_range(linked, air):
    with linked.live() as client:
        air("range", device="sensor-1", within=False)
        linked.log.wait_for(f"Disconnected: bt50 {SENSOR_ID}")
        air("range", device="sensor-1", within=True)
        wait_for_reconnect(linked, client, air, SENSOR_ID)
    assert losses(linked, "bt50", "out_of_range") == 1


def test_a_device_that_disconnects_is_reconnected(linked, air):
    with linked.live() as client:
        air("disconnect", device="timer")
        wait_for_reconnect(linked, client, air, TIMER_ID)
    assert losses(linked, "amg-commander", "hung_up") == 1


def test_a_connection_that_fails_to_be_established_is_retried(gateway, air):
    air.start({"devices": [TIMER | {"advertising": False}]})
    air("fail_connects", device="timer", count=2)
    air("advertise", device="timer", on=True)
    wait_for_links(gateway, amg_commander=1)
    assert losses(gateway, "amg-commander", "not_established") == 2


def test_devices_reconnect_after_the_adapter_is_replugged(linked, air):
    with linked.live() as client:
        air("adapter", action="unplug")
        assert linked.log.wait_for("Bluetooth adapter hci0 removed")
        air("adapter", action="plug")
        wait_for_reconnect(linked, client, air, TIMER_ID)


def test_an_adapter_can_be_plugged_in_later(gateway, air):
    air.start({"plugged": False, "devices": [TIMER]})
    assert gateway.log.wait_for("No usable Bluetooth adapter")
    air("adapter", action="plug")
    wait_for_links(gateway, amg_commander=1)
    assert gateway.log.count("No usable Bluetooth adapter") == 1


def test_devices_reconnect_after_a_hardware_error(linked, air):
    with linked.live() as client:
        air("adapter", action="hardware_error")
        wait_for_reconnect(linked, client, air, TIMER_ID)


def test_a_rejected_connection_request_is_retried(gateway, air):
    air.start({"devices": [TIMER | {"advertising": False}]})
    air("adapter", action="refuse", opcode=CREATE_CONNECTION, status=0x0C, times=2)
    air("advertise", device="timer", on=True)
    wait_for_links(gateway, amg_commander=1)
    assert losses(gateway, "amg-commander", "busy") == 2


def test_an_unresponsive_controller_is_reset(gateway, air):
    air.start({"devices": [TIMER | {"advertising": False}]})
    air("adapter", action="silence", opcode=CREATE_CONNECTION, on=True)
    air("advertise", device="timer", on=True)
    assert gateway.log.wait_for("Bluetooth adapter hci0: recovery step power_cycle")
    air("adapter", action="silence", opcode=CREATE_CONNECTION, on=False)
    wait_for_links(gateway, amg_commander=1)


def test_an_unreachable_device_does_not_block_others(linked, air):
    air("range", device="timer", within=False)
    # The kernel would keep trying for 41 s; the gateway's own timeout must free the slot earlier.
    eventually(lambda: losses(linked, "amg-commander", "not_answering") == 1)
    air("add", description=sensor(2))
    wait_for_links(linked, bt50=2)
    air("range", device="timer", within=True)
    wait_for_links(linked, amg_commander=1)


def test_links_are_restored_after_a_crash(linked, air):
    before = linked.pid
    linked.kill()
    eventually(lambda: linked.pid not in (0, before) and linked.unit_property("ActiveState") == "active")
    wait_for_links(linked, amg_commander=1, bt50=1)


def test_stopping_disconnects_all_devices(linked, air):
    assert linked.stop() == "success"
    air("wait", device="timer", what="disconnected")
    air("wait", device="sensor-1", what="disconnected")


def test_truncated_sensor_notifications_are_reported(gateway, air):
    air.start({"devices": [sensor(1, mtu=23)]})
    wait_for_links(gateway, bt50=1)
    # A sensor with an MTU of 23 truncates notifications after 20 bytes.
    for _, frame in frames("bt50", "--seed", "1", "--seconds", "1"):
        air("notify", device="sensor-1", hex=frame[:40])
    assert gateway.log.wait_for(f"{SENSOR_ID}: frames are truncated to 20 bytes")
    assert gateway.metrics.value("leadville_sensor_cut_off_total") >= 1


def test_a_timer_that_does_not_push_is_polled(gateway, air):
    def shows(state, shots, centiseconds):
        screen = f"01{state:02x}{shots:02x}{shots:02x}{centiseconds:04x}0023" + f"0078{centiseconds:04x}"
        return [{"write": b"REQ SCREEN HEX".hex(), "notify": screen}]

    air.start({"devices": [TIMER]})
    wait_for_links(gateway, amg_commander=1)
    air("wait", device="timer", what="write")
    for shot in range(1, 4):
        air("replies", device="timer", replies=shows(3, shot, 120 + 30 * shot))
        eventually(lambda: gateway.metrics.value("leadville_timer_actions_total", source="polled") >= shot)
    assert gateway.log.wait_for(f"Timer {TIMER_ID} does not push its events and is polled")


def test_invalid_packets_are_rejected(linked, air):
    before = linked.metrics.value("leadville_bluetooth_links_total", device="amg-commander")
    for packet in ("1b", "1b1200", "ff00", "01", "0b", "1b0000" + "00" * 20):
        air("raw", device="timer", hex=packet)
    eventually(lambda: sum(value for (name, _), value in linked.metrics.samples.items()
                           if name == "leadville_bluetooth_packets_refused_total") >= 3)
    assert linked.metrics.value("leadville_bluetooth_links_total", device="amg-commander") == before


def test_the_gateway_works_beside_bluetoothd(run, guest, air):
    guest.shell("systemctl start bluetooth")
    try:
        gateway = run()
        air.start({"devices": [TIMER, STRAP]})
        wait_for_links(gateway, amg_commander=1, heart_rate_strap=1)
    finally:
        guest.shell("systemctl stop bluetooth")
