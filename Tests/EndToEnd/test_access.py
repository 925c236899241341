"""Who may change something: web pages by their origin, requests by the host that they name, on every port."""

import http.client
import json

import pytest
import websockets.exceptions

from clients import receive
from waiting import TIMEOUT

FOREIGN = ["http://evil.example", "null", "file://", "http://localhost.evil.example", "http://user@localhost"]
OWN = ["http://localhost:3000", "http://127.0.0.1:5173", "http://192.168.1.50", "http://tablet.local:8002", None]


def ask(port, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    headers = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read(), answer.headers


def add_target(gateway, name, **headers):
    body = json.dumps({"id": name, "name": name})
    # text/plain: a browser sends such a request without asking first.
    return ask(gateway.http_port, "POST", "/api/targets", body, Content_Type="text/plain", **headers)


def targets(gateway):
    return [target["id"] for target in json.loads(ask(gateway.http_port, "GET", "/api/targets")[1])["targets"]]


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_page_reads_and_changes_nothing(gateway, origin):
    status, body, headers = add_target(gateway, "foreign", Origin=origin)
    assert (status, json.loads(body)["reason"]) == (403, "foreign_origin")
    assert "http.cors_origins" in json.loads(body)["error"]
    assert headers["Access-Control-Allow-Origin"] == "*", "the page can read why it was rejected"
    assert targets(gateway) == []
    status, _, headers = ask(gateway.http_port, "GET", "/api/targets", Origin=origin)
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, "*")
    for open_socket in (gateway.live, gateway.heart):
        with open_socket(origin=origin) as client:
            assert receive(client)["type"] == "status"
    assert gateway.metrics.value("leadville_access_rejects_total", reason="foreign_origin") == 1


@pytest.mark.parametrize("origin", OWN)
def test_pages_of_the_machine_and_its_network_change_things(gateway, origin):
    status, _, _ = add_target(gateway, "own", Origin=origin)
    assert status == 201
    assert targets(gateway) == ["own"]


def test_a_page_of_a_rebound_name_changes_nothing(gateway):
    for host in ["rebound.example", f"rebound.example:{gateway.http_port}", "203.0.113.9", "localhost.evil.example"]:
        for origin in [f"http://{host}", None, "http://localhost"]:
            status, body, _ = add_target(gateway, "rebound", Host=host, Origin=origin)
            assert (status, json.loads(body)["reason"]) == (403, "unknown_host")
    assert targets(gateway) == []
    for host in ["localhost", "LOCALHOST.:80", "[::1]:8000", "192.168.1.124:8001", "pitts:8001", "range.local"]:
        assert add_target(gateway, host.strip("[]").split(":")[0] or "v6", Host=host)[0] == 201, host


def test_a_list_of_origins_limits_reading_to_them_and_to_own_pages(run):
    gateway = run({"http.cors_origins": "http://pages.example", "http.names": "gateway.example"})
    assert ask(gateway.http_port, "GET", "/health", Host="rebound.example")[0] == 403
    assert ask(gateway.http_port, "GET", "/health", Host="gateway.example")[0] == 200
    own = f"http://127.0.0.1:{gateway.http_port}"
    for origin, is_allowed in [("http://pages.example", True), (own, True), ("http://evil.example", False)]:
        headers = ask(gateway.http_port, "GET", "/health", Origin=origin)[2]
        assert headers["Access-Control-Allow-Origin"] == (origin if is_allowed else None)
        for open_socket in (gateway.live, gateway.heart):
            if is_allowed:
                with open_socket(origin=origin) as client:
                    assert receive(client)["type"] == "status"
            else:
                with pytest.raises(websockets.exceptions.InvalidStatus) as rejection:
                    open_socket(origin=origin)
                assert rejection.value.response.status_code == 403
                assert json.loads(rejection.value.response.body)["reason"] == "foreign_origin"
    for port in (gateway.live_port, gateway.heart_port):
        assert ask(port, "GET", "/", Host="rebound.example")[0] == 403


def test_a_preflight_allows_own_pages_every_method_with_a_body(run):
    gateway = run({"http.cors_origins": "http://pages.example"})
    for method in ["POST", "PUT", "PATCH", "DELETE"]:
        status, body, headers = ask(
            gateway.http_port, "OPTIONS", "/api/targets", Origin="http://127.0.0.1:5173",
            Access_Control_Request_Method=method, Access_Control_Request_Headers="content-type")
        assert (status, body) == (204, b"")
        assert headers["Access-Control-Allow-Origin"] == "http://127.0.0.1:5173"
        assert method in headers["Access-Control-Allow-Methods"].split(", ")
        assert headers["Access-Control-Allow-Headers"] == "content-type"
