"""Fixtures of the scenarios: the guest, the service installed in it, and the devices plugged into it."""

import os
import pathlib
import signal
import sys

import pytest

# Programs in the guest take about twelve times as long as on the host.
os.environ.setdefault("TEST_TIMEOUT", "90")
sys.path.append(str(pathlib.Path(__file__).parents[1] / "EndToEnd"))

# pylint: disable=wrong-import-position
from serial_device import SerialDevice  # noqa: E402
from machine.air import Air  # noqa: E402
from machine.guest import Guest, remove_stale_guests  # noqa: E402
from machine.hardware import Hardware  # noqa: E402
from machine.usb import UsbSockets  # noqa: E402
from package import build_packages  # noqa: E402
from service import Installation, Service, UNIT  # noqa: E402

# SIGTERM acts like Ctrl-C: fixtures are torn down and the guest is stopped.
signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def guest():
    """One guest for all scenarios; each scenario reverts its changes."""
    remove_stale_guests()
    guest = Guest(f"test-{os.getpid()}")
    guest.up(Hardware(runtime=os.environ.get("SWIFT_LIBRARIES", "/opt/swift/usr/lib/swift/linux")))
    yield guest
    guest.down()


@pytest.fixture(scope="session")
def installation(guest):
    return Installation(guest)


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    return build_packages(tmp_path_factory.mktemp)


@pytest.fixture
def run(installation):
    """Starts the service: run(settings). It is stopped after the test and must then exit successfully."""
    services = []
    installation.reset()

    def run(settings=None, start=True):
        services.append(Service(installation, {"log.level": "debug"} | (settings or {})))
        if start:
            services[-1].start()
        return services[-1]

    yield run
    try:
        results = [service.stop() for service in services]
        assert results in ([], ["success"]), services[0].log.text
    finally:
        for service in services:
            service.log.close()
            print(f"--- journal of {UNIT}\n{service.log.text}")


@pytest.fixture
def gateway(run):
    """The service with default settings."""
    return run()


@pytest.fixture
def usb(guest):
    """The guest's USB sockets; devices that are still plugged in are unplugged after the test."""
    sockets = UsbSockets(guest)
    yield sockets
    for name in sockets.plugged():
        sockets.pull(name)


@pytest.fixture
def plug(usb):
    """Plugs in a serial device and returns it: plug(name, kind, serial=..., socket=...)."""
    devices = []

    def plug(name, kind, **options):
        devices.append(SerialDevice(usb.plug(name, kind, **options)))
        return devices[-1]

    yield plug
    for device in devices:
        device.close()


@pytest.fixture
def air(guest):
    """The simulated Bluetooth: air.start({"adapter": …, "devices": …}) starts it, air(command, …) controls it."""
    air = Air(guest)
    yield air
    print(f"--- log of the simulated Bluetooth\n{air.read_log()[-5000:]}")
    air.stop()


@pytest.fixture(autouse=True)
def unharmed_kernel(guest):
    """No scenario may cause a kernel warning."""
    yield
    tainted = guest.shell("cat /proc/sys/kernel/tainted").strip()
    assert tainted == "0", guest.shell("dmesg | grep -E -A 12 'BUG|Oops|protection|WARNING' | head -n 60")
