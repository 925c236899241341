"""The clients in docs/clients.md: each is run as it stands there, with the addresses of the test."""

import http.server
import json
import re
import shutil
import sys
import threading

import pytest

from clients import receive
from programs import REPOSITORY, Process
from waiting import eventually


def snippet(language, part, gateway):
    """The block of the page that has this part, for the ports of a gateway."""
    text = (REPOSITORY / "docs/clients.md").read_text(encoding="utf-8")
    block, = (block for block in re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL) if part in block)
    assert "range.local" in block or language == "python"
    return block.replace("range.local:8000", f"127.0.0.1:{gateway.http_port}")


@pytest.fixture
def start():
    """Starts programs; they are killed after the test."""
    programs = []

    def start(*command):
        programs.append(Process(*command))
        return programs[-1]
    yield start
    for program in programs:
        program.kill()


def beat_until(gateway, condition):
    """Sends readings until a client has shown one: it connects in its own time."""
    board = gateway.board()

    def beat():
        board.send(user=7, bpm=72)
        return condition()
    return eventually(beat)


@pytest.mark.parametrize(("name", "language", "part", "command"), [
    ("curl", "sh", "curl --no-buffer", ["sh", "-c"]),
    ("Python", "python", "websockets.sync", [sys.executable, "-c"]),
    ("Node", "js", "TextDecoderStream", ["node", "--input-type=module", "--eval"]),
])
def test_programs_print_the_events(gateway, start, name, language, part, command):
    if not shutil.which(command[0]):
        pytest.skip(f"{name} is not installed")
    program = start(*command, snippet(language, part, gateway))
    beat_until(gateway, lambda: re.search(r"heart_rate[\s\S]*72", program.output.text))
    assert program.is_running, program.log.text


def test_a_web_page_of_another_server_lists_the_events(gateway, visit):
    page = f"<!doctype html><meta charset=utf-8><link rel=icon href=data:,>{snippet('html', 'client.js', gateway)}".encode()

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self):  # pylint: disable=invalid-name
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_):  # pylint: disable=arguments-differ
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        opened = visit(f"http://127.0.0.1:{site.server_port}/")
        items = opened.page.locator("#events li")
        beat_until(gateway, lambda: "heart_rate heart_rate_measured" in items.all_text_contents())
        assert opened.errors == []
        site.shutdown()


class Table:
    """What the snippet uses of a Table DAT."""

    def __init__(self):
        self.rows = []

    def row(self, name):
        return next((row for row in self.rows if row[0] == name), None)

    def appendRow(self, cells):  # pylint: disable=invalid-name
        self.rows.append(list(cells))

    def __setitem__(self, place, cell):
        self.row(place[0])[place[1]] = cell


def test_touchdesigner_keeps_a_row_for_each_user(gateway):
    tables = {"rates": Table()}
    names = {"op": tables.get}
    exec(snippet("python", "onReceiveText", gateway), names)  # pylint: disable=exec-used
    board = gateway.board()
    with gateway.heart() as client:
        client.send('{"type": "get_status"}')
        names["onReceiveText"](None, 0, json.dumps(receive(client)))
        for user, bpm in [(1, 60), (2, 70), (1, 60)]:
            board.send(user=user, bpm=bpm)
            names["onReceiveText"](None, 0, json.dumps(receive(client)))
    assert [row[0] for row in tables["rates"].rows] == ["1", "2"]
    assert [float(row[1]) for row in tables["rates"].rows] == [60, 70]
