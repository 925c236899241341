"""TLS on the gateway's ports, with the clients of Python and OpenSSL."""

import contextlib
import http.client
import json
import signal
import socket
import ssl
import stat
import subprocess

import pytest

from clients import HeartBoard, connect, receive
from programs import PLAIN_ENVIRONMENT, PROGRAM
from waiting import TIMEOUT, eventually


def tls_init(directory, *arguments):
    """Makes certificates; returns what the command prints."""
    result = subprocess.run(
        [PROGRAM, "tls", "init", "--directory", str(directory), *arguments], capture_output=True, text=True,
        timeout=TIMEOUT, env=PLAIN_ENVIRONMENT, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(name="directory")
def make_certificates(tmp_path):
    tls_init(tmp_path / "tls")
    return tmp_path / "tls"


def settings(directory):
    return {"tls.certificate": directory / "server.crt", "tls.key": directory / "server.key",
            "tls.authority": directory / "ca.crt"}


@pytest.fixture(name="gateway")
def start_gateway(run, directory):
    return run(settings(directory))


@pytest.fixture(name="trust")
def trust_authority(directory):
    return ssl.create_default_context(cafile=directory / "ca.crt")


def get(gateway, trust, path):
    connection = http.client.HTTPSConnection("127.0.0.1", gateway.http_port, timeout=TIMEOUT, context=trust)
    connection.request("GET", path)
    response = connection.getresponse()
    answer = response.status, response.headers, response.read()
    connection.close()
    return answer


def handshake(port, context, session=None):
    raw = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
    return context.wrap_socket(raw, server_hostname="localhost", session=session)


def serial_number(port, trust):
    with handshake(port, trust) as client:
        return client.getpeercert()["serialNumber"]


def test_every_port_serves_tls_and_plain_text(gateway, trust):
    assert get(gateway, trust, "/health")[0] == 200 and gateway.get("/health")[0] == 200
    for port, path in [(gateway.http_port, "/ws/live"), (gateway.live_port, "/"), (gateway.heart_port, "/")]:
        with connect(f"wss://127.0.0.1:{port}{path}", ssl=trust) as secure, connect(f"ws://127.0.0.1:{port}{path}") as plain:
            for client in (secure, plain):
                client.send('{"type": "ping"}' if port != gateway.heart_port else '{"command": "get_users"}')
                assert receive(client)


def test_pages_of_https_and_wss_may_use_the_gateway(gateway, trust):
    connection = http.client.HTTPSConnection("127.0.0.1", gateway.http_port, timeout=TIMEOUT, context=trust)
    headers = {"Origin": f"https://127.0.0.1:{gateway.http_port}", "Content-Type": "application/json"}
    connection.request("POST", "/api/events", json.dumps({"type": "status", "message": "hello"}), headers)
    response = connection.getresponse()
    assert response.status == 200, response.read()
    connection.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_supported_versions(gateway, trust, version):
    trust.minimum_version = trust.maximum_version = version
    with handshake(gateway.http_port, trust) as client:
        assert client.version() == {"TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}[version.name]
        client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert client.recv(15) == b"HTTP/1.1 200 OK"


def test_older_versions_are_rejected(gateway):
    result = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.http_port}", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        input="", capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert result.returncode != 0 and "alert protocol version" in result.stderr
    assert eventually(lambda: gateway.metrics.value("leadville_tls_failures_total") == 1)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_are_resumed(gateway, trust, version):
    trust.minimum_version = trust.maximum_version = version
    with handshake(gateway.http_port, trust) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.recv(100)
        session = client.session
    with handshake(gateway.http_port, trust, session) as client:
        assert client.session_reused
        client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(15) == b"HTTP/1.1 200 OK"
    assert gateway.metrics.value("leadville_tls_resumptions_total") == 1


def test_a_new_certificate_needs_no_restart_and_costs_no_connection(gateway, directory, trust):
    before = serial_number(gateway.http_port, trust)
    board = HeartBoard("127.0.0.1", gateway.board_port)
    with connect(f"wss://127.0.0.1:{gateway.heart_port}/", ssl=trust) as client:
        assert receive(client)["type"] == "status"
        board.send(user=1, bpm=70)
        assert receive(client)["user"] == 1
        assert "Kept the authority" in tls_init(directory)
        gateway.signal(signal.SIGHUP)
        assert eventually(lambda: serial_number(gateway.http_port, trust) != before)
        board.send(user=2, bpm=71)
        assert receive(client)["user"] == 2
        # What cannot be used changes nothing.
        (directory / "server.crt").write_text("nonsense", encoding="ascii")
        gateway.signal(signal.SIGHUP)
        assert gateway.log.wait_for("server.crt is not a certificate")
        assert get(gateway, trust, "/health")[0] == 200


def test_a_slow_client_receives_every_byte_in_order(gateway, trust):
    with connect(f"wss://127.0.0.1:{gateway.http_port}/ws/live", ssl=trust) as client:
        receive(client)
        messages = [{"type": "status", "message": f"{number} " + "x" * 900} for number in range(600)]
        # The client's receiving thread fills its buffers and those of the kernel, and then waits.
        for start in range(0, 600, 50):
            assert gateway.post("/api/events", messages[start:start + 50])[0] == 200
        received = []
        while len(received) < 600:
            message = receive(client)
            if message.get("source") == "application":
                received.append(message["data"]["message"] if "data" in message else message["message"])
    assert [int(text.split()[0]) for text in received] == list(range(600))


def test_unread_records_stay_whole(gateway, trust):
    """A client reads so little that the socket accepts only parts of records."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    raw.settimeout(TIMEOUT)
    raw.connect(("127.0.0.1", gateway.http_port))
    with trust.wrap_socket(raw, server_hostname="localhost") as client:
        count = 60
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * (count - 1)
                       + b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b""
        while part := client.recv(1_000):
            answer += part
        assert answer.count(b"HTTP/1.1 200 OK") == count
        assert answer.count(b"\nprocess_resident_memory_bytes ") == count


def test_large_bodies_pass(gateway, trust):
    connection = http.client.HTTPSConnection("127.0.0.1", gateway.http_port, timeout=TIMEOUT, context=trust)
    connection.request("POST", "/data", b"x" * 400_000)
    assert connection.getresponse().status == 499
    connection.close()


@pytest.mark.parametrize("data", [b"\x16", b"\x16\x03\x01\xff\xff" + b"x" * 4_000, b"\x16" * 5_000])
def test_malformed_handshakes_end_alone(gateway, trust, data):
    with connect(f"wss://127.0.0.1:{gateway.http_port}/ws/live", ssl=trust) as client:
        receive(client)
        with socket.create_connection(("127.0.0.1", gateway.http_port), timeout=TIMEOUT) as attacker:
            attacker.sendall(data)
            with contextlib.suppress(OSError):
                attacker.shutdown(socket.SHUT_WR)
                while attacker.recv(1_000):
                    pass
        client.send('{"type": "ping"}')
        while receive(client)["event_type"] != "pong":
            pass


def test_a_handshake_that_never_ends_times_out(run, directory):
    gateway = run(settings(directory) | {"web.request_timeout": "200ms"})
    with socket.create_connection(("127.0.0.1", gateway.http_port), timeout=TIMEOUT) as client:
        client.sendall(b"\x16\x03\x01")
        assert client.recv(100) == b""


def test_phones_get_the_authority(gateway, directory):
    status, headers, body = gateway.get("/tls/ca.crt")
    assert status == 200 and headers["Content-Type"] == "application/x-x509-ca-cert"
    assert body == (directory / "ca.crt").read_bytes()
    assert b"/tls/ca.crt" in gateway.get("/tls")[2]


def test_a_private_key_is_never_served(run, directory):
    gateway = run(settings(directory) | {"tls.authority": directory / "ca.key"})
    assert gateway.get("/tls/ca.crt")[0] == 404


def test_init_makes_a_chain_that_openssl_accepts(directory):
    verified = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-verify_hostname", "localhost", "-CAfile", directory / "ca.crt",
         directory / "server.crt"], capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert verified.returncode == 0, verified.stderr
    for name in ("ca.key", "server.key"):
        assert stat.S_IMODE((directory / name).stat().st_mode) & 0o007 == 0
    authority = (directory / "ca.crt").read_bytes()
    assert "range.example" in tls_init(directory, "--name", "range.example", "--name", "192.0.2.7")
    assert (directory / "ca.crt").read_bytes() == authority
    text = subprocess.run(
        ["openssl", "x509", "-in", directory / "server.crt", "-noout", "-ext", "subjectAltName"],
        capture_output=True, text=True, timeout=TIMEOUT, check=True).stdout
    assert "DNS:range.example" in text and "IP Address:192.0.2.7" in text


@pytest.mark.parametrize("change, text", [
    ({"tls.key": "ca.key"}, "ca.key is not the private key of"), ({"tls.certificate": "server.key"}, "is not a certificate"),
    ({"tls.certificate": "missing.crt"}, "missing.crt cannot be read: No such file"),
])
def test_an_unusable_certificate_prevents_the_start(directory, tmp_path, change, text):
    values = settings(directory) | {key: directory / name for key, name in change.items()}
    arguments = [f"--set={key}={value}" for key, value in (values | {
        "state_directory": tmp_path / "state", "http.port": 1}).items()]
    result = subprocess.run(
        [PROGRAM, "run", *arguments], capture_output=True, text=True, timeout=TIMEOUT, env=PLAIN_ENVIRONMENT, check=False)
    assert result.returncode != 0 and text in result.stderr
