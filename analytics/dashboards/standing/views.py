"""The pages of ProductOps that answer standing questions, and the definition of each metric."""

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.dashboards.figures import DIMENSIONS, Figures
from analytics.dashboards.freshness import freshness
from analytics.dashboards.sql import sql_of, with_sql
from analytics.dashboards.standing import acquisition, activity, engagement
from analytics.metrics.calendar import Grain
from analytics.metrics.registry import METRICS
from productops.lib.cards import Card, Tile
from productops.lib.models import Role
from productops.lib.periods import Filters, Options, parse
from productops.lib.roles import role_required

RANGES = ("4w", "12w", "26w", "12m", "36m")


def read_filters(request: HttpRequest, options: Options) -> Filters:
    zone = settings.PROJECT_TIME_ZONE
    return parse(request.GET, today=timezone.now().astimezone(ZoneInfo(zone)).date(), zone=zone, options=options)


def dashboard(
    request: HttpRequest, title: str, figures: Figures, tiles: list[Tile], cards: list[Card], **more: Any
) -> HttpResponse:
    context = {
        "title": title,
        "filters": figures.filters,
        "tiles": tiles,
        "cards": with_sql(cards),
        "freshness": freshness(),
    }
    return render(request, "dashboards/dashboard.html", {**context, **more})


@role_required(Role.VIEWER)
def activity_page(request: HttpRequest) -> HttpResponse:
    filters = read_filters(request, Options(default_range="12w", ranges=RANGES, dimensions=DIMENSIONS))
    figures = Figures(filters)
    page = reverse("activity")
    shown = ("dau", "wau", "mau") if filters.grain == "day" else ("wau", "mau")
    coarse: Grain = "week" if figures.grain == "day" else figures.grain
    daily = figures.trends("dau", "wau", "mau", "stickiness", "wau_mau", grain="day")
    by_grain = daily if filters.grain == "day" else figures.trends("wau", "mau", "stickiness", "wau_mau")
    lifecycle = figures.trends(*activity.LIFECYCLE, grain=coarse)
    cards = [
        activity.people_card(figures, by_grain[: len(shown)]),
        activity.stickiness_card(figures, by_grain[-2:]),
        activity.lifecycle_card(figures, lifecycle, coarse),
        *(activity.breakdown_card(figures, name, str(label)) for name, label in DIMENSIONS),
    ]
    return dashboard(request, _("Activity"), figures, activity.tiles([*daily, *lifecycle[:3]], page), cards)


@role_required(Role.VIEWER)
def engagement_page(request: HttpRequest) -> HttpResponse:
    filters = read_filters(
        request, Options(default_range="12w", ranges=RANGES, grains=("week", "month"), dimensions=DIMENSIONS)
    )
    figures = Figures(filters)
    sessions, bounces, frequency, median, bounce_rate = figures.trends(
        "sessions", "bounces", "sessions_per_week", "session_length_median", "bounce_rate"
    )
    (daily,) = figures.trends("sessions", grain="day")
    cards = [
        engagement.sessions_card(figures, daily, sessions, bounces),
        engagement.frequency_card(figures, frequency, figures.grain),
        engagement.platforms_card(figures, figures.grain),
        engagement.lengths_card(figures, figures.grain, median),
        engagement.events_card(figures),
    ]
    tiles = engagement.tiles([daily, frequency, median, bounce_rate], reverse("engagement"))
    return dashboard(request, _("Engagement"), figures, tiles, cards)


@role_required(Role.VIEWER)
def acquisition_page(request: HttpRequest) -> HttpResponse:
    dimensions = tuple(one for one in DIMENSIONS if one[0] != "persona")
    filters = read_filters(
        request,
        Options(default_range="12w", ranges=RANGES, grains=("week", "month", "day"), dimensions=dimensions, split=True),
    )
    figures = Figures(filters)
    (daily,), (signups,) = figures.trends("signups", grain="day"), figures.trends("signups")
    parts = {name: figures.parts("signups", name) for name, _label in dimensions}
    by = filters.by or "channel"
    cards = [
        acquisition.signups_card(figures, daily, signups, parts[by], figures.parts("signups", by, figures.grain), by),
        acquisition.part_card(figures, parts["channel"], "channel", _("channel"), span=12),
        acquisition.part_card(figures, parts["platform"], "platform", _("platform"), span=6),
        acquisition.part_card(figures, parts["customer_segment"], "customer_segment", _("segment"), span=6),
    ]
    tiles = acquisition.tiles(daily, parts["channel"], reverse("acquisition"))
    return dashboard(request, _("Acquisition"), figures, tiles, cards)


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
