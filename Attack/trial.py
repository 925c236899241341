"""One attack against one gateway, with honest load before, during and after it."""

import contextlib
import http.client
import json
import sqlite3
import subprocess
import threading
import time

from attacks import Host
from confinement import as_attacker, as_other_machine
from gateway import PORTS, SHOTS, STRINGS, Gateway
from network import GATEWAY_FOR_CLIENT, Network
from payloads import CHANGING_ROUTES, KEY, upgrade

SETTLE_S = 30
# From the end of the attack until the last event of the last string: run_completed.
TAIL_S = 3.0
EXPECTED = {"timer_started": STRINGS, "shot_detected": STRINGS * SHOTS, "timer_stopped": STRINGS,
            "impact_detected": STRINGS * SHOTS, "run_started": STRINGS, "shot": STRINGS * SHOTS,
            "run_completed": STRINGS}
KINDS = {"timer": ("timer_started", "shot_detected", "timer_stopped"), "impact": ("impact_detected",),
         "run": ("run_started", "shot", "hit", "run_completed")}
SOCKET_HEADERS = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                  "Sec-WebSocket-Key": KEY}
CHECKED_PORTS = ("http", "live", "heart")


class Trial:
    def __init__(self, attack, number, options):
        self.attack, self.options = attack, options
        self.directory = options.directory / f"{number:02}-{attack.key}"
        self.network = Network(number)
        self.stack = contextlib.ExitStack()
        self.host = Host(options.tools, self.directory, options.seconds)
        self.result = {"key": attack.key, "title": attack.title, "floods_datagrams": attack.floods_datagrams,
                       "problems": []}

    def run(self):
        """Runs the attack. `finish` measures what remains of it 30 s later."""
        self.directory.mkdir(parents=True)
        self.stack.enter_context(self.network)
        port = self.directory / "port"
        settings = list(self.attack.settings)
        player = None
        if self.attack.serial:
            player = self.start_noise(port)
            settings += [f"serial.ports={port} esp32-heart"]
        if self.attack.stored_runs:
            self.store_runs(self.attack.stored_runs)
        self.gateway = Gateway(self.options.program, self.network, self.directory, settings)
        self.stack.enter_context(self.gateway)
        honest = self.start_honest()
        self.gateway.mark_idle()
        try:
            self.measure(honest, player)
        finally:
            for process in (honest, player):
                if process and process.poll() is None:
                    process.kill()
                    process.wait()

    def measure(self, honest, player):
        for command in self.attack.prepare(self.host):
            self.attackers([command])
        before = self.gateway.metrics()
        # The first string begins during the attack.
        time.sleep(max(0, self.gateway.first_beep - 0.5 - time.monotonic()))
        begin, used = time.monotonic(), self.gateway.processor_seconds()
        checks = [threading.Thread(target=getattr(self, name), daemon=True) for name in self.attack.checks]
        for check in checks:
            check.start()
        if player:
            player.stdin.write("go\n")
            player.stdin.flush()
        reports = self.attackers(self.attack.start(self.host))
        if player:
            reports.append(json.loads(player.communicate(timeout=self.options.seconds + 20)[0]))
        end = time.monotonic()
        self.ended = end
        for check in checks:
            check.join(20)
        time.sleep(TAIL_S)
        self.result.update(attackers=reports, seconds=end - begin)
        honest.terminate()
        self.result["honest"] = json.loads(honest.communicate(timeout=30)[0])
        self.result["died"] = self.gateway.has_died
        if self.gateway.has_died:
            self.result["problems"].append(f"the gateway ended with status {self.gateway.process.returncode}")
            return
        self.result["processor"] = (self.gateway.processor_seconds() - used) / (time.monotonic() - begin)
        self.result["watchdog_gap_s"] = self.gateway.watchdog.longest_gap(begin, end + 1)
        self.result["peak_bytes"] = self.gateway.peak_bytes()
        self.result["idle_bytes"] = self.gateway.idle_bytes
        self.compare(before, self.gateway.metrics())
        self.count_runs()
        if self.attack.fills_journal:
            self.count_history()
        self.gateway.stop_devices()

    def finish(self, settle=True):
        """Waits until 30 s after the attack, measures the memory, and stops the gateway."""
        with self.stack:
            if settle and not self.result.get("died", True):
                time.sleep(max(0, self.ended + SETTLE_S - time.monotonic()))
                self.result["settled_bytes"] = self.gateway.resident_bytes()
        return self.result

    def store_runs(self, count):
        """Copies the store of the trial without an attack, and its first run many times."""
        path = self.directory / "state/gateway.db"
        path.parent.mkdir()
        with contextlib.closing(sqlite3.connect(self.options.directory / "01-none/state/gateway.db")) as source, \
                contextlib.closing(sqlite3.connect(path)) as store, store:
            source.backup(store)
            columns = "number, id, started_ns, timer, shooter, stage, state, body"
            run = store.execute(f"SELECT {columns} FROM run WHERE state = 'completed' LIMIT 1").fetchone()
            for number in range(1_000, 1_000 + count):
                name = f"run_{number}"
                store.execute(f"INSERT INTO run({columns}) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
                              (number, name, *run[2:7], run[7].replace(run[1], name)))

    # Processes

    def start_honest(self):
        command = [*Network.inside(self.network.client), f"{self.options.tools}/honest",
                   "-b", f"{GATEWAY_FOR_CLIENT}:{PORTS['boards']}", "-w", f"{GATEWAY_FOR_CLIENT}:{PORTS['heart']}",
                   "-l", f"{GATEWAY_FOR_CLIENT}:{PORTS['http']}"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=as_other_machine)
        if process.stdout.readline() != "ready\n":
            raise RuntimeError("the honest client did not start")
        return process

    def start_noise(self, link):
        process = subprocess.Popen(
            [f"{self.options.tools}/serialflood", "-t", str(self.options.seconds), str(link)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, preexec_fn=as_attacker)
        if process.stdout.readline() != "ready\n":
            raise RuntimeError("serialflood did not start")
        return process

    def attackers(self, commands):
        """Runs programs on the attacker's host at the same time; returns their reports."""
        running = [
            subprocess.Popen([*Network.inside(self.network.attacker), *command], stdout=subprocess.PIPE, text=True,
                             preexec_fn=as_attacker) for command in commands]
        try:
            return [json.loads(process.communicate(timeout=self.options.seconds + 30)[0] or "{}") for process in running]
        finally:
            for process in running:
                if process.poll() is None:
                    process.kill()
                    process.wait()

    # Results

    def compare(self, before, after):
        if not before or not after:
            self.result["problems"].append("/metrics did not answer")
            return
        moved = {key: value - before.get(key, 0) for key, value in after.items() if value != before.get(key, 0)}
        self.result["moved"] = {
            name + labels: change for (name, labels), change in moved.items()
            if name.endswith("_total") and any(word in name for word in (
                "refused", "dropped", "slow", "fault", "timeout", "reject", "limit", "closed", "failures", "losses",
                "overflow", "abandoned", "budget", "strays", "oversized", "cut_off"))}
        turns = [(float(labels.split('le="')[1].split('"')[0].replace("+Inf", "inf")), change)
                 for (name, labels), change in moved.items() if name == "leadville_loop_turn_seconds_bucket"]
        # The first bucket that holds the slowest iteration.
        turns.sort()
        self.result["slowest_iteration_s"] = next(bound for bound, count in turns if count == turns[-1][1])

    # Checks during or after an attack

    def others_connect(self):
        """A second host and the gateway's own machine connect to every port, once a second."""
        self.try_connections([(self.network.client, GATEWAY_FOR_CLIENT), (self.network.gateway, "127.0.0.1")])

    def loopback_connects(self):
        self.try_connections([(self.network.gateway, "127.0.0.1")])

    def foreign_pages_are_rejected(self):
        """Each change, and each WebSocket handshake, of a foreign page or a rebound name is answered with 403."""
        accepted = []
        for headers in ({"Origin": "http://evil.example"}, {"Host": "rebound.example"}):
            for method, path in CHANGING_ROUTES:
                if self.gateway.status(method, path, headers) != 403:
                    accepted.append(f"{method} {path}")
            for port in CHECKED_PORTS:
                if self.gateway.status("GET", "/ws/live", SOCKET_HEADERS | headers, port) != 403:
                    accepted.append(f"a WebSocket on port {PORTS[port]}")
        self.result["problems"] += [f"not answered with 403: {what}" for what in accepted]

    def try_connections(self, hosts):
        time.sleep(2)
        tried, answered, slowest = 0, 0, 0.0
        while tried < 3 * len(hosts) * len(CHECKED_PORTS):
            for namespace, address in hosts:
                for port in CHECKED_PORTS:
                    began = time.monotonic()
                    tried += 1
                    answered += self.connects(namespace, address, PORTS[port])
                    slowest = max(slowest, time.monotonic() - began)
        self.result["connections"] = {"tried": tried, "answered": answered, "slowest_s": slowest}
        if answered < tried:
            self.result["problems"].append(f"{tried - answered} of {tried} honest connections were refused")

    @staticmethod
    def connects(namespace, address, port):
        """Whether a WebSocket handshake succeeds."""
        script = ("import socket, sys; s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 3); s.settimeout(3); "
                  "s.sendall(bytes.fromhex(sys.argv[3])); sys.exit(s.recv(12) != b'HTTP/1.1 101')")
        command = ["python3", "-c", script, address, str(port), upgrade("/ws/live").hex()]
        done = subprocess.run([*Network.inside(namespace), *command], capture_output=True, preexec_fn=as_attacker,
                              check=False)
        return done.returncode == 0

    def count_runs(self):
        """The store has every run with all of its shots."""
        runs = json.loads(self.gateway.get("/api/runs?state=completed"))["runs"]
        complete = sum(run["summary"]["shots"] == SHOTS for run in runs)
        if complete < STRINGS:
            self.result["problems"].append(f"{complete} of {STRINGS} runs are stored completely")

    def count_history(self):
        """Counts what the journal holds of the strings shot during the flood."""
        with contextlib.closing(sqlite3.connect(f"file:{self.directory}/state/gateway.db?mode=ro", uri=True)) as store:
            kinds = dict(store.execute("SELECT kind, count(*) FROM event GROUP BY kind").fetchall())
        self.result["journal"] = kinds
        honest = self.result["honest"]["events"]
        for kind, names in KINDS.items():
            live = sum(honest.get(name, 0) for name in names)
            if kinds.get(kind, 0) < live:
                self.result["problems"].append(f"the journal holds {kinds.get(kind, 0)} of {live} {kind} events")
