"""Activity: how many people use the product, how often they come back, who joins and who stays away."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.dashboards.figures import Figures, Trend, column_of, definition_of, tile, words
from analytics.metrics.calendar import Grain
from productops.lib.cards import Card, Column, Notice, Table, Tile
from productops.lib.cells import Bar, Link
from productops.lib.changes import MINIMUM_PEOPLE
from productops.lib.charts import Chart, Series
from productops.lib.takeaways import change as change_sentence
from productops.lib.takeaways import contributor, largest, sentence, together, too_few
from productops.lib.takeaways import level as level_sentence

# At the ends of lines there is little room.
SHORT = {
    "dau": gettext_lazy("Daily"),
    "wau": gettext_lazy("Weekly"),
    "mau": gettext_lazy("Monthly"),
    "stickiness": "DAU ÷ MAU",
    "wau_mau": "WAU ÷ MAU",
}
PERIODS_SHOWN = 31
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
        csv=figures.export(main.metric.key, "csv"),
        parquet=figures.export(main.metric.key, "parquet"),
        state=scarce(latest.value if latest else None),
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
        csv=figures.export(main.metric.key, "csv"),
        state=scarce(main.latest.denominator if main.latest else None),
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
        takeaway=movement(trends),
        definition=definition_of("new", " ".join(_(trend.metric.definition) for trend in trends[1:])),
        table=period_table(figures, trends, _("People by what became of them"), grain),
        chart=Chart("columns", figures.labels(dormant, grain), [*upwards, downwards], incomplete=dormant.incomplete),
        csv=figures.export("new", "csv", grain),
        state=scarce(sum(trend.total for trend in trends)),
        span=span,
    )


def movement(trends: list[Trend]) -> str:
    """What was gained and lost in the newest whole period."""
    new, _stayed, resurrected, dormant = (trend.latest.value or 0 if trend.latest else 0 for trend in trends)
    gained = int(new + resurrected)
    template = (
        _("%(b_gained)s came new or came back, %(b_lost)s stayed away: %(b_net)s more in the last whole period.")
        if gained >= dormant
        else _("%(b_gained)s came new or came back, %(b_lost)s stayed away: %(b_net)s fewer in the last whole period.")
    )
    return sentence(
        template, b_gained=f"{gained:,}", b_lost=f"{int(dormant):,}", b_net=f"{abs(gained - int(dormant)):,}"
    )


def breakdown_card(figures: Figures, by: str, label: str) -> Card:
    """The month's people by the values of a dimension, on the newest whole day."""
    parts = figures.on_last_day("mau", by)
    sizes = {words(value): part.total for value, part in parts.items()}
    most = max(sizes.values(), default=0)
    moved = contributor({words(value): (part.total, part.total_before) for value, part in parts.items() if part.before})
    rows = [
        [
            Link(words(value), figures.only(by, value)),
            part.total,
            Bar(part.total, most or 1),
            part.total_change or "",
        ]
        for value, part in parts.items()
    ]
    return Card(
        key=by,
        question=_("Who are the active people, by %(dimension)s?") % {"dimension": label},
        context=_("Monthly active people on the last whole day, against %(before)s")
        % {"before": figures.against("day")}
        if figures.against()
        else _("Monthly active people on the last whole day"),
        takeaway=together(largest(_("these people"), sizes), moved),
        definition=definition_of("mau", _("Rows don't add up: a person who used two platforms is in both.")),
        table=Table(
            _("Monthly active people by %(dimension)s") % {"dimension": label},
            [
                Column(label.capitalize()),
                Column(_("People"), "count"),
                Column(_("Size"), wide=True, phone=False),
                Column(_("Change")),
            ],
            rows,
        ),
        csv=figures.export("mau", "csv", "day", by),
        state=scarce(sum(sizes.values())),
        span=6,
    )


def period_table(figures: Figures, trends: list[Trend], caption: str, grain: Grain | None = None) -> Table:
    """The newest periods first, as many as somebody reads; the export has them all."""
    labels = figures.labels(trends[0], grain)[::-1][:PERIODS_SHOWN]
    columns = (trend.values[::-1][:PERIODS_SHOWN] for trend in trends)
    rows = [[label, *values] for label, *values in zip(labels, *columns, strict=True)]
    left_out = len(trends[0].points) - len(rows)
    note = ngettext("%(n)s earlier period is in the CSV.", "%(n)s earlier periods are in the CSV.", left_out)
    return Table(
        caption,
        [Column(_("Period")), *(column_of(trend) for trend in trends)],
        rows,
        note=note % {"n": left_out} if left_out else "",
    )


def level(trend: Trend) -> str:
    if trend.latest is None or trend.latest.value is None:
        return ""
    return level_sentence(_(trend.metric.label), trend.latest.value, _("at the last whole period"), trend.kind)


def scarce(people: float | None) -> Notice | None:
    """Said where there are nobody, or too few to compare."""
    if not people:
        return Notice("no_match", _("Nobody was active in this period, as far as these filters go."))
    if people < MINIMUM_PEOPLE:
        return Notice("too_few", str(too_few(int(people))))
    return None
