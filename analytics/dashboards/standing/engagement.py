"""Engagement: how often and how long people use the product, and what they do in it."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.dashboards.figures import Figures, Trend, definition_of, tile, words
from analytics.dashboards.standing.tables import are_current, current_column, parts_table, period_table, scarce
from analytics.metrics.calendar import Grain
from analytics.metrics.registry import METRICS
from analytics.metrics.visits import LENGTHS
from analytics.rollups.models import EventDefinition
from productops.lib.cards import Card, Column, Table, Tile
from productops.lib.cells import Bar, Link
from productops.lib.changes import Change
from productops.lib.charts import Chart, Series
from productops.lib.takeaways import change as change_sentence
from productops.lib.takeaways import largest, sentence

EVENTS_SHOWN = 10
STRIP = {
    "sessions": "sessions",
    "sessions_per_week": "frequency",
    "session_length_median": "lengths",
    "bounce_rate": "lengths",
}


def tiles(trends: list[Trend], page: str) -> list[Tile]:
    return [tile(trend, f"{page}#{STRIP[trend.metric.key]}", summed=trend.metric.key == "sessions") for trend in trends]


def sessions_card(figures: Figures, daily: Trend, sessions: Trend, bounces: Trend) -> Card:
    """Whole days are compared, periods drawn: a period at the edge may reach beyond the days asked for."""
    change = daily.total_change
    longer = Series(
        _("With two events or more"),
        [(all_ or 0) - (one or 0) for all_, one in zip(sessions.values, bounces.values, strict=True)],
    )
    return Card(
        key="sessions",
        question=_("How often is the product used?"),
        context=_("Sessions that began in each period"),
        takeaway=change_sentence(_("Sessions"), change, figures.against("day")) if change else "",
        definition=definition_of("sessions", _(METRICS["bounces"].definition)),
        table=period_table(
            figures, [sessions, bounces], _("Sessions"), also=[(Column(longer.label, "count"), longer.values)]
        ),
        chart=Chart(
            "columns",
            figures.labels(sessions),
            [longer, Series(_(bounces.metric.label), bounces.values, "other")],
            incomplete=sessions.incomplete,
        ),
        csv=figures.export("sessions", "csv"),
        parquet=figures.export("sessions", "parquet"),
        state=scarce(figures, daily.total),
    )


def frequency_card(figures: Figures, frequency: Trend, grain: Grain) -> Card:
    change = frequency.latest_change
    return Card(
        key="frequency",
        question=_("How many sessions a week does a person have?"),
        context=_("Mean over the people with a session in the period"),
        takeaway=change_sentence(_(frequency.metric.label), change, figures.against()) if change else "",
        definition=definition_of("sessions_per_week"),
        table=period_table(figures, [frequency], _("Sessions per week"), grain),
        chart=Chart(
            "lines",
            figures.labels(frequency, grain),
            [Series(_(frequency.metric.label), frequency.values)],
            kind="number",
            incomplete=frequency.incomplete,
        ),
        csv=figures.export("frequency", "csv"),
        state=scarce(figures, sum(point.denominator or 0 for point in frequency.points)),
        span=6,
    )


@dataclass(frozen=True)
class Stay:
    """Sessions of one platform in the newest whole period; lengths in seconds."""

    platform: str
    sessions: float
    median: float
    p90: float
    change: Change | None
    current: bool


def stays(figures: Figures, grain: Grain) -> list[Stay]:
    """Where sessions of two events or more were made, longest first."""
    medians, longs, counts = (
        figures.parts(metric, "platform", grain)
        for metric in ("session_length_median", "session_length_p90", "sessions")
    )

    def latest(parts: dict[str, Trend], platform: str) -> float | None:
        point = parts[platform].latest if platform in parts else None
        return point.value if point else None

    found = []
    for platform, trend in medians.items():
        median, p90, sessions = (latest(parts, platform) for parts in (medians, longs, counts))
        if median is not None and p90 is not None:
            current = are_current([trend.latest, *trend.before[trend.whole][-1:]])
            found.append(Stay(words(platform), sessions or 0, median, p90, trend.latest_change, current))
    return sorted(found, key=lambda stay: -stay.median)


def platforms_card(figures: Figures, grain: Grain) -> Card:
    """Length of sessions by platform in the newest whole period: median and p90 side by side."""
    found = stays(figures, grain)
    longest = max((stay.p90 for stay in found), default=1.0) or 1.0
    takeaway = ""
    if len(found) > 1:
        takeaway = sentence(
            _("The median session is longest on %(b_long)s and shortest on %(b_short)s."),
            b_long=found[0].platform,
            b_short=found[-1].platform,
        )
    return Card(
        key="platforms",
        question=_("Where do people stay longest?"),
        context=_("Sessions with two events or more, in the last whole period; faint: p90"),
        takeaway=takeaway,
        definition=definition_of("session_length_median", _(METRICS["session_length_p90"].definition)),
        table=Table(
            _("Session length by platform"),
            [
                Column(_("Platform")),
                Column(_("Sessions"), "count", phone=False),
                Column(_("Median"), "duration"),
                Column(_("p90"), "duration"),
                Column(_("Size"), wide=True, phone=False, only="page"),
                Column(_("Change")),
                current_column(),
            ],
            [
                [
                    stay.platform,
                    stay.sessions,
                    stay.median,
                    stay.p90,
                    Bar(stay.median, longest, stay.p90),
                    stay.change,
                    stay.current,
                ]
                for stay in found
            ],
        ),
        csv=figures.export("platforms", "csv"),
        state=scarce(figures, sum(stay.sessions for stay in found)),
        span=6,
    )


def lengths_card(figures: Figures, grain: Grain, median: Trend) -> Card:
    """The classes of session length over all periods shown, the last one as far as it goes."""
    parts = figures.parts("session_lengths", "length", grain)
    counts = [sum(point.value or 0 for point in parts[name].points) if name in parts else 0 for name in LENGTHS]
    total = sum(counts)
    value = median.latest.value if median.latest else None
    takeaway = ""
    if total and value is not None:
        most = max(range(len(LENGTHS)), key=lambda index: counts[index])
        takeaway = sentence(
            _("%(b_class)s is the most frequent length: %(share)s of sessions with two events or more."),
            b_class=LENGTHS[most],
            share=f"{counts[most] / total:.0%}",
        )
    return Card(
        key="lengths",
        question=_("How long do people stay?"),
        context=_("Sessions with two events or more, by length"),
        takeaway=takeaway,
        definition=definition_of("session_lengths"),
        table=Table(
            _("Sessions by length"),
            [Column(_("Length")), Column(_("Sessions"), "count"), Column(_("Share"), "percent"), current_column()],
            [
                [name, count, count / total if total else None, are_current(median.points)]
                for name, count in zip(LENGTHS, counts, strict=True)
            ],
        ),
        chart=Chart("histogram", list(LENGTHS), [Series(_("Sessions"), counts)]),
        csv=figures.export("lengths", "csv"),
        state=scarce(figures, total),
        span=6,
    )


def events_card(figures: Figures) -> Card:
    parts = figures.parts("events_by_name", "event")
    left_out = max(0, len(parts) - EVENTS_SHOWN)
    described = set(EventDefinition.objects.values_list("name", flat=True))  # a night behind the events
    return Card(
        key="events",
        question=_("What do people do in the product?"),
        context=_("Active events by name, over the whole periods"),
        takeaway=largest(_("all activity"), {name: part.total for name, part in parts.items()}),
        definition=definition_of("events_by_name"),
        table=parts_table(
            _("Events by name"),
            _("Event"),
            _("Events"),
            parts,
            lambda name: Link(name, reverse("event_definition", args=[name])) if name in described else name,
            drawn=EVENTS_SHOWN,
        ),
        csv=figures.export("events", "csv"),
        source=_("%(n)s more events are in the export") % {"n": left_out} if left_out else "",
        state=scarce(figures, sum(part.total for part in parts.values())),
        span=6,
    )
