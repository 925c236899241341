"""Shared fixtures. Each test gets its own programs, on free ports and with its own state directory."""

import pytest

from browsers import open_browser, visits
from programs import Gateway, Testbed


@pytest.fixture
def run(tmp_path):
    """Starts gateways: run(settings, *arguments, environment=..., user=...). They are stopped after the test."""
    yield from starter(tmp_path)


@pytest.fixture(scope="module")
def run_for_module(tmp_path_factory):
    """The same for gateways that the tests of a module share."""
    yield from starter(tmp_path_factory.mktemp("module"))


def starter(folder):
    gateways = []

    def run(settings=None, *arguments, **options):
        settings = {"state_directory": folder / "state"} | (settings or {})
        for _ in range(10):
            gateway = Gateway(settings, *arguments, **options)
            gateways.append(gateway)
            if gateway.has_started():
                return gateway
            gateway.wait()
            log = gateway.log.all()
            # Another test run may have taken a port between the check that it was free and the gateway's bind.
            assert "is already in use" in log, f"the gateway did not start:\n{log}"
        raise AssertionError("another test run took one of the free ports in ten attempts out of ten")

    yield run
    finish(gateways)


@pytest.fixture
def gateway(run):
    """A gateway with default settings except for its ports and its state directory."""
    return run()


@pytest.fixture
def start_testbed():
    """Starts test servers: start_testbed(*arguments). They are stopped after the test."""
    testbeds = []

    def start(*arguments):
        testbeds.append(Testbed(*arguments))
        return testbeds[-1]

    yield start
    finish(testbeds)


@pytest.fixture
def testbed(start_testbed):
    return start_testbed()


@pytest.fixture(scope="module")
def browser():
    yield from open_browser()


@pytest.fixture
def visit(browser):
    """Opens pages, each in a context of its own: visit(url, **options)."""
    yield from visits(browser)


def finish(programs):
    """Stops what is still running. Fails if a program exited although no test waited for its exit."""
    crashed = [program for program in programs if not program.is_running and not program.exit_was_expected]
    for program in programs:
        program.kill()
    assert not crashed, f"the program exited unexpectedly:\n{crashed[0].log.all()}"
