"""The configurations in docs/mosquitto.md and docs/nginx.md: each program is started from its page."""

import json
import queue
import re
import ssl
import subprocess
import urllib.request

import paho.mqtt.client
import paho.mqtt.enums
import pytest
import requests

from broker import Authority, Broker, Client as MQTTClient, password_line, program
from clients import connect, receive
from programs import REPOSITORY, Process, free_ports
from socketio_clients import Client
from test_motion import message, phones, post
from test_mqtt import connected, start  # noqa: F401
from waiting import TIMEOUT, eventually


def blocks(page, language):
    """The code blocks of a page of the documentation."""
    text = (REPOSITORY / "docs" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "ca")


class DocumentedBroker(Broker):
    """mosquitto with the configuration of the page, on free ports and with files of the test."""

    def __init__(self, folder, authority):
        self.folder = folder
        self.port, self.web_port = free_ports(2)
        certificate, key = authority.issue("localhost", "DNS:localhost")
        (folder / "passwd").write_text(password_line("sensor", "s3cret"), encoding="ascii")
        (folder / "passwd").chmod(0o600)
        text, = blocks("mosquitto.md", "conf")
        for old, new in [("/etc/mosquitto/passwd", folder / "passwd"), ("/etc/mosquitto/certs/fullchain.pem", certificate),
                         ("/etc/mosquitto/certs/privkey.pem", key), ("8883", self.port), ("8884", self.web_port)]:
            assert old in text
            text = text.replace(old, str(new))
        path = folder / "mosquitto.conf"
        # The page's file is included by Debian's own; as root, mosquitto would continue as another user.
        path.write_text(f"user root\nlog_type all\npersistence true\npersistence_location {folder}/\n{text}", encoding="utf-8")
        Process.__init__(self, program("mosquitto"), "-c", str(path))
        assert self.log.wait_for(r"mosquitto version \S+ running"), self.log.all()


def test_the_broker_of_the_page(run, start, authority, tmp_path):  # noqa: F811
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    broker = DocumentedBroker(folder, authority)
    try:
        gateway = run({
            "mqtt.host": "localhost", "mqtt.port": broker.port, "mqtt.username": "sensor", "mqtt.password": "s3cret",
            "mqtt.tls.ca_file": authority.certificate})
        connected(gateway)
        phone = start(
            MQTTClient, broker.port, "by-tcp", user="sensor", password="s3cret", authority=authority, host="localhost")
        phone.publish("sensor-logger", json.dumps(message(device="by-tcp")), 1)
        eventually(lambda: phones(gateway))
        web = paho.mqtt.client.Client(paho.mqtt.enums.CallbackAPIVersion.VERSION2, transport="websockets")
        web.username_pw_set("sensor", "s3cret")
        web.tls_set(ca_certs=str(authority.certificate))
        web.connect("localhost", broker.web_port)
        web.loop_start()
        eventually(web.is_connected)
        web.publish("sensor-logger", json.dumps(message(device="by-websocket")), 1)
        eventually(lambda: [one["phone"] for one in phones(gateway)] == ["by-tcp", "by-websocket"])
        web.disconnect()
        web.loop_stop()
    finally:
        broker.kill()


@pytest.fixture
def site(run, authority, tmp_path):
    """nginx with the configuration of the page in front of a gateway; returns the gateway, the port and the TLS context."""
    port, = free_ports(1)
    gateway = run({"http.names": "range.example.org"})
    certificate, key = authority.issue("range.example.org", "DNS:localhost", "DNS:range.example.org")
    text = blocks("nginx.md", "nginx")[0]
    folder = "/etc/letsencrypt/live/range.example.org"
    for old, new in [("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"), (f"{folder}/fullchain.pem", certificate),
                     (f"{folder}/privkey.pem", key), ("127.0.0.1:8000", f"127.0.0.1:{gateway.http_port}"),
                     ("127.0.0.1:6789", f"127.0.0.1:{gateway.heart_port}"),
                     ("127.0.0.1:5001", f"127.0.0.1:{gateway.pressure_port}"),
                     ("127.0.0.1:8001", f"127.0.0.1:{gateway.pages_port}"),
                     ("127.0.0.1:8002", f"127.0.0.1:{gateway.timer_pages_port}"),
                     ("127.0.0.1:8765", f"127.0.0.1:{gateway.live_port}")]:
        assert old in text
        text = text.replace(old, str(new))
    temporary = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    path = tmp_path / "nginx.conf"
    path.write_text(
        f"daemon off; master_process off; pid {tmp_path}/nginx.pid; error_log stderr notice;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{temporary}{text}}}\n", encoding="utf-8")
    nginx = program("nginx")
    check = subprocess.run([nginx, "-t", "-c", str(path), "-e", "stderr"], capture_output=True, text=True, timeout=TIMEOUT)
    assert check.returncode == 0, check.stderr
    server = Process(nginx, "-c", str(path), "-e", "stderr")
    context = ssl.create_default_context(cafile=str(authority.certificate))

    def answers():
        try:
            return urllib.request.urlopen(f"https://localhost:{port}/health", timeout=TIMEOUT, context=context).status == 200
        except OSError:
            assert server.is_running, server.log.all()
            return False

    eventually(answers)
    yield gateway, port, context
    server.kill()


def test_requests_through_nginx(site):
    gateway, port, context = site
    body = json.dumps(message(count=3_000)).encode()
    request = urllib.request.Request(f"https://localhost:{port}/data", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=TIMEOUT, context=context) as answer:
        assert answer.read() == b"success"
    with urllib.request.urlopen(f"https://localhost:{port}/sensor/", timeout=TIMEOUT, context=context) as answer:
        assert b"<title>" in answer.read()
    assert phones(gateway)[0]["samples"] == {"acceleration": 3_000}


def test_a_page_of_the_site_may_change_something_and_a_foreign_one_may_not(site):
    _, port, context = site

    def change(origin):
        request = urllib.request.Request(
            f"https://localhost:{port}/api/events", b'{"type": "status", "event_type": "test"}',
            {"Host": "range.example.org", "Origin": origin})
        try:
            return urllib.request.urlopen(request, timeout=TIMEOUT, context=context).status
        except urllib.error.HTTPError as error:
            return error.code

    assert change("https://range.example.org") == 200
    assert change("https://elsewhere.example.com") == 403


def test_websockets_through_nginx(site):
    gateway, port, context = site
    with connect(f"wss://localhost:{port}/ws/live", ssl=context) as live:
        assert receive(live)["event_type"] == "connection_established"
        live.send('{"type": "ping"}')
        assert receive(live)["event_type"] == "pong"
    assert post(gateway, message())[0] == 200
    with connect(f"wss://localhost:{port}/sensor/stream", ssl=context) as stream:
        assert receive(stream)["type"] == "motion"
    with connect(f"wss://localhost:{port}/hearts/stream", ssl=context) as hearts:
        hearts.send('{"type": "get_status"}')
        assert receive(hearts)
    with connect(f"wss://localhost:{port}/live/stream", ssl=context) as live:
        assert receive(live)["type"] == "welcome"
    with connect(f"wss://localhost:{port}/leadville/ws/logs", ssl=context) as log:
        assert receive(log)["type"] == "log_batch"
    with connect(f"wss://localhost:{port}/timers/ws", ssl=context) as timers:
        assert receive(timers)["type"] == "initial_data"


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_socketio_through_nginx(site, authority, transport):
    _, port, _ = site
    session = requests.Session()
    session.verify = str(authority.certificate)
    # Variables of the environment would name other certificates.
    session.trust_env = False
    received = queue.Queue()
    client = Client(http_session=session)
    client.on("*", lambda event, *arguments: received.put((event, *arguments)))
    client.connect(f"https://localhost:{port}", transports=[transport], wait_timeout=TIMEOUT)
    assert client.transport() == transport
    client.emit("join_session", {"workout_id": "demo"})
    client.emit("pressure_frame", {"workout_id": "demo", "matrix": [[4]]})
    while (event := received.get(timeout=TIMEOUT))[0] != "frame_processed":
        pass
    assert event[1]["frame_count"] == 1
    client.disconnect()
    assert session.get(f"https://localhost:{port}/workouts", timeout=TIMEOUT).json()["status"] == "success"


def test_server_sent_events_through_nginx_arrive_as_they_happen(site):
    gateway, port, context = site
    with urllib.request.urlopen(
            f"https://localhost:{port}/api/events/stream?channels=status", timeout=TIMEOUT, context=context) as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        # The second is published when the first has been read: nothing waits in a buffer.
        for name in ("door_opened", "door_closed"):
            gateway.request("POST", "/api/events", {"type": "status", "event_type": name})
            while not (line := stream.readline()).startswith(b"data: "):
                pass
            assert json.loads(line[6:])["event_type"] == name
