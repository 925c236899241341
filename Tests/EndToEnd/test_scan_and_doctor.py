"""The commands `scan` and `doctor`."""

import json
import os
import pathlib
import re
import socket
import subprocess

import pytest

from waiting import TIMEOUT
from programs import PLAIN_ENVIRONMENT, PROGRAM, free_ports


def run_program(*arguments, **environment):
    """Runs a command; returns its exit status, output and error output."""
    done = subprocess.run([PROGRAM, *arguments], env=PLAIN_ENVIRONMENT | environment, capture_output=True, text=True,
                          timeout=TIMEOUT, check=False)
    return done.returncode, done.stdout, done.stderr


def has_bluetooth():
    try:
        socket.socket(31, socket.SOCK_RAW, 1).close()
        return True
    except OSError:
        return False


def doctor(tmp_path, text="", **environment):
    """Runs the doctor with a configuration on free ports; returns its findings and the HTTP port."""
    http, live, heart, board = free_ports(4)
    file = tmp_path / "gateway.yaml"
    file.write_text(f"state_directory: {tmp_path}/state\nhttp:\n  port: {http}\nlive:\n  port: {live}\n"
                    f"heart:\n  websocket_port: {heart}\n  udp_port: {board}\n{text}", encoding="utf-8")
    status, output, _ = run_program("doctor", "--json", "--config", str(file), **environment)
    report = json.loads(output)
    assert report["healthy"] == (status == 0)
    return report["findings"], http


def open_ports(program):
    """The ports on which a program listens, as in `("TCP", "8000")`."""
    inodes = {name[8:-1] for name in program.open_files if name.startswith("socket:[")}
    for table, listening in ("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07"):
        for line in pathlib.Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            _, address, _, state, *rest = line.split()
            if state == listening and rest[5] in inodes:
                yield table[:3].upper(), str(int(address.rpartition(":")[2], 16))


def only(findings, check):
    return [finding for finding in findings if finding["check"] == check]


def test_all_checks_run_and_every_problem_has_a_cure(tmp_path):
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
def test_missing_bluetooth_support_in_the_kernel_is_reported(tmp_path):
    findings, _ = doctor(tmp_path)
    assert only(findings, "bluetooth")[0]["level"] == "bad"
    assert "no Bluetooth support (AF_BLUETOOTH)" in only(findings, "bluetooth")[0]["text"]
    findings, _ = doctor(tmp_path, "bluetooth:\n  enabled: false\n")
    assert only(findings, "bluetooth")[0]["level"] == "good"


def test_a_port_in_use_is_reported_with_its_process(tmp_path):
    with socket.create_server(("", 0)) as server:
        number = server.getsockname()[1]
        findings, _ = doctor(tmp_path, LEADVILLE_HTTP_PORT=str(number))
    text = only(findings, "port")[0]["text"]
    assert re.fullmatch(rf"TCP port {number} \(http\.port\) is in use by \S+ \(process {os.getpid()}\)", text)
    assert only(findings, "port")[0]["level"] == "bad"


def test_ports_of_the_running_gateway_are_not_a_problem(run):
    gateway = run()
    ports = {f"LEADVILLE_{key.upper().replace('.', '_')}": str(gateway.settings[key]) for key in gateway.PORT_KEYS}
    _, output, _ = run_program("doctor", "--json", **ports)
    ports = only(json.loads(output)["findings"], "port")
    for finding in ports:
        assert finding["level"] == "good" and f"by the running gateway, process {gateway.pid}" in finding["text"]
    # The doctor checks every port that the gateway opens, and no other.
    checked = {re.match(r"(TCP|UDP) port (\d+)", finding["text"]).groups() for finding in ports}
    assert checked == set(open_ports(gateway))


def test_an_invalid_configuration_is_reported(tmp_path):
    findings, _ = doctor(tmp_path, "zzz: 1\n")
    finding = only(findings, "configuration")[0]
    assert finding["level"] == "bad" and "unknown key zzz" in finding["text"]
    status, output, _ = run_program("doctor", "--config", str(tmp_path / "missing.yaml"))
    assert status == 1 and "missing.yaml" in output


def test_output_has_no_colours_without_a_terminal():
    _, output, errors = run_program("doctor")
    assert "\x1b" not in output and errors == ""
    assert re.search(r"^\d+ good, \d+ to look at, \d+ bad\n\Z", output, re.MULTILINE)


@pytest.mark.parametrize("environment, coloured", [({}, True), ({"NO_COLOR": "1"}, False)])
def test_output_has_colours_on_a_terminal(environment, coloured):
    main, side = os.openpty()
    with subprocess.Popen([PROGRAM, "doctor"], stdout=side, env=PLAIN_ENVIRONMENT | environment) as process:
        os.close(side)
        output = b""
        try:
            while piece := os.read(main, 65536):
                output += piece
        except OSError:
            pass  # The terminal was closed.
        process.wait(TIMEOUT)
    os.close(main)
    assert (b"\x1b[" in output) == coloured


def test_a_scan_reports_what_it_could_not_examine():
    status, output, errors = run_program("scan", "--seconds", "1", "--json")
    report = json.loads(output)
    assert set(report) == {"found", "troubles"} and errors == ""
    assert (status == 0) == (report["troubles"] == [])
    if not has_bluetooth():
        assert report["troubles"] == ["Bluetooth: no support in the kernel; see leadville-gateway doctor"]
        assert status == 1


def test_a_scan_prints_a_table():
    _, output, _ = run_program("scan", "--seconds", "1")
    assert output.splitlines()[0].split() == ["WHERE", "ID", "SIGNAL", "NAME", "DEVICE", "REASON", "SERVICES"]


@pytest.mark.parametrize("arguments", [["--seconds", "0"], ["--seconds", "x"], ["--adapter", "eth0"], ["here"]])
def test_a_scan_rejects_invalid_arguments(arguments):
    status, output, errors = run_program("scan", *arguments)
    assert status == 2 and output == "" and errors
