"""A funnel's cards: its steps, who gets through by a property, how long it takes, and how it develops."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from analytics.dashboards.figures import Figures
from analytics.explore.pages.funnel.steps import Step, largest_loss, steps_of
from analytics.explore.pages.funnel.words import ATTRIBUTION_WORDS, definition, takeaway, trend_takeaway, window_words
from analytics.explore.pages.inquiry import Content, Inquiry, Part
from analytics.explore.pages.shared import axis_of_shares, dated, event_name, interval, scarce, split_name
from analytics.metrics.intervals import Share, wilson
from productops.lib.cards import Column, Definition, Table
from productops.lib.cells import Bar
from productops.lib.changes import MINIMUM_PEOPLE, Change, share_noise
from productops.lib.charts import Chart, Position, Series
from productops.lib.numbers import duration, exact, percent
from productops.lib.takeaways import comparison, sentence


def parts(inquiry: Inquiry) -> dict[str, Part]:
    asked = inquiry.asked
    names = {"first": event_name(asked["steps"][0]), "last": event_name(asked["steps"][-1])}
    together_ = {"breakdown": None}
    found = {
        "steps": Part(
            _("Where do people stop between “%(first)s” and “%(last)s”?") % names,
            definition(asked),
            lambda answer: steps_content(inquiry, asked, answer),
            together_,
        )
    }
    if asked["breakdown"]:
        found["breakdown"] = Part(
            _("Who gets through, by %(property)s?") % {"property": asked["breakdown"]["property"]},
            Definition(
                _("Of those who began, the share that reached the last step, with its 95% Wilson interval."),
                str(ATTRIBUTION_WORDS[asked["breakdown"]["attribution"]]),
            ),
            lambda answer: breakdown_content(inquiry, asked, answer),
        )
    if len(asked["steps"]) > 1:
        found["times"] = Part(
            _("How long does it take them?"),
            Definition(
                _("The time from the first to the last step of the attempt that counts, of those who got there.")
            ),
            lambda answer: times_content(asked, answer),
            {**together_, "view": "time_to_convert"},
            span=6,
        )
        found["trend"] = Part(
            _("Does it get better?"),
            Definition(
                _("By the period of the first step: the share that reached the last, with its 95% Wilson interval."),
                _("A period is incomplete until the window of everybody who began in it is over."),
            ),
            lambda answer: trend_content(inquiry, asked, answer),
            {**together_, "view": "trend"},
            span=6,
        )
    return found


def steps_content(inquiry: Inquiry, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> Content:
    steps = steps_of(asked, answer["steps"])
    start, worst = steps[0].people, largest_loss(steps)
    days = inquiry.earlier_days()
    earlier = steps_of(asked, inquiry.answer({"breakdown": None, **days})["steps"]) if days else []
    compared = bool(earlier) and earlier[0].people >= MINIMUM_PEOPLE
    columns = [
        Column(_("Step")),
        Column(_("Reached"), wide=True, only="page"),
        Column(_("People"), "count"),
        Column(_("Of start"), "percent"),
        Column(_("Of step before"), "percent", phone=False),
        Column(_("Lost here"), "count"),
        Column(_("Median time"), "duration", phone=False),
    ]
    if compared:
        columns.append(Column(_("vs %(before)s") % {"before": Figures(inquiry.filters).against("day")}, phone=False))
    rows: list[list[Any]] = []
    for index, step in enumerate(steps):
        row: list[Any] = [
            f"{step.number} · {step.name}",
            Bar(step.people, start, faint=step.before),
            inquiry.behind(step.people, step=index),
            step.of_start,
            step.of_before,
            inquiry.behind(step.lost, dropped_before=index) if index and not step.optional else None,
            step.median_seconds,
        ]
        rows.append([*row, change(step, earlier[index])] if compared else row)
    return Content(
        takeaway=takeaway(steps, worst),
        context=_("%(n)s people who began, each with %(window)s to get there")
        % {"n": exact(start), "window": window_words(asked)},
        table=Table(_("Steps of the funnel"), columns, rows, emphasis=[worst.number - 1] if worst else []),
        state=scarce(start, _("Nobody began on these days.")),
        source=_("Solid: reached the step · faint: lost since the step before"),
    )


def change(now: Step, before: Step) -> Change | None:
    """What became of the share that takes a step, within the noise of both shares."""
    if now.of_before is None or before.of_before is None:
        return None
    noise = share_noise(now.of_before, now.before, before.of_before, before.before)
    return Change(now.of_before, before.of_before, "percent", "up", noise)


def breakdown_content(inquiry: Inquiry, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> Content:
    last = len(asked["steps"]) - 1
    found = [(one["value"], steps_of(asked, one["steps"])) for one in answer["breakdown"]]
    shares = [(steps[-1].people, steps[-1].start) for _value, steps in found]
    maximum = axis_of_shares([share for share in shares if share[1] >= MINIMUM_PEOPLE] or shares)
    rows: list[list[Any]] = []
    for value, steps in found:
        worst = largest_loss(steps)
        rows.append(
            [
                split_name(value),
                inquiry.behind(steps[0].people, step=0, breakdown=value),
                inquiry.behind(steps[-1].people, step=last, breakdown=value),
                steps[-1].of_start,
                interval(steps[-1].people, steps[-1].start, maximum),
                _("before “%(name)s”") % {"name": worst.name} if worst else None,
            ]
        )
    enough = {
        split_name(value): (*reach, steps[-1].of_start)
        for value, steps in found
        if steps[0].people >= MINIMUM_PEOPLE and (reach := wilson(Share(steps[-1].people, steps[-1].start)))
    }
    return Content(
        takeaway=comparison({name: (low, share or 0, high) for name, (low, high, share) in enough.items()}),
        table=Table(
            _("Funnel by %(property)s") % {"property": asked["breakdown"]["property"]},
            [
                Column(asked["breakdown"]["property"]),
                Column(_("Began"), "count"),
                Column(_("Finished"), "count"),
                Column(_("Rate"), "percent"),
                Column(_("95%% interval, 0–%(most)s") % {"most": percent(maximum, 0)}, wide=True),
                Column(_("Largest loss"), phone=False),
            ],
            rows,
        ),
        state=scarce(sum(steps[0].people for _value, steps in found), _("Nobody began on these days.")),
    )


def times_content(asked: Mapping[str, Any], answer: Mapping[str, Any]) -> Content:
    bins = answer["bins"]
    starts, counts = [one["from_seconds"] for one in bins], [one["count"] for one in bins]
    labels = [duration(start) or "0" for start in starts]
    median, count = answer["median_seconds"], answer["count"]
    positions = []
    if median is not None and len(starts) > 1:
        width = starts[1] - starts[0]
        positions.append(
            Position((median - starts[0]) / width - 0.5, _("median %(time)s") % {"time": duration(median)})
        )
    told = ""
    if median is not None:
        told = sentence(
            _("Half of those who get there need %(b_median)s or less; the mean is %(mean)s."),
            b_median=duration(median),
            mean=duration(answer["mean_seconds"]),
        )
    return Content(
        takeaway=told,
        context=_("From “%(first)s” to “%(last)s”")
        % {"first": event_name(asked["steps"][0]), "last": event_name(asked["steps"][-1])},
        table=Table(
            _("People by time to convert"),
            [Column(_("From"), "duration"), Column(_("People"), "count")],
            [[start, number] for start, number in zip(starts, counts, strict=True)],
        ),
        chart=Chart("histogram", labels, [Series(_("People"), counts)], positions=positions),
        state=scarce(count, _("Nobody got to the last step.")),
    )


def trend_content(inquiry: Inquiry, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> Content:
    told = answer["periods"]
    periods = [dated(one["period"], asked["grain"], inquiry.filters.today) for one in told]
    reach = [wilson(Share(one["converted"], one["entered"])) for one in told]
    finished = next((n for n, one in enumerate(reversed(told)) if one["complete"]), len(told))
    last = len(asked["steps"]) - 1
    rates = [one["rate"] for one in told]
    series = Series(
        _("Finish"),
        rates,
        low=[one[0] if one else None for one in reach],
        high=[one[1] if one else None for one in reach],
    )
    return Content(
        takeaway=trend_takeaway(told[: len(told) - finished], [period.text for period in periods]),
        table=Table(
            _("Conversion by period"),
            [
                Column(_("Period")),
                Column(_("Began"), "count"),
                Column(_("Finished"), "count"),
                Column(_("Rate"), "percent"),
                Column(_("Complete"), only="file"),
            ],
            [
                [
                    period,
                    inquiry.behind(one["entered"], step=0, period=one["period"]),
                    inquiry.behind(one["converted"], step=last, period=one["period"]),
                    one["rate"],
                    one["complete"],
                ]
                for period, one in zip(periods, told, strict=True)
            ][::-1],
        ),
        chart=Chart(
            "lines",
            [period.text for period in periods],
            [series],
            kind="percent",
            incomplete=finished,
            marks=inquiry.marks([one["period"] for one in told]),
        ),
        actions=inquiry.annotating(),
        state=scarce(sum(one["entered"] for one in told), _("Nobody began on these days.")),
        source=_("Band: 95% interval · dashed: windows not over"),
    )
