"""Trends as a page: one or more measures of chosen events over time."""

from django.utils.translation import gettext_lazy

from analytics.explore.pages.inquiry import Page
from analytics.explore.pages.trend.cards import parts
from analytics.explore.pages.trend.form import FORM, body, first
from productops.lib.periods import Options

PAGE = Page(
    "trend",
    gettext_lazy("Trend"),
    FORM,
    first,
    body,
    parts,
    Options(default_range="28d", ranges=("7d", "28d", "90d", "12m"), grains=("day", "week", "month")),
)
