"""The package of the copy in MongoDB under systemd. The server is a double on the host (Tests/EndToEnd/mongodb_double.py)."""

import os

import pytest

from package import Machine
from programs import ARCHIVER
from waiting import eventually

if not os.access(ARCHIVER, os.X_OK):
    pytest.skip("leadville-gateway-mongodb is not built (docs/mongodb.md)", allow_module_level=True)

import bson  # noqa: E402
from mongodb_double import MongoDBDouble  # noqa: E402

UNIT = "leadville-gateway-mongodb.service"
SETTINGS = "/etc/default/leadville-gateway-mongodb"


@pytest.fixture
def machine(installation, packages):
    yield from Machine.installed_on(installation, [packages[1], packages["mongodb"]])


@pytest.fixture
def mongodb():
    with MongoDBDouble() as double:
        yield double


def test_workouts_are_copied_by_the_installed_service(machine, mongodb):
    machine.guest.shell.forward(27017, mongodb.port)
    machine.install(1)
    machine.install(2)
    assert [machine.show(name, UNIT) for name in ("ActiveState", "UnitFileState", "DynamicUser")] == ["active", "enabled", "yes"]
    assert machine.guest.shell(f"stat -c '%U %a' {SETTINGS}").split() == ["root", "600"]

    def create(name):
        status, answer = machine.request("POST", "/api/workouts", {"name": name})
        assert status == 201, answer
        return bson.ObjectId(answer["data"]["_id"])

    first = create("Morning")
    eventually(lambda: first in mongodb["workouts"])
    # Killed, it comes back and goes on where it was; the settings of the administrator apply.
    before = machine.show("MainPID", UNIT)
    machine.guest.shell(f"sed -i 's/^#LEADVILLE_MONGODB_INTERVAL=.*/LEADVILLE_MONGODB_INTERVAL=0.5/' {SETTINGS} && kill -9 {before}")
    eventually(lambda: machine.show("MainPID", UNIT) not in (before, "0"))

    def environment():
        """Of the new process. It is that of systemd until the process executes the program, and empty if it has ended."""
        file = f"/proc/{machine.show('MainPID', UNIT)}/environ"
        return machine.guest.shell(f"tr '\\0' '\\n' <{file} || true").splitlines()

    eventually(lambda: "LEADVILLE_MONGODB_INTERVAL=0.5" in environment())
    second = create("Evening")
    eventually(lambda: second in mongodb["workouts"])
    assert {workout["name"] for workout in mongodb["workouts"].values()} == {"Morning", "Evening"}
    machine.purge("leadville-gateway-mongodb")
