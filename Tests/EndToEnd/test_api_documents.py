"""The documents of the API, checked against the gateway that serves them."""

import pathlib
import shutil
import sysconfig

import hypothesis
import jsonschema
import openapi_spec_validator
import pytest
import requests
import schemathesis
from schemathesis.specs.openapi.checks import (
    content_type_conformance, response_headers_conformance, response_schema_conformance, status_code_conformance)

from waiting import TIMEOUT, eventually

CONFORMANCE = [
    status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance]
# A response that never ends.
ENDLESS = {"/api/events/stream"}


@pytest.fixture(scope="module")
def served(run_for_module):
    """One gateway for all tests of this module, which depend on no state."""
    return run_for_module()


def document(port, name="openapi.json"):
    response = requests.get(f"http://127.0.0.1:{port}/{name}", timeout=TIMEOUT)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    return response.json()


def ports(gateway):
    return {"main": gateway.http_port, "pages": gateway.pages_port, "timer pages": gateway.timer_pages_port,
            "pressure": gateway.pressure_port}


def test_each_port_has_a_valid_openapi_document(served):
    for name, port in ports(served).items():
        described = document(port)
        assert described["openapi"] == "3.1.0", name
        openapi_spec_validator.validate(described)


@pytest.mark.parametrize("name, count", [("main", 90), ("pages", 50), ("pressure", 10)])
def test_every_route_answers_as_documented(served, name, count):
    """Valid requests for each operation, as the document describes them: no 500, and no response that it does not
    describe."""
    port = ports(served)[name]
    schema = schemathesis.openapi.from_dict(document(port))
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) >= count
    failures = []
    for operation in operations:
        if operation.path in ENDLESS:
            continue

        @hypothesis.seed(1)
        @hypothesis.settings(
            max_examples=3, database=None, deadline=None, suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.generate])
        @hypothesis.given(case=operation.as_strategy())
        def check(case):
            response = case.call(base_url=f"http://127.0.0.1:{port}", timeout=TIMEOUT, allow_redirects=False)
            assert response.status_code not in (500, 502, 504)
            case.validate_response(response, checks=CONFORMANCE)
        try:
            check()
        except (AssertionError, schemathesis.errors.SchemathesisError, BaseExceptionGroup) as failure:
            failures.append(f"{operation.method.upper()} {operation.path}: {failure}")
    assert not failures, "\n\n".join(failures)
    # It still serves.
    assert requests.get(f"http://127.0.0.1:{served.http_port}/health", timeout=TIMEOUT).status_code == 200


def test_requests_that_are_not_as_documented_are_rejected_as_documented(served):
    """Wrong types in every body and every number of the query."""
    described = document(served.http_port)
    validator = OperationValidator(described)
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            url = f"http://127.0.0.1:{served.http_port}{path.replace('{', '').replace('}', '')}"
            requests_ = [{"data": body, "headers": {"Content-Type": "application/json"}}
                         for body in (b"{", b"[]", b"null", b'{"unknown": 1}')] if "requestBody" in operation else []
            requests_ += [{"params": {parameter["name"]: "\u00e4"}} for parameter in operation.get("parameters", [])
                          if parameter["in"] == "query"]
            if path in ENDLESS:
                requests_ = [{"params": {"since": "x"}}]
            for options in requests_:
                response = requests.request(method, url, timeout=TIMEOUT, allow_redirects=False, **options)
                validator.check(method, path, operation, response)


class OperationValidator:
    def __init__(self, document):
        self.document = document

    def check(self, method, path, operation, response):
        label = f"{method} {path}: {response.status_code} {response.text[:200]}"
        described = operation["responses"].get(str(response.status_code))
        assert described is not None, label
        kind = response.headers.get("Content-Type", "").split(";")[0]
        if not response.content:
            return
        assert kind in described["content"], label
        schema = described["content"][kind].get("schema")
        if kind == "application/json" and schema:
            jsonschema.Draft202012Validator(schema | {"components": self.document["components"]}).validate(
                response.json())


# MARK: Swagger UI and ReDoc

# As the package leadville-gateway-apidocs contains them.
SIDECAR = pathlib.Path(sysconfig.get_paths()["purelib"]) / "drf_spectacular_sidecar/static/drf_spectacular_sidecar"
FILES = ["swagger-ui-dist/swagger-ui.css", "swagger-ui-dist/swagger-ui-bundle.js", "redoc/bundles/redoc.standalone.js"]


def install(folder):
    folder.mkdir()
    for file in FILES:
        shutil.copy(SIDECAR / file, folder)


def test_files_of_swagger_ui_and_redoc_are_served_when_they_are_installed(run, tmp_path):
    pages = tmp_path / "pages"
    gateway = run({"http.api_pages": pages})
    assert b"docs.js" in gateway.get("/docs")[2] and b"docs.js" in gateway.get("/redoc")[2]
    assert sum(len(gateway.get(path)[2]) for path in ("/docs", "/docs/docs.js", "/docs/docs.css")) <= 60_000
    assert gateway.get("/docs/redoc.standalone.js")[0] == 404
    install(pages)
    (pages / "other.js").write_bytes(b"other")
    assert b"/docs/swagger.js" in gateway.get("/docs")[2] and b"<redoc" in gateway.get("/redoc")[2]
    for path in ("/docs", "/redoc"):
        rules = dict(rule.strip().split(" ", 1) for rule in gateway.get(path)[1]["Content-Security-Policy"].split(";"))
        assert rules["default-src"] == "'none'" and rules["img-src"] == "'self' data: blob:"
        assert rules["script-src"] == rules["connect-src"] == "'self'"
    for file, kind in zip(FILES, ["css", "javascript", "javascript"]):
        url = f"{gateway.origin}/docs/{file.rsplit('/', 1)[1]}"
        response = requests.get(url, timeout=TIMEOUT)
        assert (response.status_code, response.headers["Content-Type"]) == (200, f"text/{kind}; charset=utf-8")
        assert response.content == (SIDECAR / file).read_bytes()
        known = {"If-None-Match": response.headers["ETag"]}
        assert requests.get(url, headers=known, timeout=TIMEOUT).status_code == 304
        (pages / file.rsplit("/", 1)[1]).touch()
        assert requests.get(url, headers=known, timeout=TIMEOUT).status_code == 200, "another version was installed"
    for path in ("other.js", "..%2Fother.js", "%2e%2e%2f%2e%2e%2fetc%2fpasswd"):
        assert gateway.get(f"/docs/{path}")[0] in (400, 404)
    # A client that leaves early costs nothing.
    for _ in range(5):
        with requests.get(f"{gateway.origin}/docs/swagger-ui-bundle.js", stream=True, timeout=TIMEOUT) as response:
            response.raw.read(1)
    eventually(lambda: not any(str(pages) in file for file in gateway.open_files))
