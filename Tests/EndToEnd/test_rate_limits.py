"""The limits of one address: requests, messages and connections of other clients, with the exemption of this machine off."""

import http.client
import json
import subprocess

import pytest
import websockets

from clients import connect, receive, request
from waiting import TIMEOUT, eventually

GREEDY, OTHER = "127.0.0.2", "127.0.0.3"
PORTS = ["http", "live", "heart", "pages", "timer_pages", "pressure"]


def limited(run, **settings):
    return run({"web.limit_this_machine": "true"} | {f"web.{key}": value for key, value in settings.items()})


def live(gateway, address):
    return connect(f"ws://127.0.0.1:{gateway.http_port}/ws/live", source_address=(address, 0))


def exhaust(gateway, address=GREEDY):
    """Sends requests until one is rejected; returns how many were not, and the response."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.http_port, timeout=TIMEOUT, source_address=(address, 0))
    for count in range(2_000):
        connection.request("GET", "/api/live")
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            connection.close()
            return count, response, json.loads(body)
    raise AssertionError("2,000 requests were accepted")


def curl(port, address=GREEDY, path="/", attempts=1):
    """The status, Retry-After and body of the first response that is a rejection, or of the last."""
    for _ in range(attempts):
        result = subprocess.run(
            ["curl", "--silent", "--interface", address, "--write-out", "\n%{http_code} %header{retry-after}",
             f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, timeout=TIMEOUT, check=True)
        body, _, facts = result.stdout.rpartition("\n")
        status, _, seconds = facts.partition(" ")
        if status == "429":
            break
    return int(status), seconds, body


def test_too_many_requests_are_told_when_to_come_again(run):
    gateway = limited(run, requests_per_address=1)
    count, response, error = exhaust(gateway)
    assert count >= 5 and response.status == 429 and int(response.headers["Retry-After"]) >= 1
    assert error["reason"] == "limit" and error["error"] == error["detail"] and "1 a second" in error["error"]
    # On every port, with the same members, and all of them together.
    for name in PORTS:
        exhaust(gateway)
        status, seconds, body = curl(getattr(gateway, f"{name}_port"), attempts=10)
        assert (status, int(seconds) >= 1, json.loads(body)["reason"]) == (429, True, "limit"), name
    exhaust(gateway)
    with pytest.raises(websockets.InvalidStatus) as rejected:
        for _ in range(10):
            with live(gateway, GREEDY):
                pass
    assert rejected.value.response.status_code == 429
    # Another address is served meanwhile, and this one later.
    assert curl(gateway.http_port, OTHER, "/api/live")[0] == 200
    assert gateway.log.wait_for(r" - WARNING - http: rejected requests of 127\.0\.0\.2: more than 1 a second")
    eventually(lambda: gateway.metrics.value("leadville_web_limits_reached_total", server="http", limit="requests") >= 2)
    eventually(lambda: curl(gateway.http_port, path="/api/live")[0] == 200)


def test_too_many_messages_wait_and_none_is_lost(run):
    gateway = limited(run, messages_per_address=20)
    with live(gateway, GREEDY) as greedy, live(gateway, OTHER) as other:
        assert [receive(client)["event_type"] for client in (greedy, other)] == ["connection_established"] * 2
        for _ in range(125):
            greedy.send('{"type": "ping"}')
        assert request(other, {"type": "ping"})["event_type"] == "pong"
        assert [receive(greedy)["event_type"] for _ in range(125)] == ["pong"] * 125
    assert gateway.metrics.value("leadville_web_limits_reached_total", server="http", limit="messages") >= 1
    assert gateway.log.wait_for(r"http: delayed messages of 127\.0\.0\.2: more than 20 a second \(web\.messages_per_address\)")


def test_connections_of_one_address_are_limited(run):
    gateway = limited(run, maximum_clients_per_address=2)
    with live(gateway, GREEDY), live(gateway, GREEDY):
        assert curl(gateway.http_port)[0] == 503
        assert curl(gateway.http_port, OTHER, "/api/live")[0] == 200


def test_new_connections_above_the_rate_wait_and_are_served(run):
    gateway = limited(run, connections_per_address=1)
    clients = []
    for _ in range(20):
        clients.append(http.client.HTTPConnection("127.0.0.1", gateway.http_port, timeout=TIMEOUT, source_address=(GREEDY, 0)))
        clients[-1].request("GET", "/api/live")
    assert curl(gateway.http_port, OTHER, "/api/live")[0] == 200
    # Five at once, and two that had to wait.
    assert [client.getresponse().status for client in clients[:7]] == [200] * 7
    for client in clients:
        client.close()
    assert gateway.metrics.value("leadville_web_limits_reached_total", server="http", limit="new_connections") >= 2
    assert gateway.log.wait_for(
        r"WARNING - http: delayed connections of 127\.0\.0\.2: more than 1 a second \(web\.connections_per_address\)")


def test_this_machine_and_pages_that_poll_are_not_limited(run):
    """By default programs on this machine are exempt; others may have many pages that poll 60 times a second."""
    gateway = run({"web.requests_per_address": 1})
    assert [gateway.get("/nowhere")[0] for _ in range(20)] == [404] * 20
    gateway = limited(run)
    page = http.client.HTTPConnection("127.0.0.1", gateway.http_port, timeout=TIMEOUT, source_address=(GREEDY, 0))
    for _ in range(600):
        page.request("GET", "/api/unknown-path")
        response = page.getresponse()
        response.read()
        assert response.status == 404
    page.close()
