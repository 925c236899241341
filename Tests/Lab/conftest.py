"""What every scenario can ask for: the guest, the service in it, and what is plugged into it."""

import os
import pathlib
import signal
import sys

import pytest

# Everything in the guest takes about twelve times as long as outside.
os.environ.setdefault("TEST_PATIENCE", "90")
sys.path.append(str(pathlib.Path(__file__).parents[1] / "EndToEnd"))

# pylint: disable=wrong-import-position
from far_end import FarEnd  # noqa: E402
from machine.air import Air  # noqa: E402
from machine.guest import Guest, forget_the_dead  # noqa: E402
from machine.hardware import Hardware  # noqa: E402
from machine.usb import UsbSockets  # noqa: E402
from service import Installation, Service, UNIT  # noqa: E402

# Whoever asks the scenarios to end gets what Ctrl-C does: fixtures are undone, and the guest ends.
signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def guest():
    """One for all scenarios; what they change they put back."""
    forget_the_dead()
    guest = Guest(f"test-{os.getpid()}")
    guest.up(Hardware(runtime=os.environ.get("SWIFT_LIBRARIES", "/opt/swift/usr/lib/swift/linux")))
    yield guest
    guest.down()


@pytest.fixture(scope="session")
def installation(guest):
    return Installation(guest)


@pytest.fixture
def run(installation):
    """Starts the service: run(settings). It ends with the test, and must do so willingly."""
    services = []
    installation.forget()

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
    """The service with nothing configured."""
    return run()


@pytest.fixture
def usb(guest):
    """The guest's USB sockets; what is still plugged in is pulled out with the end of the test."""
    sockets = UsbSockets(guest)
    yield sockets
    for name in sockets.plugged():
        sockets.pull(name)


@pytest.fixture
def plug(usb):
    """Plugs a serial device in and returns its far end: plug(name, kind, serial=..., socket=...)."""
    far_ends = []

    def plug(name, kind, **options):
        far_ends.append(FarEnd(usb.plug(name, kind, **options)))
        return far_ends[-1]

    yield plug
    for far_end in far_ends:
        far_end.close()


@pytest.fixture
def air(guest):
    """Gives the guest an adapter with devices around it: air.start({"adapter": …, "devices": …}). Then it steers them."""
    air = Air(guest)
    yield air
    print(f"--- what the simulated Bluetooth said\n{air.words()[-5000:]}")
    air.stop()


@pytest.fixture(autouse=True)
def unharmed_kernel(guest):
    """No scenario may leave a complaint of the kernel's behind."""
    yield
    tainted = guest.shell("cat /proc/sys/kernel/tainted").strip()
    assert tainted == "0", guest.shell("dmesg | grep -E -A 12 'BUG|Oops|protection|WARNING' | head -n 60")
