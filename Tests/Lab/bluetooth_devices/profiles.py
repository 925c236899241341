"""Controllers with different feature sets."""

import dataclasses

# (octet, bit) of the supported commands mask.
LEGACY_COMMANDS = [
    (0, 5), (2, 7), (5, 6), (5, 7), (10, 2), (14, 3), (14, 5), (14, 7), (15, 1), (15, 5), (22, 2),
    (25, 0), (25, 1), (25, 2), (25, 4), (25, 5), (25, 6), (25, 7),
    (26, 0), (26, 1), (26, 2), (26, 3), (26, 4), (26, 5), (26, 6), (26, 7),
    (27, 0), (27, 1), (27, 2), (27, 4), (27, 5), (27, 7), (28, 3), (33, 6), (33, 7), (34, 0), (35, 3),
]
EXTENDED_COMMANDS = [
    (35, 4), (35, 5), (35, 6), (36, 1), (36, 2), (36, 3), (36, 4), (36, 5), (36, 6), (36, 7),
    (37, 0), (37, 1), (37, 5), (37, 6), (37, 7),
]


@dataclasses.dataclass
class Profile:
    version: int
    features: int
    is_extended: bool

    @property
    def commands(self):
        mask = bytearray(64)
        for octet, bit in LEGACY_COMMANDS + (EXTENDED_COMMANDS if self.is_extended else []):
            mask[octet] |= 1 << bit
        return bytes(mask)


PROFILES = {
    # Bluetooth 4 commands only, as on a Raspberry Pi 3 or 4.
    "le42": Profile(8, 0x3D, False),
    # Extended scanning, as on most recent dongles.
    "le50": Profile(9, 0x3D | 1 << 8 | 1 << 12 | 1 << 14, True),
}
