"""A machine with virtual USB devices, mocked by umockdev and controlled by commands on standard input.

Run as `umockdev-wrapper python umockdev_server.py`. It prints the directory for UMOCKDEV_DIR; programs started with it
see the mocked devices.
    plug SOCKET NAME PATH SERIAL    a CP2102 in a USB socket, as ttyNAME, opened at PATH; SERIAL is - for none
    unplug SOCKET NAME
Each command is answered by one line. PATH is a pseudo terminal of the test, and ioctls on it are forwarded to the kernel,
because umockdev does not implement the ioctls that set arbitrary baud rates.
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


testbed = ctypes.c_void_p(function("new", ctypes.c_void_p)())
root = function("get_root_dir", ctypes.c_char_p, ctypes.c_void_p)(testbed).decode()
add = function("add_from_string", ctypes.c_bool, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
event = function("uevent", None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
remove = function("remove_device", None, ctypes.c_void_p, ctypes.c_char_p)


# Terminal ioctls are forwarded to the kernel.
gobject = ctypes.CDLL("libgobject-2.0.so.0")
execute = library.umockdev_ioctl_client_execute
execute.restype, execute.argtypes = ctypes.c_long, (ctypes.c_void_p, ctypes.POINTER(ctypes.c_int), ctypes.c_void_p)
complete = library.umockdev_ioctl_client_complete
complete.restype, complete.argtypes = None, (ctypes.c_void_p, ctypes.c_long, ctypes.c_int)


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
def forward_to_kernel(_handler, client, _data):
    error = ctypes.c_int()
    result = execute(client, ctypes.byref(error), None)
    complete(client, result, error)
    return 1


library.umockdev_ioctl_base_new.restype = ctypes.c_void_p
handler = ctypes.c_void_p(library.umockdev_ioctl_base_new())
gobject.g_signal_connect_data.argtypes = (
    ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
gobject.g_signal_connect_data(handler, b"handle-ioctl", ctypes.cast(forward_to_kernel, ctypes.c_void_p), None, None, 0)
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
    assert attach(testbed, nodes[socket], handler, None)
    assert add(testbed, text.encode(), None)
    event(testbed, path(socket, name), b"add")


def unplug(socket, name):
    detach(testbed, nodes.pop(socket), None)
    event(testbed, path(socket, name), b"remove")
    remove(testbed, path(socket, name))
    remove(testbed, f"/sys/devices/pci0/usb1/1-{socket}".encode())


print(root, flush=True)
for line in sys.stdin:
    command, *words = line.split()
    {"plug": plug, "unplug": unplug}[command](*words)
    print("done", flush=True)
