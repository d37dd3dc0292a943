"""Tests that need Chromium or Node run where these are found; where not, each is listed by name.

With ``CI=true`` a test left out for want of a tool fails the run: there the tools must be there.
"""

import os
import shutil
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

NODE_MODULES = Path(__file__).parent.parent / "node" / "node_modules"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LEFT_OUT = "left out: "


def chromium_path() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def missing_tools() -> dict[str, str]:
    """Marker → what this machine lacks for its tests."""
    missing = {}
    if not chromium_path():
        missing["browser"] = "Chromium was not found"
    if not shutil.which("node"):
        missing["node"] = "Node was not found"
    elif not NODE_MODULES.is_dir():
        missing["node"] = "packages are not installed: run `npm ci` in tests/node"
    return missing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = missing_tools()
    for item in items:
        for marker, reason in missing.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=LEFT_OUT + reason))
    items.sort(key=turn)


def turn(item: pytest.Item) -> int:
    if item.get_closest_marker("browser"):
        return 2  # Playwright keeps an event loop running in its thread: what runs loops of its own goes before
    if item.get_closest_marker("slow"):
        return 0  # no process is left alone with these in the end
    return 1


def left_out(config: pytest.Config) -> list[pytest.TestReport]:
    terminal: TerminalReporter | None = config.pluginmanager.get_plugin("terminalreporter")
    skipped = terminal.stats.get("skipped", []) if terminal else []
    return [report for report in skipped if LEFT_OUT in str(report.longrepr)]


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    reports = left_out(config)
    if reports:
        terminalreporter.section(f"{len(reports)} tests left out")
        for report in reports:
            _, _, reason = report.longrepr
            terminalreporter.line(f"{report.nodeid}: {reason.partition(LEFT_OUT)[2]}")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("CI") == "true" and left_out(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
