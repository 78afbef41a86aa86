"""A pytest plugin: leaves out what this machine lacks the means for, and names every test that did not run.

With CI=true a test that did not run is a failure, unless what it lacks is excused.
"""

from __future__ import annotations

import os

import pytest

VARIABLE = "TSUNAGU_TESTS_LEAVE_OUT"  # markers, comma-separated; set by devtools.test
EXCUSED = "TSUNAGU_TESTS_EXCUSED"  # those of them that CI does without


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    lacking = [marker for marker in os.environ.get(VARIABLE, "").split(",") if marker]
    for item in items:
        for marker in lacking:
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=_reason(marker)))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if _missed(session.config) and _strict() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    left_out = _left_out(config)
    if left_out:
        failure = _strict() and bool(_missed(config))
        terminalreporter.section("left out" + (" (a failure, since CI is set)" if failure else ""))
        for report in left_out:
            terminalreporter.line(f"{report.nodeid}  {_reason_of(report)}")


def _left_out(config: pytest.Config) -> list[pytest.TestReport]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return list(reporter.stats.get("skipped", ())) if reporter else []


def _missed(config: pytest.Config) -> list[pytest.TestReport]:
    """Those left out that nothing excuses."""
    excused = [_reason(marker) for marker in os.environ.get(EXCUSED, "").split(",") if marker]
    return [report for report in _left_out(config) if not any(reason in _reason_of(report) for reason in excused)]


def _reason(marker: str) -> str:
    return f"there is no {marker} here"


def _reason_of(report: pytest.TestReport) -> str:
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else ""


def _strict() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")
