"""Looking at pages in a real Chromium, and what it and axe-core complain of."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from productops.lib.models import User
from tests.lib.optional_tools import NODE_MODULES
from tests.lib.staff import PASSWORD

AXE = NODE_MODULES / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
THEMES = ["light", "dark"]
WIDTHS = [1440, 390]
BLOCKED = "addEventListener('securitypolicyviolation', (event) => console.error('blocked: ' + event.violatedDirective))"


@dataclass
class Visitor:
    """Someone who looks at pages, and what the browser complained of meanwhile."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        self.page.goto(self.address + path, wait_until="networkidle")
        return self.page

    def log_in(self, to: str = "/styleguide/") -> None:
        self.page.context.clear_cookies()
        self.go(f"/login/?next={to}")
        self.page.get_by_label("Username").fill("ada")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        expect(self.page).to_have_url(self.address + to)
        self.page.wait_for_load_state("networkidle")


Open = Callable[..., Visitor]


@pytest.fixture
def open_browser(chromium: Browser, live_server, make_user: Callable[..., User]) -> Iterator[Open]:
    make_user()
    contexts: list[BrowserContext] = []

    def open_(theme: str = "light", width: int = 1440, **options) -> Visitor:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, locale="en-GB", **options
        )
        contexts.append(context)
        context.add_init_script(BLOCKED)
        visitor = Visitor(context.new_page(), live_server.url)

        def note(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                visitor.complaints.append(message.text)

        visitor.page.on("console", note)
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        return visitor

    yield open_
    for context in contexts:
        context.close()


def problems(page: Page) -> str:
    """What axe-core finds, one line per element."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
    assert len(found["passes"]) > 10
    return "\n".join(f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"])


def width_needed(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth")
