"""Engine.IO 4 and Socket.IO 5 with third-party clients and raw requests; the server is Tests/Tools/WebTestbed."""

import json
import socket
import threading

import pytest
import socketio

from clients import connect
from programs import free_ports
from socketio_clients import JAVASCRIPT_CLIENT, SEPARATOR, PythonClient, RawSession, node
from waiting import TIMEOUT, eventually

TRANSPORTS = [["polling"], ["websocket"], None]


@pytest.fixture
def endpoint(start_testbed):
    """The server without the short timeouts that the official test suites expect."""
    return start_testbed("socket.io", "0", "patient")


def web_socket(endpoint, query="", path="/socket.io/", **options):
    return connect(f"ws://127.0.0.1:{endpoint.http_port}{path}?EIO=4&transport=websocket{query}", **options)


def count(endpoint, name, **labels):
    return endpoint.metrics.value(f"leadville_socketio_{name}", **labels)


# python-socketio


@pytest.mark.parametrize("transports", TRANSPORTS, ids=["polling", "websocket", "upgrade"])
@pytest.mark.parametrize("namespace", ["/", "/custom"])
def test_python_client(endpoint, transports, namespace):
    with PythonClient(endpoint.http_port, transports=transports, namespace=namespace, auth={"a": 1}) as client:
        assert client.transport == ("polling" if transports == ["polling"] else "websocket")
        assert client.receive() == ("auth", {"a": 1})
        client.emit("message", 1, "é", {"binary": b"\x00\x01", "list": [b"", 1.5, None]})
        assert client.receive() == ("message-back", 1, "é", {"binary": b"\x00\x01", "list": [b"", 1.5, None]})
        assert client.call("message-with-ack", "a", b"b") == ("a", b"b")
        client.emit("question", "what", b"\xff")
        assert client.receive() == ("answer", "what", b"\xff")


@pytest.mark.parametrize("transports", TRANSPORTS, ids=["polling", "websocket", "upgrade"])
def test_nothing_is_lost_or_repeated(endpoint, transports):
    with PythonClient(endpoint.http_port, transports=transports) as client:
        for number in range(500):
            client.emit("message", number)
        received = [client.receive("message-back")[1] for _ in range(500)]
    assert received == list(range(500))


def test_rejected_clients_learn_why(endpoint):
    session = RawSession(endpoint.http_port)
    session.post('40{"reject":true}', "40/unknown,")
    assert session.receive(2) == ['44{"message":"Not welcome"}', '44/unknown,{"message":"Invalid namespace"}']
    with pytest.raises(socketio.exceptions.ConnectionError):
        PythonClient(endpoint.http_port, transports=["websocket"], namespace="/unknown")


# The official JavaScript client


def test_javascript_client_under_node(endpoint):
    output = node(__file__.replace("test_socketio.py", "socketio_client.js"), endpoint.http_port)
    assert output == [
        {"auth": {"token": "the secret of this test"}, "namespaces": [True, True, False], "error": "Invalid namespace"},
        {"number": 1, "text": "é", "nested": [1, 2, 3], "more": 0},
        {"acknowledged": ["a", "websocket"]},
        {"mayChange": "yes"},
        {"answer": [42]},
        {"left": ["io server disconnect", None], "connected": True},
    ]


@pytest.mark.parametrize("options", [{}, {"transports": ["polling"]}, {"withCredentials": True}], ids=["upgrade", "polling", "credentials"])
def test_javascript_client_in_a_browser(endpoint, browser, options):  # noqa: F811
    page = browser.new_page()
    # A page of another origin: the metrics of the same server under another name.
    page.goto(f"http://localhost:{endpoint.http_port}/metrics")
    page.add_script_tag(path=JAVASCRIPT_CLIENT)
    result = page.evaluate(
        """async ([port, options]) => {
            const socket = io(`http://127.0.0.1:${port}`, {reconnection: false, ...options})
            const next = (target, event) => new Promise(resolve => target.once(event, (...values) => resolve(values)))
            await next(socket, "auth")
            if (!options.transports && socket.io.engine.transport.name !== "websocket")
                await next(socket.io.engine, "upgrade")
            socket.emit("message", new Uint8Array([1, 2]), "text")
            const [bytes, text] = await next(socket, "message-back")
            const answer = await socket.emitWithAck("message-with-ack", 7)
            const transport = socket.io.engine.transport.name
            socket.disconnect()
            return [transport, [...new Uint8Array(bytes)], text, answer]
        }""", [endpoint.http_port, options])
    assert result == ["polling" if "transports" in options else "websocket", [1, 2], "text", 7]
    page.close()


# Engine.IO over raw requests


def test_open(endpoint):
    session = RawSession(endpoint.http_port)
    assert len(session.id) == 20
    assert session.open == {
        "sid": session.id, "upgrades": ["websocket"], "pingInterval": 25000, "pingTimeout": 20000, "maxPayload": 1000000}
    with web_socket(endpoint) as client:
        opened = json.loads(client.recv(TIMEOUT)[1:])
        assert opened["upgrades"] == [] and opened["sid"] != session.id


@pytest.mark.parametrize(("method", "parameters", "code", "message"), [
    ("GET", {"EIO": None}, 5, "Unsupported protocol version"),
    ("GET", {"EIO": "3"}, 5, "Unsupported protocol version"),
    ("GET", {"transport": None}, 0, "Transport unknown"),
    ("GET", {"transport": "webtransport"}, 0, "Transport unknown"),
    ("GET", {"sid": "unknown"}, 1, "Session ID unknown"),
    ("POST", {"sid": None}, 2, "Bad handshake method"),
    ("PUT", {}, 2, "Bad handshake method"),
    ("GET", {"transport": "websocket"}, 3, "Bad request"),
])
def test_invalid_requests(endpoint, method, parameters, code, message):
    status, text = RawSession(endpoint.http_port).request(method, **parameters)
    answer = json.loads(text)
    assert (status, answer["code"], answer["message"]) == (400, code, message)
    assert answer["detail"].endswith(".")


def test_a_post_holds_several_packets(endpoint):
    session = RawSession(endpoint.http_port, path="/engine.io/")
    assert session.post("4a", "bAQID", "4é") == (200, "ok")
    assert session.poll() == ["4a", "bAQID", "4é"]


def test_a_poll_waits_for_a_packet(endpoint):
    session = RawSession(endpoint.http_port, path="/engine.io/")
    polling = session.send("GET")
    assert session.post("4late") == (200, "ok")
    response = polling.getresponse()
    assert (response.status, response.read()) == (200, b"4late")
    assert response.headers["Content-Type"].lower() == "text/plain; charset=utf-8"


@pytest.mark.parametrize("packets", [["abc"], [""], ["4a", "7"], ["b?"], ["2"]])
def test_an_invalid_packet_ends_the_session(endpoint, packets):
    session = RawSession(endpoint.http_port, path="/engine.io/")
    assert session.post(*packets)[0] == 400
    assert session.request("GET")[0] == 400
    assert count(endpoint, "sessions_ended_total", server="engine.io", reason="rejected") == 1


def test_two_polls_at_once_end_the_session(endpoint):
    session = RawSession(endpoint.http_port, path="/engine.io/")
    first = session.send("GET")
    eventually(lambda: count(endpoint, "sessions", server="engine.io", transport="polling") == 1)
    assert session.request("GET")[0] == 400
    response = first.getresponse()
    assert (response.status, response.read()) == (200, b"1")
    assert session.request("GET")[0] == 400


def raw_post(session, body, length=None):
    """Begins a POST request and sends the first bytes of its body."""
    stream = socket.create_connection(("127.0.0.1", session.port), TIMEOUT)
    stream.settimeout(TIMEOUT)
    stream.sendall(
        f"POST {session.path}?EIO=4&transport=polling&sid={session.id} HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Length: {length or len(body)}\r\n\r\n".encode() + body)
    return stream


def test_two_posts_at_once_end_the_session(endpoint):
    session = RawSession(endpoint.http_port, path="/engine.io/")
    slow = raw_post(session, b"4sl", 5)
    # The server has read the head of the first once it answers the second, which it reads later.
    assert session.post("4fast") == (200, "ok")
    slow.sendall(b"ow")
    assert slow.recv(1000).startswith(b"HTTP/1.1 400 ")
    assert session.request("GET")[0] == 400


def test_a_torn_post_changes_nothing(endpoint):
    session = RawSession(endpoint.http_port, path="/engine.io/")
    raw_post(session, b"4torn", 100).close()
    assert session.post("4whole") == (200, "ok")
    assert session.poll() == ["4whole"]


def test_a_session_ends_when_its_client_vanishes(endpoint):
    session = RawSession(endpoint.http_port)
    polling = session.send("GET")
    with web_socket(endpoint) as client:
        client.recv(TIMEOUT)
        assert count(endpoint, "sessions", server="socket.io", transport="websocket") == 1
        client.socket.shutdown(socket.SHUT_RDWR)
    polling.close()
    eventually(lambda: count(endpoint, "sessions_ended_total", server="socket.io", reason="transport_closed") == 2)
    assert session.request("GET")[0] == 400


def test_a_silent_client_times_out(start_testbed):
    endpoint = start_testbed("socket.io", "0")
    sessions = []

    def answers_in_time():
        """Answers the first ping and connects; false if the machine is so busy that the fifth of a second was over."""
        session = RawSession(endpoint.http_port)
        sessions.append(session)
        assert session.poll() == ["2"]
        if session.post("3", "40") != (200, "ok"):
            return False
        packets = []
        while len(packets) < 2:
            status, text = session.request("GET")
            if status != 200:
                return False
            packets += [packet for packet in text.split(SEPARATOR) if packet != "2"]
        return packets[1] == '42["auth",{}]'

    eventually(answers_in_time)
    eventually(lambda: count(endpoint, "sessions_ended_total", server="socket.io", reason="ping_timeout") == len(sessions))


def test_payload_limits(endpoint):
    session = RawSession(endpoint.http_port, path="/engine.io/")
    largest = "4" + "x" * 999_999
    assert session.post(largest) == (200, "ok")
    assert session.poll() == [largest]
    assert session.post(largest + "x")[0] == 413
    assert session.request("GET")[0] == 400
    with web_socket(endpoint, path="/engine.io/", max_size=None) as client:
        client.recv(TIMEOUT)
        client.send(largest + "x")
        with pytest.raises(Exception, match="1009"):
            client.recv(TIMEOUT)


def test_a_long_post_is_processed_as_fast_as_the_client_polls(endpoint):
    session = RawSession(endpoint.http_port)
    session.post("40")
    session.receive(2)
    packets = [f'42["message",{number}]' for number in range(16_000)]
    answer = []
    posting = threading.Thread(target=lambda: answer.append(session.post(*packets)))
    posting.start()
    received = session.receive(len(packets))
    posting.join()
    assert answer == [(200, "ok")]
    assert received == [f'42["message-back",{number}]' for number in range(16_000)]


def test_jsonp(endpoint):
    session = RawSession(endpoint.http_port, path="/engine.io/")
    body = "d=4a%5Cnb%1E4%22%E2%80%A8"
    status, text = session.request("POST", body, j="5", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert (status, text) == (200, "ok")
    assert session.request("GET", j="5") == (200, r'___eio[5]("4a\u000ab\u001e4\"\u2028");')


def test_responses_to_pages_of_other_origins(endpoint):
    session = RawSession(endpoint.http_port, Origin="http://localhost:3000")
    response = session.send("POST", b"40").getresponse()
    assert response.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert response.headers["Access-Control-Allow-Credentials"] == "true"
    preflight = session.send("OPTIONS", headers={
        "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-session"}).getresponse()
    assert preflight.status == 204
    assert preflight.headers["Access-Control-Allow-Credentials"] == "true"
    assert preflight.headers["Access-Control-Allow-Headers"] == "x-session"
    foreign = session.send("POST", b"3", headers={"Origin": "http://pages.example"}).getresponse()
    assert foreign.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in foreign.headers


# Upgrades


def upgrade(endpoint, session):
    client = web_socket(endpoint, f"&sid={session.id}", session.path)
    client.send("2probe")
    assert client.recv(TIMEOUT) == "3probe"
    return client


def test_what_is_queued_follows_on_the_web_socket(endpoint):
    session = RawSession(endpoint.http_port, path="/engine.io/")
    with upgrade(endpoint, session) as client:
        assert session.poll() == ["6"]
        assert session.post("4queued", "bAQID") == (200, "ok")
        client.send("5")
        assert (client.recv(TIMEOUT), client.recv(TIMEOUT)) == ("4queued", b"\x01\x02\x03")
        assert session.request("GET")[0] == 400
        assert session.post("4late")[0] == 400


def test_a_pending_poll_ends_with_the_probe(endpoint):
    session = RawSession(endpoint.http_port, path="/engine.io/")
    polling = session.send("GET")
    with upgrade(endpoint, session):
        assert polling.getresponse().read() == b"6"


def test_a_second_web_socket_is_closed(endpoint):
    session = RawSession(endpoint.http_port, path="/engine.io/")
    with upgrade(endpoint, session) as client:
        with web_socket(endpoint, f"&sid={session.id}", session.path) as second, pytest.raises(Exception, match="1008"):
            second.recv(TIMEOUT)
        client.send("5")
        client.send("4still here")
        assert client.recv(TIMEOUT) == "4still here"


def test_a_failed_upgrade_leaves_the_session_polling(endpoint):
    session = RawSession(endpoint.http_port, path="/engine.io/")
    with web_socket(endpoint, f"&sid={session.id}", session.path) as client:
        client.send("4early")
        with pytest.raises(Exception, match="1002"):
            client.recv(TIMEOUT)
    assert session.post("4a") == (200, "ok")
    assert session.poll() == ["4a"]


# Socket.IO over raw requests


@pytest.mark.parametrize("packets", [
    ["4abc"], ['42["message"]'], ["40", "42{}"], ["40", "40"], ["40", '42abc["message"]'], ["40", 'bAQID'],
    ["40", '451-["message",{"_placeholder":true,"num":0}]', '42["message"]'],
])
def test_invalid_messages_end_the_session(endpoint, packets):
    session = RawSession(endpoint.http_port)
    assert session.post(*packets) == (200, "ok")
    assert session.request("GET")[0] == 400


def test_values_that_json_does_not_have_are_reported(endpoint):
    session = RawSession(endpoint.http_port)
    session.post("40", '42["message",NaN]', '42["message",1]')
    packets = session.receive(4)
    assert packets[2].startswith('42["error","NaN and Infinity are not allowed')
    assert packets[3] == '42["message-back",1]'


def test_a_slow_polling_client_receives_the_newest_telemetry(endpoint):
    session = RawSession(endpoint.http_port)
    session.post("40")
    session.receive(2)
    session.post('42["fill",3000,1000]')
    # The newest are received, in order and without a gap.
    newest = [json.loads(packet[2:])[1] for packet in session.receive(100)]
    assert newest == list(range(newest[0], newest[0] + len(newest)))
    assert count(endpoint, "dropped_messages_total", server="socket.io") == newest[0] > 1000


def test_the_token_is_presented_when_connecting(endpoint):
    for auth, answer in [(None, "missing_token"), ({"token": "wrong"}, "wrong_token"), ({"token": "the secret of this test"}, "yes")]:
        with PythonClient(endpoint.http_port, transports=["websocket"], auth=auth) as client:
            assert client.call("may-change") == answer


def test_a_foreign_page_changes_nothing_even_in_a_session_of_another(endpoint):
    session = RawSession(endpoint.http_port)
    session.post('40{"token":"the secret of this test"}', '420["may-change"]')
    assert session.receive(3)[2] == '430["yes"]'
    session.post('421["may-change"]', headers={"Origin": "http://evil.example"})
    assert session.receive(1) == ['431["foreign_origin"]']


def test_shutdown_ends_polls_and_web_sockets(endpoint):
    session = RawSession(endpoint.http_port)
    polling = session.send("GET")
    with web_socket(endpoint) as client:
        client.recv(TIMEOUT)
        assert endpoint.send_command("shut-down") == "shutting down"
        assert polling.getresponse().read() == b"1"
        with pytest.raises(Exception, match="1001"):
            client.recv(TIMEOUT)


def test_a_client_of_version_3_receives_the_supported_versions(endpoint):
    status, text = RawSession(endpoint.http_port).request("GET", EIO="3", sid=None)
    assert status == 400 and "socket.io-client 4" in json.loads(text)["detail"]
    endpoint.log.wait_for("rejected a client at 127.0.0.1 that does not speak version 4 of Engine.IO")
