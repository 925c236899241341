"""Ports that only a rule names: no udev is needed for them, and other programs may play the devices."""

import json
import threading

import pytest

from clients import hear
from patience import eventually
from programs import PROGRAM, Process
from terminals import Terminal, m1616


def settings(*rules):
    return {"serial.enabled": "true", "serial.probe": "[]", "serial.ports": ",".join(rules)}


def known_as(path):
    return "port-" + str(path).removeprefix("/").removeprefix("dev/").replace("/", "-")


def frames(gateway, path):
    return gateway.metrics.value("leadville_mat_frames_total", mat=known_as(path))


def state(gateway):
    """Of the ports that rules name: the machine may have some of its own."""
    ports = json.loads(gateway.get("/api/serial")[2])["ports"]
    return [port["state"] for port in ports if not port.get("because", "").startswith("it is left alone")]


def test_a_mat_that_our_own_simulation_plays(run, tmp_path):
    player = Process(PROGRAM, "simulate", "pressure-mat", "--form", "jq-32x32", "--pty")
    try:
        path = player.output.wait_for(r"^(/dev/pts/\d+)$").group(1)
        gateway = run(settings(f"{path} pressure-mat jq-32x32"))
        eventually(lambda: frames(gateway, path) and frames(gateway, path) >= 20)
    finally:
        player.kill()
    eventually(lambda: state(gateway) == [])


def test_a_device_that_comes_back_as_another_terminal_is_the_same_port(run, tmp_path):
    link = tmp_path / "mat"
    gateway = run(settings(f"{link} pressure-mat m1616"))
    frame = m1616([0] * 256)
    for turn in range(1, 4):
        mat = Terminal(link)
        eventually(lambda: state(gateway) == ["reading"])
        mat.say(frame * 3 + frame[:100])
        eventually(lambda: frames(gateway, link) == 3 * turn)
        mat.unplug()
        eventually(lambda: state(gateway) == [])
    refused = gateway.metrics.value("leadville_serial_refused_total", device="pressure-mat", reason="truncated")
    assert refused == 3, "each time the frame that was cut"


def test_an_empty_mat_is_told_by_hand(run, tmp_path):
    link = tmp_path / "mat"
    mat = Terminal(link)
    gateway = run(settings(f"{link} pressure-mat m1616") | {"serial.tare_frames": "5"})
    eventually(lambda: state(gateway) == ["reading"])
    assert gateway.post("/api/serial/tare", {"port": str(link)}) == (200, {"tared": 1})
    assert gateway.post("/api/serial/tare", {"port": "/nowhere"})[0] == 404
    assert gateway.post("/api/serial/tare", {})[0] == 400
    assert gateway.post("/api/mats/tare", {"mat": "port-*"}) == (200, {"tared": 1})
    assert gateway.post("/api/mats/tare", {"mat": "usb-*"})[0] == 404
    assert gateway.post("/api/mats/tare", {"mat": 1})[0] == 400
    mat.say(m1616([51] * 256) * 10)
    eventually(lambda: frames(gateway, link) == 10)


def test_every_frame_reaches_a_client_that_asks_for_frames(run, tmp_path):
    link = tmp_path / "mat"
    mat = Terminal(link)
    gateway = run(settings(f"{link} pressure-mat m1616") | {"serial.tare_frames": "0"})
    eventually(lambda: state(gateway) == ["reading"])
    with gateway.live() as client, gateway.live() as other:
        client.send(json.dumps({"type": "subscribe", "channels": ["pressure"]}))
        while hear(client)["event_type"] != "subscription_confirmed":
            pass
        for number in range(100):
            cells = [0] * 256
            cells[number] = 4_095
            mat.say(m1616(cells))
        for number in range(100):
            event = hear(client)
            assert (event["type"], event["event_type"], event["device_id"]) == (
                "pressure", "pressure_frame", known_as(link))
            data = event["data"]
            assert (data["rows"], data["columns"]) == (16, 16)
            flat = [cell for row in data["matrix"] for cell in row]
            assert flat.index(max(flat)) == number and sum(flat) == max(flat) > 0
        # Whoever has not asked for frames is spared them: the answer comes right behind the mat's coming.
        other.send(json.dumps({"type": "ping"}))
        while (message := hear(other))["event_type"] != "pong":
            assert message["type"] != "pressure"


@pytest.mark.parametrize("fault, words", [("stuck", "never lets go"), ("dead", "feels nothing")])
def test_a_cell_that_fails_is_named_once_and_again_when_it_works(run, tmp_path, fault, words):
    link = tmp_path / "mat"
    mat = Terminal(link)
    gateway = run(settings(f"{link} pressure-mat m1616") | {"serial.tare_frames": "0"})
    eventually(lambda: state(gateway) == ["reading"])
    at_rest = [0] * 256
    pressed = [300] * 256
    broken = list(at_rest if fault == "stuck" else pressed)
    broken[5 * 16 + 7] = 500 if fault == "stuck" else 0
    mat.say(m1616(at_rest) + m1616(broken) * 150)
    assert gateway.log.wait_for(rf"The cell in row 6, column 8 of {known_as(link)} {words}")
    assert gateway.metrics.value("leadville_mat_cell_faults_total", fault=fault) == 1
    mat.say((m1616(at_rest) + m1616(pressed)) * 5)
    assert gateway.log.wait_for(rf"The cell in row 6, column 8 of {known_as(link)} works again")


def test_a_flood_on_one_port_and_silence_on_another_leave_everybody_else_alone(run, tmp_path):
    noisy, silent = Terminal(tmp_path / "noisy"), Terminal(tmp_path / "silent")
    gateway = run(settings(f"{noisy.link} esp32-heart", f"{silent.link} esp32-heart"))
    eventually(lambda: state(gateway) == ["reading", "reading"])
    is_over = threading.Event()
    # Some megabytes a second, of which hardly a line means anything, and one beats as no heart does.
    noise = (b"\x00\xff nothing of this \r" * 200 + b"\r\nHeartbeat detected! BPM: 75\r\n") * 10

    def flood():
        while not is_over.is_set():
            noisy.say(noise)

    thread = threading.Thread(target=flood, daemon=True)
    thread.start()
    with gateway.heart() as client, gateway.live() as live:
        live.send(json.dumps({"type": "subscribe", "channels": ["heart_rate"]}))
        board = gateway.board()
        hear(client)
        for number in range(100):
            board.send(user=1, bpm=70, timestamp=number)
            while (message := hear(client)).get("user") != 1:
                pass
            assert message["timestamp"] == number
            eventually(lambda: gateway.get("/health")[0] == 200)
    eventually(lambda: gateway.metrics.value("leadville_serial_bytes_total") > 8_000_000)
    is_over.set()
    thread.join()
    beats = gateway.metrics.value("leadville_heart_beats_total")
    told = gateway.metrics.value("leadville_events_total", kind="heart_beat")
    assert beats > 1_000 and told < beats / 2, "a heart beats five times a second at most"
    noisy.unplug()
    eventually(lambda: state(gateway) == ["reading"])


def test_ten_mats_at_once_lose_nothing_and_are_not_mixed_up(run, tmp_path):
    links = [tmp_path / f"mat-{number}" for number in range(10)]
    mats = [Terminal(link) for link in links]
    gateway = run(settings(*(f"{link} pressure-mat m1616" for link in links)))
    eventually(lambda: state(gateway) == ["reading"] * 10)

    def play(number):
        # Each as many frames as nobody else, and cut in the last one.
        frame = m1616([number] * 256)
        mats[number].say(frame * (200 + number) + frame[:77])
        eventually(lambda: frames(gateway, links[number]) == 200 + number)
        mats[number].unplug()

    threads = [threading.Thread(target=play, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    eventually(lambda: state(gateway) == [])
    assert [frames(gateway, link) for link in links] == list(range(200, 210))


def test_a_thousand_openings_leave_neither_descriptors_nor_memory_behind(run, tmp_path):
    link = tmp_path / "mat"
    gateway = run(settings(f"{link} pressure-mat m1616"))

    def lend(times):
        for _ in range(times):
            assert gateway.post("/api/serial/release", {"port": str(link), "seconds": 0.001})[0] == 200
            eventually(lambda: state(gateway) == ["reading"])

    mat = Terminal(link)
    eventually(lambda: state(gateway) == ["reading"])
    lend(200)
    descriptors, memory = gateway.open_descriptors, gateway.resident_bytes
    lend(800)
    assert gateway.open_descriptors <= descriptors
    assert gateway.resident_bytes - memory < 2 << 20
    mat.unplug()
