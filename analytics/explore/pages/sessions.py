"""Sessions as a page: how many there are, how long they last, how often people have one."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.dashboards.figures import Figures
from analytics.explore.pages.forms import Form, Text, conditions
from analytics.explore.pages.inquiry import Content, Inquiry, Page, Part
from analytics.explore.pages.shared import scarce
from analytics.explore.pages.states import State
from productops.lib import dates
from productops.lib.cards import Column, Definition, Kind, Table
from productops.lib.changes import Change, count_noise, share_noise
from productops.lib.charts import Chart, Series
from productops.lib.numbers import duration, exact, percent, written_compactly
from productops.lib.periods import Filters, Options
from productops.lib.takeaways import sentence, together

FORM = Form(clauses=[])
FIGURES: tuple[tuple[str, Text, Kind], ...] = (
    ("median_seconds", gettext_lazy("Median length"), "duration"),
    ("mean_seconds", gettext_lazy("Mean length"), "duration"),
    ("p90_seconds", gettext_lazy("90th percentile"), "duration"),
    ("bounce_rate", gettext_lazy("One event only"), "percent"),
    ("per_person_per_week", gettext_lazy("Per person and week"), "number"),
)


def body(state: State, filters: Filters) -> dict[str, Any]:
    return {"filters": conditions(state)}


def parts(inquiry: Inquiry) -> dict[str, Part]:
    return {
        "sessions": Part(
            _("How often and how long is the product used?"),
            Definition(
                _(
                    "A session is the one the client names; else it ends after more than 30 minutes without activity"
                    " or after 24 hours. It counts on the day it begins."
                ),
                _("Lengths are of sessions of two events or more, from the first to the last active event."),
            ),
            lambda answer: figures_content(inquiry, answer),
        ),
        "lengths": Part(
            _("How long do people stay?"),
            Definition(_("Sessions of two events or more, by their length.")),
            lambda answer: lengths_content(answer),
        ),
    }


def figures_content(inquiry: Inquiry, answer: Mapping[str, Any]) -> Content:
    filters, days = inquiry.filters, inquiry.earlier_days()
    before = inquiry.answer(days) if days else None
    if before is not None and not before["count"]:
        before = None
    columns = [
        Column(_("Days")),
        Column(_("Sessions"), "count"),
        Column(_("People"), "count"),
        *(Column(str(label), kind, phone=key != "p90_seconds") for key, label, kind in FIGURES),
    ]
    rows: list[list[Any]] = [
        [
            dates.day_range(filters.first, filters.last, filters.today),
            answer["count"],
            inquiry.behind(answer["people"]["all"], session="all"),
            *(answer[key] for key, _label, _kind in FIGURES),
        ]
    ]
    if before is not None:
        against = Figures(filters).against("day")
        rows += [
            [
                against.capitalize(),
                before["count"],
                before["people"]["all"],
                *(before[key] for key, _label, _kind in FIGURES),
            ],
            [_("Change"), *changes(answer, before)],
        ]
    return Content(
        takeaway=takeaway(answer),
        table=Table(_("Sessions"), columns, rows),
        state=scarce(answer["count"], _("There was no session on these days.")),
        source=_("%(n)s people had a session of one event") % {"n": exact(answer["people"]["bounced"])},
    )


def changes(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[Change | None]:
    """What became of each figure; of lengths the noise is not known, and none is called better."""
    counted = [
        Change(one, other, "count", "", count_noise(one, other))
        for one, other in ((now["count"], before["count"]), (now["people"]["all"], before["people"]["all"]))
    ]
    others: list[Change | None] = []
    for key, _label, kind in FIGURES:
        if now[key] is None or before[key] is None:
            others.append(None)
            continue
        noise = None
        if kind == "percent":
            of, earlier = now["rates"][key]["denominator"], before["rates"][key]["denominator"]
            noise = share_noise(now[key], of, before[key], earlier)
        others.append(Change(now[key], before[key], kind, "", noise))
    return [*counted, *others]


def takeaway(answer: Mapping[str, Any]) -> str:
    if not answer["count"]:
        return ""
    often = sentence(
        _("%(b_people)s people had %(b_sessions)s sessions, %(often)s a week each."),
        b_people=exact(answer["people"]["all"]),
        b_sessions=exact(answer["count"]),
        often=written_compactly(answer["per_person_per_week"], "number"),
    )
    if answer["median_seconds"] is None:
        return together(often, sentence(_("All of them have one event only.")))
    return together(
        often,
        sentence(
            _("%(share)s have one event only; half of the others last %(b_median)s or more."),
            b_median=duration(answer["median_seconds"]),
            share=percent(answer["bounce_rate"]),
        ),
    )


def lengths_content(answer: Mapping[str, Any]) -> Content:
    lengths: Sequence[Mapping[str, Any]] = answer["lengths"]
    counts = [one["sessions"] for one in lengths]
    total = sum(counts)
    most = max(lengths, key=lambda one: one["sessions"], default=None)
    told = ""
    if most is not None and total:
        told = sentence(
            _("%(b_class)s is the most frequent length: %(share)s of sessions with two events or more."),
            b_class=most["length"],
            share=percent(most["sessions"] / total),
        )
    return Content(
        takeaway=told,
        table=Table(
            _("Sessions by length"),
            [Column(_("Length")), Column(_("Sessions"), "count"), Column(_("Share"), "percent")],
            [[one["length"], one["sessions"], one["sessions"] / total if total else None] for one in lengths],
        ),
        chart=Chart("histogram", [one["length"] for one in lengths], [Series(_("Sessions"), counts)]),
        state=scarce(total, _("No session had two events.")),
    )


PAGE = Page(
    "sessions",
    gettext_lazy("Sessions"),
    FORM,
    dict,
    body,
    parts,
    Options(default_range="28d", ranges=("7d", "28d", "90d", "12m"), grains=()),
)
