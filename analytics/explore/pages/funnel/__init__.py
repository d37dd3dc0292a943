"""Funnels as a page: where people stop on their way through chosen steps, how fast they are, and who gets through."""

from django.utils.translation import gettext_lazy

from analytics.explore.pages.funnel.cards import parts
from analytics.explore.pages.funnel.form import FORM, asked_of, body, first, state_of
from analytics.explore.pages.inquiry import Page
from productops.lib.periods import Options

PAGE = Page(
    "funnel",
    gettext_lazy("Funnel"),
    FORM,
    first,
    body,
    parts,
    Options(default_range="90d", ranges=("28d", "90d", "6m", "12m"), grains=("week", "day", "hour", "month")),
    asked_of,
    state_of,
)
