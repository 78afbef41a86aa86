"""Makes the pictures of the README from a real demo: `.venv/bin/python -m devtools.pictures [--port 8000]`.

Starts a demo of its own in a folder that is gone afterwards, waits for its calls, and photographs its pages.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from devtools.chromium import bring
from devtools.demo.start import start
from devtools.installation.people import ADMIN, AGENTS
from devtools.installation.processes import Processes

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
SIZE = {"width": 1440, "height": 900}
SECONDS_FOR_ALL_CALLS = 75
LARGEST = 300_000  # bytes


def main(arguments: list[str]) -> int:
    """Make them all; gives back the exit code."""
    parser = argparse.ArgumentParser(prog="devtools.pictures")
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args(arguments).port
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Processes(Path(folder) / "log") as processes,
        sync_playwright() as playwright,
    ):
        demo = start(processes, Path(folder), port=port, fresh=False)
        time.sleep(SECONDS_FOR_ALL_CALLS)
        browser = playwright.chromium.launch(executable_path=bring(), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, locale="en-US")  # type: ignore[arg-type]
        _photograph(page, demo.url, demo.password)
        browser.close()
    too_large = [path.name for path in FOLDER.glob("*.png") if path.stat().st_size > LARGEST]
    if too_large:
        print(f"Larger than {LARGEST} bytes: {', '.join(too_large)}", file=sys.stderr)
    return 1 if too_large else 0


def _photograph(page: Page, url: str, password: str) -> None:
    _log_in(page, url, AGENTS[0].email, password)
    page.locator("#calls tr").filter(has_text="山田 太郎").filter(has_text="Answered").first.get_by_role(
        "link"
    ).first.click()
    page.get_by_label("Call back", exact=True).check()
    page.locator("#memo-text").fill("Asked for the new price list. Call back on Monday.")
    page.get_by_role("button", name="Save memo").click()
    page.locator("#memo-status").get_by_text("Saved.").wait_for()
    _save(page, "call")
    page.goto(f"{url}/calls")
    _save(page, "history")
    _log_in(page, url, ADMIN.email, password)
    page.goto(f"{url}/plugins/salesforce/")
    _save(page, "salesforce")


def _log_in(page: Page, url: str, email: str, password: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{url}/login")
    page.locator("[name=email]").fill(email)
    page.locator("[name=password]").fill(password)
    page.locator("form button[type=submit]").first.click()
    page.wait_for_url("**/calls*")


def _save(page: Page, name: str) -> None:
    page.wait_for_timeout(1000)  # fonts and the first poll
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
