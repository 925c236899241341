"""A certificate is replaced under many clients that receive events over wss: nobody loses one.

TLS_CLIENTS sets the number of clients: `make test` has 200; TLS_CLIENTS=1000 .venv/bin/python -m pytest
Tests/EndToEnd/test_tls_renewal.py has a thousand, and needs a limit of 4,096 open files (ulimit -n)."""

import asyncio
import json
import os
import signal
import ssl

import websockets

from test_tls import serial_number, settings, tls_init
from waiting import TIMEOUT, eventually

CLIENTS = int(os.environ.get("TLS_CLIENTS", "200"))
# Each renewal happens while events pass, and some pass before and after.
RENEWALS, EVENTS_BETWEEN = 3, 20


class Followers:
    """Clients of the live socket that collect the numbers of the events that they receive."""

    def __init__(self, url, trust):
        self.url, self.trust = url, trust
        self.received = [[] for _ in range(CLIENTS)]
        self.certificates = [None] * CLIENTS
        self.connected = asyncio.Semaphore(0)

    async def follow(self, index, last):
        async with websockets.connect(
                self.url, ssl=self.trust, proxy=None, max_queue=None, open_timeout=TIMEOUT * 4, ping_timeout=TIMEOUT * 4) as client:
            self.certificates[index] = client.transport.get_extra_info("peercert")["serialNumber"]
            numbers = self.received[index]
            while not numbers or numbers[-1] != last:
                message = json.loads(await client.recv())
                if message.get("event_type") == "connection_established":
                    self.connected.release()
                if message.get("source") == "application":
                    numbers.append(message["data"]["number"])


async def follow_renewals(gateway, directory, trust):
    total = RENEWALS * 2 * EVENTS_BETWEEN + EVENTS_BETWEEN
    followers = Followers(f"wss://127.0.0.1:{gateway.http_port}/ws/live", trust)
    tasks = [asyncio.create_task(followers.follow(index, total - 1)) for index in range(CLIENTS)]
    for _ in range(CLIENTS):
        await asyncio.wait_for(followers.connected.acquire(), TIMEOUT * 4)
    numbers, certificates = iter(range(total)), [serial_number(gateway.http_port, trust)]

    def publish(count=EVENTS_BETWEEN):
        for number in (next(numbers) for _ in range(count)):
            assert gateway.post("/api/events", {"type": "status", "message": "counted", "number": number})[0] == 200

    def renew():
        before = serial_number(gateway.http_port, trust)
        tls_init(directory)
        publish()
        gateway.signal(signal.SIGHUP)
        publish()
        # New connections see the new certificate.
        certificates.append(eventually(lambda: (found := serial_number(gateway.http_port, trust)) != before and found))

    for _ in range(RENEWALS):
        await asyncio.to_thread(renew)
    await asyncio.to_thread(publish)
    await asyncio.wait_for(asyncio.gather(*tasks), TIMEOUT * 4)
    return followers, certificates, list(range(total))


def test_no_client_misses_an_event_when_the_certificate_is_replaced(run, tmp_path):
    tls_init(tmp_path / "tls")
    gateway = run(settings(tmp_path / "tls"))
    trust = ssl.create_default_context(cafile=tmp_path / "tls/ca.crt")
    followers, certificates, numbers = asyncio.run(follow_renewals(gateway, tmp_path / "tls", trust))
    assert all(received == numbers for received in followers.received)
    assert set(followers.certificates) == {certificates[0]}, "the clients stayed on their connections"
    assert len(set(certificates)) == RENEWALS + 1
