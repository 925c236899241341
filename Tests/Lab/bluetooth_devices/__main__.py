"""A Bluetooth adapter for the guest, and what is in the air around it. README.md tells how it is steered."""

import argparse
import asyncio
import json
import logging
import pathlib
import signal

from .stage import Stage


async def main():
    parser = argparse.ArgumentParser(prog="python -m bluetooth_devices", description=__doc__)
    parser.add_argument("--hci", required=True, help="the socket that leads to the guest")
    parser.add_argument("--control", required=True, help="the socket to be made for whoever steers")
    parser.add_argument("--scenario", required=True, help="a JSON file: which adapter, which devices")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("bumble").setLevel(logging.ERROR)
    stage = Stage(arguments.hci, json.loads(pathlib.Path(arguments.scenario).read_text(encoding="utf-8")))
    await stage.start()

    async def serve(reader, writer):
        while line := await reader.readline():
            writer.write(await stage.answer(line))
            await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(serve, arguments.control, limit=64 << 20)
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    async with server:
        await end.wait()


asyncio.run(main())
