"""Waiting for conditions: tests wait until a condition holds and never for a fixed time."""

import os
import time

# The time in seconds after which a test gives up waiting. A passing test never waits this long.
TIMEOUT = int(os.environ.get("TEST_TIMEOUT", "30"))


def eventually(condition):
    """Evaluates the condition until its result is true, and returns that result."""
    deadline = time.monotonic() + TIMEOUT
    while not (result := condition()):
        assert time.monotonic() < deadline, "timed out waiting for a condition"
        time.sleep(TIMEOUT / 3000)
    return result
