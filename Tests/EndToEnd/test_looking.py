"""`scan` and `doctor`: what is there, and what this machine needs."""

import json
import os
import re
import socket
import subprocess

import pytest

from patience import PATIENCE
from programs import PLAIN_ENVIRONMENT, PROGRAM, free_ports


def ask(*arguments, **environment):
    """Status, output and errors of a command."""
    done = subprocess.run([PROGRAM, *arguments], env=PLAIN_ENVIRONMENT | environment, capture_output=True, text=True,
                          timeout=PATIENCE, check=False)
    return done.returncode, done.stdout, done.stderr


def has_bluetooth():
    try:
        socket.socket(31, socket.SOCK_RAW, 1).close()
        return True
    except OSError:
        return False


def doctor(tmp_path, text="", **environment):
    """What the doctor finds with a configuration on free ports."""
    http, live, heart, board = free_ports(4)
    file = tmp_path / "gateway.yaml"
    file.write_text(f"state_directory: {tmp_path}/state\nhttp:\n  port: {http}\nlive:\n  port: {live}\n"
                    f"heart:\n  websocket_port: {heart}\n  udp_port: {board}\n{text}", encoding="utf-8")
    status, output, _ = ask("doctor", "--json", "--config", str(file), **environment)
    card = json.loads(output)
    assert card["healthy"] == (status == 0)
    return card["findings"], http


def only(findings, check):
    return [finding for finding in findings if finding["check"] == check]


def test_everything_is_looked_at_and_every_trouble_has_its_cure(tmp_path):
    findings, http = doctor(tmp_path)
    checks = {finding["check"] for finding in findings}
    assert {"kernel", "port", "dialout", "serial", "udev rules", "configuration", "state", "disk", "clock",
            "service"} <= checks
    for finding in findings:
        assert ("cure" in finding) == (finding["level"] != "good"), finding
    assert only(findings, "kernel")[0]["text"] == f"Linux {os.uname().release}"
    assert {finding["level"] for finding in only(findings, "port")} == {"good"}
    assert f"TCP port {http} (http.port) is free" in [finding["text"] for finding in only(findings, "port")]
    assert only(findings, "configuration")[0]["text"] == f"{tmp_path}/gateway.yaml is valid"
    assert not (tmp_path / "state").exists(), "the doctor changes nothing"


@pytest.mark.skipif(has_bluetooth(), reason="this machine has Bluetooth")
def test_without_bluetooth_in_the_kernel_that_is_said(tmp_path):
    findings, _ = doctor(tmp_path)
    assert only(findings, "bluetooth")[0]["level"] == "bad"
    assert "refuses sockets of AF_BLUETOOTH" in only(findings, "bluetooth")[0]["text"]
    findings, _ = doctor(tmp_path, "bluetooth:\n  enabled: false\n")
    assert only(findings, "bluetooth")[0]["level"] == "good"


def test_a_port_that_somebody_holds_names_them(tmp_path):
    with socket.create_server(("", 0)) as server:
        number = server.getsockname()[1]
        findings, _ = doctor(tmp_path, LEADVILLE_HTTP_PORT=str(number))
    text = only(findings, "port")[0]["text"]
    assert re.fullmatch(rf"TCP port {number} \(http\.port\) is taken by \S+ \(process {os.getpid()}\)", text)
    assert only(findings, "port")[0]["level"] == "bad"


def test_the_running_gateways_own_ports_are_no_trouble(run):
    gateway = run()
    ports = {f"LEADVILLE_{key.upper().replace('.', '_')}": str(gateway.settings[key]) for key in gateway.PORT_KEYS}
    _, output, _ = ask("doctor", "--json", **ports)
    ports = only(json.loads(output)["findings"], "port")
    assert len(ports) == 4
    for finding in ports:
        assert finding["level"] == "good" and f"by the running gateway, process {gateway.pid}" in finding["text"]


def test_a_wrong_configuration_is_bad(tmp_path):
    findings, _ = doctor(tmp_path, "zzz: 1\n")
    finding = only(findings, "configuration")[0]
    assert finding["level"] == "bad" and "unknown key zzz" in finding["text"]
    status, output, _ = ask("doctor", "--config", str(tmp_path / "missing.yaml"))
    assert status == 1 and "missing.yaml" in output


def test_the_card_has_no_colours_where_nobody_sees_them():
    _, output, errors = ask("doctor")
    assert "\x1b" not in output and errors == ""
    assert re.search(r"^\d+ good, \d+ to look at, \d+ bad\n\Z", output, re.MULTILINE)


@pytest.mark.parametrize("environment, coloured", [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_on_a_terminal(environment, coloured):
    main, side = os.openpty()
    with subprocess.Popen([PROGRAM, "doctor"], stdout=side, env=PLAIN_ENVIRONMENT | environment) as process:
        os.close(side)
        output = b""
        try:
            while piece := os.read(main, 65536):
                output += piece
        except OSError:
            pass  # The end of a terminal.
        process.wait(PATIENCE)
    os.close(main)
    assert (b"\x1b[" in output) == coloured


def test_a_scan_tells_what_it_could_not_look_at():
    status, output, errors = ask("scan", "--seconds", "1", "--json")
    report = json.loads(output)
    assert set(report) == {"found", "troubles"} and errors == ""
    assert (status == 0) == (report["troubles"] == [])
    if not has_bluetooth():
        assert report["troubles"] == ["Bluetooth: the kernel offers none here; leadville-gateway doctor says more"]
        assert status == 1


def test_a_scan_is_a_table():
    _, output, _ = ask("scan", "--seconds", "1")
    assert output.splitlines()[0].split() == ["WHERE", "ID", "SIGNAL", "NAME", "TAKEN", "FOR", "BECAUSE", "SERVICES"]


@pytest.mark.parametrize("arguments", [["--seconds", "0"], ["--seconds", "x"], ["--adapter", "eth0"], ["here"]])
def test_a_scan_that_is_not_understood(arguments):
    status, output, errors = ask("scan", *arguments)
    assert status == 2 and output == "" and errors
