"""Every surface, with and without TLS, with every role, by the clients that people use: curl, websockets, python-socketio and
Chromium. The gateway requires a token for everything, so each role differs from the next."""

import json
import queue
import ssl
import subprocess

import pytest
import requests
import socketio
import websockets.exceptions
from playwright.sync_api import Error

from browsers import open_browser
from clients import connect, receive
from programs import PLAIN_ENVIRONMENT
from socketio_clients import Client
from test_tls import settings, tls_init
from waiting import TIMEOUT

SECRET = "the-secret-of-this-test"
# What each role may do: read, change, administer.
ROLES = {None: (False, False, False), "read": (True, False, False), "operate": (True, True, False), "admin": (True, True, True)}
# The port, what reads there, what changes something there (method, path, body), and the status of a change that is admitted.
REQUESTS = {
    "http": ("http_port", "/api/devices", ("PUT", "/api/runs/upcoming", {"shooter_name": "Ann"}), 200),
    "heartbeat": ("http_port", "/heartbeat/baseline", ("POST", "/simulation/set-baseline?baseline_bpm=70", None), 200),
    "motion": ("http_port", "/api/motion/recordings", ("POST", "/data", {"messageId": 1, "sessionId": "a", "deviceId": "b", "payload": []}), 200),
    "pages": ("pages_port", "/api/admin/leagues", ("PUT", "/api/admin/bridge", {"name": "Range", "bridge_id": "range"}), 200),
    "timers": ("timer_pages_port", "/api/health", ("PUT", "/api/admin/bridge", {"name": "Range", "bridge_id": "range"}), 200),
    "workouts": ("pressure_port", "/workouts", ("POST", "/workouts", {"name": "One"}), 201),
}
SOCKETS = {"live": ("http_port", "/ws/live"), "live on its own port": ("live_port", "/"), "hearts": ("heart_port", "/"),
           "heartbeat": ("http_port", "/ws/heartbeat"), "log": ("http_port", "/ws/logs"), "pages": ("pages_port", "/ws/live")}


@pytest.fixture(scope="module", name="protected")
def start_protected(run_for_module, tmp_path_factory):
    """A gateway that accepts plain and encrypted connections, its authority, and a token of each role."""
    directory = tmp_path_factory.mktemp("tls")
    tls_init(directory)
    gateway = run_for_module(settings(directory) | {"http.protect": "everything", "http.token": SECRET})
    tokens = {None: None}
    for role in filter(None, ROLES):
        status, answer = gateway.post("/api/tokens", {"name": f"The {role}", "role": role}, token=SECRET)
        assert status == 201
        tokens[role] = answer["token"]
    return gateway, directory / "ca.crt", tokens


@pytest.fixture(scope="module")
def browser():
    yield from open_browser()


class Caller:
    """One cell of the matrix: who asks, and how."""

    def __init__(self, parts, secure, role):
        self.gateway, self.authority, tokens = parts
        self.secure, self.role, self.token, self.rights = secure, role, tokens[role], ROLES[role]

    def url(self, port, path, scheme="http"):
        return f"{scheme}{'s' if self.secure else ''}://localhost:{getattr(self.gateway, port)}{path}"

    @property
    def rejected(self):
        return 403 if self.role else 401


@pytest.fixture(name="caller", params=[(secure, role) for secure in (False, True) for role in ROLES],
                ids=lambda cell: f"{'tls' if cell[0] else 'plain'}-{cell[1]}")
def make_caller(protected, request):
    return Caller(protected, *request.param)


def curl(caller, method, url, body=None, *options):
    """The status and the body."""
    arguments = ["curl", "--silent", "--show-error", "--max-time", str(TIMEOUT), "--cacert", caller.authority, "--noproxy", "*",
                 "--request", method, "--write-out", "\n%{http_code}", *options, url]
    if caller.token:
        arguments += ["--header", f"Authorization: Bearer {caller.token}"]
    if body is not None:
        arguments += ["--json", json.dumps(body)]
    output = subprocess.run(arguments, capture_output=True, text=True, check=True, env=PLAIN_ENVIRONMENT).stdout
    content, _, status = output.rpartition("\n")
    return int(status), content


def test_curl(caller):
    for name, (port, read, (method, path, body), created) in REQUESTS.items():
        status, content = curl(caller, "GET", caller.url(port, read))
        assert status == (200 if caller.rights[0] else caller.rejected), (name, content)
        status, content = curl(caller, method, caller.url(port, path), body)
        assert status == (created if caller.rights[1] else caller.rejected), (name, content)
    for path in ["/api/tokens", "/api/audit"]:
        assert curl(caller, "GET", caller.url("http_port", path))[0] == (200 if caller.rights[2] else caller.rejected)
    status, content = curl(caller, "GET", caller.url("http_port", "/api/runs?format=csv"))
    assert status == (200 if caller.rights[0] else caller.rejected)
    for port in ["http_port", "pages_port", "timer_pages_port", "pressure_port"]:
        # What has no data stays open on every port.
        assert curl(caller, "OPTIONS", caller.url(port, "/api/devices"), None, "--header", "Origin: http://localhost", "--header",
                    "Access-Control-Request-Method: GET")[0] == 204


def test_server_sent_events(caller):
    with requests.get(caller.url("http_port", "/api/events/stream"), stream=True, timeout=TIMEOUT, verify=str(caller.authority),
                      headers={"Authorization": f"Bearer {caller.token}"} if caller.token else {}) as stream:
        assert stream.status_code == (200 if caller.rights[0] else caller.rejected)
        if caller.rights[0]:
            assert stream.headers["Content-Type"].startswith("text/event-stream")


def test_websockets(caller):
    trust = {"ssl": ssl.create_default_context(cafile=caller.authority)} if caller.secure else {}
    headers = {"additional_headers": {"Authorization": f"Bearer {caller.token}"}} if caller.token else {}
    for name, (port, path) in SOCKETS.items():
        with connect(caller.url(port, path, "ws"), **trust, **headers) as client:
            if caller.rights[0]:
                assert isinstance(receive(client), dict), name
                continue
            with pytest.raises(websockets.exceptions.ConnectionClosed) as end:
                client.send("ping")
                receive(client)
            assert end.value.rcvd.code == 1008, name
    if caller.rights[0]:
        with connect(caller.url("http_port", "/ws/live", "ws"), **trust, **headers) as client:
            client.send(json.dumps({"type": "status", "message": "hello"}))
            answer = next(message for message in iter(lambda: receive(client), None)
                          if message.get("event_type") in ("events_published", "error"))
            assert answer.get("reason") == (None if caller.rights[1] else "missing_role")


def test_python_socketio(caller):
    session = requests.Session()
    session.verify, session.trust_env = str(caller.authority), False
    client = Client(
        http_session=session,
        websocket_extra_options={"sslopt": {"ca_certs": str(caller.authority)}} if caller.secure else {})
    answers = queue.Queue()
    client.on("frame_processed", lambda value: answers.put(("frame_processed", value.get("reason"))))
    client.on("error", lambda value: answers.put(("error", value.get("reason"))))
    rejections = queue.Queue()
    client.on("connect_error", rejections.put)
    options = {"auth": {"token": caller.token} if caller.token else None, "wait_timeout": TIMEOUT}
    url = caller.url("pressure_port", "")
    if not caller.rights[0]:
        # After a rejected connection by polling this client may wait for a whole ping interval.
        with pytest.raises(socketio.exceptions.ConnectionError):
            client.connect(url, transports=["websocket"], **options)
        assert rejections.get(timeout=TIMEOUT)["message"].startswith("Access token required")
        return
    client.connect(url, **options)
    assert client.transport() == "websocket"
    client.emit("pressure_frame", {"matrix": [[1, 2], [3, 4]]})
    assert answers.get(timeout=TIMEOUT) == (("frame_processed", None) if caller.rights[1] else ("error", "missing_role"))
    client.disconnect()


IN_BROWSER = """async ([token, reads, body]) => {
  const login = token === null ? 401 : (await fetch('/api/login', { method: 'POST', body: JSON.stringify({ token }) })).status;
  const read = (await fetch('/api/devices')).status;
  const changed = (await fetch('/api/runs/upcoming', { method: 'PUT', body })).status;
  const tokens = (await fetch('/api/tokens')).status;
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws/live`);
  const first = await new Promise((resolve) => {
    socket.onmessage = ({ data }) => resolve(JSON.parse(data).event_type);
    socket.onclose = ({ code }) => resolve(code);
    socket.onopen = () => { if (!reads) socket.send('anything'); };
  });
  socket.close();
  return { login, read, changed, tokens, first, cookie: document.cookie };
}"""


def test_chromium_signs_in_with_a_cookie(caller, browser):
    # The certificate is that of a private authority, which this browser was not told to trust.
    context = browser.new_context(ignore_https_errors=True)
    try:
        page = context.new_page()
        page.goto(caller.url("http_port", "/tls"))
        found = page.evaluate(IN_BROWSER, [caller.token, caller.rights[0], json.dumps({"shooter_name": "Ann"})])
        assert found == {
            "login": 200 if caller.role else 401, "read": 200 if caller.rights[0] else caller.rejected,
            "changed": 200 if caller.rights[1] else caller.rejected, "tokens": 200 if caller.rights[2] else caller.rejected,
            "first": "connection_established" if caller.rights[0] else 1008, "cookie": ""}
        cookies = context.cookies()
        assert [(cookie["httpOnly"], cookie["sameSite"], cookie["secure"]) for cookie in cookies] == (
            [(True, "Strict", caller.secure)] if caller.role else [])
    finally:
        context.close()


def test_chromium_rejects_the_certificate_until_the_authority_is_trusted(protected, browser):
    context = browser.new_context()
    try:
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            context.new_page().goto(f"https://localhost:{protected[0].http_port}/tls")
    finally:
        context.close()
