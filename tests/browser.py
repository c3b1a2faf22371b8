"""A real server and a real browser for the stories: fixtures and a few gestures."""

import contextlib
import datetime as dt
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from lib.store import db

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync")
PATIENCE = 20_000  # milliseconds


def chromium() -> str:
    """Path of the browser; without one the test is skipped with the reason, and fails where nothing may be skipped."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        reason = "no chromium here (Debian: apt-get install chromium)"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return found


class Server:
    """The product on a port of its own, over a home that the test can look into."""

    def __init__(self, home: Path):
        self.home = home
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)], cwd=ROOT,
            env={**os.environ, "CHENGPING_HOME": str(self.home)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(300):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/health", timeout=1) as answer:  # noqa: S310 (localhost)
                if answer.status == 200:
                    return
            time.sleep(0.1)
        raise TimeoutError("the server did not answer within 30 s")

    def kill(self) -> None:
        """As a power cut would: no chance to say good-bye."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


def eventually(holds: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for what comes a moment after a gesture."""
    for _ in range(int(seconds * 10)):
        if holds():
            return
        time.sleep(0.1)
    assert holds()


def pass_days(days: int) -> None:
    """Let the store's clock go on by so many days."""
    with db.session() as store:
        shift = float(db.meta(store, "clock_shift_seconds") or 0)
        db.set_meta(store, "clock_shift_seconds", str(shift + dt.timedelta(days=days).total_seconds()))
        store.conn.commit()


# ---- gestures


def keyed(page, key: str):
    """A widget by its key, as Streamlit writes it into the page."""
    return page.locator(".st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", key))


def settle(page) -> None:
    """Wait until the script has run and the page is still."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=PATIENCE)
    page.wait_for_timeout(300)


def log_in(page, url: str, username: str, password: str) -> None:
    page.goto(url)
    page.get_by_role("textbox", name="账号").fill(username, timeout=PATIENCE)
    page.locator("input[type=password]").fill(password)
    page.get_by_role("button", name="登录", exact=True).click()
    page.locator("input[type=password]").wait_for(state="detached", timeout=PATIENCE)
    settle(page)
    eventually(lambda: any(cookie["name"] == "cp_session" for cookie in page.context.cookies()))


def press(page, key: str) -> None:
    keyed(page, key).locator("button").first.click(timeout=PATIENCE)
    settle(page)


def type_into(page, key: str, text: str) -> None:
    """Replace a field's text and leave the field."""
    field = keyed(page, key).locator("input, textarea").first
    field.fill(text, timeout=PATIENCE)
    field.press("Tab")
    settle(page)
