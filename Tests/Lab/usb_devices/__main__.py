"""A simulated USB serial adapter, plugged into the guest through QEMU's usb-redir device.

clients of the device socket and the guest's port exchange bytes. Changes of line settings and modem lines are logged.
"""

import argparse
import asyncio
import logging
import os
import signal

from .cdc_acm import CdcAcm
from .ch341 import Ch341
from .cp210x import Cp210x
from .ftdi import Ftdi
from .usbredir import UsbRedirConnection

KINDS = {"cdc-acm": CdcAcm, "ftdi": Ftdi, "cp210x": Cp210x, "ch341": Ch341}


async def main():
    parser = argparse.ArgumentParser(prog="python -m usb_devices", description=__doc__)
    parser.add_argument("--kind", choices=KINDS, required=True)
    parser.add_argument("--serial", required=True, help="its serial number")
    parser.add_argument("--usbredir-socket", required=True, help="QEMU's socket")
    parser.add_argument("--device-socket", required=True, help="the socket to create for the device side of the cable")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    connection = UsbRedirConnection(KINDS[arguments.kind](arguments.serial))
    session = asyncio.create_task(connection.run(arguments.usbredir_socket))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, session.cancel)
    ready = asyncio.create_task(connection.is_ready.wait())
    await asyncio.wait([session, ready], return_when=asyncio.FIRST_COMPLETED)
    if ready.done():
        # The socket has its name only when it accepts connections.
        await asyncio.start_unix_server(connection.on_client, arguments.device_socket + ".new", limit=1 << 20)
        os.rename(arguments.device_socket + ".new", arguments.device_socket)
    try:
        await session
    except asyncio.CancelledError:
        pass


asyncio.run(main())
