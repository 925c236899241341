"""MQTT brokers for tests: Debian's mosquitto on the loopback interface, and the certificates it needs."""

import base64
import hashlib
import os
import pathlib
import shutil
import subprocess

import paho.mqtt.client
import paho.mqtt.enums

from programs import REPOSITORY, Process, free_ports
from waiting import TIMEOUT, eventually


def program(name):
    """The path of a third-party program: installed, or unpacked by `make test`."""
    places = os.pathsep.join([os.environ["PATH"], "/usr/sbin", str(REPOSITORY / ".tools/bin")])
    path = shutil.which(name, path=places)
    assert path, f"{name} is missing; `make test` unpacks it"
    return path


class Broker(Process):
    """mosquitto with one listener. Its sessions survive `terminate` and another start with the same folder."""

    def __init__(self, folder, *lines, port=None, listener="127.0.0.1"):
        self.folder = pathlib.Path(folder)
        self.port = port or free_ports(1)[0]
        self.lines = lines
        configuration = self.folder / "mosquitto.conf"
        head = [f"listener {self.port} {listener}", "persistence true", f"persistence_location {self.folder}/",
                "autosave_interval 0", "log_type all", "max_queued_messages 0", "max_inflight_messages 0"]
        if not any(line.startswith("allow_anonymous") for line in lines):
            head.append("allow_anonymous true")
        # As root, mosquitto would continue as another user, who cannot read the folder.
        head.append("user root")
        configuration.write_text("\n".join([*head, *lines, ""]), encoding="utf-8")
        super().__init__(program("mosquitto"), "-c", str(configuration))
        assert self.log.wait_for(r"mosquitto version \S+ running"), self.log.all()

    def restarted(self):
        """The same broker again, with the same port and sessions."""
        return Broker(self.folder, *self.lines, port=self.port)


def password_line(user, password):
    """A line of mosquitto's password file."""
    salt = os.urandom(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 101)
    return f"{user}:$7$101${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}\n"


class Authority:
    """A certificate authority with the openssl program."""

    def __init__(self, folder, name="Test CA"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.certificate = self.folder / "ca.crt"
        self._key = self.folder / "ca.key"
        self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                  "-subj", f"/CN={name}", "-keyout", self._key, "-out", self.certificate)

    def issue(self, name, *alternatives, days=2):
        """Returns the files of a certificate and its key."""
        certificate, key, request = (self.folder / f"{name}.{ending}" for ending in ("crt", "key", "csr"))
        self._run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                  "-keyout", key, "-out", request)
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={','.join(alternatives or [f'DNS:{name}'])}\n", encoding="utf-8")
        self._run("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial",
                  "-days", str(days), "-extfile", extensions, "-out", certificate)
        return certificate, key

    @staticmethod
    def _run(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=TIMEOUT)


class Client:
    """A client of the broker, by paho. It collects what it receives."""

    def __init__(self, port, name="test", *, user=None, password=None, authority=None, host="127.0.0.1"):
        self.messages = []
        self.client = paho.mqtt.client.Client(
            paho.mqtt.enums.CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
        self.client.reconnect_delay_set(1, 1)
        self.client.max_queued_messages_set(0)
        if user:
            self.client.username_pw_set(user, password)
        if authority:
            self.client.tls_set(ca_certs=str(authority.certificate))
        self.client.on_message = lambda _client, _data, message: self.messages.append(message)
        self.client.connect(host, port, keepalive=30)
        self.client.loop_start()
        eventually(self.client.is_connected)

    def publish(self, topic, payload, qos=0, retain=False):
        return self.client.publish(topic, payload, qos, retain)

    def subscribe(self, topic):
        self.client.subscribe(topic, 1)

    def on(self, topic):
        """The payloads received on a topic so far."""
        return [message.payload for message in list(self.messages) if message.topic == topic]

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()
