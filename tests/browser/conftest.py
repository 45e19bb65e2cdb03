"""A real browser without a network: whatever a page asks for elsewhere fails the test."""

import shutil
from urllib.parse import urlsplit

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip(f"no browser found: none of {', '.join(BROWSERS)} is installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


PATIENCE_MS = 180_000
"""Only whoever waits for ever must be stopped: the machine may be doing other things."""


def is_here(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("file", "data", "blob", "about") or parts.hostname == "127.0.0.1"


@pytest.fixture
def open_page(chromium):
    """Open an address in a fresh context; at the end: no error on the page, nothing asked for."""
    contexts, asked, errors = [], [], []

    def refuse(route):
        if is_here(route.request.url):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    def opened(url: str, **settings):
        context = chromium.new_context(**settings)
        contexts.append(context)
        context.route("**/*", refuse)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: said.type == "error" and errors.append(said.text))
        page.on(
            "dialog", lambda dialog: (errors.append(f"dialog: {dialog.message}"), dialog.dismiss())
        )
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert asked == [], "the page asked the network"
    assert errors == []
