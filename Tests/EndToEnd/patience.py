"""How tests wait: for what they expect, and no longer."""

import os
import time

# How long anything may take before a test gives up, in seconds. Nothing waits this long when all is well.
PATIENCE = int(os.environ.get("TEST_PATIENCE", "30"))


def eventually(question):
    """Asks until the answer is true, and returns it."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := question()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(PATIENCE / 3000)
    return answer
