"""A simulated USB serial adapter, plugged into the guest through QEMU's usb-redir device.

What a client of the far end writes comes out of the guest's port, and what the guest writes there the client reads.
Line settings and modem lines are written to the log as they change.
"""

import argparse
import asyncio
import logging
import signal

from .cdc_acm import CdcAcm
from .ch341 import Ch341
from .cp210x import Cp210x
from .ftdi import Ftdi
from .wire import Wire

KINDS = {"cdc-acm": CdcAcm, "ftdi": Ftdi, "cp210x": Cp210x, "ch341": Ch341}


async def main():
    parser = argparse.ArgumentParser(prog="python -m usb_devices", description=__doc__)
    parser.add_argument("--kind", choices=KINDS, required=True)
    parser.add_argument("--serial", required=True, help="its serial number")
    parser.add_argument("--wire", required=True, help="QEMU's socket")
    parser.add_argument("--far-end", required=True, help="the socket to be made for whoever plays the device")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    wire = Wire(KINDS[arguments.kind](arguments.serial))
    conversation = asyncio.create_task(wire.run(arguments.wire))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, conversation.cancel)
    ready = asyncio.create_task(wire.is_ready.wait())
    await asyncio.wait([conversation, ready], return_when=asyncio.FIRST_COMPLETED)
    if ready.done():
        await asyncio.start_unix_server(wire.on_client, arguments.far_end, limit=1 << 20)
    try:
        await conversation
    except asyncio.CancelledError:
        pass


asyncio.run(main())
