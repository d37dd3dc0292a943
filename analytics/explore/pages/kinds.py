"""The pages of Explore, in the order of their tabs."""

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
