from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import path

from productops.lib.models import Role, User
from productops.lib.navigation import SECTIONS, sections, shortcuts
from productops.lib.roles import role_required


@role_required(Role.VIEWER)
def for_viewers(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@role_required(Role.ADMIN)
def for_admins(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("", for_viewers),
    path("product/activity/", for_viewers),
    path("people/", for_viewers),
    path("data/audit/", for_admins),
]
pytestmark = pytest.mark.urls(__name__)


def shown(request: HttpRequest) -> list[str]:
    """Labels of the sidebar, groups with a colon, the current page with a star."""
    labels = []
    for section in sections(request):
        for page in section.pages:
            labels += [f"{page.label}:" if page.pages else str(page.label) + "*" * page.current]
            labels += [f"  {inner.label}{'*' * inner.current}" for inner in page.pages]
    return labels


def ask(rf: RequestFactory, address: str, user: User | AnonymousUser) -> HttpRequest:
    request = rf.get(address)
    request.user = user
    return request


def test_only_pages_that_exist_and_may_be_opened(rf: RequestFactory, make_user: Callable[..., User]) -> None:
    viewer, admin = make_user("vera", Role.VIEWER), make_user("ada", Role.ADMIN)
    assert shown(ask(rf, "/", viewer)) == ["Overview*", "ProductOps:", "  Activity", "People"]
    assert shown(ask(rf, "/", admin)) == ["Overview*", "ProductOps:", "  Activity", "People", "Data:", "  Audit log"]
    assert shown(ask(rf, "/", AnonymousUser())) == []


def test_the_current_page_is_marked_also_below_its_address(rf: RequestFactory, make_user: Callable[..., User]) -> None:
    viewer = make_user(role=Role.VIEWER)
    assert shown(ask(rf, "/people/123/", viewer)) == ["Overview", "ProductOps:", "  Activity", "People*"]
    opened = sections(ask(rf, "/product/activity/", viewer))[1].pages[0]
    assert opened.current
    assert opened.pages[0].current


def test_shortcuts_lead_to_pages_that_are_shown(rf: RequestFactory, make_user: Callable[..., User]) -> None:
    found = shortcuts(sections(ask(rf, "/", make_user(role=Role.VIEWER))))
    assert found == [("o", "/", "Overview"), ("a", "/product/activity/", "Activity"), ("p", "/people/", "People")]


def test_no_shortcut_is_given_twice() -> None:
    pages = [inner for section in SECTIONS for page in section.pages for inner in (page, *page.pages)]
    keys = [page.key for page in pages if page.key]
    assert len(keys) == len(set(keys))
