"""Every metric, defined once: what it is called, what it answers, and how it is counted.

Texts are English and marked for translation by ``_``; whoever shows one passes it to gettext.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import ibis.expr.types as ir

from analytics.metrics import activity, growth, visits, volume
from analytics.metrics.calendar import Grain
from analytics.metrics.scope import Scope

Dimension = Literal["platform", "customer_segment", "channel", "persona", "event", "length"]
DIMENSIONS: tuple[Dimension, ...] = ("platform", "customer_segment", "channel", "persona")


def _(text: str) -> str:
    """Mark a text for makemessages, without knowing Django."""
    return text


@dataclass(frozen=True)
class Metric:
    """One figure, as the column ``value`` of what ``family`` counts; a rate is that divided by the column ``over``.

    A family is a pure function that counts what belongs together in one pass.
    """

    key: str
    label: str
    question: str
    definition: str
    unit: Literal["people", "sessions", "events", "accounts", "seconds", "ratio", "per_week"]
    family: Callable[[Scope], ir.Table]
    value: str
    over: str = ""
    grains: tuple[Grain, ...] = ("day", "week", "month")
    dimensions: tuple[Dimension, ...] = DIMENSIONS
    better: Literal["up", "down", "neither"] = "up"

    @property
    def is_rate(self) -> bool:
        return self.over != ""

    @property
    def counts(self) -> bool:
        """Whether nothing happening makes it 0; of rates and lengths it makes "no data"."""
        return not self.is_rate and self.unit != "seconds"

    def is_kept(self, counted: float | None) -> bool:
        """Whether a cell of this count, or with this denominator of a rate, says more than one that isn't there."""
        return counted is not None and (counted != 0 or self.unit == "seconds")

    @property
    def own_dimension(self) -> Dimension | None:
        """A dimension that only this metric has, and always counts by."""
        return next((name for name in self.dimensions if name not in DIMENSIONS), None)

    def table(self, scope: Scope) -> ir.Table:
        """``period`` (number of its first day), the dimensions, and ``value`` or ``numerator, denominator``."""
        counted = self.family(scope)
        names = ["period", *scope.sample.dimensions, *([self.own_dimension] if self.own_dimension else [])]
        if self.is_rate:
            return counted.select(*names, numerator=self.value, denominator=self.over).order_by(names)
        return counted.select(*names, value=self.value).order_by(names)


_ALL = (
    Metric(
        "dau",
        _("Daily active people"),
        _("How many people use the product on a day?"),
        _(
            "Distinct people who sent at least one track, page or screen event on the day. Passive events, bots and "
            "suppressed people are left out. People, not devices: ids that belong to one person count once."
        ),
        "people",
        activity.active,
        "active_people",
        grains=("day",),
    ),
    Metric(
        "wau",
        _("Weekly active people"),
        _("How many people use the product in a week?"),
        _(
            "Distinct people active on the day or the six days before it. By week or month: the value on the "
            "period's last day."
        ),
        "people",
        activity.rolling,
        "wau",
    ),
    Metric(
        "mau",
        _("Monthly active people"),
        _("How many people use the product in a month?"),
        _(
            "Distinct people active on the day or the 29 days before it. By week or month: the value on the "
            "period's last day."
        ),
        "people",
        activity.rolling,
        "mau",
    ),
    Metric(
        "active_people",
        _("Active people"),
        _("How many people were active in the period?"),
        _("Distinct people active on any day of the calendar period. Never a sum of its days."),
        "people",
        activity.active,
        "active_people",
    ),
    Metric(
        "stickiness",
        _("Stickiness (DAU ÷ MAU)"),
        _("How often do a month's people come back?"),
        _(
            "The mean of the daily active people over the 30 days that end with the day, divided by the people active "
            "in those 30 days. By week or month: the value on the period's last day."
        ),
        "ratio",
        activity.rolling,
        "mean_dau",
        over="mau",
    ),
    Metric(
        "wau_mau",
        _("WAU ÷ MAU"),
        _("What share of a month's people came in the last week?"),
        _(
            "Distinct people active in the seven days that end with the day, divided by those active in the 30 days "
            "that end with it. By week or month: the value on the period's last day."
        ),
        "ratio",
        activity.rolling,
        "wau",
        over="mau",
    ),
    Metric(
        "new",
        _("New people"),
        _("How many people came for the first time?"),
        _("People active in the period whose earliest event of any kind, over all of their ids, lies in it."),
        "people",
        activity.lifecycle,
        "new",
    ),
    Metric(
        "returning",
        _("Returning people"),
        _("How many people came back from the period before?"),
        _("People active in the period and in the one before it."),
        "people",
        activity.lifecycle,
        "returning",
    ),
    Metric(
        "resurrected",
        _("Resurrected people"),
        _("How many people came back after a pause?"),
        _("People active in the period and not in the one before it, whose earliest event is older than the period."),
        "people",
        activity.lifecycle,
        "resurrected",
    ),
    Metric(
        "dormant",
        _("Dormant people"),
        _("How many people stayed away?"),
        _("People active in the period before this one and not in this one."),
        "people",
        activity.lifecycle,
        "dormant",
        better="down",
    ),
    Metric(
        "sessions",
        _("Sessions"),
        _("How often is the product used?"),
        _(
            "Sessions that began in the period. The SDK's session id decides where there is one; otherwise a session "
            "ends after more than 30 minutes without an active event, or when it lasts more than 24 hours."
        ),
        "sessions",
        visits.counts,
        "sessions",
    ),
    Metric(
        "sessions_per_week",
        _("Sessions per week"),
        _("How many sessions a week does a person have?"),
        _(
            "For each person with a session in the period: sessions divided by the weeks since the later of the "
            "period's start and the person's earliest event; then the mean over these people."
        ),
        "per_week",
        visits.frequency,
        "weekly_sessions",
        over="visitors",
        grains=("week", "month"),
    ),
    Metric(
        "bounces",
        _("One-event sessions"),
        _("How many sessions end after a single event?"),
        _("Sessions with exactly one active event, which have no length. They are counted here and not among lengths."),
        "sessions",
        visits.counts,
        "bounces",
        better="down",
    ),
    Metric(
        "bounce_rate",
        _("Bounce rate"),
        _("What share of sessions ends after a single event?"),
        _("Sessions with exactly one active event, divided by all sessions that began in the period."),
        "ratio",
        visits.counts,
        "bounces",
        over="sessions",
        better="down",
    ),
    Metric(
        "session_length_median",
        _("Median session length"),
        _("How long is a typical session?"),
        _(
            "Median time from the first to the last active event, over the sessions of the period with two events or "
            "more. The mean of the middle two where their number is even."
        ),
        "seconds",
        visits.length_quantiles,
        "session_length_median",
    ),
    Metric(
        "session_length_p90",
        _("Long sessions (p90)"),
        _("How long are the longest tenth of sessions?"),
        _(
            "The length that 90 % of the period's sessions with two events or more don't exceed, interpolated "
            "linearly between neighbours."
        ),
        "seconds",
        visits.length_quantiles,
        "session_length_p90",
    ),
    Metric(
        "session_lengths",
        _("Session lengths"),
        _("How do session lengths spread?"),
        _(
            "Sessions of two events or more, by length: each class includes its lower end. One-event sessions are "
            "counted apart, as bounces."
        ),
        "sessions",
        visits.length_classes,
        "session_lengths",
        dimensions=(*DIMENSIONS, "length"),
        better="neither",
    ),
    Metric(
        "signups",
        _("Signups"),
        _("How many people sign up?"),
        _("People whose first signup event lies in the period. Which events are a signup is set by the signup goal."),
        "people",
        growth.signups,
        "signups",
    ),
    Metric(
        "collaborative_workspaces",
        _("Weekly active collaborative workspaces"),
        _("Are more teams working together each week?"),
        _(
            "Accounts in which two or more people were active in the week. An activity belongs to the account sent "
            "with it, else to the one its person had joined last by then."
        ),
        "accounts",
        growth.workspaces,
        "collaborative_workspaces",
        grains=("week",),
    ),
    Metric(
        "events",
        _("Events"),
        _("How much is done in the product?"),
        _("Track, page and screen events that are not marked passive; bots are left out."),
        "events",
        volume.events,
        "events",
    ),
    Metric(
        "events_by_name",
        _("Events by name"),
        _("What is done in the product?"),
        _("Track, page and screen events that are not marked passive, by the event's name; bots are left out."),
        "events",
        volume.events_by_name,
        "events_by_name",
        dimensions=(*DIMENSIONS, "event"),
        better="neither",
    ),
)

METRICS: dict[str, Metric] = {metric.key: metric for metric in _ALL}
