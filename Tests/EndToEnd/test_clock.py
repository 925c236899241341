"""A machine that does not know the time: the time comes from the device that opens the console, and from a time server later."""

import datetime
import json
import pathlib
import struct
import subprocess

import pytest
from playwright.sync_api import expect

from browsers import open_browser, visits
from clients import receive
from waiting import eventually

DEMO = {"bluetooth.enabled": "true", "serial.enabled": "false"}
DAYS = 86_400


class ClockDouble:
    """The clock of the gateway's machine."""

    def __init__(self, folder):
        self.file = folder / "clock"
        library = folder / "clock_double.so"
        source = pathlib.Path(__file__).with_name("clock_double.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-Wall", "-Werror", "-o", library, source, "-ldl"], check=True)
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_DOUBLE": str(self.file)}

    def set(self, offset, is_synchronised=False):
        """The file is replaced in place, because a running gateway has it in memory."""
        with open(self.file, "r+b" if self.file.exists() else "w+b") as file:
            file.write(struct.pack("qq", offset, is_synchronised))


@pytest.fixture(name="clock")
def make_clock(tmp_path):
    clock = ClockDouble(tmp_path)
    clock.set(-400 * DAYS)
    return clock


@pytest.fixture(scope="module")
def browser():
    yield from open_browser()


@pytest.fixture
def visit(browser):
    yield from visits(browser)


def read(gateway, path):
    status, _, body = gateway.get(path)
    assert status == 200, body
    return json.loads(body)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def age(text):
    """How long ago something was, in seconds."""
    return (now() - datetime.datetime.fromisoformat(text)).total_seconds()


def set_time(gateway, time=None):
    return gateway.post("/api/clock", {"time": (time or now()).isoformat(timespec="milliseconds").replace("+00:00", "Z")})


def test_the_runs_of_a_boot_without_a_time_are_dated_when_it_is_known(run, clock):
    gateway = run(DEMO, "--demo", environment=clock.environment)
    assert gateway.log.wait_for("WARNING - The time is not known: the clock shows")
    found = read(gateway, "/api/clock")
    assert (found["source"], found["may_be_set"], found["offset_seconds"]) == ("unset", True, 0)
    first = eventually(lambda: read(gateway, "/api/runs")["runs"])[-1]
    assert age(first["start_time"]) > 399 * DAYS and first["clock"] == {"source": "unset", "corrected_seconds": 0}
    name = first["run_id"]

    # A person's phone knows it.
    with gateway.live() as live:
        status, answer = set_time(gateway)
        assert (status, answer["source"]) == (200, "phone") and answer["runs"] >= 1, answer
        assert abs(answer["shift_seconds"] - 400 * DAYS) < 60 and age(answer["time"]) < 60
        event = next(message for message in iter(lambda: receive(live), None) if message.get("event_type") == "clock_set")
        assert event["type"] == "status" and age(event["timestamp"]) < 60
        assert event["message"].startswith("The clock was set from a device that opened the console, 400 days forward; ")
        assert event["data"] == {"source": "phone", "shift_seconds": answer["shift_seconds"], "runs": answer["runs"]}
    dated = read(gateway, f"/api/runs/{name}")
    assert age(dated["start_time"]) < 120
    # The same to the microseconds between two looks at the clock.
    assert dated["clock"] == {"source": "phone", "corrected_seconds": pytest.approx(answer["shift_seconds"], abs=0.1)}
    assert read(gateway, "/api/audit")["entries"][0]["action"] == "POST /api/clock"
    journal = read(gateway, f"/api/events/{event['id']}/explain")
    assert journal["event"]["event_type"] == "clock_set"

    # A restarted gateway continues with it.
    assert gateway.terminate() == 0
    gateway = run(DEMO, "--demo", environment=clock.environment)
    assert gateway.log.wait_for("Using the time of a device")
    found = read(gateway, "/api/clock")
    assert found["source"] == "phone" and age(found["time"]) < 60
    assert age(read(gateway, f"/api/runs/{name}")["start_time"]) < 180

    # A time server corrects it: the phone was seven seconds ahead.
    assert set_time(gateway, now() + datetime.timedelta(seconds=7))[0] == 200
    clock.set(0, is_synchronised=True)
    assert eventually(lambda: read(gateway, "/api/clock")["source"] == "synchronised")
    assert read(gateway, "/api/clock")["offset_seconds"] == 0
    assert gateway.log.wait_for("INFO - The clock was set by a time server, [678] s back; .* were corrected")
    dated = read(gateway, f"/api/runs/{name}")
    assert dated["clock"]["source"] == "synchronised" and 0 < age(dated["start_time"]) < 180
    assert abs(dated["clock"]["corrected_seconds"] - 400 * DAYS) < 60
    status, answer = set_time(gateway)
    assert (status, answer["reason"]) == (409, "conflict")
    stored = eventually(lambda: [one for one in read(gateway, "/api/runs")["runs"] if one["run_id"] == name])
    assert stored[0]["start_time"] == dated["start_time"]


def test_an_unconfirmed_time_is_used_until_it_is_set(run, clock):
    clock.set(3600)
    gateway = run(environment=clock.environment)
    assert read(gateway, "/api/clock")["source"] == "unconfirmed"
    for body in [{}, {"time": "yesterday"}, {"time": 1}, {"time": "1999-01-01T00:00:00Z"}, {"time": "2200-01-01T00:00:00Z"},
                 {"time": "2026-12-01T00:00:00Z", "zone": "UTC"}]:
        assert gateway.post("/api/clock", body)[0] == 400, body
    status, answer = set_time(gateway)
    assert status == 200 and abs(answer["shift_seconds"] + 3600) < 60
    # Somebody sets the clock of the machine by hand.
    clock.set(0)
    assert eventually(lambda: read(gateway, "/api/clock")["source"] == "machine")
    assert read(gateway, "/api/overview")["clock"] == {
        "synchronised": False, "error_seconds": None, "source": "machine", "may_be_set": False}


def test_setting_the_time_is_a_change(run, clock):
    gateway = run({"http.token": "the-secret-of-this-test"}, environment=clock.environment)
    assert set_time(gateway)[0] == 401
    assert read(gateway, "/api/clock")["source"] == "unset"


def test_the_console_offers_to_take_the_time_from_the_device(run, clock, visit):
    gateway = run(environment=clock.environment)
    each = visit(gateway.origin + "/")
    problem = each.page.locator(".problem", has_text="The gateway does not know the time")
    expect(problem).to_contain_text("differs from this device's by 400 d")
    each.check_accessible("the question about the time")
    problem.get_by_role("button", name="Take the time of this device").click()
    expect(problem).to_have_count(0)
    assert read(gateway, "/api/clock")["source"] == "phone"
    each.check()
