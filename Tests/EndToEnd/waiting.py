"""Waiting for conditions: tests wait until a condition holds and never for a fixed time."""

import linecache
import os
import time

# The time in seconds after which a test gives up waiting. A passing test never waits this long.
TIMEOUT = int(os.environ.get("TEST_TIMEOUT", "30"))


def eventually(condition):
    """Evaluates the condition until its result is true, and returns that result."""
    deadline = time.monotonic() + TIMEOUT
    while not (result := condition()):
        assert time.monotonic() < deadline, f"timed out waiting for {place(condition)}; the last result was {result!r}"
        time.sleep(TIMEOUT / 3000)
    return result


def place(condition):
    """The source line of a condition, for a failure that can be understood without the traceback."""
    code = getattr(condition, "__code__", None)
    if code is None:
        return repr(condition)
    return f"{os.path.basename(code.co_filename)}:{code.co_firstlineno}: {linecache.getline(code.co_filename, code.co_firstlineno).strip()}"
