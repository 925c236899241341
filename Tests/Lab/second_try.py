"""For the second try of what failed, a pytest plugin: that it was needed stands out, also in pytest's last line."""

import pytest

CATEGORY = "passed on the second try"


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report):
    if report.when == "call" and report.passed:
        return CATEGORY, "2", "SECOND TRY"
    return None


def pytest_terminal_summary(terminalreporter):
    passed = terminalreporter.stats.get(CATEGORY, [])
    if passed:
        scenarios = "scenario" if len(passed) == 1 else "scenarios"
        names = " ".join(report.nodeid for report in passed)
        terminalreporter.write_line(f"{len(passed)} {scenarios} failed at first and {CATEGORY}: {names}", yellow=True)
