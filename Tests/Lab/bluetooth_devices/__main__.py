"""A Bluetooth adapter for the guest and the devices near it. README.md describes the control commands."""

import argparse
import asyncio
import json
import logging
import pathlib
import signal

from .simulation import Simulation


async def main():
    parser = argparse.ArgumentParser(prog="python -m bluetooth_devices", description=__doc__)
    parser.add_argument("--hci", required=True, help="the socket connected to the guest")
    parser.add_argument("--control", required=True, help="the control socket to create")
    parser.add_argument("--scenario", required=True, help="a JSON file that describes the adapter and the devices")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("bumble").setLevel(logging.ERROR)
    simulation = Simulation(arguments.hci, json.loads(pathlib.Path(arguments.scenario).read_text(encoding="utf-8")))
    await simulation.start()

    async def serve(reader, writer):
        while line := await reader.readline():
            writer.write(await simulation.answer(line))
            await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(serve, arguments.control, limit=64 << 20)
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    async with server:
        await end.wait()


asyncio.run(main())
