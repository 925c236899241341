"""Serial ports that are named only by a rule: pseudo terminals, which need no udev."""

import json
import threading

import pytest

from clients import receive
from waiting import eventually
from programs import PROGRAM, Process
from terminals import Terminal, m1616


def settings(*rules):
    return {"serial.enabled": "true", "serial.probe": "[]", "serial.ports": ",".join(rules)}


def known_as(path):
    return "port-" + str(path).removeprefix("/").removeprefix("dev/").replace("/", "-")


def frames(gateway, path):
    return gateway.metrics.value("leadville_mat_frames_total", mat=known_as(path))


def state(gateway):
    """The states of the ports that rules name; the test machine may have others."""
    ports = json.loads(gateway.get("/api/serial")[2])["ports"]
    return [port["state"] for port in ports if not port.get("because", "").startswith("ignored")]


def test_a_mat_played_by_the_simulate_command_is_read(run, tmp_path):
    player = Process(PROGRAM, "simulate", "pressure-mat", "--form", "jq-32x32", "--pty")
    try:
        path = player.output.wait_for(r"^(/dev/pts/\d+)$").group(1)
        gateway = run(settings(f"{path} pressure-mat jq-32x32"))
        eventually(lambda: frames(gateway, path) and frames(gateway, path) >= 20)
    finally:
        player.kill()
    eventually(lambda: state(gateway) == [])


def test_a_link_to_another_terminal_is_the_same_port(run, tmp_path):
    link = tmp_path / "mat"
    gateway = run(settings(f"{link} pressure-mat m1616"))
    frame = m1616([0] * 256)
    for attempt in range(1, 4):
        mat = Terminal(link)
        eventually(lambda: state(gateway) == ["reading"])
        mat.write(frame * 3 + frame[:100])
        eventually(lambda: frames(gateway, link) == 3 * attempt)
        mat.unplug()
        eventually(lambda: state(gateway) == [])
    rejected = gateway.metrics.value("leadville_serial_refused_total", device="pressure-mat", reason="truncated")
    assert rejected == 3, "one truncated frame each time"


def test_a_mat_can_be_tared_by_request(run, tmp_path):
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
    mat.write(m1616([51] * 256) * 10)
    eventually(lambda: frames(gateway, link) == 10)


def test_every_frame_reaches_a_subscribed_client(run, tmp_path):
    link = tmp_path / "mat"
    mat = Terminal(link)
    gateway = run(settings(f"{link} pressure-mat m1616") | {"serial.tare_frames": "0"})
    eventually(lambda: state(gateway) == ["reading"])
    with gateway.live() as client, gateway.live() as other:
        client.send(json.dumps({"type": "subscribe", "channels": ["pressure"]}))
        while receive(client)["event_type"] != "subscription_confirmed":
            pass
        for number in range(100):
            cells = [0] * 256
            cells[number] = 4_095
            mat.write(m1616(cells))
        for number in range(100):
            event = receive(client)
            assert (event["type"], event["event_type"], event["device_id"]) == (
                "pressure", "pressure_frame", known_as(link))
            data = event["data"]
            assert (data["rows"], data["columns"]) == (16, 16)
            flat = [cell for row in data["matrix"] for cell in row]
            assert flat.index(max(flat)) == number and sum(flat) == max(flat) > 0
        # A client without this subscription receives no frames: the pong follows the device event.
        other.send(json.dumps({"type": "ping"}))
        while (message := receive(other))["event_type"] != "pong":
            assert message["type"] != "pressure"


@pytest.mark.parametrize("fault, words", [("stuck", "is stuck: "), ("dead", "is dead: ")])
def test_a_cell_fault_is_logged_once_and_its_recovery_too(run, tmp_path, fault, words):
    link = tmp_path / "mat"
    mat = Terminal(link)
    gateway = run(settings(f"{link} pressure-mat m1616") | {"serial.tare_frames": "0"})
    eventually(lambda: state(gateway) == ["reading"])
    at_rest = [0] * 256
    pressed = [300] * 256
    broken = list(at_rest if fault == "stuck" else pressed)
    broken[5 * 16 + 7] = 500 if fault == "stuck" else 0
    mat.write(m1616(at_rest) + m1616(broken) * 150)
    assert gateway.log.wait_for(rf"Cell in row 6, column 8 of {known_as(link)} {words}")
    assert gateway.metrics.value("leadville_mat_cell_faults_total", fault=fault) == 1
    mat.write((m1616(at_rest) + m1616(pressed)) * 5)
    assert gateway.log.wait_for(rf"Cell in row 6, column 8 of {known_as(link)} works again")


def test_a_flood_on_one_port_does_not_affect_other_sources(run, tmp_path):
    noisy, silent = Terminal(tmp_path / "noisy"), Terminal(tmp_path / "silent")
    gateway = run(settings(f"{noisy.link} esp32-heart", f"{silent.link} esp32-heart"))
    eventually(lambda: state(gateway) == ["reading", "reading"])
    is_over = threading.Event()
    # Some megabytes per second, mostly meaningless lines, with beats at an impossible rate.
    noise = (b"\x00\xff nothing of this \r" * 200 + b"\r\nHeartbeat detected! BPM: 75\r\n") * 10

    def flood():
        while not is_over.is_set():
            noisy.write(noise)

    thread = threading.Thread(target=flood, daemon=True)
    thread.start()
    with gateway.heart() as client, gateway.live() as live:
        live.send(json.dumps({"type": "subscribe", "channels": ["heart_rate"]}))
        board = gateway.board()
        receive(client)
        for number in range(100):
            board.send(user=1, bpm=70, timestamp=number)
            while (message := receive(client)).get("user") != 1:
                pass
            assert message["timestamp"] == number
            eventually(lambda: gateway.get("/health")[0] == 200)
    eventually(lambda: gateway.metrics.value("leadville_serial_bytes_total") > 8_000_000)
    is_over.set()
    thread.join()
    beats = gateway.metrics.value("leadville_heart_beats_total")
    events = gateway.metrics.value("leadville_events_total", kind="heart_beat")
    assert beats > 1_000 and events < beats / 2, "at most five beats per second become events"
    noisy.unplug()
    eventually(lambda: state(gateway) == ["reading"])


def test_ten_mats_at_once_lose_no_frames(run, tmp_path):
    links = [tmp_path / f"mat-{number}" for number in range(10)]
    mats = [Terminal(link) for link in links]
    gateway = run(settings(*(f"{link} pressure-mat m1616" for link in links)))
    eventually(lambda: state(gateway) == ["reading"] * 10)

    def play(number):
        # Each mat sends a different number of frames, with the last one truncated.
        frame = m1616([number] * 256)
        mats[number].write(frame * (200 + number) + frame[:77])
        eventually(lambda: frames(gateway, links[number]) == 200 + number)
        mats[number].unplug()

    threads = [threading.Thread(target=play, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    eventually(lambda: state(gateway) == [])
    assert [frames(gateway, link) for link in links] == list(range(200, 210))


def test_reopening_a_thousand_times_leaks_neither_descriptors_nor_memory(run, tmp_path):
    link = tmp_path / "mat"
    gateway = run(settings(f"{link} pressure-mat m1616"))

    def release(times):
        for _ in range(times):
            assert gateway.post("/api/serial/release", {"port": str(link), "seconds": 0.001})[0] == 200
            eventually(lambda: state(gateway) == ["reading"])

    mat = Terminal(link)
    eventually(lambda: state(gateway) == ["reading"])
    release(200)
    descriptors, memory = gateway.open_descriptors, gateway.resident_bytes
    release(800)
    # A leak is at least one for each of 800; the store and the last request open and close a few of their own.
    eventually(lambda: gateway.open_descriptors < descriptors + 10)
    assert gateway.resident_bytes - memory < 2 << 20
    mat.unplug()
