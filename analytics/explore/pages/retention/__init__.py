"""Retention as a page: of those who start in a period, how many come back, and for how long."""

from django.utils.translation import gettext_lazy

from analytics.explore.pages.inquiry import Page
from analytics.explore.pages.retention.cards import parts
from analytics.explore.pages.retention.form import FORM, body, first, state_of
from productops.lib.periods import Options

PAGE = Page(
    "retention",
    gettext_lazy("Retention"),
    FORM,
    first,
    body,
    parts,
    Options(
        default_range="12w", ranges=("4w", "12w", "26w", "12m"), grains=("week", "month", "day", "hour"), compare=False
    ),
    state_of=state_of,
)
