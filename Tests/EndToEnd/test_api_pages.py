"""Swagger UI and ReDoc in headless Chromium, as the package leadville-gateway-apidocs installs them."""

import json

import pytest
from playwright.sync_api import expect

from browsers import Visit, open_browser
from test_api_documents import install
from waiting import eventually


@pytest.fixture(scope="module")
def browser():
    yield from open_browser()


@pytest.fixture
def page(browser):
    """A page that must cause no errors, which includes violations of its policy, and no requests to other hosts."""
    visit = Visit(browser)
    yield visit.page
    visit.requests = [url for url in visit.requests if not url.startswith(("data:", "blob:"))]
    # A remark of ReDoc on examples that it makes up.
    visit.errors = [text for text in visit.errors if not text.startswith("OpenAPI Sampler: ")]
    visit.check()
    visit.context.close()


@pytest.fixture
def gateway(run, tmp_path):
    install(tmp_path / "pages")
    return run({"http.api_pages": tmp_path / "pages"})


def operations(gateway):
    described = json.loads(gateway.get("/openapi.json")[2])["paths"]
    return {(method.upper(), path) for path, methods in described.items() for method in methods}


def scroll(page):
    """Half a screen down, or from the end to the top."""
    page.evaluate("""() => scrollY + innerHeight + 1 < document.documentElement.scrollHeight
        ? scrollBy(0, innerHeight / 2) : scrollTo(0, 0)""")


def test_swagger_ui_lists_every_operation_and_sends_requests(gateway, page):
    page.goto(f"{gateway.origin}/docs")
    expect(page.locator(".opblock").first).to_be_visible()
    # Arrows are images of the page.
    assert page.locator(".opblock-summary svg").first.bounding_box()["width"] > 0
    listed = set()

    def all_were_listed():
        # Only what is on the screen is in the page.
        listed.update(tuple(pair) for pair in page.evaluate("""() => [...document.querySelectorAll('.opblock-summary')].map((line) => [
            line.querySelector('.opblock-summary-method').textContent, line.querySelector('[data-path]').dataset.path])"""))
        scroll(page)
        return listed == operations(gateway)
    eventually(all_were_listed)

    route = page.locator(".opblock-post", has=page.locator('[data-path="/api/targets"]'))
    eventually(lambda: route.count() or scroll(page))
    route.locator(".opblock-summary-control").first.click()
    route.get_by_role("button", name="Try it out").click()
    route.locator("textarea").first.fill('{"name": "Bob\'s plate"}')
    route.get_by_role("button", name="Execute").click()
    answer = route.locator(".live-responses-table tr.response")
    expect(answer.locator("td.response-col_status")).to_contain_text("201")
    expect(answer.locator("td.response-col_description")).to_contain_text("bob-s-plate")
    assert gateway.request("GET", "/api/targets")[1]["targets"][0]["name"] == "Bob's plate"


def test_redoc_lists_every_operation_and_searches(gateway, page):
    page.goto(f"{gateway.origin}/redoc")
    expect(page.get_by_role("link", name="API docs by Redocly")).to_be_visible()
    # Both the list and the text beside it have them, a while after the page has been loaded.
    for attribute in ("data-item-id", "data-section-id"):
        eventually(lambda attribute=attribute: len(set(page.locator(f'[{attribute}*="operation/"]').evaluate_all(
            "(found, name) => found.map((each) => each.getAttribute(name).split('operation/')[1])", attribute)))
            == len(operations(gateway)))
    expect(page.get_by_alt_text("redocly logo")).to_have_count(0)
    # A worker searches.
    page.get_by_placeholder("Search...").fill("remote start")
    expect(page.get_by_role("search").get_by_role("menuitem").first).to_be_visible()
