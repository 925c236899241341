"""Configuration: sources, precedence, errors and reloading."""

import signal

import pytest

from clients import request, receive
from programs import Gateway


def alpha(gateway):
    """The smoothing factor that the gateway currently uses."""
    with gateway.heart() as client:
        receive(client)
        return request(client, {"type": "get_status"})["smoothing_config"]["alpha"]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "gateway.yaml"


@pytest.mark.parametrize("in_file, in_environment, in_option, result", [
    (None, None, None, 0.3),
    ("0.1", None, None, 0.1),
    ("0.1", "0.2", None, 0.2),
    ("0.1", "0.2", "0.4", 0.4),
    (None, "0.2", "0.4", 0.4),
    ("0.1", None, "0.4", 0.4),
])
def test_options_override_the_environment_which_overrides_the_file(run, file, in_file, in_environment, in_option, result):
    file.write_text(f"heart: {{smoothing: {{alpha: {in_file}}}}}\n" if in_file else "")
    environment = {"LEADVILLE_HEART_SMOOTHING_ALPHA": in_environment} if in_environment else {}
    settings = {"heart.smoothing.alpha": in_option} if in_option else {}
    assert alpha(run(settings, "--config", str(file), environment=environment)) == result


@pytest.mark.parametrize("level, shown, silent", [
    ("debug", "INFO - Stopping", None), ("info", "INFO - Stopping", None), ("warning", "WARNING", "INFO"),
    ("error", None, "WARNING")])
def test_the_log_level_filters_messages(run, level, shown, silent):
    gateway = run({}, "--log-level", level)
    board = gateway.board()
    with gateway.heart() as client:
        receive(client)
        board.send(b"nonsense")
        board.send(user=1, bpm=72)
        receive(client)
    gateway.terminate()
    log = gateway.log.all()
    assert shown is None or shown in log
    assert silent is None or silent not in log


def test_every_configuration_error_is_logged_on_its_own_line(tmp_path, file):
    file.write_text("heart:\n  smoothing:\n    alfa: 0.1\nhttp: {host: 5}\n")
    gateway = Gateway({"state_directory": tmp_path}, "--config", str(file))
    assert gateway.wait() == 78
    lines = gateway.log.all().splitlines()
    assert [line.split(" - ")[1] for line in lines] == ["ERROR"] * len(lines)
    assert f"{file}:3:5: unknown key heart.smoothing.alfa; did you mean heart.smoothing.alpha?" in lines[0]
    assert f"{file}:4:14: http.host: " in lines[1]


@pytest.mark.parametrize("arguments", [["--config", "/nonexistent.yaml"], ["--set", "heart.smoothing.alpha=2"]])
def test_an_invalid_configuration_prevents_the_start(tmp_path, arguments):
    gateway = Gateway({"state_directory": tmp_path}, *arguments)
    assert gateway.wait() == 78
    assert " - ERROR - " in gateway.log.all()
    assert gateway.output.all() == ""


def test_sighup_applies_reloadable_settings_and_reports_those_that_need_a_restart(run, file):
    file.write_text("")
    gateway = run({}, "--config", str(file))
    with gateway.heart() as client:
        receive(client)
        file.write_text(
            "heart: {smoothing: {alpha: 0.5, startup_readings: 0}, stale_after: 5 s}\nlog: {level: warning}\n"
            "web: {maximum_clients: 7}\n")
        gateway.signal(signal.SIGHUP)
        assert gateway.log.wait_for(r" - WARNING - Requires a restart: web\.maximum_clients: 5000 → 7$")
        status = request(client, {"type": "get_status"})
        assert status["smoothing_config"]["alpha"] == 0.5
        # Connected clients receive readings smoothed with the new factor.
        board = gateway.board()
        for bpm in (70, 80):
            board.send(user=1, bpm=bpm)
        assert [receive(client)["bpm"] for _ in range(2)] == [70.0, 75.0]
    gateway.terminate()
    assert "Stopping" not in gateway.log.all(), "the log level did not change"


def test_sighup_logs_the_changed_settings(run, file):
    file.write_text("")
    gateway = run({}, "--config", str(file))
    gateway.signal(signal.SIGHUP)
    assert gateway.log.wait_for(" - INFO - Reloaded: no changes")
    file.write_text("heart: {smoothing: {alpha: 0.5}}\n")
    gateway.signal(signal.SIGHUP)
    assert gateway.log.wait_for(r" - INFO - Reloaded: heart\.smoothing\.alpha: 0\.3 → 0\.5$")


@pytest.mark.parametrize("content, message", [
    ("heart: {smoothing: {alpha: 2}}\n", "out of range"), ("heart: [\n", "gateway.yaml:"), (None, "cannot be read")])
def test_sighup_with_an_invalid_file_changes_nothing(run, file, content, message):
    file.write_text("heart: {smoothing: {alpha: 0.1}}\n")
    gateway = run({}, "--config", str(file))
    with gateway.heart() as client:
        receive(client)
        if content is None:
            file.unlink()
        else:
            file.write_text(content)
        gateway.signal(signal.SIGHUP)
        assert gateway.log.wait_for(f" - ERROR - Reload failed, keeping the current configuration: .*{message}")
        assert request(client, {"type": "get_status"})["smoothing_config"]["alpha"] == 0.1
        file.write_text("heart: {smoothing: {alpha: 0.5}}\n")
        gateway.signal(signal.SIGHUP)
        assert gateway.log.wait_for(" - INFO - Reloaded: ")
        assert request(client, {"type": "get_status"})["smoothing_config"]["alpha"] == 0.5


def test_the_heart_broadcast_can_be_disabled(run):
    gateway = run({"heart.enabled": "false"})
    assert gateway.get("/health")[0] == 200
    gateway.terminate()
    assert "heart broadcast" not in gateway.output.all() and "heart boards" not in gateway.output.all()
