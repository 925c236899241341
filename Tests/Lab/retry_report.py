"""A pytest plugin for the second run of failed scenarios: those that pass only then are reported separately."""

import pytest

CATEGORY = "passed on retry"


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report):
    if report.when == "call" and report.passed:
        return CATEGORY, "2", "RETRY"
    return None


def pytest_terminal_summary(terminalreporter):
    passed = terminalreporter.stats.get(CATEGORY, [])
    if passed:
        scenarios = "scenario" if len(passed) == 1 else "scenarios"
        names = " ".join(report.nodeid for report in passed)
        terminalreporter.write_line(f"{len(passed)} {scenarios} failed at first and {CATEGORY}: {names}", yellow=True)
