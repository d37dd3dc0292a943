"""Acquisition: how many people sign up, and by which channel, platform and segment they came."""

from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.dashboards.figures import Figures, Trend, definition_of, tile, words
from analytics.dashboards.standing.tables import parts_table, scarce, table_by_period
from productops.lib.cards import Card, Column, Tile
from productops.lib.cells import Link
from productops.lib.charts import Chart, Series
from productops.lib.takeaways import change as change_sentence
from productops.lib.takeaways import contributor, largest, together

SERIES_SHOWN = 5
COLOURS = ("c1", "c2", "c3", "c4", "c5")


def tiles(signups: Trend, parts: dict[str, Trend], page: str) -> list[Tile]:
    """Signups in all, then by the three largest channels."""
    largest_parts = list(parts.items())[:3]
    return [
        tile(signups, f"{page}#signups", summed=True),
        *(tile(part, f"{page}#channel", summed=True, label=words(value)) for value, part in largest_parts),
    ]


def signups_card(
    figures: Figures, daily: Trend, signups: Trend, parts: dict[str, Trend], charted: dict[str, Trend], by: str
) -> Card:
    """Stacked columns of the five largest parts and the rest, which add up to all signups.

    Whole days are compared (``daily``, ``parts``), periods drawn (``signups``, ``charted``): a period
    at the edge may reach beyond the days asked for.
    """
    change = daily.total_change
    moved = contributor({value: (part.total, part.total_before) for value, part in parts.items()}, name_of=words)
    shown = [(value, part) for value, part in charted.items() if any(part.values)][:SERIES_SHOWN]
    series = [
        Series(words(value), aligned(signups, part), colour)
        for (value, part), colour in zip(shown, COLOURS, strict=False)
    ]
    named = [sum(values) for values in zip(*(one.values for one in series), strict=True)] if series else []
    rest = [(value or 0) - known for value, known in zip(signups.values, named, strict=False)]
    if any(rest):
        series.append(Series(_("Other"), rest, "other"))
    return Card(
        key="signups",
        question=_("How many people sign up, and where do they come from?"),
        context=_("Signups by first-touch %(dimension)s") % {"dimension": words(by).lower()}
        if by == "channel"
        else _("Signups by %(dimension)s") % {"dimension": words(by).lower()},
        takeaway=together(
            change_sentence(_("Signups"), change, figures.against("day")), moved if change and change.clear else ""
        )
        if change
        else largest(_("signups"), {value: part.total for value, part in parts.items()}, name_of=words),
        definition=definition_of("signups"),
        table=table_by_period(
            figures,
            signups,
            _("Signups"),
            [
                (Column(_("All"), "count"), signups.values),
                *((Column(one.label, "count"), one.values) for one in series),
            ],
        ),
        chart=Chart("columns", figures.labels(signups), series, incomplete=signups.incomplete),
        csv=figures.export("signups", "csv"),
        parquet=figures.export("signups", "parquet"),
        state=scarce(figures, daily.total),
    )


def aligned(whole: Trend, part: Trend) -> list[float]:
    """A part's values on the periods of the whole, 0 where it has none."""
    values = {point.period: point.value or 0 for point in part.points}
    return [values.get(point.period, 0) for point in whole.points]


def part_card(figures: Figures, parts: dict[str, Trend], by: str, label: str, *, span: int) -> Card:
    """Signups by one dimension against the period before; a signup is in exactly one row."""
    return Card(
        key=by,
        question=_("Which %(dimension)s brings signups?") % {"dimension": label},
        context=_("Whole days, against %(before)s") % {"before": figures.against("day")}
        if figures.against()
        else _("Whole days"),
        takeaway=largest(_("signups"), {value: part.total for value, part in parts.items()}, name_of=words),
        definition=definition_of("signups"),
        table=parts_table(
            _("Signups by %(dimension)s") % {"dimension": label},
            label.capitalize(),
            _("Signups"),
            parts,
            lambda value: Link(words(value), figures.only(by, value)),
        ),
        csv=figures.export(by, "csv"),
        actions=[Link(_("Edit the channel rules"), reverse("channel_rules"))] if by == "channel" else [],
        state=scarce(figures, sum(part.total for part in parts.values())),
        span=span,
    )
