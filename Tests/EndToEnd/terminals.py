"""Serial devices that a rule names by path: pseudo terminals, which udev does not report."""

import os
import tty


class Terminal:
    """A device behind a symbolic link. Bytes written while the port is closed stay in the kernel's buffer until it is full."""

    def __init__(self, link):
        self.link = str(link)
        self._controller, line = os.openpty()
        self.path = os.ttyname(line)
        tty.setraw(line)
        os.close(line)
        if os.path.islink(self.link):
            os.unlink(self.link)
        os.symlink(self.path, self.link)

    def write(self, data):
        while data:
            data = data[os.write(self._controller, data):]

    def unplug(self):
        os.close(self._controller)
        os.unlink(self.link)


def m1616(cells):
    """Encodes a frame of the mat with 16 rows of 16 cells; 512 is full pressure."""
    assert len(cells) == 256
    return b"\xaa\xab\xac" + b"".join(cell.to_bytes(2, "big") for cell in cells) + bytes(4)
