"""`doctor` on a machine with a radio, beside the service."""

import json

from bluetooth_words import TIMER, wait_for_links


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
    assert status == 0 and card["healthy"]
