"""The command `diagnose`: one file to send to support."""

import json
import stat
import subprocess

from programs import PLAIN_ENVIRONMENT, PROGRAM
from waiting import TIMEOUT, eventually

SECRET = "the-secret-of-this-test"


def diagnose(gateway, *arguments, **options):
    return subprocess.run(
        [PROGRAM, "diagnose", "--url", gateway.origin, *arguments], capture_output=True, text=True, timeout=TIMEOUT,
        check=False, **{"env": PLAIN_ENVIRONMENT | {"LEADVILLE_HTTP_TOKEN": SECRET}} | options)


def sections(text):
    parts = [part.split("\n\n", 1) for part in ("\n" + text).split("\n== ")[1:]]
    return {title: body for title, body in parts}


def test_the_file_has_everything_that_help_needs(gateway, tmp_path):
    result = diagnose(gateway, "report.txt", cwd=tmp_path)
    assert result.returncode == 0 and result.stdout == "Wrote report.txt. Read it before you pass it on.\n", result.stderr
    file = tmp_path / "report.txt"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found = sections(file.read_text())
    assert list(found) == [
        "Versions", "Doctor", "Configuration", "GET /health", "GET /api/devices", "GET /metrics", "Log"]
    assert found["Versions"].startswith("leadville-gateway 0.") and "kernel: Linux" in found["Versions"]
    assert " good, " in found["Doctor"]
    assert '"status"' in found["GET /health"]
    assert "leadville_web_connections" in found["GET /metrics"]


def test_the_file_has_a_name_with_the_time_and_replaces_no_other(gateway, tmp_path):
    result = diagnose(gateway, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    name = result.stdout.split()[1].rstrip(".")
    assert [path.name for path in tmp_path.glob("leadville-diagnosis-*.txt")] == [name]
    (tmp_path / "report.txt").write_text("precious")
    result = diagnose(gateway, "report.txt", cwd=tmp_path)
    assert result.returncode == 1 and "report.txt: File exists" in result.stderr
    assert (tmp_path / "report.txt").read_text() == "precious"


def test_secrets_are_removed(gateway):
    text = diagnose(gateway, "-").stdout
    assert SECRET not in text and "http.token: (a secret)" in sections(text)["Configuration"]


def test_names_and_addresses_are_replaced_on_request(gateway, tmp_path):
    assert gateway.post("/api/targets", {"name": "Plate of Anna"})[0] == 201
    gateway.board().send(user=1, bpm=70, device_id="strap-1")
    eventually(lambda: gateway.post("/api/devices/strap-1", {"name": "Zoe's strap"})[0] == 200)
    config = tmp_path / "gateway.yaml"
    config.write_text("http:\n  cors_origins: ['http://192.168.7.9:3000', 'http://127.0.0.1:3000']\n")
    plain = diagnose(gateway, "-", "--config", str(config)).stdout
    assert "http://192.168.7.9:3000" in plain and "Zoe's strap" in plain
    private = diagnose(gateway, "-", "--private", "--config", str(config)).stdout
    assert "192.168.7.9" not in private and "http://address-" in private and ":3000" in private
    assert "Zoe" not in private and "Anna" not in private
    assert "http://127.0.0.1:3000" in private


def test_without_a_gateway_the_rest_is_written(tmp_path):
    result = subprocess.run(
        [PROGRAM, "diagnose", "--url", "http://127.0.0.1:9", "-"], capture_output=True, text=True, timeout=TIMEOUT,
        check=False, env=PLAIN_ENVIRONMENT)
    assert result.returncode == 0
    assert "no gateway is reachable at http://127.0.0.1:9" in sections(result.stdout)["GET /health"]


def test_the_last_minutes_are_added_on_request(gateway):
    gateway.board().send(user="Zoe", bpm=71)
    assert gateway.post("/api/events", {"type": "status", "event_type": "drill", "message": "Anna shoots"})[0] == 200
    assert gateway.post("/api/targets", {"name": "Plate of Anna"})[0] == 201

    def lines():
        result = diagnose(gateway, "--last", "5", "-")
        assert result.returncode == 0, result.stderr
        return [json.loads(line) for line in sections(result.stdout)["Events of the last 5 minutes"].splitlines() if line]

    def stored(**members):
        return [line["event"] for line in lines() if members.items() <= line["event"].items()]

    heart, = eventually(lambda: stored(type="heart_rate", user="Zoe"))
    assert heart["data"]["bpm_raw"] == 71
    drill, = eventually(lambda: stored(event_type="drill"))
    assert drill["message"] == "Anna shoots"
    # The audit trail needs a role of its own.
    assert not stored(type="audit")
    private = diagnose(gateway, "--last", "5", "--private", "-").stdout
    assert "Zoe" not in private and "Events of the last 5 minutes" in private
    assert diagnose(gateway, "--last", "0", "-").returncode == 2


def test_without_a_store_the_reason_takes_the_place_of_the_events(run):
    gateway = run({"store.enabled": "false"})
    text = sections(diagnose(gateway, "--last", "1", "-").stdout)["Events of the last minute"]
    assert text.startswith("status 503\n") and "store.enabled is false" in text
    assert gateway.get("/api/events?minutes=61")[0] == gateway.get("/api/events?minutes=x")[0] == 400
