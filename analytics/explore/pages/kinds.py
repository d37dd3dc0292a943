"""The pages of Explore, in the order of their tabs."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy

from analytics.explore.pages import (
    adoption,
    concentration,
    funnel,
    lifecycle,
    paths,
    retention,
    sessions,
    stickiness,
    trend,
)
from analytics.explore.pages.inquiry import Page
from productops.lib.cards import Tab

PAGES: dict[str, Page] = {
    page.kind: page
    for page in (
        trend.PAGE,
        funnel.PAGE,
        retention.PAGE,
        lifecycle.PAGE,
        stickiness.PAGE,
        paths.PAGE,
        sessions.PAGE,
        adoption.PAGE,
        concentration.PAGE,
    )
}
KEPT_BETWEEN_KINDS = ("from", "to", "range", "tz", "seg", "filters")
BESIDE_KINDS = (("segments", gettext_lazy("Segments")), ("annotations", gettext_lazy("Annotations")))


def tabs(pairs: tuple[tuple[str, str], ...], current: str) -> list[Tab]:
    """The kinds, on the same days and with the same filters, and what all of them use."""
    kept = urlencode([pair for pair in pairs if pair[0].partition(".")[0] in KEPT_BETWEEN_KINDS])
    return [
        *(
            Tab(str(page.label), f"{reverse('explore_kind', args=[kind])}?{kept}".rstrip("?"), kind == current)
            for kind, page in PAGES.items()
        ),
        *(Tab(str(label), reverse(name), name == current) for name, label in BESIDE_KINDS),
    ]
