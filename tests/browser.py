"""Pages in Debian's Chromium, through Playwright. Nothing is fetched: a page that asks for anything but files fails the test."""
import contextlib
import pathlib
import shutil
import sys

import pytest

PYTHON = pathlib.Path(__file__).parents[1] / ".deps" / "python"
AXE = PYTHON / "axe_playwright_python" / "axe.min.js"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


class Page:
    """A page, what it said on the console that is an error, and what it asked for beside files."""

    def __init__(self, page):
        self.page, self.errors, self.foreign = page, [], []
        page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: request.url.startswith(("file:", "data:")) or self.foreign.append(request.url))

    def open(self, path):
        self.page.goto(pathlib.Path(path).as_uri())
        return self.page

    def axe(self):
        """Violations that axe-core finds, one line each; none in a page that is accessible as far as a program can tell."""
        self.page.add_script_tag(path=AXE)
        found = self.page.evaluate("() => axe.run()")["violations"]
        return [f"{v['id']}: {v['help']}: {', '.join(n['html'][:120] for n in v['nodes'][:3])}" for v in found]


@contextlib.contextmanager
def browser():
    """Chromium, without a head; skips the test where it or Playwright is missing."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not program or not AXE.exists():
        pytest.skip("needs Chromium and Playwright: scripts/setup --tests")
    sys.path.insert(0, str(PYTHON))
    try:
        from playwright.sync_api import sync_playwright
    finally:
        sys.path.remove(str(PYTHON))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking",
                                                                             "--disable-component-update", "--disable-sync"])
        try:
            yield chromium
        finally:
            chromium.close()


@contextlib.contextmanager
def page(viewport=DESKTOP, **options):
    with browser() as chromium:
        context = chromium.new_context(viewport=viewport, **options)
        yield Page(context.new_page())
        context.close()
