"""The pages of ProductOps that answer standing questions, and the definition of each metric."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
    """What a dashboard shows below its filters."""

    tiles: list[Tile]
    cards: list[Card]


def dashboard(request: HttpRequest, title: str, figures: Figures, build: Callable[[Figures], Body]) -> HttpResponseBase:
    if "card" in request.GET:
        return card_file(request, figures.filters, build(figures).cards)
    return page(
        request,
        title,
        figures.filters,
        lambda: drawn(request, figures.filters, "dashboards/body.html", lambda: vars(build(figures))),
        crumb="ProductOps",
    )


def page(
    request: HttpRequest, title: str, filters: Filters, body: Callable[[], str], *, crumb: str = ""
) -> HttpResponse:
    """A page of figures; before the first event it tells how to send one."""
    fresh = freshness()
    context = {
        "title": title,
        "crumb": crumb,
        "filters": filters,
        "freshness": fresh,
        "body": body() if fresh else "",
    }
    return render(request, "dashboards/page.html", context)


def card_file(request: HttpRequest, filters: Filters, cards: Sequence[Card]) -> HttpResponseBase:
    """One card of the view as a file, by its ``card`` and ``format``."""
    days = f"{filters.first}-to-{filters.last}"
    return download(cards, request.GET["card"], request.GET.get("format", ""), days)


@role_required(Role.VIEWER)
def activity_page(request: HttpRequest) -> HttpResponseBase:
    filters = read_filters(request, Options(default_range="12w", ranges=RANGES, dimensions=DIMENSIONS))
    return dashboard(request, _("Activity"), Figures(filters), activity_body)


def activity_body(figures: Figures) -> Body:
    newest = replace(figures, newest=NEWEST_DAYS)
    coarse: Grain = "week" if figures.grain == "day" else figures.grain
    strip = newest.trends("dau", "wau", "mau", "stickiness", "wau_mau", grain="day")
    shown = ("dau", "wau", "mau") if figures.grain == "day" else ("wau", "mau")
    drawn_trends = figures.trends(*shown, "stickiness", "wau_mau")
    lifecycle = figures.trends(*activity.LIFECYCLE, grain=coarse)
    cards = [
        activity.people_card(figures, drawn_trends[:-2]),
        activity.stickiness_card(figures, drawn_trends[-2:]),
        activity.lifecycle_card(figures, lifecycle, coarse),
        *(activity.breakdown_card(figures, strip[2], name, str(label)) for name, label in DIMENSIONS),
    ]
    return Body(activity.tiles([*strip, *lifecycle[:3]], reverse("activity")), with_sql(cards))


@role_required(Role.VIEWER)
def engagement_page(request: HttpRequest) -> HttpResponseBase:
    options = Options(default_range="12w", ranges=RANGES, grains=("week", "month"), dimensions=DIMENSIONS)
    return dashboard(request, _("Engagement"), Figures(read_filters(request, options)), engagement_body)


def engagement_body(figures: Figures) -> Body:
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
    return Body(tiles, with_sql(cards))


@role_required(Role.VIEWER)
def acquisition_page(request: HttpRequest) -> HttpResponseBase:
    options = Options(
        default_range="12w",
        ranges=RANGES,
        grains=("week", "month", "day"),
        dimensions=SIGNUP_DIMENSIONS,
        split=True,
    )
    return dashboard(request, _("Acquisition"), Figures(read_filters(request, options)), acquisition_body)


def acquisition_body(figures: Figures) -> Body:
    (daily,), (signups,) = figures.trends("signups", grain="day"), figures.trends("signups")
    parts = {name: figures.parts("signups", name) for name, _label in SIGNUP_DIMENSIONS}
    by = figures.filters.by or "channel"
    charted = figures.parts("signups", by, figures.grain)
    cards = [
        acquisition.signups_card(figures, daily, signups, parts[by], charted, by),
        acquisition.part_card(figures, parts["channel"], "channel", _("channel"), span=12),
        acquisition.part_card(figures, parts["platform"], "platform", _("platform"), span=6),
        acquisition.part_card(figures, parts["customer_segment"], "customer_segment", _("segment"), span=6),
    ]
    return Body(acquisition.tiles(daily, parts["channel"], reverse("acquisition")), with_sql(cards))


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
