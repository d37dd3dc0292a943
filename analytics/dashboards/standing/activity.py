"""Activity: how many people use the product, how often they come back, who joins and who stays away."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.dashboards.figures import Figures, Trend, definition_of, tile, words
from analytics.dashboards.standing.tables import parts_table, period_table, scarce
from analytics.metrics.calendar import Grain
from productops.lib.cards import Card, Tile
from productops.lib.cells import Link
from productops.lib.charts import Chart, Series
from productops.lib.takeaways import change as change_sentence
from productops.lib.takeaways import largest, most_changed, sentence, together
from productops.lib.takeaways import level as level_sentence

# At the ends of lines there is little room.
SHORT = {
    "dau": gettext_lazy("Daily"),
    "wau": gettext_lazy("Weekly"),
    "mau": gettext_lazy("Monthly"),
    "stickiness": "DAU ÷ MAU",
    "wau_mau": "WAU ÷ MAU",
}
LIFECYCLE = ("new", "returning", "resurrected", "dormant")
LIFECYCLE_COLOURS = ("c1", "c3", "c2", "other")


STRIP = {
    "dau": "people",
    "wau": "people",
    "mau": "people",
    "stickiness": "stickiness",
    "wau_mau": "stickiness",
    "new": "lifecycle",
    "returning": "lifecycle",
    "resurrected": "lifecycle",
}
"""The figures of the strip, and the card of the page that tells more of each."""


def tiles(trends: list[Trend], page: str) -> list[Tile]:
    return [tile(trend, f"{page}#{STRIP[trend.metric.key]}") for trend in trends]


def people_card(figures: Figures, trends: list[Trend], *, span: int = 12) -> Card:
    """Rolling weekly and monthly people, and the daily ones where days are shown."""
    main = trends[-1]
    latest = main.latest
    change = main.latest_change
    return Card(
        key="people",
        question=_("How many people use the product?"),
        context=_("Distinct people, of all ids that are theirs"),
        takeaway=change_sentence(_(main.metric.label), change, figures.against()) if change else level(main),
        definition=definition_of(
            main.metric.key, _("Daily and weekly people are counted alike, over one day and over seven.")
        ),
        table=period_table(figures, trends, _("Active people")),
        chart=Chart(
            "lines",
            figures.labels(main),
            [
                Series(str(SHORT[trend.metric.key]), trend.values, colour)
                for trend, colour in zip(reversed(trends), ("c1", "c2", "c3"), strict=False)
            ],
            incomplete=main.incomplete,
        ),
        csv=figures.export("people", "csv"),
        parquet=figures.export("people", "parquet"),
        state=scarce(figures, latest.value if latest else None),
        span=span,
    )


def stickiness_card(figures: Figures, trends: list[Trend]) -> Card:
    main = trends[0]
    change = main.latest_change
    return Card(
        key="stickiness",
        question=_("Do people come back?"),
        context=_("Share of a month's people who are there on a day, and in a week"),
        takeaway=change_sentence(_(main.metric.label), change, figures.against()) if change else level(main),
        definition=definition_of(main.metric.key),
        table=period_table(figures, trends, _("Stickiness")),
        chart=Chart(
            "lines",
            figures.labels(main),
            [
                Series(str(SHORT[trend.metric.key]), trend.values, colour)
                for trend, colour in zip(trends, ("c1", "c2"), strict=True)
            ],
            kind="percent",
            incomplete=main.incomplete,
        ),
        csv=figures.export("stickiness", "csv"),
        state=scarce(figures, main.latest.denominator if main.latest else None),
        span=6,
    )


def lifecycle_card(figures: Figures, trends: list[Trend], grain: Grain, *, span: int = 6) -> Card:
    """New, returning and resurrected people upwards, dormant ones downwards."""
    dormant = trends[-1]
    upwards = [
        Series(_(trend.metric.label), trend.values, colour)
        for trend, colour in zip(trends[:-1], LIFECYCLE_COLOURS, strict=False)
    ]
    downwards = Series(_(dormant.metric.label), [-(value or 0) for value in dormant.values], LIFECYCLE_COLOURS[-1])
    return Card(
        key="lifecycle",
        question=_("Do more people join than stay away?"),
        context={
            "day": _("By day; dormant people below zero"),
            "week": _("By week; dormant people below zero"),
            "month": _("By month; dormant people below zero"),
        }[grain],
        takeaway=movement(trends, grain),
        definition=definition_of("new", " ".join(_(trend.metric.definition) for trend in trends[1:])),
        table=period_table(figures, trends, _("People by what became of them"), grain),
        chart=Chart("columns", figures.labels(dormant, grain), [*upwards, downwards], incomplete=dormant.incomplete),
        csv=figures.export("lifecycle", "csv"),
        state=scarce(figures, sum(trend.total for trend in trends)),
        span=span,
    )


def movement(trends: list[Trend], grain: Grain) -> str:
    """What was gained and lost in the newest whole period."""
    new, _stayed, resurrected, dormant = (trend.latest.value or 0 if trend.latest else 0 for trend in trends)
    gained, lost = int(new + resurrected), int(dormant)
    period = {"day": _("the last whole day"), "week": _("the last whole week"), "month": _("the last whole month")}
    template = (
        _("In %(period)s %(b_gained)s came new or came back and %(b_lost)s stayed away: %(b_net)s more.")
        if gained >= lost
        else _("In %(period)s %(b_gained)s came new or came back and %(b_lost)s stayed away: %(b_net)s fewer.")
    )
    return sentence(
        template,
        period=period[grain],
        b_gained=f"{gained:,}",
        b_lost=f"{lost:,}",
        b_net=f"{abs(gained - lost):,}",
    )


def breakdown_card(figures: Figures, month: Trend, by: str, label: str) -> Card:
    """The month's people by the values of a dimension, on the newest whole day."""
    parts = figures.on_last_day("mau", by)
    people = month.latest.value or 0 if month.latest else 0
    changes = {value: part.total_change for value, part in parts.items()}
    return Card(
        key=by,
        question=_("Who are the active people, by %(dimension)s?") % {"dimension": label},
        context=_("Monthly active people on the last whole day, against %(before)s")
        % {"before": figures.against("day")}
        if figures.against()
        else _("Monthly active people on the last whole day"),
        takeaway=together(
            largest(_("these people"), {value: part.total for value, part in parts.items()}, people, words),
            most_changed({value: change for value, change in changes.items() if change}, words),
        ),
        definition=definition_of("mau", _("Rows don't add up: a person who used two platforms is in both.")),
        table=parts_table(
            _("Monthly active people by %(dimension)s") % {"dimension": label},
            label.capitalize(),
            _("People"),
            parts,
            lambda value: Link(words(value), figures.only(by, value)),
        ),
        csv=figures.export(by, "csv"),
        state=scarce(figures, people),
        span=6,
    )


def level(trend: Trend) -> str:
    if trend.latest is None or trend.latest.value is None:
        return ""
    return level_sentence(_(trend.metric.label), trend.latest.value, _("at the last whole period"), trend.kind)
