"""The gateway's own Wi-Fi network, with a double of NetworkManager's nmcli on PATH; the real nmcli checks the connection. What
this cannot show: that a real adapter makes the network and a phone joins it."""

import json
import os
import socket
import stat
import subprocess
import sys

import pytest
import zxingcpp
from playwright.sync_api import expect

from broker import program
from browsers import open_browser, visits
from programs import PLAIN_ENVIRONMENT, PROGRAM
from waiting import TIMEOUT

# Keeps the connections that were loaded, and writes down each call.
NMCLI = """#!{python}
import json, os, pathlib, sys
folder, words = pathlib.Path({folder!r}), sys.argv[1:]
with open(folder / "calls", "a") as calls:
    calls.write(json.dumps([words, os.environ.get("LC_ALL")]) + "\\n")
active, failure = folder / "active", folder / "failure"
if failure.exists() and failure.read_text() in words:
    sys.exit("Error: Connection activation failed: No suitable device found for this connection.")
if words == ["--terse", "--get-values", "RUNNING", "general", "status"]:
    print("not running" if (folder / "stopped").exists() else "running")
elif words[:2] == ["connection", "load"]:
    (folder / "loaded").write_text(pathlib.Path(words[2]).read_text())
elif words == ["--wait", "30", "connection", "up", "id", "leadville-gateway"]:
    active.touch()
elif words == ["--wait", "10", "connection", "delete", "id", "leadville-gateway"]:
    if not active.exists():
        print("Error: unknown connection", file=sys.stderr)
        sys.exit(10)
    active.unlink()
elif words == ["--terse", "--get-values", "GENERAL.STATE", "connection", "show", "id", "leadville-gateway"]:
    if not active.exists():
        sys.exit(10)
    print("activated")
else:
    sys.exit("unexpected: " + repr(words))
"""


class Machine:
    def __init__(self, folder):
        self.folder = folder
        self.state = folder / "state"
        (folder / "connections").mkdir()
        (folder / "bin").mkdir()
        nmcli = folder / "bin/nmcli"
        nmcli.write_text(NMCLI.format(python=sys.executable, folder=str(folder)), encoding="utf-8")
        nmcli.chmod(0o755)

    def run(self, action, *arguments, path=None):
        """Runs the command; returns its exit status, its output and its errors."""
        options = ["--directory", str(self.folder / "connections")] if action == "on" else []
        result = subprocess.run(
            [PROGRAM, "access-point", action, *options, *arguments], capture_output=True, text=True, timeout=TIMEOUT, check=False,
            env=PLAIN_ENVIRONMENT | {"PATH": path or f"{self.folder}/bin:{os.environ['PATH']}",
                                     "LEADVILLE_STATE_DIRECTORY": str(self.state)})
        return result.returncode, result.stdout, result.stderr

    @property
    def calls(self):
        return [json.loads(line) for line in (self.folder / "calls").read_text(encoding="utf-8").splitlines()]

    @property
    def connection(self):
        return sections_of((self.folder / "loaded").read_text(encoding="utf-8"))


def sections_of(text):
    parts = [part.strip().split("\n") for part in text.split("\n\n")]
    return {lines[0]: dict(line.split("=", 1) for line in lines[1:]) for lines in parts}


@pytest.fixture(name="machine")
def make_machine(tmp_path):
    return Machine(tmp_path)


def scan(rows):
    """What a reader finds in a code of dark ("1") and light modules."""
    margin, scale = 4, 4
    width = len(rows) + 2 * margin
    padded = ["0" * width] * margin + ["0" * margin + row + "0" * margin for row in rows] + ["0" * width] * margin
    pixels = b"".join(bytes(0 if module == "1" else 255 for module in row for _ in range(scale)) * scale for row in padded)
    found = zxingcpp.read_barcodes(memoryview(pixels).cast("B", [width * scale, width * scale]))
    assert len(found) == 1 and found[0].format == zxingcpp.BarcodeFormat.QRCode
    return found[0].text


def rows_of(terminal):
    """The modules of a code that is drawn with half blocks, light ones as blocks."""
    lines = [line for line in terminal.split("\n") if line and set(line) <= set(" \u2580\u2584\u2588")]
    width = max(map(len, lines))
    rows = []
    for line in lines:
        line = line.ljust(width)
        rows += ["".join("0" if block in "\u2588\u2580" else "1" for block in line),
                 "".join("0" if block in "\u2588\u2584" else "1" for block in line)]
    return [row[4:-4] for row in rows[4:4 + width - 8]]


def test_a_network_is_made_shown_and_removed(machine):
    assert machine.run("status")[:2] == (1, "The network is off\n")
    status, output, errors = machine.run("on", "--name", "Bay 3", "--interface", "wlan1")
    assert (status, errors) == (0, "")
    assert [words for words, _ in machine.calls[1:]] == [
        ["--terse", "--get-values", "RUNNING", "general", "status"],
        ["connection", "load", str(machine.folder / "connections/leadville-gateway.nmconnection")],
        ["--wait", "30", "connection", "up", "id", "leadville-gateway"]]
    assert {language for _, language in machine.calls} == {"C"}
    host = socket.gethostname()
    assert f"open http://{host}{'' if '.' in host else '.local'}:8000/ or http://10.42.0.1:8000/\n" in output
    connection = machine.connection
    password = connection["[wifi-security]"]["psk"]
    assert connection["[connection]"] == {
        "id": "leadville-gateway", "type": "wifi", "autoconnect": "true", "interface-name": "wlan1"}
    assert connection["[wifi]"] == {"mode": "ap", "band": "bg", "ssid": "Bay 3"}
    assert connection["[wifi-security]"]["key-mgmt"] == "wpa-psk" and len(password) == 12
    assert connection["[ipv4]"] == {"method": "shared"}
    # The password is in files of the owner only, and on no command line.
    assert password not in json.dumps(machine.calls)
    for file in ["connections/leadville-gateway.nmconnection", "state/access-point.json"]:
        assert stat.S_IMODE((machine.folder / file).stat().st_mode) == 0o600
    assert f"The network Bay 3 is on. Its password is {password}\n" in output
    assert scan(rows_of(output)) == f"WIFI:T:WPA;S:Bay 3;P:{password};;"
    assert machine.run("status") == (0, output, "")
    assert machine.run("off") == (0, "The network is off\n", "")
    assert machine.run("off") == (0, "The network was off already\n", "")
    assert machine.run("on")[1] == output, "name and password are those of the last time"
    (machine.folder / "password").write_text("a:b;c\n", encoding="utf-8")
    assert "8 to 63" in machine.run("on", "--password-file", str(machine.folder / "password"))[2]
    (machine.folder / "password").write_text("#1-range?!\n", encoding="utf-8")
    assert scan(rows_of(machine.run("on", "--password-file", str(machine.folder / "password"))[1])) == "WIFI:T:WPA;S:Bay 3;P:#1-range?!;;"


@pytest.mark.parametrize("options, password", [
    ([], None), (["--name", "Bay-3_a.b c", "--interface", "wlan1"], "#!$%&*+/=?@^~-._"), (["--name", "0"], "12345678"),
])
def test_the_real_nmcli_accepts_the_connection(machine, options, password):
    """It reads the file with NetworkManager's library, checks it, and writes what it has understood. No daemon, no radio."""
    def understood(text):
        result = subprocess.run(
            [program("nmcli"), "--offline", "connection", "modify", "connection.id", "leadville-gateway"], input=text,
            capture_output=True, text=True, timeout=TIMEOUT, check=False, env=PLAIN_ENVIRONMENT | {"LC_ALL": "C"})
        return result.returncode, result.stdout, result.stderr

    if password:
        (machine.folder / "password").write_text(password + "\n", encoding="utf-8")
        options = [*options, "--password-file", str(machine.folder / "password")]
    assert machine.run("on", *options)[0] == 0
    status, output, errors = understood((machine.folder / "loaded").read_text(encoding="utf-8"))
    assert (status, errors) == (0, "")
    accepted = {section: {key: value.rstrip(";") for key, value in values.items()}
                for section, values in sections_of(output).items()}
    expected = machine.connection
    # It does not write what is the default.
    assert expected["[connection]"].pop("autoconnect") == "true"
    assert {section: {key: accepted[section].get(key) for key in values} for section, values in expected.items()} == expected
    # The check can fail.
    broken = (machine.folder / "loaded").read_text(encoding="utf-8").replace("mode=ap", "mode=access-point")
    assert understood(broken)[0] != 0


@pytest.mark.parametrize("name", ["", " Bay", "x" * 33, "a;b", "a\nb", "$(id)", "`id`", "é"])
def test_an_unusable_name_reaches_no_program(machine, name):
    status, output, errors = machine.run("on", "--name", name)
    assert (status, output) == (1, "") and "the name is 1 to 32 letters" in errors
    assert not (machine.folder / "calls").exists()


def test_failures_of_networkmanager_are_passed_on(machine):
    (machine.folder / "failure").write_text("up", encoding="utf-8")
    assert "NetworkManager: Error: Connection activation failed: No suitable device" in machine.run("on")[2]
    (machine.folder / "failure").unlink()
    (machine.folder / "stopped").touch()
    assert machine.run("on")[2].endswith("NetworkManager does not run: sudo systemctl start NetworkManager\n")
    assert machine.run("on", path="/nowhere")[2].endswith("nmcli is missing: this machine does not use NetworkManager\n")


@pytest.fixture(scope="module")
def browser():
    yield from open_browser()


@pytest.fixture
def visit(browser):
    yield from visits(browser)


def test_the_console_shows_how_to_join(run, machine, visit):
    gateway = run({"state_directory": machine.state})
    page = visit(gateway.origin + "/tokens").page
    expect(page.locator("#join")).to_be_hidden()
    assert gateway.request("GET", "/api/access-point") == (200, {"on": False})
    assert machine.run("on", "--name", "Bay 3")[0] == 0
    status, answer = gateway.request("GET", "/api/access-point")
    assert status == 200 and scan(answer["code"]) == answer["text"] == f"WIFI:T:WPA;S:Bay 3;P:{answer['password']};;"
    each = visit(gateway.origin + "/tokens")
    expect(each.page.locator("#join")).to_contain_text(f"Bay 3, with the password {answer['password']}")
    picture = each.page.locator("#join svg")
    expect(picture).to_have_attribute("aria-label", "QR code: join Bay 3")
    dark = each.page.evaluate(
        "[...document.querySelectorAll('#join svg path')].map((path) => path.getAttribute('d')).join('').match(/M/g).length")
    assert dark == sum(row.count("1") for row in answer["code"])
    each.check_accessible("the code")
    # Who may not change anything may not let others in, either.
    assert machine.run("off")[0] == 0
    assert gateway.request("GET", "/api/access-point")[1] == {"on": False}


def test_the_password_needs_the_role_operate(run, machine):
    gateway = run({"state_directory": machine.state, "http.token": "the-secret-of-this-test"})
    assert machine.run("on")[0] == 0
    assert gateway.request("GET", "/api/access-point")[0] == 401
    reader = gateway.post("/api/tokens", {"name": "Reader", "role": "read"}, token="the-secret-of-this-test")[1]["token"]
    assert gateway.request("GET", "/api/access-point", token=reader)[0] == 403
    assert gateway.request("GET", "/api/access-point", token="the-secret-of-this-test")[1]["on"]
