"""A pytest plugin: leaves out what this machine lacks the means for, and names every test that did not run.

With CI=true a test that did not run is a failure.
"""

from __future__ import annotations

import os

import pytest

VARIABLE = "TSUNAGU_TESTS_LEAVE_OUT"  # markers, comma-separated; set by devtools.test


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    lacking = [marker for marker in os.environ.get(VARIABLE, "").split(",") if marker]
    for item in items:
        for marker in lacking:
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=f"there is no {marker} here"))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if _left_out(session.config) and _strict() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    left_out = _left_out(config)
    if left_out:
        terminalreporter.section("left out" + (" (a failure, since CI is set)" if _strict() else ""))
        for report in left_out:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            terminalreporter.line(f"{report.nodeid}  {reason}")


def _left_out(config: pytest.Config) -> list[pytest.TestReport]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return list(reporter.stats.get("skipped", ())) if reporter else []


def _strict() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")
