"""`doctor` and `scan` on a machine with a radio, beside the service."""

import json

from bluetooth_words import STRAP, TIMER, sensor, wait_for_links


def ask(guest, command):
    """The status and the JSON of a command that looks around."""
    done = guest.shell.run(command, capture_output=True, text=True, timeout=120)
    return done.returncode, json.loads(done.stdout)


def levels(card):
    """The level of each check, and of several with one name the worst."""
    order = ["good", "caution", "bad"]
    found = {}
    for finding in card["findings"]:
        found[finding["check"]] = max(found.get(finding["check"], "good"), finding["level"], key=order.index)
    return found


def test_the_doctor_finds_the_installed_service_in_good_health(gateway, guest, air):
    air.start({"devices": [TIMER]})
    wait_for_links(gateway, amg_commander=1)
    status, card = ask(guest, "leadville-gateway doctor --json")
    found = levels(card)
    healthy = ("hci0", "permission", "kernel", "udev rules", "configuration", "port", "watchdog")
    assert {check: found.get(check) for check in healthy} == dict.fromkeys(healthy, "good")
    assert f"runs as process {gateway.pid}" in json.dumps(card)
    # Root asks, and hears of the service's place, not of its own.
    assert "/var/lib/leadville-gateway can be written by the service, as leadville-gateway" in json.dumps(card)
    assert status == 0 and card["healthy"]


def test_the_doctor_misses_an_adapter_that_was_pulled_out(gateway, guest, air):
    air.start({"devices": [TIMER]})
    wait_for_links(gateway, amg_commander=1)
    air("adapter", action="unplug")
    assert gateway.log.wait_for("The Bluetooth adapter hci0 is gone")
    status, card = ask(guest, "leadville-gateway doctor --json")
    assert status == 1 and levels(card)["adapter"] == "bad" and not card["healthy"]


def test_a_scan_beside_the_service_tells_what_is_in_the_air(run, guest, air):
    # Whoever is connected to does not advertise; so nobody is.
    gateway = run({"devices.adopt": "ask"})
    air.start({"devices": [TIMER, sensor(1), STRAP]})
    assert gateway.log.wait_for(STRAP["address"])
    status, report = ask(guest, "leadville-gateway scan --json")
    families = {line["family"]: line for line in report["found"] if line["where"] == "hci0"}
    assert families.keys() == {"amg-commander", "bt50", "heart-rate-strap"}, report
    assert families["amg-commander"]["id"] == TIMER["address"]
    assert all(line["confidence"] in ("certain", "likely") and line["because"] for line in families.values()), report
    assert (status, report["troubles"]) == (0, [])


def test_a_scan_without_permission_says_what_it_lacks(gateway, guest, air):
    air.start({"devices": [TIMER]})
    wait_for_links(gateway, amg_commander=1)
    status, report = ask(
        guest, "setpriv --reuid=nobody --regid=nogroup --clear-groups leadville-gateway scan --json --seconds 2")
    assert status == 1
    assert any("CAP_NET_ADMIN" in trouble and "sudo" in trouble for trouble in report["troubles"]), report
