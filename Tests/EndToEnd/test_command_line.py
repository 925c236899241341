"""Commands that need no running gateway: output, output stream and exit status."""

import json
import os
import subprocess

import pytest

from programs import PROGRAM, REPOSITORY
from waiting import TIMEOUT

DEFAULT_FILE = REPOSITORY / "systemd" / "leadville-gateway.yaml"


def run_program(*arguments, stdin="", **options):
    return subprocess.run(
        [PROGRAM, *arguments], input=stdin, capture_output=True, text=True, timeout=TIMEOUT, check=False, **options)


@pytest.mark.parametrize("arguments, beginning", [
    (["version"], "leadville-gateway 0."),
    (["help"], "LeadVille Gateway: "),
    (["run", "--help"], "Run the gateway"),
    (["simulate", "--help"], "Simulate a device"),
])
def test_results_go_to_standard_output(arguments, beginning):
    result = run_program(*arguments)
    assert result.stdout.startswith(beginning)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("arguments, line", [
    ([], "LeadVille Gateway: receives sensor data and serves it live over HTTP and WebSocket."),
    (["rnu"], 'leadville-gateway: unknown command "rnu"; did you mean run?'),
    (["run", "--demmo"], "leadville-gateway: unknown option --demmo; did you mean --demo?"),
    (["check-config"], "leadville-gateway: FILE is missing"),
    (["decode"], "leadville-gateway: DEVICE is missing"),
])
def test_usage_errors_go_to_standard_error_with_status_2(arguments, line):
    result = run_program(*arguments)
    assert result.stderr.splitlines()[0] == line
    assert (result.returncode, result.stdout) == (2, "")


def test_the_default_configuration_equals_the_committed_file_and_is_valid():
    assert run_program("default-config").stdout == DEFAULT_FILE.read_text()
    result = run_program("check-config", str(DEFAULT_FILE))
    assert result.stdout == f"{DEFAULT_FILE}: valid, all keys have their defaults\n"
    assert (result.returncode, result.stderr) == (0, "")


def test_check_config_lists_changed_settings():
    result = run_program("check-config", "/dev/stdin", stdin="http: {port: 80}\nlog: {level: debug}\n")
    assert result.stdout == (
        "/dev/stdin: valid, changes these keys:\n  log.level: debug (default: info)\n  http.port: 80 (default: 8000)\n")
    assert result.returncode == 0


def test_check_config_reports_all_errors():
    result = run_program("check-config", "/dev/stdin", stdin="htp: {}\nheart:\n  smoothing:\n    alpha: 2\n")
    assert result.stderr == (
        "/dev/stdin:1:1: unknown key htp; did you mean http?\n"
        "/dev/stdin:4:12: heart.smoothing.alpha: 2 is out of range, expected a number from 0.001 to 1, "
        "such as 0.3\n")
    assert (result.returncode, result.stdout) == (1, "")


def test_check_config_ignores_the_environment():
    environment = dict(os.environ, LEADVILLE_HTTP_PORT="nonsense")
    assert run_program("check-config", str(DEFAULT_FILE), env=environment).returncode == 0


def test_check_config_reports_a_missing_file():
    result = run_program("check-config", "/nonexistent.yaml")
    assert result.stderr == "/nonexistent.yaml: cannot be read: No such file or directory\n"
    assert result.returncode == 1


HEART = '{"user":1,"bpm":72}'


@pytest.mark.parametrize("arguments, stdin", [
    (["--binary"], f"{HEART}\n{{}}\n"),
    (["--binary", "-"], f"{HEART}\n{{}}"),
    (["/dev/stdin"], f"{HEART.encode().hex(' ')} # a comment\n7b7d\n"),
])
def test_decode_prints_readings_and_rejects(arguments, stdin):
    result = run_program("decode", "esp32-heart", *arguments, stdin=stdin)
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"reading": "heart", "user": 1, "bpm": 72},
        {"reject": "missing_user", "detail": 'heart reading rejected: "user" missing', "bytes": 2},
    ]
    assert result.stderr == "1 reading, 1 reject (1 missing_user)\n"
    assert result.returncode == 0


def test_decode_reports_invalid_hex_lines():
    result = run_program("decode", "esp32-heart", stdin=f"nonsense\n{HEART.encode().hex()}\n")
    assert result.stderr == (
        "leadville-gateway: line 1: expected pairs of hexadecimal digits, or # before a comment\n"
        "1 reading, 0 rejects\n")
    assert (result.returncode, result.stdout.count("\n")) == (1, 1)


def test_decode_prints_readings_while_input_is_open():
    with subprocess.Popen([PROGRAM, "decode", "esp32-heart", "--form", "serial", "--binary"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        process.stdin.write(b"Heartbeat detected! BPM: 71\r\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"reading": "beat", "bpm": 71}
        process.stdin.close()
        assert process.wait(timeout=TIMEOUT) == 0


@pytest.mark.parametrize("file, reason", [("/nonexistent", "No such file or directory"), ("/", "Is a directory")])
def test_decode_reports_unreadable_input(file, reason):
    result = run_program("decode", "esp32-heart", file)
    assert (result.stderr, result.stdout) == (f"leadville-gateway: {file}: {reason}\n", "")
    assert result.returncode == 1


def test_a_write_error_gives_exit_status_1():
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = subprocess.run(
            [PROGRAM, "default-config"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=TIMEOUT, check=False)
    assert result.stderr == "leadville-gateway: cannot write: No space left on device\n"
    assert result.returncode == 1
