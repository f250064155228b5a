"""The real pages in Chromium; skipped with the reason where it, or the built scripts, are absent."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the driver runs an event loop beside the test's database
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DIST = Path(__file__).resolve().parents[2] / "src/fireline/web/static/dist/app.js"


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    if not DIST.exists():
        pytest.skip("the browser side is not built (python scripts/build_js.py)")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


class Watched:
    """A page that remembers everything the browser complained of."""

    def __init__(self, context, base):
        self.page = context.new_page()
        self.base = base
        self.complaints = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))

    def _said(self, message):
        if message.type in ("error", "warning") and "GL Driver Message" not in message.text:
            self.complaints.append(message.text)

    def open(self, path):
        answer = self.page.goto(self.base + path)
        self.page.wait_for_selector("html[data-ready]")
        return answer

    def sign_in(self, username):
        from django.utils import timezone

        from fireline.actions import accounts
        from fireline.store.actor import COMMAND_LINE

        code = accounts.issue_one_time_code(by=COMMAND_LINE, at=timezone.now(), username=username)
        self.open(f"/sign-in#code={code}")
        self.page.click("details.code-way button[type=submit]")
        self.page.wait_for_selector(".shell")


@pytest.fixture
def visit(browser, live_server, settings, tmp_path):
    """Makes watched pages: visit(width=, dark=, script=, language=)."""
    settings.STATIC_ROOT = str(tmp_path)
    contexts = []

    def make(width=1440, dark=False, script=True, language="zh-CN"):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            locale=language,
        )
        contexts.append(context)
        return Watched(context, live_server.url)

    yield make
    for context in contexts:
        context.close()
