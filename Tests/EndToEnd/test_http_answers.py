"""Path parameters, deferred responses and the access token, on the wire."""

import json
import signal

import pytest

from waiting import eventually
from wire import Wire

TOKEN = "the secret of this test"


@pytest.fixture
def wire(testbed):
    with Wire(testbed.http_port) as wire:
        yield wire


def test_path_parameters_are_decoded(wire):
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
def test_invalid_path_segments_are_rejected(wire, target, status):
    wire.request(f"GET {target}")
    assert wire.response().status == status


def test_an_unsupported_method_is_answered_with_the_allowed_ones(wire):
    wire.request("DELETE /things/a")
    response = wire.response()
    assert (response.status, set(response.headers["Allow"].split(", "))) == (405, {"GET", "POST", "HEAD"})


def test_pipelined_requests_are_answered_in_order_with_deferred_responses(testbed, wire):
    for number in range(3):
        wire.request("GET /later")
        wire.request(f"GET /things/{number}")
    for number in range(3):
        eventually(lambda: testbed.waiting == 1)
        testbed.answer(f"late {number}")
        assert wire.response().body == f"late {number}".encode()
        assert wire.response().body == f"only read {number}".encode()


def test_other_clients_are_served_while_a_request_is_pending(testbed, wire):
    wire.request("GET /later")
    eventually(lambda: testbed.waiting == 1)
    for number in range(20):
        with Wire(testbed.http_port) as other:
            other.request(f"GET /things/{number}")
            assert other.response().body == f"only read {number}".encode()
    testbed.answer("late")
    assert wire.response().body == b"late"


def test_a_half_closed_connection_still_receives_a_deferred_response(testbed, wire):
    wire.request("GET /later")
    wire.request("GET /things/next")
    wire.end_sending()
    eventually(lambda: testbed.waiting == 1)
    testbed.answer("late")
    assert [wire.response().body for _ in range(2)] == [b"late", b"only read next"]
    assert wire.has_ended


def test_a_deferred_response_to_head_has_no_body(testbed, wire):
    wire.request("HEAD /later")
    wire.request("GET /things/next")
    eventually(lambda: testbed.waiting == 1)
    testbed.answer("late")
    assert wire.response(has_body=False).headers["Content-Length"] == "4"
    assert wire.response().body == b"only read next"


def test_deferred_responses_for_closed_connections_are_discarded(testbed):
    for _ in range(20):
        client = Wire(testbed.http_port)
        client.request("GET /later")
        eventually(lambda: testbed.waiting == 1)
        client.reset()
        eventually(lambda: testbed.waiting == 0)
    assert testbed.send_command("answer nobody") == "error no pending request"
    assert testbed.metrics.value("leadville_web_answers_abandoned_total", server="test") == 20
    assert testbed.is_running


def test_requests_sent_while_one_is_pending_are_all_answered(testbed, wire):
    wire.request("GET /later")
    eventually(lambda: testbed.waiting == 1)
    count = 2_000
    wire.send("GET /things/more HTTP/1.1\r\nHost: test\r\n\r\n" * count)
    testbed.answer("late")
    assert wire.response().body == b"late"
    assert {wire.response().body for _ in range(count)} == {b"only read more"}


def test_a_malformed_request_after_a_pending_one_is_rejected_after_its_response(testbed, wire):
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
def test_protected_routes_reject_requests_without_the_token(testbed, wire, headers):
    wire.request("POST /things/a", "Content-Length: 0", *headers)
    response = wire.response()
    assert response.status == 401
    assert response.headers["WWW-Authenticate"].startswith('Bearer realm="')
    assert tuple(json.loads(response.body).values())[:2] in (
        ("Invalid access token.", "wrong_token"),
        ("Access token required. Send the header Authorization: Bearer TOKEN.", "missing_token"))
    # Read-only routes stay accessible, and the connection stays open.
    wire.request("GET /things/a")
    assert wire.response().body == b"only read a"
    wire.request("POST /things/a", "Content-Length: 0", f"Authorization: Bearer {TOKEN}")
    assert wire.response().body == b"a"
    assert testbed.metrics.value("leadville_web_requests_unauthorised_total", server="test") == 1


def test_the_configured_token_is_required_and_reloadable(run, tmp_path):
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


def test_without_a_configured_token_no_authorisation_is_needed(run):
    gateway = run({"serial.enabled": "true", "serial.probe": ""})
    assert gateway.post("/api/serial/tare", {"port": "*"})[0] == 404
