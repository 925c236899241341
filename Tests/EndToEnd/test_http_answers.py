"""Routes with open places, answers that come later, and the access token, as clients meet them on the wire."""

import json
import signal

import pytest

from patience import eventually
from wire import Wire

TOKEN = "the secret of this test"


@pytest.fixture
def wire(testbed):
    with Wire(testbed.http_port) as wire:
        yield wire


def test_open_places_hold_what_was_sent_decoded(wire):
    for target, text in (
            ("/things/run_001", "run_001"), ("/things/60%3A09:C3", "60:09:C3"), ("/things/%C3%A4%20b?x=y", "ä b"),
            ("/things/{name}", "{name}"), ("/things/..%20", ".. ")):
        wire.request(f"GET {target}")
        response = wire.response()
        assert (response.status, response.body.decode()) == (200, f"only read {text}")


@pytest.mark.parametrize("target, status", [
    ("/things/", 404), ("/things", 404), ("/things/a/b", 404), ("/things/a%2Fb", 400), ("/things/%2e%2e", 400),
    ("/things/..", 400), ("/things/%00", 400), ("/things/%FF", 400),
])
def test_what_is_no_single_place_is_not_taken_for_one(wire, target, status):
    wire.request(f"GET {target}")
    assert wire.response().status == status


def test_a_method_that_no_route_of_the_path_has(wire):
    wire.request("DELETE /things/a")
    response = wire.response()
    assert (response.status, set(response.headers["Allow"].split(", "))) == (405, {"GET", "POST", "HEAD"})


def test_requests_sent_together_are_answered_in_order_however_long_one_takes(testbed, wire):
    for number in range(3):
        wire.request("GET /later")
        wire.request(f"GET /things/{number}")
    for number in range(3):
        eventually(lambda: testbed.waiting == 1)
        testbed.answer(f"late {number}")
        assert wire.response().body == f"late {number}".encode()
        assert wire.response().body == f"only read {number}".encode()


def test_others_are_served_while_one_waits(testbed, wire):
    wire.request("GET /later")
    eventually(lambda: testbed.waiting == 1)
    for number in range(20):
        with Wire(testbed.http_port) as other:
            other.request(f"GET /things/{number}")
            assert other.response().body == f"only read {number}".encode()
    testbed.answer("late")
    assert wire.response().body == b"late"


def test_a_client_that_has_said_everything_still_gets_a_late_answer(testbed, wire):
    wire.request("GET /later")
    wire.request("GET /things/next")
    wire.end_sending()
    eventually(lambda: testbed.waiting == 1)
    testbed.answer("late")
    assert [wire.response().body for _ in range(2)] == [b"late", b"only read next"]
    assert wire.has_ended


def test_a_head_request_that_is_answered_late_has_no_body(testbed, wire):
    wire.request("HEAD /later")
    wire.request("GET /things/next")
    eventually(lambda: testbed.waiting == 1)
    testbed.answer("late")
    assert wire.response(has_body=False).headers["Content-Length"] == "4"
    assert wire.response().body == b"only read next"


def test_the_answers_of_those_who_are_gone_go_nowhere(testbed):
    for _ in range(20):
        gone = Wire(testbed.http_port)
        gone.request("GET /later")
        eventually(lambda: testbed.waiting == 1)
        gone.reset()
        eventually(lambda: testbed.waiting == 0)
    assert testbed.tell("answer nobody") == "error no pending request"
    assert testbed.metrics.value("leadville_web_answers_abandoned_total", server="test") == 20
    assert testbed.runs


def test_who_sends_on_while_it_waits_is_answered_to_all_of_it(testbed, wire):
    wire.request("GET /later")
    eventually(lambda: testbed.waiting == 1)
    count = 2_000
    wire.send("GET /things/more HTTP/1.1\r\nHost: test\r\n\r\n" * count)
    testbed.answer("late")
    assert wire.response().body == b"late"
    assert {wire.response().body for _ in range(count)} == {b"only read more"}


def test_nonsense_behind_a_request_that_waits_is_refused_after_its_answer(testbed, wire):
    wire.request("GET /later")
    wire.send("\0\0 nonsense\r\n\r\n")
    eventually(lambda: testbed.waiting == 1)
    testbed.answer("late")
    assert wire.response().body == b"late"
    assert wire.response().status == 400
    assert wire.has_ended


@pytest.mark.parametrize("headers", [
    [], ["Authorization: Bearer"], ["Authorization: Bearer the secret of this tesu"], ["Authorization: the secret of this test"],
    [f"Authorization: Basic {TOKEN}"], [f"X-Authorization: Bearer {TOKEN}"], [f"Cookie: token={TOKEN}"],
    [f"Authorization: Bearer {TOKEN}", "Authorization: Bearer other"],
])
def test_what_changes_something_is_refused_without_the_token(testbed, wire, headers):
    wire.request("POST /things/a", "Content-Length: 0", *headers)
    response = wire.response()
    assert response.status == 401
    assert response.headers["WWW-Authenticate"].startswith('Bearer realm="')
    assert "access token required" in json.loads(response.body)["error"].lower()
    # What only reads is not, and the connection goes on.
    wire.request("GET /things/a")
    assert wire.response().body == b"only read a"
    wire.request("POST /things/a", "Content-Length: 0", f"Authorization: Bearer {TOKEN}")
    assert wire.response().body == b"a"
    assert testbed.metrics.value("leadville_web_requests_unauthorised_total", server="test") == 1


def test_the_token_of_the_configuration(run, tmp_path):
    file = tmp_path / "gateway.yaml"
    file.write_text(f'http: {{token: "{"a" * 16}"}}\n', encoding="utf-8")
    gateway = run({"serial.enabled": "true", "serial.probe": ""}, "--config", str(file))
    tare = {"port": "*"}
    assert gateway.post("/api/serial/tare", tare)[0] == 401
    assert gateway.post("/api/serial/release", tare | {"seconds": 1}, token="b" * 16)[0] == 401
    assert gateway.post("/api/serial/tare", tare, token="a" * 16)[0] == 404
    assert gateway.get("/api/serial")[0] == 200

    file.write_text(f'http: {{token: "{"b" * 16}"}}\n', encoding="utf-8")
    gateway.signal(signal.SIGHUP)
    gateway.log.wait_for(r"Reloaded: http\.token: \(a secret\) → \(a secret\)")
    assert gateway.post("/api/serial/tare", tare, token="a" * 16)[0] == 401
    assert gateway.post("/api/serial/tare", tare, token="b" * 16)[0] == 404
    assert "bbbb" not in gateway.log.text


def test_without_a_token_nothing_has_to_be_shown(run):
    gateway = run({"serial.enabled": "true", "serial.probe": ""})
    assert gateway.post("/api/serial/tare", {"port": "*"})[0] == 404
