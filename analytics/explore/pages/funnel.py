"""Funnels as a page: where people stop on their way through chosen steps, how fast they are, and who gets through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.dashboards.figures import Figures
from analytics.explore.pages import states
from analytics.explore.pages.forms import EVENT, Clause, Form, Input, conditions, selector
from analytics.explore.pages.inquiry import Content, Inquiry, Page, Part
from analytics.explore.pages.shared import axis_of_shares, dated, event_name, goal_events, interval, scarce
from analytics.explore.pages.states import State
from analytics.explore.pages.trend import split_name
from analytics.explore.requests.funnel import MOST_EXCLUSIONS, MOST_STEPS
from analytics.metrics.intervals import Share, wilson
from analytics.rollups.models import Goal
from productops.lib.cards import Column, Definition, Table
from productops.lib.cells import Bar
from productops.lib.changes import MINIMUM_PEOPLE, Change, share_noise
from productops.lib.charts import Chart, Position, Series
from productops.lib.numbers import duration, exact, percent
from productops.lib.periods import Filters, Options
from productops.lib.takeaways import comparison, sentence, together

UNITS = (
    ("minute", gettext_lazy("minutes")),
    ("hour", gettext_lazy("hours")),
    ("day", gettext_lazy("days")),
    ("week", gettext_lazy("weeks")),
    ("month", gettext_lazy("months")),
)
ORDERS = (
    ("ordered", gettext_lazy("in this order")),
    ("strict", gettext_lazy("in this order, nothing between")),
    ("unordered", gettext_lazy("in any order")),
)
ATTRIBUTIONS = (
    ("first_touch", gettext_lazy("its first value")),
    ("last_touch", gettext_lazy("its last value")),
    ("all_events", gettext_lazy("each of its values")),
    ("step", gettext_lazy("its value at a step")),
)
FIRST_TIMES = (
    ("", gettext_lazy("any time")),
    ("event", gettext_lazy("first time ever")),
    ("event_with_filters", gettext_lazy("first time with these filters")),
)

FORM = Form(
    clauses=[
        Clause(
            "steps",
            gettext_lazy("Step"),
            [
                EVENT,
                Input("first_time", gettext_lazy("Which"), FIRST_TIMES),
                Input("optional", gettext_lazy("optional"), kind="check"),
            ],
            most=MOST_STEPS,
            least=2,
            add=gettext_lazy("Add a step"),
            marks="numbers",
            ordered=True,
        ),
        Clause(
            "exclusions",
            gettext_lazy("Not if"),
            [
                EVENT,
                Input("from_step", gettext_lazy("after step"), kind="number", default="1", most=MOST_STEPS),
                Input("to_step", gettext_lazy("before step"), kind="number", default="2", most=MOST_STEPS),
            ],
            most=MOST_EXCLUSIONS,
            least=0,
            add=gettext_lazy("Leave out people who …"),
        ),
    ],
    options=[
        Input("order", gettext_lazy("Steps"), ORDERS, default="ordered"),
        Input("window.value", gettext_lazy("Within"), kind="number", default="14", most=3650),
        Input("window.unit", gettext_lazy("Unit"), UNITS, default="day"),
        Input("breakdown.property", gettext_lazy("Split by"), names="properties", placeholder=gettext_lazy("Nothing")),
        Input("breakdown.attribution", gettext_lazy("Taking"), ATTRIBUTIONS, default="first_touch", opens=("step",)),
        Input("breakdown.step", gettext_lazy("Step"), kind="number", default="1", most=MOST_STEPS, conditional=True),
    ],
)


def first() -> State:
    """The way from signup over activation to the key action."""
    events = goal_events(Goal.Role.SIGNUP, Goal.Role.ACTIVATION, Goal.Role.KEY_ACTION)
    return {"steps": [{"event": event} for event in events]}


def body(state: State, filters: Filters) -> dict[str, Any]:
    steps = [_step(row) for row in states.rows(state, "steps") if _is_chosen(row)]
    found = {
        "steps": steps,
        "order": states.text(state, "order") or "ordered",
        "exclusions": [_exclusion(row) for row in states.rows(state, "exclusions") if _is_chosen(row)],
        "filters": conditions(state),
        "grain": filters.grain,
        "breakdown": _breakdown(states.row(state, "breakdown")),
    }
    window = states.row(state, "window")
    if value := states.text(window, "value"):
        found["window"] = {"value": value, "unit": states.text(window, "unit") or "day"}
    return found


def _is_chosen(row: State) -> bool:
    """A row that was added and not filled in yet is no step."""
    return bool(states.text(row, "event") or conditions(row))


def _step(row: State) -> dict[str, Any]:
    first_time = states.text(row, "first_time") or None
    return {**selector(row), "optional": bool(states.text(row, "optional")), "first_time": first_time}


def _exclusion(row: State) -> dict[str, Any]:
    return {**selector(row), "from_step": _place(row, "from_step", "1"), "to_step": _place(row, "to_step", "2")}


def _place(row: State, name: str, usual: str) -> Any:
    """A step's number in the API, which counts from 0; what is no number stays, to be refused."""
    text = states.text(row, name) or usual
    return int(text) - 1 if text.isascii() and text.isdigit() and len(text) < 5 else text


def _breakdown(row: State) -> dict[str, Any] | None:
    if not (name := states.text(row, "property")):
        return None
    return {
        "property": name,
        "attribution": states.text(row, "attribution") or "first_touch",
        "step": _place(row, "step", "1"),
    }


def asked_of(body: dict[str, Any], point: State) -> dict[str, Any]:
    """The people of all values together are asked for without the breakdown, those of a period by a trend."""
    if "breakdown" not in point:
        body = {**body, "breakdown": None}
    return {**body, "view": "trend"} if "period" in point else body


def state_of(body: dict[str, Any]) -> State:
    """Steps are counted from 1 in the form."""
    exclusions = [
        {**one, "from_step": one["from_step"] + 1, "to_step": one["to_step"] + 1}
        for one in body.get("exclusions") or ()
    ]
    breakdown = body.get("breakdown") or {}
    if "step" in breakdown:
        breakdown = {**breakdown, "step": breakdown["step"] + 1}
    return states.restored({**body, "exclusions": exclusions, "breakdown": breakdown})


@dataclass(frozen=True)
class Step:
    """One step of a funnel: how many reached it, of those who began and of those at the step before it."""

    number: int
    name: str
    people: int
    start: int
    before: int
    median_seconds: float | None
    optional: bool = False

    @property
    def of_start(self) -> float | None:
        return self.people / self.start if self.start else None

    @property
    def of_before(self) -> float | None:
        return self.people / self.before if self.number > 1 and self.before else None

    @property
    def lost(self) -> int:
        return 0 if self.number == 1 or self.optional else self.before - self.people


def steps_of(asked: Mapping[str, Any], told: Sequence[Mapping[str, Any]]) -> list[Step]:
    """The steps of an answer; people come to a step from the one before it that can't be left out."""
    start = told[0]["count"] if told else 0
    before, found = start, []
    for number, (step, figures) in enumerate(zip(asked["steps"], told, strict=True), 1):
        optional = bool(step.get("optional"))
        found.append(
            Step(number, event_name(step), figures["count"], start, before, figures["median_seconds"], optional)
        )
        before = before if optional else figures["count"]
    return found


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


ATTRIBUTION_WORDS = {
    "first_touch": gettext_lazy("Everybody counts at the first value that an event of theirs carries."),
    "last_touch": gettext_lazy("Everybody counts at the last value that an event of theirs carries."),
    "all_events": gettext_lazy(
        "Each value is a funnel of its own: only events that carry it count, so values may overlap."
    ),
    "step": gettext_lazy("Everybody counts at the value that their event at that step carries."),
}
ORDER_WORDS = {
    "ordered": gettext_lazy("Steps follow each other; other events may lie between."),
    "strict": gettext_lazy("Steps follow each other directly, without another event between."),
    "unordered": gettext_lazy("Steps may happen in any order; a count is of those who did so many of them."),
}


def definition(asked: Mapping[str, Any]) -> Definition:
    told = [
        ORDER_WORDS[asked["order"]],
        _("Everybody counts once, by the attempt that gets furthest; of equals, by the first."),
        _("All of it lies within %(window)s of the first step, the end included.") % {"window": window_words(asked)},
    ]
    rules = [_("The time is that from the step before.")]
    if asked.get("exclusions"):
        rules.append(
            _("Who does what leads out between two steps is left out, unless an attempt without it gets as far.")
        )
    return Definition(" ".join(str(one) for one in told), " ".join(rules))


def window_words(asked: Mapping[str, Any]) -> str:
    window = asked.get("window") or {"value": 14, "unit": "day"}
    value = window["value"]
    words = {
        "second": ngettext("%(n)s second", "%(n)s seconds", value),
        "minute": ngettext("%(n)s minute", "%(n)s minutes", value),
        "hour": ngettext("%(n)s hour", "%(n)s hours", value),
        "day": ngettext("%(n)s day", "%(n)s days", value),
        "week": ngettext("%(n)s week", "%(n)s weeks", value),
        "month": ngettext("%(n)s month", "%(n)s months", value),
    }
    return words[window["unit"]] % {"n": value}


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


def largest_loss(steps: Sequence[Step]) -> Step | None:
    """The step before which most people stop; None where nobody does."""
    losing = [step for step in steps if step.lost > 0]
    return max(losing, key=lambda step: step.lost, default=None)


def takeaway(steps: Sequence[Step], worst: Step | None) -> str:
    last = steps[-1]
    if not last.start:
        return ""
    level = sentence(
        _("%(b_share)s get to “%(last)s”: %(people)s of %(start)s."),
        b_share=percent(last.of_start),
        last=last.name,
        people=exact(last.people),
        start=exact(last.start),
    )
    if worst is None:
        return together(level, sentence(_("Nobody is lost on the way.")))
    loss = sentence(
        _("The largest loss is before “%(name)s”: %(b_lost)s of %(before)s don't go on."),
        name=worst.name,
        b_lost=exact(worst.lost),
        before=exact(worst.before),
    )
    return together(level, loss)


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
            marks=inquiry.marks([period.day for period in periods]),
        ),
        state=scarce(sum(one["entered"] for one in told), _("Nobody began on these days.")),
        source=_("Band: 95% interval · dashed: windows not over"),
    )


def trend_takeaway(whole: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> str:
    """The first and the last period that is over, and whether they differ by more than chance."""
    known = [(label, one) for label, one in zip(labels, whole, strict=False) if one["entered"]]
    if len(known) < 2:
        return sentence(_("Too few periods are over to tell."))
    (first_label, old), (last_label, new) = known[0], known[-1]
    noise = share_noise(new["rate"], new["entered"], old["rate"], old["entered"])
    change = Change(new["rate"], old["rate"], "percent", "up", noise)
    values = {"first": first_label, "last": last_label, "old": percent(old["rate"]), "b_new": percent(new["rate"])}
    if not change.clear:
        return sentence(_("No clear change from %(first)s (%(old)s) to %(last)s (%(b_new)s)."), **values)
    template = (
        _("It rose from %(old)s (%(first)s) to %(b_new)s (%(last)s).")
        if change.direction == "up"
        else _("It fell from %(old)s (%(first)s) to %(b_new)s (%(last)s).")
    )
    return sentence(template, **values)


PAGE = Page(
    "funnel",
    gettext_lazy("Funnel"),
    FORM,
    first,
    body,
    parts,
    Options(default_range="90d", ranges=("28d", "90d", "6m", "12m"), grains=("week", "day", "month")),
    asked_of,
    state_of,
)
