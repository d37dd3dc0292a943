"""The pages of ProductOps that answer standing questions, and the definition of each metric."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.dashboards.drawn import drawn
from analytics.dashboards.figures import DIMENSIONS, Figures
from analytics.dashboards.freshness import freshness
from analytics.dashboards.sql import sql_of, with_sql
from analytics.dashboards.standing import acquisition, activity, engagement
from analytics.metrics.calendar import Grain
from analytics.metrics.registry import METRICS
from analytics.store.version import data_version
from productops.lib.cards import Card, Tile
from productops.lib.downloads import download
from productops.lib.models import Role
from productops.lib.periods import Filters, Options, parse
from productops.lib.roles import role_required

NEWEST_DAYS = 92  # of which a tile shows the trend
SIGNUP_DIMENSIONS = tuple(one for one in DIMENSIONS if one[0] != "persona")  # whoever signs up has none yet
RANGES = ("4w", "12w", "26w", "12m", "36m")


def read_filters(request: HttpRequest, options: Options) -> Filters:
    zone = settings.PROJECT_TIME_ZONE
    return parse(request.GET, today=timezone.now().astimezone(ZoneInfo(zone)).date(), zone=zone, options=options)


@dataclass(frozen=True)
class Body:
    """What a dashboard shows below its filters: how its tiles are built, and each of its cards, by key.

    Figures that several of them show are asked for once, when the first one is built.
    """

    tiles: Callable[[], list[Tile]]
    cards: Mapping[str, Callable[[], Card]]

    def built(self) -> dict[str, Any]:
        return {"tiles": self.tiles(), "cards": with_sql(build() for build in self.cards.values())}


def dashboard(request: HttpRequest, title: str, filters: Filters, body: Body) -> HttpResponseBase:
    if "card" in request.GET:
        return card_file(request, body)
    return page(
        request,
        title,
        filters,
        lambda: drawn(request, filters, "dashboards/body.html", body.built),
        crumb="ProductOps",
    )


def page(
    request: HttpRequest,
    title: str,
    filters: Filters,
    body: Callable[[], str],
    *,
    crumb: str = "",
    template: str = "dashboards/page.html",
    **more: Any,
) -> HttpResponse:
    """A page of figures, with what its template shows ``more``; before the first event it tells how to send one."""
    fresh = freshness(data_version())
    context = {
        "title": title,
        "crumb": crumb,
        "filters": filters,
        "freshness": fresh,
        "body": body() if fresh else "",
        **more,
    }
    return render(request, template, context)


def card_file(request: HttpRequest, body: Body) -> HttpResponseBase:
    """One card of the view as a file, by its ``card`` and ``format``."""
    return download(body.cards, request.GET["card"], request.GET.get("format", ""))


@role_required(Role.VIEWER)
def activity_page(request: HttpRequest) -> HttpResponseBase:
    filters = read_filters(request, Options(default_range="12w", ranges=RANGES, dimensions=DIMENSIONS))
    return dashboard(request, _("Activity"), filters, activity_body(Figures(filters)))


def activity_body(figures: Figures) -> Body:
    newest = replace(figures, newest=NEWEST_DAYS)
    coarse: Grain = "week" if figures.grain == "day" else figures.grain
    strip = cache(lambda: newest.trends("dau", "wau", "mau", "stickiness", "wau_mau", grain="day"))
    shown = ("dau", "wau", "mau") if figures.grain == "day" else ("wau", "mau")
    drawn_trends = cache(lambda: figures.trends(*shown, "stickiness", "wau_mau"))
    lifecycle = cache(lambda: figures.trends(*activity.LIFECYCLE, grain=coarse))

    def breakdown(name: str, label: str) -> Card:
        return activity.breakdown_card(figures, strip()[2], name, label)

    return Body(
        tiles=lambda: activity.tiles([*strip(), *lifecycle()[:3]], reverse("activity")),
        cards={
            "people": lambda: activity.people_card(figures, drawn_trends()[:-2]),
            "stickiness": lambda: activity.stickiness_card(figures, drawn_trends()[-2:]),
            "lifecycle": lambda: activity.lifecycle_card(figures, lifecycle(), coarse),
            **{name: partial(breakdown, name, str(label)) for name, label in DIMENSIONS},
        },
    )


@role_required(Role.VIEWER)
def engagement_page(request: HttpRequest) -> HttpResponseBase:
    options = Options(default_range="12w", ranges=RANGES, grains=("week", "month"), dimensions=DIMENSIONS)
    filters = read_filters(request, options)
    return dashboard(request, _("Engagement"), filters, engagement_body(Figures(filters)))


def engagement_body(figures: Figures) -> Body:
    metrics = ("sessions", "bounces", "sessions_per_week", "session_length_median", "bounce_rate")
    trends = cache(lambda: dict(zip(metrics, figures.trends(*metrics), strict=True)))
    daily = cache(lambda: figures.trends("sessions", grain="day")[0])
    return Body(
        tiles=lambda: engagement.tiles([daily(), *(trends()[key] for key in metrics[2:])], reverse("engagement")),
        cards={
            "sessions": lambda: engagement.sessions_card(figures, daily(), trends()["sessions"], trends()["bounces"]),
            "frequency": lambda: engagement.frequency_card(figures, trends()["sessions_per_week"], figures.grain),
            "platforms": lambda: engagement.platforms_card(figures, figures.grain),
            "lengths": lambda: engagement.lengths_card(figures, figures.grain, trends()["session_length_median"]),
            "events": lambda: engagement.events_card(figures),
        },
    )


@role_required(Role.VIEWER)
def acquisition_page(request: HttpRequest) -> HttpResponseBase:
    options = Options(
        default_range="12w",
        ranges=RANGES,
        grains=("week", "month", "day"),
        dimensions=SIGNUP_DIMENSIONS,
        split=True,
    )
    filters = read_filters(request, options)
    return dashboard(request, _("Acquisition"), filters, acquisition_body(Figures(filters)))


def acquisition_body(figures: Figures) -> Body:
    daily = cache(lambda: figures.trends("signups", grain="day")[0])
    parts = cache(lambda by: figures.parts("signups", by))

    def signups() -> Card:
        by = figures.filters.by or "channel"
        (by_period,), charted = figures.trends("signups"), figures.parts("signups", by, figures.grain)
        return acquisition.signups_card(figures, daily(), by_period, parts(by), charted, by)

    def part(name: str, label: str, span: int) -> Card:
        return acquisition.part_card(figures, parts(name), name, label, span=span)

    return Body(
        tiles=lambda: acquisition.tiles(daily(), parts("channel"), reverse("acquisition")),
        cards={
            "signups": signups,
            "channel": lambda: part("channel", _("channel"), 12),
            "platform": lambda: part("platform", _("platform"), 6),
            "customer_segment": lambda: part("customer_segment", _("segment"), 6),
        },
    )


@role_required(Role.VIEWER)
def metric_page(request: HttpRequest, key: str) -> HttpResponse:
    metric = METRICS.get(key)
    if metric is None:
        raise Http404(key)
    context = {
        "title": _(metric.label),
        "metric": metric,
        "sql": sql_of([key])[key],
        "example": f"/api/rollups/?metric={key}&grain={metric.grains[0]}",
    }
    return render(request, "dashboards/metric.html", context)


@role_required(Role.VIEWER)
def metric_list(request: HttpRequest) -> HttpResponse:
    return render(request, "dashboards/metrics.html", {"title": _("Metric definitions"), "metrics": METRICS.values()})
