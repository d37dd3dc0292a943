"""What every page's shell shows."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.dates import WEEKDAYS
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from productops.lib import navigation
from productops.pages.theme import theme_of


def shell(request: HttpRequest) -> dict[str, Any]:
    """Pages and profile are drawn once: they stand twice on a page, beside it and in its menu."""
    drawn = SimpleLazyObject(lambda: _drawn(tuple(navigation.sections(request)), get_language()))
    return {
        "theme": theme_of(request),
        "shell": drawn,
        "profile": SimpleLazyObject(lambda: render_to_string("components/profile.html", request=request)),
        "week_start_name": WEEKDAYS[settings.WEEK_START],
    }


@lru_cache(maxsize=256)
def _drawn(sections: tuple[navigation.Section, ...], language: str) -> dict[str, SafeString]:
    """What most requests have in common."""
    context = {"sections": sections, "shortcuts": navigation.shortcuts(sections)}
    return {name: render_to_string(f"components/{name}.html", context) for name in ("nav", "shortcuts")}
