"""LeadVille's pages about what happens: searches, the log, the shot log, the timer dashboard, kiosk and range officer."""

import json
import re
import subprocess

import pytest
import websockets.exceptions

from clients import receive, request
from test_leadville_pages import DEMO, Pages, demo, is_time, pages  # noqa: F401 (fixtures)
from waiting import TIMEOUT, eventually


def follow(socket, type_):
    """The messages up to and including the first of a type."""
    received = []
    while not received or received[-1]["type"] != type_:
        received.append(receive(socket))
    return received


def test_a_search_finds_what_is_not_paired(run):
    pages = Pages(run(DEMO | {"devices.adopt": "list"}, "--demo"))
    eventually(lambda: pages.gateway.metrics.value("leadville_bluetooth_adapter_ready") == 1)
    assert pages.ok("POST", "/api/admin/devices/discovery/reset")["status"] == "reset"
    answer = pages.ok("POST", "/api/admin/devices/discover?duration=2")
    found = {device["address"]: device for device in answer["discovered_devices"]}
    assert answer["count"] == len(found) == 4 and answer["scan_duration"] == 2
    kinds = sorted(device["type"] for device in found.values())
    assert kinds == ["accelerometer", "accelerometer", "accelerometer", "timer"], "no straps, no mats"
    device = next(iter(found.values()))
    assert device["pairable"] is True and device["services"] == [] and device["vendor"] and is_time(device["discovered_at"])
    address = next(address for address in found if found[address]["type"] == "accelerometer")
    assert pages.ok("POST", "/api/admin/devices/pair", {"mac_address": address, "label": "Plate 1"})["status"] == "paired"
    eventually(lambda: pages.device(address)["status"] in ("connected", "low_battery", "weak_signal"))
    assert pages.gateway.request("GET", f"/api/devices/{address}")[1]["link"] == "connected"
    answer = pages.ok("POST", "/api/admin/devices/discover?duration=1")
    assert address not in [device["address"] for device in answer["discovered_devices"]]
    number = pages.device(address)["id"]
    pages.ok("DELETE", f"/api/admin/devices/{number}")
    eventually(lambda: address in [device["address"] for device in pages.ok(
        "POST", "/api/admin/devices/discover?duration=1")["discovered_devices"]])
    assert pages.pair(address, "Plate 1") == number


def test_a_search_reports_its_progress(demo):  # noqa: F811
    eventually(lambda: len(demo.read("/api/admin/devices")["devices"]) == 4)
    with demo.socket("/ws/admin/devices/discover?duration=2") as first, \
            demo.socket("/ws/admin/devices/discover?duration=1") as second:
        messages = follow(first, "complete")
        follow(second, "complete")
        with pytest.raises(websockets.exceptions.ConnectionClosedOK):
            first.recv(TIMEOUT)
    assert messages[0]["type"] == "start" and messages[0]["duration"] == 2 and messages[0]["message"]
    progress = [message for message in messages if message["type"] == "progress"]
    assert [message["progress"] for message in progress] == sorted(message["progress"] for message in progress)
    assert progress[-1]["progress"] == 100 and progress[-1]["remaining"] == 0
    found = [message["device"]["address"] for message in messages if message["type"] == "device_found"]
    assert len(found) == 4 == messages[-1]["count"] == len(messages[-1]["devices"])
    assert {message["type"] for message in messages} == {"start", "progress", "device_found", "complete"}


def test_a_search_without_bluetooth_fails(pages):  # noqa: F811
    assert pages.rejected("POST", "/api/admin/devices/discover?duration=1") == 503
    assert pages.rejected("POST", "/api/admin/devices/discover?duration=soon") == 422
    with pages.socket("/ws/admin/devices/discover") as socket:
        assert [message["type"] for message in follow(socket, "error")] == ["start", "error"]
        with pytest.raises(websockets.exceptions.ConnectionClosedOK):
            socket.recv(TIMEOUT)


def test_the_log(pages):  # noqa: F811
    name = "<b>'Bay'</b>"
    pages.pair("AA:BB:CC:00:00:01", "Plate")
    pages.gateway.request("POST", "/api/devices/AA:BB:CC:00:00:01", {"name": name})
    lines = pages.read("/api/logs?limit=100")
    assert isinstance(lines, list)
    assert [line["message"].count("Bay") for line in lines if "Bay" in line["message"]] == [1]
    for line in lines:
        assert all(isinstance(line[key], str) and line[key] for key in ("timestamp", "level", "source", "message"))
        assert line["level"] in ("DEBUG", "INFO", "WARNING", "ERROR") and is_time(line["timestamp"])
        assert not re.search("[<>&\"'`]", line["message"])
    assert [line["timestamp"] for line in lines] == sorted((line["timestamp"] for line in lines), reverse=True)
    assert len(pages.read("/api/logs?limit=1")) == 1
    with pages.socket("/ws/logs") as socket:
        batch = receive(socket)
        assert batch["type"] == "log_batch" and batch["logs"] == lines[:50]
        assert request(socket, {"type": "request_logs", "limit": 1})["logs"] == lines[:1]
        assert request(socket, "no json")["type"] == "error"
        socket.send(json.dumps({"type": "unknown"}))
        socket.send("[1, 2]")
        pages.gateway.request("POST", "/api/devices/AA:BB:CC:00:00:01", {"name": "Bay 2"})
        entry = receive(socket)
        assert entry["type"] == "log_entry" and "Bay 2" in entry["message"]


def test_shots_in_the_log_and_on_the_dashboard(run):
    pages = Pages(run(DEMO, "--demo"))
    timer_pages = Pages(pages.gateway, pages.gateway.timer_pages_port)
    with timer_pages.socket("/ws") as socket:
        initial = receive(socket)
        assert initial["type"] == "initial_data" and initial["data"]["current_string"] == []
        assert request(socket, {"type": "ping"}) == {"type": "pong"}
        assert request(socket, "no json")["type"] == "error"
        socket.send("[1, 2]")
        events = []
        while not events or events[-1]["event_type"] != "STOP":
            message = receive(socket)
            assert message["type"] == "timer_event"
            events.append(message["data"])
    kinds = [event["event_type"] for event in events]
    assert kinds[0] == "START" and set(kinds[1:-1]) == {"SHOT"}
    shots = events[1:-1]
    assert [shot["shot_number"] for shot in shots] == list(range(1, len(shots) + 1)), "each shot once"
    for shot in shots:
        limits = [("excellent", 0.3), ("good", 0.5), ("fair", 0.7), ("slow", 1e9)]
        assert shot["shot_rating"] == next(name for name, limit in limits if shot["shot_time"] <= limit)
        assert is_time(shot["event_time"]) and isinstance(shot["log_id"], int) and shot["timer_device"]
    assert events[-1]["string_total_time"] == shots[-1]["string_total_time"]

    for client in (pages, timer_pages):
        latest = client.read("/api/events/latest?limit=100")
        assert [event["log_id"] for event in latest][:len(events)] == [event["log_id"] for event in reversed(events)]
        string = client.read("/api/string/current")
        assert string["total_shots"] == len(shots) and string["string_time"] == shots[-1]["string_total_time"]
        assert [shot["log_id"] for shot in string["shots"]] == [shot["log_id"] for shot in shots]
    assert timer_pages.rejected("GET", "/api/events/latest?limit=0") == 422
    assert timer_pages.rejected("GET", "/api/events/latest?limit=101") == 422

    run_ = eventually(lambda: next(iter(
        pages.gateway.request("GET", "/api/runs?state=completed")[1]["runs"]), None))
    status, = eventually(lambda: timer_pages.read("/api/timer/status"))
    assert status["status"] == "active" and status["shot_events"] >= len(shots) and status["total_events"] >= len(events)
    assert status["avg_split_time"] > 0 and status["max_string_time"] >= shots[-1]["string_total_time"]
    best, = eventually(lambda: timer_pages.read("/api/leaderboard")["leaderboard"])
    assert best["timer_device"] == status["timer_device"] and best["strings_completed"] >= 1
    assert best["best_time"] <= run_["summary"]["total_time"] and is_time(best["last_string"])

    rows = pages.read("/api/shot-log?limit=1000")
    assert rows["count"] == len(rows["logs"])
    by_kind = {row["event_type"]: row for row in rows["logs"]}  # the oldest of each
    assert {kind: row["level"] for kind, row in by_kind.items()} == {
        "START": "INFO", "SHOT": "SUCCESS", "STOP": "INFO", "IMPACT": "WARNING"}
    shot, impact = by_kind["SHOT"], by_kind["IMPACT"]
    assert re.fullmatch(r"Shot #1 - Split: \d+\.\d\ds, Total: \d+\.\d\ds", shot["message"])
    assert shot["record_type"] == "shot" and shot["sensor_mac"] is None and shot["impact_magnitude"] is None
    assert impact["impact_magnitude"] > 0 and "mm/s" in impact["message"] and impact["split_time"] is None
    assert by_kind["START"]["message"] == "Timer started" and "Final time" in by_kind["STOP"]["message"]
    assert len(pages.read("/api/shot-log?limit=3")["logs"]) == 3
    check_range_officer(pages, run_)

    # After a restart the log is read from the journal, and a deleted run does not count any more.
    rows = [row for row in pages.read("/api/shot-log?limit=1000")["logs"] if row["event_type"] != "IMPACT"]
    pages.gateway.terminate()
    again = Pages(run({"state_directory": pages.gateway.settings["state_directory"]}))
    restored = again.read("/api/shot-log?limit=1000")["logs"]
    assert [row for row in restored if row["event_type"] != "IMPACT"][-len(rows):] == rows
    assert eventually(lambda: again.read("/api/timer/status"))
    for run_ in again.gateway.request("GET", "/api/runs")[1]["runs"]:
        again.gateway.request("DELETE", f"/api/runs/{run_['run_id']}")
    assert eventually(lambda: again.read("/api/timer/status") == [])


def check_range_officer(pages, run_):  # noqa: F811
    stages = pages.read("/v1/ro/stages")
    assert [stage["stage_id"] for stage in stages][:3] == ["stage1", "stage2", "stage3"]
    for stage in stages:
        assert (stage["width"], stage["height"]) == (800, 400) and stage["name"]
        for target in stage["targets"]:
            assert 0 <= target["x"] <= 800 and 0 <= target["y"] <= 330 and isinstance(target["id"], int)
    assert pages.read("/v1/ro/stages/stage2") == stages[1]
    string = next(string for string in pages.read("/v1/ro/strings") if string["id"] == run_["run_id"])
    assert string["status"] == "completed" and string["start_time"] and string["end_time"] and string["shooter"]
    assert len(string["hits"]) == len(run_["hits"])
    active = pages.read("/v1/ro/strings/active")
    assert active is None or active["status"] == "active"


def test_invented_hits_are_rejected(pages):  # noqa: F811
    before = pages.gateway.request("GET", "/api/runs")[1]
    for method, path, body in [("POST", "strings/start", {"shooter": "A", "stage_id": "stage1"}),
                               ("POST", "strings/complete", None), ("POST", "strings/cancel", None),
                               ("POST", "hits", {"target_id": 1, "timestamp": "2026-01-01T00:00:00Z"}),
                               ("DELETE", "data/clear", None)]:
        status, answer = pages.request(method, f"/v1/ro/{path}", body)
        assert status == 409 and answer["error"] == "HTTP_ERROR" and answer["message"] and is_time(answer["timestamp"])
    assert pages.gateway.request("GET", "/api/runs")[1] == before
    assert pages.request("GET", "/v1/ro/stages/nowhere")[0] == 404
    assert pages.read("/v1/ro/strings/active") is None


# Answers as the driver of a wireless interface.
WIRELESS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <net/if.h>
#include <linux/wireless.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>

int ioctl(int descriptor, unsigned long request, ...)
{
    va_list list;
    va_start(list, request);
    void *argument = va_arg(list, void *);
    va_end(list);
    if (request != SIOCGIWESSID)
        return ((int (*)(int, unsigned long, void *))dlsym(RTLD_NEXT, "ioctl"))(descriptor, request, argument);
    struct iwreq *wireless = argument;
    const char name[] = "Range <5>";
    memcpy(wireless->u.essid.pointer, name, sizeof name);
    wireless->u.essid.length = strlen(name);
    wireless->u.essid.flags = 1;
    return 0;
}
"""


def test_the_kiosk_names_the_wireless_network(run, tmp_path):
    source, library = tmp_path / "wireless.c", tmp_path / "wireless.so"
    source.write_text(WIRELESS, encoding="ascii")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    network = Pages(run(environment={"LD_PRELOAD": str(library)})).read("/v1/kiosk/status")["network"]
    if network["ipv4"] or network["ipv6"]:
        # Like all names, it cannot become a part of a page.
        assert (network["ssid"], network["mode"]) == ("Range \u20395\u203a", "WiFi")
    else:
        pytest.skip("this machine has no network interface but the loopback")


def test_kiosk(pages):  # noqa: F811
    status = pages.read("/v1/kiosk/status")
    assert status["node_name"] and is_time(status["timestamp"])
    assert status["network"]["mode"] in ("WiFi", "Ethernet", "unknown") and isinstance(status["network"]["ipv4"], list)
    assert status["services"]["leadville_gateway"] == "running" and status["services"]["bluetooth"] == "inactive"
    assert 0 < len(status["logs"]) <= 20 and all(isinstance(line, str) for line in status["logs"])
    assert status["system"]["platform"] == "Linux" and "LeadVille Gateway" in status["system"]["python_version"]
    assert re.fullmatch(r"\d+h \d+m \d+s", status["system"]["uptime"])
