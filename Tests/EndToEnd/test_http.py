"""HTTP on the wire, against the requirements of RFC 9112 for servers."""

import contextlib
import select

import pytest

from waiting import eventually
from wire import Wire


@pytest.fixture
def wire(testbed):
    with Wire(testbed.http_port) as wire:
        yield wire


@pytest.fixture
def short_timeout_server(start_testbed):
    """A server with a request timeout of half a second."""
    return start_testbed("impatient")


def test_a_connection_serves_many_requests(wire):
    for _ in range(20):
        wire.request("GET /health")
        response = wire.response()
        assert (response.status, response.headers["Content-Type"]) == (200, "application/json")
        assert b'"status":"healthy"' in response.body
        assert "Connection" not in response.headers


def test_pipelined_requests_are_answered_in_order(wire):
    bodies = [f"body {number}".encode() * number for number in range(50)]
    wire.send(b"".join(
        b"POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies))
    assert [wire.response().body for _ in bodies] == bodies


def test_head_equals_get_without_a_body(wire):
    for path in ("/", "/health"):
        wire.request(f"HEAD {path}")
        head = wire.response(has_body=False)
        wire.request(f"GET {path}")
        full = wire.response()
        assert head.status == full.status == 200
        assert head.headers["Content-Type"] == full.headers["Content-Type"]
        assert int(head.headers["Content-Length"]) > 0 and full.body


def test_a_chunked_body_is_accepted(wire):
    wire.request(
        "POST /body", "Transfer-Encoding: chunked",
        body="5\r\nfirst\r\n8;name=value\r\n, second\r\n0\r\nTrailer: is dropped\r\n\r\n")
    assert wire.response().body == b"first, second"
    wire.request("GET /health")
    assert wire.response().status == 200


def test_expect_continue_is_answered_before_the_body(wire):
    wire.request("POST /body", "Content-Length: 4", "Expect: 100-continue")
    assert wire.response().status == 100
    wire.send("body")
    response = wire.response()
    assert (response.status, response.body) == (200, b"body")


def test_expect_continue_with_a_body_that_is_too_large_is_rejected(wire):
    wire.request("POST /body", "Content-Length: 100001", "Expect: 100-continue")
    assert wire.response().status == 413


@pytest.mark.parametrize("line, status", [
    ("POST /nothing", 404), ("POST /health", 405), ("PUT /things/a", 405), ("POST /things/a", 401),
])
def test_expect_continue_is_rejected_if_the_body_would_not_be_read(wire, line, status):
    wire.request(line, "Content-Length: 4", "Expect: 100-continue")
    response = wire.response()
    assert (response.status, response.headers["Connection"]) == (status, "close")
    # A body that is sent anyway is not parsed as a request.
    wire.send("GET /")
    assert wire.has_ended


def test_expect_continue_with_the_token_is_accepted(wire):
    wire.request("POST /things/a", "Content-Length: 4", "Expect: 100-continue",
                 "Authorization: Bearer the secret of this test")
    assert wire.response().status == 100
    wire.send("body")
    assert wire.response().status == 200


@pytest.mark.parametrize("line, status, allow", [
    ("GET /nothing", 404, None),
    ("POST /health", 405, {"GET", "HEAD"}),
    ("GET /body", 405, {"POST"}),
    ("DELETE /", 405, {"GET", "HEAD"}),
])
def test_routing_errors_leave_the_connection_usable(wire, line, status, allow):
    wire.request(line, "Content-Length: 0")
    response = wire.response()
    assert response.status == status
    assert set(response.headers.get("Allow", "").split(", ")) == (allow or {""})
    wire.request("GET /health")
    assert wire.response().status == 200


@pytest.mark.parametrize("status, request_text", [
    (400, "GET  /health HTTP/1.1\r\nHost: test\r\n\r\n"),
    (400, "GET /health HTTP/1.1\r\n\r\n"),
    (400, "GET /health HTTP/1.1\nHost: test\n\n"),
    (400, "GET /health HTTP/1.1\r\nHost: test\r\nNo colon\r\n\r\n"),
    (400, "GET /health HTTP/1.1\r\nHost: test\r\nSpace : before colon\r\n\r\n"),
    (400, "GET /health HTTP/1.1\r\nHost: test\r\nFolded: a\r\n b\r\n\r\n"),
    (400, "GET /../etc/passwd HTTP/1.1\r\nHost: test\r\n\r\n"),
    (400, "POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    (400, "POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    (400, "POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: -1\r\n\r\n"),
    (400, "POST /body HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"),
    (400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    (400, "\0\0\0\0"),
    (413, "POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: 100001\r\n\r\n"),
    (413, "POST /body HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n186a1\r\n"),
    (414, f"GET /{'x' * 9_000} HTTP/1.1\r\nHost: test\r\n\r\n"),
    (417, "POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\nExpect: miracles\r\n\r\n"),
    (431, f"GET /health HTTP/1.1\r\nHost: test\r\nLarge: {'x' * 17_000}\r\n\r\n"),
    (431, "GET /health HTTP/1.1\r\nHost: test\r\n" + "A: b\r\n" * 100 + "\r\n"),
    (501, "CONNECT test:443 HTTP/1.1\r\nHost: test\r\n\r\n"),
    (501, "POST /body HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
    (505, "GET /health HTTP/2.0\r\nHost: test\r\n\r\n"),
])
def test_malformed_requests_are_answered_with_a_reason_and_close_the_connection(testbed, wire, status, request_text):
    wire.send(request_text + "GET /health HTTP/1.1\r\nHost: smuggled\r\n\r\n")
    response = wire.response()
    assert response.status == status
    assert response.headers["Connection"] == "close"
    assert response.body.decode().endswith(".\n")
    assert wire.has_ended
    refused = [
        count for (name, _), count in testbed.metrics.samples.items() if name == "leadville_web_requests_refused_total"]
    assert refused == [1]


def test_a_body_at_the_size_limit_is_accepted(wire):
    body = "x" * 100_000
    wire.request("POST /body", "Content-Length: 100000", body=body)
    assert wire.response().body == body.encode()


@pytest.mark.parametrize("beginning", [
    "G", "GET /health HTTP/1.1\r\nHost: te", "POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nbod"])
def test_an_incomplete_request_times_out(short_timeout_server, beginning):
    with Wire(short_timeout_server.http_port) as wire:
        wire.send(beginning)
        response = wire.response()
        assert (response.status, response.headers["Connection"]) == (408, "close")
        assert wire.has_ended
    assert short_timeout_server.metrics.value("leadville_web_request_timeouts_total", server="test") == 1


def test_a_slow_request_is_cut_off(short_timeout_server):
    with Wire(short_timeout_server.http_port) as wire:
        wire.send("GET /health HTTP/1.1\r\n")
        # A header line every 20 ms until the server answers: the timeout covers the whole request, not each line.
        while not select.select([wire.socket], [], [], 0.02)[0]:
            wire.send("X: y\r\n")
        assert wire.response().status == 408


def test_an_idle_connection_is_closed(short_timeout_server):
    with Wire(short_timeout_server.http_port) as wire:
        assert wire.has_ended


def test_connection_close_is_honoured(wire):
    wire.request("GET /health", "Connection: close")
    response = wire.response()
    assert (response.status, response.headers["Connection"]) == (200, "close")
    assert wire.has_ended


def test_an_http_1_0_request_is_served_and_the_connection_closed(wire):
    wire.send("GET /health HTTP/1.0\r\n\r\n")
    response = wire.response()
    assert (response.status, response.headers["Connection"]) == (200, "close")
    assert wire.has_ended


def test_a_half_closed_connection_still_receives_its_responses(wire):
    wire.request("GET /health")
    wire.request("GET /nothing")
    wire.end_sending()
    assert [wire.response().status for _ in range(2)] == [200, 404]
    assert wire.has_ended


def test_a_half_closed_connection_may_read_a_large_response_slowly(testbed):
    body = "0123456789" * 10_000
    with Wire(testbed.http_port, receive_buffer=4_096) as wire:
        wire.request("POST /body", "Content-Length: 100000", body=body)
        wire.end_sending()
        # Once a later request has been answered, the server has processed the request and the half-close.
        assert testbed.get("/health")[0] == 200
        assert wire.response().body == body.encode()
        assert wire.has_ended


def test_a_slow_client_receives_the_whole_of_a_large_response(testbed):
    body = "0123456789" * 10_000
    with Wire(testbed.http_port, receive_buffer=4_096) as wire:
        wire.request("POST /body", "Content-Length: 100000", "Connection: close", body=body)
        # This takes longer than the close timeout, but the client reads continuously.
        received = b""
        while len(received) < 50_000:
            select.select([], [], [], 0.05)
            received += wire.socket.recv(1_000)
        while piece := wire.socket.recv(65_536):
            received += piece
    assert received.endswith(body.encode())


def test_assets_are_revalidated_by_etag(wire):
    for path, kind in (
            ("/", "text/html; charset=utf-8"), ("/client.js", "text/javascript; charset=utf-8"),
            ("/style.css", "text/css; charset=utf-8"), ("/ws/test", "text/html; charset=utf-8")):
        wire.request(f"GET {path}")
        full = wire.response()
        assert (full.status, full.headers["Content-Type"]) == (200, kind)
        assert full.headers["Cache-Control"] == "no-cache"
        for known in (full.headers["ETag"], f'"other", W/{full.headers["ETag"]}', "*"):
            wire.request(f"GET {path}", f"If-None-Match: {known}")
            response = wire.response()
            assert (response.status, response.body) == (304, b"")
            assert response.headers["ETag"] == full.headers["ETag"]
        wire.request(f"GET {path}", 'If-None-Match: "other"')
        assert wire.response().body == full.body


def test_cross_origin_reads_are_allowed(wire):
    wire.request("GET /health", "Origin: http://elsewhere.example")
    assert wire.response().headers["Access-Control-Allow-Origin"] == "*"
    wire.request(
        "OPTIONS /body", "Origin: http://elsewhere.example", "Access-Control-Request-Method: POST",
        "Access-Control-Request-Headers: content-type, x-own")
    preflight = wire.response()
    assert (preflight.status, preflight.body) == (204, b"")
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"].split(", ")
    assert preflight.headers["Access-Control-Allow-Headers"] == "content-type, x-own"


def test_cross_origin_reads_can_be_limited_to_configured_origins(run):
    gateway = run({"http.cors_origins": "http://good.example,http://fine.example"})
    with Wire(gateway.http_port) as wire:
        wire.request("GET /health", "Origin: http://good.example")
        response = wire.response()
        assert response.headers["Access-Control-Allow-Origin"] == "http://good.example"
        assert response.headers["Vary"] == "Origin"
        wire.request("GET /health", "Origin: http://evil.example")
        assert "Access-Control-Allow-Origin" not in wire.response().headers
        wire.request("OPTIONS /health", "Origin: http://evil.example", "Access-Control-Request-Method: GET")
        assert "Access-Control-Allow-Origin" not in wire.response().headers


def test_many_connections_are_served_at_once(testbed):
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(testbed.http_port)) for _ in range(300)]
        for wire in wires:
            wire.request("GET /health")
        assert {wire.response().status for wire in wires} == {200}
        assert testbed.metrics.value("leadville_web_connections", server="test") == 301
    eventually(lambda: testbed.metrics.value("leadville_web_connections", server="test") == 1)


def test_the_number_of_connections_is_limited(run):
    gateway = run({"web.maximum_clients": 3})
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(Wire(gateway.live_port))
        with Wire(gateway.live_port) as wire:
            wire.request("GET /")
            response = wire.response()
            assert (response.status, response.headers["Connection"]) == (503, "close")
            assert response.body == b"The connection limit is reached. Try again later.\n"
            assert wire.has_ended
        assert gateway.log.wait_for(" - WARNING - live: rejected 127.0.0.1:.*: the limit of 3 clients is reached")
        assert gateway.metrics.value("leadville_web_connections_refused_total", server="live") == 1
    eventually(lambda: gateway.metrics.value("leadville_web_connections", server="live") == 0)
    with Wire(gateway.live_port) as wire:
        wire.request("GET /")
        assert wire.response().status == 426
