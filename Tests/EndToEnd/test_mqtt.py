"""Messages of phones by MQTT, with Debian's mosquitto as the broker and paho as the phone."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import threading

import pytest

from broker import Authority, Broker, Client, password_line
from clients import receive
from programs import PROGRAM, free_ports
from test_motion import message, phones
from waiting import TIMEOUT, eventually


@pytest.fixture
def start(tmp_path):
    """Starts brokers and clients; they are stopped after the test."""
    running = []

    def start(kind, *arguments, **options):
        if kind is Broker:
            folder = tmp_path / f"broker{len(running)}"
            folder.mkdir()
            arguments = (folder, *arguments)
        running.append(kind(*arguments, **options))
        return running[-1]

    yield start
    for one in reversed(running):
        (one.kill if isinstance(one, Broker) else one.close)()


def state(gateway):
    return gateway.request("GET", "/api/mqtt")[1]


def connected(gateway):
    return eventually(lambda: state(gateway)["state"] == "connected")


def failure(gateway):
    """The reason and the text of the first failure."""
    found = eventually(lambda: state(gateway)["failure"])
    return found["reason"], found["message"]


def settings(port, **more):
    return {"mqtt.host": "127.0.0.1", "mqtt.port": port} | {f"mqtt.{key}": value for key, value in more.items()}


def test_without_a_broker_there_is_no_connection_and_no_thread(gateway):
    assert state(gateway) == {"state": "disabled"}
    names = [pathlib.Path(path, "comm").read_text(encoding="ascii").strip()
             for path in pathlib.Path(f"/proc/{gateway.pid}/task").iterdir()]
    assert "mqtt" not in names
    assert "mqtt" not in json.loads(gateway.get("/health")[2])


def test_a_message_of_a_phone(run, start):
    broker = start(Broker)
    gateway = run(settings(broker.port))
    connected(gateway)
    assert json.loads(gateway.get("/health")[2])["mqtt"] == {"state": "connected", "reason": None}
    start(Client, broker.port).publish("sensor-logger", json.dumps(message()))
    phone, = eventually(lambda: phones(gateway))
    assert (phone["phone"], phone["session"], phone["samples"]) == ("phone", "s1", {"acceleration": 10})
    assert state(gateway)["messages_received"] == 1
    assert gateway.metrics.value("leadville_mqtt_connected") == 1


def test_a_virtual_phone_sends_as_the_app_does(run, start):
    broker = start(Broker)
    gateway = run(settings(broker.port))
    connected(gateway)
    app = start(Client, broker.port)
    written = subprocess.run(
        [PROGRAM, "simulate", "sensor-logger", "--seed", "3", "--seconds", "3", "--fast"], check=True, timeout=TIMEOUT,
        capture_output=True).stdout.splitlines()
    for line in written:
        app.publish("sensor-logger", line, 1)
    eventually(lambda: phones(gateway) and phones(gateway)[0]["messages"] == len(written))
    phone, = phones(gateway)
    assert phone["samples"]["acceleration"] > 100 and phone["samples"]["rotation"] > 100


def test_what_cannot_be_used_is_counted_and_does_not_disturb(run, start):
    broker = start(Broker)
    gateway = run(settings(broker.port, topic="phones/+/motion"))
    connected(gateway)
    client = start(Client, broker.port)
    client.publish("phones/a/motion", b"not JSON", 1)
    client.publish("phones/a/motion", b"x" * (513 << 10), 1)
    client.publish("phones/a/motion", b"", 1)
    client.publish("phones/a/other", json.dumps(message(device="other")), 1)
    client.publish("phones/b/motion", json.dumps(message(device="good")), 1)
    assert [phone["phone"] for phone in eventually(lambda: phones(gateway))] == ["good"]
    metrics = gateway.metrics
    assert metrics.value("leadville_phone_rejects_total", reason="not_json") == 1
    assert metrics.value("leadville_phone_rejects_total", reason="empty") == 1
    assert metrics.value("leadville_mqtt_dropped_total", reason="too_long") == 1


def test_the_variables_of_the_original_server(run, start, tmp_path):
    (tmp_path / "passwords").write_text(password_line("sensor", "s3cret word"), encoding="ascii")
    broker = start(Broker, "allow_anonymous false", f"password_file {tmp_path}/passwords")
    gateway = run(environment={
        "MQTT_BROKER": "127.0.0.1", "MQTT_PORT": str(broker.port), "MQTT_TOPIC": "hits/#", "MQTT_USERNAME": "sensor",
        "MQTT_PASSWORD": "s3cret word"})
    connected(gateway)
    start(Client, broker.port, user="sensor", password="s3cret word").publish("hits/1/2", json.dumps(message()))
    assert eventually(lambda: phones(gateway))[0]["phone"] == "phone"


def test_variables_of_other_programs_do_not_count_without_a_broker(run):
    gateway = run(environment={"MQTT_PORT": "tcp://10.0.0.1:1883", "MQTT_TOPIC": "a#b"})
    assert state(gateway) == {"state": "disabled"}


@pytest.mark.parametrize("source", ["setting", "file", "credential"])
def test_the_password_from_each_place(run, start, tmp_path, source):
    (tmp_path / "passwords").write_text(password_line("sensor", "s3cret"), encoding="ascii")
    broker = start(Broker, "allow_anonymous false", f"password_file {tmp_path}/passwords")
    secret = tmp_path / "mqtt-password"
    secret.write_text("s3cret\n", encoding="ascii")
    given = {"setting": {"mqtt.password": "s3cret"}, "file": {"mqtt.password_file": secret}, "credential": {}}[source]
    environment = {"CREDENTIALS_DIRECTORY": str(tmp_path)} if source == "credential" else {}
    connected(run(settings(broker.port, username="sensor") | given, environment=environment))


def test_a_wrong_password_is_reported_and_the_connection_retried(run, start, tmp_path):
    (tmp_path / "passwords").write_text(password_line("sensor", "s3cret"), encoding="ascii")
    broker = start(Broker, "allow_anonymous false", f"password_file {tmp_path}/passwords")
    gateway = run(settings(broker.port, username="sensor", password="wrong"))
    reason, text = failure(gateway)
    assert reason == "bad_credentials"
    assert '"wrong"' not in gateway.log.text and "=wrong" not in gateway.log.text
    assert gateway.log.wait_for(rf"WARNING - MQTT broker 127.0.0.1:{broker.port}: {text}; reconnecting")
    assert json.loads(gateway.get("/health")[2])["mqtt"]["reason"] == "bad_credentials"
    assert eventually(lambda: gateway.metrics.value("leadville_mqtt_failures_total", reason="bad_credentials") >= 2)


def test_the_broker_is_a_source_on_the_overview_and_its_changes_are_events(run, start):
    without = run()
    assert overview(without)["mqtt"] == {"state": "disabled"}
    without.terminate()
    port = free_ports(1)[0]
    gateway = run(settings(port))
    failure(gateway)
    address, text = f"127.0.0.1:{port}", f"MQTT broker 127.0.0.1:{port}: no broker listens at 127.0.0.1:{port}"
    found = overview(gateway)
    assert (found["mqtt"]["broker"], found["mqtt"]["failure"]["reason"]) == (address, "refused")
    assert found["warnings"] == [text]
    broker = start(Broker, port=port)
    connected(gateway)
    assert overview(gateway)["warnings"] == [] and overview(gateway)["mqtt"]["failure"] is None
    broker.terminate()
    eventually(lambda: state(gateway)["state"] == "waiting")
    events = []
    with gateway.live() as client:
        receive(client)
        client.send(json.dumps({"type": "subscribe", "channels": ["status"], "since": 0}))
        while len(events) < 3:
            event = receive(client)
            if event["event_type"].startswith("mqtt_"):
                events.append((event["event_type"], event["message"], event["data"].get("reason")))
    assert events[:2] == [
        ("mqtt_failed", text, "refused"), ("mqtt_connected", f"The MQTT broker {address} is connected", None)]
    assert events[2][0] == "mqtt_failed" and events[2][2] in ("closed", "refused")


def overview(gateway):
    return gateway.request("GET", "/api/overview")[1]


class ScriptedBroker:
    """Answers the packets of successive connections with given bytes."""

    def __init__(self, *connections):
        self.received = []
        self._connections = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._serve, args=connections, daemon=True).start()

    def _serve(self, *connections):
        for answers in connections:
            connection, _ = self._server.accept()
            self._connections.append(connection)
            for answer in answers:
                packet = connection.recv(4096)
                self.received.append(packet)
                connection.sendall(answer(packet) if callable(answer) else answer)
            if connections[-1] is not answers:
                connection.close()

    def close(self):
        self._server.close()


def test_a_topic_that_the_broker_does_not_allow(run, start):
    broker = start(ScriptedBroker, [b"\x20\x03\0\0\0", lambda packet: b"\x90\x04" + packet[2:4] + b"\0\x87"])
    gateway = run(settings(broker.port, qos=1))
    assert failure(gateway) == (
        "subscription_rejected", "the broker does not allow the gateway to receive from sensor-logger")
    assert state(gateway)["state"] == "connected"


def test_a_broker_that_supports_only_the_older_protocol(run, start):
    broker = start(ScriptedBroker, [b"\x20\x02\0\x01"], [b"\x20\x02\0\0", lambda packet: b"\x90\x03" + packet[2:4] + b"\0"])
    gateway = run(settings(broker.port))
    connected(gateway)
    assert [packet[8] for packet in broker.received[:2]] == [5, 4]


def test_another_client_with_the_same_id(run, start):
    accept = b"\x20\x03\0\0\0"
    broker = start(ScriptedBroker, [accept, b"\xe0\x02\x8e\0"], [accept])
    gateway = run(settings(broker.port))
    assert gateway.log.wait_for(
        "WARNING - MQTT broker .*: another client with the same client id has connected to the broker; reconnecting")
    connected(gateway)
    assert gateway.metrics.value("leadville_mqtt_failures_total", reason="replaced") == 1


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "ca")


def test_tls(run, start, authority):
    certificate, key = authority.issue("localhost", "DNS:localhost", "IP:127.0.0.1")
    broker = start(Broker, f"certfile {certificate}", f"keyfile {key}")
    gateway = run(settings(broker.port, host="localhost") | {"mqtt.tls.ca_file": authority.certificate})
    connected(gateway)
    assert state(gateway)["tls"] is True
    client = start(Client, broker.port, authority=authority)
    for number in range(50):
        client.publish("sensor-logger", json.dumps(message(number)))
    eventually(lambda: phones(gateway) and phones(gateway)[0]["messages"] == 50)


def test_what_waits_at_the_broker_arrives_at_once_over_tls(run, start, authority):
    certificate, key = authority.issue("localhost", "DNS:localhost", "IP:127.0.0.1")
    broker = start(Broker, f"certfile {certificate}", f"keyfile {key}")
    persistent = settings(broker.port, host="localhost", qos=1, clean_session="false", client_id="gateway-under-test") | {
        "mqtt.tls.ca_file": authority.certificate}
    first = run(persistent)
    connected(first)
    first.terminate()
    client, count = start(Client, broker.port, authority=authority), 500
    published = [client.publish("sensor-logger", json.dumps(message(number)), 1) for number in range(count)]
    published[-1].wait_for_publish(TIMEOUT)
    # More than the gateway reads before it looks for other work: TLS holds the rest, and nothing more comes to the socket.
    second = run(persistent)
    eventually(lambda: phones(second) and phones(second)[0]["messages"] == count)


def test_a_client_certificate(run, start, authority):
    certificate, key = authority.issue("localhost", "DNS:localhost", "IP:127.0.0.1")
    broker = start(
        Broker, f"certfile {certificate}", f"keyfile {key}", f"cafile {authority.certificate}",
        "require_certificate true")
    tls = settings(broker.port) | {"mqtt.tls.ca_file": authority.certificate}
    reason, text = failure(run(tls))
    # The broker says why, and closes the connection at once: sometimes its answer is lost.
    assert reason in ("tls", "closed") and "certificate" in text
    own, own_key = authority.issue("gateway")
    connected(run(tls | {"mqtt.tls.cert_file": own, "mqtt.tls.key_file": own_key}))


def test_certificates_that_are_not_valid(run, start, authority, tmp_path):
    certificate, key = authority.issue("elsewhere", "DNS:elsewhere.example")
    broker = start(Broker, f"certfile {certificate}", f"keyfile {key}")
    other = Authority(tmp_path / "other", "Other CA")
    reason, text = failure(run(settings(broker.port) | {"mqtt.tls.ca_file": other.certificate}))
    assert reason == "unknown_authority" and "mqtt.tls.ca_file" in text
    reason, text = failure(run(settings(broker.port) | {"mqtt.tls.ca_file": authority.certificate}))
    assert (reason, text) == ("wrong_host_name", "the broker's certificate is not for the name 127.0.0.1")
    reason, _ = failure(run(settings(broker.port) | {"mqtt.tls.use": "always"}))
    assert reason == "unknown_authority"
    reason, text = failure(run(settings(broker.port) | {"mqtt.tls.ca_file": tmp_path / "missing"}))
    assert reason == "file" and str(tmp_path / "missing") in text
    assert failure(run(settings(broker.port) | {"mqtt.tls.cert_file": certificate})) == (
        "file", "mqtt.tls.cert_file and mqtt.tls.key_file must be set together")
    assert failure(run(settings(broker.port, password="secret"))) == (
        "bad_credentials", "there is a password, but no user: set mqtt.username")


def test_tls_and_plain_mixed_up(run, start, authority):
    certificate, key = authority.issue("localhost", "DNS:localhost", "IP:127.0.0.1")
    broker = start(Broker, f"certfile {certificate}", f"keyfile {key}")
    assert failure(run(settings(broker.port)))[0] == "closed"
    plain = start(Broker)
    assert failure(run(settings(plain.port) | {"mqtt.tls.ca_file": authority.certificate}))[0] in ("tls", "closed")


def test_a_broker_that_cannot_be_reached(run):
    port = free_ports(1)[0]
    assert failure(run(settings(port))) == ("refused", f"no broker listens at 127.0.0.1:{port}")
    reason, text = failure(run(settings(port, host="broker.invalid")))
    assert reason == "name_unknown" and text.startswith("the name broker.invalid cannot be resolved: ")


@pytest.mark.skipif(os.geteuid() != 0, reason="a name server and a name space need root")
def test_a_name_server_that_never_answers(run, tmp_path):
    """The library blocks in the resolver; everything else goes on, also the end of the gateway."""
    resolver = tmp_path / "resolv.conf"
    wrapper = ("unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', resolver)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((f"127.53.{os.getpid() >> 8 & 255}.{os.getpid() & 255}", 53))
        silent.settimeout(TIMEOUT)
        resolver.write_text(f"nameserver {silent.getsockname()[0]}\noptions timeout:30 attempts:1\n", encoding="ascii")
        gateway = run(settings(1883, host="broker.example"), wrapper=wrapper)
        assert b"\6broker\7example\0" in silent.recv(512)
        assert (state(gateway)["state"], state(gateway)["failure"]) == ("connecting", None)
        assert gateway.terminate() == 0

        resolver.write_text(resolver.read_text(encoding="ascii").replace("timeout:30", "timeout:1"), encoding="ascii")
        gateway = run(settings(1883, host="broker.example"), wrapper=wrapper)
        assert failure(gateway) == (
            "name_unknown", "the name broker.example cannot be resolved: Temporary failure in name resolution")


def test_a_server_that_accepts_and_does_not_answer(run):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert failure(run(settings(port, timeout="300 ms"))) == (
            "timed_out", f"127.0.0.1:{port} accepts connections, but does not answer")


def test_a_server_that_does_not_speak_mqtt(run):
    def answer():
        connection, _ = server.accept()
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\n" + b"x" * 100)
        connection.recv(1024)
        connection.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer, daemon=True).start()
        assert failure(run(settings(server.getsockname()[1])))[0] == "protocol_error"


def test_a_connection_that_is_half_open(run, start):
    broker = start(Broker)
    gateway = run(settings(broker.port, keep_alive="5 s"))
    connected(gateway)
    broker.signal(signal.SIGSTOP)
    assert failure(gateway) == ("silent", "the broker does not answer any more")
    broker.signal(signal.SIGCONT)
    connected(gateway)


def test_a_broker_that_is_not_there_at_the_start(run, start):
    port = free_ports(1)[0]
    gateway = run(settings(port))
    assert failure(gateway)[0] == "refused"
    broker = start(Broker, port=port)
    connected(gateway)
    start(Client, broker.port).publish("sensor-logger", json.dumps(message()))
    assert eventually(lambda: phones(gateway))


@pytest.mark.parametrize("qos", [1, 2])
def test_a_restart_of_the_broker_under_load_loses_and_doubles_nothing(run, start, qos):
    broker = start(Broker)
    gateway = run(settings(broker.port, qos=qos, clean_session="false", client_id="gateway-under-test"))
    connected(gateway)
    client = start(Client, broker.port, "phone")
    count, begin = 400, 1_700_000_000_000_000_000
    for number in range(count):
        body = message(number, start=begin + number * 10_000_000, count=1, x=float(number))
        client.publish("sensor-logger", json.dumps(body), qos)
        if number == count // 2:
            eventually(lambda: phones(gateway))
            broker.terminate()
            broker = broker.restarted()
    try:
        eventually(lambda: phones(gateway)[0]["messages"] == count)
        phone, = phones(gateway)
        assert phone["samples"] == {"acceleration": count}
        assert state(gateway)["messages_dropped"] == 0
    finally:
        broker.kill()
