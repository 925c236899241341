#!/usr/bin/env python3
"""Writes deflate_reference.txt: what CPython's zlib makes of messages, for the tests of our own inflater and deflater.

One line for each connection: the window bits, `context` or `alone`, and its messages in order, each as
`plain:compressed` in hexadecimal. Compressed messages lack the four bytes that RFC 7692 leaves out.
Run it once; the output is part of the repository.
"""

import random
import zlib
from pathlib import Path

EVENT = (
    '{"type":"heart_rate","id":%d,"user":"shooter-%d","bpm":%d.%d,"timestamp":"2026-05-01T12:00:%02d.%03dZ"}'
)


def messages(rng):
    """Short and long, text and noise, repetitive and not."""
    yield b""
    yield b"Hello"
    yield ("Grüße aus Zürich · 心拍数 · 💓 " * 8).encode()
    for number in range(4):
        yield (EVENT % (number, number % 3, 60 + number, number, number, number * 37)).encode()
    yield rng.randbytes(100)
    yield bytes(rng.choice(b"ab") for _ in range(700))
    yield b"x" * 400
    yield bytes(rng.choice(b"0123456789abcdef ") for _ in range(900))


def compress(message, compressor, tail=zlib.Z_SYNC_FLUSH):
    data = compressor.compress(message) + compressor.flush(tail)
    assert data.endswith(b"\x00\x00\xff\xff")
    return data[:-4]


def main():
    lines = []
    for bits in (9, 11, 15):
        for level in (1, 9):
            for kept in (True, False):
                rng = random.Random(bits * 100 + level)
                compressor = None
                pairs = []
                for message in messages(rng):
                    if compressor is None or not kept:
                        compressor = zlib.compressobj(level, zlib.DEFLATED, -bits)
                    data = compress(message, compressor)
                    pairs.append(f"{message.hex()}:{data.hex()}")
                lines.append(f"{bits} {'context' if kept else 'alone'} {' '.join(pairs)}")
    # The other strategies make other kinds of blocks: stored, fixed codes, runs only.
    for strategy in (zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED):
        compressor = zlib.compressobj(6, zlib.DEFLATED, -15, 8, strategy)
        pairs = [f"{m.hex()}:{compress(m, compressor).hex()}" for m in messages(random.Random(strategy))]
        lines.append(f"15 context {' '.join(pairs)}")
    compressor = zlib.compressobj(0, zlib.DEFLATED, -15)
    pairs = [f"{m.hex()}:{compress(m, compressor).hex()}" for m in messages(random.Random(0))]
    lines.append(f"15 context {' '.join(pairs)}")
    Path(__file__).with_suffix(".txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
