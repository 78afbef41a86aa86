"""Makes the pictures of the README from a real demo: `.venv/bin/python -m devtools.pictures [--port 8000] [--folder …]`.

Starts a demo of its own in a folder that is gone afterwards, waits for its calls, and photographs its pages.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from devtools.chromium import bring
from devtools.demo.start import Up, start
from devtools.installation.people import ADMIN, AGENTS
from devtools.installation.processes import Processes

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
SIZE = {"width": 1440, "height": 900}
SECONDS_FOR_ALL_CALLS = 75
SECONDS_OF_TRIES = 8  # after that the next try comes late enough to be photographed before
NO_API = {"message": "API is not enabled for this Organization or Partner", "errorCode": "API_CURRENTLY_DISABLED"}
LARGEST = 300_000  # bytes


def main(arguments: list[str]) -> int:
    """Make them all; gives back the exit code."""
    options = _options(arguments)
    pictures: Path = options.folder
    pictures.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Processes(Path(folder) / "log") as processes,
        sync_playwright() as playwright,
    ):
        demo = start(processes, Path(folder), port=options.port, fresh=False)
        time.sleep(SECONDS_FOR_ALL_CALLS)
        browser = playwright.chromium.launch(executable_path=bring(), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, locale="en-US")  # type: ignore[arg-type]
        _photograph(page, demo, pictures)
        browser.close()
    too_large = [path.name for path in pictures.glob("*.png") if path.stat().st_size > LARGEST]
    if too_large:
        print(f"Larger than {LARGEST} bytes: {', '.join(too_large)}", file=sys.stderr)
    return 1 if too_large else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="devtools.pictures")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the pictures go (default docs/pictures)")
    return parser.parse_args(arguments)


def _photograph(page: Page, demo: Up, pictures: Path) -> None:
    _log_in(page, demo.url, AGENTS[0].email, demo.password)
    _photograph_calls(page, demo.url, pictures)
    _photograph_my_calls(page, demo.url, pictures)
    _log_in(page, demo.url, ADMIN.email, demo.password)
    page.goto(f"{demo.url}/settings/plugins")
    _save(page, pictures / "plugins.png")
    page.goto(f"{demo.url}/plugins/salesforce/")
    _save(page, pictures / "salesforce.png")
    page.goto(f"{demo.url}/plugins/salesforce/usage")
    _save(page, pictures / "usage.png")
    _make_trouble(page, demo)
    page.goto(f"{demo.url}/settings/errors")
    _save(page, pictures / "errors.png")


def _photograph_calls(page: Page, url: str, pictures: Path) -> None:
    page.locator("#calls tr").filter(has_text="山田 太郎").filter(has_text="Answered").first.get_by_role(
        "link"
    ).first.click()
    page.get_by_label("Call back", exact=True).check()
    page.locator("#memo-text").fill("Asked for the new price list. Call back on Monday.")
    page.get_by_role("button", name="Save memo").click()
    page.locator("#memo-status").get_by_text("Saved.").wait_for()
    _save(page, pictures / "call.png")
    page.goto(f"{url}/calls")
    _save(page, pictures / "history.png")


def _photograph_my_calls(page: Page, url: str, pictures: Path) -> None:
    """A second call with somebody who was spoken to before."""
    page.goto(f"{url}/agent")
    page.locator("#dial-number").fill("090-1234-5678")
    page.get_by_role("button", name="Call", exact=True).click()
    card = page.locator(".desk-card").filter(has_text="山田 太郎").first
    card.get_by_role("textbox").fill("Has the price list now. Wants an offer for 40 units")
    card.locator("[data-status]").filter(has_text="Saved by itself.").wait_for()
    _save(page, pictures / "my-calls.png")


def _make_trouble(page: Page, demo: Up) -> None:
    """Some look-ups meet a Salesforce that is down, the others a user who has lost the API."""
    answered = page.request.get(f"{demo.url}/api/v1/calls?outcome=answered").json()["calls"]
    calls = [call["id"] for call in answered if call["contact"]][:5]
    _tell_org(demo, "faults", [{"match": {}, "kind": "unavailable", "times": None}])
    _look_up_again(page, demo.url, calls[:2])
    time.sleep(SECONDS_OF_TRIES)
    _tell_org(demo, "faults", [{"match": {}, "kind": "reply", "times": None, "status": 403, "body": [NO_API]}])
    _look_up_again(page, demo.url, calls[2:])


def _tell_org(demo: Up, what: str, body: Any) -> None:
    asked = urllib.request.Request(f"{demo.org_url}/__sandbox__/{what}", json.dumps(body).encode())
    asked.add_header("Content-Type", "application/json")
    urllib.request.urlopen(asked, timeout=10).close()


def _look_up_again(page: Page, url: str, calls: list[str]) -> None:
    for call in calls:
        page.goto(f"{url}/calls/{call}")
        page.get_by_role("button", name="Look up again").click()
        page.wait_for_load_state()


def _log_in(page: Page, url: str, email: str, password: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{url}/login")
    page.locator("[name=email]").fill(email)
    page.locator("[name=password]").fill(password)
    page.locator("form button[type=submit]").first.click()
    page.wait_for_url("**/calls*")


def _save(page: Page, picture: Path) -> None:
    page.wait_for_timeout(1000)  # fonts and the first poll
    page.screenshot(path=picture)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
