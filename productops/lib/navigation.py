"""The sidebar: groups and pages of the portal, of which each reader sees those that exist and that they may open."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, get_script_prefix, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from productops.lib.models import Role
from productops.lib.roles import request_has_role


@dataclass(frozen=True)
class Page:
    """A link of the sidebar, or a group of them when it has ``pages``. ``path`` has no leading slash."""

    label: str | Promise
    path: str = ""
    icon: str = ""
    pages: tuple["Page", ...] = ()
    current: bool = False
    key: str = ""
    """Second key of the shortcut that begins with ``g``."""

    @property
    def href(self) -> str:
        return get_script_prefix() + self.path


@dataclass(frozen=True)
class Section:
    heading: str | Promise
    pages: tuple[Page, ...]


PRODUCT_PAGES = (
    Page(_("Overview"), "product/"),
    Page(_("Activity"), "product/activity/", key="a"),
    Page(_("Acquisition"), "product/acquisition/"),
    Page(_("Onboarding"), "product/onboarding/"),
    Page(_("Usage"), "product/usage/"),
    Page(_("Actions"), "product/actions/"),
    Page(_("Engagement"), "product/engagement/", key="e"),
    Page(_("Satisfaction"), "product/satisfaction/"),
    Page(_("Retention"), "product/retention/", key="r"),
    Page(_("Funnels"), "product/funnels/", key="f"),
    Page(_("Personas"), "product/personas/"),
    Page(_("Features"), "product/features/"),
)
MARKET_PAGES = (
    Page(_("Overview"), "market/"),
    Page(_("Channels"), "market/channels/"),
    Page(_("Best users"), "market/best-users/"),
    Page(_("Budget"), "market/budget/"),
)
OPTIMISE_PAGES = (
    Page(_("Workflows"), "optimise/workflows/"),
    Page(_("Drop-offs"), "optimise/dropoffs/"),
    Page(_("Opportunities"), "optimise/opportunities/"),
)
OPERATIONS_PAGES = (
    Page(_("Tickets"), "ops/tickets/"),
    Page(_("Incidents"), "ops/incidents/"),
    Page(_("Retrospectives"), "ops/retrospectives/"),
)
DATA_PAGES = (
    Page(_("Sources and keys"), "data/sources/", key="s"),
    Page(_("Live events"), "data/live/", key="l"),
    Page(_("Event dictionary"), "data/events/", key="d"),
    Page(_("Features"), "data/features/"),
    Page(_("Imports"), "data/imports/"),
    Page(_("Webhooks"), "data/webhooks/"),
    Page(_("API tokens"), "data/tokens/"),
    Page(_("Audit log"), "data/audit/"),
)
SECTIONS = (
    Section("", (Page(_("Overview"), "", "layout-dashboard", key="o"),)),
    Section(
        _("Understand"),
        (
            Page("ProductOps", icon="boxes", pages=PRODUCT_PAGES),
            Page("MarketOps", icon="megaphone", pages=MARKET_PAGES),
            Page(_("Revenue"), "revenue/", "wallet"),
            Page(_("Explore"), "explore/", "search", key="x"),
            Page(_("People"), "people/", "users", key="p"),
        ),
    ),
    Section(
        _("Decide"),
        (
            Page(_("Growth model"), "growth/", "trending-up"),
            Page(_("Optimisation"), icon="target", pages=OPTIMISE_PAGES),
            Page(_("Experiments"), "experiments/", "flask-conical"),
        ),
    ),
    Section(
        _("Listen"),
        (
            Page(_("Surveys"), "surveys/", "clipboard-list"),
            Page(_("Feedback"), "feedback/", "message-square-text"),
            Page(_("Requests"), "requests/", "lightbulb"),
            Page(_("Referrals"), "referrals/", "gift"),
        ),
    ),
    Section(
        _("Run"),
        (
            Page(_("Operations"), icon="life-buoy", pages=OPERATIONS_PAGES),
            Page(_("Data"), icon="database", pages=DATA_PAGES),
            Page(_("Health"), "run/health/", "heart-pulse", key="h"),
            Page(_("Reports"), "reports/", "file-text"),
            Page(_("Settings"), "settings/", "settings"),
        ),
    ),
)


@cache
def required_role(path: str) -> str | None:
    """The role that the page at ``path`` asks for, or None when there is no such page."""
    try:
        view: Any = resolve(f"/{path}").func
    except Resolver404:
        return None
    return getattr(view, "required_role", Role.VIEWER)


def may_open(request: HttpRequest, page: Page) -> bool:
    role = required_role(page.path)
    return role is not None and request_has_role(request, role)


def may_follow(request: HttpRequest, href: str) -> bool:
    """Whether the caller may open what a link within the portal leads to."""
    role = required_role(urlsplit(href).path.removeprefix(get_script_prefix()))
    return role is not None and request_has_role(request, role)


def visible(request: HttpRequest, pages: Iterable[Page]) -> tuple[Page, ...]:
    """Those of ``pages`` the caller may open, the current one marked; groups without any are left out."""
    shown = []
    for page in pages:
        if page.pages:
            if inner := visible(request, page.pages):
                shown.append(replace(page, pages=inner, current=any(one.current for one in inner)))
        elif may_open(request, page):
            shown.append(replace(page, current=is_current(request, page)))
    return tuple(shown)


def is_current(request: HttpRequest, page: Page) -> bool:
    """A page is current on its own address and below it, except for those that head others."""
    here = request.path_info.removeprefix("/")
    return here == page.path if page.path in ("", "product/", "market/") else here.startswith(page.path)


def sections(request: HttpRequest) -> list[Section]:
    built = (Section(section.heading, visible(request, section.pages)) for section in SECTIONS)
    return [section for section in built if section.pages]


def shortcuts(shown: Iterable[Section]) -> list[tuple[str, str, str]]:
    """Key, address and label of every page that is reached with ``g`` and a letter."""
    pages = (page for section in shown for outer in section.pages for page in (outer.pages or (outer,)))
    return [(page.key, page.href, str(page.label)) for page in pages if page.key]
