"""Web pages in a real browser: headless Chromium, driven by Playwright."""

import os
import re
import shutil

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from waiting import TIMEOUT


def open_browser():
    """Yields a browser; its expectations wait as long as all others."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert chromium, "Chromium is missing: `make test` installs it, or set CHROMIUM"
    expect.set_options(timeout=TIMEOUT * 1_000)
    with sync_playwright() as playwright:
        # Chromium's sandbox is unavailable in some containers; only the gateway's own pages are loaded here.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


def visits(browser):
    """Yields a function that opens a page in a context of its own."""
    opened = []

    def visit(url, **options):
        opened.append(Visit(browser, **options))
        opened[-1].page.goto(url)
        return opened[-1]

    yield visit
    for each in opened:
        each.context.close()


class Visit:
    """A page, with its console errors and the URLs that it requested."""

    def __init__(self, browser, **options):
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(TIMEOUT * 1_000)
        self.errors, self.requests = [], []
        self.page.on("console", lambda message: message.type in ("error", "warning") and self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda socket: self.requests.append(socket.url))

    def check_accessible(self, state):
        """axe finds nothing serious in the page as it is, and nothing is wider than the screen."""
        serious = [violation for violation in Axe().run(self.page).response["violations"] if violation["impact"] in ("serious", "critical")]
        assert serious == [], (state, [(violation["id"], [node["html"] for node in violation["nodes"]]) for violation in serious])
        width, screen = self.page.evaluate("document.documentElement.scrollWidth"), self.page.viewport_size["width"]
        assert width <= screen, f"{state} is {width} pixels wide on a screen of {screen}"

    def check(self):
        """The page caused no errors and no requests to other hosts."""
        assert self.errors == []
        external = [url for url in self.requests if not re.match(r"(http|ws)://127\.0\.0\.1:\d+/", url)]
        assert external == []
