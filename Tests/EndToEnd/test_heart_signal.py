"""End-to-end signal processing, compared with an independently computed table (Tests/SignalsTests/Reference)."""

import json

import pytest

from clients import receive
from programs import REPOSITORY

TABLE = REPOSITORY / "Tests/SignalsTests/Reference/heart_reference.jsonl"
KEYS = {
    "enabled": "enabled", "alpha": "alpha", "outlierThreshold": "outlier_threshold",
    "outlierWindow": "outlier_window", "historyLength": "history_length", "minimum": "minimum_bpm",
    "maximum": "maximum_bpm", "startupReadings": "startup_readings"}


def runs_by_settings():
    """Returns the table: for each choice of settings, runs that each belong to a new user."""
    runs = {}
    for line in map(json.loads, TABLE.read_text(encoding="ascii").splitlines()):
        if isinstance(line, dict):
            choice = runs.setdefault(json.dumps(line), [])
            choice.append([])
        else:
            choice[-1].append(line)
    return runs


@pytest.mark.parametrize("settings, runs", runs_by_settings().items())
def test_results_equal_the_reference_exactly(run, settings, runs):
    gateway = run({
        f"heart.smoothing.{KEYS[name]}": json.dumps(value) for name, value in json.loads(settings).items()})
    board = gateway.board()
    with gateway.heart() as client:
        receive(client)
        for user, readings in enumerate(runs):
            for bpm, finger, rate, _, statistics in readings:
                board.send(user=user, bpm=bpm, finger_detected=finger)
                message = receive(client)
                assert message["bpm"] == rate
                assert message["no_heart_rate"] == (rate == "--")
                assert message["bpm_smoothed"] == (rate != "--")
                assert message["bpm_raw"] == bpm
                if rate != "--":
                    assert list(message["signal_stats"].values()) == statistics
