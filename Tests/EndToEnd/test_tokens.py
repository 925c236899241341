"""Tokens with roles, on every surface: HTTP, WebSockets and Socket.IO, with and without TLS."""

import http.client
import json
import ssl
import stat
import subprocess

import pytest
import requests
import websockets.exceptions

from clients import connect, receive
from programs import PLAIN_ENVIRONMENT, PROGRAM
from waiting import TIMEOUT, eventually

# What each role may do: read, change, administer.
ROLES = {None: (False, False, False), "read": (True, False, False), "operate": (True, True, False),
         "admin": (True, True, True)}


def command(folder, *arguments, **variables):
    """Runs the program as the user of the gateway; returns its exit status and its output."""
    config = folder / "config.yaml"
    config.write_text(f"state_directory: {json.dumps(str(folder / 'state'))}\n", encoding="utf-8")
    result = subprocess.run(
        [PROGRAM, *(str(argument).replace("CONFIG", str(config)) for argument in arguments)], capture_output=True,
        text=True, timeout=TIMEOUT, env=PLAIN_ENVIRONMENT | variables, check=False)
    return result.returncode, result.stdout, result.stderr


def token(folder, action, *arguments):
    status, output, error = command(folder, "token", action, "--config", "CONFIG", *arguments)
    assert status == 0, error
    return output.strip()


def make(folder):
    """A token of each role."""
    return {None: None} | {role: token(folder, "add", "--role", role, f"The {role}") for role in ROLES if role}


def ask(gateway, method, path, body=None, *, trust=None, bearer=None, **headers):
    kind = http.client.HTTPSConnection if trust else http.client.HTTPConnection
    connection = kind("127.0.0.1", gateway.http_port, timeout=TIMEOUT, **({"context": trust} if trust else {}))
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, json.loads(content) if content.startswith(b"{") else content, answer.headers


def change(gateway, name, **options):
    return ask(gateway, "POST", "/api/targets", {"name": name}, **options)


@pytest.fixture(name="trust")
def make_certificates(tmp_path):
    subprocess.run([PROGRAM, "tls", "init", "--directory", str(tmp_path / "tls")], check=True, capture_output=True,
                   timeout=TIMEOUT, env=PLAIN_ENVIRONMENT)
    return ssl.create_default_context(cafile=tmp_path / "tls/ca.crt")


@pytest.fixture(name="protected")
def start_protected(run, trust, tmp_path):
    """A gateway on which reading needs a token, too, with plain and encrypted connections."""
    directory = tmp_path / "tls"
    return run({"http.protect": "everything", "http.token_in_query": "true", "tls.certificate": directory / "server.crt",
                "tls.key": directory / "server.key", "tls.authority": directory / "ca.crt"})


def test_roles_decide_on_every_surface(protected, trust, tmp_path):
    tokens = make(tmp_path)
    for role in tokens:
        # Wrong tokens are counted, so the gateway is not asked before it knows them.
        assert role is None or protected.log.wait_for(f"Token The {role} .* is admitted")
    for secure in (None, trust):
        for role, rights in ROLES.items():
            check_http(protected, secure, role, tokens[role], rights)
            check_sockets(protected, secure, tokens[role], rights)
            check_socket_io(protected, secure and tmp_path / "tls/ca.crt", secure, tokens[role], rights)
        # Pages without data stay open, so that a person can sign in, and a phone can trust the certificate.
        for path in ["/", "/tls", "/tls/ca.crt", "/style.css"]:
            assert ask(protected, "GET", path, trust=secure)[0] == 200


def check_http(gateway, trust, role, text, rights):
    status = 403 if role else 401
    expected = [200 if rights[0] else status, 201 if rights[1] else status, 200 if rights[2] else status]
    name = f"{role} {bool(trust)}"
    answers = [ask(gateway, "GET", "/api/devices", trust=trust, bearer=text), change(gateway, name, trust=trust, bearer=text),
               ask(gateway, "GET", "/api/tokens", trust=trust, bearer=text)]
    assert [answer[0] for answer in answers] == expected, name
    for (found, body, headers), needed in zip(answers, ["read", "operate", "admin"]):
        if found in (401, 403):
            assert body["reason"] == ("missing_role" if role else "missing_token") and body["role"] == needed
            assert headers["WWW-Authenticate"].startswith('Bearer realm="LeadVille Gateway"')
    if role:
        query = ask(gateway, "GET", f"/api/devices?token={text}", trust=trust)
        cookie = ask(gateway, "POST", "/api/login", {"token": text}, trust=trust)
        assert (query[0], cookie[0], cookie[1]["role"]) == (200, 200, role)
        field = cookie[2]["Set-Cookie"]
        assert "HttpOnly" in field and "SameSite=Strict" in field and ("Secure" in field) == bool(trust)
        assert text not in field
        jar = field.split(";")[0]
        assert ask(gateway, "GET", "/api/devices", trust=trust, Cookie=jar)[0] == 200
        host = f"127.0.0.1:{gateway.http_port}"
        changed = change(gateway, f"{name} cookie", trust=trust, Cookie=jar, Origin=f"http://{host}")
        assert changed[0] == (201 if rights[1] else 403)
        for foreign in ["http://evil.example", "null", "http://192.168.1.50", "http://localhost:3000"]:
            rejected = change(gateway, "foreign", trust=trust, Cookie=jar, Origin=foreign)
            reason = "missing_token" if foreign.startswith(("http://192", "http://local")) else "foreign_origin"
            assert (rejected[0] in (401, 403), rejected[1]["reason"]) == (True, reason), foreign
        # A token does not help a page whose own name was pointed at the gateway.
        rebound = change(gateway, "rebound", trust=trust, bearer=text, Host="evil.example", Origin="http://evil.example")
        assert (rebound[0], rebound[1]["reason"]) == (403, "unknown_host")


def check_sockets(gateway, trust, text, rights):
    scheme, options = ("wss", {"ssl": trust}) if trust else ("ws", {})
    live = f"{scheme}://127.0.0.1:{gateway.http_port}/ws/live"
    heart = f"{scheme}://127.0.0.1:{gateway.heart_port}/"
    if not rights[0]:
        # The handshake succeeds, but nothing is sent before a token.
        for url in (live, heart):
            with connect(url, **options) as client, pytest.raises(websockets.exceptions.ConnectionClosed) as end:
                client.send('{"type": "ping"}')
                receive(client)
            assert end.value.rcvd.code == 1008 and "access token" in end.value.rcvd.reason
        return
    ways = [{"additional_headers": {"Authorization": f"Bearer {text}"}}, {"subprotocols": ["bearer", text]}, {}]
    for url in (live, heart):
        for way in ways:
            with connect(url, **options, **way) as client:
                if not way:
                    client.send(json.dumps({"type": "auth", "token": text}))
                    assert receive(client)["type"] == "authenticated"
                assert client.subprotocol == ("bearer" if "subprotocols" in way else None)
                assert receive(client)["type"] == "status"
                if url == live:
                    client.send(json.dumps({"type": "status", "message": "hello"}))
                    answer = next(message for message in iter(lambda: receive(client), None)
                                  if message.get("event_type") in ("events_published", "error"))
                    assert answer.get("reason") == (None if rights[1] else "missing_role")


def check_socket_io(gateway, authority, trust, text, rights):
    """Speaks Engine.IO itself: after a rejected connection the client of python-socketio may wait for a whole ping interval."""
    url = f"{'https' if trust else 'http'}://127.0.0.1:{gateway.pressure_port}/socket.io/?EIO=4&transport="
    hello = "40" + (json.dumps({"token": text}) if text else "")
    frame = "42" + json.dumps(["pressure_frame", {"matrix": [[1, 2], [3, 4]]}])
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(authority) if trust else True
        polling = f"{url}polling&sid={json.loads(session.get(url + 'polling', timeout=TIMEOUT).text[1:])['sid']}"
        received = []

        def post(packet):
            assert session.post(polling, packet, timeout=TIMEOUT).status_code == 200

        def poll():
            if not received:
                received.extend(session.get(polling, timeout=TIMEOUT).text.split("\x1e"))
            return received.pop(0)

        check_dialogue(post, poll, hello, frame, rights)
    with connect(url.replace("http", "ws", 1) + "websocket", **({"ssl": trust} if trust else {})) as client:
        assert client.recv(TIMEOUT).startswith("0{")
        check_dialogue(client.send, lambda: client.recv(TIMEOUT), hello, frame, rights)


def check_dialogue(send, receive_packet, hello, frame, rights):
    send(hello)
    answer = receive_packet()
    if not rights[0]:
        assert answer.startswith('44{"message":"Access token required')
        return
    assert answer.startswith("40{")
    send(frame)
    answer = next(packet for packet in iter(receive_packet, None) if packet.startswith(('42["error"', '42["frame_processed"')))
    event, value = json.loads(answer[2:])
    assert (event, value.get("reason")) == (("frame_processed", None) if rights[1] else ("error", "missing_role"))


def test_a_handshake_without_a_token_creates_no_person(run):
    secret = "the-secret-of-this-test"
    gateway = run({"http.protect": "everything", "http.token": secret})

    def persons():
        answer = ask(gateway, "GET", "/simulation/persons", bearer=secret)
        return [person["person"] for person in answer[1]["persons"]]

    url = f"ws://127.0.0.1:{gateway.http_port}/ws/heartbeat?person="
    with connect(url + "stranger") as stranger, connect(url + "known") as known:
        assert persons() == [""]
        stranger.send("ping")
        with pytest.raises(websockets.exceptions.ConnectionClosed):
            receive(stranger)
        known.send(json.dumps({"type": "auth", "token": secret}))
        assert [receive(known)["type"] for _ in range(2)] == ["authenticated", "connected"]
        known.send("ping")
        assert receive(known)["type"] == "pong"
        assert persons() == ["", "known"]
    with connect(url + "x" * 64) as client:
        assert persons() == ["", "known"] and client.close() is None
    with pytest.raises(websockets.exceptions.InvalidStatus):
        connect(url + "x" * 65)


def test_the_command_makes_lists_and_revokes_while_the_gateway_runs(run, tmp_path):
    gateway = run()
    assert change(gateway, "before")[0] == 201, "without any token, changes are open"
    text = token(tmp_path, "add", "Tablet at bay 3")
    eventually(lambda: change(gateway, "without")[0] == 401)
    assert change(gateway, "with", bearer=text)[0] == 201
    assert stat.S_IMODE((tmp_path / "state/tokens.json").stat().st_mode) == 0o600
    assert text not in (tmp_path / "state/tokens.json").read_text(encoding="utf-8")
    listed = token(tmp_path, "list")
    assert "Tablet at bay 3" in listed and "operate" in listed and text not in listed
    assert command(tmp_path, "token", "add", "--config", "CONFIG", "Tablet at bay 3")[0] == 1
    with connect(f"ws://127.0.0.1:{gateway.http_port}/ws/live", additional_headers={"Authorization": f"Bearer {text}"}) as live:
        assert receive(live)["type"] == "status"
        keep = token(tmp_path, "add", "Another")
        token(tmp_path, "revoke", "Tablet at bay 3")
        with pytest.raises(websockets.exceptions.ConnectionClosed) as end:
            while True:
                receive(live)
        assert (end.value.rcvd.code, end.value.rcvd.reason) == (1008, "The access token was revoked")
    status, body, headers = change(gateway, "revoked", bearer=text)
    assert (status, body["reason"]) == (401, "wrong_token") and 'error="invalid_token"' in headers["WWW-Authenticate"]
    assert change(gateway, "kept", bearer=keep)[0] == 201
    assert command(tmp_path, "token", "revoke", "--config", "CONFIG", "Nobody")[0] == 1
    gateway.terminate()
    log = gateway.log.all()
    assert "Token Tablet at bay 3" in log and "was revoked" in log and text not in log and keep not in log


def test_an_administrator_manages_tokens_over_the_api(run):
    gateway = run({"http.token": "the-secret-of-this-test"})
    admin = {"bearer": "the-secret-of-this-test"}
    status, made, headers = ask(gateway, "POST", "/api/tokens", {"name": "Scoreboard", "role": "read"}, **admin)
    assert (status, made["role"], headers["Cache-Control"]) == (201, "read", "no-store")
    assert ask(gateway, "GET", "/api/login", bearer=made["token"])[1]["may"] == ["read"]
    listed = ask(gateway, "GET", "/api/tokens", **admin)[1]["tokens"]
    assert [(one["id"], one["name"], "token" in one) for one in listed] == [(made["id"], "Scoreboard", False)]
    assert listed[0]["last_used"] is not None
    for body in [{}, {"name": "a"}, {"name": "a", "role": "root"}, {"name": "", "role": "read"}, {"name": 1, "role": "read"}]:
        assert ask(gateway, "POST", "/api/tokens", body, **admin)[0] == 400, body
    assert ask(gateway, "POST", "/api/tokens", {"name": "Scoreboard", "role": "read"}, **admin)[0] == 409
    assert ask(gateway, "DELETE", f"/api/tokens/{made['id']}", bearer=made["token"])[0] == 403
    assert ask(gateway, "DELETE", f"/api/tokens/{made['id']}", **admin)[0] == 200
    assert ask(gateway, "DELETE", f"/api/tokens/{made['id']}", **admin)[0] == 404
    assert ask(gateway, "GET", "/api/login", bearer=made["token"])[1]["role"] is None


def test_wrong_tokens_are_slowed_down_and_a_proven_one_is_not(run):
    gateway = run({"http.token": "the-secret-of-this-test"})
    assert change(gateway, "first", bearer="the-secret-of-this-test")[0] == 201
    for attempt in range(40):
        status, body, headers = change(gateway, "wrong", bearer=f"a-wrong-token-{attempt}")
        if status == 429:
            break
        assert (status, body["reason"]) == (401, "wrong_token")
    assert (status, body["reason"]) == (429, "too_many_attempts") and int(headers["Retry-After"]) > 0
    assert change(gateway, "second", bearer="the-secret-of-this-test")[0] == 201
    rejects = gateway.metrics
    assert rejects.value("leadville_access_rejects_total", reason="wrong_token") >= 5
    assert rejects.value("leadville_access_rejects_total", reason="too_many_attempts") >= 1


def test_a_damaged_file_opens_nothing(run, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state/tokens.json").write_text("{", encoding="utf-8")
    gateway = run({"http.token": "the-secret-of-this-test"})
    assert gateway.log.wait_for("Tokens cannot be read")
    assert change(gateway, "anonymous")[0] == 401
    assert change(gateway, "configured", bearer="the-secret-of-this-test")[0] == 201


def test_commands_present_a_token(run, tmp_path):
    gateway = run({"http.protect": "everything"})
    text = token(tmp_path, "add", "--role", "read", "Reader")
    assert gateway.log.wait_for("Token Reader .* is admitted")
    file = tmp_path / "token"
    file.write_text(text + "\n", encoding="utf-8")
    url = f"http://127.0.0.1:{gateway.http_port}"
    explain = ["explain", "1", "--url", url]
    assert "token required" in command(tmp_path, *explain)[2]
    assert "token required" not in command(tmp_path, *explain, "--token-file", file)[2]
    assert "token required" not in command(tmp_path, *explain, LEADVILLE_TOKEN=text)[2]
    diagnosis = command(tmp_path, "diagnose", "--config", "CONFIG", "--url", url, "--token-file", file, "-")[1]
    assert '"status":"healthy"' in diagnosis and text not in diagnosis
    listen = ["listen", f"ws://127.0.0.1:{gateway.http_port}/ws/live", "--token-file", file, "--for"]
    # A busy machine needs longer than a second to connect.
    assert 0 in (command(tmp_path, *listen, limit)[0] for limit in ("1s", "10s"))
    assert command(tmp_path, *explain, "--token-file", tmp_path / "missing")[0] == 1


def test_the_description_names_the_role_of_each_route(gateway):
    paths = json.loads(gateway.get("/openapi.json")[2])["paths"]
    found = {(method, path): operation.get("x-role") for path, methods in paths.items() for method, operation in methods.items()}
    assert found["get", "/api/devices"] is None
    assert found["post", "/api/targets"] == "operate"
    assert found["post", "/api/tokens"] == found["get", "/api/tokens"] == "admin"


def test_each_change_is_in_the_audit_trail_without_any_token(run):
    gateway = run()
    assert change(gateway, "before")[0] == 201
    (first,) = ask(gateway, "GET", "/api/audit")[1]["entries"]
    assert (first["token"], first["address"], first["action"], first["status"]) == (None, "127.0.0.1", "POST /api/targets", 201)
    made = ask(gateway, "POST", "/api/tokens", {"name": "Tablet", "role": "admin"})[1]
    admin = {"bearer": made["token"]}
    assert ask(gateway, "GET", "/api/audit")[0] == 401
    assert ask(gateway, "PUT", "/api/runs/upcoming?token=secret", {"shooter_name": "Ann"}, **admin)[0] == 200
    assert ask(gateway, "POST", "/api/targets", {"name": 1}, **admin)[0] == 400
    assert ask(gateway, "POST", "/api/login", {"token": made["token"]})[0] == 200
    assert ask(gateway, "POST", "/api/events", {"type": "status"}, **admin)[0] == 200
    entries = ask(gateway, "GET", "/api/audit", **admin)[1]["entries"]
    assert [(one["token"], one["action"], one["status"]) for one in reversed(entries)] == [
        (None, "POST /api/targets", 201), (None, "POST /api/tokens", 201), ("Tablet", "PUT /api/runs/upcoming", 200),
        ("Tablet", "POST /api/targets", 400), (None, "POST /api/login", 200)]
    page = ask(gateway, "GET", "/api/audit?limit=2", **admin)[1]
    assert page["entries"] == entries[:2] and page["next"] == entries[1]["id"]
    rest = ask(gateway, "GET", f"/api/audit?before={page['next']}", **admin)[1]
    assert rest["entries"] == entries[2:] and rest["next"] is None
    for query in ["limit=0", "limit=501", "limit=a", "before=x"]:
        assert ask(gateway, "GET", f"/api/audit?{query}", **admin)[0] == 400
    reader = ask(gateway, "POST", "/api/tokens", {"name": "Reader", "role": "operate"}, **admin)[1]["token"]
    assert ask(gateway, "GET", "/api/audit", bearer=reader)[1]["role"] == "admin"
    gateway.terminate()
    log = gateway.log.all()
    assert "PUT /api/runs/upcoming by Tablet at 127.0.0.1: status 200" in log
    assert made["token"] not in log and "secret" not in log
    again = run()
    assert [one["id"] for one in ask(again, "GET", "/api/audit", **admin)[1]["entries"]][1:] == [one["id"] for one in entries]


def test_the_audit_trail_is_in_memory_without_a_store(run):
    gateway = run({"store.enabled": "false"})
    assert change(gateway, "one")[0] == 201
    assert change(gateway, "two")[0] == 201
    assert [one["action"] for one in ask(gateway, "GET", "/api/audit")[1]["entries"]] == ["POST /api/targets"] * 2
