"""Overview: the North Star, what needs a decision, the figures of the morning, and how people come and go."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.dashboards.data import health
from analytics.dashboards.drawn import drawn
from analytics.dashboards.figures import DIMENSIONS, Figures, Trend, definition_of, tile, words
from analytics.dashboards.standing import activity
from analytics.dashboards.standing.acquisition import part_card
from analytics.dashboards.standing.tables import period_table, scarce
from analytics.dashboards.standing.views import Body, card_file, page, read_filters
from analytics.explore.pages.following import can_follow
from analytics.explore.pages.pinned import cards_of, pinned_for
from analytics.rollups.models import NorthStar, QualityFinding
from productops.lib import dates
from productops.lib.cards import Attention, Card, Column, Hero, Target, Tile
from productops.lib.cells import Tone
from productops.lib.changes import Change, count_noise
from productops.lib.charts import Chart, Reference, Series
from productops.lib.models import Role
from productops.lib.numbers import compact, written_compactly
from productops.lib.periods import Options
from productops.lib.roles import role_required
from productops.lib.takeaways import change as change_sentence
from productops.lib.takeaways import forecast, together

PACE_WEEKS = 8  # weeks over which the pace towards the target is measured
ATTENTION_SHOWN = 5
TILES = ("dau", "wau", "mau", "stickiness")


@dataclass(frozen=True)
class Waiting:
    """What waits for somebody beside the figures: failed tasks as (name, last success), findings, refused events."""

    failed: list[tuple[str, date | None]]
    findings: list[tuple[str, str]]
    refused: list[tuple[str, int]]


@role_required(Role.VIEWER)
def overview(request: HttpRequest) -> HttpResponseBase:
    filters = read_filters(request, Options(default_range="28d", dimensions=DIMENSIONS, grains=()))
    star = NorthStar.objects.first() or NorthStar()
    body = overview_body(Figures(filters), star)
    if "card" in request.GET:
        return card_file(request, body)
    waits = waiting()
    saved = pinned_for(request)
    follow = can_follow(request)
    return page(
        request,
        _("Overview"),
        filters,
        lambda: drawn(
            request,
            filters,
            "pages/overview_body.html",
            lambda: built(body, filters.today, waits),
            besides=(waits, star.metric, star.question, star.target, star.target_date),
        ),
        template="pages/overview.html",
        saved=saved if follow else [],
        pinned=[] if follow else cards_of(request, saved, filters.last),
    )


def waiting() -> Waiting:
    return Waiting(
        failed=[
            (one.task, one.last_success.date() if one.last_success else None)
            for one in health.task_health()
            if one.failed
        ],
        findings=list(
            QualityFinding.objects.filter(dismissed_at=None)
            .order_by("-day", "id")
            .values_list("subject", "detail")[:ATTENTION_SHOWN]
        ),
        refused=[(one.reason, one.count) for one in health.refused()],
    )


def overview_body(figures: Figures, star: NorthStar) -> Body:
    filters = figures.filters
    # The North Star is read over half a year: its movement shows in weeks, not in the days of a view.
    long_run = Figures(replace(filters, span=replace(filters.span, first=filters.last - timedelta(weeks=26))))
    weekly = cache(lambda: figures.trends("sessions_per_week", *activity.LIFECYCLE, grain="week"))

    def tiles() -> list[Tile]:
        daily = figures.trends(*TILES, grain="day")
        counted = figures.trends("signups", "sessions", grain="day")
        return [*activity.tiles(daily, reverse("activity")), *other_tiles(counted, weekly())]

    def north_star() -> Card:
        (north,) = long_run.trends(star.metric, grain="week")
        return north_star_card(long_run, north, star)

    def channels() -> Card:
        return part_card(figures, figures.parts("signups", "channel"), "channel", _("channel"), span=6)

    return Body(
        tiles,
        cards={
            "north-star": north_star,
            "lifecycle": lambda: activity.lifecycle_card(figures, weekly()[1:], "week"),
            "channel": channels,
        },
    )


def built(body: Body, today: date, waits: Waiting) -> dict[str, Any]:
    """What the page's template draws: the North Star first, beside what needs a decision."""
    shown = body.built()
    north_star, *cards = shown["cards"]
    attention = attention_items(today, shown["tiles"], waits)
    return {"north_star": north_star, "attention": attention, "tiles": shown["tiles"], "cards": cards}


def other_tiles(counted: list[Trend], weekly: list[Trend]) -> list[Tile]:
    (signups, sessions), (frequency, new, *_rest) = counted, weekly
    engagement = reverse("engagement")
    return [
        tile(signups, reverse("acquisition"), summed=True),
        tile(new, f"{reverse('activity')}#lifecycle"),
        tile(sessions, f"{engagement}#sessions", summed=True),
        tile(frequency, f"{engagement}#frequency"),
    ]


def north_star_card(figures: Figures, north: Trend, star: NorthStar) -> Card:
    today = figures.filters.today
    values = [point.value for point in north.points if point.complete and point.value is not None]
    four_weeks = Change(values[-1], values[-5], noise=count_noise(values[-1], values[-5])) if len(values) > 4 else None
    target = target_of(star, values, today) if values else None
    before = Series(figures.against("week"), north.values_before, "reference")
    sentences = []
    if four_weeks:
        sentences.append(change_sentence(_(north.metric.label), four_weeks, _("four weeks ago")))
    if star.target and values:
        sentences.append(forecast(values[-1], star.target, pace(values), reached(values, star.target, today)))
    return Card(
        key="north-star",
        question=star.question,
        context=_("North Star · %(metric)s") % {"metric": _(north.metric.label)},
        takeaway=together(*sentences),
        definition=definition_of(star.metric),
        table=period_table(
            figures,
            [north],
            _(north.metric.label),
            "week",
            also=[(Column(before.label.capitalize(), north.kind), before.values)] if north.before else [],
        ),
        hero=Hero(
            values[-1] if values else None,
            change=four_weeks,
            against=_("vs %(before)s four weeks ago") % {"before": compact(values[-5])} if four_weeks else "",
            target=target,
        ),
        chart=Chart(
            "lines",
            figures.labels(north, "week"),
            [Series(_("Now"), north.values), *([before] if north.before else [])],
            incomplete=north.incomplete,
            from_zero=False,
            references=[Reference(star.target, _("Target %(target)s") % {"target": compact(star.target)})]
            if star.target
            else [],
        ),
        csv=figures.export("north-star", "csv"),
        state=None if values else scarce(figures, 0),
        span=8,
    )


def pace(values: list[float]) -> float:
    """Mean gain a week over the last weeks."""
    recent = values[-PACE_WEEKS - 1 :]
    return (recent[-1] - recent[0]) / (len(recent) - 1) if len(recent) > 1 else 0.0


def reached(values: list[float], target: float, today: date) -> date | None:
    """Monday of the week in which the target is reached at the present pace; None beyond two years."""
    per_week = pace(values)
    if per_week <= 0:
        return None
    weeks = max(0.0, target - values[-1]) / per_week
    if weeks > 104:
        return None
    day = today + timedelta(weeks=weeks)
    return day - timedelta(days=day.weekday())


def target_of(star: NorthStar, values: list[float], today: date) -> Target | None:
    if not star.target:
        return None
    label = _("Target")
    on_time = None
    if star.target_date:
        label = _("Target by %(day)s") % {"day": dates.day(star.target_date, today)}
        week = reached(values, star.target, today)
        on_time = values[-1] >= star.target or (week is not None and week <= star.target_date)
    left = max(0.0, star.target - values[-1])
    verdicts: dict[bool | None, tuple[str, Tone]] = {
        None: ("", ""),
        True: (_("On track"), "good"),
        False: (_("Behind"), "bad"),
    }
    verdict, tone = verdicts[on_time]
    return Target(star.target, label, _("%(left)s to go") % {"left": compact(left)}, verdict, tone)


def attention_items(today: date, tiles: list[Tile], waits: Waiting) -> list[Attention]:
    """Failed tasks first, then figures that clearly got worse, then doubtful data."""
    items = [
        Attention(
            "triangle-alert",
            _("%(task)s failed") % {"task": task},
            _("Last success: %(when)s.") % {"when": dates.day(success, today) if success else _("never")},
            reverse("health"),
            "bad",
        )
        for task, success in waits.failed
    ]
    items += [
        Attention(
            "trending-down",
            _("%(figure)s: %(change)s") % {"figure": one.label, "change": one.change.text},
            _("%(now)s, %(before)s.") % {"now": written_compactly(one.change.now, one.kind), "before": one.before},
            one.href,
            "bad",
        )
        for one in tiles
        if one.change and one.change.verdict == "bad"
    ]
    items += [
        Attention("triangle-alert", subject, detail, reverse("dictionary"), "warn")
        for subject, detail in waits.findings
    ]
    if waits.refused:
        items.append(
            Attention(
                "inbox",
                _("%(count)s events were refused") % {"count": compact(sum(count for _reason, count in waits.refused))},
                _("Most often: %(reason)s.") % {"reason": words(waits.refused[0][0])},
                reverse("health") + "#refused",
                "warn",
            )
        )
    return items[:ATTENTION_SHOWN]
