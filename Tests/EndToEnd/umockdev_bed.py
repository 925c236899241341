"""A machine whose USB devices exist only on paper: umockdev's, driven by lines on standard input.

Run as `umockdev-wrapper python umockdev_bed.py`; whoever is started with the environment that it prints sees its devices.
    plug SOCKET NAME PATH SERIAL    a CP2102 in a USB socket, as ttyNAME, to be opened at PATH; SERIAL may be - for none
    pull SOCKET NAME
Each is answered by a line. What is opened is a real pseudo terminal of somebody else's, and what is asked of it is asked
of the kernel: umockdev itself does not know the requests by which any speed can be set.
"""

import ctypes
import sys

DEVICE = """\
P: /devices/pci0/usb1/1-{socket}
E: DEVTYPE=usb_device
E: SUBSYSTEM=usb
A: idVendor=10c4\\n
A: idProduct=ea60\\n
{serial_attribute}
P: /devices/pci0/usb1/1-{socket}/1-{socket}:1.0/{name}/tty/{name}
E: DEVNAME={node}
E: SUBSYSTEM=tty
E: ID_BUS=usb
E: ID_VENDOR_ID=10c4
E: ID_MODEL_ID=ea60
E: ID_USB_DRIVER=cp210x
E: ID_USB_INTERFACE_NUM=00
E: ID_PATH=pci0-usb-0:{socket}:1.0
{serial_property}"""

library = ctypes.CDLL("libumockdev.so.0")


def function(name, result, *arguments):
    found = getattr(library, f"umockdev_testbed_{name}")
    found.restype, found.argtypes = result, arguments
    return found


bed = ctypes.c_void_p(function("new", ctypes.c_void_p)())
root = function("get_root_dir", ctypes.c_char_p, ctypes.c_void_p)(bed).decode()
add = function("add_from_string", ctypes.c_bool, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
event = function("uevent", None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
remove = function("remove_device", None, ctypes.c_void_p, ctypes.c_char_p)


# What a program asks of a terminal, the program's own kernel answers.
gobject = ctypes.CDLL("libgobject-2.0.so.0")
execute = library.umockdev_ioctl_client_execute
execute.restype, execute.argtypes = ctypes.c_long, (ctypes.c_void_p, ctypes.POINTER(ctypes.c_int), ctypes.c_void_p)
complete = library.umockdev_ioctl_client_complete
complete.restype, complete.argtypes = None, (ctypes.c_void_p, ctypes.c_long, ctypes.c_int)


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
def ask_the_kernel(_handler, client, _data):
    error = ctypes.c_int()
    result = execute(client, ctypes.byref(error), None)
    complete(client, result, error)
    return 1


library.umockdev_ioctl_base_new.restype = ctypes.c_void_p
handler = ctypes.c_void_p(library.umockdev_ioctl_base_new())
gobject.g_signal_connect_data.argtypes = (
    ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
gobject.g_signal_connect_data(handler, b"handle-ioctl", ctypes.cast(ask_the_kernel, ctypes.c_void_p), None, None, 0)
attach = function("attach_ioctl", ctypes.c_bool, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p)
detach = function("detach_ioctl", ctypes.c_bool, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
nodes = {}


def path(socket, name):
    return f"/sys/devices/pci0/usb1/1-{socket}/1-{socket}:1.0/{name}/tty/{name}".encode()


def plug(socket, name, node, serial):
    has_serial = serial != "-"
    text = DEVICE.format(
        socket=socket, name=name, node=node, serial_attribute=f"A: serial={serial}\\n\n" if has_serial else "",
        serial_property=f"E: ID_SERIAL_SHORT={serial}\n" if has_serial else "")
    nodes[socket] = node.encode()
    assert attach(bed, nodes[socket], handler, None)
    assert add(bed, text.encode(), None)
    event(bed, path(socket, name), b"add")


def pull(socket, name):
    detach(bed, nodes.pop(socket), None)
    event(bed, path(socket, name), b"remove")
    remove(bed, path(socket, name))
    remove(bed, f"/sys/devices/pci0/usb1/1-{socket}".encode())


print(root, flush=True)
for line in sys.stdin:
    command, *words = line.split()
    {"plug": plug, "pull": pull}[command](*words)
    print("done", flush=True)
