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
    """Drawn once, as pages and profile stand twice on a page: beside it and in its menu."""
    sections = SimpleLazyObject(lambda: tuple(navigation.sections(request)))
    return {
        "theme": theme_of(request),
        "navigation": SimpleLazyObject(lambda: _drawn("components/nav.html", sections, get_language())),
        "shortcuts": SimpleLazyObject(lambda: _drawn("components/shortcuts.html", sections, get_language())),
        "profile": SimpleLazyObject(lambda: render_to_string("components/profile.html", request=request)),
        "week_start_name": WEEKDAYS[settings.WEEK_START],
    }


@lru_cache(maxsize=256)
def _drawn(template: str, sections: tuple[navigation.Section, ...], language: str) -> SafeString:
    """What most requests have in common."""
    return render_to_string(template, {"sections": sections, "shortcuts": navigation.shortcuts(sections)})
