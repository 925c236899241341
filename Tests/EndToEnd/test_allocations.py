"""Memory allocations of a broadcast: an additional client must not cost any."""

import contextlib

import pytest

from wire import BINARY, TEXT, RawWebSocket

SUBSCRIPTION = '{"type": "subscribe", "channels": ["heart_rate", "timer_event", "pressure"], "encoding": "binary"}'
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate"


def allocations(testbed, kind, clients, events, *headers):
    """Counts allocations while events are broadcast to the clients, one event per loop iteration."""
    with contextlib.ExitStack() as stack:
        readers = [stack.enter_context(RawWebSocket(testbed.http_port, "/ws/live", *headers)) for _ in range(clients)]
        for reader in readers:
            reader.frame()
            reader.send_frame(TEXT, SUBSCRIPTION)
            reader.frame()

        def publish(count):
            for _ in range(count):
                testbed.publish(kind)
                for reader in readers:
                    assert reader.frame().opcode == (BINARY if kind == "pressure" else TEXT)

        # Warm-up: buffers that grow once have grown afterwards.
        publish(20)
        before = testbed.allocations
        publish(events)
        return testbed.allocations - before


@pytest.mark.parametrize("kind", ["timer", "heart", "pressure"])
@pytest.mark.parametrize("headers", [(), (DEFLATE,)], ids=["plain", "compressed"])
def test_an_additional_client_costs_no_allocation_per_event(start_testbed, kind, headers):
    events = 100
    few = allocations(start_testbed(), kind, 10, events, *headers)
    many = allocations(start_testbed(), kind, 60, events, *headers)
    # Timers may allocate a few times; one allocation per client and event would add 5,000.
    assert abs(many - few) < events / 2, f"{few} for 10 clients, {many} for 60"
