"""`doctor` and `scan` on a machine with Bluetooth, while the service runs."""

import json

from bluetooth_helpers import STRAP, TIMER, sensor, wait_for_links


def run_json(guest, command):
    """Runs a command in the guest; returns its exit status and its JSON output."""
    done = guest.shell.run(command, capture_output=True, text=True, timeout=120)
    return done.returncode, json.loads(done.stdout)


def levels(report):
    """The worst level of each check."""
    order = ["good", "caution", "bad"]
    found = {}
    for finding in report["findings"]:
        found[finding["check"]] = max(found.get(finding["check"], "good"), finding["level"], key=order.index)
    return found


def test_the_doctor_reports_the_installed_service_as_healthy(gateway, guest, air):
    air.start({"devices": [TIMER]})
    wait_for_links(gateway, amg_commander=1)
    status, report = run_json(guest, "leadville-gateway doctor --json")
    found = levels(report)
    healthy = ("hci0", "permission", "kernel", "udev rules", "configuration", "port", "watchdog")
    assert {check: found.get(check) for check in healthy} == dict.fromkeys(healthy, "good")
    assert f"runs as process {gateway.pid}" in json.dumps(report)
    # Run as root, the doctor examines the directories of the service, not of root.
    assert "/var/lib/leadville-gateway is writable for the service (user leadville-gateway)" in json.dumps(report)
    assert status == 0 and report["healthy"]


def test_the_doctor_reports_an_unplugged_adapter(gateway, guest, air):
    air.start({"devices": [TIMER]})
    wait_for_links(gateway, amg_commander=1)
    air("adapter", action="unplug")
    assert gateway.log.wait_for("Bluetooth adapter hci0 removed")
    status, report = run_json(guest, "leadville-gateway doctor --json")
    assert status == 1 and levels(report)["adapter"] == "bad" and not report["healthy"]


def test_a_scan_while_the_service_runs_lists_nearby_devices(run, guest, air):
    # Connected devices do not advertise, so the service must not connect to any.
    gateway = run({"devices.adopt": "ask"})
    air.start({"devices": [TIMER, sensor(1), STRAP]})
    assert gateway.log.wait_for(STRAP["address"])
    status, report = run_json(guest, "leadville-gateway scan --json")
    families = {line["family"]: line for line in report["found"] if line["where"] == "hci0"}
    assert families.keys() == {"amg-commander", "bt50", "heart-rate-strap"}, report
    assert families["amg-commander"]["id"] == TIMER["address"]
    assert all(line["confidence"] in ("certain", "likely") and line["because"] for line in families.values()), report
    assert (status, report["troubles"]) == (0, [])


def test_a_scan_without_permission_names_the_missing_capability(gateway, guest, air):
    air.start({"devices": [TIMER]})
    wait_for_links(gateway, amg_commander=1)
    status, report = run_json(
        guest, "setpriv --reuid=nobody --regid=nogroup --clear-groups leadville-gateway scan --json --seconds 2")
    assert status == 1
    assert any("CAP_NET_ADMIN" in trouble and "sudo" in trouble for trouble in report["troubles"]), report
