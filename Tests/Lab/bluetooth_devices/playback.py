"""Sequences of notifications that a device sends."""

import asyncio
import struct


async def stream(device, template, hertz, counter_at=None, count=None):
    """Repeats a notification; four of its bytes can be a counter."""
    loop = asyncio.get_running_loop()
    began, number = loop.time(), 0
    while count is None or number < count:
        data = template
        if counter_at is not None:
            data = data[:counter_at] + struct.pack("<I", number) + data[counter_at + 4:]
        await device.notify(data)
        number += 1
        await asyncio.sleep(max(0, began + number / hertz - loop.time()))


async def replay(device, frames):
    """Sends frames, each at its time in milliseconds."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for milliseconds, data in frames:
        await asyncio.sleep(max(0, began + milliseconds / 1000 - loop.time()))
        await device.notify(bytes.fromhex(data))
