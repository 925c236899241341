"""The built program, asked things that need no running gateway: what it writes, where, and its exit status."""

import json
import os
import pathlib
import subprocess

import pytest

REPOSITORY = pathlib.Path(__file__).parents[2]
PROGRAM = os.environ.get("GATEWAY_PROGRAM", str(REPOSITORY / ".build/debug/leadville-gateway"))
DEFAULT_FILE = REPOSITORY / "systemd" / "leadville-gateway.yaml"


def ask(*arguments, stdin="", **options):
    return subprocess.run(
        [PROGRAM, *arguments], input=stdin, capture_output=True, text=True, timeout=30, check=False, **options)


@pytest.mark.parametrize("arguments, beginning", [
    (["version"], "leadville-gateway 0."),
    (["help"], "LeadVille Gateway: "),
    (["run", "--help"], "Run the gateway"),
    (["simulate", "--help"], "Simulate a device"),
])
def test_answers_go_to_standard_output(arguments, beginning):
    result = ask(*arguments)
    assert result.stdout.startswith(beginning)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("arguments, line", [
    ([], "LeadVille Gateway: receives sensor data and serves it live over HTTP and WebSocket."),
    (["rnu"], 'leadville-gateway: unknown command "rnu"; did you mean run?'),
    (["run", "--demmo"], "leadville-gateway: unknown option --demmo; did you mean --demo?"),
    (["check-config"], "leadville-gateway: FILE is missing"),
    (["decode"], "leadville-gateway: DEVICE is missing"),
])
def test_what_is_not_understood_goes_to_standard_error_with_status_2(arguments, line):
    result = ask(*arguments)
    assert result.stderr.splitlines()[0] == line
    assert (result.returncode, result.stdout) == (2, "")


def test_the_default_file_is_the_committed_one_and_is_accepted():
    assert ask("default-config").stdout == DEFAULT_FILE.read_text()
    result = ask("check-config", str(DEFAULT_FILE))
    assert result.stdout == f"{DEFAULT_FILE}: valid, all keys have their defaults\n"
    assert (result.returncode, result.stderr) == (0, "")


def test_check_config_tells_what_a_file_changes():
    result = ask("check-config", "/dev/stdin", stdin="http: {port: 80}\nlog: {level: debug}\n")
    assert result.stdout == (
        "/dev/stdin: valid, changes these keys:\n  log.level: debug (default: info)\n  http.port: 80 (default: 8000)\n")
    assert result.returncode == 0


def test_check_config_tells_everything_that_is_wrong():
    result = ask("check-config", "/dev/stdin", stdin="htp: {}\nheart:\n  smoothing:\n    alpha: 2\n")
    assert result.stderr == (
        "/dev/stdin:1:1: unknown key htp; did you mean http?\n"
        "/dev/stdin:4:12: heart.smoothing.alpha: 2 is out of range, expected a number from 0.001 to 1, "
        "such as 0.3\n")
    assert (result.returncode, result.stdout) == (1, "")


def test_check_config_looks_at_the_file_alone():
    environment = dict(os.environ, LEADVILLE_HTTP_PORT="nonsense")
    assert ask("check-config", str(DEFAULT_FILE), env=environment).returncode == 0


def test_a_file_that_is_not_there():
    result = ask("check-config", "/nonexistent.yaml")
    assert result.stderr == "/nonexistent.yaml: cannot be read: No such file or directory\n"
    assert result.returncode == 1


HEART = '{"user":1,"bpm":72}'


@pytest.mark.parametrize("arguments, stdin", [
    (["--binary"], f"{HEART}\n{{}}\n"),
    (["--binary", "-"], f"{HEART}\n{{}}"),
    (["/dev/stdin"], f"{HEART.encode().hex(' ')} # a comment\n7b7d\n"),
])
def test_decode_prints_what_captured_bytes_mean(arguments, stdin):
    result = ask("decode", "esp32-heart", *arguments, stdin=stdin)
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"reading": "heart", "user": 1, "bpm": 72},
        {"reject": "missing_user", "detail": 'heart reading rejected: "user" missing', "bytes": 2},
    ]
    assert result.stderr == "1 reading, 1 reject (1 missing_user)\n"
    assert result.returncode == 0


def test_decode_names_lines_that_are_no_hex():
    result = ask("decode", "esp32-heart", stdin=f"nonsense\n{HEART.encode().hex()}\n")
    assert result.stderr == (
        "leadville-gateway: line 1: expected pairs of hexadecimal digits, or # before a comment\n"
        "1 reading, 0 rejects\n")
    assert (result.returncode, result.stdout.count("\n")) == (1, 1)


def test_decode_answers_while_bytes_are_still_coming():
    with subprocess.Popen([PROGRAM, "decode", "esp32-heart", "--form", "serial", "--binary"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        process.stdin.write(b"Heartbeat detected! BPM: 71\r\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"reading": "beat", "bpm": 71}
        process.stdin.close()
        assert process.wait(timeout=30) == 0


@pytest.mark.parametrize("file, reason", [("/nonexistent", "No such file or directory"), ("/", "Is a directory")])
def test_decode_of_what_cannot_be_read(file, reason):
    result = ask("decode", "esp32-heart", file)
    assert (result.stderr, result.stdout) == (f"leadville-gateway: {file}: {reason}\n", "")
    assert result.returncode == 1


def test_a_full_disk_is_not_a_success():
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = subprocess.run(
            [PROGRAM, "default-config"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=30, check=False)
    assert result.stderr == "leadville-gateway: cannot write: No space left on device\n"
    assert result.returncode == 1
