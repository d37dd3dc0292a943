"""What every page's shell shows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.dates import WEEKDAYS
from django.utils.functional import SimpleLazyObject

from productops.lib import navigation
from productops.pages.theme import theme_of


def shell(request: HttpRequest) -> dict[str, Any]:
    sections = SimpleLazyObject(lambda: navigation.sections(request))
    return {
        "theme": theme_of(request),
        "navigation": sections,
        "shortcuts": SimpleLazyObject(lambda: navigation.shortcuts(sections)),
        "week_start_name": WEEKDAYS[settings.WEEK_START],
    }
