"""What every test can ask for. Each gets programs of its own, on free ports, with a state directory of its own."""

import pytest

from programs import Gateway, Testbed


@pytest.fixture
def run(tmp_path):
    """Starts gateways: run(settings, *arguments, environment=..., user=...). They end with the test."""
    gateways = []

    def run(settings=None, *arguments, **options):
        settings = {"state_directory": tmp_path / "state"} | (settings or {})
        for _ in range(10):
            gateway = Gateway(settings, *arguments, **options)
            gateways.append(gateway)
            if gateway.starts():
                return gateway
            gateway.wait()
            log = gateway.log.all()
            # Somebody else may have taken a port between our finding it free and the gateway's asking for it.
            assert "is already in use" in log, f"the gateway did not start:\n{log}"
        raise AssertionError("ten times in a row somebody took one of the free ports")

    yield run
    finish(gateways)


@pytest.fixture
def gateway(run):
    """A gateway with nothing configured but its ports and its directory."""
    return run()


@pytest.fixture
def start_testbed():
    """Starts test servers: start_testbed(*arguments). They end with the test."""
    testbeds = []

    def start(*arguments):
        testbeds.append(Testbed(*arguments))
        return testbeds[-1]

    yield start
    finish(testbeds)


@pytest.fixture
def testbed(start_testbed):
    return start_testbed()


def finish(programs):
    """Ends what still runs. Nothing may have ended by itself, unless a test waited for it."""
    crashed = [program for program in programs if not program.runs and not program.was_awaited]
    for program in programs:
        program.kill()
    assert not crashed, f"it ended by itself:\n{crashed[0].log.all()}"
