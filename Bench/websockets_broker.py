"""A comparable broker as a short Python program: datagrams in, one WebSocket broadcast out.

    websockets_broker.py WEBSOCKET_PORT UDP_PORT LENGTH

It uses the `websockets` package efficiently: parse, stamp, encode once, `broadcast`, no compression. LENGTH pads each
message, so that all measured servers send the same number of bytes.
"""

import asyncio
import json
import sys
import time

from websockets.asyncio.server import broadcast, serve


class Board(asyncio.DatagramProtocol):
    def __init__(self, clients, length):
        self.clients = clients
        self.length = length

    def datagram_received(self, data, address):
        try:
            reading = json.loads(data)
            reading["bpm"] = float(reading["bpm"])
        except (ValueError, KeyError, TypeError):
            return
        reading["source_ip"] = address[0]
        reading["server_timestamp"] = time.time()
        broadcast(self.clients, json.dumps(reading).ljust(self.length))


async def main():
    port, udp_port, length = map(int, sys.argv[1:4])
    clients = set()

    async def client(connection):
        clients.add(connection)
        try:
            await connection.wait_closed()
        finally:
            clients.discard(connection)

    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: Board(clients, length), local_addr=("127.0.0.1", udp_port))
    async with serve(client, "127.0.0.1", port, compression=None, backlog=4096):
        await loop.create_future()


if __name__ == "__main__":
    asyncio.run(main())
