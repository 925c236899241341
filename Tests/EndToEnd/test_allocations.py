"""What a broadcast costs in memory: nothing for each further client."""

import contextlib

import pytest

from wire import TEXT, RawWebSocket

DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate"


def allocations(testbed, kind, clients, turns, *headers):
    """How often memory is asked for while events go to so many clients, one event in each turn of the loop."""
    with contextlib.ExitStack() as stack:
        readers = [stack.enter_context(RawWebSocket(testbed.http_port, "/ws/live", *headers)) for _ in range(clients)]
        for reader in readers:
            reader.frame()
            reader.send_frame(TEXT, '{"type": "subscribe", "channels": ["heart_rate", "timer_event"]}')
            reader.frame()

        def publish(count):
            for _ in range(count):
                testbed.publish(kind)
                for reader in readers:
                    assert reader.frame().opcode == TEXT

        # What grows once, has grown then.
        publish(20)
        before = testbed.allocations
        publish(turns)
        return testbed.allocations - before


@pytest.mark.parametrize("kind", ["timer", "heart"])
@pytest.mark.parametrize("headers", [(), (DEFLATE,)], ids=["plain", "compressed"])
def test_no_client_costs_an_allocation_for_an_event(start_testbed, kind, headers):
    turns = 100
    few = allocations(start_testbed(), kind, 10, turns, *headers)
    many = allocations(start_testbed(), kind, 60, turns, *headers)
    # The odd timer may have come in between; but one allocation for each client and event would be 5,000 more.
    assert abs(many - few) < turns / 2, f"{few} for 10 clients, {many} for 60"
